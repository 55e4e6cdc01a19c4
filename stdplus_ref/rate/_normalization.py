"""Normalisation of KL amplitudes to a given rate (Eq. 20, §4.2, E.1)."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from stdplus_ref._arguments import choice, count
from stdplus_ref.distribution.arguments import (
    Complex,
    Real,
    complex_array,
    real_array,
    real_dtype,
)
from stdplus_ref.rate._functions import Unit, to_nats

Mode: TypeAlias = Literal["batch", "instance", "feature"]
Part: TypeAlias = Literal["complex", "real"]
OnZero: TypeAlias = Literal["raise", "keep"]

_AXES: dict[str, tuple[int, ...]] = {"batch": (-2, -1), "instance": (-1,), "feature": (-2,)}


def normalize_rate(
    raw: npt.ArrayLike,
    rate: npt.ArrayLike,
    mode: Mode,
    *,
    part: Part = "complex",
    unit: Unit = "nats",
    on_zero: OnZero = "raise",
) -> Complex:
    """Scale raw amplitudes so that each set has exactly the given rate: Σ|ψ|² = δ (Eq. 20).

    Parameters
    ----------
    raw : array_like of complex, shape (..., N, K)
        Raw encoder output; (K,) is allowed for ``mode="instance"``.
    rate : array_like of float
        δ ≥ 0 of each set: shape (...) for ``batch``, (..., N) for ``instance``, (..., K) for
        ``feature``, or anything that broadcasts to it.
    mode : {"batch", "instance", "feature"}
        The sets: see the table in `stdplus_ref.rate`.
    part : {"complex", "real"}
        With "real", only the real part (the mean) is scaled, to Σa² = δ, and the imaginary part is
        left as it is: the rate is then δ + Σb².
    unit : {"nats", "bits"}
        Unit of `rate`.
    on_zero : {"raise", "keep"}
        What to do with a set of zeros, which has no direction: raise, or keep it at rate 0. Where
        the rate asked for is 0 the result is 0 either way.

    Returns
    -------
    ndarray of complex, shape of `raw`
        Σ|ψ|² over each set equals δ to within rounding (no overflow or underflow in between).

    Raises
    ------
    ValueError
        If an argument is not finite, a rate is negative, a set is zero (see `on_zero`), a name is
        unknown, or shapes do not fit.
    """
    psi, active = _raw(raw, mode, part)
    delta = _per_set(rate, mode, psi, unit)
    axes = _AXES[mode]
    largest = np.maximum(np.abs(active.real), np.abs(active.imag)).max(axes, keepdims=True)
    zero = largest == 0
    _check_direction(zero & (delta > 0), on_zero, mode)
    unscaled = _divide(active, np.where(zero, 1, largest))
    norm = np.sqrt(_sum_of_squares(unscaled, axes))
    scaled = unscaled * (np.sqrt(delta) / np.where(zero, 1, norm))
    return _merge(psi, scaled, part)


def total_rate(
    rate_per_instance: npt.ArrayLike, mode: Mode, instances: int, dimensions: int
) -> Real:
    """Return δ of one set such that the mean rate per instance is `rate_per_instance`.

    N·δ for ``batch``, δ for ``instance``, N·δ/K for ``feature``, in the unit given.
    """
    choice("mode", mode, tuple(_AXES))
    count("instances", instances, 1)
    count("dimensions", dimensions, 1)
    factor = {"batch": instances, "instance": 1.0, "feature": instances / dimensions}[mode]
    return to_nats(rate_per_instance) * factor


class RateNormalizer:
    """Normalisation with running statistics for evaluation, as BatchNorm has (E.1).

    While training, a batch is normalised by its own statistics, which also update the running
    ones; in evaluation the running ones are used, so an instance's result does not depend on its
    batch, and the mean rate is only as exact as they are. ``instance`` needs no statistics.

    Parameters
    ----------
    rate_per_instance : float
        Mean rate δ ≥ 0 per instance, E‖ψ‖² = δ (Eq. 43). May be reassigned, for a rate that is
        learned.
    mode : {"batch", "instance", "feature"}
        ``feature`` gives every dimension δ/K.
    part, unit, on_zero
        As in `normalize_rate`.
    momentum : float or None, default 0.1
        Weight of a new batch in the running statistics, in (0, 1]; None averages all batches
        equally. The first batch sets them.

    Attributes
    ----------
    running_mean_square : ndarray or None
        Running mean of ‖ψ̃‖² per instance (``batch``, shape ()) or of |ψ̃_k|² (``feature``, shape
        (K,)), of the part that is normalised. None before the first batch.
    batches_seen : int

    Examples
    --------
    >>> import numpy as np
    >>> from stdplus_ref.rate import RateNormalizer
    >>> rng = np.random.default_rng(0)
    >>> raw = rng.normal(size=(256, 4)) + 1j * rng.normal(size=(256, 4))
    >>> normalizer = RateNormalizer(2.0, "batch")
    >>> psi = normalizer(raw, training=True)
    >>> print(round(float((abs(psi) ** 2).sum(-1).mean()), 12))
    2.0
    """

    def __init__(
        self,
        rate_per_instance: float,
        mode: Mode,
        *,
        part: Part = "complex",
        unit: Unit = "nats",
        on_zero: OnZero = "raise",
        momentum: float | None = 0.1,
    ) -> None:
        self.mode: Mode = choice("mode", mode, tuple(_AXES))
        self.part: Part = choice("part", part, ("complex", "real"))
        self.unit: Unit = choice("unit", unit, ("nats", "bits"))
        self.on_zero: OnZero = choice("on_zero", on_zero, ("raise", "keep"))
        if momentum is not None and not 0 < momentum <= 1:
            raise ValueError(f"momentum must lie in (0, 1], got {momentum!r}")
        real_array("rate_per_instance", rate_per_instance, np.dtype(np.float64), minimum=0)
        self.rate_per_instance = rate_per_instance
        self.momentum = momentum
        self.running_mean_square: Real | None = None
        self.batches_seen = 0

    def __repr__(self) -> str:
        return (
            f"RateNormalizer({self.rate_per_instance} {self.unit}, {self.mode!r}, "
            f"part={self.part!r}, momentum={self.momentum}, batches_seen={self.batches_seen})"
        )

    def __call__(self, raw: npt.ArrayLike, *, training: bool) -> Complex:
        """Return amplitudes of the given mean rate.

        Parameters
        ----------
        raw : array_like of complex, shape (N, K)
        training : bool
            Whether to use, and learn from, the statistics of this batch.

        Raises
        ------
        ValueError
            As `normalize_rate`; also when evaluating before any training batch.
        """
        psi, active = _raw(raw, self.mode, self.part)
        if psi.ndim != 2:
            raise ValueError(f"raw must have shape (N, K), got {psi.shape}")
        self._check_dimensions(psi)
        if self.mode != "instance" and not training:
            return self._evaluate(psi, active)
        delta = to_nats(total_rate(self.rate_per_instance, self.mode, *psi.shape), self.unit)
        result = normalize_rate(psi, delta, self.mode, part=self.part, on_zero=self.on_zero)
        if self.mode != "instance":
            self._learn(active)
        return result

    def _check_dimensions(self, psi: Complex) -> None:
        known = self.running_mean_square
        if self.mode == "feature" and known is not None and known.size != psi.shape[-1]:
            raise ValueError(f"raw must have {known.size} dimensions, got {psi.shape[-1]}")

    def _learn(self, active: Complex) -> None:
        with np.errstate(over="ignore"):
            total = _sum_of_squares(active.astype(np.complex128), _AXES[self.mode])[0]
        if not np.isfinite(total).all():
            raise ValueError("raw is too large: its mean square overflows")
        mean_square = np.asarray(total[0] if self.mode == "batch" else total) / len(active)
        self.batches_seen += 1
        if self.running_mean_square is None:
            self.running_mean_square = mean_square
            return
        weight = 1 / self.batches_seen if self.momentum is None else self.momentum
        step = mean_square - self.running_mean_square
        self.running_mean_square = self.running_mean_square + weight * step

    def _evaluate(self, psi: Complex, active: Complex) -> Complex:
        if self.running_mean_square is None:
            raise ValueError("no running statistics yet: call with training=True first")
        spread = self.running_mean_square
        share = psi.shape[-1] if self.mode == "feature" else 1
        delta = to_nats(self.rate_per_instance, self.unit) / share
        zero = spread == 0
        _check_direction(zero & (delta > 0), self.on_zero, self.mode)
        factor = np.where(zero, 0, np.sqrt(delta / np.where(zero, 1, spread)))
        return _merge(psi, (active * factor).astype(active.dtype), self.part)


def _raw(raw: npt.ArrayLike, mode: Mode, part: Part) -> tuple[Complex, Complex]:
    """Return the checked raw amplitudes, and the part of them that is to be scaled."""
    choice("mode", mode, tuple(_AXES))
    choice("part", part, ("complex", "real"))
    psi = complex_array("raw", raw, real_dtype({"raw": raw}))
    if psi.ndim < (1 if mode == "instance" else 2) or 0 in psi.shape:
        raise ValueError(f"raw must have shape (..., N, K), not empty, got {psi.shape}")
    return psi, cast(Complex, psi if part == "complex" else psi.real)


def _per_set(rate: npt.ArrayLike, mode: Mode, psi: Complex, unit: Unit) -> Real:
    """Return the rates in nats, shaped to multiply `psi`."""
    delta = real_array("rate", to_nats(rate, unit), psi.real.dtype)
    sets = tuple(np.delete(psi.shape, _AXES[mode]).tolist())
    try:
        delta = np.broadcast_to(delta, sets)
    except ValueError:
        raise ValueError(
            f"rate must broadcast to the sets' shape {sets} in mode {mode!r}, got {delta.shape}"
        ) from None
    return np.expand_dims(delta, _AXES[mode])


def _divide(active: npt.NDArray[Any], size: Real) -> npt.NDArray[Any]:
    """Divide part by part: complex division forms 1/size, which may overflow."""
    quotient = np.empty_like(active)
    quotient.real = active.real / size
    if np.iscomplexobj(active):
        quotient.imag = active.imag / size
    return quotient


def _sum_of_squares(active: npt.NDArray[Any], axes: tuple[int, ...]) -> Real:
    total: Real = (active.real**2 + active.imag**2).sum(axes, keepdims=True)
    return total


def _check_direction(undirected: npt.NDArray[np.bool_], on_zero: OnZero, mode: Mode) -> None:
    choice("on_zero", on_zero, ("raise", "keep"))
    if on_zero == "raise" and undirected.any():
        raise ValueError(
            f"raw has {undirected.sum()} sets (mode {mode!r}) that are all zero and so have no "
            'direction to give a positive rate; on_zero="keep" leaves them at rate 0'
        )


def _merge(psi: Complex, scaled: npt.NDArray[Any], part: Part) -> Complex:
    """Return `scaled`, with the imaginary part of `psi` if only the real part was scaled."""
    if part == "complex":
        return scaled
    merged = np.empty_like(psi)
    merged.real, merged.imag = scaled, psi.imag
    return merged
