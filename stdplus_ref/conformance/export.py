"""The vectors in the format of NumPy's ``umath-validation-set-*.csv``.

    python -m stdplus_ref.conformance.export DIR

writes one file a function, all types in it. bfloat16, which NumPy lacks, is called ``bfloat16``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stdplus_ref import spec
from stdplus_ref.conformance.formats import FORMATS
from stdplus_ref.conformance.vectors import load


def export(function: str, folder: Path, tolerance: int = 1) -> Path:
    """Write the vectors of a function as ``folder/umath-validation-set-<function>.csv``.

    Parameters
    ----------
    function : str
    folder : Path
        Existing.
    tolerance : int
        The column ``ulperrortol``: how many numbers a result may be off, 0 or more.
    """
    lines = ["dtype,input,output,ulperrortol"]
    for dtype, fmt in FORMATS.items():
        kind = dtype if dtype == "bfloat16" else f"np.{dtype}"
        found = load(function, dtype)
        lines += [
            f"{kind},{fmt.hex(x)},{fmt.hex(y)},{tolerance}"
            for x, y in zip(found.inputs, found.outputs, strict=True)
        ]
    file = folder / f"umath-validation-set-{function}.csv"
    file.write_text("\n".join(lines) + "\n", encoding="ascii")
    return file


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m stdplus_ref.conformance.export",
        description="Write the test vectors as NumPy's umath-validation-set-<function>.csv.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="made if missing")
    parser.add_argument("--function", choices=spec.NAMES, help="default: all six")
    parser.add_argument(
        "--tolerance", metavar="N", type=int, default=1, help="column ulperrortol (default: 1)"
    )
    options = parser.parse_args(argv)
    if options.tolerance < 0:
        parser.error(f"argument --tolerance: expected 0 or more, got {options.tolerance}")
    options.folder.mkdir(parents=True, exist_ok=True)
    for function in [options.function] if options.function else spec.NAMES:
        print(export(function, options.folder, options.tolerance))
    return 0


if __name__ == "__main__":
    sys.exit(main())
