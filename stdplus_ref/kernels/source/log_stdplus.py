from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, mul, select
from stdplus_ref.kernels.double_double import odd_sum, two_sum
from stdplus_ref.kernels.exceptions import OVERFLOW
from stdplus_ref.kernels.newton import RIGHT, log_step, solve, start_core, start_full
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, FAR_LEFT, TAIL_LEFT, TINY, reduce_right
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled


def evaluate(x, t0, j):
    """log_stdplus(x·2^j) as a pair; t0 the start of the Newton step, j ≠ 0 only for x > 2^60."""
    kf, f, _, _, v, q, _, _, _, _ = solve(x, t0)
    kj = kf + j
    hi = fma(kj, c.LN2_HI, f)  # exact
    lo = fma(kj, c.LN2_LO, log_step(v, q))
    b, bl = horner_pair(x, c.LOG_STDPLUS_HEAD, c.LOG_STDPLUS_TAIL)
    p = mul(x, b)
    pl = fma(x, bl, fma(x, b, -p))
    centre = abs(x) < CENTRE
    return select(centre, p, hi), select(centre, pl, lo)


def evaluate_left(x):
    """−(x² + 1)/2 as a pair: log_stdplus(x) below TAIL_LEFT to 2^-72."""
    h = 0.5 * x
    p = mul(h, x)
    s, e = two_sum(p, 0.5)
    finite = s < float("inf")
    return -s, select(finite, -(e + fma(h, x, -p)), 0.0)


def evaluate_full(x):
    """log_stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k."""
    tiny = abs(x) < TINY
    s, j = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    # 2^300·x keeps the low part of 2^300·x/√2 normal; x/√2 alone is right to 2^-900
    s = select(tiny, x * 2.037035976334486e90, s)
    hi, lo = evaluate(s, start_full(s), j)
    left, leftl = evaluate_left(x)
    tail = x < TAIL_LEFT
    return select(tail, left, hi), select(tail, leftl, lo), select(tiny, -300, 0)


def special(x, t):
    """t with its value at ±0, ±∞ and NaN put right."""
    return select((x != x) | (x == 0.0) | (abs(x) == float("inf")), x, t)


def in_core_f64(x):
    return (x >= CORE_LEFT) & (x <= RIGHT) & ((abs(x) >= TINY) | (x == 0.0))


def core_f64(x):
    hi, lo = evaluate(x, start_core(x), 0)
    return select(x == 0.0, x, hi + lo)


def full_f64(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_scaled(hi, lo, k))


def exceptions_f64(x, y):
    return select((abs(y) == float("inf")) & (abs(x) != float("inf")), OVERFLOW, 0)


def in_core_f32(x):
    return (x >= CORE_LEFT) & (x <= RIGHT)


def core_f32(x):
    hi, lo = evaluate(x, start_core(x), 0)
    return select(x == 0.0, x, odd_sum(hi, lo))


def full_f32(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_odd_scaled(hi, lo, k))


def exceptions_f32(x, y):
    return exceptions_f64(x, y)
