"""The float32 fast paths, region by region: what each step may add, in last places of float64.

A region is covered by pieces; for each piece every step is bounded by its largest contribution
there, divided by the smallest last place of the result there. A last place is that of the binade of
the exact value: 2^(⌊log2 |value|⌋ − 52). The last rounding adds ½.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flint import arb

from derivations import enclose
from derivations.budget.blocks import Terms, largest, scaled, total
from derivations.budget.rounding import magnitude
from derivations.enclose import ball
from stdplus_ref.source import newton

SLACK = 1 + arb(2) ** -12  # over products of the errors of two steps

RELATIVE = arb(2) ** 53  # last places in a value, at most

# Names of steps: what the page prints.
FIT, EVALUATION = "fit", "evaluation"
EXP, LEFT_OUT, QUADRATIC = "e^t0", "u³", "v and v²"
SQUARE = "x²"


@dataclass(frozen=True)
class Region:
    """A part of a function's domain and what each step adds there, largest over its pieces."""

    where: str
    terms: Terms
    sum: Any  # of the terms, on the piece where it is largest

    @property
    def bound(self) -> float:
        """The error of the result in last places, the last rounding included."""
        return enclose.above(arb(0.5) + self.sum * SLACK)


def last_place(value: Any) -> Any:
    """The last place of the numbers in the ball, at least."""
    least = arb(value.abs_lower())
    mantissa, exponent = least.man_exp()
    return arb(2) ** (int(exponent) + int(mantissa).bit_length() - 1 - 52)


def in_last_places(terms: Terms, value: Any, relative: bool = True) -> Terms:
    """Terms relative to the value, or absolute, in last places of it."""
    places = 1 / last_place(value)
    return scaled(terms, (magnitude(value) * places).min(RELATIVE) if relative else places)


def region(where: str, each: Iterable[Terms]) -> Region:
    """The region whose pieces have these terms."""
    terms = list(each)
    sums = [total(one) for one in terms]
    return Region(where, largest(terms), functools.reduce(lambda a, b: a if a >= b else b, sums))


# The pieces of the forward functions outside the centre.
EDGE = newton.CENTRE
OUTER: dict[str, tuple[tuple[float, float, int], ...]] = {
    "1/4 ≤ x ≤ 8": ((EDGE, 1.0, 300), (1.0, newton.STEP_RIGHT, 200)),
    "−3.25 ≤ x ≤ −1/4": ((newton.START_LEFT, -2.75, 60), (-2.75, -1.0, 100), (-1.0, -EDGE, 200)),
    "−26 ≤ x < −3.25": ((newton.STEP_LEFT, -3.5, 100), (-3.5, newton.START_LEFT, 150)),
    "−40 ≤ x < −26": ((newton.FAR_LEFT, newton.STEP_LEFT, 60),),
    "8 < x < 2^64": ((newton.STEP_RIGHT, 64.0, 100), (64.0, 2.0**64, 120)),
}


def short_quotients(lower: float, upper: float) -> tuple[int, list[Any]]:
    """|k| at most, and the balls of z = (m − 1)/(m + 1), y = 2^k·m, m in [√½, √2)."""
    ends = [float((arb(end).log() / arb.const_log2() + arb(0.5)).mid()) for end in (lower, upper)]
    first, last = math.floor(ends[0] - 2.0**-20), math.floor(ends[1] + 2.0**-20)
    most = max(abs(first), abs(last))
    whole = arb(0.5).sqrt().union(arb(2).sqrt()) + arb(0, 2.0**-50)
    ms = [whole]
    if last - first < 3:
        parts = [ball(lower, upper) * arb(2) ** -k for k in range(first, last + 1)]
        ms = [part.intersection(whole) for part in parts if part.overlaps(whole)]
    return most, [(m - 1) / (m + 1) for m in ms]
