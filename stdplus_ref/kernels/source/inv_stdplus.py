"""inv_stdplus(y) = sign(y − 1)·√(y² − 1 − 2·log y): the x with stdplus(x) = y.

Domain      y ∈ [0, ∞), value in ℝ.

Method      1. |y − 1| < 1/5: d = y − 1 (exact) times a polynomial for x/d: y² − 1 and 2·log y agree
               in ever more digits there.
            2. else: y² and log y as pairs, their difference, and the square root of a pair.
            3. y ≥ 2^100: y; what is missing, (1 + 2·log y)/(2y), is below 2^-192 of it.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     y < 0 → NaN, invalid; ±0 → −∞, divide; 1 → +0; +∞ → +∞; NaN → NaN.

Accuracy    float64: the pair before the last rounding is good to 2^-59; float32: correctly rounded.
            Proof: docs/error-budget.md. Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 4 and 6 solved for x.
"""

from __future__ import annotations

from math import sqrt

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, horner2, mul, select
from stdplus_ref.kernels.double_double import fast_two_sum, odd_sum, two_sum
from stdplus_ref.kernels.exceptions import DIVIDE, INVALID
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.logarithm import log_pair, log_plain
from stdplus_ref.kernels.single import always, decided
from stdplus_ref.kernels.square_root import sqrt_pair

CENTRE = 0.2  # |y − 1| below: polynomial in y − 1
LEAST = 2.2250738585072014e-308  # least normal
GREATEST = 1.2676506002282294e30  # 2^100: from here on x = y to 2^-192


def outer(y: float, log_y: float, log_yl: float) -> tuple[float, float]:
    """√(y² − 1 − 2·log y) as a pair, for finite y with |y − 1| ≥ 1/5."""
    q = mul(y, y)
    ql = fma(y, y, -q)
    s, sl = two_sum(q, -1.0)
    f, fl = two_sum(s, mul(-2.0, log_y))
    f, fl = fast_two_sum(f, ((fl + sl) + ql) - mul(2.0, log_yl))
    return sqrt_pair(f, fl)


def with_sign_and_centre(y: float, hi: float, lo: float) -> tuple[float, float]:
    """±(hi, lo), or y − 1 times the polynomial where |y − 1| < 1/5."""
    d = y - 1.0  # exact where it is used
    b, bl = horner_pair(d, c.INV_STDPLUS_HEAD, c.INV_STDPLUS_TAIL)
    p = mul(d, b)
    pl = fma(d, bl, fma(d, b, -p))
    hi, lo = select(d < 0.0, -hi, hi), select(d < 0.0, -lo, lo)
    centre = abs(d) < CENTRE
    return select(centre, p, hi), select(centre, pl, lo)


def in_far_f64(y: float) -> bool:
    return y >= GREATEST


def far_f64(y: float) -> float:
    """inv_stdplus(y) for y ≥ 2^100."""
    return y


def special(y: float, x: float) -> float:
    """x with its value at y ≤ 0, y ≥ 2^100 and NaN put right."""
    x = select(in_far_f64(y), far_f64(y), x)
    x = select(y == 0.0, -float("inf"), x)
    x = select(y < 0.0, float("nan"), x)
    return select(y != y, y, x)


# float64, and what float32 shares where it needs every digit


def in_core_f64(y: float) -> bool:
    return (y >= LEAST) & (y < GREATEST)


def first_f64(y: float) -> tuple[float, float]:
    return log_pair(y)


def second_f64(y: float, log_y: float, log_yl: float) -> tuple[float, float]:
    return outer(y, log_y, log_yl)


def third_f64(y: float, hi: float, lo: float) -> float:
    hi, lo = with_sign_and_centre(y, hi, lo)
    return hi + lo


def core_f64(y: float) -> float:
    a, b = first_f64(y)
    a, b = second_f64(y, a, b)
    return third_f64(y, a, b)


def first_full(y: float) -> tuple[float, float, float]:
    log_y, log_yl = log_pair(y)
    return log_y, log_yl, y


def second_full(y: float, log_y: float, log_yl: float, _: float) -> tuple[float, float]:
    return outer(y, log_y, log_yl)


def third_full_f64(y: float, hi: float, lo: float, _: float) -> float:
    return special(y, third_f64(y, hi, lo))


def full_f64(y: float) -> float:
    a, b, k = first_full(y)
    a, b = second_full(y, a, b, k)
    return third_full_f64(y, a, b, k)


def exceptions_f64(y: float, x: float) -> int:
    return select(y == 0.0, DIVIDE, select(y < 0.0, INVALID, 0))


# float32


def in_core_f32(y: float) -> bool:
    return (y > 0.0) & (y < float("inf"))


def first_f32(y: float) -> tuple[float, float]:
    return log_plain(y), y


def second_f32(y: float, log_y: float, b: float) -> tuple[float, float]:
    return sqrt(abs(fma(-2.0, log_y, fma(y, y, -1.0)))), b


def third_f32(y: float, x: float, _: float) -> float:
    d = y - 1.0
    x = select(d < 0.0, -x, x)
    return select(abs(d) < CENTRE, d * horner2(d, c.INV_STDPLUS_SINGLE), x)


def core_f32(y: float) -> float:
    a, b = first_f32(y)
    a, b = second_f32(y, a, b)
    return third_f32(y, a, b)


def third_full_f32(y: float, hi: float, lo: float, _: float) -> float:
    hi, lo = with_sign_and_centre(y, hi, lo)
    return special(y, select(y == 1.0, 0.0, odd_sum(hi, lo)))


def full_f32(y: float) -> float:
    a, b, k = first_full(y)
    a, b = second_full(y, a, b, k)
    return third_full_f32(y, a, b, k)


def exceptions_f32(y: float, x: float) -> int:
    return exceptions_f64(y, x)


in_far_f32, far_f32 = in_far_f64, far_f64
certain_f64 = always
certain_f32 = decided
