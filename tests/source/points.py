"""Arguments for the tests of the source, and the truth in ball arithmetic.

The truth comes from `stdplus_ref.exact` and from Arb's exp, log and sqrt. Arguments are seeded and
stratified: random ones of every regime, and neighbours of both sides of every seam.
"""

from __future__ import annotations

import csv
import itertools
import math
import os
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb

from stdplus_ref import exact

BITS = 320  # precision of what is computed here
SHARE = "STDPLUS_REF_TEST_SHARE"
"""An environment variable: tests take one in so many of their points, the first ones.

`tests.meta.faults` begins with few points: what fails with them fails with all.
"""
_FORWARD_SEAMS = (-40.0, -26.0, -13.0, -3.25, -0.25, 0.25, 8.0, 2.0**64)
_TINY = (-(2.0**-125), -(2.0**-900), 2.0**-900, 2.0**-125)
# Where the methods change, as the heads of the files state it: not taken from the source, so that
# a threshold which moves is seen.
SEAMS: dict[str, tuple[float, ...]] = {
    "stdplus": _FORWARD_SEAMS,
    "log_stdplus": tuple(sorted((*_FORWARD_SEAMS, -9.0, *_TINY))),
    "stdplus_derivative": _FORWARD_SEAMS,
    "log_stdplus_derivative": _FORWARD_SEAMS,
    "inv_stdplus": (2.0**-1022, 0.8, 0.85, 1.15, 1.2, 2.0**100),
    "inv_log_stdplus": (
        *(-(2.0**600), -(2.0**60), -40.0, -0.375, -0.25, *_TINY, 0.25, 0.375, 40.0, 720.0),
    ),
}
FORWARD = ("stdplus", "log_stdplus", "stdplus_derivative", "log_stdplus_derivative")

# The regimes of one Newton step, with the ends of the starts.
STEPS = {
    "−40 … −26": (-40.0, -26.0),
    "−26 … −13": (-26.0, -13.0),
    "−13 … −3.25": (-13.0, -3.25),
    "−3.25 … −1": (-3.25, -1.0),
    "−1 … −1/4": (-1.0, -0.25),
    "1/4 … 1": (0.25, 1.0),
    "1 … 8": (1.0, 8.0),
    "8 … 64": (8.0, 64.0),
    "64 … 2^64": (64.0, 2.0**64),
}


def share() -> int:
    """One in how many points is wanted."""
    return int(os.environ.get(SHARE, "1"))


def few(count: int) -> int:
    """The count, or the share of it that is wanted."""
    return max(count // share(), min(count, 12))


def number(value: float | Fraction) -> arb:
    """The ball around exactly this number."""
    ratio = Fraction(value)
    return arb(ratio.numerator) / arb(ratio.denominator)


def real(*parts: float) -> arb:
    """The exact sum of floats."""
    return number(sum(map(Fraction, parts), Fraction(0)))


@cache
def truth(name: str, x: float, bits: int = 200) -> arb:
    """One of the six functions at x."""
    return exact.enclosure(name, float(x), bits)


def relative(hi: float, lo: float, value: arb) -> float:
    """The relative error of a pair."""
    return float(abs((real(hi, lo) - value) / value).mid())


def absolute(hi: float, lo: float, value: arb) -> float:
    """The absolute error of a pair."""
    return float(abs(real(hi, lo) - value).mid())


def draw(low: float, high: float, count: int, seed: int = 1) -> list[float]:
    """Random numbers of an interval: by size if its ends differ by a factor of 64, else evenly."""
    rng = random.Random(seed)
    if 0.0 < 64.0 * low <= high:
        logs = (rng.uniform(math.log2(low), math.log2(high)) for _ in range(few(count)))
        return [min(max(2.0**e * rng.uniform(1.0, 1.01), low), high) for e in logs]
    return [rng.uniform(low, high) for _ in range(few(count))]


def to_single(values: list[float]) -> list[float]:
    """The float32 numbers next to them, in float64."""
    return [float(np.float32(value)) for value in values]


def neighbours(x: float, count: int = 3) -> Iterator[float]:
    """x, and `count` float64 neighbours on either side."""
    yield x
    for direction in (-math.inf, math.inf):
        y = x
        for _ in range(count):
            y = math.nextafter(y, direction)
            yield y


def neighbours_single(x: float, count: int = 3) -> Iterator[float]:
    """The same in float32, for an x in its range."""
    yield float(np.float32(x))
    for direction in (-np.inf, np.inf):
        y = np.float32(x)
        for _ in range(count):
            y = np.nextafter(y, np.float32(direction))
            yield float(y)


def seam_points(name: str) -> list[float]:
    """Both sides of every seam of the contract, and points a little and a lot further off."""
    points: list[float] = []
    for seam in SEAMS[name]:
        points += neighbours(seam)
        for power in (-40, -20, -12, -8, -5):
            points += [seam * (1.0 - 2.0**power), seam * (1.0 + 2.0**power)]
    return points


def in_regime(low: float, high: float, count: int, seed: int = 1) -> list[float]:
    """Random points of an interval and its ends with their neighbours inside."""
    ends = [x for end in (low, high) for x in neighbours(end) if low <= x <= high]
    return [*ends, *draw(low, high, count, seed)]


def everywhere(name: str) -> list[float]:
    """Arguments of every regime, size and sign, seams and special values: for comparing bits."""
    rng = random.Random(99)
    points = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 5e-324, -5e-324]
    points += [2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308]
    points += seam_points(name)
    points += [rng.uniform(-50.0, 50.0) for _ in range(few(600))]
    points += [rng.gauss(0.0, 2.0) for _ in range(few(400))]
    points += [rng.choice((-1, 1)) * 2.0 ** rng.uniform(-1070, 1023) for _ in range(few(400))]
    points += [rng.choice((-1, 1)) * 2.0 ** rng.uniform(-140, 128) for _ in range(few(400))]
    points += [rng.uniform(0.5, 1.5) for _ in range(few(200))]
    points += [rng.uniform(-760, 760) for _ in range(few(200))]
    return points


def sample(name: str) -> list[float]:
    """A third of `everywhere`, for what takes long; the special values among them."""
    points = everywhere(name)
    return [*points[:12], *points[12::3]]


def hard_cases(name: str) -> list[tuple[str, str, str]]:
    """(input, correctly rounded, error in ULP) of the hard cases that are kept of a function."""
    file = Path(__file__).parents[2] / "validation" / "data" / "hard_cases_float64.csv"
    lines = file.read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [(r["input"], r["rounded"], r["error"]) for r in rows if r["function"] == name]


def bits_of(x: float) -> int:
    """The bits, for comparisons that tell −0 from +0; one for all NaN."""
    return int(np.float64(x).view(np.int64)) if x == x else -1


def worst(pairs: Iterator[tuple[float, Any]]) -> tuple[float, Any]:
    """The largest error and where it was; a NaN is the largest."""
    largest, where = 0.0, None
    for error, x in pairs:
        if error != error:
            return math.inf, x
        if error > largest:
            largest, where = error, x
    return largest, where


def assert_below(
    limit: float, errors: Callable[[Any], float], points: list[Any], why: str = ""
) -> float:
    """All errors are at most `limit`; the largest is returned."""
    assert points
    largest, where = worst((errors(x), x) for x in points)
    shown = where.hex() if isinstance(where, float) else where
    assert largest <= limit, (
        f"2^{math.log2(largest):.2f} > 2^{math.log2(limit):.2f} at {shown} {why}"
    )
    return largest


def grid(count: int, seed: int = 2) -> list[float]:
    """Multiples of 2^-25 of absolute value at most 0.3466, small and large."""
    rng = random.Random(seed)
    top = int(0.3466 * 2**25)
    ends = [sign * n for sign in (-1, 1) for n in (0, 1, 2, 3, top - 1, top)]
    return [
        n * 2.0**-25
        for n in itertools.chain(ends, (rng.randint(-top, top) for _ in range(few(count))))
    ]
