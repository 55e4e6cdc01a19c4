"""The examples of docs/ports.md run and print what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "ports.md"
FENCE = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("section", "framework"), [("PyTorch", "torch"), ("JAX", "jax")])
def test_the_page_prints_what_it_shows(section: str, framework: str) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    text = PAGE.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    blocks = FENCE.findall(body)
    assert [kind for kind, _ in blocks] == ["python", "text"] * (len(blocks) // 2)
    assert blocks
    namespace: dict[str, object] = {}
    for (_, code), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), namespace)
        assert printed.getvalue() == shown, code
