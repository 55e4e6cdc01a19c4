"""inv_stdplus and inv_log_stdplus.

Both are ± the square root of a difference, e^{2t} − 1 − 2t, that is computed from exact products;
where its terms nearly cancel, near x = 0, a polynomial is used instead.
"""

from __future__ import annotations

from stdplus_ref.arrays.elementary import Exponential, exponential, logarithm
from stdplus_ref.arrays.ops import Array, Ops, clamp, odd_through_zero, sqrt_sum, two_sum

INFINITY = float("inf")
CENTRE = 0.2  # |y − 1| below: polynomial
LOG_CENTRE = 0.375  # |t| below: polynomial


def inv_stdplus(o: Ops, y: Array) -> Array:
    """sign(y − 1)·√(y² − 1 − 2·log y)."""
    c = o.precision
    k, m = o.split(clamp(o, y, c.tiny * 2.0**-c.lift, c.huge) * 2.0**c.lift)
    at = logarithm(o, k - c.lift, m)
    square = o.pow2(clamp(o, 2.0 * at.k, c.lowest, c.top))
    hi, lo = two_sum(square * (at.m_hi * at.m_hi), -1.0 - 2.0 * at.hi)
    lo = lo + (square * (at.m_lo * (at.m + at.m_hi)) - 2.0 * at.lo)
    x = sqrt_sum(o, hi, lo)
    x = o.where(y < 1.0, -x, x)
    d = y - 1.0
    centre = odd_through_zero(o, d, c.sqrt2, c.sqrt2_half, c.sqrt2_rest, c.inv_stdplus)
    x = o.where(o.abs(d) < CENTRE, centre, x)
    x = o.where(y == 0.0, -INFINITY, o.where(y < 0.0, float("nan"), x))
    return o.where(y < c.huge, x, y)


def inv_log_stdplus(o: Ops, t: Array) -> Array:
    """sign(t)·√(expm1(2t) − 2t)."""
    c = o.precision
    middle = clamp(o, t, c.log_left, c.overflow)
    at = exponential(o, middle)
    rest = middle - at.t_hi  # exact
    growth = expm1_small(rest - at.t_lo)
    square_growth = (at.big + at.small) * (growth * (2.0 + growth))
    hi, lo = two_sum(at.big, -1.0 - 2.0 * at.t_hi)
    lo = lo + (at.small + (square_growth - 2.0 * rest))
    # on the left (−2t − 1)/4, so that nothing overflows
    left = t < c.log_left
    hi = o.where(left, -0.5 * clamp(o, t, -c.largest, c.log_left), hi)
    x = sqrt_sum(o, hi, o.where(left, -0.25, lo))
    x = o.where(t < 0.0, o.where(left, -2.0 * x, -x), x)
    x = o.where(t > c.log_right, exp_right(o, at, growth), x)
    centre = odd_through_zero(o, t, c.sqrt2, c.sqrt2_half, c.sqrt2_rest, c.inv_log_stdplus)
    x = o.where(o.abs(t) < LOG_CENTRE, centre, x)
    x = o.where(t > c.overflow, INFINITY, x)
    return o.where(o.abs(t) < INFINITY, x, t)


def expm1_small(u: Array) -> Array:
    """e^u − 1 for |u| ≤ 2^-11 (float64: 2^-25)."""
    return u + (u * u) * (0.5 + u * (1.0 / 6.0))


def exp_right(o: Ops, at: Exponential, growth: Array) -> Array:
    """e^{t0}·(1 + growth) for log_right ≤ t0 ≤ overflow."""
    power = o.pow2(clamp(o, at.k - 1.0, 0.0, o.precision.top))
    return (2.0 * (at.s + (at.p + (at.s + at.p) * growth))) * power
