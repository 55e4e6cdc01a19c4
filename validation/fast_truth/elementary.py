"""exp, log and the left side of the definition, for pairs of float64.

The series are Taylor's with the coefficients 1/n! and 1/(2n + 1), computed here as is ln 2.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from validation.fast_truth.machine import compiled, fma
from validation.fast_truth.pair import (
    Pair,
    add,
    add_float,
    fast_two_sum,
    mul,
    mul_float,
    nearest_pair,
    negative,
    scaled,
    two_prod,
    two_sum,
)

Scaled = tuple[float, float, int]
"""(hi, lo, k) stands for (hi + lo)·2^k, with a hi from which no operation here underflows."""

_LN2_BITS: Final = 40  # of the first part: its product with a k of 12 bits is exact


def _ln2() -> tuple[float, float, float]:
    """ln 2 = Σ 1/(n·2^n) as a number of 40 bits and a pair: 146 bits in all."""
    whole = sum((Fraction(1, n << n) for n in range(1, 200)), Fraction(0))
    first = Fraction(round(whole * 2**_LN2_BITS), 2**_LN2_BITS)
    return float(first), *nearest_pair(whole - first)


_LN2_1, _LN2_2, _LN2_3 = _ln2()
_INV_LN2: Final = 1.0 / _LN2_1

# A coefficient needs its low part only while its term is above 2^-53 of the sum.
_EXPM1_PAIRS: Final = tuple(nearest_pair(Fraction(1, math.factorial(n))) for n in range(1, 9))
_EXPM1_FLOATS: Final = tuple(1.0 / math.factorial(n) for n in range(9, 15))
_HALVINGS: Final = 4

_PSI_PAIRS: Final = tuple(nearest_pair(Fraction(1, math.factorial(n))) for n in range(2, 17))
_PSI_FLOATS: Final = tuple(1.0 / math.factorial(n) for n in range(17, 27))
PSI_SERIES: Final = 0.5  # |r| up to which the series of psi is used

_ATANH_PAIRS: Final = tuple(nearest_pair(Fraction(1, n)) for n in range(3, 23, 2))
_ATANH_FLOATS: Final = tuple(1.0 / n for n in range(23, 43, 2))


@compiled
def _horner(x: Pair, pairs: tuple[Pair, ...], floats: tuple[float, ...]) -> Pair:
    """The polynomial with the coefficients `pairs`, then `floats`, lowest first."""
    tail = 0.0
    for i in range(len(floats) - 1, -1, -1):
        tail = fma(tail, x[0], floats[i])
    total = (tail, 0.0)
    for i in range(len(pairs) - 1, -1, -1):
        total = add(mul(total, x), pairs[i])
    return total


@compiled
def split(x: float) -> tuple[float, int]:
    """(m, e) with x = m·2^e exactly and 1 ≤ |m| < 2, for finite x ≠ 0."""
    m, e = math.frexp(x)
    return 2.0 * m, e - 1


@compiled
def exp(a: Pair) -> Scaled:
    """e^a, error 2^-100 beside that of a, for |a| ≤ 2000."""
    whole = math.floor(a[0] * _INV_LN2 + 0.5)
    k = float(whole)
    # k·_LN2_1 and its difference from a[0] are exact
    f = add((a[0] - k * _LN2_1, 0.0), two_prod(-k, _LN2_2))
    f = add_float(add_float(f, a[1]), -k * _LN2_3)
    # e^f − 1 from e^g − 1 with g = f/16, |g| < 0.022, squared four times
    g = scaled(f, 0.5**_HALVINGS)
    q = mul(g, _horner(g, _EXPM1_PAIRS, _EXPM1_FLOATS))
    for _ in range(_HALVINGS):
        q = add(scaled(q, 2.0), mul(q, q))
    e = add_float(q, 1.0)
    return e[0], e[1], whole


@compiled
def exp_pair(a: Pair) -> Pair:
    """e^a as a pair, for −500 ≤ a ≤ 500."""
    hi, lo, k = exp(a)
    return math.ldexp(hi, k), math.ldexp(lo, k)


@compiled
def log(y: float) -> Pair:
    """log y for 0 < y < ∞, absolute error 2^-101·max(1, |log y|)."""
    m, e = split(y)
    if m > 1.5:
        m, e = 0.5 * m, e + 1
    start = math.log(m)
    v = add_float(mul_float(exp_pair((-start, 0.0)), m), -1.0)  # y·e^-start = 1 + v, |v| < 2^-50
    rest = add_float(v, fma(-0.5 * v[0], v[0], v[0] * v[0] * v[0] / 3.0))
    n = float(e)
    high = two_sum(n * _LN2_1, start)  # the product is exact
    low = add(add_float(two_prod(n, _LN2_2), n * _LN2_3), rest)
    return add(high, low)


@compiled
def psi_ratio(r: float) -> Pair:
    """(expm1(r) − r)/r², error 2^-100, for |r| ≤ PSI_SERIES."""
    return _horner((r, 0.0), _PSI_PAIRS, _PSI_FLOATS)


@compiled
def psi_excess(r: float, square: Pair) -> Pair:
    """(expm1(r) − r) − square, error 2^-98·(expm1(r) − r) + 2^-104·r, for −500 ≤ r ≤ 500."""
    if abs(r) <= PSI_SERIES:
        return add(mul(two_prod(r, r), psi_ratio(r)), negative(square))
    # −r and the square nearly agree for r far below 0: they meet first, without error
    linear = add(add_float(two_sum(-r, -square[0]), -1.0), (-square[1], 0.0))
    return add(exp_pair((r, 0.0)), linear)


@compiled
def log_square(d: float) -> Pair:
    """y² − 1 − 2·log y for y = 1 + d, error 2^-98, for |d| ≤ 1/4.

    With z = d/(2 + d), log y = 2·atanh z, and d² + 2d·z is what remains of the terms up to d²:
    the value is d² + 2d·z − 4z³·(1/3 + z²/5 + z⁴/7 + …), in which nothing cancels.
    """
    b = two_sum(2.0, d)
    q = d / b[0]
    z = fast_two_sum(q, (fma(-q, b[0], d) - q * b[1]) / b[0])
    zz = mul(z, z)
    tail = mul(mul(zz, z), _horner(zz, _ATANH_PAIRS, _ATANH_FLOATS))
    quadratic = add(two_prod(d, d), scaled(mul_float(z, d), 2.0))
    return add(quadratic, scaled(tail, -4.0))
