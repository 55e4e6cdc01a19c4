"""``python -m stdplus_ref.c``: write stdplus.h."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stdplus_ref.c.emit import header


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stdplus_ref.c", description=__doc__)
    parser.add_argument(
        "file", nargs="?", type=Path, default=Path("stdplus.h"), help="(default: %(default)s)"
    )
    file = parser.parse_args(argv).file
    file.write_text(header(), encoding="utf-8")
    print(f"wrote {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
