"""Prove the bounds of the float64 functions: every region, or some; write or check the record."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from derivations.proof import far, model, record
from derivations.proof.driver import Bound, Prover
from derivations.proof.regions import all_regions, functions

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 1 if a bound differs from the record."""
    options = _parser().parse_args(argv)
    rows, differing = [], 0
    with model.precision():
        for where, name, bound, seconds in proved(options.function, options.region):
            row = record.row(where, name, bound)
            rows.append(row)
            print(line(row, seconds), flush=True)
            if options.blame:
                print(blamed(bound))
            if options.check and row != record.pinned(where, name):
                differing += 1
                print(f"FAIL  the record has {record.pinned(where, name)}")
    if options.all:
        record.PATH.write_text(record.text(rows), encoding="utf-8")
    if options.check and record.load()["fingerprint"] != record.fingerprint():
        print("FAIL  the record is that of another source")
        differing += 1
    return 1 if differing else 0


def line(row: dict[str, Any], seconds: float) -> str:
    """A region's bound as text."""
    relative = "0 or ∞" if row["relative"] is None else f"2^{row['relative']:.3f}"
    start = "" if row["start"] is None else f"start 2^{row['start']:.2f}"
    return (
        f"{row['function']:24}{row['region']:22}{relative:>12}{row['ulp']:10.3g} ULP "
        f"{row['pieces']:5} pieces {seconds:6.1f} s  {start}"
    )


def blamed(bound: Bound) -> str:
    """The lines of the source that a bound comes from, the largest first."""
    largest = sorted(bound.blame.items(), key=lambda item: -item[1])[:12]
    return "\n".join(
        f"      2^{math.log2(size or 5e-324):8.2f}  {place}" for place, size in largest
    )


if __name__ == "__main__":
    sys.exit(main())
