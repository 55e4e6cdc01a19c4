"""CSV files of cases: a banner of comments, then a line for each, with the names of its fields."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, TypeVar

Case = TypeVar("Case")


def read(file: Path, kind: type[Case]) -> list[Case]:
    """The cases of a file; `kind` is a dataclass whose fields are text."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [kind(**row) for row in csv.DictReader(lines)]


def write(file: Path, banner: Sequence[str], kind: type[Any], cases: Sequence[Any]) -> None:
    """Write the file; the lines of `banner` begin with #."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.writelines(line + "\n" for line in banner)
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(field.name for field in fields(kind))
        writer.writerows(astuple(case) for case in cases)
