"""The regions of a function cover the line, and its program goes where they say.

Between two neighbouring regions lies no float. What lies in none are arguments with a result of
their own: ±∞ and NaN; 0 and 1 where the result is exact; y ≤ 0 of `inv_stdplus`.
"""

from __future__ import annotations

import itertools
from typing import Any, NoReturn

from flint import arb

from derivations.core import require
from derivations.proof.entry import Program
from derivations.proof.far import forms
from derivations.proof.model import constant
from derivations.proof.number import UNKNOWN, Number, Undecided
from derivations.proof.regions import LARGEST, LEAST, after, all_regions
from stdplus_ref import source

ZERO = {"log_stdplus": 0.0, "inv_log_stdplus": 0.0, "inv_stdplus": 1.0}
"""Where the result is exactly 0, and so no region."""


class Reached(Exception):
    """The program came to a function."""


def intervals(name: str) -> list[tuple[float, float, str]]:
    """(least, greatest, entry) of a function's regions, in order."""
    found = [(r.ends[0], r.ends[-1], r.entry) for r in all_regions() if name in r.functions]
    found += [(f.least, f.greatest, f.entry) for f in forms() if name == f.function]
    return sorted(found)


def covered(name: str) -> None:
    """Require that the regions are neighbours, from one end of the domain to the other."""
    found = intervals(name)
    least = LEAST if name == "inv_stdplus" else -LARGEST
    require(found[0][0] == least and found[-1][1] == LARGEST, f"{name}: the ends of its domain")
    for (_, last, _), (first, _, _) in itertools.pairwise(found):
        expected = after(last)
        if expected == ZERO.get(name) or (expected == 0.0 and ZERO.get(name) == 0.0):
            expected = after(expected)
        require(first == expected, f"{name}: nothing between {last!r} and {first!r}")


def stopping_at(name: str) -> Any:
    """Stands for a function that need not be run."""

    def stop(*_: Any) -> NoReturn:
        raise Reached(name)

    return stop


def routed(name: str) -> None:
    """Require that `float64` calls on every region what is run there."""
    module = getattr(source, name)
    entries = {e: getattr(module, e) for e in ("regime", "far")}
    stops = {function: stopping_at(entry) for entry, function in entries.items()}
    program = Program({name: module.float64}, stops)
    for least, greatest, entry in intervals(name):
        model = constant(arb(least).union(arb(greatest)))
        argument = Number(model, UNKNOWN, ends=(least, greatest))
        reached = "float64"
        try:
            program.functions[name](argument)
        except Reached as stop:
            reached = str(stop)
        except Undecided as reason:
            reached = f"two ways: {reason}"
        where = f"{name} from {least!r} to {greatest!r}"
        require(reached == entry, f"{where}: {reached}, the region has {entry}")
