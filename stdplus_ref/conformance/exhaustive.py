"""Every number of float16, bfloat16 or float32, judged against this library's own ufuncs.

The truth of float32 is the ufunc's float32 result, which is correctly rounded for all 2³²
arguments (verified elsewhere, by proof and count, not here). That of the 16-bit types is its
float64 result, rounded once more: this is right as long as no half-way point lies within that
result's error, which is checked for each. Only log_stdplus has such results, far left, where
−(x² + 1)/2 is exactly half-way and the true value just above it, or, farther out, −x²/2 is
half-way and the true value below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stdplus_ref import cpu
from stdplus_ref.conformance.formats import Bits, Doubles, Format
from stdplus_ref.conformance.tier import units
from stdplus_ref.conformance.vectors import FAR, is_exact

CHUNK: Final = 1 << 21
"""Arguments judged at a time."""

_TAIL: Final = -5.5  # left of it log_stdplus(x) is −(x² + 1)/2 in float64
_ONE_IS_LOST: Final = -(2.0**20)  # left of it a float64 that is half-way is −x²/2

TYPES: Final = ("float16", "bfloat16", "float32")


def chunk(fmt: Format, start: int) -> Bits:
    """At most `CHUNK` bit patterns from place `start` on, ascending.

    NaN with its sign set comes first, other NaN last.
    """
    count = 1 << fmt.width
    place = np.arange(start, min(start + CHUNK, count), dtype=np.int64)
    return fmt.array(np.where(place < fmt.sign, count - 1 - place, place - fmt.sign))


def chunks(fmt: Format) -> Iterator[Bits]:
    """Every bit pattern once, in the order of `chunk`."""
    return (chunk(fmt, start) for start in range(0, 1 << fmt.width, CHUNK))


def truth(function: str, fmt: Format, inputs: Bits) -> Bits:
    """Correctly rounded results in one of `TYPES`, or float64."""
    if fmt.name in ("float32", "float64"):
        with np.errstate(all="ignore"):
            own: npt.NDArray[Any] = _ufunc(function)(inputs.view(fmt.name))
        return own.view(fmt.unsigned)
    value = _double(function, fmt, inputs)
    with np.errstate(all="ignore"):
        low, high = (fmt.bits_of(np.nextafter(value, end)) for end in (-np.inf, np.inf))
    nearest = fmt.bits_of(value)
    doubtful = (low != high) & (value != 0) & ~np.isnan(value)
    if doubtful.any():
        x = fmt.value(inputs)
        if function != "log_stdplus" or (x[doubtful] > _TAIL).any():
            raise AssertionError(f"{function} has undecided results in {fmt.name}")
        nearest = np.where(doubtful, np.where(x > _ONE_IS_LOST, high, low), nearest)
    return nearest


def residuals(
    function: str, fmt: Format, inputs: Bits, outputs: Bits
) -> Callable[[npt.NDArray[np.intp]], Doubles]:
    """(output − true value) in ULP at given indices, NaN where the output is exact."""

    def at(index: npt.NDArray[np.intp]) -> Doubles:
        x, y = inputs[index], outputs[index]
        want = fmt.value(y)
        value = _double(function, fmt, x)
        with np.errstate(all="ignore"):
            found = units(fmt, want, want) - np.ldexp(value, -fmt.place(want))
        found = np.clip(found, -FAR / 1000, FAR / 1000)
        return np.where(is_exact(function, fmt, x, y), np.nan, found)

    return at


def _double(function: str, fmt: Format, inputs: Bits) -> Doubles:
    with np.errstate(all="ignore"):
        value: Doubles = _ufunc(function)(fmt.value(inputs))
    return value


def _ufunc(function: str) -> np.ufunc:
    found: np.ufunc = getattr(cpu, function)
    return found
