"""The operations kernels use beyond +, −, ×, ÷ and √: fma, select, bit casts, as numba intrinsics.

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


def estrin_scheme(power: Any, terms: list[Any], fma: Any, mul: Any) -> Any:
    """terms[0] + terms[1]·power + … by Estrin's scheme, with the operations given.

    Neighbours are paired, a + b·x, then pairs of pairs with x², and so on: a chain of about
    log2(n + 1) fma instead of Horner's n, and such chains, not the number of operations, are
    what a loop over long kernels waits for.
    """
    while True:
        pairs = list(zip(terms[::2], terms[1::2], strict=False))
        odd = terms[2 * len(pairs) :]
        terms = [fma(b, power, a) for a, b in pairs] + odd
        if len(terms) == 1:
            return terms[0]
        power = mul(power, power)


@intrinsic
def estrin(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """estrin(x, (c0, …, cn)) = c0 + c1·x + … + cn·x^n, the shortest chain of operations.

    Unrolled here, because a Python loop over the tuple is not reliably unrolled by the compiler
    and then cannot be vectorised.
    """

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        power, row = args
        terms = [builder.extract_value(row, i) for i in range(len(sig.args[1]))]
        return estrin_scheme(power, terms, builder.fma, builder.fmul)

    return x(x, coefficients), codegen
