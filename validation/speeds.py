"""Keeps the speed that `python -m validation --only speed` measured, by machine, for the pages.

python -m validation.speeds [--report FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).with_name("data") / "speed.json"


def load() -> dict[str, Any]:
    """The record: by machine, what it was measured with and the table."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    return found


def entry(report: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a report.

    Raises
    ------
    KeyError
        The report has no step ``speed``.
    """
    table = report["measured"]["steps"]["speed"]["tables"]["speed"]
    environment = report["run"]["environment"]
    return {"environment": environment, "header": table["header"], "rows": table["rows"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m validation.speeds", description="Keep the speed of a report, by machine."
    )
    parser.add_argument(
        "--report", type=Path, default=Path("validation-report/report.json"),
        help="report.json of `python -m validation --only speed` (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args(argv)
    try:
        found = entry(json.loads(options.report.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"argument --report: no speed in {str(options.report)!r}: {error!r}")
    record = load() | {found["environment"]["machine"]: found}
    text = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)
    PATH.write_text(text + "\n", encoding="utf-8")
    print(f"wrote {PATH}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
