"""The float64 survey: pieces of work, what they find, and how findings are merged.

A piece is a quarter of a million inputs of one region: random numbers, the neighbours of seams, or
a search that climbs towards larger errors. Every random input is evaluated together with the next
float64 number, and the two results must not step back.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref import exact
from validation import fast_truth, library, resume, sampling

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]
Case = tuple[float, str]
"""A number, and an input in hexadecimal."""

STEP = "survey-float64"
COUNT_VARIABLE = "STDPLUS_REF_SURVEY_COUNT"
"""Environment variable: random inputs per function (default DEFAULT_COUNT)."""
DEFAULT_COUNT = 100_000_000
PIECE_SIZE = 1 << 18

_SEARCH_EVERY = 8  # one search for so many pieces of random numbers
_STARTS, _TRIES, _ROUNDS = 32, 256, 32  # of a search; their product is PIECE_SIZE
_NEIGHBOURS = 1024  # on either side of a seam
_KEPT = 3
_FALLING = "log_stdplus_derivative"  # the one function that decreases
_TINY = float(np.finfo(np.float64).tiny)
_MAX = float(np.finfo(np.float64).max)

# Beyond the bands of `sampling`: arguments that are subnormal, and both ends.
_EXTRA: dict[str, tuple[tuple[float, float], ...]] = {
    **dict.fromkeys(
        sampling.FORWARD, ((-_TINY, 0.0), (0.0, _TINY), (2.0**1020, _MAX), (-_MAX, -(2.0**500)))
    ),
    "inv_stdplus": ((0.0, _TINY), (2.0**1020, _MAX)),
    "inv_log_stdplus": ((-_TINY, 0.0), (0.0, _TINY), (709.0, math.log(_MAX))),
}


@dataclass(frozen=True)
class Region:
    """An interval of arguments; with infinite ends a special set (`title` says which)."""

    title: str
    low: float = -math.inf
    high: float = math.inf

    @property
    def special(self) -> bool:
        """Whether it is no interval."""
        return math.isinf(self.high)


SEAMS = Region(f"seams ± {_NEIGHBOURS} neighbours")
NORMAL = Region("normal, mean 0, sd 2")


def key_of(name: str, region: Region) -> str:
    """What the keys of all pieces of a function and region begin with."""
    return f"{name}-{zlib.crc32(region.title.encode()):08x}"


@dataclass(frozen=True)
class Piece:
    """Some inputs of one function and region."""

    name: str
    region: Region
    number: int
    search: bool
    seed: int

    @property
    def key(self) -> str:
        """File name of its record."""
        kind = "search" if self.search else "random"
        return f"{key_of(self.name, self.region)}-{kind}-{self.number:04d}-seed{self.seed}"

    @property
    def rng(self) -> np.random.Generator:
        """A generator of its own."""
        return np.random.default_rng(zlib.crc32(self.key.encode()))


@dataclass
class Findings:
    """What was found about some inputs.

    Attributes
    ----------
    count : int
        Inputs whose error was measured.
    misrounded : int
        Results with an error above ½ ULP, among random inputs.
    random : int
        Random inputs.
    steps, back : int
        Pairs of neighbours tried, and those where the function steps back.
    back_at : list of str
        The first of them.
    worst : list of Case
        Largest |error| in ULP, and where.
    near : list of Case
        Distance of the value from the nearest midpoint of two float64 numbers, the least first.
    """

    count: int = 0
    misrounded: int = 0
    random: int = 0
    steps: int = 0
    back: int = 0
    back_at: list[str] = field(default_factory=list)
    worst: list[Case] = field(default_factory=list)
    near: list[Case] = field(default_factory=list)

    def merge(self, other: Findings) -> Findings:
        """Both together."""
        return Findings(
            self.count + other.count,
            self.misrounded + other.misrounded,
            self.random + other.random,
            self.steps + other.steps,
            self.back + other.back,
            (self.back_at + other.back_at)[:_KEPT],
            sorted({(u, x) for u, x in (*self.worst, *other.worst)}, reverse=True)[:_KEPT],
            sorted({(u, x) for u, x in (*self.near, *other.near)})[:_KEPT],
        )


def regions(name: str) -> list[Region]:
    """Regions that cover the domain of a function, and the special sets."""
    bands = sampling.BANDS[name]
    edges = [sampling.edge(value, np.float64) for value in bands]
    intervals = [*pairwise(edges), *_EXTRA[name]]
    return [*(Region(f"{a:.4g} … {b:.4g}", a, b) for a, b in intervals), NORMAL, SEAMS]


def pieces(name: str, count: int, seed: int) -> list[Piece]:
    """The work for at least `count` random inputs of a function, and the searches."""
    drawn = [region for region in regions(name) if region is not SEAMS]
    each = math.ceil(count / len(drawn) / PIECE_SIZE)
    found = [Piece(name, SEAMS, 0, False, seed)]
    for region in drawn:
        found += [Piece(name, region, number, False, seed) for number in range(each)]
        if region is not NORMAL:
            searches = range(math.ceil(each / _SEARCH_EVERY))
            found += [Piece(name, region, number, True, seed) for number in searches]
    return found


def wanted_count() -> int:
    """Random inputs per function: from the environment, or the default.

    Raises
    ------
    ValueError
        The environment variable is not a positive integer.
    """
    text = os.environ.get(COUNT_VARIABLE, str(DEFAULT_COUNT))
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{COUNT_VARIABLE} must be a positive integer, got {text!r}")
    return int(text)


def cache_folder() -> Path:
    """Where the records of finished pieces are kept."""
    here = Path(__file__)
    return resume.cache_folder(STEP, [here, here.with_name("sampling.py")])


def examine(piece: Piece) -> resume.Record:
    """Measure the library on a piece: its record."""
    function = library.functions()[piece.name]
    return vars((climb if piece.search else measure)(piece, function))


def measure(piece: Piece, function: Function) -> Findings:
    """Errors of `function` on the inputs of a piece, and its steps to the next number."""
    x = inputs(piece)
    following = np.nextafter(x, np.inf)
    got, after = _evaluate(function, x), _evaluate(function, following)
    back = after > got if piece.name == _FALLING else after < got
    error = np.abs(fast_truth.ulp_errors(piece.name, x, got))
    near = np.abs(error - 0.5)
    closest = [(float(near[i]), float(x[i]).hex()) for i in np.argsort(near)[:_KEPT]]
    count = int(x.size)
    return Findings(
        count,
        int(np.count_nonzero(error > 0.5)),
        count,
        count,
        int(np.count_nonzero(back)),
        [float(a).hex() for a in x[back][:_KEPT]],
        _largest(error, x),
        closest,
    )


def inputs(piece: Piece) -> Array:
    """The arguments of a piece of random numbers, or of the seams."""
    region, name = piece.region, piece.name
    if region == SEAMS:
        around = sampling.seams(name, np.float64)
        x = np.concatenate([sampling.neighbours(s, np.float64, _NEIGHBOURS) for s in around])
    elif region == NORMAL:
        x = piece.rng.normal(0.0, 2.0, PIECE_SIZE)
        x = np.abs(x) if name == "inv_stdplus" else x
    else:
        x = sampling.between(region.low, region.high, np.float64, piece.rng, PIECE_SIZE)
    x = x[(x > 0) if name == "inv_stdplus" else (x != 0)]
    return x[x < _MAX]


def climb(piece: Piece, function: Function) -> Findings:
    """Search for large errors from many starts at once.

    A start is the worst of some random numbers, or a seam. From each, numbers at distances of every
    order of magnitude are tried; the search goes on from the worst of them, if that is worse still.
    """
    rng, low, high = piece.rng, ordinal(piece.region.low), ordinal(piece.region.high)

    def worst(tried: Array) -> tuple[Array, Array]:
        """The number with the largest error in each row, and that error."""
        error = _errors_at(piece.name, function, tried.ravel()).reshape(tried.shape)
        top = error.argmax(axis=1)
        rows = np.arange(_STARTS)
        return tried[rows, top], error[rows, top]

    shape = (_STARTS, _TRIES)
    best, record = worst(rng.integers(low, high, shape, endpoint=True))
    seams = [ordinal(x) for x in sampling.seams(piece.name, np.float64)]
    inside = [place for place in seams if low <= place <= high][:_STARTS]
    best[: len(inside)], record[: len(inside)] = inside, 0.0
    orders = max(1, int(high - low).bit_length() - 1)
    for _ in range(_ROUNDS):
        distance = rng.choice([-1, 1], shape) * 2.0 ** rng.uniform(0, orders, shape)
        tried = np.clip(best[:, None] + np.rint(distance).astype(np.int64), low, high)
        found, error = worst(tried)
        worse = error > record
        best, record = np.where(worse, found, best), np.where(worse, error, record)
    return Findings(count=_STARTS * _TRIES * (1 + _ROUNDS), worst=_largest(record, _floats(best)))


def _errors_at(name: str, function: Function, ordinals: Array) -> Array:
    x = _floats(ordinals)
    error = np.zeros(x.shape)  # at 0, whose value is exact, no error is measured
    some = x != 0
    error[some] = np.abs(fast_truth.ulp_errors(name, x[some], _evaluate(function, x[some])))
    return error


def ordinal(x: float) -> int:
    """The place of x among the float64 numbers: 0 for 0, odd, increasing."""
    place = int(np.float64(abs(x)).view(np.int64))
    return -place if x < 0 else place


def from_ordinal(place: int) -> float:
    """The float64 number at this place."""
    return float(_floats(np.array([place]))[0])


def _floats(ordinals: Array) -> Array:
    """The float64 numbers at these places."""
    x: Array = np.abs(ordinals).astype(np.int64).view(np.float64)
    return np.where(ordinals < 0, -x, x)


def _evaluate(function: Function, x: Array) -> Array:
    with np.errstate(all="ignore"):  # overflow and the like are in the contract, and tested there
        return np.asarray(function(x))


def _largest(error: Array, x: Array) -> list[Case]:
    top = np.argsort(-error, kind="stable")[:_KEPT]
    return [(float(error[i]), float(x[i]).hex()) for i in top]


def exact_error(name: str, x: str) -> float:
    """The error in ULP of the library at one input, by Arb."""
    argument = np.array([float.fromhex(x)])
    got = _evaluate(library.functions()[name], argument)
    return float(exact.ulp_error(name, argument, got)[0])
