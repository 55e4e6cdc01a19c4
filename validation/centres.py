"""The centres of a bit set of float64: the arguments whose neighbours it holds.

    python -m validation.centres

writes the file of the version that `stdplus_ref.conformance.bit_set` makes. Of a version that has
been released it is never written again: the set would be another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance import bit_set, load
from validation import case_file, hard_cases, sampling
from validation.worst_cases import records

_IN_THE_MIDDLE = ", +0"  # how the reason of a vector ends that is a seam, not beside one


@dataclass(frozen=True)
class Centre:
    """One line of the file: a function, and the bits of an argument in hexadecimal."""

    function: str
    argument: str


def found(function: str) -> list[int]:
    """Bits of all centres, ascending."""
    values = np.array([*_seams(function), *_cases(function)])
    return sorted({*values.view(np.uint64).tolist(), *_vectors(function)})


def _seams(function: str) -> Iterator[float]:
    yield from (special.argument for special in spec.FUNCTIONS[function].special)
    yield from sampling.seams(function, np.float64)


def _cases(function: str) -> Iterator[float]:
    hard = [(case.function, case.input) for case in hard_cases.read()]
    worst = case_file.read(records.FILE, records.WorstCase)
    for name, x in (*hard, *((case.function, case.input) for case in worst)):
        if name == function:
            yield float.fromhex(x)


def _vectors(function: str) -> Iterator[int]:
    """Vectors that are hard, special, or a seam or an end itself."""
    vectors = load(function, "float64")
    for bits, flags, reason in zip(
        vectors.inputs.tolist(), vectors.flags, vectors.reasons, strict=True
    ):
        if {"hard", "special"} & set(flags.split()) or reason.endswith(_IN_THE_MIDDLE):
            yield bits


def main() -> int:
    """Write the file."""
    listed = [Centre(name, f"{bits:016x}") for name in spec.NAMES for bits in found(name)]
    case_file.write(bit_set.CENTRES, (), Centre, listed)
    print(f"wrote {len(listed)} centres to {bit_set.CENTRES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
