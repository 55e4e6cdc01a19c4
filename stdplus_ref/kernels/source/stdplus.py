"""stdplus(x) = e^t, where expm1(2t) − 2t = x² and sign t = sign x.

Domain      x ∈ ℝ, value in (0, ∞).

Method      1. |x| < 1/4: a polynomial through 0, its first three coefficients as pairs.
            2. −40 ≤ x ≤ 2^64: one step of `newton` from a rough t0, then e^{t0}·e^u.
            3. x < −40: 0. x > 2^64: x; what is missing is below 2^-121 of it.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → +0, ±0 → 1, +∞ → +∞, NaN → NaN. Gradual underflow from −37.627 (float32 −13.179)
            to −38.591 (−14.386), rounded once. No exceptions.

Accuracy    float64: the pair before the last rounding is good to 2^-60; float32: correctly rounded.
            Proof: docs/error-budget.md. Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 8, 13 and appendix A; DLMF 8.12 (λ(η), η = √2·x, is stdplus(x)²).
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import horner2, select
from stdplus_ref.kernels.newton import (
    RIGHT,
    exp_step,
    on_grid,
    shift,
    solve,
    start_core,
    start_full,
    with_centre,
)
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, CORE_LEFT_SINGLE, clamp, in_far
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import (
    always,
    decided,
    solve_single,
    start_single,
    stdplus_single,
)


def outer(x: float, kf: float, f: float) -> tuple[float, float]:
    """stdplus(x)·2^-shift(kf) as a pair, for |x| ≥ 1/4; t0 = kf·ln 2 + f."""
    return exp_step(solve(x, kf, f))


def evaluate(x: float, hi: float, lo: float, kf: float) -> tuple[float, float, int]:
    """stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k, from the pair of `outer`."""
    hi, lo = with_centre(x, c.STDPLUS_HEAD, c.STDPLUS_TAIL, hi, lo)
    return hi, lo, select(abs(x) < CENTRE, 0, shift(kf))


def far_f64(x: float) -> float:
    """stdplus(x) where `in_far`: 0 or x."""
    return select(x < 0.0, 0.0, x)


# float64, and what float32 shares where it needs every digit


def in_core_f64(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT)


def first_f64(x: float) -> tuple[float, float]:
    return on_grid(start_core(x))


def second_f64(x: float, kf: float, f: float) -> tuple[float, float]:
    return outer(x, kf, f)


def third_f64(x: float, hi: float, lo: float) -> float:
    hi, lo = with_centre(x, c.STDPLUS_HEAD, c.STDPLUS_TAIL, hi, lo)
    return hi + lo


def core_f64(x: float) -> float:
    a, b = first_f64(x)
    a, b = second_f64(x, a, b)
    return third_f64(x, a, b)


def first_full(x: float) -> tuple[float, float, float]:
    kf, f = on_grid(start_full(clamp(x)))
    return kf, f, kf


def second_full(x: float, kf: float, f: float, _: float) -> tuple[float, float]:
    return outer(clamp(x), kf, f)


def third_full_f64(x: float, hi: float, lo: float, kf: float) -> float:
    hi, lo, k = evaluate(x, hi, lo, kf)
    y = select(in_far(x), far_f64(x), round_scaled(hi, lo, k))
    return select(x != x, x, y)


def full_f64(x: float) -> float:
    a, b, k = first_full(x)
    a, b = second_full(x, a, b, k)
    return third_full_f64(x, a, b, k)


def exceptions_f64(x: float, y: float) -> int:
    return 0


# float32


def in_core_f32(x: float) -> bool:
    return (x >= CORE_LEFT_SINGLE) & (x <= RIGHT)


def first_f32(x: float) -> tuple[float, float]:
    return start_single(x)


def second_f32(x: float, t0: float, k: float) -> tuple[float, float]:
    s = solve_single(x, t0, k)
    return stdplus_single(s), k


def third_f32(x: float, y: float, _: float) -> float:
    return select(abs(x) < CENTRE, horner2(x, c.STDPLUS_SINGLE), y)


def core_f32(x: float) -> float:
    a, b = first_f32(x)
    a, b = second_f32(x, a, b)
    return third_f32(x, a, b)


def third_full_f32(x: float, hi: float, lo: float, kf: float) -> float:
    hi, lo, k = evaluate(x, hi, lo, kf)
    y = select(in_far(x), far_f32(x), round_odd_scaled(hi, lo, k))
    return select(x != x, x, y)


def full_f32(x: float) -> float:
    a, b, k = first_full(x)
    a, b = second_full(x, a, b, k)
    return third_full_f32(x, a, b, k)


def exceptions_f32(x: float, y: float) -> int:
    return exceptions_f64(x, y)


in_far_f64 = in_far_f32 = in_far
certain_f64 = always
certain_f32 = decided
far_f32 = far_f64
