"""The search of a cell: super-intervals, each with one polynomial, walked block by block."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from validation.worst_cases import polynomial, ties
from validation.worst_cases.grid import Cell
from validation.worst_cases.lefevre import LANES
from validation.worst_cases.polynomial import Polynomial
from validation.worst_cases.walk import walk
from validation.worst_cases.window import NEAR, Window, best, units

BLOCK = 1 << 13
"""Sub-intervals that are walked with one pair of tables."""

_LONGEST = 1 << 36  # arguments of a super-interval
_FIRST_DEGREE, _LAST_DEGREE = 4, 6
_ROOM = 1 << 20  # candidates of a block
_SHARE = 64  # the polynomial's error is at most so small a part of δ


@dataclass
class Findings:
    """What the search of some arguments found.

    Attributes
    ----------
    arguments : int
    tests, rounds, looks, candidates : int
        Sub-intervals tested, rounds of the test (of `LANES` at once), arguments looked at again,
        and those of them that were given to Arb.
    excess : float
        The largest of `Window.excess`.
    hits : list of (str, float)
        Arguments within δ of a tie, ascending, in hexadecimal, each with `ties.distance`.
    seconds : float
        Of the processor.
    """

    arguments: int = 0
    tests: int = 0
    rounds: int = 0
    looks: int = 0
    candidates: int = 0
    excess: float = 0.0
    hits: list[tuple[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    def merge(self, other: Findings) -> Findings:
        """Both together."""
        return Findings(
            self.arguments + other.arguments,
            self.tests + other.tests,
            self.rounds + other.rounds,
            self.looks + other.looks,
            self.candidates + other.candidates,
            max(self.excess, other.excess),
            self.hits + [(str(x), float(ulp)) for x, ulp in other.hits],
            self.seconds + other.seconds,
        )


def search(cell: Cell, near: float = NEAR) -> Findings:
    """Every argument of a cell whose value is within `near` ULP of a tie.

    Parameters
    ----------
    cell : Cell
        Of normal numbers.
    near : float
        δ in ULP, at most 2^-4.

    Raises
    ------
    ArithmeticError
        The function bends too much, or no polynomial is good enough.
    """
    begun = time.process_time()
    found = Findings(cell.stop - cell.first)
    candidates = []
    for part, p in _parts(cell, near):
        candidates += _search_part(part, p, near, found)
    found.hits = _hits(cell, candidates, near)
    found.seconds = time.process_time() - begun
    return found


def _parts(cell: Cell, near: float) -> Iterator[tuple[Cell, Polynomial]]:
    """Super-intervals with their polynomials: as long as the degree allows."""
    first, length, degree = cell.first, min(_LONGEST, cell.stop - cell.first), _FIRST_DEGREE
    while first < cell.stop:
        length = min(length, cell.stop - first)
        p = polynomial.of(cell, first + length // 2, length + 64 * LANES, degree)
        if not p.error <= near / _SHARE:  # or it is not finite
            if degree < _LAST_DEGREE:
                degree += 1
            else:
                length = length // 2
            if not length:
                raise ArithmeticError(f"no polynomial for {cell.name} at {cell.argument(first)}")
            continue
        yield cell.part(first, first + length), p
        first += length


def _search_part(part: Cell, p: Polynomial, near: float, found: Findings) -> list[int]:
    """The candidates of a super-interval; the last sub-intervals may reach beyond it."""
    length = part.stop - part.first
    chosen = best(p, max(4, length // (4 * LANES)), BLOCK, near)
    n = 2 * chosen.half
    count = -(-length // (n * LANES)) * LANES
    assert part.first + count * n <= p.centre + p.reach
    bend = _bend(p)
    candidates = []
    for line in range(0, count, BLOCK):
        begin = part.first + line * n
        lines = min(BLOCK, count - line)
        indices = _walk_block(p, chosen, begin, lines, bend, near, found)
        candidates += [begin + i for i in indices if begin + i < part.stop]
    found.tests += count
    found.excess = max(found.excess, chosen.excess)
    return candidates


def _walk_block(
    p: Polynomial, chosen: Window, begin: int, count: int, bend: Any, near: float, found: Findings
) -> list[int]:
    """The candidates of some sub-intervals, counted from the first argument, `begin`."""
    middle = begin + chosen.half - p.centre
    terms = p.moved(middle)
    n = 2 * chosen.half
    value = polynomial.differences(terms, n)
    slope = polynomial.differences(polynomial.derivative(terms), n)
    room = np.empty(min(n * count, _ROOM), np.int64)
    offset, limit = units(chosen.below, 64), units(chosen.limit, 64)
    candidates, looks, rounds = walk(
        value, slope, count, chosen.half, np.uint64(offset), float(units(chosen.width, 52)), bend,
        float(middle), limit, room,
    )  # fmt: skip
    if candidates > room.size:
        raise ArithmeticError(f"{candidates} candidates, but room for {room.size}")
    found.candidates += candidates
    found.looks += looks
    found.rounds += rounds
    return [int(i) for i in room[:candidates]]


def _bend(p: Polynomial) -> Any:
    """The polynomials c₂ and c₃ of `walk.near_tie`."""
    rows = []
    for order in (2, 3):
        row = [
            math.comb(j, order) * p.terms[j] * 2.0**-polynomial.FRACTION
            for j in range(order, len(p.terms))
        ]
        rows.append([0.0] * (order - 2) + row[::-1])
    return np.array(rows)


def _hits(cell: Cell, candidates: list[int], near: float) -> list[tuple[str, float]]:
    """The candidates that are hard cases indeed, by Arb."""
    hits = []
    for number in sorted(candidates):
        x = float(cell.argument(number))
        off = ties.distance(cell.name, x)
        if abs(off) <= near:
            hits.append((x.hex(), off))
    return hits
