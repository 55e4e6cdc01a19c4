"""The operations of the source for CUDA, and how its functions are compiled.

All decorator policy for the GPU is here. `numba.vectorize(target="cuda")` is not used: it takes no
strided arrays of more than one axis, returns its own kind of array whatever it is given, and
copies host arrays whole; and its code could not be inspected without a GPU.

Contraction: NVVM and ptxas turn a product that feeds a sum into an fma unless the product says
that it is rounded on its own (`mul.rn.f64`). `mul` does here. Bare products in the source are
exact or feed no sum (`tests/cuda/test_cuda_ptx.py`).

The last phase of float64 (`source.ties`) is called, not inlined: it is long, and few elements
reach it. Its numbers have MOST_WORDS words here, fewer than on the processor, for they lie in the
local memory that a GPU sets aside for every thread it can hold.
"""

# mypy: disallow-untyped-decorators=False, disallow-subclassing-any=False

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from llvmlite import ir
from numba import cuda, types
from numba.core import typing as numba_typing
from numba.cuda.cudadecl import registry as typing_registry
from numba.cuda.cudaimpl import registry as lowering_registry
from numba.cuda.datamodel.models import PointerModel
from numba.cuda.extending import register_model
from numba.cuda.flags import CUDAFlags
from numba.cuda.typing.templates import AbstractTemplate
from numba.extending import intrinsic

from stdplus_ref import _intrinsics
from stdplus_ref._intrinsics import Words, signature, unpacked
from stdplus_ref.cuda.float32.intrinsics import OPERATIONS as FLOAT32_OPERATIONS
from stdplus_ref.source import operations, ties
from stdplus_ref.source import words as long_numbers
from stdplus_ref.source.linker import Function, Linker
from stdplus_ref.source.operations import horner2_scheme

MOST_WORDS: Final = 24
"""Words of a long number: 644 bits after the point. An argument needs so many with a probability
of 2^-500 or less."""

_WORD: Final = ir.IntType(64)


def _product(builder: Any, a: Any, b: Any) -> Any:
    """a·b with a rounding of its own, float64 or float32."""
    name = "llvm.nvvm.mul.rn.d" if a.type == ir.DoubleType() else "llvm.nvvm.mul.rn.f"
    function = ir.FunctionType(a.type, [a.type, a.type])
    rounded = builder.module.declare_intrinsic(name, (), function)
    return builder.call(rounded, [a, b])


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """`operations.mul` as `mul.rn.f64` or `mul.rn.f32`."""
    return a(a, a), lambda context, builder, sig, args: _product(builder, *args)


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """`operations.horner2`; its square is computed with `mul`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return horner2_scheme(args[0], terms, builder.fma, partial(_product, builder))

    return x(x, coefficients), codegen


# Long numbers: what `stdplus_ref._intrinsics` has for the processor

register_model(Words)(PointerModel)


@intrinsic
def words(typingctx: Any) -> Any:
    """Local memory for MOST_WORDS words."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        with builder.goto_entry_block():
            room = builder.alloca(ir.ArrayType(_WORD, MOST_WORDS))
        return builder.bitcast(room, _WORD.as_pointer())

    return Words()(), codegen


@typing_registry.register_global(operator.getitem)
class _GetWord(AbstractTemplate):
    """a[i] gives an int64."""

    key = operator.getitem

    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Words):
            return numba_typing.signature(types.int64, args[0], types.int64)
        return None


@typing_registry.register_global(operator.setitem)
class _SetWord(AbstractTemplate):
    """a[i] = v takes an int64."""

    key = operator.setitem

    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Words):
            return numba_typing.signature(types.void, args[0], types.int64, types.int64)
        return None


@lowering_registry.lower(operator.getitem, Words, types.int64)
def _get_word(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.load(builder.gep(args[0], [args[1]]))


@lowering_registry.lower(operator.setitem, Words, types.int64, types.int64)
def _set_word(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], builder.gep(args[0], [args[1]]))
    return context.get_dummy_value()


# Functions

inlined: Final = partial(cuda.jit, device=True, inline="always")
"""For all code on the GPU but the last phase. Inlined by numba: kernels compile without a GPU."""


def called(function: Function) -> Any:
    """For the last phase: a function of its own, by its annotations.

    numba asks the GPU for its capability when one device function calls another; an intrinsic that
    makes the call compiles without a GPU.
    """
    declared = signature(function)

    def call(*typingctx_and_arguments: Any) -> Any:
        """A call, with arguments converted to the declared types."""

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            flags = CUDAFlags()
            flags.error_model = "numpy"
            compiled = context.compile_subroutine(builder, function, sig, flags=flags)
            name = compiled.fndesc.llvm_func_name
            compiled.library.get_function(name).attributes.add("noinline")
            return context.call_internal(builder, compiled.fndesc, sig, args)

        return declared, codegen

    names = ("typingctx", *inspect.signature(function).parameters)
    parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = function.__name__
    return intrinsic(call)


def decorate(function: Function) -> Any:
    """A device function: inlined, but for the last phase."""
    if function.__module__ in (ties.__name__, long_numbers.__name__):
        return called(function)
    return inlined(function)


OPERATIONS: Final[Mapping[Callable[..., Any], Any]] = {
    **_intrinsics.OPERATIONS,
    **FLOAT32_OPERATIONS,
    operations.mul: mul,
    operations.horner2: horner2,
    operations.words: words,
}
"""What stands for each operation of the source."""

link: Final = Linker(decorate, OPERATIONS, {"MOST_WORDS": MOST_WORDS})
"""Gives the device function for a function of the source."""
