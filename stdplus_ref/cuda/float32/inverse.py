"""The two inverses as pairs: the square root of e^{2t} − 1 − 2t, and of y² − 1 − 2·log y."""

from __future__ import annotations

from typing import Final

import numpy as np

from stdplus_ref.cuda.float32 import coefficients as c
from stdplus_ref.cuda.float32.exponential import exp_short, nearest
from stdplus_ref.cuda.float32.operations import (
    MAGIC,
    ONE,
    TWO,
    ZERO,
    Pair,
    Triple,
    exponent,
    mantissa,
    pair_polynomial,
    power_of_two,
)
from stdplus_ref.cuda.float32.pairs import plain_step, product, root, square, times
from stdplus_ref.source.operations import Single, Truth, fma, mul, select
from stdplus_ref.source.pairs import fast_two_sum, two_sum

CENTRE_LOG: Final = np.float32(0.375)  # |t| below: polynomial through 0
LOW: Final = np.float32(-85)  # t below: 2^k would be subnormal
HIGH: Final = np.float32(43)  # t above: e^{2t} overflows
TINY: Final = np.float32(2.0**-70)  # below, low parts of t·(b + bl) would be subnormal
CENTRE: Final = np.float32(0.2)  # |y − 1| below: polynomial through 0
SMALL: Final = np.float32(2.0**-100)  # y below: not looked at here
LARGE: Final = np.float32(2.0**60)  # y above: likewise; y² has to be finite


def holds_log(t: Single) -> Truth:
    """Whether t is where `inv_log_stdplus` is right."""
    inside: Truth = (t >= LOW) & (t <= HIGH) & ((abs(t) >= TINY) | (t == ZERO))
    return inside


def inv_log_stdplus(t: Single) -> Triple:
    """(hi, lo, scale): inv_log_stdplus(t) is (hi + lo)·scale."""
    kr, k = nearest(t)
    # the fma and the product are exact: LN2_1 and LN2_2 have 17 bits
    f, fl = two_sum(fma(-k, c.LN2_1, t), -mul(k, c.LN2_2))
    fl = fma(-k, c.LN2_3, fl)
    e, el = exp_short(f)
    el = fma(e, fl, el)
    scale = power_of_two(kr)
    w, wl = square(mul(e, scale), mul(el, scale))
    b, bl = two_sum(ONE, t + t)
    m, ml = two_sum(w, -b)
    hi, lo = root(m, ml + (wl - bl))
    p, pl = pair_polynomial(t, c.INV_LOG_STDPLUS_HEAD, c.INV_LOG_STDPLUS_TAIL)
    hi, lo, scale = choose(t, abs(t) < CENTRE_LOG, times(abs(t), p, pl), (hi, lo))
    return select(t == ZERO, t, hi), lo, scale  # a zero keeps its sign


def choose(side: Single, near: Truth, centre: Pair, outer: Pair) -> Triple:
    """The pair with the sign of `side`, its lo at most half a last place of hi, and no scale."""
    hi, lo = fast_two_sum(select(near, centre[0], outer[0]), select(near, centre[1], outer[1]))
    return select(side < ZERO, -hi, hi), select(side < ZERO, -lo, lo), ONE


def holds(y: Single) -> Truth:
    """Whether y is where `inv_stdplus` is right."""
    return (y >= SMALL) & (y <= LARGE)


def log_outer(y: Single) -> Triple:
    """(k, h, hl): log y is k·ln 2 + h + hl.

    With y = 2^k·m and z = (m − 1)/(m + 1), log m = 2·atanh z = 2z·(1 + s·p(s)), s = z².
    """
    k, m = exponent(y) - MAGIC, mantissa(y)
    b, bl = fast_two_sum(ONE, m)
    a = m - ONE  # exact
    inv = ONE / b
    z = mul(a, inv)
    zl = mul(fma(-z, bl, fma(-z, b, a)), inv)
    s, sl = square(z, zl)
    p, e = pair_polynomial(s, c.ATANH_HEAD, c.ATANH_TAIL)
    # the slope of s·p(s) is 1/3 + 2s/5 + 3s²/7 + …, which 2p − 1/3 + s²/7 has too
    slope = fma(mul(s, s), c.ATANH_HEAD[2][0], fma(TWO, p, -c.ATANH_HEAD[0][0]))
    p, e = plain_step(s, p, e, ONE)
    e = fma(sl, slope, e)
    h, hl = product(z + z, zl + zl, p, e)
    return k, h, hl


def inv_stdplus(y: Single) -> Triple:
    """The same of inv_stdplus."""
    k, h, hl = log_outer(y)
    p = mul(y, y)
    pl = fma(y, y, -p)
    d, dl = two_sum(p, -ONE)
    twice = k + k
    b, bl = two_sum(mul(twice, c.LN2_1), h + h)
    m, ml = two_sum(d, -b)
    low = (ml - bl) + ((dl + pl) - (hl + hl))
    hi, lo = root(m, fma(-twice, c.LN2_2, fma(-twice, c.LN2_3, low)))
    near = y - ONE
    p, pl = pair_polynomial(near, c.INV_STDPLUS_HEAD, c.INV_STDPLUS_TAIL)
    return choose(near, abs(near) < CENTRE, times(abs(near), p, pl), (hi, lo))
