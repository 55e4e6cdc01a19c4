"""Checks of the arguments: a failure names the argument and says what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np

from stdplus_ref import spec
from stdplus_ref.cuda._layout import Memory, c_strides

_DTYPES = tuple(map(np.dtype, spec.DTYPES))


def interface(x: Any) -> dict[str, Any] | None:
    """`__cuda_array_interface__` of x, or None."""
    found: dict[str, Any] | None = getattr(x, "__cuda_array_interface__", None)
    return found


def device_memory(argument: str, x: Any) -> Memory:
    """An array on a GPU.

    Raises
    ------
    TypeError
        It is none, or has a mask, or a type that is not computed in.
    ValueError
        Its elements are not aligned.
    """
    described = interface(x)
    if described is None:
        raise TypeError(f"{argument} must be an array on the GPU like the argument, not {_type(x)}")
    if described.get("mask") is not None:
        raise TypeError(f"{argument} must not have a mask")
    dtype = np.dtype(described["typestr"])
    _check_dtype(argument, dtype, dtype)
    shape = tuple(map(int, described["shape"]))
    strides = described.get("strides")
    strides = c_strides(shape, dtype.itemsize) if strides is None else tuple(map(int, strides))
    pointer, read_only = described["data"]
    if any(number % dtype.itemsize for number in (pointer, *strides)):
        raise ValueError(f"{argument} must have all elements aligned to {dtype.itemsize} bytes")
    return Memory(int(pointer), shape, strides, dtype, not read_only, described.get("stream"))


def host_memory(argument: str, x: Any) -> Memory:
    """A NumPy array.

    Raises
    ------
    TypeError
        It is none, or has a mask, or a type that is not computed in.
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{argument} must be a NumPy array like the argument, not {_type(x)}")
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{argument} must not have a mask")
    native = x.dtype.newbyteorder("=")
    _check_dtype(argument, x.dtype, native)
    return Memory(x.ctypes.data, x.shape, x.strides, native, x.flags.writeable)


def _check_dtype(argument: str, dtype: np.dtype[Any], native: np.dtype[Any]) -> None:
    if native not in _DTYPES:
        raise TypeError(f"{argument} must be float32 or float64 on the GPU, not {dtype}")


def check_out(source: Memory, target: Memory) -> None:
    """Raise TypeError or ValueError unless results for `source` can be written to `target`."""
    if target.dtype != source.dtype:
        raise TypeError(f"out must be {source.dtype} like the argument, not {target.dtype}")
    if target.shape != source.shape:
        raise ValueError(f"out must have the shape {source.shape}, not {target.shape}")
    if not target.writable:
        raise ValueError("out must be writable")
    if target.repeats:
        raise ValueError("out must not have elements that share memory")
    if source.overlaps(target) and not source.same_place(target):
        raise ValueError("out must be the argument itself or not overlap it")


def stream_number(stream: Any) -> int:
    """The `cudaStream_t` of a stream of any library."""
    if isinstance(stream, int) and not isinstance(stream, bool):
        return stream
    if protocol := getattr(stream, "__cuda_stream__", None):
        return int((protocol() if callable(protocol) else protocol)[1])
    for attribute in ("cuda_stream", "ptr"):  # PyTorch, CuPy
        if isinstance(number := getattr(stream, attribute, None), int):
            return number
    raise TypeError(
        "stream must be a cudaStream_t as int or a stream of numba, CuPy or PyTorch, "
        f"not {_type(stream)}"
    )


def _type(x: Any) -> str:
    return f"{type(x).__module__}.{type(x).__qualname__}"
