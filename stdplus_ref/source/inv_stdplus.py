"""inv_stdplus(y) = sign(y − 1)·√(y² − 1 − 2·log y): the x with stdplus(x) = y.

Domain      y ∈ [0, ∞), value in ℝ.

Method      1. |y − 1| < 3/20: d = y − 1 (exact) times a polynomial for x/d: y² − 1 and 2·log y
               agree in ever more digits there.
            2. else: y² and log y as pairs, their difference, and the square root of a pair.
            3. y ≥ 2^100: y; what is missing, (1 + 2·log y)/(2y), is below 2^-192 of it.
            float32: the same regimes in plain float64 (`fast`), pairs outside its range.

Special     y < 0 → NaN, invalid; ±0 → −∞, divide; 1 → +0; +∞ → +∞; NaN → NaN.

Accuracy    Correctly rounded. float64: the pair is good to ERROR, proved in docs/error-budget.md;
            where that leaves two neighbours, `ties` settles which. float32: over all arguments.
            Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 4 and 6 solved for x.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import MIN_NORMAL, ROUND, ROUND_BITS, SQRT_HALF_BITS, log_pair
from stdplus_ref.source.exceptions import DIVIDE, INFINITY, INVALID
from stdplus_ref.source.fast import start_unchanged
from stdplus_ref.source.kernel import Anywhere, Far, Fast, Inside, Kernel, Scaled, Triple, certain
from stdplus_ref.source.operations import (
    Double,
    Int64,
    Pair,
    Single,
    bits,
    fma,
    from_bits,
    horner2,
    mul,
    narrow,
    select,
    sqrt,
    widen,
)
from stdplus_ref.source.pairs import (
    FRACTION,
    between,
    differ,
    fast_two_sum,
    horner_pair,
    odd_sum,
    sqrt_pair,
    times,
    two_sum,
)
from stdplus_ref.source.ties import inv_stdplus_side, settling

CENTRE: Final = 0.15  # |y − 1| below: polynomial in y − 1
CENTRE_FAST: Final = 0.2  # the same for float32
GREATEST: Final = 1.2676506002282294e30  # 2^100: from here on x = y to 2^-192
ERROR: Final = 1.1858461261560205e-20  # 1.75·2^-67, of the pairs
LEAST_FAST: Final = 7.888609052210118e-31  # 2^-100: below, one float32 would round wrongly
NAN: Final = float("nan")


def near(y: Double) -> bool:
    """Whether |y − 1| < CENTRE."""
    return abs(y - 1.0) < CENTRE


def centre(y: Double) -> Pair:
    """1. inv_stdplus(y) to ERROR, |y − 1| < CENTRE."""
    d = y - 1.0  # exact
    b, bl = horner_pair(d, c.INV_STDPLUS_HEAD, c.INV_STDPLUS_TAIL)
    return times(d, b, bl)


def step(y: Double, log_y: Double, log_yl: Double) -> Pair:
    """2. inv_stdplus(y) to ERROR, from the pair log y. |y − 1| ≥ CENTRE, y < 2^511."""
    q = mul(y, y)
    ql = fma(y, y, -q)  # q + ql = y² exactly
    s, sl = two_sum(q, -1.0)
    f, fl = two_sum(s, mul(-2.0, log_y))
    f, fl = fast_two_sum(f, ((fl + sl) + ql) - mul(2.0, log_yl))
    hi, lo = sqrt_pair(f, fl)
    return select(y < 1.0, -hi, hi), select(y < 1.0, -lo, lo)


def far(y: Double) -> Double:
    """3. y; and the values at y ≤ 0."""
    return select(y < 0.0, NAN, select(y == 0.0, -INFINITY, y))


def beyond(y: Double) -> bool:
    """Whether y ≥ GREATEST or y ≤ 0."""
    return (y >= GREATEST) | (y <= 0.0)


def regime(y: Double) -> Pair:
    """inv_stdplus(y) as a pair, 0 < y < GREATEST."""
    if near(y):
        return centre(y)
    log_y, log_yl = log_pair(y)
    return step(y, log_y, log_yl)


def error(y: Double) -> Double:
    """Relative error of `regime`, at most."""
    return ERROR


settle = settling(inv_stdplus_side)


def float64(y: Double) -> Double:
    """inv_stdplus(y)."""
    if y != y:
        return y
    if beyond(y):
        return far(y)
    hi, lo = regime(y)
    x, z = between(hi, lo, 0, error(y))
    if differ(x, z):
        return settle(y, x, z)
    return x


# float32


def holds_fast(y: Double) -> bool:
    """Whether `regime_fast` is right."""
    return (y >= LEAST_FAST) & (y < GREATEST)


def centre_fast(y: Double) -> Double:
    """1. inv_stdplus(y) to 2^-48, |y − 1| < 1/5."""
    d = y - 1.0
    return d * horner2(d, c.INV_STDPLUS_FAST)


def log_fast(a: Single) -> Double:
    """−1 − 2·log a: `log_plain` with fewer terms."""
    i = bits(widen(a))
    k = (i - SQRT_HALF_BITS) >> FRACTION
    m = from_bits(i - (k << FRACTION))
    kf = from_bits(k + ROUND_BITS) - ROUND
    z = (m - 1.0) / (m + 1.0)
    return fma(kf, c.MINUS_TWO_LN2_FAST, fma(z, horner2(mul(z, z), c.LOG_FAST), -1.0))


def step_fast(y: Double, _: Single, rest: Double) -> Double:
    """2. inv_stdplus(y) to 2^-45, |y − 1| ≥ 1/5, from rest = −1 − 2·log y."""
    x = sqrt(abs(fma(y, y, rest)))
    return select(y < 1.0, -x, x)


def near_fast(y: Double) -> bool:
    """Whether |y − 1| < CENTRE_FAST."""
    return abs(y - 1.0) < CENTRE_FAST


def regime_fast(y: Double) -> Double:
    """inv_stdplus(y) to 2^-45, LEAST_FAST ≤ y < GREATEST."""
    if near_fast(y):
        return centre_fast(y)
    a = start_unchanged(y)
    return step_fast(y, a, log_fast(a))


def float32(y: Single) -> Single:
    """inv_stdplus(y), correctly rounded."""
    wide = widen(y)
    if wide != wide:
        return y
    if holds_fast(wide):
        return narrow(regime_fast(wide))
    if beyond(wide):
        return narrow(far(wide))
    hi, lo = regime(wide)
    return narrow(odd_sum(hi, lo))


# Parts for loops


def holds_inside(y: Double) -> bool:
    """Whether `log_pair` of y is that of a normal number, and y is not `beyond`."""
    return (y >= MIN_NORMAL) & (y < GREATEST)


def start_anywhere(y: Double) -> Triple:
    """(hi, lo, 0): log y."""
    log_y, log_yl = log_pair(y)
    return log_y, log_yl, 0.0


def step_anywhere(y: Double, log_y: Double, log_yl: Double, _: Double) -> Pair:
    """`step`."""
    return step(y, log_y, log_yl)


def regime_selected(y: Double, hi: Double, lo: Double, _: Double) -> Scaled:
    """`regime`, from the pair of `step_anywhere`."""
    b, bl = centre(y)
    return select(near(y), b, hi), select(near(y), bl, lo), 0


def exceptions(y: Double, x: Double) -> Int64:
    """DIVIDE at the pole 0, INVALID left of it."""
    return select(y == 0.0, DIVIDE, select(y < 0.0, INVALID, 0))


kernel = Kernel(
    name="inv_stdplus",
    float64=float64,
    float32=float32,
    odd=False,
    near=near,
    centre=centre,
    error=error,
    settle=settle,
    inside=Inside(holds_inside, log_pair, step),
    anywhere=Anywhere(start_anywhere, step_anywhere, regime_selected),
    fast=Fast(holds_fast, near_fast, centre_fast, start_unchanged, log_fast, step_fast),
    far=Far(beyond, certain(far)),
    far_float32=Far(beyond, certain(far)),
    exceptions=exceptions,
)
