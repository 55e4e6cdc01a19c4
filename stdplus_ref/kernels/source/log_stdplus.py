"""log_stdplus(x) = t, where expm1(2t) − 2t = x² and sign t = sign x.

Domain      x ∈ ℝ, value in ℝ.

Method      1. |x| < 1/4: x times a polynomial for t/x, its first three coefficients as pairs;
               below 2^-900 with 2^300·x for x, so that low parts do not underflow.
            2. −26 ≤ x < 2^64: one step of `newton` from a rough t0: t = t0 + u.
            3. x < −26: −(x² + 1)/2 as a pair; what is missing, e^{2t}/2, is below 2^-970.
            4. x ≥ 2^64: the value at x·2^-j plus j·ln 2.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → −∞, ±0 → ±0, +∞ → +∞, NaN → NaN. Overflow where −(x² + 1)/2 overflows.

Accuracy    float64: the pair before the last rounding is good to 2^-59; float32: correctly rounded.
            Promise, worst case seen and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 6 and appendix A.2.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import estrin, fma, mul, select
from stdplus_ref.kernels.double_double import two_sum
from stdplus_ref.kernels.exceptions import OVERFLOW
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.newton import RIGHT, log_step, on_grid, solve, start_core, start_full
from stdplus_ref.kernels.range import (
    CENTRE,
    CORE_LEFT,
    FAR_LEFT,
    TINY,
    TINY_SINGLE,
    reduce_right,
)
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import always, decided, solve_single, start_single


def outer(x: float, kf: float, f: float, j: int) -> tuple[float, float]:
    """log_stdplus(x·2^j) as a pair for |x| ≥ 1/4; t0 = kf·ln 2 + f; j ≠ 0 only for x ≥ 2^60."""
    s = solve(x, kf, f)
    kj = kf + j
    hi = fma(kj, c.LN2_HI, f)  # exact
    return hi, fma(kj, c.LN2_LO, log_step(s))


def with_centre(x: float, hi: float, lo: float) -> tuple[float, float]:
    """The pair (hi, lo), or x times the polynomial for t/x where |x| < 1/4."""
    b, bl = horner_pair(x, c.LOG_STDPLUS_HEAD, c.LOG_STDPLUS_TAIL)
    p = mul(x, b)
    pl = fma(x, bl, fma(x, b, -p))
    centre = abs(x) < CENTRE
    return select(centre, p, hi), select(centre, pl, lo)


def evaluate_left(x: float) -> tuple[float, float]:
    """−(x² + 1)/2 as a pair: log_stdplus(x) below CORE_LEFT to 2^-970."""
    h = 0.5 * x
    p = mul(h, x)
    s, e = two_sum(p, 0.5)
    finite = s < float("inf")
    return -s, select(finite, -(e + fma(h, x, -p)), 0.0)


def evaluate_full(x: float) -> tuple[float, float, int]:
    """log_stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k."""
    tiny = abs(x) < TINY
    s, j = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    # 2^300·x keeps the low part of 2^300·x/√2 normal; x/√2 alone is right to 2^-900
    s = select(tiny, x * 2.037035976334486e90, s)
    kf, f = on_grid(start_full(s))
    hi, lo = outer(s, kf, f, j)
    hi, lo = with_centre(s, hi, lo)
    left, leftl = evaluate_left(x)
    tail = x < CORE_LEFT
    return select(tail, left, hi), select(tail, leftl, lo), select(tiny, -300, 0)


def special(x: float, t: float) -> float:
    """t with its value at ±0, ±∞ and NaN put right."""
    return select((x != x) | (x == 0.0) | (abs(x) == float("inf")), x, t)


def in_core_f64(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT) & ((abs(x) >= TINY) | (x == 0.0))


def first_f64(x: float) -> tuple[float, float]:
    return on_grid(start_core(x))


def second_f64(x: float, kf: float, f: float) -> tuple[float, float]:
    return outer(x, kf, f, 0)


def third_f64(x: float, hi: float, lo: float) -> float:
    hi, lo = with_centre(x, hi, lo)
    return select(x == 0.0, x, hi + lo)


def core_f64(x: float) -> float:
    a, b = first_f64(x)
    a, b = second_f64(x, a, b)
    return third_f64(x, a, b)


def full_f64(x: float) -> float:
    hi, lo, k = evaluate_full(x)
    return special(x, round_scaled(hi, lo, k))


def exceptions_f64(x: float, y: float) -> int:
    return select((abs(y) == float("inf")) & (abs(x) != float("inf")), OVERFLOW, 0)


def in_core_f32(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT) & ((abs(x) >= TINY_SINGLE) | (x == 0.0))


def first_f32(x: float) -> tuple[float, float]:
    return start_single(x)


def second_f32(x: float, t0: float, k: float) -> tuple[float, float]:
    s = solve_single(x, t0, k)
    return s.t0 + s.u, k


def third_f32(x: float, t: float, _: float) -> float:
    return select(abs(x) < CENTRE, x * estrin(x, c.LOG_STDPLUS_SINGLE), t)


def core_f32(x: float) -> float:
    a, b = first_f32(x)
    a, b = second_f32(x, a, b)
    return third_f32(x, a, b)


def full_f32(x: float) -> float:
    hi, lo, k = evaluate_full(x)
    return special(x, round_odd_scaled(hi, lo, k))


def exceptions_f32(x: float, y: float) -> int:
    return exceptions_f64(x, y)


certain_f64 = always
certain_f32 = decided
