"""stdplus, log_stdplus and their first derivatives.

Regimes: |x| < CENTRE, a polynomial; far_left ≤ x ≤ right, one Newton step; x beyond, asymptotic.
"""

from __future__ import annotations

from stdplus_ref.arrays import far
from stdplus_ref.arrays.elementary import Exponential
from stdplus_ref.arrays.ops import (
    Array,
    Ops,
    clamp,
    odd_through_zero,
    on_grid,
    polynomial,
    scale,
    through_zero,
)
from stdplus_ref.arrays.solve import CENTRE, Solution, slope, solve

INFINITY = float("inf")


def middle_argument(o: Ops, x: Array) -> Array:
    """x where `solve` applies, else some number where it does."""
    c = o.precision
    return o.where(o.abs(x) < CENTRE, 1.0, clamp(o, x, c.far_left, c.right))


def right_argument(o: Ops, x: Array) -> Array:
    """x where `far.right` applies, else some number where it does."""
    c = o.precision
    return clamp(o, x, c.right, c.largest)


def left_argument(o: Ops, x: Array) -> Array:
    """x where `far.log_left` applies, else some number where it does."""
    c = o.precision
    return clamp(o, x, -c.largest, c.far_left)


def end(o: Ops, x: Array, at: float, value: Array | float, y: Array) -> Array:
    """y, but `value` where x is `at`, and NaN where x is."""
    return o.where(x == at, value, o.where(x != x, x, y))


def stdplus(o: Ops, x: Array) -> Array:
    """e^t, t = log_stdplus(x)."""
    c = o.precision
    s = solve(o, middle_argument(o, x))
    y = scale(o, s.at.s + (s.at.p + (s.at.s + s.at.p) * s.growth), s.at.k)
    far_x = right_argument(o, x)
    y = o.where(x > c.right, far_x + far_x * far.right(o, far_x).growth, y)
    y = o.where(o.abs(x) < CENTRE, _centre(o, x), y)
    y = o.where(x < c.far_left, 0.0, y)
    return end(o, x, INFINITY, INFINITY, y)


def _centre(o: Ops, x: Array) -> Array:
    """stdplus by its polynomial: 1 + … with as much of it as adds exactly first."""
    c = o.precision
    hi, lo = through_zero(o, x, c.sqrt_half_half, c.sqrt_half_rest, c.stdplus)
    exact = on_grid(o, hi, 2.0**c.lift)
    return (1.0 + exact) + ((hi - exact) + lo)


def log_stdplus(o: Ops, x: Array) -> Array:
    """The t with expm1(2t) − 2t = x², of the sign of x."""
    c = o.precision
    s = solve(o, middle_argument(o, x))
    t = s.at.t_hi + (s.at.t_lo + s.u)
    far_x = right_argument(o, x)
    t = o.where(x > c.right, far.log_right(o, far_x, far.right(o, far_x)), t)
    t = o.where(x < c.far_left, far.log_left(o, left_argument(o, x)), t)
    centre = odd_through_zero(o, x, c.sqrt_half, c.sqrt_half_half, c.sqrt_half_rest, c.log_stdplus)
    t = o.where(o.abs(x) < CENTRE, centre, t)
    return end(o, o.abs(x), INFINITY, x, t)


def stdplus_derivative(o: Ops, x: Array) -> Array:
    """x·y/(y² − 1), y = stdplus(x); 1/√2 at 0."""
    c = o.precision
    middle = middle_argument(o, x)
    s = solve(o, middle)
    d = _scaled_product(o, s, *slope(o, middle, s))
    deficit = far.stdplus_slope_deficit(far.right(o, right_argument(o, x)))
    d = o.where(x > c.right, 1.0 - deficit, d)
    centre = c.sqrt_half + polynomial(x, (c.sqrt_half_lo, *c.stdplus_slope))
    d = o.where(o.abs(x) < CENTRE, centre, d)
    return end(o, x, INFINITY, 1.0, o.where(x < c.far_left, 0.0, d))


def _scaled_product(o: Ops, s: Solution, hi: Array, lo: Array) -> Array:
    """y·(hi + lo), y the stdplus of the solution; its first 26 (12) bits times hi are exact."""
    at: Exponential = s.at
    y = at.s + at.p
    y_hi = on_grid(o, y, o.precision.m_grid)
    y_lo = (at.s - y_hi) + (at.p + y * s.growth)
    return scale(o, y_hi * hi + (y_hi * lo + y_lo * (hi + lo)), at.k)


def log_stdplus_derivative(o: Ops, x: Array) -> Array:
    """x/(y² − 1), y = stdplus(x); 1/√2 at 0."""
    c = o.precision
    middle = middle_argument(o, x)
    hi, lo = slope(o, middle, solve(o, middle))
    far_x = right_argument(o, x)
    d = o.where(x > c.right, far.log_slope_right(o, far_x, far.right(o, far_x)), hi + lo)
    centre = c.sqrt_half + polynomial(x, (c.sqrt_half_lo, *c.log_slope))
    d = o.where(o.abs(x) < CENTRE, centre, d)
    return end(o, x, INFINITY, 0.0, o.where(x < c.far_left, -x, d))
