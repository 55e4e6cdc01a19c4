"""Conditions without an answer, and values of which nothing is known."""

from __future__ import annotations

from typing import Any

from derivations.proof.number import Undecided


class Maybe:
    """A condition that holds for some arguments of the piece, or may."""

    def __init__(self, cut: float | None = None, message: str = "") -> None:
        self.cut, self.message = cut, message

    def __bool__(self) -> bool:
        raise Undecided(f"a branch that is taken both ways {self.message}", self.cut)

    def __and__(self, other: Any) -> Any:
        if isinstance(other, Maybe):
            return self if self.cut is not None else other
        return self if other else False

    def __or__(self, other: Any) -> Any:
        if isinstance(other, Maybe):
            return self if self.cut is not None else other
        return True if other else self

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Maybe:
        return self


class Top:
    """A value of which nothing is known; so is whatever is computed from it."""

    __array_ufunc__ = None

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def _top(self, *_: Any) -> Top:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _top
    __truediv__ = __rtruediv__ = __neg__ = __abs__ = __invert__ = _top
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _top
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _top

    def _maybe(self, _: object) -> Any:
        return Maybe(None, f"on an unknown value ({self.reason})")

    __lt__ = __gt__ = __le__ = __ge__ = _maybe
    __eq__ = __ne__ = _maybe
    __hash__ = None  # type: ignore[assignment]


def is_top(*operands: Any) -> bool:
    """Whether nothing is known of one of them."""
    return any(isinstance(a, Top) for a in operands)


def top_of(*operands: Any) -> Top:
    """The first of which nothing is known."""
    return next(a for a in operands if isinstance(a, Top))
