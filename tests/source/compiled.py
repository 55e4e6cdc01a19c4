"""Functions of the source, compiled over arrays as the loops are, without the loops."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit

from stdplus_ref.cpu.ufunc import link


@cache
def compiled(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    """The linked function over arrays of float64."""
    one = link(function)

    @njit(error_model="numpy")
    def over(x: Any, y: Any) -> None:
        for i in range(x.size):
            y[i] = one(x[i])

    def apply(x: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        over(x, y)
        return y

    return apply


@cache
def compiled_pair(
    function: Callable[[float], tuple[float, float]],
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The linked function of two results over arrays of float64."""
    one = link(function)

    @njit(error_model="numpy")
    def over(x: Any, y: Any, z: Any) -> None:
        for i in range(x.size):
            y[i], z[i] = one(x[i])

    def apply(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y, z = np.empty_like(x), np.empty_like(x)
        over(x, y, z)
        return y, z

    return apply


def settled(
    settle: Callable[[float, float, float], float], x: np.ndarray, y: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Of what lies between y and z the result, by `settle` in plain Python where they differ."""
    result = y.copy()
    for i in np.flatnonzero(differing(y, z)):
        result[i] = settle(float(x[i]), float(y[i]), float(z[i]))
    return result


def differing(y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where a pair leaves two results possible."""
    return (y < z) | (y > z)
