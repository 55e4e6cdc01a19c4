"""The truth at many points, computed once, so that the error of any implementation is cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stdplus_ref import exact
from validation.core import Context
from validation.sampling import FloatArray

_CHUNK = 512


@dataclass(frozen=True)
class Truth:
    """Values of one function: true = rounded − rest · ulp(rounded).

    Parameters
    ----------
    x : ndarray
        The inputs, of the type that is measured.
    rounded : ndarray
        The correctly rounded results, of the same type.
    rest : ndarray of float64
        (rounded − true) / ulp, at most ½ in magnitude; 0 where the result is infinite.
    """

    x: FloatArray
    rounded: FloatArray
    rest: FloatArray

    @property
    def ulp(self) -> FloatArray:
        """The spacing of numbers in the binade of `rounded`, as float64; of no use beside ∞."""
        info = np.finfo(self.rounded.dtype)
        # Not np.spacing, which is infinite at the largest number. frexp(±0) gives exponent 0.
        _, exponent = np.frexp(self.rounded)
        lowest = info.minexp - info.nmant
        place = np.where(self.rounded == 0, lowest, exponent - info.nmant - 1)
        return np.ldexp(1.0, np.maximum(place, lowest))

    def error(self, got: FloatArray) -> FloatArray:
        """(got − true) / ulp as float64; infinite where `got` is NaN or infinite and should not be.

        Raises
        ------
        TypeError
            `got` is not of the measured type: its error would be another type's.
        """
        if got.dtype != self.rounded.dtype:
            raise TypeError(f"expected results of type {self.rounded.dtype}, got {got.dtype}")
        # Each quotient is exact, and so is the difference of two that are near. Of results far off
        # an infinite distance may be the answer.
        with np.errstate(all="ignore"):
            distance = (
                got.astype(np.float64) / self.ulp - self.rounded.astype(np.float64) / self.ulp
            )
        same = (got == self.rounded) | (np.isnan(got) & np.isnan(self.rounded))
        wrong_kind = ~same & ~(np.isfinite(got) & np.isfinite(self.rounded))
        distance = np.where(same, 0.0, np.where(wrong_kind, np.inf, distance))
        return np.asarray(distance + self.rest)


def truth(context: Context, name: str, x: FloatArray) -> Truth:
    """The truth of function `name` at `x` (one-dimensional), over the worker processes."""
    pieces = [(name, x[start : start + _CHUNK]) for start in range(0, x.size, _CHUNK)]
    done = context.map(_piece, pieces, f"{name} {x.dtype}")
    rounded, rest = (np.concatenate(parts) for parts in zip(*done, strict=True))
    return Truth(x, rounded, rest)


def _piece(work: tuple[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    name, x = work
    rounded = exact.rounded(name, x, x.dtype.type)
    return rounded, exact.ulp_error(name, x, rounded)
