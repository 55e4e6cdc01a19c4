"""The command ``python -m docs``: build the site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from derivations import command

OUT = Path(__file__).parent / "_build"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 when there are warnings or broken links."""
    parser = argparse.ArgumentParser(
        prog="python -m docs",
        description="Build the documentation site. Warnings are errors, every link is followed.",
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder (default: %(default)s)")
    options = parser.parse_args(argv)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: cannot write {str(options.out)!r}: {error.strerror}")
    command.need("docs", "docs", ("sphinx", "myst_parser", "numpydoc", "pydata_sphinx_theme"))
    from docs.site import build

    try:
        html = build.build(options.out)
    except build.BuildError as error:
        print(error, file=sys.stderr)
        return command.FAILED
    print(f"The site is in {html.resolve()}; begin with index.html.")
    return command.OK


if __name__ == "__main__":
    sys.exit(main())
