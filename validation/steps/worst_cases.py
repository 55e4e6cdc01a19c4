"""Arguments of float64 whose value is all but half-way between two numbers, within 2^-45 ULP.

Every argument of an interval is searched by Lefèvre's method: Taylor polynomials by Arb, and a
lower bound for the distance of a line from the ties, with all errors in the window, so that none
is missed (`validation/worst_cases`). Without an interval, a short one about the hardest known case
of each function is searched anew, and Arb confirms every case that is kept in the repository.

Finished units of an interval are kept in the folder that is printed, and not computed again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from stdplus_ref import exact
from validation.core import Claim, Context
from validation.worst_cases import records, ties, units
from validation.worst_cases.records import WorstCase
from validation.worst_cases.search import Findings
from validation.worst_cases.units import Interval
from validation.worst_cases.window import NEAR

NAME = units.STEP
TITLE = "Hard cases of float64: every argument of an interval within 2^-45 ULP of a tie"
QUICK = True

_SAMPLE = 1 << 40  # arguments about the hardest known case of a function
_SHOWN = 20  # hits in the table of the report


def run(context: Context, interval: Interval | None = None) -> Sequence[Claim]:
    """Search `interval`, or a sample of each function; and let Arb confirm what is known."""
    wanted = [sample(name) for name in exact.NAMES] if interval is None else [interval]
    claims, rows = [], []
    for each in wanted:
        found = units.run(context, each, resumed=interval is not None)
        claims.append(_agrees(each, found))
        rows += [
            (each.name, x, records.power(off), _bits(each.name, x)) for x, off in _first(found)
        ]
        if interval is not None:
            path = records.save(each, found, records.searched())
            context.progress(f"the record is in {path}; python -m validation.worst_cases keeps it")
    if interval is None:
        claims += [_confirmed(context, name) for name in exact.NAMES]
    if rows:
        context.add_table(
            NAME,
            "The arguments nearest to a tie, and −log₂ of the relative error that decides them",
            ("function", "input", "distance (ULP)", "bits"),
            rows,
        )
    return claims


def sample(name: str) -> Interval:
    """2^40 arguments about the hardest known case of a function."""
    x = float.fromhex(records.hardest(name, 1)[0].input)
    size = _SAMPLE * math.ulp(x)
    low = math.floor(x / size) * size
    return Interval(name, low, low + size)


def _first(found: Findings) -> list[tuple[str, float]]:
    return sorted(found.hits, key=lambda hit: abs(hit[1]))[:_SHOWN]


def _bits(name: str, x: str) -> float:
    return round(ties.relative_bits(name, float.fromhex(x)), 2)


def _agrees(interval: Interval, found: Findings) -> Claim:
    """What is found is what is kept, as far as the kept searches reach."""
    hits = {float.fromhex(x) for x, _ in found.hits}
    kept = {float.fromhex(case.input) for case in records.known() if case.function == interval.name}
    covered = [r.interval for r in records.read() if r.function == interval.name]
    missed = {x for x in kept if interval.low <= x < interval.high} - hits
    new = {x for x in hits - kept if any(i.low <= x < i.high for i in covered)}
    wrong = sorted(missed | new)
    where = f"{wrong[0].hex()} is {'missed' if wrong[0] in missed else 'new'}; " if wrong else ""
    nearest = "".join(f", hardest {x} at {records.power(u)} ULP" for x, u in _first(found)[:1])
    return Claim.of_library(
        f"{interval.name} search",
        f"{interval.name}, float64: the search finds every argument that is known to be within "
        f"{records.power(NEAR)} ULP of a tie, and no other where all are known.",
        not wrong,
        f"{len(hits)} found in {records.power(found.arguments, 2)} arguments{nearest}",
        f"{where}{interval}; {found.tests} tests, {found.looks} arguments looked at "
        f"again, {found.candidates} by Arb; window {found.excess:.1e} wider than it need be",
    )


def _confirmed(context: Context, name: str) -> Claim:
    """The lines of the file again, by Arb."""
    cases = [case for case in records.known() if case.function == name]
    right = context.map(confirms, cases, f"{name}: known cases")
    wrong = [case.input for case, good in zip(cases, right, strict=True) if not good]
    return Claim.of_library(
        f"{name} known",
        f"{name}, float64: Arb confirms the rounding and the distance of every known hard case.",
        bool(cases) and not wrong,
        f"{len(wrong)} of {len(cases)} not confirmed",
        f"first {wrong[0]}" if wrong else "",
    )


def confirms(case: WorstCase) -> bool:
    """Whether a line of the file is what Arb says of its argument."""
    x = float.fromhex(case.input)
    rounded = float(exact.rounded(case.function, x, np.float64))
    off = ties.distance(case.function, x)
    return (
        rounded.hex() == case.rounded
        and abs(off) <= NEAR
        and math.isclose(off, float(case.distance), rel_tol=1e-8)
    )
