"""What a derivation is made of: exact equality, numerical agreement, and the record of a claim.

Nothing here is an ``assert`` statement, so nothing vanishes under ``python -O``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec

import sympy

P = ParamSpec("P")


class DerivationError(Exception):
    """A claim does not follow."""


@dataclass(frozen=True)
class Result:
    """A claim that was established: where, what, and the figure or identity behind it."""

    place: str
    equation: str
    statement: str
    witness: str


@dataclass(frozen=True)
class Derivation(Generic[P]):
    """A function that establishes one claim, with the claim beside it.

    Calling it runs the derivation and returns a `Result`; parameters, where it has any, default
    to the true claim and exist so that a test can plant a wrong one.
    """

    equation: str
    statement: str
    used_by: str
    function: Callable[P, str]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Result:
        witness = self.function(*args, **kwargs)
        return Result(self.place, self.equation, self.statement, witness)

    @property
    def module(self) -> str:
        return self.function.__module__.rpartition(".")[2]

    @property
    def place(self) -> str:
        return f"{self.module}:{self.function.__name__}"


def derivation(
    equation: str, statement: str, used_by: str = ""
) -> Callable[[Callable[P, str]], Derivation[P]]:
    """Mark a function (returning its witness as text) as the derivation of a claim."""
    return lambda function: Derivation(equation, statement, used_by, function)


@functools.cache
def established(claim: Derivation[[]]) -> Result:
    """The result of a derivation with its default parameters, derived once a process."""
    return claim()


def require(condition: Any, message: str) -> None:
    """Raise DerivationError unless `condition` is decidedly true."""
    try:
        holds = bool(condition)
    except TypeError as undecided:  # sympy's answer when it cannot tell
        raise DerivationError(f"{message}: cannot decide {condition}") from undecided
    if not holds:
        raise DerivationError(message)


def _join_logs(expression: Any) -> Any:
    return sympy.simplify(sympy.logcombine(sympy.expand_log(expression)))


_REDUCTIONS: tuple[Callable[[Any], Any], ...] = (
    sympy.expand,
    sympy.expand_log,
    sympy.cancel,
    sympy.simplify,
    _join_logs,
)


def equal(lhs: Any, rhs: Any, message: str) -> None:
    """Raise DerivationError unless `lhs` and `rhs` are the same expression, in exact arithmetic."""
    left, right = sympy.sympify(lhs), sympy.sympify(rhs)
    for side in (left, right):
        require(not side.has(sympy.Float), f"{message}: a float in an exact derivation")
    difference = left - right
    for reduce in _REDUCTIONS:
        difference = reduce(difference)
        if difference == 0:
            return
    raise DerivationError(f"{message}: {lhs} differs from {rhs} by {difference}")


def equal_entries(lhs: Any, rhs: Any, message: str) -> None:
    """`equal` for each entry of two matrices of one shape."""
    require(lhs.shape == rhs.shape, f"{message}: shapes {lhs.shape} and {rhs.shape}")
    for left, right in zip(lhs, rhs, strict=True):
        equal(left, right, message)
