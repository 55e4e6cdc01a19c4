"""The CUDA kernels that are launched, and the device functions.

Where float64 units are few, a float32
argument goes through float32 arithmetic first (`cuda.float32`), and through float64 only if
that is not made for it or leaves its rounding open, once in 2^14. Device functions do so anywhere:
they do not know where they will run.
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numba import cuda, types
from numba.core.errors import TypingError
from numba.cuda.extending import overload

from stdplus_ref import spec
from stdplus_ref.cuda import _grid
from stdplus_ref.cuda._intrinsics import OPERATIONS, inlined, link
from stdplus_ref.cuda.float32 import PAIRS
from stdplus_ref.cuda.float32.pairs import decided as pair_decided
from stdplus_ref.source import KERNELS
from stdplus_ref.source.kernel import Kernel
from stdplus_ref.source.linker import Function, Linker
from stdplus_ref.source.routes import (
    Routes,
    double_routes,
    evaluate_full,
    evaluate_short,
    single_routes,
)

Capability = tuple[int, int]

MANY_DOUBLE_UNITS: Final = frozenset({(7, 0), (8, 0), (9, 0), (10, 0)})
"""Compute capabilities with half as many float64 as float32 units; others have 1/32 or 1/64."""

_TYPES: Final[dict[np.dtype[Any], tuple[Any, Callable[[Kernel], Routes[Any]]]]] = {
    np.dtype(np.float32): (types.float32, single_routes),
    np.dtype(np.float64): (types.float64, double_routes),
}
_lock: Final = threading.RLock()

THREADS: Final = 256
"""Threads in a block: a divisor of what a multiprocessor holds at every register count."""


@inlined
def _thread() -> Any:
    """The number of this thread."""
    return cuda.grid(1)


def first_in_float32(dtype: np.dtype[Any], capability: Capability) -> bool:
    """Whether kernels for this type and compute capability try float32 arithmetic first."""
    return dtype == np.float32 and capability not in MANY_DOUBLE_UNITS


@cache
def lane(name: str, dtype: np.dtype[Any], in_float32: bool) -> Any:
    """The device function dtype -> dtype; `in_float32`: first in float32 arithmetic."""
    real, routes_of = _TYPES[dtype]
    routes = routes_of(KERNELS[name])
    bound = {
        "short": link(evaluate_short(routes.short)),
        "full": link(evaluate_full(routes.full)),
        "holds": link(routes.short.holds),
        "REAL": real,
    }
    double = Linker(inlined, OPERATIONS, bound)(_grid.lane)
    return with_pairs(name, double) if in_float32 else double


def with_pairs(name: str, double: Any) -> Any:
    """The device function that turns to `double` only where pairs of float32 do not decide."""
    bound = {
        "pair_holds": link(PAIRS[name].holds),
        "pair": link(PAIRS[name].value),
        "pair_decided": link(pair_decided),
        "double_lane": double,
    }
    return Linker(inlined, OPERATIONS, bound)(_grid.single_lane)


def grid_function(name: str, the_lane: Any, real: Any, axes: int = 0) -> tuple[Function, Any]:
    """A kernel, not yet compiled, and its signature: contiguous, or strided over `axes` axes."""
    bound = {"lane": the_lane, "thread": _thread}
    template = Linker(inlined, OPERATIONS, bound, name)
    pointer = types.CPointer(real)
    if not axes:
        return template.undecorated(_grid.contiguous), types.void(pointer, pointer, types.int64)
    steps = types.UniTuple(types.int64, axes)
    signature = types.void(pointer, pointer, types.int64, steps, steps, steps)
    return template.undecorated(_grid.strided), signature


def kernel(name: str, dtype: np.dtype[Any], in_float32: bool, axes: int) -> tuple[Function, Any]:
    """The kernel of a function, not yet compiled, and its signature."""
    title = f"{name}_{dtype.name}{'_first' * in_float32}"
    return grid_function(title, lane(name, dtype, in_float32), _TYPES[dtype][0], axes)


@cache
def _compiled(name: str, dtype: np.dtype[Any], in_float32: bool, axes: int) -> Any:
    function, signature = kernel(name, dtype, in_float32, axes)
    # Without lto what runs is made from the PTX that `assembly` shows.
    return cuda.jit(signature, lto=False)(function)


def compiled(name: str, dtype: np.dtype[Any], axes: int = 0) -> Any:
    """A kernel ready to launch on the current device."""
    capability = cuda.get_current_device().compute_capability
    with _lock:
        return _compiled(name, dtype, first_in_float32(dtype, capability), axes)


def assembly(name: str, dtype: np.dtype[Any], capability: Capability, axes: int = 0) -> str:
    """The PTX of a kernel for a compute capability such as (8, 6). Needs no GPU."""
    function, signature = kernel(name, dtype, first_in_float32(dtype, capability), axes)
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
        double = lane(name, np.dtype(np.float64), False)
        single = lane(name, np.dtype(np.float32), True)

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
