"""IEEE exception flags of a compiled loop: keep what was raised before, drop what lanes made up.

SIMD code computes every arm of every choice for every lane, so it raises flags no result
deserves. A loop therefore takes the flags away when it starts (`take`), and when it is done
throws away its own and raises by arithmetic those that were there before together with those
its results deserve (`replace`). NumPy calls a loop several times between looking at the flags,
which is why the earlier ones must survive.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

from stdplus_ref.cpu.memory import advance, call_status, keep, load
from stdplus_ref.source.exceptions import DIVIDE, INVALID, OVERFLOW

# NPY_FPE_* of npy_math.h, what NumPy's status call returns.
_NPY_DIVIDE: Final = 1
_NPY_OVERFLOW: Final = 2
_NPY_UNDERFLOW: Final = 4
_NPY_INVALID: Final = 8


class Table(ctypes.Structure):
    """What a loop finds behind its data pointer.

    Addresses of what it calls; and for each exception a pair of operands, the harmless one and the
    one that raises. They are loaded at run time and indexed by the wanted bit, so the compiler can
    neither fold the arithmetic nor speculate it into raising something.
    """

    _fields_ = (
        ("take_status", ctypes.c_void_p),
        ("settle", ctypes.c_void_p),
        ("sink", ctypes.c_double),
        ("divide", ctypes.c_double * 2),
        ("overflow", ctypes.c_double * 2),
        ("underflow", ctypes.c_double * 2),
        ("invalid", ctypes.c_double * 2),
    )


def new_table(take_status: int, settle: int) -> Table:
    """The table for `PyUFunc_getfperr` (read and clear the flags) and a last phase, by address."""
    infinity = float("inf")
    return Table(take_status, settle, 0.0, (1.0, 0.0), (1.0, 1e300), (1.0, 1e-300), (1.0, infinity))


def take(table: Any) -> Any:
    """Clear the flags and return those that were set."""
    return call_status(table)


def replace(table: Any, before: Any, raised: Any) -> None:
    """Clear the flags, then raise `before` (NumPy's codes) and `raised` (the kernels' codes)."""
    call_status(table)
    if (before | raised) != 0:
        divide = ((before & _NPY_DIVIDE) | (raised & DIVIDE)) != 0
        overflow = ((before & _NPY_OVERFLOW) | (raised & OVERFLOW)) != 0
        underflow = (before & _NPY_UNDERFLOW) != 0
        invalid = ((before & _NPY_INVALID) | (raised & INVALID)) != 0
        quotient = 1.0 / load(table, 3 + divide)
        large = load(table, 5 + overflow)
        small = load(table, 7 + underflow)
        infinity = load(table, 9 + invalid)
        keep(advance(table, 16), quotient + large * large + small * small + (infinity - infinity))
