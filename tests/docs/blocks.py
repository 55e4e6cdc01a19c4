"""Runs the Python of a page block by block and compares what it prints with the block below it."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(
    r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(text: str, name: str) -> int:
    """Run the blocks in one namespace; how many outputs were compared."""
    namespace: dict[str, object] = {"__name__": "page"}
    compared = 0
    for code, shown in _BLOCK.findall(text):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), namespace)
        assert printed.getvalue() == shown, code
        compared += bool(shown)
    return compared


def of(page: str, language: str) -> list[str]:
    """The blocks of a page in one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [code for kind, code in _FENCE.findall(text) if kind == language]


def check(page: str, *packages: str) -> None:
    """Run a page of docs/; skip where a package is missing."""
    for package in packages:
        pytest.importorskip(package, reason=f"{package} is not installed")
    assert run((DOCS / page).read_text(encoding="utf-8"), page) > 0
