"""A walk over sub-intervals, compiled: tables of differences, Lefèvre's test, candidates.

A sub-interval has 2·half arguments, half of them below its centre. Its value (of the function, less
½, in ULP, modulo 1) and slope come from tables of differences in units of 2^-128, that wrap round
by themselves. The sub-interval is a line then, and everything else is in the width of the window.
The few arguments that the line takes into the window are looked at again, with the curvature.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from validation.worst_cases.lefevre import (
    CIRCLE,
    LANES,
    above,
    compiled,
    follow,
    gap_above,
    start,
)

Array = np.ndarray[Any, np.dtype[Any]]

_SCALE = 2.0**64


@compiled
def advance(high: Array, low: Array) -> None:
    """The next line of a table of differences; numbers of 128 bits in two halves."""
    for j in range(high.size - 1):
        step = low[j + 1]
        total = low[j] + step
        carry = np.uint64(1) if total < step else np.uint64(0)
        high[j] = high[j] + high[j + 1] + carry
        low[j] = total


@compiled
def near_tie(high: Any, slope: Any, slope_low: Any, bend: Array, middle: float, k: Any) -> Any:
    """(value + slope·k + c₂·k² + c₃·k³) mod 1, signed, in units of 2^-64.

    Parameters
    ----------
    high, slope, slope_low : uint64
        Value and slope at the centre, modulo 1, in units of 2^-64; the slope's next 64 bits.
    bend : ndarray of float64
        Two rows: the polynomials c₂ and c₃ in the centre, the highest power first.
    middle : float
        The centre.
    k : int
        The argument, counted from the centre.
    """
    second, third = 0.0, 0.0
    for j in range(bend.shape[1]):
        second = second * middle + bend[0, j]
        third = third * middle + bend[1, j]
    step = float(k)
    curved = np.int64(np.rint((second + third * step) * step * step * _SCALE))
    rest = (np.int64(slope_low >> np.uint64(32)) * k) >> 32
    return np.int64(high + slope * np.uint64(k) + np.uint64(rest) + np.uint64(curved))


@compiled
def walk(
    value: Array, slope: Array, count: int, half: int, offset: Any, width: float, bend: Array,
    first: float, limit: int, found: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """Find the arguments of `count` sub-intervals that may be near a tie.

    Parameters
    ----------
    value, slope : ndarray of uint64, shape (2, degree + 1) and (2, degree)
        Tables of differences at the first centre: high halves, low halves. Changed.
    count : int
        Sub-intervals, a multiple of `LANES`.
    half : int
        Half the arguments of a sub-interval, a power of two below 2^31.
    offset : uint64
        How far the window reaches below the tie, in units of 2^-64.
    width : float
        Width of the window in units of 2^-52, below 2^51.
    bend : ndarray of float64
        See `near_tie`.
    first : float
        The first centre.
    limit : int
        How near a candidate is, in units of 2^-64.
    found : ndarray of int64
        The candidates are written here, as far as there is room, counted from the first argument.

    Returns
    -------
    candidates, looks, rounds : int
        Candidates (more than `found` has room for is a fault that the caller must see), arguments
        looked at again, and rounds of `follow`.
    """
    state = np.empty(6 * LANES)
    steps, targets = np.empty(LANES), np.empty(LANES)
    kept = np.empty((3, LANES), np.uint64)
    value_high, value_low, slope_high, slope_low = value[0], value[1], slope[0], slope[1]
    n = 2 * half
    candidates = looks = rounds = 0
    for block in range(0, count, LANES):
        for lane in range(LANES):
            kept[0, lane] = value_high[0]
            kept[1, lane], kept[2, lane] = slope_high[0], slope_low[0]
            a = (slope_high[0] >> np.uint64(12)) | np.uint64(1)
            below = (a << np.uint64(12)) * np.uint64(half) - value_high[0] - offset
            steps[lane] = np.float64(a)
            targets[lane] = np.float64(below >> np.uint64(12))
            advance(value_high, value_low)
            advance(slope_high, slope_low)
        start(state, steps, targets)
        rounds += follow(state, float(n))
        for lane in range(LANES):
            distance = state[lane + 4 * LANES]
            if distance > width:
                continue
            index = np.int64(state[lane + 5 * LANES])
            middle = first + float(block + lane) * float(n)
            while distance <= width:
                if index < n:
                    looks += 1
                    k = index - half
                    off = near_tie(kept[0, lane], kept[1, lane], kept[2, lane], bend, middle, k)
                    if -limit <= off <= limit:
                        if candidates < found.size:
                            found[candidates] = (block + lane) * n + index
                        candidates += 1
                distance += gap_above(state, lane, index)
                index = above(state, lane, index)
    return candidates, looks, rounds


assert CIRCLE == 2.0**52  # the shifts by 12 above
