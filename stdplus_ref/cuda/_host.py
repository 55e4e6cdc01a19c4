"""NumPy arrays: through the GPU in pieces, several on their way at a time.

While one piece is computed another is copied there and a third back, and the processor fills and
empties pinned memory for the next. Whatever the size of the array, `AHEAD` pieces of pinned memory
and of device memory are all that is taken.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import numpy as np

from stdplus_ref.cuda import _runtime

Array = np.ndarray[Any, np.dtype[Any]]

PIECE: Final = 1 << 22
"""Elements in a piece: 16 or 32 MB, in which a transfer is as fast as it gets."""

AHEAD: Final = 3
"""Pieces on their way: one in each direction and one in between."""


def compute(name: str, x: Array, out: Array) -> None:
    """out[...] = function(x) for arrays of one shape and float type, of any byte order."""
    dtype = x.dtype.newbyteorder("=")
    if x.flags.f_contiguous and out.flags.f_contiguous:
        x, out = x.T, out.T
    source, target = _flat(x), _flat(out)
    starts = range(0, x.size, PIECE)
    room = min(PIECE, x.size)
    free = [_runtime.runtime.piece(room, dtype) for _ in starts[:AHEAD]]
    busy: deque[tuple[Any, slice]] = deque()
    for start in starts:
        piece = free.pop() if free else _collect(busy, target)
        part = slice(start, min(start + PIECE, x.size))
        size = part.stop - part.start
        piece.host[:size] = source[part]
        piece.start(name, size)
        busy.append((piece, part))
    while busy:
        _collect(busy, target)


def _collect(busy: deque[tuple[Any, slice]], target: Any) -> Any:
    """Wait for the oldest piece, put its results where they belong, and return it."""
    piece, part = busy.popleft()
    piece.finish()
    target[part] = piece.host[: part.stop - part.start]
    return piece


def _flat(x: Array) -> Any:
    """The elements of x in C order, to be sliced: a view, or else an iterator over them."""
    return x.reshape(-1) if x.flags.c_contiguous else x.flat
