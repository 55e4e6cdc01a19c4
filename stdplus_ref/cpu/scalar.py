"""The six functions as scalar functions for users' own numba code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.core.registry import cpu_target
from numba.extending import overload

from stdplus_ref import spec
from stdplus_ref.cpu.ufunc import link, ufunc
from stdplus_ref.source import KERNELS
from stdplus_ref.source.routes import double_routes, evaluate, single_routes

_JIT_OPTIONS = {"error_model": "numpy", "forceinline": True}


def _docstring(function: spec.Function) -> str:
    return f"""{function.summary}

    For scalars, inside functions compiled by numba and outside.

    Parameters
    ----------
    {function.argument} : float32, float64, integer or bool
        Integers and bool are converted to float64.

    Returns
    -------
    float32 or float64
        The same bits as the ufunc of the same name gives for that type.

    See Also
    --------
    stdplus_ref.{function.name} : Special values and accuracy.
    """


def _in_python(name: str) -> Callable[[Any], Any]:
    """The function for calls from Python."""

    def call(x: Any, /) -> Any:
        value = np.asarray(x)
        if value.ndim:
            raise TypeError(f"{name} takes a scalar, not an array of shape {value.shape}")
        if value.dtype.kind in "biu":
            value = value.astype(np.float64)
        if value.dtype not in (np.float32, np.float64):
            raise TypeError(f"{name} takes float32, float64, an integer or bool, not {x!r}")
        return ufunc(name)(value)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "stdplus_ref.kernels"
    call.__doc__ = _docstring(spec.FUNCTIONS[name])
    return call


def _compiled(name: str) -> Callable[[Any], Callable[[Any], Any]]:
    """What numba is to compile in place of a call, by the type of the argument."""
    kernel = KERNELS[name]

    # numba wants the annotations of what is compiled to be those of `choose`
    def for_double() -> Callable[[Any], Any]:
        double = link(evaluate(double_routes(kernel)))

        def compiled(x: Any, /) -> Any:
            return double(types.float64(x))

        return compiled

    def for_single() -> Callable[[Any], Any]:
        single = link(evaluate(single_routes(kernel)))

        def compiled(x: Any, /) -> Any:
            return types.float32(single(types.float64(x)))

        return compiled

    def choose(x: Any, /) -> Callable[[Any], Any]:
        if x == types.float32:
            return for_single()
        if x == types.float64 or isinstance(x, types.Integer | types.Boolean):
            return for_double()
        raise TypingError(f"{name} takes float32, float64, an integer or bool, not {x}")

    return choose


@cache
def scalar(name: str) -> Callable[[Any], Any]:
    """One of the six functions, callable from Python and from numba."""
    function = _in_python(name)
    overload(function, jit_options=_JIT_OPTIONS, target="cpu")(_compiled(name))
    # numba looks for new overloads before it compiles, and may be compiling just now: a user's
    # `kernels.stdplus(x)` is what makes the name.
    cpu_target.typing_context.refresh()
    return function
