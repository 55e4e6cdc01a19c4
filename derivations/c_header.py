"""The C header stdplus.h, translated from the source of the functions."""

from __future__ import annotations

from pathlib import Path

from stdplus_ref.c.emit import header

NAME = "c_header"
PATH = Path("stdplus_ref/c/include/stdplus.h")


def outputs() -> dict[Path, str]:
    """The header as the source has it now."""
    return {PATH: header()}
