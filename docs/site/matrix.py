"""The matrix: function × target × type, with promise, evidence and largest error."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from derivations.contract import TARGETS, targets
from derivations.errata import table
from derivations.readme_tables import rounded_up
from stdplus_ref import spec

_TYPES: Final = ("float16", "bfloat16", "float32", "float64")

HEAD = """\
# The matrix

What is promised for each function on each target in each type, how that is known, and the largest
error seen. *Exhaustive*: every input was computed and compared; *proved*: there is a proof;
*observed*: the largest over the inputs named, which bounds nothing else. An ULP is that of the
correctly rounded result's binade. Generated from `stdplus_ref.spec`.
"""


def cells(promise: spec.Accuracy) -> tuple[str, str, str]:
    """Promise, largest error, and how it is known, for pages in the folder beside `docs`."""
    limit = "correctly rounded" if promise.correctly_rounded else f"{promise.limit:g} ULP"
    worst = "<br>".join(f"{rounded_up(e.worst)} ULP" for e in promise.evidence)
    known = "<br>".join(f"*{e.word}*: {e.scanned}" for e in promise.evidence)
    return limit, worst, re.sub(r"\]\(docs/", "](../docs/", known)


def page() -> str:
    """The page."""
    return "\n".join([HEAD, *_overview(), *_sections()])


def _overview() -> Iterator[str]:
    """For each type a table of functions and targets: the promise, and the largest error seen."""
    yield from ("## At a glance", "")
    yield "The promise in ULP; in brackets the largest error seen, or the bound if it is proved."
    yield from ("0.5 is correct rounding.", "")
    for dtype in reversed(_TYPES):
        found = {(p.function, p.target): _short(p) for p in spec.ACCURACY if p.dtype == dtype}
        for name, target in itertools.product(spec.NAMES, spec.SAME_BITS):
            if (name, "numpy") in found:
                found[name, target] = found[name, "numpy"]
        columns = [target for target in targets() if (spec.NAMES[0], target) in found]
        rows = [(f"[`{n}`]({n}.md)", *(found[n, target] for target in columns)) for n in spec.NAMES]
        head = ("function", *(f"[{TARGETS[t]}](#{_anchor(t)})" for t in columns))
        yield from (f"**{dtype}**", "", table(head, rows), "")


def _short(promise: spec.Accuracy) -> str:
    worst = max((e.worst for e in promise.evidence), default=None)
    return f"{promise.limit:g}" + ("" if worst is None else f" ({rounded_up(worst)})")


def _anchor(target: str) -> str:
    """The place of a target's section, as headings are named on the site."""
    return re.sub(r"[^\w -]", "", TARGETS[target].lower()).replace(" ", "-")


def _sections() -> Iterator[str]:
    for target in targets():
        yield from (f"## {TARGETS[target]}", "")
        if target in spec.SAME_BITS:
            yield from (f"The bits of NumPy, so its promises: {spec.SAME_BITS[target]}.", "")
        else:
            yield from (table(("function", "type", *_COLUMNS), list(_rows(target))), "")


_COLUMNS: Final = ("promised", "largest error", "how it is known", "worst input")


def _rows(target: str) -> Iterator[tuple[str, ...]]:
    for name in spec.NAMES:
        found = {promise.dtype: promise for promise in spec.FUNCTIONS[name].accuracy(target)}
        for dtype in (dtype for dtype in _TYPES if dtype in found):
            inputs = [e.witness.input for e in found[dtype].evidence if e.witness]
            worst = "<br>".join(f"`{x}`" for x in inputs)
            yield (f"[`{name}`]({name}.md)", dtype, *cells(found[dtype]), worst)
