"""The functions in C: one header, `stdplus.h`, translated from the source.

>>> import stdplus_ref.c
>>> folder = stdplus_ref.c.get_include()  # for the compiler: -I folder

`python -m stdplus_ref.c` writes it anew. How to compile it: docs/c.md.
"""

from __future__ import annotations

from pathlib import Path


def get_include() -> str:
    """The folder of `stdplus.h`, for a compiler's -I."""
    return str(Path(__file__).with_name("include"))
