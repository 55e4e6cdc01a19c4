"""Sums of errors, and the parts of a reduced argument.

A `Terms` maps the name of a step (a row of the tables) to a bound of what it contributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from flint import arb

from derivations import certificates
from derivations.budget.rounding import magnitude
from derivations.enclose import ball

Terms = dict[str, Any]

LOG_FIT = "log: fit"


def scaled(terms: Terms, factor: Any) -> Terms:
    """Every term times |factor|."""
    return {name: size * magnitude(factor) for name, size in terms.items()}


def largest(several: Iterable[Terms]) -> Terms:
    """Each term at its largest."""
    worst: Terms = {}
    for terms in several:
        for name, size in terms.items():
            if name not in worst or not size <= worst[name]:
                worst[name] = size
    return worst


def total(terms: Terms) -> Any:
    """The sum of the terms."""
    return sum(terms.values(), arb(0))


def short_parts(t: Any) -> tuple[int, list[Any]]:
    """The largest |k| and the balls of f that `exponential.split` may make of t.

    t·INV_LN2 is right to 2^-40, so |t − k·ln 2| ≤ ln 2·(½ + 2^-40); f is that rounded to 2^-25,
    off by k·(ln 2 − LN2_HI) besides.
    """
    ln2 = arb.const_log2()
    low, high = ((end / ln2 + arb(0.5)) for end in (t.lower(), t.upper()))
    first = math.floor(float((low - arb(2) ** -39).lower()))
    last = math.floor(float((high + arb(2) ** -39).upper()))
    short = ball(-certificates.SHORT, certificates.SHORT)
    near = arb(0, 2.0**-25)
    most = max(abs(first), abs(last))
    if last - first > 2:
        return most, [short]
    parts = [t - k * ln2 + near for k in range(first, last + 1)]
    return most, [part.intersection(short) for part in parts if part.overlaps(short)]
