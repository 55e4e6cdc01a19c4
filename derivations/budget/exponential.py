"""Error of `exponential.exp_short`: every argument it can have, 23 million of them, computed.

f is a multiple of 2^-25 with |f| ≤ SHORT. The reference e^f = e^a·e^b, a a multiple of 2^-12 and
0 ≤ b < 2^-12, is the product of two pairs that Arb rounds to 2^-106: good to 2^-103, while the
errors in question are 2^-62. The difference to the kernel's pair is exact in its leading part
(Sterbenz) and rounds at 2^-106. A scale is a power of two and changes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
from flint import arb

from derivations import enclose
from derivations.certificates import SHORT
from stdplus_ref._intrinsics import fma, mul
from stdplus_ref.cpu.ufunc import link
from stdplus_ref.source.elementary import exp_short

ROWS = 1 << 12  # rows a unit; each holds 2^13 arguments
FIRST = -int(SHORT * ROWS) - 1
LAST = int(SHORT * ROWS)
SLACK = 2.0**-100  # over the errors of the reference and of the comparison


def _pairs(values: Iterable[Any]) -> Any:
    found = []
    for value in values:
        hi = float(value.mid())
        found.append((hi, float((value - hi).mid())))
    return np.array(found)


@functools.cache
def _worst_in_row() -> Any:
    """The compiled search of one row."""
    kernel = link(exp_short)

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
    def worst(first: int, a: float, al: float, fine: Any) -> float:
        largest = 0.0
        for j in range(fine.shape[0]):
            hi, lo = kernel((first + j) * 2.0**-25, 1.0)
            b, bl = fine[j]
            p = mul(a, b)
            pl = fma(a, b, -p) + fma(a, bl, mul(al, b))
            largest = max(largest, abs((hi - p) + (lo - pl)) / p)
        return largest

    return worst


@functools.cache
def row_errors() -> Any:
    """The largest relative error of each row, FIRST ≤ row ≤ LAST."""
    size = (1 << 25) // ROWS
    rows = range(FIRST, LAST + 1)
    with enclose.precision():
        coarse = _pairs((arb(n) / ROWS).exp() for n in rows)
        fine = _pairs((arb(n) * arb(2) ** -25).exp() for n in range(size))
    worst = _worst_in_row()
    errors = [worst(row * size, a, al, fine) for row, (a, al) in zip(rows, coarse, strict=True)]
    return np.array(errors) * (1 + 2.0**-50) + SLACK


def exp_error(fs: Iterable[Any]) -> Any:
    """The largest relative error of `exp_short` for f in any of the balls."""
    worst = 0.0
    for f in fs:
        first = max(int(np.floor(float(f.lower()) * ROWS)), FIRST)
        last = min(int(np.floor(float(f.upper()) * ROWS)), LAST)
        worst = max(worst, row_errors()[first - FIRST : last - FIRST + 1].max(initial=0.0))
    return arb(worst)
