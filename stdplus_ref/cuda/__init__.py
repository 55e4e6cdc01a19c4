"""The six functions on NVIDIA GPUs: the kernels of the NumPy ufuncs, and their bits.

>>> import cupy                                                         # doctest: +SKIP
>>> from stdplus_ref import cuda
>>> cuda.stdplus(cupy.linspace(-4.0, 4.0, 9))                           # doctest: +SKIP

An argument is an array on a GPU, that is, anything with `__cuda_array_interface__` (CuPy, PyTorch,
numba device arrays), or a NumPy array, which is copied there and back in pieces. `device` has the
same functions for kernels of your own.

Importing compiles nothing and needs no GPU. Calling needs one, and its driver: RuntimeError says
which is missing. Without numba-cuda the import fails and says how to get it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from stdplus_ref.spec import NAMES

if find_spec("numba_cuda") is None:
    raise ImportError('stdplus_ref.cuda needs numba-cuda: pip install "stdplus-ref[cuda]"')

__all__ = [*NAMES, "device"]


def __getattr__(name: str) -> Any:
    """Make a function on first use (PEP 562)."""
    if name == "device":
        return import_module("stdplus_ref.cuda.device")
    if name not in NAMES:
        raise AttributeError(f"module 'stdplus_ref.cuda' has no attribute {name!r}")
    value = import_module("stdplus_ref.cuda._functions").function(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
