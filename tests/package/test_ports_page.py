"""The examples of docs/ports.md run and print what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import run

PAGE = Path(__file__).parents[2] / "docs" / "ports.md"


@pytest.mark.parametrize(("section", "framework"), [("PyTorch", "torch"), ("JAX", "jax")])
def test_the_page_prints_what_it_shows(section: str, framework: str) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    text = PAGE.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert run(body, str(PAGE)) == body.count("```python") > 0
