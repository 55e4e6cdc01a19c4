"""The distance of a true value from the nearest tie, by Arb."""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb

from stdplus_ref import exact
from stdplus_ref.exact.intervals import working_precision
from validation.worst_cases import grid

_FIRST_BITS = 192
_MOST_BITS = 1 << 14


def distance(name: str, x: float) -> float:
    """How far, in ULP, the true value is above (or, negative, below) the nearest tie.

    Parameters
    ----------
    name : str
        One of the six functions.
    x : float
        An argument whose value is not exact.

    Returns
    -------
    float
        Within a relative 2^-50; at most ½ in size.

    Raises
    ------
    ArithmeticError
        The value cannot be told from a tie (`log_stdplus` far to the left has such arguments).
    """
    (cell,) = grid.cells(name, x, math.nextafter(x, math.inf))
    bits = _FIRST_BITS
    while bits <= _MOST_BITS:
        value = exact.enclosure(name, Fraction(x), bits)
        with working_precision(bits):
            off = value * arb((1, -cell.ulp)) - arb(1) / 2
            off -= (off + arb(1) / 2).mid().floor().mid()
            if off.rel_accuracy_bits() > 52:
                return float(off.mid())
        bits *= 2
    raise ArithmeticError(f"{name}({x.hex()}) cannot be told from a tie in {_MOST_BITS} bits")


def relative_bits(name: str, x: float) -> float:
    """−log₂ of the relative error that a computed value may have and still round rightly."""
    (cell,) = grid.cells(name, x, math.nextafter(x, math.inf))
    units = abs(float(exact.enclosure(name, Fraction(x), 64))) * 2.0**-cell.ulp
    return math.log2(units / abs(distance(name, x)))
