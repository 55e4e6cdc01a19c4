"""README.md of the project: the accuracy table between its markers, from `stdplus_ref/spec.py`."""

from __future__ import annotations

import math
from pathlib import Path

from derivations.core import DerivationError
from derivations.errata import table
from derivations.registry import ROOT
from stdplus_ref.spec import ACCURACY, Accuracy

NAME = "readme_tables"
PATH = Path("README.md")
BEGIN = "<!-- accuracy table: written by python -m derivations -->\n"
END = "<!-- end of the accuracy table -->\n"
HEADER = ("function", "type", "promised", "largest error", "how it is known", "worst input")


def _up(error: float) -> str:
    """An error with four digits after the point, rounded up."""
    return f"{math.ceil(error * 10**4) / 10**4:.4f}"


def _row(promise: Accuracy) -> tuple[str, ...]:
    limit = f"{promise.limit:g} ULP"
    said = (
        f"`{promise.function}`",
        promise.dtype,
        f"correctly rounded ({limit})" if promise.correctly_rounded else limit,
    )
    if not promise.evidence:
        return (*said, "", "promised only", "")
    return (
        *said,
        "<br>".join(f"{_up(found.worst)} ULP" for found in promise.evidence),
        "<br>".join(f"*{found.word}*: {found.scanned}" for found in promise.evidence),
        "<br>".join(f"`{found.witness.input}`" for found in promise.evidence if found.witness),
    )


def accuracy_tables(promises: tuple[Accuracy, ...] = ACCURACY) -> str:
    """One table for each target that promises are made for."""
    targets = dict.fromkeys(promise.target for promise in promises)
    tables = (
        f"**{target}**\n\n"
        + table(HEADER, [_row(promise) for promise in promises if promise.target == target])
        for target in targets
    )
    return "\n".join(tables)


def with_tables(page: str, tables: str) -> str:
    """The page with `tables` between its markers.

    Raises
    ------
    DerivationError
        The page has not exactly one pair of markers, in order.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end or BEGIN in rest or END in head + tail:
        raise DerivationError(f"{PATH} must hold once, in order: {BEGIN.strip()} {END.strip()}")
    return f"{head}{begin}\n{tables}\n{end}{tail}"


def outputs() -> dict[Path, str]:
    """README.md with the table as it should be."""
    page = (ROOT / PATH).read_text(encoding="utf-8")
    return {PATH: with_tables(page, accuracy_tables())}
