"""stdplus, the standard deviation function of the Slashed Normal distribution, as reference.

Six NumPy ufuncs (`stdplus`, `log_stdplus`, their derivatives and inverses), the same functions
for numba code (`kernels`), to any number of digits (`exact`) and as the paper prints them
(`algorithm1`), and the distribution itself with its rate control.

Importing compiles nothing: every name is built or imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from stdplus_ref._version import __version__

_UFUNCS: Final = (
    "stdplus",
    "log_stdplus",
    "stdplus_derivative",
    "log_stdplus_derivative",
    "inv_stdplus",
    "inv_log_stdplus",
)
_HOMES: Final = {
    "MultivariateSlashedNormal": "distribution.multivariate",
    "SlashedNormal": "distribution.slashed_normal",
    "kl_divergence": "distribution.gaussian_kl",
}
_MODULES: Final = (
    "algorithm1",
    "c",
    "conformance",
    "cuda",
    "exact",
    "jax",
    "kernels",
    "rate",
    "source",
    "spec",
    "torch",
)

# `from stdplus_ref import *` takes neither what needs optional packages nor a name of one letter.
_OPTIONAL: Final = ("c", "cuda", "exact", "jax", "torch")

__all__ = [
    *_UFUNCS,
    *_HOMES,
    *(name for name in _MODULES if name not in _OPTIONAL),
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Build or import a public name on first use (PEP 562)."""
    if name in _UFUNCS:
        value = getattr(import_module("stdplus_ref.cpu"), name)
    elif name in _HOMES:
        value = getattr(import_module(f"stdplus_ref.{_HOMES[name]}"), name)
    elif name in _MODULES:
        return _module(name)
    else:
        raise AttributeError(f"module 'stdplus_ref' has no attribute {name!r}")
    globals()[name] = value
    return value


def _module(name: str) -> Any:
    """A public module. One that lacks its extra is no attribute: AttributeError, not ImportError.

    So `hasattr`, `help` and `inspect.getmembers` work whatever is installed.
    """
    try:
        return import_module(f"stdplus_ref.{name}")
    except ImportError as error:
        raise AttributeError(str(error), name=name) from error


def __dir__() -> list[str]:
    return sorted({*__all__, *_OPTIONAL})
