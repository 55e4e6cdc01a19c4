"""docs/error-budget.md: the proof of the float64 bounds, and the sums of the float32 fast path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from derivations.budget import fast
from derivations.enclose import above
from derivations.proof_page import pages
from stdplus_ref import spec

NAME = "error-budget"
PATH = Path("docs/error-budget.md")

FAST = """\
## The float32 fast path

Plain float64 arithmetic, within NEAR = {near} last places of float64 for float32 arguments in the
core. A result farther than that from half-way between two float32 is so proved to round correctly;
the others, about one argument in 2^20, are among the 2^32 that `validation/exhaustive.py` judges
one by one. In last places of float64, the rounding of the result included:

"""


def outputs() -> dict[Path, str]:
    """The page."""
    return {PATH: "\n".join([pages(), FAST.format(near=fast.NEAR) + _table(_fast())])}


def _fast() -> list[list[str]]:
    rows = [["function", "region", "terms", "sum"]]
    for name in spec.NAMES:
        for region in fast.regions(name):
            terms = ", ".join(f"{step} {_short(size)}" for step, size in region.terms.items())
            rows.append([f"`{name}`", region.where, terms, str(math.ceil(region.bound))])
    return rows


def _short(size: Any) -> str:
    """A term, rounded up to two digits or to an integer."""
    value = above(size)
    if value < 1e-9:
        return "< 1e-9"
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{math.ceil(value * 10.0**digits) / 10.0**digits:.{max(2, 5 - digits)}g}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
