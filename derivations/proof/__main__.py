"""Prove the bounds of the float64 functions: every region, or some; write or check the record.

A bound must be no more than what the program takes it to be: else the command fails, and writes
nothing.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from derivations.proof import certain, far, line, model, record
from derivations.proof.driver import Bound, Prover
from derivations.proof.regions import all_regions, functions
from stdplus_ref.source import KERNELS

Found = tuple[str, str, Bound, float]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m derivations.proof", description=__doc__)
    parser.add_argument("--function", default="", help="only regions of this function")
    parser.add_argument("--region", default="", help="only regions whose name contains this")
    parser.add_argument("--blame", action="store_true", help="print what a bound is made of")
    parser.add_argument("--all", action="store_true", help="every region, and write the record")
    parser.add_argument("--check", action="store_true", help="fail if a bound is not the record's")
    return parser


def proved(function: str = "", where: str = "") -> Iterator[Found]:
    """(region, function, bound, seconds) of all regions that are asked for."""
    for region in all_regions():
        if where in region.where and (not function or function in region.functions):
            start = time.process_time()
            found = Prover(region, functions(region)).prove()
            seconds = time.process_time() - start
            for name, bound in found.items():
                yield region.where, name, bound, seconds / len(found)
    for form in far.forms():
        if where in form.where and function in ("", form.function):
            yield form.where, form.function, far.prove(form), 0.0


def whole() -> None:
    """Require what is said of whole functions: their way on the line, and where no doubt is."""
    for name in KERNELS:
        line.covered(name)
        line.routed(name)
    certain.checked()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 1 if a bound is too large or differs from the record."""
    options = _parser().parse_args(argv)
    rows, differing, short = [], 0, 0
    with model.precision():
        whole()
        for where, name, bound, seconds in proved(options.function, options.region):
            row = record.row(where, name, bound)
            rows.append(row)
            print(shown(row, seconds), flush=True)
            if options.blame:
                print(blamed(bound))
            if not bound.enough:
                short += 1
                print("FAIL  the program takes it to be less")
            if options.check and row != record.pinned(where, name):
                differing += 1
                print(f"FAIL  the record has {record.pinned(where, name)}")
    if options.all and not short:
        record.PATH.write_text(record.text(rows), encoding="utf-8")
    if options.check and record.load()["fingerprint"] != record.fingerprint():
        print("FAIL  the record is that of another source")
        differing += 1
    return 1 if differing or short else 0


def shown(row: dict[str, Any], seconds: float) -> str:
    """A region's bound as text."""
    relative, needed, allowed = (power(row[key]) for key in ("relative", "needed", "allowed"))
    start = "" if row["start"] is None else f"start 2^{row['start']:.2f}"
    return (
        f"{row['function']:24}{row['region']:22}{relative:>12} needs {needed:>12} of {allowed:>9} "
        f"{row['pieces']:5} pieces {seconds:6.1f} s  {start}"
    )


def power(log2: float | None) -> str:
    """A power of two; 0 for none."""
    return "0" if log2 is None else f"2^{log2:.3f}"


def blamed(bound: Bound) -> str:
    """The lines of the source that a bound comes from, the largest first."""
    largest = sorted(bound.blame.items(), key=lambda item: -item[1])[:12]
    return "\n".join(
        f"      2^{math.log2(size or 5e-324):8.2f}  {place}" for place, size in largest
    )


if __name__ == "__main__":
    sys.exit(main())
