"""Where the six functions change their nature: the rows of a verdict's table, by argument."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stdplus_ref.conformance.formats import Format

Edge = float | str

_CENTRE: Final = (-1.0, -0.04, "-tiny", "tiny", 0.04, 1.0)
_EDGES: Final[dict[str, tuple[Edge, ...]]] = {
    "stdplus": ("-max", "vanish", "underflow", -2.0, *_CENTRE, 8.0, "max"),
    "log_stdplus": ("-max", "overflow", -8.0, *_CENTRE, 8.0, "max"),
    "stdplus_derivative": ("-max", "vanish", "underflow", -2.0, *_CENTRE, 8.0, "max"),
    "log_stdplus_derivative": ("-max", -8.0, *_CENTRE, 8.0, "max"),
    "inv_stdplus": (0.0, "tiny", 0.5, 0.96, 1.04, 2.0, 40.0, "max"),
    "inv_log_stdplus": ("-max", -8.0, *_CENTRE, 8.0, "overflow", "max"),
}
_OUTSIDE: Final = "±∞ and NaN"
_OUTSIDE_INVERSE: Final = "y < 0, ∞ and NaN"


@dataclass(frozen=True)
class Region:
    """Arguments whose ordinals (`Format.ordinal`) are in [first, last]."""

    title: str
    first: int
    last: int


def edge(value: Edge, function: str, fmt: Format) -> float:
    """The number that an edge stands for.

    Parameters
    ----------
    value : float or str
        A number; ``"max"`` and ``"tiny"``, the largest and the least normal number; ``"square"``
        and ``"double"``, above which x² and 2·x overflow; ``"underflow"`` and ``"vanish"``, below
        which the result is subnormal and 0; ``"overflow"``, where it becomes infinite. A minus sign
        before a word negates it.
    function : str
        Underflow, vanishing and overflow depend on it.
    fmt : Format
    """
    if not isinstance(value, str):
        return value
    if value.startswith("-"):
        return -edge(value[1:], function, fmt)
    if value == "overflow":
        top = fmt.max
        return -math.sqrt(2) * math.sqrt(top) if function == "log_stdplus" else math.log(top)
    if value in ("underflow", "vanish"):
        place = fmt.min_exponent if value == "underflow" else fmt.least_place - 1
        return _where_small(place * math.log(2), function == "stdplus_derivative")
    named = {"max": fmt.max, "tiny": fmt.tiny, "square": math.sqrt(fmt.max), "double": fmt.max / 2}
    return named[value]


def _where_small(log_value: float, derivative: bool) -> float:
    """The x < 0 where stdplus(x), or |x|·stdplus(x), has the logarithm `log_value`."""
    x = 1.0
    for _ in range(20):  # log stdplus(x) = −(x² + 1)/2 there; each step gains a digit or more
        x = math.sqrt(-2.0 * (log_value - derivative * math.log(x)) - 1.0)
    return -x


def regions(function: str, fmt: Format) -> list[Region]:
    """The regions of a function, ascending; together they hold every argument once.

    What is outside the domain comes first and last, under one title.
    """
    infinity = fmt.infinity
    edges = [edge(value, function, fmt) for value in _EDGES[function]]
    # "−tiny" itself is a normal number: the subnormal ones begin after it
    firsts = [int(fmt.ordinal(fmt.bits_of(x))) + (x == -fmt.tiny) for x in edges[:-1]]
    lasts = [first - 1 for first in [*firsts[1:], infinity]]
    titles = [_title(low, high, fmt) for low, high in itertools.pairwise(edges)]
    outside = _OUTSIDE_INVERSE if function == "inv_stdplus" else _OUTSIDE
    return [
        Region(outside, -(fmt.sign - 1), firsts[0] - 1),
        *(Region(*each) for each in zip(titles, firsts, lasts, strict=True)),
        Region(outside, infinity, fmt.sign - 1),
    ]


def _title(low: float, high: float, fmt: Format) -> str:
    if low <= 0.0 < high <= fmt.tiny:
        return "0 and subnormal"
    ends = ("max" if abs(end) == fmt.max else f"{abs(end):.4g}" for end in (low, high))
    signs = ("−" if end < 0 else "" for end in (low, high))
    return " … ".join(sign + end for sign, end in zip(signs, ends, strict=True))


def assign(ordinals: npt.NDArray[np.int64], found: list[Region]) -> npt.NDArray[np.intp]:
    """The index in `found` of the region that each ordinal lies in."""
    return np.searchsorted([region.last for region in found], ordinals)
