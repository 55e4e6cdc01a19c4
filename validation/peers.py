"""What else there is to compute the six functions with, each behind NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from stdplus_ref import algorithm1
from validation.sampling import FloatArray

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Peer:
    """Another implementation: its name, and those of the six functions that it offers."""

    name: str
    functions: Mapping[str, Function]

    def __call__(self, name: str, x: FloatArray) -> FloatArray:
        """Function `name` at x, of the type of x, silent about overflow and invalid operations."""
        with np.errstate(all="ignore"):
            return np.asarray(self.functions[name](x), dtype=x.dtype)


def peers() -> list[Peer]:
    """Algorithm 1, SciPy's Lambert W, the inverses in NumPy; `stdplus-ext` where installed."""
    found = [
        Peer("Algorithm 1", _with_equation_31(algorithm1.stdplus, algorithm1.log_stdplus)),
        Peer("SciPy lambertw", _with_equation_31(_lambertw, _log_lambertw)),
        Peer("NumPy, definition", _DEFINITIONS),
    ]
    if find_spec("stdplus_ext") is not None:
        found.append(Peer("stdplus-ext", _stdplus_ext()))
    return found


def _with_equation_31(stdplus: Function, log_stdplus: Function) -> dict[str, Function]:
    """`stdplus`, its logarithm, and the derivatives that Eq. 31 makes of them."""

    def derivative(x: FloatArray) -> FloatArray:
        y = stdplus(x)
        return _centred(x, x * y / (y * y - 1))

    def log_derivative(x: FloatArray) -> FloatArray:
        y = stdplus(x)
        return _centred(x, x / (y * y - 1))

    return {
        "stdplus": stdplus,
        "log_stdplus": log_stdplus,
        "stdplus_derivative": derivative,
        "log_stdplus_derivative": log_derivative,
    }


def _centred(x: FloatArray, slope: FloatArray) -> FloatArray:
    """The first case of Eq. 31: 1/√2 at 0."""
    return np.asarray(np.where(x == 0, np.sqrt(x.dtype.type(0.5)), slope))


def _lambertw(x: FloatArray) -> FloatArray:
    """Eq. 13 with Eq. 8 as they stand, in the arithmetic of x."""
    from scipy.special import lambertw

    argument = -np.exp(-x * x - 1)
    root = -np.where(x < 0, lambertw(argument, 0), lambertw(argument, -1)).real
    return np.asarray(np.sqrt(root))


def _log_lambertw(x: FloatArray) -> FloatArray:
    return np.log(_lambertw(x))


# The inverses need no Lambert W: this is the definition, solved for x.
_DEFINITIONS: dict[str, Function] = {
    "inv_stdplus": lambda y: np.copysign(np.sqrt(y * y - 2 * np.log(y) - 1), y - 1),
    "inv_log_stdplus": lambda t: np.copysign(np.sqrt(np.expm1(2 * t) - 2 * t), t),
}


def _stdplus_ext() -> dict[str, Function]:
    """The author's PyTorch package; its derivatives are those of automatic differentiation."""
    stdplus_ext, torch = import_module("stdplus_ext"), import_module("torch")

    def value(function: Callable[[Any], Any]) -> Function:
        return lambda x: function(torch.from_numpy(x)).numpy()

    def derivative(function: Callable[[Any], Any]) -> Function:
        def evaluate(x: FloatArray) -> FloatArray:
            tensor = torch.from_numpy(x).requires_grad_()
            function(tensor).sum().backward()
            return np.asarray(tensor.grad.numpy())

        return evaluate

    names = ("stdplus", "log_stdplus", "inv_stdplus", "inv_log_stdplus")
    return {
        **{name: value(getattr(stdplus_ext, name)) for name in names},
        "stdplus_derivative": derivative(stdplus_ext.stdplus),
        "log_stdplus_derivative": derivative(stdplus_ext.log_stdplus),
    }
