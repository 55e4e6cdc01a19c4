"""The six functions on the CPU: NumPy ufuncs made on first use, scalars for numba code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdplus_ref.spec import NAMES

if TYPE_CHECKING:
    import numpy as np


def __getattr__(name: str) -> np.ufunc:
    """Make a ufunc on first use (PEP 562)."""
    if name not in NAMES:
        raise AttributeError(f"module 'stdplus_ref.cpu' has no attribute {name!r}")
    from stdplus_ref.cpu.ufunc import ufunc

    value = ufunc(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(NAMES)
