"""The six functions as they are called from Python."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from stdplus_ref import spec
from stdplus_ref.cuda import _host, _runtime
from stdplus_ref.cuda._arguments import (
    check_out,
    device_memory,
    host_memory,
    interface,
    stream_number,
)
from stdplus_ref.cuda._kinds import kind_of
from stdplus_ref.cuda._layout import walk


def _on_device(name: str, argument: str, x: Any, out: Any, stream: Any) -> Any:
    source, kind = device_memory(argument, x), kind_of(x)
    number = None if stream is None else stream_number(stream)
    if out is not None:
        check_out(source, device_memory("out", out))
        if kind.device(x) != kind_of(out).device(out):
            raise ValueError("out must be on the same GPU as the argument")
    _runtime.runtime.require(name)
    with _runtime.runtime.device(kind.device(x)):
        number = kind.current_stream(x, source) if number is None else number
        result = kind.empty_like(x, source, number) if out is None else out
        target = device_memory("out", result)
        if source.size:
            for earlier in {source.stream, target.stream} - {number}:
                if earlier is not None:
                    _runtime.runtime.wait(number, earlier)
            where = source.pointer, target.pointer
            _runtime.runtime.launch(name, source.dtype, *where, walk(source, target), number)
    return result


def _on_host(name: str, argument: str, x: Any, out: Any, stream: Any) -> Any:
    source = host_memory(argument, x)
    if stream is not None:
        raise TypeError("stream is for arrays on the GPU: a NumPy array is done on return")
    if out is not None:
        check_out(source, host_memory("out", out))
    _runtime.runtime.require(name)
    result = np.empty_like(x, dtype=source.dtype, subok=False) if out is None else out
    if source.size:
        _host.compute(name, np.asarray(x), np.asarray(result))
    return result


def _docstring(function: spec.Function) -> str:
    argument = function.argument
    return f"""{function.summary}

    On the GPU, with the bits of `stdplus_ref.{function.name}`.

    Parameters
    ----------
    {argument} : array
        float32 or float64, of any shape and strides: an object with `__cuda_array_interface__`
        (CuPy, PyTorch, numba), or a NumPy array.
    out : array, optional
        Where to put the results: of the shape and type of `{argument}`, and likewise on the GPU or
        not. It may be `{argument}` itself.
    stream : int or stream, optional
        For arrays on the GPU, the stream to work on: a `cudaStream_t`, or a stream object of
        numba, CuPy or PyTorch. By default the caller's current one.

    Returns
    -------
    array
        `out` if given. Otherwise a new array of the kind of `{argument}` (PyTorch, CuPy, NumPy), or
        else a numba device array. On the GPU the results are there when `stream` gets that far.

    Raises
    ------
    TypeError
        `{argument}` or `out` is no such array, or of another type.
    ValueError
        `out` has another shape, is read-only or overlaps `{argument}`, or an array is not aligned.
    RuntimeError
        There is no GPU or no driver; the message says which, and what to do.

    Notes
    -----
    No floating-point exception is reported. PyTorch tensors that require a gradient have no
    `__cuda_array_interface__`: see `stdplus_ref.torch`.

    See Also
    --------
    stdplus_ref.{function.name} : Definition, special values and accuracy.
    """


@cache
def function(name: str) -> Callable[..., Any]:
    """One of the six functions."""
    argument = spec.FUNCTIONS[name].argument

    def call(x: Any, out: Any = None, stream: Any = None) -> Any:
        if interface(x) is not None:
            return _on_device(name, argument, x, out, stream)
        if isinstance(x, np.ndarray):
            return _on_host(name, argument, x, out, stream)
        raise TypeError(
            f"{argument} must be a NumPy array or have __cuda_array_interface__, "
            f"not {type(x).__module__}.{type(x).__qualname__}"
        )

    call.__name__ = call.__qualname__ = name
    call.__module__ = "stdplus_ref.cuda"
    call.__doc__ = _docstring(spec.FUNCTIONS[name])
    return call
