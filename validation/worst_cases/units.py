"""A search in units of some seconds, whose records survive an interruption."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import stdplus_ref
from validation import resume
from validation.core import Context
from validation.fingerprint import meaning
from validation.worst_cases import grid, polynomial
from validation.worst_cases.grid import Cell
from validation.worst_cases.search import Findings, search
from validation.worst_cases.window import NEAR, best

STEP = "worst-cases"
_DECIDES = (
    "grid", "lefevre", "polynomial", "search", "taylor", "ties", "walk", "window",
)  # fmt: skip
_TESTS = 1 << 26  # of a unit: some seconds
_LINES = 1 << 13
_LEAST = 2.0**-32  # below, the balls lose too many bits of y² − 1
_NORMAL = 2.0**-1022


@dataclass(frozen=True)
class Interval:
    """The float64 arguments x of a function, low ≤ x < high."""

    name: str
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name} [{self.low.hex()}, {self.high.hex()})"

    @property
    def key(self) -> str:
        """File name of its record."""
        return f"{self.name}_{self.low!r}_{self.high!r}"

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high


@dataclass(frozen=True)
class Unit:
    """A piece of work for `resume.finish`."""

    cell: Cell

    @property
    def key(self) -> str:
        """File name of its record."""
        c = self.cell
        ends = (str(x).replace("-", "m") for x in (c.first, c.stop, c.spacing))
        return "-".join((c.name, *ends))

    @property
    def size(self) -> int:
        """Arguments."""
        return self.cell.stop - self.cell.first


def check(interval: Interval) -> None:
    """Raise ValueError, with the reason, if the interval cannot be searched."""
    grid.cells(interval.name, interval.low, interval.high)
    least = _NORMAL if interval.name == "inv_stdplus" else _LEAST
    if min(abs(end) for end in interval.ends) < least:
        raise ValueError(f"{interval.name} is searched where arguments are at least {least:g}")


def units(interval: Interval) -> list[Unit]:
    """The units of an interval; none has arguments of two binades, or results of two.

    Raises
    ------
    ValueError
        The interval cannot be searched; the message says why.
    """
    check(interval)
    found = grid.cells(interval.name, interval.low, interval.high)
    found.sort(key=lambda cell: cell.argument(cell.first))
    return [unit for cell in found for unit in _cut(cell)]


def _cut(cell: Cell) -> Iterator[Unit]:
    """Equal units of about _TESTS sub-intervals as long as pays in the cell's middle."""
    length = cell.stop - cell.first
    reach = max(64, min(length // 4, 1 << 30))
    p = polynomial.of(cell, cell.first + length // 2, reach, 4)
    each = _TESTS * 2 * best(p, 1 << 30, _LINES).half
    count = math.ceil(length / each)
    edges = [cell.first + length * k // count for k in range(count + 1)]
    for k in range(count):
        yield Unit(cell.part(edges[k], edges[k + 1]))


def examine(unit: Unit) -> resume.Record:
    """Search a unit: its record."""
    return vars(search(unit.cell, NEAR))


def folder() -> Path:
    """Where the records of finished units are kept: they depend on the search and the truth only.

    The library's functions are not part of it.
    """
    truth = sorted((Path(stdplus_ref.__file__).parent / "exact").glob("*.py"))
    own = [Path(__file__).with_name(f"{name}.py") for name in _DECIDES]
    digest = hashlib.sha256(repr(versions()).encode())
    for source in (*truth, *own):
        digest.update(meaning(source.read_text("utf-8")).encode())
    return resume.root() / STEP / digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions of what a result may depend on."""
    return {name: version(name) for name in ("numpy", "numba", "llvmlite", "python-flint")}


def run(context: Context, interval: Interval, resumed: bool = True) -> Findings:
    """Search an interval.

    Parameters
    ----------
    context : Context
        Gives the worker processes and the progress.
    interval : Interval
    resumed : bool
        Keep finished units, and do not search them again.

    Raises
    ------
    ValueError
        The interval cannot be searched; the message says why.
    """
    work = units(interval)
    sizes = [unit.size for unit in work]
    if resumed:
        records = resume.finish(context, examine, work, folder(), str(interval), sizes)
    else:
        records = context.map(examine, work, str(interval), sizes)
    found = Findings()
    for record in records:
        found = found.merge(Findings(**record))
    return found
