"""Beyond what `solve` covers: x > right, where y → x, and x < far_left, where y = 0.

On the right t = log x + δ with δ = ½·log1p(z), z = (1 + 2t)/x², by two Newton steps. δ and with
it every error of log x is small beside what it is added to.
"""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.arrays.elementary import logarithm
from stdplus_ref.arrays.ops import Array, Ops, horner

HUGE = 2.0**64  # from here on log_stdplus'(x) = 1/x to 2^-120


class Right(NamedTuple):
    """The solution at x > right."""

    inverse: Array  # 1/x
    delta: Array  # t − log x
    growth: Array  # y/x − 1
    ratio: Array  # 2t/x²


def right(o: Ops, x: Array) -> Right:
    """The solution at right ≤ x < ∞."""
    inverse = 1.0 / x
    s = inverse * inverse  # may underflow, and is then nothing beside 1
    twice = 2.0 * o.rough_log(x)
    z = s * (1.0 + twice)
    # The slope 1 − s/(1 + z) is taken at δ = z/2, so near the root that two steps suffice.
    factor = s / ((1.0 + z) + s * (z - 1.0))
    delta = _newton(o, z, factor, 0.0)
    delta = _newton(o, z + (2.0 * s) * delta, factor, delta)
    growth = delta * horner(delta, o.precision.expm1)
    return Right(inverse, delta, growth, s * (twice + 2.0 * delta))


def _newton(o: Ops, z: Array, factor: Array, delta: Array | float) -> Array:
    """A Newton step for δ − ½·log1p(z(δ)) = 0, whose slope is 1/(1 + factor)."""
    miss = (0.5 * z) * horner(z, o.precision.log1p) - delta
    return delta + (miss + miss * factor)


def log_right(o: Ops, x: Array, r: Right) -> Array:
    """log stdplus(x) = log x + δ."""
    log_x = logarithm(o, *o.split(x))
    return log_x.hi + (log_x.lo + r.delta)


def stdplus_slope_deficit(r: Right) -> Array:
    """1 − stdplus'(x) = (2t/x² − (y/x − 1))/(1 + 2t/x²), from stdplus' = x·y/(x² + 2t)."""
    return (r.ratio - r.growth) / (1.0 + r.ratio)


def log_slope_right(o: Ops, x: Array, r: Right) -> Array:
    """log_stdplus'(x) = (1/x)/(1 + 2t/x²), with 1/x as a pair."""
    hi, x_hi = o.high(r.inverse), o.high(x)
    lo = ((1.0 - hi * x_hi) - hi * (x - x_hi)) * r.inverse
    slope = hi + (lo - r.inverse * (r.ratio / (1.0 + r.ratio)))
    return o.where(x < HUGE, slope, r.inverse)


def log_left(o: Ops, x: Array) -> Array:
    """log stdplus(x) = −(x² + 1)/2 for x < far_left."""
    x_hi = o.high(x)
    exact = (0.5 * x_hi) * x_hi
    hi = exact + 0.5
    lo = 0.5 - (hi - exact)  # hi + lo = exact + ½
    t = hi + ((0.5 * (x - x_hi)) * (x + x_hi) + lo)
    return o.where(hi < float("inf"), -t, -float("inf"))
