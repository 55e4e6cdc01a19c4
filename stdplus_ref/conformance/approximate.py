"""The six functions to eight digits or more, to recognise results by: NumPy alone, no kernels."""

from __future__ import annotations

from typing import Final

import numpy as np

from stdplus_ref.conformance.formats import Doubles

_SMALL: Final = 1e-4  # nearer to 0 a series takes over
_LEFT: Final = -8.0  # farther left e^2t is lost beside 1
_RIGHT: Final = 1e8  # farther right 1 is lost beside x²
_STEPS: Final = 8  # of Newton's method


def approximate(function: str, argument: Doubles) -> Doubles:
    """Values of one of the six functions, anywhere; NaN where there is none."""
    with np.errstate(all="ignore"):
        if function == "inv_log_stdplus":
            return _inverse(argument)
        if function == "inv_stdplus":
            return _inverse(np.log(argument))
        t = _log(argument)
        if function == "log_stdplus":
            return t
        if function == "stdplus":
            return np.exp(t)
        slope = np.where(np.abs(argument) < 1e-9, np.sqrt(0.5), argument / np.expm1(2 * t))
        return slope * np.exp(t) if function == "stdplus_derivative" else slope


def _log(x: Doubles) -> Doubles:
    """The root t of expm1(2t) − 2t = x² with the sign of x."""
    middle = np.where((x > _LEFT) & (x < _RIGHT) & (np.abs(x) > _SMALL), x, 1.0)
    t = np.arcsinh(middle / 2)
    for _ in range(_STEPS):
        rise = np.expm1(2 * t)
        t -= (rise - 2 * t - middle * middle) / (2 * rise)
    conditions = [np.abs(x) <= _SMALL, x <= _LEFT, x >= _RIGHT]
    values = [x * np.sqrt(0.5) - x * x / 6, -(x * x + 1) / 2, np.log(np.abs(x))]
    return np.where(np.isnan(x), np.nan, np.select(conditions, values, t))


def _inverse(t: Doubles) -> Doubles:
    """sign(t)·√(expm1(2t) − 2t)."""
    near, far = np.sqrt(2) * t * (1 + t / 3), np.sqrt(np.expm1(2 * t) - 2 * t)
    far = np.where(t > 300, np.exp(t), far)
    return np.where(np.abs(t) <= _SMALL, near, np.copysign(far, t))
