"""Argument checks of the distribution layer: a failure names the argument and what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Real: TypeAlias = npt.NDArray[np.floating[Any]]
Complex: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]
Bool: TypeAlias = npt.NDArray[np.bool_]
Axis: TypeAlias = int | tuple[int, ...] | None
Random: TypeAlias = np.random.Generator | int | None

_COMPLEX: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float32): np.dtype(np.complex64),
    np.dtype(np.float64): np.dtype(np.complex128),
}


def real_dtype(arguments: Mapping[str, Any]) -> np.dtype[Any]:
    """Return float32 or float64: NumPy's promotion of the arguments, Python scalars weak.

    float16 promotes to float32, booleans and integers to float64, as in the stdplus ufuncs.
    """
    operands = [
        value if type(value) in (bool, int, float, complex) else _array(name, value, "biufc")
        for name, value in arguments.items()
    ]
    found = np.result_type(*operands)
    if found in (np.float16, np.float32, np.complex64):
        return np.dtype(np.float32)
    if found.kind in "biu" or found in (np.float64, np.complex128):
        return np.dtype(np.float64)
    raise TypeError(f"{', '.join(arguments)}: expected float32 or float64 precision, got {found}")


def complex_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the complex type whose parts have the type `dtype`."""
    return _COMPLEX[dtype]


def real_array(
    name: str, value: npt.ArrayLike, dtype: np.dtype[Any], minimum: float | None = None
) -> Real:
    """Return `value` as a finite array of `dtype`, each entry at least `minimum`."""
    array = _finite(name, _array(name, value, "biuf"), dtype)
    if minimum is not None and (array < minimum).any():
        raise ValueError(f"{name} must be at least {minimum:g}, got {array.min():g}")
    return array


def complex_array(name: str, value: npt.ArrayLike, dtype: np.dtype[Any]) -> Complex:
    """Return `value` as a finite complex array whose parts have the type `dtype`."""
    return _finite(name, _array(name, value, "biufc"), complex_dtype(dtype))


def points_array(name: str, value: npt.ArrayLike, dtype: np.dtype[Any]) -> Real:
    """Return `value` as a real array of `dtype` without NaN: where to evaluate a density."""
    array = _array(name, value, "biuf")
    if np.isnan(array).any():
        raise ValueError(f"{name} must not contain NaN")
    return array.astype(dtype, copy=False)


def vector(name: str, value: npt.ArrayLike, dtype: np.dtype[Any], size: int) -> Real:
    """Return `value` as finite vectors (..., size); a scalar or a last axis of 1 is repeated."""
    array = np.atleast_1d(real_array(name, value, dtype))
    if array.shape[-1] not in (1, size):
        raise ValueError(f"{name} must have {size} components, got shape {array.shape}")
    return np.broadcast_to(array, (*array.shape[:-1], size))


def symmetric_matrix(name: str, value: npt.ArrayLike, dtype: np.dtype[Any]) -> Real:
    """Return `value` as finite symmetric matrices (..., n, n), made exactly symmetric.

    Entries may differ from their mirror image by 64·n·eps of the largest entry.
    """
    array = real_array(name, value, dtype)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] == 0:
        raise ValueError(f"{name} must be square matrices, got shape {array.shape}")
    mirror = np.swapaxes(array, -1, -2)
    skew = np.abs(array - mirror).max(axis=(-2, -1))
    allowed = 64 * array.shape[-1] * np.finfo(dtype).eps * np.abs(array).max(axis=(-2, -1))
    if (skew > allowed).any():
        raise ValueError(f"{name} must be symmetric, mirrored entries differ by {skew.max():.3g}")
    return 0.5 * array + 0.5 * mirror


def broadcast_shape(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Return the common broadcast shape, or say which shapes do not fit together."""
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes must broadcast together, got {told}") from None


def matrix(
    name: str, value: npt.ArrayLike, dtype: np.dtype[Any], rows: int | None, columns: int | None
) -> Real:
    """Return `value` as finite matrices (..., rows, columns); None means any positive number."""
    array = real_array(name, value, dtype)
    wanted = f"(..., {rows or 'n'}, {columns or 'k'})"
    fits = array.ndim >= 2 and all(
        size == found if size else found > 0
        for size, found in zip((rows, columns), array.shape[-2:], strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    return array


def orthogonal(name: str, value: npt.ArrayLike, dtype: np.dtype[Any], size: int) -> Real:
    """Return `value` as orthogonal matrices (..., size, size), or say how far from it they are.

    Allowed is 64·size·eps in any entry of PᵀP − I.
    """
    p = matrix(name, value, dtype, size, size)
    error = np.abs(np.swapaxes(p, -1, -2) @ p - np.eye(size, dtype=dtype)).max(initial=0)
    allowed = 64 * size * float(np.finfo(dtype).eps)
    if error > allowed:
        raise ValueError(
            f"{name} must be orthogonal: |PᵀP − I| is up to {error:.3g}, allowed is {allowed:.3g}"
        )
    return p


def tolerance(name: str, value: float | None, default: float) -> float:
    """Return a relative tolerance in [0, 1), or `default` where it is None."""
    if value is None:
        return default
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value!r}")
    return float(value)


def sample_shape(shape: int | Iterable[int]) -> tuple[int, ...]:
    """Return `shape` as a tuple of non-negative integers."""
    sizes = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    if not all(isinstance(size, int | np.integer) and size >= 0 for size in sizes):
        raise ValueError(f"shape must be a tuple of non-negative integers, got {shape!r}")
    return tuple(int(size) for size in sizes)


def _array(name: str, value: npt.ArrayLike, kinds: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array: {error}") from None
    if array.dtype.kind not in kinds:
        wanted = "numeric" if "c" in kinds else "real"
        raise TypeError(f"{name} must be {wanted}, got dtype {array.dtype}")
    return array


def _finite(name: str, array: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):  # reported below, by name
        array = array.astype(dtype, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        bad = array[~finite]
        raise ValueError(f"{name} must be finite in {dtype}, got {bad.size} times e.g. {bad[0]}")
    return array
