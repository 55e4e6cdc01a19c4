"""The IEEE exceptions that a result deserves: a bit mask, 0 for none.

A kernel says what a result deserves (`exceptions(x, y)`, x the argument, y the result) rather than
rely on the flags its arithmetic happens to raise: loops evaluate every arm of every choice.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source.operations import Double, Int64, select

INFINITY: Final = float("inf")
OVERFLOW: Final = 1
"""A finite argument has an infinite result."""
DIVIDE: Final = 2
"""The argument is a pole."""
INVALID: Final = 4
"""The argument is outside the domain."""


def none(x: Double, y: Double) -> Int64:
    """0."""
    return 0


def overflow(x: Double, y: Double) -> Int64:
    """OVERFLOW if y is infinite and x is not."""
    return select((abs(y) == INFINITY) & (abs(x) != INFINITY), OVERFLOW, 0)
