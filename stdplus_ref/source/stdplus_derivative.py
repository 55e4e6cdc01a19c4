"""stdplus_derivative(x) = dy/dx = x·y/(y² − 1), y = stdplus(x); 1/√2 at 0.

Domain      x ∈ ℝ, value in (0, 1).

Method      1. |x| < 1/4: a polynomial of its own. The quotient loses eps/|x| there even from a
               correctly rounded y.
            2. −40 ≤ x ≤ 2^64: y and y² − 1 as pairs from one step of `newton`, then the quotient.
            3. x < −40: 0. x > 2^64: 1; what is missing is below 2^-121.
            float32: the same regimes in plain float64 (`fast`), pairs outside its range.

Special     −∞ → +0, ±0 → 1/√2, +∞ → 1, NaN → NaN. Gradual underflow on the left, rounded once.
            No exceptions.

Accuracy    Correctly rounded. float64: the pair is good to ERROR, proved in docs/error-budget.md;
            where that leaves two neighbours, `ties` settles which. float32: over all arguments.
            Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 24–31.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.exceptions import none
from stdplus_ref.source.fast import (
    exp_fast,
    exp_step_fast,
    inside_fast,
    reciprocal_fast,
    solve_fast,
    start_fast,
)
from stdplus_ref.source.kernel import Far, Fast, Inside, Kernel, Scaled, certain
from stdplus_ref.source.newton import (
    anywhere,
    beyond,
    denominator,
    exp_step,
    inside,
    near,
    shift,
    solve,
    start,
    start_inside,
)
from stdplus_ref.source.operations import Double, Pair, Single, horner2, narrow, select, widen
from stdplus_ref.source.pairs import (
    between,
    differ,
    horner_pair,
    quotient,
    round_odd_scaled,
    times,
)
from stdplus_ref.source.ties import settling, stdplus_derivative_side

ERROR: Final = 1.0164395367051604e-20  # 1.5·2^-67, of the pairs of regimes 1 and 2


def centre(x: Double) -> Pair:
    """1. dy/dx to ERROR, |x| < 1/4."""
    return horner_pair(x, c.STDPLUS_DERIVATIVE_HEAD, c.STDPLUS_DERIVATIVE_TAIL)


def step(x: Double, kf: Double, f: Double) -> Pair:
    """2. dy/dx·2^-shift(kf) to ERROR, from t0 = kf·ln 2 + f."""
    s = solve(x, kf, f)
    y, yl = exp_step(s)
    d, dl, inv = denominator(s)
    n, nl = times(x, y, yl)  # n + nl = x·y·2^-shift(kf)
    return quotient(n, nl, d, dl, inv)


def far(x: Double) -> Double:
    """3. 0 or 1."""
    return select(x < 0.0, 0.0, 1.0)


def regime(x: Double) -> Scaled:
    """dy/dx as (hi + lo)·2^k, in regime 1 or 2."""
    if near(x):
        hi, lo = centre(x)
        return hi, lo, 0
    kf, f = start(x)
    hi, lo = step(x, kf, f)
    return hi, lo, shift(kf)


def error(x: Double) -> Double:
    """Relative error of `regime`, at most."""
    return ERROR


settle = settling(stdplus_derivative_side)


def float64(x: Double) -> Double:
    """dy/dx."""
    if x != x:
        return x
    if beyond(x):
        return far(x)
    hi, lo, k = regime(x)
    y, z = between(hi, lo, k, error(x))
    if differ(y, z):
        return settle(x, y, z)
    return y


# float32


def centre_fast(x: Double) -> Double:
    """1. dy/dx to 2^-49, |x| < 1/4."""
    return horner2(x, c.STDPLUS_DERIVATIVE_FAST)


def step_fast(x: Double, t0: Single, e: Double) -> Double:
    """2. dy/dx to 2^-44, from t0 with e = e^t0."""
    s = solve_fast(x, t0, e)
    return exp_step_fast(s) * (x * reciprocal_fast(s))


def regime_fast(x: Double) -> Double:
    """dy/dx to 2^-44, −13 ≤ x ≤ 8."""
    if near(x):
        return centre_fast(x)
    t0 = start_fast(x)
    return step_fast(x, t0, exp_fast(t0))


def float32(x: Single) -> Single:
    """dy/dx, correctly rounded."""
    wide = widen(x)
    if wide != wide:
        return x
    if inside_fast(wide):
        return narrow(regime_fast(wide))
    if beyond(wide):
        return narrow(far(wide))
    hi, lo, k = regime(wide)
    return narrow(round_odd_scaled(hi, lo, k))


kernel = Kernel(
    name="stdplus_derivative",
    float64=float64,
    float32=float32,
    odd=False,
    near=near,
    centre=centre,
    error=error,
    settle=settle,
    inside=Inside(inside, start_inside, step),
    anywhere=anywhere(centre, step, shift),
    fast=Fast(inside_fast, near, centre_fast, start_fast, exp_fast, step_fast),
    far=Far(beyond, certain(far)),
    far_float32=Far(beyond, certain(far)),
    exceptions=none,
)
