"""The regions of a function cover the line, and its program goes where they say.

Between two neighbouring regions lies no float. What `float64` makes of the pair of `regime` is
looked at as well: it is handed to `between` with `error(x)`, and where that leaves two numbers to
`settle`. What lies in none are arguments with a result of
their own: ±∞ and NaN; 0 and 1 where the result is exact; y ≤ 0 of `inv_stdplus`.
"""

from __future__ import annotations

import itertools
from typing import Any

from flint import arb

from derivations.core import require
from derivations.proof.entry import Program
from derivations.proof.far import forms
from derivations.proof.model import constant
from derivations.proof.number import UNKNOWN, Number, Undecided
from derivations.proof.regions import LARGEST, LEAST, after, all_regions
from stdplus_ref import source
from stdplus_ref.source import pairs

ZERO = {"log_stdplus": 0.0, "inv_log_stdplus": 0.0, "inv_stdplus": 1.0}
"""Where the result is exactly 0, and so no region."""


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


def stands(module: Any, x: Any, doubt: bool) -> dict[Any, Any]:
    """What stands for the functions that `float64` calls; each requires what it is called with."""
    pair = ("hi", "lo") if module.kernel.name == "inv_stdplus" else ("hi", "lo", "k")

    def stand(result: Any, *expected: Any) -> Any:
        def called(*given: Any) -> Any:
            same = len(given) == len(expected) and all(map(_same, given, expected))
            require(same, f"{module.kernel.name}: {result} from {given}")
            return result

        return called

    scale = "k" if len(pair) == 3 else 0
    return {
        module.regime: stand(pair, x),
        module.far: stand("far", x),
        module.error: stand("error", x),
        pairs.between: stand(("y", "z"), "hi", "lo", scale, "error"),
        pairs.differ: stand(doubt, "y", "z"),
        module.settle: stand("settled", x, "y", "z"),
    }


def _same(given: Any, expected: Any) -> bool:
    if isinstance(expected, Number):
        return given is expected
    return type(given) is type(expected) and bool(given == expected)


def routed(name: str) -> None:
    """Require that `float64` takes on every region the way that is proved."""
    for least, greatest, entry in intervals(name):
        for doubt in (False, True):
            expected = {"far": "far", "regime": "settled" if doubt else "y"}.get(entry, "a number")
            reached = _result(name, least, greatest, doubt)
            where = f"{name} from {least!r} to {greatest!r}"
            require(reached == expected, f"{where}: {reached}, the region has {expected}")


def _result(name: str, least: float, greatest: float, doubt: bool) -> str:
    """What `float64` returns on an interval."""
    module = getattr(source, name)
    model = constant(arb(least).union(arb(greatest)))
    x = Number(model, UNKNOWN, ends=(least, greatest))
    program = Program({name: module.float64}, stands(module, x, doubt))
    try:
        found = program.functions[name](x)
    except Undecided as reason:
        return f"two ways: {reason}"
    return found if isinstance(found, str) else "a number"
