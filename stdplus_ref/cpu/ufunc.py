"""The six functions as NumPy ufuncs: the source linked, compiled with numba, registered with NumPy.

`@numba.vectorize` would give objects that are not `numpy.ufunc`: no `where=`, pickled by value,
slow in place. All decorator policy for the CPU is here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, Final, NamedTuple

import numpy as np
from numba import cfunc, config, njit, types
from numba.extending import overload

from stdplus_ref import spec
from stdplus_ref._intrinsics import OPERATIONS
from stdplus_ref._intrinsics import signature as numba_signature
from stdplus_ref.cpu import loop
from stdplus_ref.cpu.fingerprint import fingerprint
from stdplus_ref.cpu.flags import new_table
from stdplus_ref.cpu.numpy_api import register, status_address
from stdplus_ref.source import KERNELS, ties, words
from stdplus_ref.source.kernel import Kernel
from stdplus_ref.source.linker import Function, Linker
from stdplus_ref.source.pairs import differ
from stdplus_ref.source.routes import (
    Routes,
    Short,
    double_routes,
    first,
    never,
    single_routes,
)

inlined: Final = partial(
    njit, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""For all code on the CPU: IEEE division, never fastmath, and no calls left in a loop."""

shared: Final = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For the loop's own functions: LLVM decides whether to inline."""

called: Final = partial(njit, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For the last phase, which is long and seldom reached. With a signature: numba would compile a
function anew for every constant among its arguments."""


def decorate(function: Function) -> Any:
    """Compile a function of the source: inlined, but for the last phase."""
    if function.__module__ in (ties.__name__, words.__name__):
        return called(numba_signature(function))(function)
    return inlined()(function)


link: Final = Linker(decorate, OPERATIONS)
"""Gives the compiled copy of a function of the source."""


class _Type(NamedTuple):
    """What a loop for one type is made with."""

    real: Any
    routes: Callable[[Kernel], Routes[Any]]
    sort: Function
    run_step: Function
    run_centre: Function


_TYPES: Final[dict[np.dtype[Any], _Type]] = {
    np.dtype(np.float32): _Type(
        types.float32,
        single_routes,
        loop.sort_lanes_single,
        loop.run_step_single,
        loop.run_nothing,
    ),
    np.dtype(np.float64): _Type(
        types.float64,
        double_routes,
        loop.sort_lanes,
        loop.run_step_double,
        loop.run_centre_double,
    ),
}
_lock: Final = threading.RLock()


def parts(kernel: Kernel, dtype: np.dtype[Any]) -> loop.Parts:
    """The compiled parts of a loop."""
    short, full, far, _ = _TYPES[dtype].routes(kernel)
    centre = () if isinstance(short, Short) else (never, first)
    functions = (*short, *centre, *far, *full, kernel.exceptions)
    return loop.Parts(*map(link, functions))


def bindings(kernel: Kernel, dtype: np.dtype[Any]) -> dict[str, Any]:
    """What stands for the names of the templates of `loop` that are the same in all of them."""
    return {
        "parts": parts(kernel, dtype), "differ": link(differ), "REAL": _TYPES[dtype].real,
        "ITEM_SIZE": dtype.itemsize,
    }  # fmt: skip


def loop_function(kernel: Kernel, dtype: np.dtype[Any]) -> Function:
    """The inner loop of `kernel` for `dtype`, not yet compiled."""
    bound, kind = bindings(kernel, dtype), _TYPES[dtype]
    template = Linker(shared, bindings=bound)
    bound |= {
        "sort": template(kind.sort), "run_step": template(kind.run_step),
        "run_centre": template(kind.run_centre),
    }  # fmt: skip
    tag = f"{kernel.name}_{dtype.name}_{fingerprint()}"
    return Linker(shared, bindings=bound, tag=tag).undecorated(loop.loop)


def deferred(settle: Function) -> Function:
    """What numba compiles `settle` for when it meets it: not if the cache has what was wanted."""

    def stub(x: Any, y: Any, z: Any) -> Any:
        """Never runs."""

    def chosen(x: Any, y: Any, z: Any) -> Function:
        return link.undecorated(settle)

    overload(stub, strict=False)(chosen)  # annotations differ
    return stub


def settle_function(kernel: Kernel) -> Function:
    """The last phase of `kernel`, not yet compiled."""
    tag = f"{kernel.name}_{fingerprint()}"
    bound = {"settle": deferred(kernel.settle)}
    return Linker(shared, {bound["settle"]: bound["settle"]}, bound, tag).undecorated(loop.settled)


def compile_loop(kernel: Kernel, dtype: np.dtype[Any], cache: bool = True) -> Any:
    """The inner loop of `kernel` for `dtype`, compiled, or taken from numba's cache."""
    element = types.CPointer(_TYPES[dtype].real)
    counts = types.CPointer(types.intp)
    table = types.CPointer(types.float64)
    signature = types.void(types.CPointer(element), counts, counts, table)
    return compiled(signature, loop_function(kernel, dtype), cache)


def compile_settle(kernel: Kernel, cache: bool = True) -> Any:
    """The last phase of `kernel`, likewise."""
    signature = types.float64(types.float64, types.float64, types.float64)
    return compiled(signature, settle_function(kernel), cache)


def compiled(signature: Any, function: Function, cache: bool) -> Any:
    """A function for C, compiled, or taken from numba's cache."""
    for_c = partial(cfunc, signature, error_model="numpy")
    if cache:
        # If there is no place for it, or it is full or damaged, go on without. An error in the
        # code itself comes up again below.
        with suppress(Exception):
            return for_c(cache=True)(function)
    return for_c()(function)


def make_ufunc(kernel: Kernel, module: str, doc: str) -> np.ufunc:
    """A new ufunc, to be found by its name in `module`, with the loops f->f and d->d."""
    loops = {dtype: compile_loop(kernel, dtype).address for dtype in _TYPES}
    table = new_table(status_address(), compile_settle(kernel).address)
    return register(kernel.name, module, doc, loops, table)


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
