"""The six functions for kernels of your own.

>>> from numba import cuda
>>> from stdplus_ref.cuda import device
>>> @cuda.jit
... def kernel(psi, sigma):
...     i = cuda.grid(1)
...     if i < psi.size:
...         sigma[i] = device.stdplus(2.0**0.5 * psi[i].imag)

float32 gives float32; float64, integers and bool give float64; the bits are those of the ufuncs.
They keep to IEEE arithmetic whatever your kernel is compiled with, except under `fastmath`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from stdplus_ref.spec import NAMES

__all__ = [*NAMES]


def __getattr__(name: str) -> Any:
    """Make a function on first use (PEP 562)."""
    if name not in NAMES:
        raise AttributeError(f"module 'stdplus_ref.cuda.device' has no attribute {name!r}")
    value = import_module("stdplus_ref.targets.cuda").device_function(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMES})
