"""The programs that are proved: functions of the source, linked with abstract operations."""

from __future__ import annotations

import ast
import functools
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derivations.core import require
from derivations.proof import arithmetic
from derivations.proof.operations import TABLE
from derivations.proof.seam import Seam
from stdplus_ref.source import elementary, pairs
from stdplus_ref.source.linker import Linker

KNUTH = """
def two_sum(a, b):
    s = a + b
    bb = s - a
    e = (a - (s - bb)) + (b - bb)
    return s, e
"""
"""Knuth's two_sum, which is exact for floats in any order (TAOCP vol. 2, 4.2.2, theorem B)."""


def body(function: Callable[..., Any]) -> str:
    """The statements of a function, without docstring and annotations."""
    return statements(textwrap.dedent(inspect.getsource(function)))


def statements(text: str) -> str:
    """The same of a text."""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    kept = [s for s in node.body if not (isinstance(s, ast.Expr) and _is_text(s.value))]
    names = ", ".join(a.arg for a in node.args.args)
    return f"{names}\n" + "\n".join(ast.unparse(s) for s in kept)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def undecorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """What the linker leaves a copy as."""
    return function


def linker(
    more: Mapping[Callable[..., Any], Any] | None = None, decorate: Any = undecorated
) -> Linker:
    """Links with abstract operations; `more` stands for further functions."""
    require(body(pairs.two_sum) == statements(KNUTH), "two_sum is Knuth's")
    operations: dict[Any, Any] = {**TABLE, pairs.two_sum: arithmetic.two_sum, **(more or {})}
    return Linker(decorate, operations)


class Program:
    """Functions of the source on abstract floats, linked together, with their seam.

    What several of them compute from the same numbers is computed once: a copy remembers its
    results until `begin`.
    """

    def __init__(
        self, functions: Mapping[str, Callable[..., Any]], more: Mapping[Any, Any] | None = None
    ) -> None:
        self._memory: dict[Any, Any] = {}
        split = linker(more, self._remembering)(elementary.split)
        self.seam = Seam(elementary.split, split)
        together = linker({elementary.split: self.seam, **(more or {})}, self._remembering)
        self.functions = {name: together(function) for name, function in functions.items()}

    def begin(self, frame: Any, choices: list[int], border: Any) -> None:
        """Before a run on a piece."""
        self._memory.clear()
        self.seam.begin(frame.t(), choices, border)

    def _remembering(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def remembered(*operands: Any) -> Any:
            key = (function, *map(identity, operands))
            if key not in self._memory:
                self._memory[key] = function(*operands), operands  # which keeps them alive
            return self._memory[key][0]

        return remembered


def identity(value: Any) -> Any:
    """What tells an operand from others: which object, or for a float which value."""
    if isinstance(value, float | int | np.generic):
        return type(value), value, math.copysign(1.0, value)
    return id(value)
