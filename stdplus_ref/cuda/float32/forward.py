"""The four forward functions as pairs: the method of `stdplus_ref.source.newton` in float32.

W = e^{2·t0}, F = W − 1 − 2·t0 − x², and log stdplus(x) = t0 + v − q·v² + (2q² − 2q/3)·v³ + O(v⁴)
with v = −F/(2(W − 1)), q = W/(W − 1). A start of 16 bits leaves |v| < 2^-16.4, and |q| < 3.6 for
|x| ≥ 1/4. F cancels to nothing but is sums of numbers with few bits, almost all exact.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stdplus_ref.cuda.float32 import coefficients as c
from stdplus_ref.cuda.float32.exponential import exp_short, nearest
from stdplus_ref.cuda.float32.operations import (
    HALF,
    ONE,
    TWO,
    ZERO,
    Pair,
    Triple,
    pair_polynomial,
    polynomial,
    power_of_two,
)
from stdplus_ref.cuda.float32.pairs import product, quotient, square, times
from stdplus_ref.source.operations import Single, Truth, fma, mul, select
from stdplus_ref.source.pairs import fast_two_sum, two_sum

CENTRE: Final = np.float32(0.25)  # |x| below: polynomial through 0
START: Final = np.float32(-3.25)  # below, t0 = −(x² + 1)/2
LEFT: Final = np.float32(-13)  # below, stdplus may be subnormal
RIGHT: Final = np.float32(8)  # above, the start is no longer near
TINY: Final = np.float32(2.0**-70)  # below, low parts of x·(b + bl) would be subnormal
GRID: Final = np.float32(96)  # adding it rounds to a multiple of 2^-17


def holds(x: Single) -> Truth:
    """Whether x is where the functions here are right."""
    return (x >= LEFT) & (x <= RIGHT)


def holds_log(x: Single) -> Truth:
    """The same for log_stdplus."""
    inside: Truth = holds(x) & ((abs(x) >= TINY) | (x == ZERO))
    return inside


class Step(NamedTuple):
    """One step from t0 = k·ln 2 + f."""

    scale: Single  # 2^k
    k: Single
    t: Single  # k·LN2_1 + f exactly
    e: Single  # e + el = e^f
    el: Single
    w: Single  # w + wl = e^{2·t0}
    wl: Single
    d: Single  # d + dl = w + wl − 1
    dl: Single
    inv: Single  # 1/d rounded
    v: Single  # v + vl is v of the head of this file
    vl: Single
    q: Single


def start(x: Single) -> Single:
    """A t0 within 2^-16.6 of log stdplus(x), for |x| ≥ 1/4."""
    left = select(x < START, fma(x, mul(x, -HALF), -HALF), polynomial(x, c.START_LEFT))
    right = polynomial(x, c.START_NUMERATOR) / polynomial(x, c.START_DENOMINATOR)
    return select(x < ZERO, left, right)


def solve(x: Single) -> Step:
    """The step towards log stdplus(x), for |x| ≥ 1/4."""
    t0 = start(x)
    kr, k = nearest(t0)
    # f is a multiple of 2^-17, as is LN2_1: t and 1 + 2t are exact
    f = (fma(-k, c.LN2, t0) + GRID) - GRID
    t = fma(k, c.LN2_1, f)
    scale = power_of_two(kr)
    e, el = exp_short(f)
    w, wl = square(mul(e, scale), mul(el, scale))
    m, ml = two_sum(w, -fma(TWO, t, ONE))
    p = mul(x, x)
    twice = mul(k, -TWO)
    # m − p is exact because they nearly agree, and the fma because both are multiples of 2^-35
    h = fma(twice, c.LN2_2, m - p)
    low = fma(twice, c.LN2_3, ml + (wl - fma(x, x, -p)))
    residual, rest = fast_two_sum(h, low)
    d, dl = two_sum(w, -ONE)
    dl = dl + wl
    inv = ONE / d
    minus = mul(inv, -HALF)
    v = mul(residual, minus)
    v2 = v + v
    vl = mul(fma(v2, d, residual) + fma(v2, dl, rest), minus)
    return Step(scale, k, t, e, el, w, wl, d, dl, inv, v, vl, mul(w, inv))


def log_rest(s: Step) -> Single:
    """log stdplus(x) − t0 − v."""
    third = mul(s.q, fma(TWO, s.q, -c.TWO_THIRDS))
    return fma(mul(s.v, s.v), fma(s.v, third, -s.q), s.vl)


def log_outer(s: Step) -> Pair:
    """log stdplus(x)."""
    hi, lo = fast_two_sum(s.t, s.v)
    return hi, fma(s.k, c.LN2_2, lo + fma(s.k, c.LN2_3, log_rest(s)))


def exp_outer(s: Step) -> Pair:
    """stdplus(x)/scale: e^{v + …} is 1 + v + (1/2 − q)·v² + (1/6 + 2q² − 5q/3)·v³."""
    third = fma(s.q, fma(TWO, s.q, -c.FIVE_THIRDS), c.SIXTH)
    rest = fma(mul(s.v, s.v), fma(s.v, third, HALF - s.q), s.vl)
    hi = fma(s.e, s.v, s.e)
    return hi, fma(s.e, s.v, s.e - hi) + fma(s.e, rest, fma(s.el, s.v, s.el))


def slope_outer(x: Single, s: Step) -> Pair:
    """x/(y² − 1), the derivative of log stdplus: y² = W·e^{2u}."""
    rest = log_rest(s)
    u = s.v + rest
    v2 = s.v + s.v
    d = fma(s.w, v2, s.d)
    dl = fma(s.w, v2, s.d - d) + fma(s.w, mul(TWO, fma(u, u, rest)), fma(s.wl, v2, s.dl))
    inv = fma(s.inv, fma(-d, s.inv, ONE), s.inv)
    return quotient(x, d, dl, inv)


def choose(x: Single, centre: Pair, outer: Pair) -> Pair:
    """The pair for x, its lo at most half a last place of hi."""
    near = abs(x) < CENTRE
    return fast_two_sum(select(near, centre[0], outer[0]), select(near, centre[1], outer[1]))


def centre_scale(x: Single, scale: Single) -> Single:
    """What the pair of `choose` still lacks."""
    return select(abs(x) < CENTRE, ONE, scale)


def stdplus(x: Single) -> Triple:
    """(hi, lo, scale): stdplus(x) is (hi + lo)·scale."""
    s = solve(x)
    hi, lo = choose(x, pair_polynomial(x, c.STDPLUS_HEAD, c.STDPLUS_TAIL), exp_outer(s))
    return hi, lo, centre_scale(x, s.scale)


def log_stdplus(x: Single) -> Triple:
    """The same of log_stdplus."""
    b, bl = pair_polynomial(x, c.LOG_STDPLUS_HEAD, c.LOG_STDPLUS_TAIL)
    hi, lo = choose(x, times(x, b, bl), log_outer(solve(x)))
    return select(x == ZERO, x, hi), lo, ONE  # a zero keeps its sign


def stdplus_derivative(x: Single) -> Triple:
    """The same of stdplus_derivative."""
    s = solve(x)
    e, el = exp_outer(s)
    r, rl = slope_outer(x, s)
    centre = pair_polynomial(x, c.STDPLUS_DERIVATIVE_HEAD, c.STDPLUS_DERIVATIVE_TAIL)
    hi, lo = choose(x, centre, product(e, el, r, rl))
    return hi, lo, centre_scale(x, s.scale)


def log_stdplus_derivative(x: Single) -> Triple:
    """The same of log_stdplus_derivative."""
    centre = pair_polynomial(x, c.LOG_STDPLUS_DERIVATIVE_HEAD, c.LOG_STDPLUS_DERIVATIVE_TAIL)
    hi, lo = choose(x, centre, slope_outer(x, solve(x)))
    return hi, lo, ONE
