"""log_stdplus(x) = t, where expm1(2t) − 2t = x² and sign t = sign x.

Domain      x ∈ ℝ, value in ℝ.

Method      1. |x| < 1/4: x times a polynomial for t/x, its first three coefficients as pairs;
               below 2^-900 with 2^300·x for x, so that low parts do not underflow.
            2. −26 ≤ x ≤ 2^64: one step of `newton` from a rough t0: t = t0 + u.
            3. x < −26: −(x² + 1)/2 as a pair; what is missing, e^{2t}/2, is below 2^-970.
            4. x > 2^64: log x as a pair; what is missing, (1 + 2t)/(2x²), is below 2^-121.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → −∞, ±0 → ±0, +∞ → +∞, NaN → NaN. Overflow where −(x² + 1)/2 overflows.

Accuracy    float64: the pair before the last rounding is good to 2^-58; float32: correctly rounded.
            Proof: docs/error-budget.md. Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 6 and appendix A.2.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, horner2, mul, select
from stdplus_ref.kernels.double_double import odd_sum, two_sum
from stdplus_ref.kernels.exceptions import OVERFLOW
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.logarithm import log_pair
from stdplus_ref.kernels.newton import RIGHT, log_step, on_grid, solve, start_core, start_full
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, TINY, TINY_SINGLE, clamp, in_far
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import always, decided, log_single, solve_single, start_single


def outer(x: float, kf: float, f: float) -> tuple[float, float]:
    """log_stdplus(x) as a pair for |x| ≥ 1/4; t0 = kf·ln 2 + f."""
    hi = fma(kf, c.LN2_HI, f)  # exact
    return hi, fma(kf, c.LN2_LO, log_step(solve(x, kf, f)))


def with_centre(x: float, hi: float, lo: float) -> tuple[float, float]:
    """The pair (hi, lo), or x times the polynomial for t/x where |x| < 1/4."""
    b, bl = horner_pair(x, c.LOG_STDPLUS_HEAD, c.LOG_STDPLUS_TAIL)
    p = mul(x, b)
    pl = fma(x, bl, fma(x, b, -p))
    centre = abs(x) < CENTRE
    return select(centre, p, hi), select(centre, pl, lo)


def scaled(x: float) -> float:
    """x in [FAR_LEFT, FAR_RIGHT], but 2^300·x for |x| < TINY.

    That keeps the low part of x/√2, all there is to log_stdplus(x) there, a normal number.
    """
    return select(abs(x) < TINY, x * 2.037035976334486e90, clamp(x))


def left(x: float) -> tuple[float, float]:
    """−(x² + 1)/2 as a pair, exact if it has 106 bits: log_stdplus(x) left of CORE_LEFT."""
    h = 0.5 * x
    p = mul(h, x)
    s, e = two_sum(p, 0.5)
    return -s, select(s == float("inf"), 0.0, -(e + fma(h, x, -p)))


def evaluate(x: float, hi: float, lo: float, _: float) -> tuple[float, float, int]:
    """log_stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k, from the pair of `outer`."""
    hi, lo = with_centre(scaled(x), hi, lo)
    # exactly, because for float32 arguments (x² + 1)/2 may be a tie
    right = x >= CORE_LEFT
    left_hi, left_lo = left(x)
    return select(right, hi, left_hi), select(right, lo, left_lo), select(abs(x) < TINY, -300, 0)


def far(x: float) -> tuple[float, float]:
    """log_stdplus(x) as a pair where `in_far`: −(x² + 1)/2 or log x."""
    left_hi, left_lo = left(x)
    right_hi, right_lo = log_pair(x)
    hi, lo = select(x < 0.0, left_hi, right_hi), select(x < 0.0, left_lo, right_lo)
    infinite = abs(x) == float("inf")
    return select(infinite, x, hi), select(infinite, 0.0, lo)


def far_f64(x: float) -> float:
    hi, lo = far(x)
    return hi + lo


# float64, and what float32 shares where it needs every digit


def in_core_f64(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT) & ((abs(x) >= TINY) | (x == 0.0))


def first_f64(x: float) -> tuple[float, float]:
    return on_grid(start_core(x))


def second_f64(x: float, kf: float, f: float) -> tuple[float, float]:
    return outer(x, kf, f)


def third_f64(x: float, hi: float, lo: float) -> float:
    hi, lo = with_centre(x, hi, lo)
    return select(x == 0.0, x, hi + lo)


def core_f64(x: float) -> float:
    a, b = first_f64(x)
    a, b = second_f64(x, a, b)
    return third_f64(x, a, b)


def first_full(x: float) -> tuple[float, float, float]:
    kf, f = on_grid(start_full(scaled(x)))
    return kf, f, kf


def second_full(x: float, kf: float, f: float, _: float) -> tuple[float, float]:
    return outer(scaled(x), kf, f)


def third_full_f64(x: float, hi: float, lo: float, kf: float) -> float:
    hi, lo, k = evaluate(x, hi, lo, kf)
    y = select(in_far(x), far_f64(x), round_scaled(hi, lo, k))
    return select((x != x) | (x == 0.0), x, y)


def full_f64(x: float) -> float:
    a, b, k = first_full(x)
    a, b = second_full(x, a, b, k)
    return third_full_f64(x, a, b, k)


def exceptions_f64(x: float, y: float) -> int:
    return select((abs(y) == float("inf")) & (abs(x) != float("inf")), OVERFLOW, 0)


# float32


def in_core_f32(x: float) -> bool:
    return (x >= CORE_LEFT) & (x <= RIGHT) & ((abs(x) >= TINY_SINGLE) | (x == 0.0))


def first_f32(x: float) -> tuple[float, float]:
    return start_single(x)


def second_f32(x: float, t0: float, k: float) -> tuple[float, float]:
    s = solve_single(x, t0, k)
    return s.t0 + log_single(s), k


def third_f32(x: float, y: float, _: float) -> float:
    return select(abs(x) < CENTRE, x * horner2(x, c.LOG_STDPLUS_SINGLE), y)


def core_f32(x: float) -> float:
    a, b = first_f32(x)
    a, b = second_f32(x, a, b)
    return third_f32(x, a, b)


def far_f32(x: float) -> float:
    hi, lo = far(x)
    return select(abs(hi) == float("inf"), hi, odd_sum(hi, lo))


def third_full_f32(x: float, hi: float, lo: float, kf: float) -> float:
    hi, lo, k = evaluate(x, hi, lo, kf)
    y = select(in_far(x), far_f32(x), round_odd_scaled(hi, lo, k))
    return select((x != x) | (x == 0.0), x, y)


def full_f32(x: float) -> float:
    a, b, k = first_full(x)
    a, b = second_full(x, a, b, k)
    return third_full_f32(x, a, b, k)


def exceptions_f32(x: float, y: float) -> int:
    return exceptions_f64(x, y)


in_far_f64 = in_far_f32 = in_far
certain_f64 = always
certain_f32 = decided
