"""log_stdplus(x) = t, where expm1(2t) − 2t = x² and sign t = sign x.

Domain      x ∈ ℝ, value in ℝ.

Method      1. |x| < 1/4: x times a polynomial for t/x, its first three coefficients as pairs;
               below 2^-900 with 2^300·x for x, so that low parts do not underflow.
            2. −9 ≤ x ≤ 2^64: one step of `newton` from a rough t0: t = t0 + u.
            3. x < −9: −(x² + 1)/2, exactly; what is missing, e^{2t}/2, is below its last digit.
            4. x > 2^64: log x as a pair; what is missing, (1 + 2t)/(2x²), is below 2^-121.
            float32: the same regimes in plain float64 (`fast`), pairs outside its range.

Special     −∞ → −∞, ±0 → ±0, +∞ → +∞, NaN → NaN. Overflow where −(x² + 1)/2 overflows.

Accuracy    Correctly rounded. float64: the pair is good to ERROR, proved in docs/error-budget.md;
            where that leaves two neighbours, `ties` settles which. float32: over all arguments.
            Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 6 and appendix A.2.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import log_pair
from stdplus_ref.source.exceptions import INFINITY, overflow
from stdplus_ref.source.fast import FAST_TINY, exp_fast, log_fast, solve_fast, start_fast
from stdplus_ref.source.kernel import Anywhere, Far, Fast, Inside, Kernel, Scaled, Triple, certain
from stdplus_ref.source.newton import (
    FAR_RIGHT,
    beyond,
    clamp,
    inside,
    log_step,
    near,
    solve,
    start,
    start_inside,
    start_selected,
)
from stdplus_ref.source.operations import (
    Double,
    Pair,
    Single,
    fma,
    horner2,
    mul,
    narrow,
    select,
    widen,
)
from stdplus_ref.source.pairs import (
    TINY,
    UPSCALE,
    UPSCALED,
    between,
    differ,
    horner_pair,
    odd_sum,
    round_odd_scaled,
    times,
    to_odd,
    two_sum,
)
from stdplus_ref.source.ties import log_stdplus_side, settling

LEFT: Final = -9.0  # below, e^{2t}/2 < 2^-119 is less than the last digit, 2^-99, of (x² + 1)/2
ERROR: Final = 1.0164395367051604e-20  # 1.5·2^-67, of the pairs of the other regimes
LEAST_NUMBER: Final = 5e-324  # the least float64 above 0
LAST_FINITE: Final = -1.8961503816218352e154  # left of it −(x² + 1)/2 overflows


def centre(x: Double) -> Pair:
    """1. log_stdplus(x) to ERROR, TINY ≤ |x| < 1/4."""
    b, bl = horner_pair(x, c.LOG_STDPLUS_HEAD, c.LOG_STDPLUS_TAIL)
    return times(x, b, bl)


def step(x: Double, kf: Double, f: Double) -> Pair:
    """2. log_stdplus(x) to ERROR, from t0 = kf·ln 2 + f."""
    hi = fma(kf, c.LN2_HI, f)  # exact
    return hi, fma(kf, c.LN2_LO, log_step(solve(x, kf, f)))


def left(x: Double) -> Pair:
    """3. −(x² + 1)/2 and a little towards 0, the low part rounded to odd. x < LEFT.

    That rounds as t does: e^{2t}/2 > 0, which is missing, is less than any digit of (x² + 1)/2, and
    breaks its ties.
    """
    h = 0.5 * x
    p = mul(h, x)
    s, e = two_sum(p, 0.5)
    low, rest = two_sum(e, fma(h, x, -p))
    rest = select(rest == 0.0, -LEAST_NUMBER, rest)
    return -s, select((low == 0.0) | (s == INFINITY), 0.0, -to_odd(low, rest))


def regime(x: Double) -> Scaled:
    """log_stdplus(x) as (hi + lo)·2^k, x neither 0 nor infinite."""
    if abs(x) < TINY:
        hi, lo = centre(UPSCALE * x)
        return hi, lo, UPSCALED
    if near(x):
        hi, lo = centre(x)
    elif x < LEFT:
        hi, lo = left(x)
    elif x > FAR_RIGHT:
        hi, lo = log_pair(x)  # 4.
    else:
        kf, f = start(x)
        hi, lo = step(x, kf, f)
    return hi, lo, 0


def error(x: Double) -> Double:
    """Relative error of `regime`, at most; 0 where it rounds as t does."""
    return select(x < LEFT, 0.0, ERROR)


settle = settling(log_stdplus_side)


def float64(x: Double) -> Double:
    """log_stdplus(x)."""
    if (x != x) | (x == 0.0) | (abs(x) == INFINITY):
        return x
    if x < LAST_FINITE:
        return -INFINITY
    hi, lo, k = regime(x)
    y, z = between(hi, lo, k, error(x))
    if differ(y, z):
        return settle(x, y, z)
    return y


# float32


def holds_fast(x: Double) -> bool:
    """Whether `regime_fast` is right: its results are normal in float32, or 0."""
    return inside(x) & ((abs(x) >= FAST_TINY) | (x == 0.0))


def centre_fast(x: Double) -> Double:
    """1. log_stdplus(x) to 2^-49, |x| < 1/4."""
    return x * horner2(x, c.LOG_STDPLUS_FAST)


def step_fast(x: Double, t0: Single, e: Double) -> Double:
    """2. log_stdplus(x) to 2^-44, from t0 with e = e^t0."""
    return widen(t0) + log_fast(solve_fast(x, t0, e))


def regime_fast(x: Double) -> Double:
    """log_stdplus(x) to 2^-44, −26 ≤ x ≤ 8."""
    if near(x):
        return centre_fast(x)
    t0 = start_fast(x)
    return step_fast(x, t0, exp_fast(t0))


def float32(x: Single) -> Single:
    """log_stdplus(x), correctly rounded."""
    wide = widen(x)
    if (wide != wide) | (wide == 0.0) | (abs(wide) == INFINITY):
        return x
    if holds_fast(wide):
        return narrow(regime_fast(wide))
    hi, lo, k = regime(wide)
    return narrow(round_odd_scaled(hi, lo, k))


# Parts for loops


def holds_inside(x: Double) -> bool:
    """Whether regimes 1 and 2 are right without a scale, and with ERROR."""
    return inside(x) & (x >= LEFT) & ((abs(x) >= TINY) | (x == 0.0))


def reduced(x: Double) -> Double:
    """The x of regimes 1 and 2 next to x, or UPSCALE·x for |x| < TINY."""
    return select(abs(x) < TINY, x * UPSCALE, clamp(x))


def start_reduced(x: Double) -> Triple:
    """`start`, without a branch."""
    return start_selected(reduced(x))


def step_reduced(x: Double, kf: Double, f: Double, _: Double) -> Pair:
    """`step`, for any x."""
    return step(reduced(x), kf, f)


def regime_selected(x: Double, hi: Double, lo: Double, _: Double) -> Scaled:
    """Regimes 1 to 3, from the pair of `step_reduced`."""
    r = reduced(x)
    b, bl = centre(r)
    hi, lo = select(near(r), b, hi), select(near(r), bl, lo)
    right = x >= LEFT
    b, bl = left(x)
    return select(right, hi, b), select(right, lo, bl), select(abs(x) < TINY, UPSCALED, 0)


def far_pair(x: Double) -> Pair:
    """Regimes 3 and 4 where `beyond`, and ±∞."""
    hi, lo = left(x)
    b, bl = log_pair(x)
    hi, lo = select(x < 0.0, hi, b), select(x < 0.0, lo, bl)
    infinite = abs(x) == INFINITY
    return select(infinite, x, hi), select(infinite, 0.0, lo)


def far(x: Double) -> Pair:
    """log_stdplus(x) where `beyond`: between which numbers."""
    hi, lo = far_pair(x)
    e = select(abs(hi) == INFINITY, 0.0, error(x) * hi)
    return hi + (lo - e), hi + (lo + e)


def far_odd(x: Double) -> Double:
    """The same rounded to odd."""
    hi, lo = far_pair(x)
    return select(abs(hi) == INFINITY, hi, odd_sum(hi, lo))


kernel = Kernel(
    name="log_stdplus",
    float64=float64,
    float32=float32,
    odd=True,
    near=near,
    centre=centre,
    error=error,
    settle=settle,
    inside=Inside(holds_inside, start_inside, step),
    anywhere=Anywhere(start_reduced, step_reduced, regime_selected),
    fast=Fast(holds_fast, near, centre_fast, start_fast, exp_fast, step_fast),
    far=Far(beyond, far),
    far_float32=Far(beyond, certain(far_odd)),
    exceptions=overflow,
)
