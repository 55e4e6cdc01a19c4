"""Pairs (hi, lo) of float64 that stand for hi + lo, |lo| ≤ ulp(hi)/2: about 106 bits.

Errors are relative, in units of u² = 2^-106 (Joldes, Muller, Popescu 2017; the numbers are those of
their algorithms 6, 4, 12, 9, 18 and of one Newton step for the root).
"""

from __future__ import annotations

import math
from fractions import Fraction

from validation.fast_truth.machine import compiled, fma

Pair = tuple[float, float]


def nearest_pair(value: Fraction) -> Pair:
    """The pair nearest to a rational number: a constant."""
    hi = float(value)
    return hi, float(value - Fraction(hi))


@compiled
def two_sum(a: float, b: float) -> Pair:
    """a + b exactly."""
    s = a + b
    c = s - a
    return s, (a - (s - c)) + (b - c)


@compiled
def fast_two_sum(a: float, b: float) -> Pair:
    """a + b exactly, for |a| ≥ |b| or a = 0."""
    s = a + b
    return s, b - (s - a)


@compiled
def two_prod(a: float, b: float) -> Pair:
    """a·b exactly, unless that underflows."""
    p = a * b
    return p, fma(a, b, -p)


@compiled
def add(a: Pair, b: Pair) -> Pair:
    """a + b, error 3 u² even if they cancel."""
    s, e = two_sum(a[0], b[0])
    t, f = two_sum(a[1], b[1])
    s, e = fast_two_sum(s, e + t)
    return fast_two_sum(s, e + f)


@compiled
def add_float(a: Pair, b: float) -> Pair:
    """a + b for a float b, error 2 u²."""
    s, e = two_sum(a[0], b)
    return fast_two_sum(s, e + a[1])


@compiled
def negative(a: Pair) -> Pair:
    """−a exactly."""
    return -a[0], -a[1]


@compiled
def scaled(a: Pair, power: float) -> Pair:
    """a·power exactly, for a power of 2, unless that underflows."""
    return a[0] * power, a[1] * power


@compiled
def mul(a: Pair, b: Pair) -> Pair:
    """a·b, error 5 u²."""
    p, e = two_prod(a[0], b[0])
    rest = fma(a[1], b[0], fma(a[0], b[1], a[1] * b[1]))
    return fast_two_sum(p, e + rest)


@compiled
def mul_float(a: Pair, b: float) -> Pair:
    """a·b for a float b, error 2 u²."""
    p, e = two_prod(a[0], b)
    return fast_two_sum(p, fma(a[1], b, e))


@compiled
def div(a: Pair, b: Pair) -> Pair:
    """a/b, error 10 u²."""
    q = a[0] / b[0]
    rest = add(a, negative(mul_float(b, q)))
    return fast_two_sum(q, rest[0] / b[0])


@compiled
def sqrt(a: Pair) -> Pair:
    """√a, error 4 u², for a > 0."""
    s = math.sqrt(a[0])
    p, e = two_prod(s, s)
    return fast_two_sum(s, (((a[0] - p) - e) + a[1]) / (2.0 * s))
