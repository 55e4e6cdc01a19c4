"""The operations of `operations` as numba intrinsics."""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from stdplus_ref.cuda.float32 import operations
from stdplus_ref.cuda.float32.operations import (
    BIAS,
    FRACTION,
    MAGIC_BITS,
    SQRT_HALF_BITS,
    pair_polynomial_scheme,
    polynomial_scheme,
)


@intrinsic
def polynomial(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """`operations.polynomial`, unrolled."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        power, row = args
        terms = [builder.extract_value(row, i) for i in range(len(sig.args[1]))]
        return polynomial_scheme(power, terms, builder.fma)

    return x(x, coefficients), codegen


@intrinsic
def pair_polynomial(typingctx: Any, x: Any, head: Any, tail: Any) -> Any:
    """`operations.pair_polynomial`, unrolled."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        x, pairs, row = args
        pairs = [[builder.extract_value(pairs, [i, j]) for j in (0, 1)] for i in range(len(head))]
        terms = [builder.extract_value(row, i) for i in range(len(tail))]
        pair = pair_polynomial_scheme(x, pairs, terms, builder.fma, builder.fadd, builder.fsub)
        return context.make_tuple(builder, sig.return_type, pair)

    return types.UniTuple(x, 2)(x, head, tail), codegen


@intrinsic
def power_of_two(typingctx: Any, a: Any) -> Any:
    """`operations.power_of_two`, on bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        biased = builder.add(builder.bitcast(args[0], word), word(BIAS))
        return builder.bitcast(builder.shl(biased, word(FRACTION)), ir.FloatType())

    return types.float32(a), codegen


@intrinsic
def exponent(typingctx: Any, y: Any) -> Any:
    """`operations.exponent`, on bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        above = builder.sub(builder.bitcast(args[0], word), word(SQRT_HALF_BITS))
        shifted = builder.ashr(above, word(FRACTION))
        return builder.bitcast(builder.add(shifted, word(MAGIC_BITS)), ir.FloatType())

    return types.float32(y), codegen


@intrinsic
def mantissa(typingctx: Any, y: Any) -> Any:
    """`operations.mantissa`, on bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(32)
        bits = builder.bitcast(args[0], word)
        above = builder.sub(bits, word(SQRT_HALF_BITS))
        power = builder.and_(above, word(-(1 << FRACTION)))
        return builder.bitcast(builder.sub(bits, power), ir.FloatType())

    return types.float32(y), codegen


OPERATIONS: Final[Mapping[Callable[..., Any], Any]] = {
    operations.polynomial: polynomial,
    operations.pair_polynomial: pair_polynomial,
    operations.power_of_two: power_of_two,
    operations.exponent: exponent,
    operations.mantissa: mantissa,
}
"""What stands for each operation in compiled code."""
