"""The operations on float32 that `stdplus_ref.source.operations` has not, in plain Python.

A literal of Python is float64, and so would be what it meets: constants have names here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np

from stdplus_ref.source.operations import Single, fma

Pair = tuple[Single, Single]
Triple = tuple[Single, Single, Single]
Term = TypeVar("Term")

ZERO: Final = np.float32(0)
HALF: Final = np.float32(0.5)
ONE: Final = np.float32(1)
TWO: Final = np.float32(2)
MAGIC: Final = np.float32(12582912.0)
"""1.5·2^23: adding it rounds to an integer, kept in the low bits."""

MAGIC_BITS: Final = 0x4B400000
SQRT_HALF_BITS: Final = 0x3F3504F3  # of √½ rounded
BIAS: Final = 127  # of the exponent in a float32
FRACTION: Final = 23  # bits of a float32 behind its point


def polynomial(x: Single, coefficients: tuple[Single, ...]) -> Single:
    """c0 + c1·x + … + cn·x^n, n fma."""
    return polynomial_scheme(x, list(coefficients), fma)


def polynomial_scheme(x: Term, terms: list[Term], fma: Callable[..., Term]) -> Term:
    """terms[0] + terms[1]·x + … with the operation given."""
    value = terms[-1]
    for term in terms[-2::-1]:
        value = fma(value, x, term)
    return value


def pair_polynomial(
    x: Single, head: tuple[tuple[Single, Single], ...], tail: tuple[Single, ...]
) -> Pair:
    """The polynomial with head ((h0, l0), (h1, l1), …) and tail (cn, …) as a pair.

    One step is (hi + lo) + x·(b + e) = s + (x·b + hi − s) + (x·e + lo): exact but for the rounding
    of what is in brackets, for |x·b| ≤ |hi|/2.
    """
    return pair_polynomial_scheme(
        x, list(head), list(tail), fma, lambda a, b: a + b, lambda a, b: a - b
    )


def pair_polynomial_scheme(
    x: Any,
    pairs: list[Any],
    terms: list[Any],
    fma: Callable[..., Any],
    add: Callable[..., Any],
    subtract: Callable[..., Any],
) -> tuple[Any, Any]:
    """(pairs[0] + pairs[1]·x + …) + x^n·(terms[0] + …) with the operations given."""
    b, e = polynomial_scheme(x, terms, fma), None
    for hi, lo in pairs[::-1]:
        s = fma(x, b, hi)
        lost = fma(x, b, subtract(hi, s))
        b, e = s, add(lost, lo if e is None else fma(x, e, lo))
    return b, e


def power_of_two(a: Single) -> Single:
    """2^k for a = MAGIC + k, −126 ≤ k ≤ 127."""
    return _from_bits((_bits(a) + BIAS) << FRACTION)


def exponent(y: Single) -> Single:
    """MAGIC + k with y = 2^k·m, √½ ≤ m < √2 or nearly, for a normal y > 0."""
    return _from_bits(((_bits(y) - SQRT_HALF_BITS) >> FRACTION) + MAGIC_BITS)


def mantissa(y: Single) -> Single:
    """The m that goes with `exponent`."""
    return _from_bits(_bits(y) - ((_bits(y) - SQRT_HALF_BITS) & -(1 << FRACTION)))


def _bits(x: Single) -> int:
    return int(np.float32(x).view(np.int32))


def _from_bits(i: int) -> Single:
    return np.uint32(i % 2**32).view(np.float32)
