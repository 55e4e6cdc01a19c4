"""Units of rate, and the rate functions δ of §4.2 and §6.2."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from stdplus_ref._arguments import choice
from stdplus_ref.distribution.arguments import Real, broadcast_shape, real_array, real_dtype

Unit: TypeAlias = Literal["nats", "bits"]

_LN2 = 0.6931471805599453


def to_nats(rate: npt.ArrayLike, unit: Unit = "nats") -> Real:
    """Return a rate ≥ 0 given in `unit`, in nats (1 bit = ln 2 nats)."""
    array = _rate("rate", rate)
    factor: float = 1 if choice("unit", unit, ("nats", "bits")) == "nats" else _LN2
    return array * factor


def from_nats(rate: npt.ArrayLike, unit: Unit = "nats") -> Real:
    """Return a rate ≥ 0 given in nats, in `unit`."""
    array = _rate("rate", rate)
    factor: float = 1 if choice("unit", unit, ("nats", "bits")) == "nats" else _LN2
    return array / factor


def constant_rate(rate: npt.ArrayLike, shape: tuple[int, ...] = ()) -> Real:
    """Return the rate δ for all inputs, repeated to `shape`."""
    array = _rate("rate", rate)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"rate must broadcast to {shape}, got shape {array.shape}") from None


def committed_rate(raw: npt.ArrayLike, base: npt.ArrayLike) -> Real:
    """Return δ = δ0 + |δ̃|, never below the committed rate δ0 = `base` (§4.2).

    Parameters
    ----------
    raw : array_like of float
        δ̃, unconstrained: a network output or a parameter.
    base : array_like of float
        δ0 ≥ 0, broadcast against `raw`, in the same unit.
    """
    dtype = real_dtype({"raw": raw, "base": base})
    least, free = real_array("base", base, dtype, minimum=0), real_array("raw", raw, dtype)
    broadcast_shape({"base": least.shape, "raw": free.shape})
    return least + np.abs(free)


def learnable_rate(root: npt.ArrayLike) -> Real:
    """Return δ = root², the decoupled rate: its square root is the free parameter (§6.2).

    The root √δ multiplies ψ̃/‖ψ̃‖ in Eq. 20. Start it at ``np.sqrt(initial_rate)``.
    """
    return np.square(real_array("root", root, real_dtype({"root": root})))


def _rate(name: str, rate: npt.ArrayLike) -> Real:
    return real_array(name, rate, real_dtype({name: rate}), minimum=0)
