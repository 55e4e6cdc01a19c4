"""The operations on float32 that `stdplus_ref.kernels._ops` has not, as numba intrinsics.

A literal of Python is float64, and so would be what it meets: constants have names here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def single(x: float) -> Any:
    """x as a float32 number. (The kernels' annotations say float for either.)"""
    return np.float32(x)


ZERO: Final = single(0)
HALF: Final = single(0.5)
ONE: Final = single(1)
TWO: Final = single(2)
MAGIC: Final = single(12582912.0)
"""1.5·2^23: adding it rounds to an integer, kept in the low bits."""


@intrinsic
def polynomial(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """polynomial(x, (c0, …, cn)) = c0 + c1·x + … + cn·x^n, n fma."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        power, row = args
        terms = [builder.extract_value(row, i) for i in range(len(sig.args[1]))]
        return polynomial_scheme(power, terms, builder.fma)

    return x(x, coefficients), codegen


def polynomial_scheme(x: Any, terms: list[Any], fma: Any) -> Any:
    """terms[0] + terms[1]·x + …"""
    value = terms[-1]
    for term in terms[-2::-1]:
        value = fma(value, x, term)
    return value


@intrinsic
def pair_polynomial(typingctx: Any, x: Any, head: Any, tail: Any) -> Any:
    """The polynomial with head ((h0, l0), (h1, l1), …) and tail (cn, …) as a pair.

    One step is (hi + lo) + x·(b + e) = s + (x·b + hi − s) + (x·e + lo): exact but for the rounding
    of what is in brackets, for |x·b| ≤ |hi|/2.
    """

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        x, pairs, row = args
        pairs = [[builder.extract_value(pairs, [i, j]) for j in (0, 1)] for i in range(len(head))]
        terms = [builder.extract_value(row, i) for i in range(len(tail))]
        pair = pair_polynomial_scheme(x, pairs, terms, builder.fma, builder.fadd, builder.fsub)
        return context.make_tuple(builder, sig.return_type, pair)

    return types.UniTuple(x, 2)(x, head, tail), codegen


def pair_polynomial_scheme(
    x: Any, pairs: list[Any], terms: list[Any], fma: Any, add: Any, subtract: Any
) -> tuple[Any, Any]:
    """(pairs[0] + pairs[1]·x + …) + x^n·(terms[0] + …) with the operations given."""
    b, e = polynomial_scheme(x, terms, fma), None
    for hi, lo in pairs[::-1]:
        s = fma(x, b, hi)
        lost = fma(x, b, subtract(hi, s))
        b, e = s, add(lost, lo if e is None else fma(x, e, lo))
    return b, e


@intrinsic
def power_of_two(typingctx: Any, a: Any) -> Any:
    """power_of_two(MAGIC + k) = 2^k for an integer −126 ≤ k ≤ 127."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        biased = builder.add(builder.bitcast(args[0], word), word(127))
        return builder.bitcast(builder.shl(biased, word(23)), ir.FloatType())

    return types.float32(a), codegen


@intrinsic
def exponent(typingctx: Any, y: Any) -> Any:
    """exponent(y) = MAGIC + k with y = 2^k·m, √½ ≤ m < √2 or nearly, for a normal y > 0."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        above = builder.sub(builder.bitcast(args[0], word), word(_SQRT_HALF))
        shifted = builder.ashr(above, word(23))
        return builder.bitcast(builder.add(shifted, word(_MAGIC)), ir.FloatType())

    return types.float32(y), codegen


@intrinsic
def mantissa(typingctx: Any, y: Any) -> Any:
    """The m that goes with `exponent`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        bits = builder.bitcast(args[0], word)
        above = builder.sub(bits, word(_SQRT_HALF))
        power = builder.and_(above, word(-(1 << 23)))
        return builder.bitcast(builder.sub(bits, power), ir.FloatType())

    return types.float32(y), codegen


_SQRT_HALF: Final = 0x3F3504F3
_MAGIC: Final = 0x4B400000
