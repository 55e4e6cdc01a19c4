"""e^{2t} − 1 − 2t = x² solved by one step of fourth order from a start of about 12 bits.

With W = e^{2·t0} and F = W − 1 − 2·t0 − x², the root is t0 + u,

    v = −F/(2(W − 1)),   q = W/(W − 1),   u = v − q·v² + (2q² − 2q/3)·v³ + O(v⁴).

F, which cancels almost to nothing, is a sum of exact products and of small terms. The step needs
|x| ≥ ¼ (W − 1 must not vanish); nearer to 0 the functions have polynomials of their own.
"""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.arrays.elementary import Exponential, exponential
from stdplus_ref.arrays.ops import Array, Ops, on_grid, polynomial

CENTRE = 0.25
START_LEFT = -3.0  # below, t0 = −(x² + 1)/2 lacks no more than 2.3e-5


class Solution(NamedTuple):
    """log stdplus(x) = t0 + u, where e^{t0} is given in parts."""

    at: Exponential
    u: Array
    growth: Array  # e^u − 1
    square_growth: Array  # e^{2u} − 1
    square: Array  # e^{2·t0}
    inverse: Array  # 1/(e^{2·t0} − 1)


def start(o: Ops, x: Array) -> Array:
    """log stdplus(x) to 2^-15 (float32: 2^-11), for far_left ≤ x ≤ right, |x| ≥ CENTRE."""
    c = o.precision
    left = o.where(x < START_LEFT, -0.5 * (x * x) - 0.5, polynomial(x, c.start_left))
    right = polynomial(x, c.start_numerator) / polynomial(x, c.start_denominator)
    return o.where(x < 0.0, left, right)


def solve(o: Ops, x: Array) -> Solution:
    """The step, for far_left ≤ x ≤ right, |x| ≥ CENTRE."""
    c = o.precision
    at = exponential(o, start(o, x))
    x_hi = on_grid(o, x, c.x_grid)
    x_lo = x - x_hi
    exact = at.big - ((1.0 + 2.0 * at.t_hi) + x_hi * x_hi)
    residual = exact + (at.small - (x_lo * (x + x_hi) + 2.0 * at.t_lo))
    square = at.big + at.small
    inverse = 1.0 / (square - 1.0)
    v = (-0.5 * residual) * inverse
    q = square * inverse
    u = v - (v * v) * (q - v * (q * (2.0 * q - 2.0 / 3.0)))
    growth = u + (u * u) * (0.5 + u * (1.0 / 6.0))
    return Solution(at, u, growth, growth * (2.0 + growth), square, inverse)


class Denominator(NamedTuple):
    """y² − 1 = hi + lo, hi with half the bits of the type, and 1/(y² − 1)."""

    hi: Array
    lo: Array
    inverse: Array


def denominator(o: Ops, s: Solution) -> Denominator:
    """y² − 1 = e^{2·t0}·(1 + square_growth) − 1."""
    added = s.square * s.square_growth
    hi = on_grid(o, (s.square - 1.0) + added, o.precision.d_grid)
    lo = (s.at.big - (1.0 + hi)) + (s.at.small + added)
    error = added * s.inverse
    return Denominator(hi, lo, s.inverse - s.inverse * (error - error * error))


def slope(o: Ops, x: Array, s: Solution) -> tuple[Array, Array]:
    """dt/dx = x/(y² − 1) as a pair, the first with half the bits of the type."""
    d = denominator(o, s)
    hi = on_grid(o, x * d.inverse, o.precision.q_grid)
    rest = (x - hi * d.hi) - hi * d.lo  # the first product and difference are exact
    return hi, rest * d.inverse
