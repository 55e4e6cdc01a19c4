"""The examples of docs/ports.md run and print what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "ports.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("section", "framework"), [("PyTorch", "torch"), ("JAX", "jax")])
def test_the_page_prints_what_it_shows(section: str, framework: str) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    text = PAGE.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    examples = EXAMPLE.findall(body)
    assert len(examples) == body.count("```python") > 0
    namespace: dict[str, object] = {}
    for code, shown in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), namespace)
        assert printed.getvalue() == shown, code
