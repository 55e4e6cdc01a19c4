"""The CUDA kernels, f->f or d->d, for any function: one thread an element.

An element takes the short route of `source.routes` if that `holds` for it, and else the full one.
This is a branch, not a selection: neighbours in an array are mostly inside together. Within `short`
and `full` nothing branches.

The functions here are templates. Their names `short` … `REAL` are bound for one function and one
type, `lane` and `thread` for one kernel, by `stdplus_ref.cuda._kernels`.
"""

from __future__ import annotations

from typing import Any

from numba import types

from stdplus_ref.source.operations import mul

# Placeholders, see above.
short: Any = None
full: Any = None
holds: Any = None
pair_holds: Any = None
pair: Any = None
pair_decided: Any = None
double_lane: Any = None
REAL: Any = None
thread: Any = None


def lane(x: Any) -> Any:
    """The function at x, both of the type REAL."""
    wide = types.float64(x)
    if holds(wide):
        return REAL(short(wide))
    return REAL(full(wide))


def single_lane(x: Any) -> Any:
    """The function at a float32 x, in pairs of float32 where they decide. The product is exact."""
    if pair_holds(x):
        hi, lo, scale = pair(x)
        if pair_decided(hi, lo):
            return mul(hi, scale)
    return double_lane(x)


def contiguous(source: Any, target: Any, size: Any) -> None:
    """target[i] = lane(source[i]) for i < size."""
    i = thread()
    if i < size:
        target[i] = lane(source[i])


def strided(
    source: Any, target: Any, size: Any, shape: Any, source_steps: Any, target_steps: Any
) -> None:
    """The same for arrays of `shape` whose axes advance by `steps` elements, the last one fastest.

    Axes are passed in reverse, the fastest first.
    """
    i = thread()
    if i < size:
        from_source = 0
        to_target = 0
        for axis in range(len(shape)):
            place = i % shape[axis]
            i //= shape[axis]
            from_source += place * source_steps[axis]
            to_target += place * target_steps[axis]
        target[to_target] = lane(source[from_source])
