"""Pairs of float32: polynomials, quotient, square root, and whether a pair decides the rounding.

A pair (hi, lo) stands for hi + lo. u is 2^-24, the largest relative error of a rounding.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stdplus_ref.cuda.float32.operations import HALF, Pair
from stdplus_ref.source.operations import Single, Truth, fma, mul, sqrt
from stdplus_ref.source.pairs import fast_two_sum

DOUBT: Final = np.float32(1 + 2.0**-14)


def decided(hi: Single, lo: Single) -> Truth:
    """Whether all numbers within 2^-39.01·|hi| of hi + lo round to hi, for |lo| ≤ ulp(hi)/2.

    The fma rounds hi + lo·(1 + 2^-14), so it gives hi only if lo is nearer to 0 than the end of
    what rounds to hi by 2^-14/(1 + 2^-14) of the way there, which is at least 2^-25·|hi|.
    """
    same: Truth = fma(lo, DOUBT, hi) == hi
    return same


def plain_step(x: Single, b: Single, e: Single, hi: Single) -> Pair:
    """hi + x·(b + e) as a pair, for |x·b| ≤ |hi|/2."""
    s = fma(x, b, hi)
    return s, fma(x, e, fma(x, b, hi - s))


def product(a: Single, al: Single, b: Single, bl: Single) -> Pair:
    """(a + al)·(b + bl) as a pair, relative error below 8u²."""
    p = mul(a, b)
    return p, fma(a, bl, fma(al, b, fma(a, b, -p)))


def times(x: Single, b: Single, bl: Single) -> Pair:
    """x·(b + bl) as a pair."""
    p = mul(x, b)
    return p, fma(x, bl, fma(x, b, -p))


def square(a: Single, al: Single) -> Pair:
    """(a + al)² as a pair."""
    p = mul(a, a)
    return p, fma(a + a, al, fma(a, a, -p))


def quotient(a: Single, b: Single, bl: Single, inv: Single) -> Pair:
    """a/(b + bl) as a pair, from inv = 1/b to about 2^-20."""
    q = mul(a, inv)
    return q, mul(fma(-q, bl, fma(-q, b, a)), inv)


def root(a: Single, al: Single) -> Pair:
    """√(a + al) as a pair, for a > 0."""
    hi, lo = fast_two_sum(a, al)
    s = sqrt(hi)
    return s, mul(fma(-s, s, hi) + lo, HALF / s)
