"""Write the test vectors, or check those that are there.

    python -m derivations.vectors            write all files
    python -m derivations.vectors --check    compute all anew and compare

Needs ml_dtypes, and takes about two minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from derivations.vectors import generate
from stdplus_ref import spec
from stdplus_ref.conformance import vectors
from stdplus_ref.conformance.formats import FORMATS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a check fails."""
    parser = argparse.ArgumentParser(
        prog="python -m derivations.vectors",
        description="Write the test vectors of the conformance kit, or check them.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument(
        "--folder", type=Path, default=vectors.FOLDER, help="default: in the package"
    )
    options = parser.parse_args(argv)
    failed = False
    for function in spec.NAMES:
        for dtype, fmt in FORMATS.items():
            made = generate.generate(function, fmt)
            file = vectors.path(function, dtype, options.folder)
            if not options.check:
                generate.write(made, options.folder)
            elif not file.exists() or vectors.read(file) != generate.text(made):
                failed = True
                print(f"{file.name}: differs from what this program writes", file=sys.stderr)
            print(f"{file.name}: {made.inputs.size} vectors", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
