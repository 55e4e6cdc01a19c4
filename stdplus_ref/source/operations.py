"""The operations of the source beyond +, −, ×, ÷ and comparisons, in plain Python.

Each is one instruction of a processor or close to it. Every target gives them its own meaning (an
LLVM instruction, a C expression, a node of a graph); here they are what they mean, exactly rounded,
so that the source runs as it stands.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Final, TypeAlias, TypeVar

import numpy as np

Double: TypeAlias = float
"""A float64."""
Single: TypeAlias = np.float32
"""A float32."""
Int64: TypeAlias = int
Truth: TypeAlias = bool | np.bool
"""What a comparison of float32 gives."""
Pair: TypeAlias = tuple[Double, Double]
"""(hi, lo): stands for the real number hi + lo."""
Integers: TypeAlias = tuple[Int64, Int64]
"""(m, e): two integers, such as those of the number m·2^e."""

Words: TypeAlias = list[int]
"""Room for the words of a long number (`source.words`)."""

MOST_WORDS: Final = 96  # of a long number: 2660 bits after the point
Real = TypeVar("Real", Double, Single)
Value = TypeVar("Value", Double, Single, Int64)
Term = TypeVar("Term")


def fma(a: Real, b: Real, c: Real) -> Real:
    """a·b + c rounded once."""
    kind = type(a)
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    (p, p_unit), (q, q_unit), (r, r_unit) = (float(x).as_integer_ratio() for x in (a, b, c))
    numerator, unit = p * q * r_unit + r * p_unit * q_unit, p_unit * q_unit * r_unit
    if numerator == 0:
        return a * b + c  # the sign of zero
    return kind(_rounded(numerator, unit, kind is np.float32))


def _rounded(numerator: int, denominator: int, odd: bool) -> float:
    """The quotient rounded to float64, ties to even; or to odd, to be rounded to float32 next."""
    try:
        nearest = numerator / denominator  # Python rounds the quotient of integers correctly
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf
    if odd and int(math.frexp(nearest)[0] * 2**53) % 2 == 0:
        rest = Fraction(numerator, denominator) - Fraction(nearest)
        if rest != 0:
            return math.nextafter(nearest, math.copysign(math.inf, rest))
    return nearest


def mul(a: Real, b: Real) -> Real:
    """a·b rounded on its own, never contracted with a following addition."""
    return a * b


def sqrt(x: Real) -> Real:
    """√x rounded once; NaN for x < 0."""
    # a float64 has digits enough for the root of a float32 to be rounded twice
    return type(x)(math.sqrt(x) if x >= 0.0 else math.nan)


def select(condition: Truth, a: Value, b: Value) -> Value:
    """a if condition else b: both are evaluated, there is no branch."""
    return a if condition else b


def bits(x: Double) -> Int64:
    """The int64 with the bits of x."""
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def from_bits(i: Int64) -> Double:
    """The float64 with the bits of the int64 i; integers wrap around."""
    return float(struct.unpack("<d", struct.pack("<Q", i % 2**64))[0])


def narrow(x: Double) -> Single:
    """x rounded to float32, ties to even."""
    with np.errstate(over="ignore"):
        return np.float32(x)


def widen(x: Single) -> Double:
    """The float64 equal to x."""
    return float(np.float32(x))


def words() -> Words:
    """Room for the words of one number, each an Int64."""
    return [0] * MOST_WORDS


def horner2(x: Real, coefficients: tuple[float, ...]) -> Real:
    """c0 + c1·x + … + cn·x^n in the type of x, by `horner2_scheme`."""
    terms = [type(x)(value) for value in coefficients]
    return horner2_scheme(x, terms, fma, mul)


def horner2_scheme(
    x: Term, terms: list[Term], fma: Callable[..., Term], mul: Callable[..., Term]
) -> Term:
    """terms[0] + terms[1]·x + … with the operations given: pairs a + b·x, then Horner in x².

    Half the chain of Horner's scheme in x, for one operation more. Shorter chains (Estrin) cost
    more operations, which here is what time is spent on: a loop overlaps the chains of many lanes.
    """
    pairs = [fma(b, x, a) for a, b in zip(terms[::2], terms[1::2], strict=False)]
    pairs += terms[2 * len(pairs) :]
    value = pairs.pop()
    if pairs:
        square = mul(x, x)
    while pairs:
        value = fma(value, square, pairs.pop())
    return value
