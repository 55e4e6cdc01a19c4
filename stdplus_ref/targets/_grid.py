"""The CUDA kernels, f->f or d->d, for any function: one thread an element.

An element goes through `core`, cheap, if it is `in_core` and the result is `certain`, and else
through `full`. These are branches, not selections: neighbours in an array are mostly in the core
together, and a float32 result is in doubt once in 2^16, so that one warp in 2^11 runs both. Within
`core` and `full` nothing branches.

The functions here are templates. Their names `core`, `full`, `in_core`, `certain` and `REAL` are
bound for one function and one type by `stdplus_ref.targets.cuda`, `lane` and `thread` for the
kernels by `stdplus_ref.cuda._kernels`.
"""

from __future__ import annotations

from typing import Any

from numba import types

# Placeholders, see above.
core: Any = None
full: Any = None
in_core: Any = None
certain: Any = None
REAL: Any = None
thread: Any = None


def lane(x: Any) -> Any:
    """The function at x, both of the type REAL."""
    wide = types.float64(x)
    if in_core(wide):
        y = core(wide)
        if certain(y):
            return REAL(y)
    return REAL(full(wide))


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
