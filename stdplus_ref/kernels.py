"""The six functions as scalar functions, callable inside a user's own numba code.

>>> from numba import njit
>>> from stdplus_ref.kernels import stdplus
>>> @njit
... def standard_deviation(b):
...     return stdplus(2.0**0.5 * b)
>>> standard_deviation(0.0)
1.0

float32 gives float32; float64, integers and bool give float64; the bits are those of the ufuncs.
Called from Python they do the same. Floating-point flags mean nothing here: a `numba.vectorize`
of your own may warn of exceptions that no result deserves, the ufuncs do not. Code of yours that
numba caches keeps the functions it was compiled with: clear its cache after upgrading.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from stdplus_ref.spec import NAMES

__all__ = [*NAMES]


def __getattr__(name: str) -> Any:
    """Make a function on first use (PEP 562)."""
    if name not in NAMES:
        raise AttributeError(f"module 'stdplus_ref.kernels' has no attribute {name!r}")
    value = import_module("stdplus_ref.cpu.scalar").scalar(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(NAMES)
