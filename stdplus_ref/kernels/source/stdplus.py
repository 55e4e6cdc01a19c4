from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import select
from stdplus_ref.kernels.double_double import odd_sum
from stdplus_ref.kernels.newton import RIGHT, exp_step, solve, start_core, start_full
from stdplus_ref.kernels.horner import horner_pair
from stdplus_ref.kernels.range import CENTRE, CORE_LEFT, FAR_LEFT, reduce_right
from stdplus_ref.kernels.scaling import round_odd_scaled, round_scaled


def evaluate(x, t0):
    """stdplus(x) as (hi, lo, k), meaning (hi + lo)·2^k, k = 0 in the core; t0 the start of the step."""
    _, _, e, el, v, q, _, _, _, k = solve(x, t0)
    hi, lo = exp_step(e, el, v, q)
    c0, c0l = horner_pair(x, c.STDPLUS_HEAD, c.STDPLUS_TAIL)
    centre = abs(x) < CENTRE
    return select(centre, c0, hi), select(centre, c0l, lo), select(centre, 0, k)


def evaluate_full(x):
    s, j = reduce_right(select(x < FAR_LEFT, FAR_LEFT, x))
    hi, lo, k = evaluate(s, start_full(s))
    return hi, lo, k + j


def special(x, y):
    """y with its value at −∞, +∞ and NaN put right."""
    return select((x != x) | (x == float("inf")), x, y)


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
