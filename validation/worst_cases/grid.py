"""Intervals cut into cells, in each of which arguments and results have one spacing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from stdplus_ref import exact
from stdplus_ref.exact.intervals import working_precision

_PRECISION = 53
_LEAST = -1074  # log₂ of the least subnormal number


@dataclass(frozen=True)
class Cell:
    """The arguments X·2^spacing, first ≤ X < stop.

    Attributes
    ----------
    name : str
        One of the six functions.
    first, stop : int
        X is negative for negative arguments.
    spacing : int
        log₂ of the distance of neighbouring arguments.
    ulp : int
        log₂ of one ULP of every result.
    """

    name: str
    first: int
    stop: int
    spacing: int
    ulp: int

    def argument(self, x: int) -> Fraction:
        """X·2^spacing, exactly."""
        return scaled(x, self.spacing)

    def part(self, first: int, stop: int) -> Cell:
        """Some of the arguments."""
        return Cell(self.name, first, stop, self.spacing, self.ulp)


def scaled(number: int, exponent: int) -> Fraction:
    """number·2^exponent."""
    return Fraction(number << exponent) if exponent >= 0 else Fraction(number, 1 << -exponent)


def cells(name: str, low: float, high: float) -> list[Cell]:
    """The cells of all float64 arguments x, low ≤ x < high.

    Parameters
    ----------
    name : str
        One of the six functions.
    low, high : float
        Finite, of one sign, low < high; neither side may hold an argument whose exact result is a
        number of the format (0, and 1 for ``inv_stdplus``), or a result that is 0 or infinite.

    Raises
    ------
    ValueError
        Such an interval cannot be searched; the message says why.
    """
    _check(name, low, high)
    found = []
    for first, stop, spacing in _binades(low, high):
        for begin, end, ulp in _one_ulp(name, first, stop, spacing):
            found.append(Cell(name, begin, end, spacing, ulp))
    return found


def _check(name: str, low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"expected finite ends A < B, got {low!r} and {high!r}")
    if low <= 0 < high and (name != "inv_stdplus" or low < 0):
        raise ValueError("0 cannot be inside: search each side for itself")
    if name == "inv_stdplus" and (low <= 0 or low <= 1 < high):
        raise ValueError("inv_stdplus is searched in (0, 1) or above 1: its value at 1 is exact")
    for x in (low, math.nextafter(high, low)):
        if not 0 < abs(float(exact.rounded(name, x, "float64"))) < math.inf:
            raise ValueError(f"{name}({x!r}) is 0 or infinite in float64")


def _binades(low: float, high: float) -> Iterator[tuple[int, int, int]]:
    """(first, stop, spacing): arguments of one binade each, ascending."""
    if low < 0:
        # x in [low, high) is −x in (−high, −low]
        for first, stop, spacing in _upwards(-high, -low):
            yield -stop, -first, spacing
        return
    yield from _upwards(low, high)


def _upwards(low: float, high: float) -> Iterator[tuple[int, int, int]]:
    x = low
    while x < high:
        spacing = max(math.frexp(x)[1] - _PRECISION, _LEAST)
        end = min(high, math.ldexp(1.0, spacing + _PRECISION))
        yield int(math.ldexp(x, -spacing)), int(math.ldexp(end, -spacing)), spacing
        x = end


def _one_ulp(name: str, first: int, stop: int, spacing: int) -> Iterator[tuple[int, int, int]]:
    """(first, stop, ulp): the function is monotone, so bisection finds where its ULP changes."""
    while first < stop:
        ulp = _ulp(name, first, spacing)
        inside, outside = first, stop
        if _ulp(name, stop - 1, spacing) == ulp:
            inside = stop - 1
        while outside - inside > 1:
            middle = (inside + outside) // 2
            if _ulp(name, middle, spacing) == ulp:
                inside = middle
            else:
                outside = middle
        yield first, outside, ulp
        first = outside


def _ulp(name: str, x: int, spacing: int) -> int:
    """log₂ of one ULP of the true value: no value here is a power of two."""
    bits = 64
    while True:
        value = exact.enclosure(name, scaled(x, spacing), bits)
        with working_precision(bits):
            ends = [_exponent(arb(end)) for end in (value.abs_lower(), value.abs_upper())]
        if ends[0] == ends[1]:
            return max(ends[0] - _PRECISION + 1, _LEAST)
        bits *= 2


def _exponent(value: arb) -> int:
    """floor(log₂ value) of an exact positive number."""
    mantissa, exponent = value.man_exp()
    return int(mantissa).bit_length() - 1 + int(exponent)
