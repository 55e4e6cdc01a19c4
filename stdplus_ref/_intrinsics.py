"""The operations of the source as numba intrinsics, each an LLVM instruction or close to it.

For the CPU; `stdplus_ref.cuda` has some of its own.
"""

# mypy: disallow-untyped-decorators=False, disallow-subclassing-any=False

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args, get_origin, get_type_hints

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import datamodel
from numba.core import typing as numba_typing
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, register_model

from stdplus_ref.source import operations

_WORD: Final = ir.IntType(64)


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """`llvm.fma`."""
    return a(a, a, a), lambda context, builder, sig, args: builder.fma(*args)


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """`fmul`, without the flags that would allow its contraction."""
    return a(a, a), lambda context, builder, sig, args: builder.fmul(*args)


@intrinsic
def select(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """`select`."""

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
    """`bitcast` to int64."""
    return types.int64(x), lambda context, builder, sig, args: builder.bitcast(
        args[0], ir.IntType(64)
    )


@intrinsic
def from_bits(typingctx: Any, i: Any) -> Any:
    """`bitcast` to float64."""
    return types.float64(i), lambda context, builder, sig, args: builder.bitcast(
        args[0], ir.DoubleType()
    )


@intrinsic
def narrow(typingctx: Any, x: Any) -> Any:
    """`fptrunc` to float32."""
    return types.float32(x), lambda context, builder, sig, args: builder.fptrunc(
        args[0], ir.FloatType()
    )


@intrinsic
def widen(typingctx: Any, x: Any) -> Any:
    """`fpext` to float64."""
    return types.float64(x), lambda context, builder, sig, args: builder.fpext(
        args[0], ir.DoubleType()
    )


def unpacked(builder: Any, row: Any, sig: Any) -> list[Any]:
    """The coefficients of a `horner2` of that signature, in the type of its argument."""
    x, coefficients = sig.args
    terms = [builder.extract_value(row, i) for i in range(len(coefficients))]
    if x == types.float32:  # each is a float32 number
        terms = [builder.fptrunc(term, ir.FloatType()) for term in terms]
    return terms


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """Unrolled here: the compiler does not reliably unroll a Python loop over the tuple, and then
    cannot vectorise."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return operations.horner2_scheme(args[0], terms, builder.fma, builder.fmul)

    return x(x, coefficients), codegen


class Words(types.CPointer):
    """`operations.Words`: a pointer to words on the stack, which can be indexed."""

    def __init__(self) -> None:
        super().__init__(types.int64)
        self.name = "Words"


register_model(Words)(datamodel.models.PointerModel)


@intrinsic
def words(typingctx: Any) -> Any:
    """`alloca` in the entry block."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        with builder.goto_entry_block():
            room = builder.alloca(ir.ArrayType(_WORD, operations.MOST_WORDS))
        return builder.bitcast(room, _WORD.as_pointer())

    return Words()(), codegen


@infer_global(operator.getitem)
class _GetWord(AbstractTemplate):
    """a[i] gives an int64."""

    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Words):
            return numba_typing.signature(types.int64, args[0], types.int64)
        return None


@infer_global(operator.setitem)
class _SetWord(AbstractTemplate):
    """a[i] = v takes an int64."""

    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Words):
            return numba_typing.signature(types.void, args[0], types.int64, types.int64)
        return None


@lower_builtin(operator.getitem, Words, types.int64)
def _get_word(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.function.attributes.add("optsize")
    return builder.load(builder.gep(args[0], [args[1]]))


@lower_builtin(operator.setitem, Words, types.int64, types.int64)
def _set_word(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], builder.gep(args[0], [args[1]]))
    return context.get_dummy_value()


OPERATIONS: Final[Mapping[Callable[..., Any], Any]] = {
    operations.fma: fma,
    operations.mul: mul,
    operations.sqrt: math.sqrt,  # numba's, which is llvm.sqrt
    operations.select: select,
    operations.bits: bits,
    operations.from_bits: from_bits,
    operations.narrow: narrow,
    operations.widen: widen,
    operations.horner2: horner2,
    operations.words: words,
}
"""What stands for each operation in compiled code."""


_NUMBA_TYPES: Final[Mapping[Any, Any]] = {
    float: types.float64, np.float32: types.float32, int: types.int64, bool: types.boolean,
    operations.Words: Words(), type(None): types.void,
}  # fmt: skip


def numba_type(hint: Any) -> Any:
    """What numba calls an annotation of the source."""
    if get_origin(hint) is tuple:
        return types.Tuple([numba_type(part) for part in get_args(hint)])
    return _NUMBA_TYPES[hint]


def signature(function: Callable[..., Any]) -> Any:
    """The signature of a function of the source, by its annotations."""
    hints = get_type_hints(function)
    result = numba_type(hints.pop("return"))
    return result(*map(numba_type, hints.values()))
