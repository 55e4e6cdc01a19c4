"""Accuracy tables of README.md and docs/ports.md, between markers, from `stdplus_ref/spec/`."""

from __future__ import annotations

import math
from pathlib import Path

from derivations.core import DerivationError
from derivations.errata import table
from derivations.registry import ROOT
from stdplus_ref.spec import ACCURACY, NAMES, PORTS, Accuracy

NAME = "readme_tables"
PATH = Path("README.md")
PORTS_PATH = Path("docs/ports.md")
BEGIN = "<!-- accuracy table: written by python -m derivations -->\n"
END = "<!-- end of the accuracy table -->\n"
HEADER = ("function", "type", "promised", "largest error", "how it is known", "worst input")


def rounded_up(error: float) -> str:
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
        "<br>".join(f"{rounded_up(found.worst)} ULP" for found in promise.evidence),
        "<br>".join(f"*{found.word}*: {found.scanned}" for found in promise.evidence),
        "<br>".join(f"`{found.witness.input}`" for found in promise.evidence if found.witness),
    )


UFUNCS = tuple(promise for promise in ACCURACY if promise.target not in PORTS)


def accuracy_tables(promises: tuple[Accuracy, ...] = UFUNCS) -> str:
    """One table for each target that promises are made for."""
    targets = dict.fromkeys(promise.target for promise in promises)
    tables = (
        f"**{target}**\n\n"
        + table(HEADER, [_row(promise) for promise in promises if promise.target == target])
        for target in targets
    )
    return "\n".join(tables)


def port_table(target: str, promises: tuple[Accuracy, ...] = ACCURACY) -> str:
    """Promises for a port and what was measured: a row for each function, a column for a type."""
    rows = [
        [promise for promise in promises if (promise.target, promise.function) == (target, name)]
        for name in NAMES
    ]
    flushed = (
        "; the compiler fuses products with sums as it likes and takes subnormal numbers for 0"
        * any(p.flush_to_zero for p in rows[0])
    )
    cells = [(f"`{row[0].function}`", *map(_cell, row)) for row in rows]
    return f"**{target}**{flushed}\n\n" + table(("function", *(p.dtype for p in rows[0])), cells)


def _cell(promise: Accuracy) -> str:
    lines = [f"≤ {promise.limit:g} ULP"]
    for found in promise.evidence:
        lines.append(f"{rounded_up(found.worst)}, *{found.word}*")
        lines += [f"`{_short(found.witness.input)}`"] if found.witness else []
    return "<br>".join(lines)


def _short(number: str) -> str:
    """A hexadecimal number without zeros at its end."""
    digits, p, exponent = number.partition("p")
    return digits.rstrip("0").rstrip(".") + p + exponent


def with_tables(page: str, tables: str, path: Path = PATH) -> str:
    """The page with `tables` between its markers.

    Raises
    ------
    DerivationError
        The page has not exactly one pair of markers, in order.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end or BEGIN in rest or END in head + tail:
        raise DerivationError(f"{path} must hold once, in order: {BEGIN.strip()} {END.strip()}")
    return f"{head}{begin}\n{tables}\n{end}{tail}"


def outputs() -> dict[Path, str]:
    """The pages with the tables as they should be."""
    tables = {PATH: accuracy_tables(), PORTS_PATH: "\n".join(map(port_table, PORTS))}
    return {
        path: with_tables((ROOT / path).read_text(encoding="utf-8"), text, path)
        for path, text in tables.items()
    }
