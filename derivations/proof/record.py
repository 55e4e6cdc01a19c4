"""The proved bounds as data: `record.json`, with a hash of the program that they are about."""

from __future__ import annotations

import ast
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import stdplus_ref.source
from derivations.proof.driver import Bound

PATH = Path(__file__).with_name("record.json")
_PARTS = (Path(stdplus_ref.source.__file__).parent, Path(__file__).parent)
DIGITS = 3  # of a log2, behind the point


class _Bare(ast.NodeTransformer):
    """Leaves out bare strings: docstrings change no bound."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else node


def fingerprint() -> str:
    """Sixteen hexadecimal digits of the source and of this proof, without their comments."""
    digest = hashlib.sha256()
    for path in (path for folder in _PARTS for path in sorted(folder.glob("*.py"))):
        tree = _Bare().visit(ast.parse(path.read_text("utf-8")))
        digest.update(path.name.encode() + b"\0" + ast.dump(tree).encode() + b"\0")
    return digest.hexdigest()[:16]


def up(value: float, digits: int = DIGITS) -> float:
    """Rounded up to so many digits behind the point."""
    return math.ceil(value * 10.0**digits) / 10.0**digits


def row(where: str, function: str, bound: Bound) -> dict[str, Any]:
    """A region's entry: everything rounded up, what is allowed down."""
    at = [bound.at.least.hex(), bound.at.greatest.hex()] if bound.at else None
    return {
        "region": where,
        "function": function,
        "relative": up(math.log2(bound.relative)) if bound.relative else None,
        "needed": up(math.log2(bound.needed)) if bound.needed else None,
        "allowed": -up(-math.log2(bound.allowed)) if bound.allowed else None,
        "start": up(math.log2(bound.start), 2) if bound.start else None,
        "pieces": bound.pieces,
        "worst": at,
    }


def text(rows: list[dict[str, Any]]) -> str:
    """The file."""
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{{"fingerprint": "{fingerprint()}", "bounds": [\n{lines}\n]}}\n'


def load() -> dict[str, Any]:
    """The record as kept."""
    found: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return found


def pinned(where: str, function: str) -> dict[str, Any]:
    """The entry of one region and function."""
    rows = load()["bounds"]
    return next(r for r in rows if r["region"] == where and r["function"] == function)
