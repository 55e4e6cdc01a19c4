"""Lefèvre's test, compiled: which of the points k·a mod 1, k < n, lie in a short interval.

The points of index below u + v cut the circle into gaps of two lengths (three-distance theorem):

    x   from point k to point k + u,   k < v,
    y   from point k + v to point k,   k < u.

New points cut the longer gaps, as in Euclid's algorithm. The test follows the one gap that holds
the place `target`: `distance` from there up to the gap's end, and the `index` of that end (below u
where the gap is of length y). Once u + v ≥ n the distance is a lower bound for all indices below n,
and it is exact for those below u + v.

Lengths are whole numbers of units of 2^-52, below 2^53, held in float64: each operation is exact.
With an odd `a` no two points of the first 2^52 coincide, so no length becomes 0. `LANES` places are
followed at once, in loops that LLVM turns into vector instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
Array = np.ndarray[Any, np.dtype[Any]]

LANES = 16
CIRCLE = 2.0**52
"""Length of the circle in units."""


def compiled(function: F) -> F:
    """Compile with numba: IEEE division, no fastmath, without the interpreter's lock.

    Not cached: numba would keep `walk` after a change of `follow`, which lies in another file.
    """
    return cast(F, njit(error_model="numpy", nogil=True)(function))


@compiled
def start(state: Array, steps: Array, targets: Array) -> None:
    """Two points, 0 and a, and the gap of each target.

    Parameters
    ----------
    state : ndarray of float64
        LANES each of x, y, u, v, distance, index; written.
    steps : ndarray of float64
        a in units, odd, below 2^52.
    targets : ndarray of float64
        In units, in [0, 2^52).
    """
    for k in range(LANES):
        a, target = steps[k], targets[k]
        first = (target <= a) & (target > 0.0)  # gaps hold their upper end
        state[k] = a
        state[k + LANES] = CIRCLE - a
        state[k + 2 * LANES] = 1.0
        state[k + 3 * LANES] = 1.0
        end = a if first else CIRCLE
        end = end if target > 0.0 else 0.0
        state[k + 4 * LANES] = end - target
        state[k + 5 * LANES] = 1.0 if first else 0.0


@compiled
def follow(state: Array, n: float) -> int:
    """Add points until every lane has at least n; return the number of rounds.

    Floor and ceil of a quotient are right: a quotient of whole numbers below 2^52 that is not whole
    is further from a whole number than it is rounded.
    """
    rounds = 0
    while True:
        busy = 0
        for k in range(LANES):
            x, y = state[k], state[k + LANES]
            u, v = state[k + 2 * LANES], state[k + 3 * LANES]
            d, i = state[k + 4 * LANES], state[k + 5 * LANES]

            # Gaps x lose `count` pieces y from their upper end, but no more than n needs.
            need = np.ceil((n - u - v) / v)
            need = need if need > 0.0 else 0.0
            count = np.floor(x / y)
            count = count if count < need else need
            piece = np.floor(d / y)
            piece = piece if piece < count else count
            piece = piece if i >= u else 0.0
            x -= count * y
            u += count * v
            d -= piece * y
            i += piece * v

            # Gaps y lose `count` pieces x from their lower end.
            need = np.ceil((n - u - v) / u)
            need = need if need > 0.0 else 0.0
            count = np.floor(y / x)
            count = count if count < need else need
            y -= count * x
            inside = (i < u) & (d >= y)
            piece = np.floor((d - y) / x)
            moved = d - y - piece * x
            end = i + v + (count - piece) * u
            d = moved if inside else d
            i = end if inside else i
            v += count * u

            state[k] = x
            state[k + LANES] = y
            state[k + 2 * LANES] = u
            state[k + 3 * LANES] = v
            state[k + 4 * LANES] = d
            state[k + 5 * LANES] = i
            busy += 1 if u + v < n else 0
        rounds += 1
        if busy == 0:
            return rounds


@compiled
def above(state: Array, lane: int, index: Any) -> Any:
    """The index of the next point above that of `index`."""
    u, v = np.int64(state[lane + 2 * LANES]), np.int64(state[lane + 3 * LANES])
    return index + u if index < v else index - v


@compiled
def gap_above(state: Array, lane: int, index: Any) -> Any:
    """The distance to that point, in units."""
    v = np.int64(state[lane + 3 * LANES])
    return state[lane] if index < v else state[lane + LANES]
