"""What the names of `source.operations` mean on abstract floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from derivations.proof import arithmetic
from derivations.proof.number import (
    DOUBLE,
    LEAST_NORMAL,
    SINGLE,
    TOO_LARGE,
    Number,
    Undecided,
    rounded,
)
from derivations.proof.truth import Maybe, Top, is_top
from stdplus_ref.source import operations as real
from stdplus_ref.source.pairs import FRACTION

STEP = 1 << FRACTION


def _concrete(*operands: Any) -> bool:
    return not any(isinstance(a, Number | Top | Bits) for a in operands)


def fma(a: Any, b: Any, c: Any) -> Any:
    return real.fma(a, b, c) if _concrete(a, b, c) else arithmetic.fma(a, b, c)


def mul(a: Any, b: Any) -> Any:
    return a * b if _concrete(a, b) else arithmetic.mul(a, b)


def sqrt(a: Any) -> Any:
    return real.sqrt(a) if _concrete(a) else arithmetic.sqrt(a)


def select(condition: Any, a: Any, b: Any) -> Any:
    """An arm; of two, with the condition open, nothing is known unless they are one."""
    if isinstance(condition, Maybe):
        if a is b or (_concrete(a, b) and a == b):
            return a
        raise Undecided(f"a select that goes both ways {condition.message}", condition.cut)
    return a if condition else b


def narrow(a: Any) -> Any:
    """To float32."""
    if _concrete(a):
        return real.narrow(a)
    return a if is_top(a) else rounded(a.model, a.grid, SINGLE, (), a.unit)


def widen(a: Any) -> Any:
    """The same value as a float64."""
    if _concrete(a):
        return real.widen(a)
    return a if is_top(a) else Number(a.model, a.grid, DOUBLE, (), a.unit, a.ends)


def horner2(x: Any, coefficients: tuple[float, ...]) -> Any:
    """The scheme of the source, on abstract floats."""
    if _concrete(x):
        return real.horner2(x, coefficients)
    if is_top(x):
        return x
    kind: Callable[[float], Any] = np.float32 if x.bits == SINGLE else float
    return real.horner2_scheme(x, [kind(value) for value in coefficients], fma, mul)


class Bits:
    """The bits of a positive float, plus an integer."""

    def __init__(self, number: Number, offset: int = 0) -> None:
        self.number, self.offset = number, offset

    def __add__(self, other: Any) -> Any:
        return other if is_top(other) else Bits(self.number, self.offset + int(other))

    def __sub__(self, other: Any) -> Any:
        return other if is_top(other) else Bits(self.number, self.offset - int(other))

    __radd__ = __add__

    def __rshift__(self, count: int) -> Any:
        """The exponent: bits rise with the number, so its ends decide."""
        low, high = ends(self.number)
        first, last = ((real.bits(v) + self.offset) >> count for v in (low, high))
        if first == last:
            return first
        border = real.from_bits((last << count) - self.offset)
        raise Undecided("two exponents", arithmetic.argument_at(self.number, border))

    def __xor__(self, other: Any) -> Any:
        return Top("bits")

    __rxor__ = __and__ = __rand__ = __or__ = __ror__ = __xor__


def ends(a: Number) -> tuple[float, float]:
    """Floats that enclose the number."""
    if a.ends:
        return a.ends
    low, high = float(a.lower), float(a.upper)
    return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)


def bits(a: Any) -> Any:
    """The bits of a float."""
    if _concrete(a):
        return real.bits(a)
    if is_top(a):
        return a
    return Bits(a) if a.lower > 0 else Top("bits of a number that may be negative")


def from_bits(i: Any) -> Any:
    """The float with these bits: for a multiple of 2^52 added a power of two times the float."""
    if is_top(i):
        return i
    if not isinstance(i, Bits):
        return real.from_bits(i)
    k, rest = divmod(i.offset, STEP)
    if rest:
        return Top("bits")
    k = (k + 2048) % 4096 - 2048  # the sum wraps around
    a = i.number
    least, greatest = a.low * arb(2) ** k, a.size * arb(2) ** k
    small = arb(2) ** LEAST_NORMAL[DOUBLE]
    if not (a.low >= small and least >= small and greatest < TOO_LARGE[DOUBLE]):
        return Top("the bits of a number that may not be normal")
    return arithmetic.scaled(a, k)


TABLE = {
    real.fma: fma,
    real.mul: mul,
    real.sqrt: sqrt,
    real.select: select,
    real.narrow: narrow,
    real.widen: widen,
    real.horner2: horner2,
    real.bits: bits,
    real.from_bits: from_bits,
}
"""For the linker."""
