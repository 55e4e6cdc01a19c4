"""Write the test vectors, or check those that are there.

    python -m stdplus_ref.conformance.generate            write all files
    python -m stdplus_ref.conformance.generate --check    compute all anew and compare

Needs the extra ``exact`` (and ml_dtypes), and takes about two minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance import inputs, truth, vectors
from stdplus_ref.conformance.formats import FORMATS, Bits, Format
from stdplus_ref.conformance.vectors import FLAGS, FOLDER, Vectors, is_exact

GENERATOR: Final = "2"
"""Version of this program and `inputs`: to be raised when the vectors change."""


def generate(function: str, fmt: Format) -> Vectors:
    """The vectors of a function and type, computed anew."""
    entries = inputs.entries(function, fmt)
    x = fmt.array([entry.bits for entry in entries])
    y = truth.rounded(function, fmt, x)
    extra = _result_flags(function, fmt, x, y)
    return Vectors(
        function,
        fmt,
        x,
        y,
        truth.residuals(function, fmt, x, y),
        tuple(f"{e.flag} {more}".rstrip() for e, more in zip(entries, extra, strict=True)),
        tuple(entry.reason for entry in entries),
        {"generator": GENERATOR, "seed": inputs.SEED, "flags": dict(FLAGS)},
    )


def _result_flags(function: str, fmt: Format, x: Bits, y: Bits) -> list[str]:
    """What there is to say of each argument and result, beside why it is there."""
    argument, result = fmt.value(x), fmt.value(y)
    inexact = ~is_exact(function, fmt, x, y)
    facts = {
        "subnormal-input": (argument != 0) & (np.abs(argument) < fmt.tiny),
        "subnormal-output": (result != 0) & (np.abs(result) < fmt.tiny),
        "underflow": (result == 0) & inexact,
        "overflow": np.isinf(result) & inexact,
    }
    return [" ".join(f for f in facts if facts[f][i]) for i in range(x.size)]


def check(found: Vectors, every: int = 1) -> Iterator[str]:
    """Compute every so many of the results anew, and yield what is not as it is in the file."""
    fmt, where = found.format, slice(None, None, every)
    x = found.inputs[where]
    want = truth.rounded(found.function, fmt, x)
    residuals = truth.residuals(found.function, fmt, x, want)
    wrong = want != found.outputs[where]
    # Rounded to three digits in the file.
    near = np.abs(residuals - found.residuals[where]) <= 0.000501
    wrong |= ~(near | (np.isnan(residuals) & np.isnan(found.residuals[where])))
    for i in np.flatnonzero(wrong).tolist():
        yield f"{found.ids[i * every]}: should be {fmt.hex(want[i])}, residual {residuals[i]:.3f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a check fails."""
    parser = argparse.ArgumentParser(
        prog="python -m stdplus_ref.conformance.generate",
        description="Write the test vectors of the conformance kit, or check them.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: in the package")
    options = parser.parse_args(argv)
    failed = False
    for function in spec.NAMES:
        for dtype, fmt in FORMATS.items():
            made = generate(function, fmt)
            file = vectors.path(function, dtype, options.folder)
            if not options.check:
                vectors.write(made, options.folder)
            elif not file.exists() or vectors.read(file) != vectors.text(made):
                failed = True
                print(f"{file.name}: differs from what this program writes", file=sys.stderr)
            print(f"{file.name}: {made.inputs.size} vectors", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
