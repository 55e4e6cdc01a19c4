"""The six functions for CUDA: the same kernels, linked and compiled with numba-cuda.

All decorator policy for the GPU is here. `numba.vectorize(target="cuda")` is not used: it takes no
strided arrays of more than one axis, returns its own kind of array whatever it is given, and
copies host arrays whole; and its code could not be inspected without a GPU.

Contraction: NVVM and ptxas turn a product that feeds a sum into an fma unless the product says
that it is rounded on its own (`mul.rn.f64`). `mul` does here. Bare products in the kernels are
exact or feed no sum (`tests/test_cuda_ptx.py`).
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import cuda, types
from numba.core.errors import TypingError
from numba.cuda.extending import overload
from numba.extending import intrinsic

from stdplus_ref import spec
from stdplus_ref.kernels._ops import horner2_scheme, unpacked
from stdplus_ref.targets import _grid
from stdplus_ref.targets.binding import Function, Linker

THREADS: Final = 256
"""Threads in a block: a divisor of what a multiprocessor holds at every register count."""


def _product(builder: Any, a: Any, b: Any) -> Any:
    """a·b with a rounding of its own, float64 or float32."""
    name = "llvm.nvvm.mul.rn.d" if a.type == ir.DoubleType() else "llvm.nvvm.mul.rn.f"
    function = ir.FunctionType(a.type, [a.type, a.type])
    rounded = builder.module.declare_intrinsic(name, (), function)
    return builder.call(rounded, [a, b])


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """`kernels._ops.mul` as `mul.rn.f64` or `mul.rn.f32`."""
    return a(a, a), lambda context, builder, sig, args: _product(builder, *args)


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """`kernels._ops.horner2`; its square is one that the kernels compute with `mul`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return horner2_scheme(args[0], terms, builder.fma, partial(_product, builder))

    return x(x, coefficients), codegen


inlined: Final = partial(cuda.jit, device=True, inline="always")
"""For all code on the GPU. Inlined by numba, so that kernels compile without a GPU."""

OPERATIONS: Final = {"mul": mul, "horner2": horner2}
"""What the kernels' operations are on CUDA, where they are not those of `kernels._ops`."""

link: Final = Linker(inlined, OPERATIONS)
"""Gives the device function for a kernel function."""

_TYPES: Final[dict[np.dtype[Any], tuple[str, Any]]] = {
    np.dtype(np.float32): ("f32", types.float32),
    np.dtype(np.float64): ("f64", types.float64),
}
_PARTS: Final = ("core", "full", "in_core", "certain")
_lock: Final = threading.RLock()


def _kernel(name: str) -> ModuleType:
    return importlib.import_module(f"stdplus_ref.kernels.source.{name}")


def _bound(name: str, dtype: np.dtype[Any]) -> dict[str, Any]:
    """What the templates' names stand for."""
    suffix, real = _TYPES[dtype]
    parts = {part: link(getattr(_kernel(name), f"{part}_{suffix}")) for part in _PARTS}
    return {**parts, "REAL": real, "thread": _thread}


@inlined
def _thread() -> Any:
    """The number of this thread."""
    return cuda.grid(1)


@cache
def lane(name: str, dtype: np.dtype[Any]) -> Any:
    """The device function dtype -> dtype."""
    return Linker(inlined, _bound(name, dtype))(_grid.lane)


def grid_function(name: str, dtype: np.dtype[Any], axes: int = 0) -> tuple[Function, Any]:
    """A kernel, not yet compiled, and its signature: contiguous, or strided over `axes` axes."""
    bound = {**_bound(name, dtype), "lane": lane(name, dtype)}
    template = Linker(inlined, bound, f"{name}_{dtype.name}")
    pointer = types.CPointer(_TYPES[dtype][1])
    if not axes:
        return template.undecorated(_grid.contiguous), types.void(pointer, pointer, types.int64)
    steps = types.UniTuple(types.int64, axes)
    signature = types.void(pointer, pointer, types.int64, steps, steps, steps)
    return template.undecorated(_grid.strided), signature


@cache
def _compiled(name: str, dtype: np.dtype[Any], axes: int) -> Any:
    function, signature = grid_function(name, dtype, axes)
    # Without lto what runs is made from the PTX that `assembly` shows.
    return cuda.jit(signature, lto=False)(function)


def compiled(name: str, dtype: np.dtype[Any], axes: int = 0) -> Any:
    """A kernel ready to launch on the current device."""
    with _lock:
        return _compiled(name, dtype, axes)


def assembly(name: str, dtype: np.dtype[Any], capability: tuple[int, int], axes: int = 0) -> str:
    """The PTX of a kernel for a compute capability such as (8, 6). Needs no GPU."""
    function, signature = grid_function(name, dtype, axes)
    ptx, _ = cuda.compile(function, signature, device=False, abi="numba", cc=capability)
    return str(ptx)


def device_function(name: str) -> Callable[[Any], Any]:
    """One of the six functions for users' kernels: what it is depends on the argument's type."""

    def call(x: Any, /) -> Any:
        raise TypeError(f"stdplus_ref.cuda.device.{name} is for code under numba.cuda.jit")

    call.__name__ = call.__qualname__ = name
    call.__module__ = "stdplus_ref.cuda.device"
    call.__doc__ = f"{spec.FUNCTIONS[name].summary}\n\n    For scalars, in CUDA kernels."

    def choose(x: Any, /) -> Callable[[Any], Any]:
        double, single = (lane(name, np.dtype(dtype)) for dtype in (np.float64, np.float32))

        def for_double(x: Any, /) -> Any:
            return double(types.float64(x))

        def for_single(x: Any, /) -> Any:
            return single(x)

        if x == types.float32:
            return for_single
        if x == types.float64 or isinstance(x, types.Integer | types.Boolean):
            return for_double
        raise TypingError(f"{name} takes float32, float64, an integer or bool, not {x}")

    overload(call)(choose)
    return call
