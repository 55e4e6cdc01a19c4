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
