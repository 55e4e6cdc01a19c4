"""What a port must offer, and arithmetic made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from stdplus_ref.arrays.precision import Precision

Array = Any
"""An array of the port's library, with the arithmetic operators and comparisons."""


class Ops(Protocol):
    """Operations on arrays of one floating-point type."""

    @property
    def precision(self) -> Precision:
        """The constants of the type."""
        ...

    def where(self, condition: Array, a: Array | float, b: Array | float) -> Array:
        """Elementwise a if condition else b."""
        ...

    def abs(self, x: Array) -> Array:
        """|x|."""
        ...

    def sqrt(self, x: Array) -> Array:
        """√x to a few units in the last place; no result depends on its last bits."""
        ...

    def round(self, x: Array) -> Array:
        """The nearest integer, as a floating-point number."""
        ...

    def high(self, x: Array) -> Array:
        """x with the lower half of its significand's bits cleared."""
        ...

    def pow2(self, k: Array) -> Array:
        """2^k for integers k from the least normal exponent to the largest."""
        ...

    def split(self, y: Array) -> tuple[Array, Array]:
        """(k, m) with y = 2^k·m, k an integer, √½ ≤ m < √2 (but for rounding), for normal y > 0."""
        ...

    def rough_log(self, x: Array) -> Array:
        """log x to a few units in the last place; no result depends on its last bits."""
        ...


def horner(x: Array, coefficients: Sequence[float]) -> Array:
    """c0 + c1·x + … by Horner's scheme: the fewest operations, and each uses x once."""
    value: Any = coefficients[-1]
    for a in coefficients[-2::-1]:
        value = a + value * x
    return value


def polynomial(x: Array, coefficients: Sequence[float]) -> Array:
    """c0 + c1·x + … by Estrin's scheme: neighbours are paired, then pairs of pairs with x², ….

    A compiled loop waits for the longest chain of operations, which is logarithmic here. But x is
    used more often, and compilers that expand expressions before they fuse them then take longer.
    """
    terms: list[Any] = list(coefficients)
    power = x
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        last = terms[-1:] if len(terms) % 2 else []
        terms = [a + b * power for a, b in pairs] + last
        power = power * power
    return terms[0]


def on_grid(o: Ops, x: Array, per_unit: float) -> Array:
    """The nearest multiple of 1/per_unit, a power of two."""
    return o.round(x * per_unit) * (1.0 / per_unit)


def clamp(o: Ops, x: Array, least: float, most: float) -> Array:
    """x, or the nearer end of [least, most] where x is outside; `least` for NaN."""
    return o.where(x >= least, o.where(x <= most, x, most), least)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """(s, e) with s + e = a + b exactly, s the rounded sum."""
    s = a + b
    c = s - a
    return s, (a - (s - c)) + (b - c)


def sqrt_sum(o: Ops, hi: Array, lo: Array) -> Array:
    """√(hi + lo), |lo| small, with hardly more error than its rounding: a Newton step in parts.

    Libraries' √ is not always correctly rounded, and hi + lo is rounded as well.
    """
    x = o.sqrt(hi + lo)
    x_hi = o.high(x)
    rest = ((hi - x_hi * x_hi) - (x - x_hi) * (x + x_hi)) + lo  # the first two steps are exact
    return x + rest * (0.5 / x)


def scale(o: Ops, x: Array, k: Array) -> Array:
    """x·2^k, rounded only where it is subnormal, infinite beyond the range; |k| ≤ 2·largest."""
    half = o.round(0.5 * k)
    return (x * o.pow2(half)) * o.pow2(k - half)


def through_zero(
    o: Ops, x: Array, slope_half: float, slope_rest: float, rest: Sequence[float]
) -> tuple[Array, Array]:
    """x·slope + x²·(rest0 + rest1·x + …) as a pair: an exact product, and the rest of the sum.

    slope_half has half the bits of the type, slope_half + slope_rest one and a half times as many.
    """
    hi = o.high(x)
    return hi * slope_half, (x - hi) * slope_half + x * (slope_rest + x * polynomial(x, rest))


def odd_through_zero(
    o: Ops, x: Array, slope: float, slope_half: float, slope_rest: float, rest: Sequence[float]
) -> Array:
    """`through_zero` summed, for x so small that products of halves are not exact as well."""
    hi, lo = through_zero(o, x, slope_half, slope_rest, rest)
    return o.where(o.abs(x) < o.precision.tiny * 2.0**60, x * slope, hi + lo)
