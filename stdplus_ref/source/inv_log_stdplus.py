"""inv_log_stdplus(t) = sign(t)·√(expm1(2t) − 2t): the x with log_stdplus(x) = t.

Domain      t ∈ ℝ, value in ℝ.

Method      1. |t| < 1/4: t times a polynomial for x/t: expm1(2t) and 2t agree in ever more digits
               there; below 2^-900 with 2^300·t for t, so that low parts do not underflow.
            2. −2^600 ≤ t ≤ 40: e^{2t} as a pair, the difference, and the square root of a pair.
            3. t > 40: e^t; what is missing, (1 + 2t)/(2e^{2t}), is below 2^-109 of it.
            4. t < −2^600: −√(−2t), by way of −t/2, which cannot overflow. t > 720: ∞.
            float32: the same regimes in plain float64 (`fast`), pairs outside its range.

Special     −∞ → −∞, ±0 → ±0, +∞ → +∞, NaN → NaN. Overflow from t = 709.79 (float32 88.73) on.

Accuracy    Correctly rounded. float64: the pair is good to ERROR, proved in docs/error-budget.md;
            where that leaves two neighbours, `ties` settles which. float32: over all arguments.
            Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 6 with log(σ²) = 2t.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import exp_short, integer, split
from stdplus_ref.source.exceptions import INFINITY, overflow
from stdplus_ref.source.fast import FAST_TINY, exp_fast, start_unchanged
from stdplus_ref.source.kernel import Anywhere, Far, Fast, Inside, Kernel, Scaled, Triple, certain
from stdplus_ref.source.operations import (
    Double,
    Pair,
    Single,
    fma,
    horner2,
    mul,
    narrow,
    select,
    sqrt,
    widen,
)
from stdplus_ref.source.pairs import (
    TINY,
    UPSCALE,
    UPSCALED,
    between,
    differ,
    fast_two_sum,
    horner_pair,
    pow2,
    round_odd_scaled,
    sqrt_pair,
    times,
    two_sum,
)
from stdplus_ref.source.ties import inv_log_stdplus_side, settling

CENTRE: Final = 0.25  # |t| below: polynomial through 0
CENTRE_FAST: Final = 0.375  # the same for float32
EXP_LEFT: Final = -40.0  # below, e^{2t} < 2^-115 is nothing beside −1 − 2t
EXP_RIGHT: Final = 40.0  # above, 1 + 2t < 2^-108·e^{2t}: x = e^t
OVERFLOWED: Final = 720.0
ERROR: Final = 1.0164395367051604e-20  # 1.5·2^-67, of the pairs
HUGE: Final = 4.149515568880993e180  # 2^600: left of −2^600 x = −√(−2t) to 2^-600
HUGE_FLOAT32: Final = 1.152921504606847e18  # 2^60: the same to 2^-61, less than the way to a tie


def near(t: Double) -> bool:
    """Whether |t| < CENTRE."""
    return abs(t) < CENTRE


def centre(t: Double) -> Pair:
    """1. inv_log_stdplus(t) to ERROR, TINY ≤ |t| < CENTRE."""
    b, bl = horner_pair(t, c.INV_LOG_STDPLUS_HEAD, c.INV_LOG_STDPLUS_TAIL)
    return times(t, b, bl)


def exp_pair(t: Double) -> Triple:
    """(e, el, kf): e^t = (e + el)·2^kf, kf = 0 for t ≤ EXP_RIGHT. t is moved into [−40, 720]."""
    t = select(t < EXP_LEFT, EXP_LEFT, select(t > OVERFLOWED, OVERFLOWED, t))
    kf, f, rest = split(t)
    right = t > EXP_RIGHT
    e, el = exp_short(f, pow2(integer(select(right, 0.0, kf))))
    return e, fma(e, fma(0.5 * rest, rest, rest), el), select(right, kf, 0.0)


def step(t: Double, e: Double, el: Double) -> Pair:
    """2. inv_log_stdplus(t) to ERROR, from the pair e^t. CENTRE ≤ |t|, −2^600 ≤ t ≤ 40."""
    w = mul(e, e)
    wl = fma(el, el, fma(2.0 * e, el, fma(e, e, -w)))  # el² counts: |el| is up to 2^-26·e
    m, ml = two_sum(1.0, 2.0 * t)
    s, sl = two_sum(w, -m)
    s, sl = fast_two_sum(s, (sl - ml) + wl)
    hi, lo = sqrt_pair(s, sl)
    return select(t < 0.0, -hi, hi), select(t < 0.0, -lo, lo)


def far(t: Double) -> Double:
    """4. −√(−2t), by way of −t/2 that cannot overflow, or ∞."""
    return select(t < 0.0, -2.0 * sqrt(abs(0.5 * t)), INFINITY)


def beyond(t: Double) -> bool:
    """Whether t lies in regime 4."""
    return (t < -HUGE) | (t > OVERFLOWED)


def regime(t: Double) -> Scaled:
    """inv_log_stdplus(t) as (hi + lo)·2^k, t neither 0 nor `beyond`."""
    if abs(t) < TINY:
        hi, lo = centre(UPSCALE * t)
        return hi, lo, UPSCALED
    if near(t):
        hi, lo = centre(t)
        return hi, lo, 0
    e, el, kf = exp_pair(t)
    if t > EXP_RIGHT:
        return e, el, integer(kf)  # 3.
    hi, lo = step(t, e, el)
    return hi, lo, 0


def error(t: Double) -> Double:
    """Relative error of `regime`, at most."""
    return ERROR


settle = settling(inv_log_stdplus_side)


def float64(t: Double) -> Double:
    """inv_log_stdplus(t)."""
    if (t != t) | (t == 0.0):
        return t
    if beyond(t):
        return far(t)
    hi, lo, k = regime(t)
    x, z = between(hi, lo, k, error(t))
    if differ(x, z):
        return settle(t, x, z)
    return x


# float32


def beyond_float32(t: Double) -> bool:
    """Whether regime 4 serves a float32 t."""
    return (t < -HUGE_FLOAT32) | (t > OVERFLOWED)


def holds_fast(t: Double) -> bool:
    """Whether `regime_fast` is right: its results are normal in float32, or 0."""
    return (abs(t) <= EXP_RIGHT) & ((abs(t) >= FAST_TINY) | (t == 0.0))


def centre_fast(t: Double) -> Double:
    """1. inv_log_stdplus(t) to 2^-50, |t| < 3/8."""
    return fma(t, c.SQRT_TWO, mul(t, horner2(t, c.INV_LOG_STDPLUS_FAST)))


def step_fast(t: Double, _: Single, e: Double) -> Double:
    """2. inv_log_stdplus(t) to 2^-46, 3/8 ≤ |t| ≤ 40."""
    x = sqrt(abs(fma(e, e, -fma(2.0, t, 1.0))))
    return select(t < 0.0, -x, x)


def near_fast(t: Double) -> bool:
    """Whether |t| < CENTRE_FAST."""
    return abs(t) < CENTRE_FAST


def regime_fast(t: Double) -> Double:
    """inv_log_stdplus(t) to 2^-46, |t| ≤ 40."""
    if near_fast(t):
        return centre_fast(t)
    a = start_unchanged(t)
    return step_fast(t, a, exp_fast(a))


def float32(t: Single) -> Single:
    """inv_log_stdplus(t), correctly rounded."""
    wide = widen(t)
    if (wide != wide) | (wide == 0.0):
        return t
    if holds_fast(wide):
        return narrow(regime_fast(wide))
    if beyond_float32(wide):
        return narrow(far(wide))
    hi, lo, k = regime(wide)
    return narrow(round_odd_scaled(hi, lo, k))


# Parts for loops


def holds_inside(t: Double) -> bool:
    """Whether regimes 1 and 2 are right without a scale."""
    return (abs(t) <= EXP_RIGHT) & ((abs(t) >= TINY) | (t == 0.0))


def start_inside(t: Double) -> Pair:
    """e^t as a pair."""
    e, el, _ = exp_pair(t)
    return e, el


def reduced(t: Double) -> Double:
    """t, but UPSCALE·t for |t| < TINY."""
    return select(abs(t) < TINY, t * UPSCALE, t)


def start_reduced(t: Double) -> Triple:
    """`exp_pair`, for any t."""
    return exp_pair(reduced(t))


def step_reduced(t: Double, e: Double, el: Double, _: Double) -> Pair:
    """Regimes 2 and 3."""
    right = t > EXP_RIGHT
    hi, lo = step(select(right, EXP_RIGHT, reduced(t)), e, el)
    return select(right, e, hi), select(right, el, lo)


def regime_selected(t: Double, hi: Double, lo: Double, kf: Double) -> Scaled:
    """Regimes 1 to 3, from the pair of `step_reduced`."""
    r = reduced(t)
    b, bl = centre(r)
    k = select(abs(t) < TINY, UPSCALED, integer(kf))
    return select(near(r), b, hi), select(near(r), bl, lo), k


kernel = Kernel(
    name="inv_log_stdplus",
    float64=float64,
    float32=float32,
    odd=True,
    near=near,
    centre=centre,
    error=error,
    settle=settle,
    inside=Inside(holds_inside, start_inside, step),
    anywhere=Anywhere(start_reduced, step_reduced, regime_selected),
    fast=Fast(holds_fast, near_fast, centre_fast, start_unchanged, exp_fast, step_fast),
    far=Far(beyond, certain(far)),
    far_float32=Far(beyond_float32, certain(far)),
    exceptions=overflow,
)
