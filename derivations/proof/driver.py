"""Runs functions of the source on the pieces of a region, and bounds what they are off.

Beside each bound stands what the program takes it to be, `error(x)`, and what that must be at
least: `doubt`.

A piece is a set of consecutive floats. It is cut where a question of the program has two answers on
it, where nothing is known of a result, and where the models are too coarse for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, arb_poly

from derivations.core import DerivationError
from derivations.proof import truths
from derivations.proof.entry import Program
from derivations.proof.frame import Frame, LeftFrame, over
from derivations.proof.model import BITS, Model, Unbounded, constant
from derivations.proof.number import (
    UNKNOWN,
    Number,
    Undecided,
    Unit,
    births,
    grid_of,
)
from stdplus_ref.exact.intervals import enclosure
from stdplus_ref.source import KERNELS

PARTS = 16  # of τ, on each of which a bound is taken
NARROW = 2.0**-10  # pieces narrower than this, in t, have one part
WIDE = 2.0**-12  # pieces wider than this, in t, are cut before two k are tried on them
COARSE = 2.0**-7  # and wider than this where the last coefficients of an error matter
FINE_ENOUGH = 2.0**-68  # no piece is cut to prove less
LAST_TERMS = 12  # from this coefficient on


@dataclass(frozen=True)
class Piece:
    """The floats from `least` to `greatest`."""

    least: float
    greatest: float


@dataclass
class Bound:
    """What was found on a piece or several."""

    relative: float = 0.0  # |pair − exact|/|exact|
    needed: float = 0.0  # what `error(x)` must be at least
    allowed: float = math.inf  # what it is at least
    at: Piece | None = None
    start: float = 0.0  # |t0 − t| of the start at most
    pieces: int = 0
    blame: dict[tuple[str, int], float] = field(default_factory=dict)  # relative, by line

    def take(self, other: Bound) -> None:
        """Grow by another."""
        if other.relative > self.relative:
            self.relative, self.at, self.blame = other.relative, other.at, other.blame
        self.needed = max(self.needed, other.needed)
        self.allowed = min(self.allowed, other.allowed)
        self.start = max(self.start, other.start)
        self.pieces += other.pieces

    @property
    def enough(self) -> bool:
        """Whether `error(x)` is as large as it must be."""
        return self.needed <= self.allowed


Bounds = dict[str, Bound]


@dataclass(frozen=True)
class Region:
    """Functions on an interval of their arguments, and how it is cut to begin with."""

    where: str
    functions: tuple[str, ...]
    kind: str  # what the argument is: "x", "y" or "t"
    ends: tuple[float, ...]  # the pieces begin here; the last one ends with the last
    over: bool = False  # bounds relative to the argument, or to its distance from 1
    left: bool = False  # the frame is one in x
    entry: str = "regime"

    @property
    def pieces(self) -> list[Piece]:
        """Consecutive, the last end included."""
        starts, stops = self.ends[:-1], self.ends[1:]
        pieces = [
            Piece(a, math.nextafter(b, -math.inf)) for a, b in zip(starts, stops, strict=True)
        ]
        return [*pieces[:-1], Piece(pieces[-1].least, self.ends[-1])]


def exact_t(kind: str, value: float) -> Any:
    """t at an argument of that kind."""
    if kind == "t":
        return arb(value)
    if kind == "y":
        return arb(value).log()
    return enclosure("log_stdplus", Fraction(value), BITS + 32)


def exact_x(kind: str, value: float) -> Any:
    """x at an argument of that kind, left of 0."""
    t = arb(value)
    return t if kind == "x" else -((2 * t).exp() - 1 - 2 * t).sqrt()


def frame_of(region: Region, piece: Piece) -> Frame:
    """The piece of the curve."""
    ends = (piece.least, piece.greatest)
    if region.left:
        low, high = (exact_x(region.kind, v) for v in ends)
        return over(arb(low.lower()), arb(high.upper()), LeftFrame)
    low, high = (exact_t(region.kind, v) for v in ends)
    if region.over:
        most = arb(abs(low).max(abs(high)).upper())
        return over(-most, most)
    return over(arb(low.lower()), arb(high.upper()))


def argument(region: Region, piece: Piece, frame: Frame) -> Number:
    """The argument on the piece."""
    ends = (piece.least, piece.greatest)
    models = {"x": lambda: frame.x, "y": lambda: frame.exp(1), "t": frame.t}
    model = models[region.kind]()
    if not region.over:
        return Number(model, least_grid(*ends), ends=ends)
    if region.kind == "y":
        found = Number(model, least_grid(*ends), ends=ends)
        found.minus = (1.0, over_itself(model + (-1), (ends[0] - 1.0, ends[1] - 1.0)))
        return found
    return over_itself(model, ends)


def least_grid(low: float, high: float) -> int:
    """The grid of all floats from low to high."""
    return UNKNOWN if low <= 0.0 <= high else grid_of(math.ulp(min(abs(low), abs(high))))


def over_itself(model: Model, ends: tuple[float, float]) -> Number:
    """A variable as its own unit."""
    least, most = sorted(map(abs, ends))
    return Number(constant(1), UNKNOWN, unit=Unit(model, arb(least), arb(most)), ends=ends)


class Prover:
    """A region with its program."""

    def __init__(self, region: Region, functions: dict[str, Callable[..., Any]]) -> None:
        self.region, self.program = region, Program(functions)
        self.errors = Program({name: KERNELS[name].error for name in functions})

    def prove(self, pieces: Iterable[Piece] | None = None) -> Bounds:
        """The bounds on all pieces, cut further where necessary."""
        total = {name: Bound() for name in self.region.functions}
        stack = list(self.region.pieces if pieces is None else pieces)[::-1]
        while stack:
            piece = stack.pop()
            try:
                found = self.on(piece)
            except (Undecided, Unbounded) as reason:
                stack += cut(piece, getattr(reason, "cut", None), str(reason))[::-1]
                continue
            for name, bound in found.items():
                total[name].take(bound)
        return total

    def on(self, piece: Piece) -> Bounds:
        """The bounds on a piece: every k that the seam allows."""
        births.clear()
        frame = frame_of(self.region, piece)
        total = {name: Bound() for name in self.region.functions}
        choices: list[int] | None = []
        while choices is not None:
            for name, bound in self.once(piece, frame, choices).items():
                total[name].take(bound)
            choices = advanced(choices, self.program.seam.open)
        for bound in total.values():
            bound.pieces = 1
        return total

    def once(self, piece: Piece, frame: Frame, choices: list[int]) -> Bounds:
        """The bounds of one way through the program."""
        at = partial(border, frame, self.region.kind) if frame.radius > WIDE else None
        self.program.begin(frame, choices, at)
        value, found = argument(self.region, piece, frame), {}
        for name, function in self.program.functions.items():
            result = function(value)
            model, unit = truths.pair(result)
            exact = truths.over(name, frame, unit) if unit else truths.plain(name, frame)
            parts = PARTS if frame.radius > NARROW else 1
            bound = compared(model, exact, parts)
            too_coarse(bound, frame, piece)
            bound.at = piece
            bound.allowed = allowed(self.errors.functions[name](value))
            bound.needed = doubt(bound.relative, bound.allowed, *truths.shape(result))
            reached = self.program.seam.reached
            bound.start = above(reached[0][1]) if reached else 0.0
            found[name] = bound
        return found


def allowed(error: Any) -> float:
    """What `error(x)` is, if it is one number on the piece."""
    if not isinstance(error, float):
        raise Undecided("an error that is not constant")
    return error


def doubt(relative: float, error: float, share: Any, least: Any) -> float:
    """What `error` must be at least for `between` to enclose the exact value.

    That is off by relative·|exact| ≤ relative·|hi + lo|/(1 − relative), |lo| ≤ share·|hi|, and
    fma(hi, ±error, lo) is rounded, by 2^-53 of itself or by 2^-1075; |hi| ≥ least.
    """
    off = arb(relative)
    rounding = (share + error) * arb(2) ** -53 + arb(2) ** -1075 / least
    return above(off * (1 + share) / (1 - off) + rounding)


def too_coarse(bound: Bound, frame: Frame, piece: Piece) -> None:
    """Raise `Unbounded` if smaller pieces would make the bound smaller."""
    if not math.isfinite(bound.relative):
        raise Unbounded("no finite bound")
    noise = bound.blame.get(("models", 0), 0.0)
    if bound.relative > FINE_ENOUGH and noise > bound.relative / 8 and frame.radius > COARSE:
        raise Unbounded("models too coarse")


def advanced(choices: list[int], options: list[list[int]]) -> list[int] | None:
    """The next way through, the last choice first."""
    for call in reversed(range(len(options))):
        index = options[call].index(choices[call])
        if index + 1 < len(options[call]):
            return [*choices[:call], options[call][index + 1]]
    return None


def border(frame: Frame, kind: str, options: list[int]) -> float | None:
    """An argument beside the place where k changes."""
    for k in options[:-1]:
        change = (arb(k) + 0.5) * arb.const_log2()
        for side in (-1.0, 1.0):
            t = change + side * 2.0**-13
            if abs(t - frame.centre) < frame.radius * 0.999:
                return argument_at(kind, t)
    return None


def argument_at(kind: str, t: Any) -> float:
    """A float near the argument with that t."""
    if kind != "x":
        return float(t) if kind == "t" else float(t.exp())
    x = float(((2 * t).exp() - 1 - 2 * t).sqrt())
    return x if t > 0 else -x


def above(value: Any) -> float:
    """A float at least as large."""
    return math.nextafter(float(arb(value).abs_upper()), math.inf)


def compared(found: Model, exact: Model, parts: int = PARTS) -> Bound:
    """The error against the exact value, on each part of τ."""
    error, bound = found - exact, Bound()
    least = arb("inf")
    for n in range(parts):
        tau = arb_poly([-1 + arb(2 * n + 1) / parts, arb(1) / parts])
        off = error.moved(tau).size
        here = arb(exact.moved(tau).low)
        if not here > 0:
            raise Unbounded("a result that may be 0")
        relative, least = above(off / here), least.min(here)
        bound.relative = max(bound.relative, relative)
    bound.blame = blamed(error, arb(least))
    return bound


def blamed(error: Model, least: Any) -> dict[tuple[str, int], float]:
    """What each ε, each power of d and the models' own coarseness contribute, relative."""
    unit = arb(0, 1)
    blame = {("d", j): above(p(unit) / least) for j, p in enumerate(error.powers) if j}
    for index, poly in error.errors.items():
        place = births[index]
        blame[place] = blame.get(place, 0.0) + above(poly(unit) / least)
    coefficients = error.powers[0].coeffs()
    noise = sum((abs(c) for c in coefficients[LAST_TERMS:]), arb(0))
    noise += sum((arb(c.rad()) for c in coefficients), arb(0))
    blame["models", 0] = above(noise / least)
    return blame


def cut(piece: Piece, at: float | None, reason: str) -> list[Piece]:
    """Two pieces: below `at`, and from there on; in the middle if there is no place."""
    low, high = piece.least, piece.greatest
    if at is None or not low < at <= high:
        at = low / 2 + high / 2
        if low > 0 and high > 4 * low:
            at = math.sqrt(low) * math.sqrt(high)
        if not low < at <= high:
            at = high
    if not low < at <= high:
        raise DerivationError(f"{reason}: not proved at {low.hex()}")
    return [Piece(low, math.nextafter(at, -math.inf)), Piece(at, high)]
