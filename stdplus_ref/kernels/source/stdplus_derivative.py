from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, mul, select
from stdplus_ref.kernels.double_double import odd_sum
from stdplus_ref.kernels.newton import (
    RIGHT,
    denominator,
    exp_step,
    quotient,
    solve,
    start_core,
    start_full,
)
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, FAR_LEFT, reduce_right
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled


def evaluate(x, t0):
    """dy/dx = x·y/(y² − 1) as (hi, lo, k), meaning (hi + lo)·2^k, k = 0 in the core; t0 the start."""
    _, _, e, el, v, q, w, wl, inv, k = solve(x, t0)
    y, yl = exp_step(e, el, v, q)
    d, dl, inv = denominator(w, wl, v, q, inv)
    n = mul(x, y)
    hi, lo = quotient(n, fma(x, yl, fma(x, y, -n)), d, dl, inv)
    b, bl = horner_pair(x, c.STDPLUS_DERIVATIVE_HEAD, c.STDPLUS_DERIVATIVE_TAIL)
    centre = abs(x) < CENTRE
    return select(centre, b, hi), select(centre, bl, lo), select(centre, 0, k)


def evaluate_full(x):
    # above 2^64 the derivative is 1 to 2^-120: that of the reduced argument
    s, _ = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    return evaluate(s, start_full(s))


def special(x, y):
    """y with its value at ±∞ and NaN put right."""
    y = select(x == float("inf"), 1.0, y)
    return select(x != x, x, y)


def in_core_f64(x):
    return (x >= CORE_LEFT) & (x <= RIGHT)


def core_f64(x):
    hi, lo, _ = evaluate(x, start_core(x))
    return hi + lo


def full_f64(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_scaled(hi, lo, k))


def exceptions_f64(x, y):
    return 0


def in_core_f32(x):
    return in_core_f64(x)


def core_f32(x):
    hi, lo, _ = evaluate(x, start_core(x))
    return odd_sum(hi, lo)


def full_f32(x):
    hi, lo, k = evaluate_full(x)
    return special(x, round_odd_scaled(hi, lo, k))


def exceptions_f32(x, y):
    return 0
