"""The code of the pages runs and prints what they say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs import blocks


def test_why() -> None:
    with np.errstate():
        blocks.check("why.md", "scipy")


def test_a_wrong_output_is_found() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n{}\n```\n"
    assert blocks.run(page.format(2), "good") == 1
    with pytest.raises(AssertionError):
        blocks.run(page.format(3), "wrong")
    with pytest.raises(AssertionError):
        blocks.run("```python\nprint(1)\n```\n", "output that is not shown")
