"""Pointers, stack buffers and floating-point status for compiled ufunc loops, as numba intrinsics.

All address arithmetic is LLVM's `getelementptr`: arithmetic on integers cast back to pointers
would keep LLVM from vectorising the loops.
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE_POINTER = ir.IntType(8).as_pointer()


@intrinsic
def load(typingctx: Any, pointer: Any, index: Any) -> Any:
    """load(p, i) = p[i]."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(builder.gep(args[0], [args[1]]))

    return pointer.dtype(pointer, types.intp), codegen


@intrinsic
def store(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """store(p, i, v): p[i] = v."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()

    return types.void(pointer, types.intp, pointer.dtype), codegen


@intrinsic
def advance(typingctx: Any, pointer: Any, offset: Any) -> Any:
    """advance(p, n) = p moved by n bytes."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        moved = builder.gep(builder.bitcast(args[0], _BYTE_POINTER), [args[1]])
        return builder.bitcast(moved, args[0].type)

    return pointer(pointer, types.intp), codegen


@intrinsic
def distance(typingctx: Any, a: Any, b: Any) -> Any:
    """distance(a, b) = a − b in bytes."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        integer = context.get_value_type(types.intp)
        return builder.sub(*(builder.ptrtoint(p, integer) for p in args))

    return types.intp(a, b), codegen


@intrinsic(prefer_literal=True)
def stack_buffer(typingctx: Any, pointer: Any, length: Any) -> Any:
    """stack_buffer(p, n) = an uninitialised array of n elements of p's type; n is a constant."""
    count = length.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        element = context.get_value_type(sig.args[0].dtype)
        with builder.goto_entry_block():  # cgutils.alloca_once would clear it at every call
            buffer = builder.alloca(ir.ArrayType(element, count))
            buffer.align = 64  # a cache line, and the widest vector
        return builder.bitcast(buffer, element.as_pointer())

    return pointer(pointer, length), codegen


@intrinsic
def assume_disjoint(typingctx: Any) -> Any:
    """Tell LLVM that the pointer arguments of the enclosing function do not overlap."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        call_conv = context.call_conv
        for argument in call_conv.get_arguments(builder.function):
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def call_status(typingctx: Any, table: Any) -> Any:
    """call_status(table) = the result of the `int (*)(void)` whose address is table[0]."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = ir.FunctionType(ir.IntType(32), []).as_pointer()
        pointer = builder.load(builder.bitcast(args[0], function.as_pointer()))
        return builder.zext(builder.call(pointer, []), ir.IntType(64))

    return types.int64(table), codegen


@intrinsic
def call_settle(typingctx: Any, table: Any, x: Any, y: Any, z: Any) -> Any:
    """call_settle(table, x, y, z): the `double (*)(double, double, double)` at address table[1]."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        double = ir.DoubleType()
        function = ir.FunctionType(double, [double] * 3).as_pointer()
        place = builder.gep(args[0], [ir.Constant(ir.IntType(64), 1)])
        pointer = builder.load(builder.bitcast(place, function.as_pointer()))
        return builder.call(pointer, args[1:])

    return types.float64(table, x, y, z), codegen


@intrinsic
def keep(typingctx: Any, pointer: Any, value: Any) -> Any:
    """keep(p, v): store v at p atomically, so that computing v cannot be optimised away."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store_atomic(args[1], args[0], "monotonic", 8)
        return context.get_dummy_value()

    return types.void(pointer, pointer.dtype), codegen


@intrinsic
def copy(typingctx: Any, target: Any, source: Any, count: Any) -> Any:
    """copy(t, s, n): copy n elements that do not overlap."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        size = context.get_abi_sizeof(context.get_value_type(sig.args[0].dtype))
        cgutils.raw_memcpy(builder, args[0], args[1], args[2], size)
        return context.get_dummy_value()

    return types.void(target, source, types.intp), codegen


@intrinsic
def trailing_zeros(typingctx: Any, value: Any) -> Any:
    """trailing_zeros(v) = the number of the lowest bit that is set in v ≠ 0."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), codegen


@intrinsic
def population(typingctx: Any, value: Any) -> Any:
    """population(v) = the number of bits that are set in v."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.int64), codegen
