"""log_stdplus_derivative(x) = dt/dx = x/(y² − 1), t = log y, y = stdplus(x); 1/√2 at 0.

Domain      x ∈ ℝ, value in (0, ∞).

Method      1. |x| < 1/4: a polynomial of its own.
            2. −40 ≤ x ≤ 2^64: y² − 1 as a pair from one step of `newton`, then the quotient.
            3. x < −40: −x; what is missing, −x·y²/(1 − y²), is below 2^-2300 of it.
            4. x > 2^64: 1/x; what is missing, (1 + 2t)/x² of it, is below 2^-121.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → +∞, ±0 → 1/√2, +∞ → +0, NaN → NaN. Subnormal from x = 2^1022 on, rounded once.
            No exceptions.

Accuracy    float64: the pair before the last rounding is good to 2^-60; float32: correctly rounded.
            Proof: docs/error-budget.md. Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 24–31, divided by y.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import horner2, select
from stdplus_ref.kernels.newton import (
    RIGHT,
    denominator,
    on_grid,
    quotient,
    solve,
    start_core,
    start_full,
    with_centre,
)
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, clamp, in_far
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import (
    always,
    decided,
    reciprocal_single,
    solve_single,
    start_single,
)


def outer(x: float, kf: float, f: float) -> tuple[float, float]:
    """x/(y² − 1) as a pair for |x| ≥ 1/4; t0 = kf·ln 2 + f."""
    d, dl, inv = denominator(solve(x, kf, f))
    return quotient(x, 0.0, d, dl, inv)


def evaluate(x: float, hi: float, lo: float, _: float) -> tuple[float, float, int]:
    """dt/dx as (hi, lo, k), meaning (hi + lo)·2^k, from the pair of `outer`."""
    hi, lo = with_centre(x, c.LOG_STDPLUS_DERIVATIVE_HEAD, c.LOG_STDPLUS_DERIVATIVE_TAIL, hi, lo)
    return hi, lo, 0


def far_f64(x: float) -> float:
    """dt/dx where `in_far`: −x or 1/x."""
    return select(x < 0.0, -x, 1.0 / x)


# float64, and what float32 shares where it needs every digit


def in_core_f64(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT)


def first_f64(x: float) -> tuple[float, float]:
    return on_grid(start_core(x))


def second_f64(x: float, kf: float, f: float) -> tuple[float, float]:
    return outer(x, kf, f)


def third_f64(x: float, hi: float, lo: float) -> float:
    hi, lo = with_centre(x, c.LOG_STDPLUS_DERIVATIVE_HEAD, c.LOG_STDPLUS_DERIVATIVE_TAIL, hi, lo)
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
    return (x >= CORE_LEFT) & (x <= RIGHT)


def first_f32(x: float) -> tuple[float, float]:
    return start_single(x)


def second_f32(x: float, t0: float, k: float) -> tuple[float, float]:
    return x * reciprocal_single(solve_single(x, t0, k)), k


def third_f32(x: float, y: float, _: float) -> float:
    return select(abs(x) < CENTRE, horner2(x, c.LOG_STDPLUS_DERIVATIVE_SINGLE), y)


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
