"""inv_log_stdplus(t) = sign(t)·√(expm1(2t) − 2t): the x with log_stdplus(x) = t.

Domain      t ∈ ℝ, value in ℝ.

Method      1. |t| < 3/8: t times a polynomial for x/t: expm1(2t) and 2t agree in ever more digits
               there; below 2^-900 with 2^300·t for t, so that low parts do not underflow.
            2. −2^600 ≤ t ≤ 40: e^{2t} as a pair, the difference, and the square root of a pair.
            3. t > 40: e^t; what is missing, (1 + 2t)/(2e^{2t}), is below 2^-109 of it.
            4. t < −2^600: −√(−2t), by way of −t/2, which cannot overflow. t > 720: ∞.
            float32: the same regimes in plain float64 (`single`), pairs where that leaves doubt.

Special     −∞ → −∞, ±0 → ±0, +∞ → +∞, NaN → NaN. Overflow from t = 709.79 (float32 88.73) on.

Accuracy    float64: the pair before the last rounding is good to 2^-60; float32: correctly rounded.
            Proof: docs/error-budget.md. Promise, worst case and its witness: `stdplus_ref.spec`.

References  Slashed Normal, Eq. 6 with log(σ²) = 2t.
"""

from __future__ import annotations

from math import sqrt

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, horner2, mul, select
from stdplus_ref.kernels.double_double import fast_two_sum, two_sum
from stdplus_ref.kernels.exceptions import OVERFLOW
from stdplus_ref.kernels.exponential import exp_short, integer, split
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.range import TINY, TINY_SINGLE
from stdplus_ref.kernels.scaling import pow2, round_odd_scaled, round_scaled
from stdplus_ref.kernels.single import always, decided, exp_single, nearest
from stdplus_ref.kernels.square_root import sqrt_pair

CENTRE = 0.375  # |t| below: polynomial through 0
FAR_LEFT = -40.0  # below, e^{2t} < 2^-115 is nothing beside −1 − 2t
FAR_RIGHT = 40.0  # above, 1 + 2t < 2^-108·e^{2t}: x = e^t
OVERFLOWED = 720.0
HUGE = 4.149515568880993e180  # 2^600: left of −2^600 x = −√(−2t) to 2^-600
HUGE_SINGLE = 1.152921504606847e18  # 2^60: the same to 2^-61, less than the way to a float32 tie


def exp_pair(t: float) -> tuple[float, float, float]:
    """(e, el, k): e^t = (e + el)·2^k, k = 0 for t ≤ FAR_RIGHT; that of FAR_LEFT further left."""
    t = select(t < FAR_LEFT, FAR_LEFT, select(t > OVERFLOWED, OVERFLOWED, t))
    k, f, u = split(t)
    right = t > FAR_RIGHT
    e, el = exp_short(f, pow2(integer(select(right, 0.0, k))))
    return e, fma(e, fma(0.5 * u, u, u), el), select(right, k, 0.0)


def outer(t: float, e: float, el: float) -> tuple[float, float]:
    """√((e + el)² − 1 − 2t) as a pair: |inv_log_stdplus(t)| for |t| ≥ 3/8, |t| < 2^1000."""
    w = mul(e, e)
    wl = fma(el, el, fma(2.0 * e, el, fma(e, e, -w)))  # el² counts: |el| is up to 2^-26·e
    m, ml = two_sum(1.0, 2.0 * t)
    s, sl = two_sum(w, -m)
    s, sl = fast_two_sum(s, (sl - ml) + wl)
    return sqrt_pair(s, sl)


def with_sign_and_centre(t: float, hi: float, lo: float) -> tuple[float, float]:
    """±(hi, lo), or t times the polynomial where |t| < 3/8."""
    b, bl = horner_pair(t, c.INV_LOG_STDPLUS_HEAD, c.INV_LOG_STDPLUS_TAIL)
    p = mul(t, b)
    pl = fma(t, bl, fma(t, b, -p))
    hi, lo = select(t < 0.0, -hi, hi), select(t < 0.0, -lo, lo)
    centre = abs(t) < CENTRE
    return select(centre, p, hi), select(centre, pl, lo)


def scaled(t: float) -> float:
    """t, but 2^300·t for |t| < TINY: that keeps the low part of √2·t a normal number."""
    return select(abs(t) < TINY, t * 2.037035976334486e90, t)


def evaluate(t: float, hi: float, lo: float, k: float) -> tuple[float, float, int]:
    """inv_log_stdplus(t) as (hi, lo, k), meaning (hi + lo)·2^k."""
    hi, lo = with_sign_and_centre(scaled(t), hi, lo)
    return hi, lo, select(abs(t) < TINY, -300, integer(k))


def in_far_f64(t: float) -> bool:
    return (t < -HUGE) | (t > OVERFLOWED)


def far_f64(t: float) -> float:
    """inv_log_stdplus(t) where `in_far`: −√(−2t), by way of −t/2 that cannot overflow, or ∞."""
    return select(t < 0.0, -2.0 * sqrt(abs(0.5 * t)), float("inf"))


# float64, and what float32 shares where it needs every digit


def in_core_f64(t: float) -> bool:
    return (abs(t) <= FAR_RIGHT) & ((abs(t) >= TINY) | (t == 0.0))


def first_f64(t: float) -> tuple[float, float]:
    e, el, _ = exp_pair(t)
    return e, el


def second_f64(t: float, e: float, el: float) -> tuple[float, float]:
    return outer(t, e, el)


def third_f64(t: float, hi: float, lo: float) -> float:
    hi, lo = with_sign_and_centre(t, hi, lo)
    return select(t == 0.0, t, hi + lo)


def core_f64(t: float) -> float:
    a, b = first_f64(t)
    a, b = second_f64(t, a, b)
    return third_f64(t, a, b)


def first_full(t: float) -> tuple[float, float, float]:
    return exp_pair(scaled(t))


def second_full(t: float, e: float, el: float, _: float) -> tuple[float, float]:
    right = t > FAR_RIGHT  # x = e^t
    hi, lo = outer(select(right, FAR_RIGHT, scaled(t)), e, el)
    return select(right, e, hi), select(right, el, lo)


def third_full_f64(t: float, hi: float, lo: float, k: float) -> float:
    hi, lo, shift = evaluate(t, hi, lo, k)
    x = select(in_far_f64(t), far_f64(t), round_scaled(hi, lo, shift))
    return select((t != t) | (t == 0.0), t, x)


def full_f64(t: float) -> float:
    a, b, k = first_full(t)
    a, b = second_full(t, a, b, k)
    return third_full_f64(t, a, b, k)


def exceptions_f64(t: float, x: float) -> int:
    return select((abs(x) == float("inf")) & (abs(t) != float("inf")), OVERFLOW, 0)


# float32


def in_core_f32(t: float) -> bool:
    return (abs(t) <= FAR_RIGHT) & ((abs(t) >= TINY_SINGLE) | (t == 0.0))


def first_f32(t: float) -> tuple[float, float]:
    k = nearest(t)
    return exp_single(t, k), k


def second_f32(t: float, e: float, k: float) -> tuple[float, float]:
    return sqrt(abs(fma(e, e, -fma(2.0, t, 1.0)))), k


def third_f32(t: float, x: float, _: float) -> float:
    x = select(t < 0.0, -x, x)
    return select(abs(t) < CENTRE, t * horner2(t, c.INV_LOG_STDPLUS_SINGLE), x)


def core_f32(t: float) -> float:
    a, b = first_f32(t)
    a, b = second_f32(t, a, b)
    return third_f32(t, a, b)


def in_far_f32(t: float) -> bool:
    return (t < -HUGE_SINGLE) | (t > OVERFLOWED)


def third_full_f32(t: float, hi: float, lo: float, k: float) -> float:
    hi, lo, shift = evaluate(t, hi, lo, k)
    x = select(in_far_f32(t), far_f64(t), round_odd_scaled(hi, lo, shift))
    return select((t != t) | (t == 0.0), t, x)


def full_f32(t: float) -> float:
    a, b, k = first_full(t)
    a, b = second_full(t, a, b, k)
    return third_full_f32(t, a, b, k)


def exceptions_f32(t: float, x: float) -> int:
    return exceptions_f64(t, x)


far_f32 = far_f64
certain_f64 = always
certain_f32 = decided
