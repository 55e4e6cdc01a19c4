"""The operations kernels use beyond +, −, ×, ÷ and √, as numba intrinsics.

Each maps to one LLVM instruction or intrinsic, so a kernel means the same on every target:
`fma` rounds once, `select` evaluates both arms (no branch), casts move bits. Outside numba
(plain Python, for reading and debugging) the functions are not callable.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """fma(a, b, c) = a·b + c rounded once (`llvm.fma`)."""
    return a(a, a, a), lambda context, builder, sig, args: builder.fma(*args)


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """mul(a, b) = a·b rounded on its own, never contracted with a following addition."""
    return a(a, a), lambda context, builder, sig, args: builder.fmul(*args)


@intrinsic
def select(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """select(c, a, b) = a if c else b, both evaluated, no branch."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bit = args[0]
        if bit.type != ir.IntType(1):
            bit = context.cast(builder, bit, sig.args[0], types.boolean)
            if bit.type != ir.IntType(1):
                bit = builder.trunc(bit, ir.IntType(1))
        return builder.select(bit, args[1], args[2])

    return a(condition, a, a), codegen


@intrinsic
def bits(typingctx: Any, x: Any) -> Any:
    """bits(x) = the int64 with the bits of the float64 x."""
    return types.int64(x), lambda context, builder, sig, args: builder.bitcast(
        args[0], ir.IntType(64)
    )


@intrinsic
def from_bits(typingctx: Any, i: Any) -> Any:
    """from_bits(i) = the float64 with the bits of the int64 i."""
    return types.float64(i), lambda context, builder, sig, args: builder.bitcast(
        args[0], ir.DoubleType()
    )


@intrinsic
def narrow(typingctx: Any, x: Any) -> Any:
    """narrow(x) = the float64 x rounded to float32, a type in which rough work is cheaper."""
    return types.float32(x), lambda context, builder, sig, args: builder.fptrunc(
        args[0], ir.FloatType()
    )


@intrinsic
def widen(typingctx: Any, x: Any) -> Any:
    """widen(x) = the float64 equal to the float32 x."""
    return types.float64(x), lambda context, builder, sig, args: builder.fpext(
        args[0], ir.DoubleType()
    )


def horner2_scheme(x: Any, terms: list[Any], fma: Any, mul: Any) -> Any:
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


def unpacked(builder: Any, row: Any, sig: Any) -> list[Any]:
    """The coefficients of a `horner2` of that signature, in the type of its argument."""
    x, coefficients = sig.args
    terms = [builder.extract_value(row, i) for i in range(len(coefficients))]
    if x == types.float32:  # each is a float32 number
        terms = [builder.fptrunc(term, ir.FloatType()) for term in terms]
    return terms


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """horner2(x, (c0, …, cn)) = c0 + c1·x + … + cn·x^n, in the type of x.

    Unrolled here, because a Python loop over the tuple is not reliably unrolled by the compiler
    and then cannot be vectorised.
    """

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return horner2_scheme(args[0], terms, builder.fma, builder.fmul)

    return x(x, coefficients), codegen
