"""How the fast truth is compiled, and the one instruction that Python lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile with numba: IEEE division, no fastmath, no contraction of a·b + c."""
    return cast(F, njit(error_model="numpy")(function))


def _fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """fma(a, b, c) = a·b + c rounded once."""
    return a(a, a, a), lambda context, builder, sig, args: builder.fma(*args)


def _float32_from_bits(typingctx: Any, i: Any) -> Any:
    """float32_from_bits(i) = the float32 with the low 32 bits of the integer i."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(builder.trunc(args[0], ir.IntType(32)), ir.FloatType())

    return types.float32(types.int64), codegen


fma: Callable[[float, float, float], float] = intrinsic(_fma)
float32_from_bits: Callable[[int], float] = intrinsic(_float32_from_bits)
