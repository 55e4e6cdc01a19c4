"""A hash of what the CPU computes, kept with all evidence: evidence of another source is none.

It is taken from the syntax trees of the source and of what makes loops of it, without docstrings,
comments and annotations, so that wording may change and no operation may.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path

import stdplus_ref

_PACKAGE = Path(stdplus_ref.__file__).parent
_OTHERS = ("_intrinsics.py", "cpu/loop.py", "cpu/memory.py", "cpu/ufunc.py")
_COMPILED_OPERATIONS = ("horner2_scheme",)
"""All that compiled code takes from `source/operations.py`; the rest is for plain Python."""


@cache
def fingerprint() -> str:
    """Sixteen hexadecimal digits."""
    paths = [*sorted((_PACKAGE / "source").glob("*.py")), *(_PACKAGE / name for name in _OTHERS)]
    digest = hashlib.sha256()
    for path in paths:
        kept = _COMPILED_OPERATIONS if path.stem == "operations" else None
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(meaning(path.read_text("utf-8"), kept).encode() + b"\0")
    return digest.hexdigest()[:16]


def meaning(text: str, kept: Collection[str] | None = None) -> str:
    """The program without what does not change its results; of functions `kept`, if given."""
    tree = ast.parse(text)
    if kept is not None:
        functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
        tree.body = [node for node in functions if node.name in kept]
    return ast.unparse(_Bare().visit(tree))


class _Bare(ast.NodeTransformer):
    """Removes docstrings, other bare strings and annotations."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("a message or a name; versions of Python write it differently")
