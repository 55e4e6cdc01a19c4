"""What a function of the source declares: itself, and the parts that loops are composed of.

A function file has the function for one number, `float64` and `float32`, with a branch for each
regime. A loop over many numbers wants no branches: it evaluates regimes side by side and selects.
The `Kernel` of a file names the parts of that; `stdplus_ref.source.routes` composes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from stdplus_ref.source.operations import Double, Int64, Pair, Single

Condition: TypeAlias = Callable[[Double], bool]
Triple: TypeAlias = tuple[Double, Double, Double]
"""(a, b, c): three numbers, such as a pair and one more."""
Scaled: TypeAlias = tuple[Double, Double, Int64]
"""(hi, lo, k): stands for (hi + lo)·2^k."""


class Inside(NamedTuple):
    """Where most arguments lie: one regime near a zero, one around it, pairs that need no scale."""

    holds: Condition  # whether the argument is inside
    start: Callable[[Double], Pair]  # x -> (a, b)
    step: Callable[[Double, Double, Double], Pair]  # x, a, b -> the result as a pair, if not near


class Anywhere(NamedTuple):
    """Every argument that is not `far`."""

    start: Callable[[Double], Triple]  # x -> (a, b, c)
    step: Callable[[Double, Double, Double, Double], Pair]  # x, a, b, c -> a pair
    regime: Callable[[Double, Double, Double, Double], Scaled]
    """x, that pair, c -> the result: that pair or another regime's, selected."""


class Fast(NamedTuple):
    """The fast path of float32 in plain float64: its result rounds correctly."""

    holds: Condition  # whether it is right for the argument
    centre: Callable[[Double], Double]  # the result where `near`
    start: Callable[[Double], Single]  # x -> a
    elementary: Callable[[Single], Double]  # a -> its exponential or logarithm e
    step: Callable[[Double, Single, Double], Double]  # x, a, e -> the result elsewhere


class Far(NamedTuple):
    """Where the result has a closed form."""

    holds: Condition
    value: Callable[[Double], Double]


class Kernel(NamedTuple):
    """One of the six functions."""

    name: str
    float64: Callable[[Double], Double]
    float32: Callable[[Single], Single]
    odd: bool  # whether ±0 gives ±0
    near: Condition  # where the polynomial `centre` serves
    centre: Callable[[Double], Pair]
    inside: Inside
    anywhere: Anywhere
    fast: Fast
    far: Far
    far_float32: Far
    exceptions: Callable[[Double, Double], Int64]
    """x and the result -> the IEEE exceptions it deserves, of `source.exceptions`."""
