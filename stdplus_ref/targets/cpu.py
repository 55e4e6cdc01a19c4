"""The six functions as NumPy ufuncs: kernels linked, compiled with numba, registered with NumPy.

`@numba.vectorize` would give objects that are not `numpy.ufunc`: no `where=`, pickled by value,
slow in place. All decorator policy for the CPU is here.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from types import ModuleType
from typing import Any, Final

import numpy as np
from numba import cfunc, config, njit, types

from stdplus_ref import spec
from stdplus_ref.targets import _loop
from stdplus_ref.targets._numpy_api import register, status_address
from stdplus_ref.targets._status import new_table
from stdplus_ref.targets.binding import Function, Linker
from stdplus_ref.targets.fingerprint import fingerprint

inlined: Final = partial(
    njit, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""For all code on the CPU: IEEE division, never fastmath, and no calls left in a loop."""

link: Final = Linker(inlined())
"""Gives the compiled copy of a kernel function."""

_TYPES: Final[dict[np.dtype[Any], tuple[str, Any]]] = {
    np.dtype(np.float32): ("f32", types.float32),
    np.dtype(np.float64): ("f64", types.float64),
}
_KERNEL_PARTS: Final = (
    *("first", "second", "third", "third_full"),
    *("in_core", "certain", "in_far", "far", "exceptions"),
)
_SHARED_PARTS: Final = ["first_full", "second_full"]  # by float32 and float64
_lock: Final = threading.RLock()


def loop_function(kernel: ModuleType, dtype: np.dtype[Any]) -> Function:
    """The inner loop of `kernel` for `dtype`, not yet compiled."""
    suffix, real = _TYPES[dtype]
    tag = f"{kernel.__name__.rpartition('.')[2]}_{suffix}_{fingerprint()}"
    bound = {part: link(getattr(kernel, f"{part}_{suffix}")) for part in _KERNEL_PARTS}
    bound |= {part: link(getattr(kernel, part)) for part in _SHARED_PARTS}
    bound |= {"REAL": real, "ITEM_SIZE": dtype.itemsize}
    return Linker(inlined(), bound, tag).undecorated(_loop.loop)


def compile_loop(kernel: ModuleType, dtype: np.dtype[Any], cache: bool = True) -> Any:
    """The inner loop of `kernel` for `dtype`, compiled, or taken from numba's cache."""
    element = types.CPointer(_TYPES[dtype][1])
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


def make_ufunc(kernel: ModuleType, name: str, module: str, doc: str) -> np.ufunc:
    """A new ufunc, to be found as `module.name`, with the loops f->f and d->d of `kernel`."""
    loops = {dtype: compile_loop(kernel, dtype).address for dtype in _TYPES}
    return register(name, module, doc, loops, new_table(status_address()))


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
    kernel = importlib.import_module(f"stdplus_ref.kernels.source.{name}")
    return make_ufunc(kernel, name, "stdplus_ref", spec.docstring(spec.FUNCTIONS[name]))


def ufunc(name: str) -> np.ufunc:
    """The ufunc of one of the six functions: the same object every time, from any thread."""
    with _lock, _compiler_on():
        return _ufunc(name)
