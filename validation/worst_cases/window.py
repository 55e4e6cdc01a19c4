"""How wide the window must be for no argument to be missed: every error is in it.

At the centre m of a sub-interval, with G = f(m)/ulp − ½, |k| ≤ K and a tie where the sum is whole:

    f(m + k)/ulp − ½ = G + a·k + c·k² + rest,    low ≤ c ≤ high over the super-interval.

So an argument within δ of a tie has a·k mod 1 in −G + [−δ − e − max(high, 0)·K², δ + e −
min(low, 0)·K²], where e bounds, in ULP,

    the rest           Σ bᵢ·Kⁱ for i ≥ 3 (bᵢ over the super-interval)
    the polynomial     Taylor's remainder, radii and rounding of the coefficients
    the tables         value and K times slope, after as many lines as are used
    the slope in use   K·2^-52: 52 bits of it, the last one set
    units              2^-50: value, offset and ends in whole units of 2^-64 and 2^-52

The second look has the slope to 2^-96 and the terms c·k², c₃·k³ in float64, so its e is smaller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from validation.worst_cases.polynomial import Polynomial, table_error

NEAR = 2.0**-45
"""δ: what is within so many ULP of a tie is a hard case."""

_ROUND = 1 + 2.0**-40  # above what these few operations round


@dataclass(frozen=True)
class Window:
    """A window for sub-intervals of 2·half arguments.

    Attributes
    ----------
    half : int
    below, width : float
        How far it reaches below the tie, and its width, in ULP.
    limit : float
        How near, in ULP, the second look must find a candidate.
    excess : float
        Width over what δ and the curvature alone need, less 1.
    """

    half: int
    below: float
    width: float
    limit: float
    excess: float

    @property
    def looks(self) -> float:
        """Arguments of a sub-interval expected in the window."""
        return 2 * self.half * self.width


def window(p: Polynomial, half: int, count: int, near: float = NEAR) -> Window:
    """The window for a super-interval, and tables that are used for `count` lines.

    Parameters
    ----------
    p : Polynomial
    half : int
        Half the arguments of a sub-interval.
    count : int
        Lines of the tables.
    near : float
        δ in ULP.
    """
    sizes, degree = p.sizes(), len(p.terms) - 1
    low, high = p.curvature()
    rest = sum(size * float(half) ** i for i, size in enumerate(sizes) if i >= 3)
    tables = table_error(degree, count) + half * table_error(degree - 1, count)
    error = (rest + p.error + tables + half * 2.0**-52 + 2.0**-50) * _ROUND
    below = (near + error + max(high, 0.0) * half**2) * _ROUND
    above = (near + error - min(low, 0.0) * half**2) * _ROUND
    ideal = 2 * near + (max(high, 0.0) - min(low, 0.0)) * half**2
    rest = sum(size * float(half) ** i for i, size in enumerate(sizes) if i >= 4)
    curved = sum(sizes[i] * float(half) ** i for i in (2, 3) if i <= degree)
    second = rest + p.error + tables + half * 2.0**-96 + curved * 2.0**-46 + 2.0**-61
    limit = (near + second) * _ROUND
    return Window(half, below, below + above, limit, (below + above) / ideal - 1)


def best(p: Polynomial, longest: int, count: int, near: float = NEAR) -> Window:
    """The window whose sub-intervals cost least an argument.

    A second look costs about half of a test, as measured; the minimum is flat.

    Raises
    ------
    ArithmeticError
        No length will do.
    """
    choices = []
    half = 2
    while 2 * half <= longest and half < 1 << 30:
        choice = window(p, half, count, near)
        if choice.width < 0.25:
            choices.append(choice)
        half *= 2
    if not choices:
        raise ArithmeticError("the function bends too much here for the search")
    return min(choices, key=lambda w: (1 + w.looks / 2) / w.half)


def units(width: float, bits: int) -> int:
    """Width in whole units of 2^-bits, not below it."""
    return math.ceil(width * 2.0**bits)
