"""A hash of every source file compiled code depends on.

numba's cache looks only at the file that holds the decorated function: with a constant edited
in another file it would go on serving the old code. The fingerprint goes into the names of the
compiled functions, and so into the cache's file names.
"""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import chain
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def fingerprint() -> str:
    """Sixteen hexadecimal digits that change with any file of `source` or `cpu`."""
    folders = (sorted((_PACKAGE / folder).glob("*.py")) for folder in ("source", "cpu"))
    digest = hashlib.sha256()
    for path in (_PACKAGE / "_intrinsics.py", *chain(*folders)):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
