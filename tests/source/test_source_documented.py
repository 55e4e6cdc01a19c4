"""Every function of the source says what it returns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import stdplus_ref

FILES = sorted((Path(stdplus_ref.__file__).parent / "source").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_function_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    without = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("__")
        and not ast.get_docstring(node)
    ]
    assert not without
