"""stdplus(x) = e^t, where expm1(2t) − 2t = x² and sign t = sign x.

Domain      x ∈ ℝ, value in (0, ∞).

Method      1. |x| < 1/4: a polynomial through 0, its first three coefficients as pairs.
            2. −40 ≤ x < 2^64: one step of `newton` from a rough t0, then e^{t0}·e^u.
            3. x < −40: the value at −40, which has underflowed; x ≥ 2^64: that of x·2^-j, scaled.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → +0, ±0 → 1, +∞ → +∞, NaN → NaN. Gradual underflow from −37.627 (float32 −13.179)
            to −38.591 (−14.386), rounded once. No exceptions.

Accuracy    float64: the pair before the last rounding is good to 2^-60; float32: correctly rounded.
            Promise, worst case seen and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 8, 13 and appendix A; DLMF 8.12 (λ(η), η = √2·x, is stdplus(x)²).
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import estrin, fma, select
from stdplus_ref.kernels.newton import (
    RIGHT,
    exp_step,
    on_grid,
    solve,
    start_core,
    start_full,
    with_centre,
)
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, CORE_LEFT_SINGLE, FAR_LEFT, reduce_right
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import always, decided, solve_single, start_single


def outer(x: float, kf: float, f: float) -> tuple[float, float, int]:
    """stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k, for |x| ≥ 1/4; t0 = kf·ln 2 + f."""
    s = solve(x, kf, f)
    hi, lo = exp_step(s)
    return hi, lo, s.shift


def evaluate_full(x: float) -> tuple[float, float, int]:
    s, j = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    kf, f = on_grid(start_full(s))
    hi, lo, k = outer(s, kf, f)
    hi, lo = with_centre(s, c.STDPLUS_HEAD, c.STDPLUS_TAIL, hi, lo)
    return hi, lo, select(abs(s) < CENTRE, 0, k) + j


def special(x: float, y: float) -> float:
    """y with its value at −∞, +∞ and NaN put right."""
    return select((x != x) | (x == float("inf")), x, y)


def in_core_f64(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT)


def first_f64(x: float) -> tuple[float, float]:
    return on_grid(start_core(x))


def second_f64(x: float, kf: float, f: float) -> tuple[float, float]:
    hi, lo, _k = outer(x, kf, f)  # k = 0 in the core
    return hi, lo


def third_f64(x: float, hi: float, lo: float) -> float:
    hi, lo = with_centre(x, c.STDPLUS_HEAD, c.STDPLUS_TAIL, hi, lo)
    return hi + lo


def core_f64(x: float) -> float:
    a, b = first_f64(x)
    a, b = second_f64(x, a, b)
    return third_f64(x, a, b)


def full_f64(x: float) -> float:
    hi, lo, k = evaluate_full(x)
    return special(x, round_scaled(hi, lo, k))


def exceptions_f64(x: float, y: float) -> int:
    return 0


def in_core_f32(x: float) -> bool:
    return (x >= CORE_LEFT_SINGLE) & (x <= RIGHT)


def first_f32(x: float) -> tuple[float, float]:
    return start_single(x)


def second_f32(x: float, t0: float, k: float) -> tuple[float, float]:
    s = solve_single(x, t0, k)
    return fma(s.e, fma(s.u, 0.5 * s.u, s.u), s.e), k


def third_f32(x: float, y: float, _: float) -> float:
    return select(abs(x) < CENTRE, estrin(x, c.STDPLUS_SINGLE), y)


def core_f32(x: float) -> float:
    a, b = first_f32(x)
    a, b = second_f32(x, a, b)
    return third_f32(x, a, b)


def full_f32(x: float) -> float:
    hi, lo, k = evaluate_full(x)
    return special(x, round_odd_scaled(hi, lo, k))


def exceptions_f32(x: float, y: float) -> int:
    return 0


certain_f64 = always
certain_f32 = decided
