from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import select
from stdplus_ref.kernels.double_double import odd_sum
from stdplus_ref.kernels.newton import (
    RIGHT,
    denominator,
    quotient,
    solve,
    start_core,
    start_full,
)
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, FAR_LEFT, TAIL_LEFT, reduce_right
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled


def evaluate(x, t0):
    """dt/dx = x/(y² − 1) as a pair; t0 the start of the Newton step."""
    _, _, _, _, v, q, w, wl, inv, _ = solve(x, t0)
    d, dl, inv = denominator(w, wl, v, q, inv)
    hi, lo = quotient(x, 0.0, d, dl, inv)
    b, bl = horner_pair(x, c.LOG_STDPLUS_DERIVATIVE_HEAD, c.LOG_STDPLUS_DERIVATIVE_TAIL)
    centre = abs(x) < CENTRE
    return select(centre, b, hi), select(centre, bl, lo)


def evaluate_full(x):
    """dt/dx as (hi, lo, k), meaning (hi + lo)·2^k."""
    s, j = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    hi, lo = evaluate(s, start_full(s))
    tail = x < TAIL_LEFT  # dt/dx = −x/(1 − y²), y² < 2^-72
    return select(tail, -x, hi), select(tail, 0.0, lo), -j


def special(x, y):
    """y with its value at ±∞ and NaN put right."""
    y = select(abs(x) == float("inf"), select(x > 0.0, 0.0, -x), y)
    return select(x != x, x, y)


def in_core_f64(x):
    return (x >= CORE_LEFT) & (x <= RIGHT)


def core_f64(x):
    hi, lo = evaluate(x, start_core(x))
    return hi + lo


def full_f64(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_scaled(hi, lo, k))


def exceptions_f64(x, y):
    return 0


def in_core_f32(x):
    return in_core_f64(x)


def core_f32(x):
    hi, lo = evaluate(x, start_core(x))
    return odd_sum(hi, lo)


def full_f32(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_odd_scaled(hi, lo, k))


def exceptions_f32(x, y):
    return 0
