"""Derivatives of any order of the four functions.

First and second derivatives have a polynomial where their formulas cancel; beyond the second they
follow by recursion, in which a few digits are lost at each order, more of them next to the edge of
the polynomial. All recursions are Leibniz's rule applied to the definition, in ratios that stay
bounded where the functions themselves do not:

    stdplus, log_stdplus      (w − 1)·t' = x,   w = y² = e^{2t}
    inv_log_stdplus           x·x' = w − 1
    inv_stdplus               x·x' = y − 1/y
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, factorial
from typing import NamedTuple

from stdplus_ref.arrays import far, forward, inverse
from stdplus_ref.arrays.elementary import exponential
from stdplus_ref.arrays.ops import Array, Ops, clamp, polynomial, scale
from stdplus_ref.arrays.precision import Row
from stdplus_ref.arrays.solve import denominator, solve

Function = Callable[[Ops, Array], Array]
INFINITY = float("inf")
CURVATURE_CENTRE = 1.0  # |x| below: polynomials for second and higher derivatives
INV_CURVATURE_CENTRE = 0.25  # the same for |y − 1|
INV_LOG_CURVATURE_CENTRE = 0.5  # the same for |t|


class State(NamedTuple):
    """The solution for |x| ≥ 1 as higher derivatives need it, to a few units in the last place."""

    v: Array  # y = v·2^k
    k: Array
    slope: Array  # y'
    log_slope: Array  # t'
    iota: Array  # 1/(w − 1)
    ratio: Array  # w/(w − 1)
    deficit: Array  # 1 − y'², for x > 0


def state(o: Ops, x: Array) -> State:
    """The state at x; where |x| < 1 or x is infinite or NaN, that at some other argument."""
    c = o.precision
    middle = forward.middle_argument(o, x)
    s = solve(o, middle)
    iota = denominator(o, s).inverse
    square = s.square * (1.0 + s.square_growth)
    t = s.at.t_hi + (s.at.t_lo + s.u)
    v = s.at.s + (s.at.p + (s.at.s + s.at.p) * s.growth)
    log_slope = middle * iota
    slope = scale(o, v * log_slope, s.at.k)
    deficit = (2.0 * t * (1.0 + iota) - 1.0) * iota
    right, left = x > c.right, x < c.far_left
    far_x = forward.right_argument(o, x)
    r = far.right(o, far_x)
    lost = far.stdplus_slope_deficit(r)
    far_slope = r.inverse / (1.0 + r.ratio)
    far_iota = r.inverse * far_slope

    def choose(on_the_right: Array, on_the_left: Array | float, between: Array) -> Array:
        return o.where(right, on_the_right, o.where(left, on_the_left, between))

    return State(
        v=choose(far_x + far_x * r.growth, 0.0, v),
        k=choose(0.0 * far_x, 0.0, s.at.k),
        slope=choose(1.0 - lost, 0.0, slope),
        log_slope=choose(far_slope, -x, log_slope),
        iota=choose(far_iota, -1.0, iota),
        ratio=choose(1.0 + far_iota, 0.0, square * iota),
        deficit=o.where(right, lost * (2.0 - lost), deficit),
    )


def derivative_row(row: Row, times: int) -> Row:
    """Coefficients of the derivative of a polynomial."""
    for _ in range(times):
        row = tuple(n * a for n, a in enumerate(row))[1:]
    return row or (0.0,)


def _log_slopes(s: State, order: int) -> list[Array]:
    """[t', t'', …] up to the given order: (w − 1)·t' = x with w' = 2·w·t', divided by w − 1."""
    slopes = [s.log_slope]
    if order >= 2:
        slopes.append((1.0 - 2.0 * (s.slope * s.slope)) * s.iota)
    ratios = [s.ratio]  # derivatives of w, over w − 1
    for n in range(1, order):
        ratios.append(2.0 * sum(comb(n - 1, i) * slopes[i] * ratios[n - 1 - i] for i in range(n)))
        if n >= 2:
            slopes.append(-sum(comb(n, j) * ratios[j] * slopes[n - j] for j in range(1, n + 1)))
    return slopes


def log_stdplus(o: Ops, x: Array, order: int) -> Array:
    """The derivative of order ≥ 2 of log_stdplus."""
    d = _log_slopes(state(o, x), order)[-1]
    row = derivative_row(o.precision.log_curvature, order - 2)
    d = o.where(o.abs(x) < CURVATURE_CENTRE, polynomial(x, row) + 0.0 * x, d)
    d = o.where(x < o.precision.far_left, -1.0 if order == 2 else 0.0, d)
    return forward.end(o, x, INFINITY, 0.0, d)


def stdplus(o: Ops, x: Array, order: int) -> Array:
    """The derivative of order ≥ 2 of stdplus."""
    s = state(o, x)
    slopes = _log_slopes(s, order)
    over_y = [1.0 + 0.0 * s.v]  # derivatives of y, over y: y' = y·t'
    for n in range(order):
        over_y.append(sum(comb(n, j) * over_y[n - j] * slopes[j] for j in range(n + 1)))
    d = scale(o, s.v * over_y[-1], s.k)
    if order == 2:
        # from y·y' = x + t'; on the left this cancels, on the right the sum above does
        right = (s.deficit * (1.0 + 2.0 * s.iota) - s.iota) / clamp(
            o, scale(o, s.v, s.k), 1.0, o.precision.largest
        )
        d = o.where(x > 0.0, right, d)
    row = derivative_row(o.precision.stdplus_curvature, order - 2)
    d = o.where(o.abs(x) < CURVATURE_CENTRE, polynomial(x, row) + 0.0 * x, d)
    d = o.where(x < o.precision.far_left, 0.0, d)
    return forward.end(o, x, INFINITY, 0.0, d)


def inv_log_stdplus(o: Ops, t: Array, order: int) -> Array:
    """The derivative of order ≥ 1 of inv_log_stdplus."""
    c = o.precision
    x = inverse.inv_log_stdplus(o, t)
    middle = clamp(o, t, c.log_left, c.overflow)
    at = exponential(o, middle)
    growth = inverse.expm1_small((middle - at.t_hi) - at.t_lo)
    square = o.where(t < c.log_left, 0.0, at.big + at.small)
    square_growth = square * (growth * (2.0 + growth))
    w_less_one = (at.big - 1.0) + (at.small + square_growth)
    right = t > c.log_right
    over = 1.0 / o.where(t == 0.0, 1.0, o.where(right, 1.0, x))
    d: Array
    if order == 1:
        d = o.where(t == 0.0, c.sqrt2, w_less_one * over)
    else:
        slopes = [w_less_one * over]  # x', x'', …
        for n in range(1, order):
            products = sum(comb(n, j) * slopes[j - 1] * slopes[n - j] for j in range(1, n + 1))
            slopes.append((2.0**n * (square + square_growth) - products) * over)
        row = derivative_row(c.inv_log_curvature, order - 2)
        centre = polynomial(t, row) + 0.0 * t
        d = o.where(o.abs(t) < INV_LOG_CURVATURE_CENTRE, centre, slopes[-1])
    d = o.where(right, x, d)  # e^t
    return o.where(t != t, t, o.where(t == -INFINITY, 0.0, d))


def inv_stdplus(o: Ops, y: Array, order: int) -> Array:
    """The derivative of order ≥ 1 of inv_stdplus."""
    c = o.precision
    x = inverse.inv_stdplus(o, y)
    d = y - 1.0
    over = 1.0 / o.where(d == 0.0, 1.0, x)
    if order == 1:
        value = o.where(d == 0.0, c.sqrt2, ((d * over) * (y + 1.0)) / y)
    else:
        value = _inv_stdplus_higher(o, y, x, over, order)
        row = derivative_row(c.inv_stdplus_curvature, order - 2)
        centre = polynomial(d, row) + 0.0 * d
        value = o.where(o.abs(d) < INV_CURVATURE_CENTRE, centre, value)
    value = o.where(y == 0.0, INFINITY * (-1.0) ** (order + 1), value)
    value = o.where(y < 0.0, float("nan"), value)
    return forward.end(o, y, INFINITY, 1.0 if order == 1 else 0.0, value)


def _inv_stdplus_higher(o: Ops, y: Array, x: Array, over: Array, order: int) -> Array:
    """The derivative of order ≥ 2 of inv_stdplus for |y − 1| ≥ INV_CURVATURE_CENTRE."""
    small = y < o.precision.huge
    small_y, small_over = o.where(small, y, 2.0), o.where(small, over, 0.5)
    over2 = small_over * small_over
    ratios = [(small_y - 1.0) * (small_y + 1.0) * over2]  # derivatives of x, times y^n/x
    for n in range(1, order):
        products = sum(comb(n, j) * ratios[j - 1] * ratios[n - j] for j in range(1, n + 1))
        source = small_y * small_y + 1.0 if n == 1 else (-1.0) ** (n + 1) * factorial(n)
        ratios.append(source * over2 - products)
    value = ratios[-1] * x
    inverse = 1.0 / y  # a compiler may make v/(y·y) of (v/y)/y, where y² underflows
    for _ in range(order):
        value = value * inverse
    if order > 2:
        return o.where(small, value, 0.0)
    return _inv_stdplus_second(o, y, x, over, value)


def _inv_stdplus_second(o: Ops, y: Array, x: Array, over: Array, value: Array) -> Array:
    """inv_stdplus''(y): `value` for y < 1, else two formulas that cancel less."""
    above = o.where(y > 1.0, y, 2.0)
    log_y, q = o.rough_log(above), 1.0 / above
    # x = g(log y): x'' = (g'' − g')/y²
    close = (polynomial(log_y, o.precision.inv_log_curvature) - (above - q) * over * above) * q * q
    # x² = y² − 1 − 2·log y put into x·x'' = 1 + 1/y² − x'²
    excess = (1.0 - 2.0 * log_y) - q * q
    right = (excess * (over * over) + q * q) * over
    return o.where(y > 1.6, right, o.where(y > 1.0, close, value))


_BASE: dict[str, tuple[Function, ...]] = {
    "stdplus": (forward.stdplus, forward.stdplus_derivative),
    "log_stdplus": (forward.log_stdplus, forward.log_stdplus_derivative),
    "inv_stdplus": (inverse.inv_stdplus,),
    "inv_log_stdplus": (inverse.inv_log_stdplus,),
}
_HIGHER: dict[str, Callable[[Ops, Array, int], Array]] = {
    "stdplus": stdplus,
    "log_stdplus": log_stdplus,
    "inv_stdplus": inv_stdplus,
    "inv_log_stdplus": inv_log_stdplus,
}
FAMILIES = tuple(_BASE)


def evaluate(o: Ops, family: str, order: int, x: Array) -> Array:
    """The derivative of an order ≥ 0 of one of `FAMILIES` at x, any x."""
    base = _BASE[family]
    return base[order](o, x) if order < len(base) else _HIGHER[family](o, x, order)
