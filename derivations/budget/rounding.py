"""Rounding errors of float64 or float32: one operation, and the building blocks made of several.

The model: fl(z) = z + e with |e| ≤ ½ulp(z) ≤ 2^-53·|z| (2^-24 in float32), for +, −, ×, ÷, √ and
fma alike, nothing being near underflow. What the blocks rely on beyond it is named where used:

    exact      the result is representable: a difference of neighbours (Sterbenz 1974), a product of
               short numbers, a sum on one grid
    remainder  fma(a, b, −fl(a·b)), and fma(−z, b, a) for z = fl(a/b), are exact
    two_sum    and fast_two_sum return the rounding error of a sum exactly (Knuth; Dekker 1971)

Sizes are Arb balls: a `value` contains the exact quantity for every argument of the piece at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb

from derivations.core import require
from stdplus_ref.source.operations import horner2_scheme

U = arb(2) ** -53


def magnitude(value: Any) -> Any:
    """The largest size in the ball."""
    return arb(arb(value).abs_upper())


DOUBLE, SINGLE = 53, 24  # bits


def half_ulp(size: Any, bits: int = DOUBLE) -> Any:
    """What rounding a number of at most this size to so many bits costs at most.

    The size is taken 2^-40 larger: it may leave out errors of second order.
    """
    mantissa, exponent = magnitude(arb(size) * (1 + arb(2) ** -40)).man_exp()
    if not mantissa:
        return arb(0)
    return arb(2) ** (int(exponent) + int(mantissa).bit_length() - 1 - bits)


@dataclass(frozen=True)
class Number:
    """A computed float64 or, of 24 bits, float32: within `error` of a real number in `value`."""

    value: Any
    error: Any = 0
    bits: int = DOUBLE

    @property
    def size(self) -> Any:
        """The largest size of the computed number."""
        return magnitude(self.value) + self.error


def rounded(value: Any, error: Any, bits: int = DOUBLE) -> Number:
    """An operation's result: the error carried into it, and half a last place."""
    return Number(value, error + half_ulp(magnitude(value) + error, bits), bits)


def fma(a: Number, b: Number, c: Number) -> Number:
    carried = a.size * b.error + magnitude(b.value) * a.error + c.error
    return rounded(a.value * b.value + c.value, carried, a.bits)


def mul(a: Number, b: Number) -> Number:
    return fma(a, b, Number(arb(0)))


def add(a: Number, b: Number) -> Number:
    return rounded(a.value + b.value, a.error + b.error, a.bits)


def div(a: Number, b: Number) -> Number:
    least = arb(b.value.abs_lower()) - b.error
    require(least > 0, "a divisor that is not 0")
    ratio = a.value / b.value
    return rounded(ratio, (a.error + magnitude(ratio) * b.error) / least, a.bits)


def horner2(x: Number, row: Sequence[float]) -> Number:
    """The polynomial as `_ops.horner2` evaluates it; coefficients are of the type of x."""
    terms = [Number(arb(a), bits=x.bits) for a in row]
    value: Number = horner2_scheme(x, terms, fma, mul)
    return value
