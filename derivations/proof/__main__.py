"""Prove the bounds of the float64 functions: every region, or some."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence

from derivations.proof import model
from derivations.proof.driver import Bound, Prover, Region
from derivations.proof.regions import all_regions, functions


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("python -m derivations.proof", description=__doc__)
    parser.add_argument("--function", help="only regions of this function")
    parser.add_argument("--region", help="only regions whose name contains this")
    parser.add_argument("--blame", action="store_true", help="print what the bound is made of")
    options = parser.parse_args(argv)
    for region in all_regions():
        if options.function and options.function not in region.functions:
            continue
        if options.region and options.region not in region.where:
            continue
        show(region, options.blame)
    return 0


def show(region: Region, blame: bool) -> None:
    """Prove one region and print it."""
    start = time.process_time()
    with model.precision():
        found = Prover(region, functions(region)).prove()
    seconds = time.process_time() - start
    for name, bound in found.items():
        print(f"{name:24} {line(region, bound)}  {seconds:6.1f} s", flush=True)
        if blame:
            for place, size in sorted(bound.blame.items(), key=lambda item: -item[1])[:12]:
                print(f"      2^{math.log2(size or 5e-324):8.2f}  {place}")


def line(region: Region, bound: Bound) -> str:
    """A region's bound as text."""
    at = bound.at.least if bound.at else math.nan
    start = f"2^{math.log2(bound.start):.2f}" if bound.start else "-"
    return (
        f"{region.where:22} 2^{math.log2(bound.relative or 5e-324):8.3f} "
        f"{bound.ulp:9.3g} ULP  at {at:<24.17g} start {start:8} {bound.pieces:5} pieces"
    )


if __name__ == "__main__":
    sys.exit(main())
