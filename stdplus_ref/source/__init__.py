"""The six functions as plain Python: what every target is made from, and runs as it stands.

>>> from stdplus_ref.source import log_stdplus
>>> log_stdplus.float64(0.5)
0.3163573762912974
>>> log_stdplus.float32(0.5)
np.float32(0.31635737)

A module a function, with the bits of the NumPy ufunc, found slowly and without a compiler. To read
one, begin with its file (`stdplus.py`), then `newton.py`, `elementary.py`, `pairs.py` and the
generated `coefficients.py`; `operations.py` says what `fma`, `select` and the like mean. Each file
declares its parts as a `Kernel`; `routes.py` composes of them what loops evaluate without branches.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from stdplus_ref.source import (
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    stdplus,
    stdplus_derivative,
)
from stdplus_ref.source.kernel import Kernel

KERNELS: Final[Mapping[str, Kernel]] = MappingProxyType(
    {
        module.kernel.name: module.kernel
        for module in (
            stdplus,
            log_stdplus,
            stdplus_derivative,
            log_stdplus_derivative,
            inv_stdplus,
            inv_log_stdplus,
        )
    }
)
"""The six functions by name, in the contract's order."""

__all__ = [
    "KERNELS",
    "inv_log_stdplus",
    "inv_stdplus",
    "log_stdplus",
    "log_stdplus_derivative",
    "stdplus",
    "stdplus_derivative",
]
