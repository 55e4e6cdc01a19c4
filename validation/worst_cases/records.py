"""What is kept in the repository: a record of each search, its hard cases, a table.

In this order:

    python -m validation --only worst-cases --function stdplus --interval 1 2   # search
    python -m validation.worst_cases                                            # then keep it
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stdplus_ref import exact
from validation import case_file
from validation.worst_cases import ties, units
from validation.worst_cases.search import Findings
from validation.worst_cases.units import Interval
from validation.worst_cases.window import NEAR

FOLDER = Path(__file__).parents[1] / "data" / "worst_cases"
FILE = FOLDER.parent / "worst_cases_float64.csv"
TABLE = FOLDER / "README.md"

_BANNER = (
    "# Arguments whose value is within 2^-45 ULP of half-way between two float64 numbers: all that",
    "# the intervals of worst_cases/*.json have. Written by `python -m validation.worst_cases`.",
    "# rounded: correctly rounded to nearest. distance: of the true value above (or, negative,",
    "# below) half-way, in ULP. bits: a relative error below 2^-bits does not change the rounding.",
)
_HEAD = """\
# Hard cases of float64

Written by `python -m validation.worst_cases` from the records in this folder, which hold every
argument x, low ≤ x < high, whose value is within 2⁻⁴⁵ ULP of a tie. That none is missing rests on
a proved lower bound (every error is in the window of `validation/worst_cases/window.py`), and on
tests of the program against all arguments of small intervals. *Expected* is 2⁻⁴⁴ of the arguments,
as if the values were random. A relative error below 2^−*bits* does not change the rounding of the
hardest case. Seconds (s) are those of one core, *per s* are arguments.

| function | low | high | arguments | hits | expected | hardest | ULP from tie | bits | s | per s |
|---|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Record:
    """One search.

    Attributes
    ----------
    function, low, high : str
        The ends in hexadecimal; the upper end does not belong to the interval.
    near : str
        log₂ of the distance up to which a case is hard, in ULP.
    found : Findings
        Its counts, hits and seconds.
    date : str
        Of the record.
    versions : dict of str
        Of what a result may depend on.
    """

    function: str
    low: str
    high: str
    near: str
    found: Findings
    date: str
    versions: dict[str, str]

    @property
    def interval(self) -> Interval:
        """What was searched."""
        return Interval(self.function, float.fromhex(self.low), float.fromhex(self.high))

    @property
    def hardest(self) -> tuple[str, float]:
        """The argument nearest to a tie, and its distance; infinite if there is no hit."""
        return min(self.found.hits, key=lambda hit: abs(hit[1]), default=("–", math.inf))


@dataclass(frozen=True)
class WorstCase:
    """One line of the file."""

    function: str
    input: str
    rounded: str
    distance: str
    bits: str


def save(interval: Interval, found: Findings, folder: Path) -> Path:
    """Write the record of a finished search; return its file."""
    low, high = (x.hex() for x in interval.ends)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    near = f"{math.log2(NEAR):g}"
    record = Record(interval.name, low, high, near, found, today, units.versions())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{interval.key}.json"
    path.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    return path


def read(folder: Path | None = None) -> list[Record]:
    """The records in a folder (by default those that are kept), by function and lower end."""
    records = []
    for path in (folder or FOLDER).glob("*.json"):
        plain = json.loads(path.read_text(encoding="utf-8"))
        found = Findings(**plain.pop("found"))
        found.hits = [(str(x), float(off)) for x, off in found.hits]
        records.append(Record(found=found, **plain))
    return sorted(records, key=lambda r: (exact.NAMES.index(r.function), *r.interval.ends))


def searched() -> Path:
    """Where the records of finished searches are before they are kept."""
    return units.folder() / "searched"


def cases(records: Iterable[Record]) -> list[WorstCase]:
    """The hard cases of all records, each once, by function and argument."""
    hits = {(r.function, float.fromhex(x)): off for r in records for x, off in r.found.hits}
    order = sorted(hits, key=lambda hit: (exact.NAMES.index(hit[0]), hit[1]))
    return [_case(name, x, hits[name, x]) for name, x in order]


def _case(name: str, x: float, off: float) -> WorstCase:
    rounded = float(exact.rounded(name, x, "float64"))
    return WorstCase(
        name, x.hex(), rounded.hex(), f"{off:.9e}", f"{ties.relative_bits(name, x):.2f}"
    )


def known() -> list[WorstCase]:
    """The lines of the file in the repository; none before there is one."""
    return case_file.read(FILE, WorstCase) if FILE.exists() else []


def hardest(name: str, count: int = 100) -> list[WorstCase]:
    """The known cases of a function that are nearest to a tie, the nearest first."""
    mine = (case for case in known() if case.function == name)
    return sorted(mine, key=lambda case: abs(float(case.distance)))[:count]


def write_cases(found: Sequence[WorstCase]) -> None:
    """Write the file."""
    case_file.write(FILE, _BANNER, WorstCase, found)


def table(records: Iterable[Record]) -> str:
    """The page with one line a search."""
    return _HEAD + "".join(_row(record) for record in records)


def _row(record: Record) -> str:
    x, off = record.hardest
    found = record.found
    distance, bits = "–", "–"
    if found.hits:
        distance = power(off)
        bits = f"{ties.relative_bits(record.function, float.fromhex(x)):.1f}"
    low, high = record.interval.ends
    cells = (
        f"`{record.function}`", f"{low:g}", f"{high:g}", power(found.arguments, 2),
        len(found.hits), round(found.arguments * 2 * NEAR), f"`{x}`", distance, bits,
        round(found.seconds), f"{found.arguments / found.seconds:.1e}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |\n"


def power(value: float, digits: int = 3) -> str:
    """|value| as a power of two: ``2^-52.396``."""
    text = f"{math.log2(abs(value)):.{digits}f}"
    return f"2^{text.rstrip('0').rstrip('.')}"
