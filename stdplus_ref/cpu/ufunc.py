"""The six functions as NumPy ufuncs: the source linked, compiled with numba, registered with NumPy.

`@numba.vectorize` would give objects that are not `numpy.ufunc`: no `where=`, pickled by value,
slow in place. All decorator policy for the CPU is here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, Final

import numpy as np
from numba import cfunc, config, njit, types

from stdplus_ref import spec
from stdplus_ref._intrinsics import OPERATIONS
from stdplus_ref.cpu import loop
from stdplus_ref.cpu.fingerprint import fingerprint
from stdplus_ref.cpu.flags import new_table
from stdplus_ref.cpu.numpy_api import register, status_address
from stdplus_ref.source import KERNELS
from stdplus_ref.source.kernel import Kernel
from stdplus_ref.source.linker import Function, Linker
from stdplus_ref.source.routes import Routes, double_routes, single_routes

inlined: Final = partial(
    njit, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""For all code on the CPU: IEEE division, never fastmath, and no calls left in a loop."""

link: Final = Linker(inlined(), OPERATIONS)
"""Gives the compiled copy of a function of the source."""

_TYPES: Final[dict[np.dtype[Any], tuple[Any, Callable[[Kernel], Routes[Any]], Function]]] = {
    np.dtype(np.float32): (types.float32, single_routes, loop.run_short_single),
    np.dtype(np.float64): (types.float64, double_routes, loop.run_short_double),
}
_lock: Final = threading.RLock()


def parts(kernel: Kernel, dtype: np.dtype[Any]) -> loop.Parts:
    """The compiled parts of a loop."""
    short, full, far = _TYPES[dtype][1](kernel)
    return loop.Parts(*[link(part) for part in (*short, *full, *far, kernel.exceptions)])


def loop_function(kernel: Kernel, dtype: np.dtype[Any]) -> Function:
    """The inner loop of `kernel` for `dtype`, not yet compiled."""
    real, _, run_short = _TYPES[dtype]
    bound = {"parts": parts(kernel, dtype), "REAL": real, "ITEM_SIZE": dtype.itemsize}
    tag = f"{kernel.name}_{dtype.name}_{fingerprint()}"
    bound["run_short"] = Linker(inlined(), bindings=bound, tag=tag)(run_short)
    return Linker(inlined(), bindings=bound, tag=tag).undecorated(loop.loop)


def compile_loop(kernel: Kernel, dtype: np.dtype[Any], cache: bool = True) -> Any:
    """The inner loop of `kernel` for `dtype`, compiled, or taken from numba's cache."""
    element = types.CPointer(_TYPES[dtype][0])
    counts = types.CPointer(types.intp)
    signature = types.void(types.CPointer(element), counts, counts, types.CPointer(types.float64))
    compiled = partial(cfunc, signature, error_model="numpy")
    function = loop_function(kernel, dtype)
    if cache:
        # If there is no place for it, or it is full or damaged, go on without. An error in the
        # code itself comes up again below.
        with suppress(Exception):
            return compiled(cache=True)(function)
    return compiled()(function)


def make_ufunc(kernel: Kernel, module: str, doc: str) -> np.ufunc:
    """A new ufunc, to be found by its name in `module`, with the loops f->f and d->d."""
    loops = {dtype: compile_loop(kernel, dtype).address for dtype in _TYPES}
    return register(kernel.name, module, doc, loops, new_table(status_address()))


@contextmanager
def _compiler_on() -> Iterator[None]:
    """NUMBA_DISABLE_JIT is for debugging users' own functions; the loops are compiled anyway."""
    saved = config.DISABLE_JIT
    config.DISABLE_JIT = False
    try:
        yield
    finally:
        config.DISABLE_JIT = saved


@cache
def _ufunc(name: str) -> np.ufunc:
    return make_ufunc(KERNELS[name], "stdplus_ref", spec.docstring(spec.FUNCTIONS[name]))


def ufunc(name: str) -> np.ufunc:
    """The ufunc of one of the six functions: the same object every time, from any thread."""
    with _lock, _compiler_on():
        return _ufunc(name)
