"""Pairs of float32: polynomials, quotient, square root, and whether a pair decides the rounding.

A pair (hi, lo) stands for hi + lo. u is 2^-24, the largest relative error of a rounding.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

from stdplus_ref._float32.operations import HALF, single
from stdplus_ref.kernels._ops import fma, mul
from stdplus_ref.kernels.double_double import fast_two_sum

Pair = tuple[float, float]

DOUBT: Final[float] = single(1 + 2.0**-14)


def settled(hi: float, lo: float) -> bool:
    """Whether all numbers within 2^-39.01·|hi| of hi + lo round to hi, for |lo| ≤ ulp(hi)/2.

    The fma rounds hi + lo·(1 + 2^-14), so it gives hi only if lo is nearer to 0 than the end of
    what rounds to hi by 2^-14/(1 + 2^-14) of the way there, which is at least 2^-25·|hi|.
    """
    return fma(lo, DOUBT, hi) == hi


def plain_step(x: float, b: float, e: float, hi: float) -> Pair:
    """hi + x·(b + e) as a pair, for |x·b| ≤ |hi|/2."""
    s = fma(x, b, hi)
    return s, fma(x, e, fma(x, b, hi - s))


def product(a: float, al: float, b: float, bl: float) -> Pair:
    """(a + al)·(b + bl) as a pair, relative error below 8u²."""
    p = mul(a, b)
    return p, fma(a, bl, fma(al, b, fma(a, b, -p)))


def times(x: float, b: float, bl: float) -> Pair:
    """x·(b + bl) as a pair."""
    p = mul(x, b)
    return p, fma(x, bl, fma(x, b, -p))


def square(a: float, al: float) -> Pair:
    """(a + al)² as a pair."""
    p = mul(a, a)
    return p, fma(a + a, al, fma(a, a, -p))


def quotient(a: float, b: float, bl: float, inv: float) -> Pair:
    """a/(b + bl) as a pair, from inv = 1/b to about 2^-20."""
    q = mul(a, inv)
    return q, mul(fma(-q, bl, fma(-q, b, a)), inv)


def root(a: float, al: float) -> Pair:
    """√(a + al) as a pair, for a > 0."""
    hi, lo = fast_two_sum(a, al)
    s = sqrt(hi)
    return s, mul(fma(-s, s, hi) + lo, HALF / s)
