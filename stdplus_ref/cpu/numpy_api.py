"""Registering compiled loops as a `numpy.ufunc` through NumPy's C API."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy._core import _multiarray_umath  # type: ignore[attr-defined]  # C finds the API there

# Slots of the API table, fixed by NumPy's ABI (numpy/__ufunc_api.h).
_FROM_FUNC_AND_DATA: Final = 1
_GET_STATUS: Final = 28

_NO_IDENTITY: Final = -1  # PyUFunc_None
_POINTER, _INT, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p

_alive: Final[list[Any]] = []
"""What ufuncs hold bare pointers to; never freed, as ufuncs are not."""


def _slot(index: int) -> int:
    prototype = ctypes.PYFUNCTYPE(_POINTER, ctypes.py_object, _TEXT)
    content = prototype(("PyCapsule_GetPointer", ctypes.pythonapi))
    table = ctypes.cast(content(_multiarray_umath._UFUNC_API, None), ctypes.POINTER(_POINTER))
    address = table[index]
    if address is None:
        raise RuntimeError(f"NumPy {np.__version__} has an empty slot {index} in its ufunc API")
    return int(address)


def status_address() -> int:
    """Address of `int PyUFunc_getfperr(void)`: the IEEE flags raised so far, which it clears."""
    return _slot(_GET_STATUS)


def register(
    name: str, module: str, doc: str, loops: Mapping[np.dtype[Any], int], data: ctypes.Structure
) -> np.ufunc:
    """A ufunc of one argument and one result.

    Parameters
    ----------
    name, module : str
        Where it can be found again: `module.name`. It pickles by that.
    doc : str
        Docstring; NumPy puts the signature before it.
    loops : mapping of dtype to int
        Address of the loop for that type of argument and result, in the order in which NumPy
        is to try them. The code must stay loaded.
    data : ctypes.Structure
        What the loops find behind their data pointer.
    """
    count = len(loops)
    functions = (_POINTER * count)(*loops.values())
    pointers = (_POINTER * count)(*[ctypes.addressof(data)] * count)
    types = (ctypes.c_char * (2 * count))(*(bytes([t.num]) for t in loops for _ in ("in", "out")))
    texts = name.encode(), doc.encode()
    create = ctypes.PYFUNCTYPE(ctypes.py_object, *[_POINTER] * 3, *[_INT] * 4, *[_TEXT] * 2, _INT)(
        _slot(_FROM_FUNC_AND_DATA)
    )
    _alive.append((data, functions, pointers, types, texts))
    arrays = (ctypes.addressof(array) for array in (functions, pointers, types))
    ufunc: np.ufunc = create(*arrays, count, 1, 1, _NO_IDENTITY, *texts, 0)
    with suppress(AttributeError):  # before NumPy 2.2 pickle finds the module by searching
        ufunc.__module__ = module
    return ufunc
