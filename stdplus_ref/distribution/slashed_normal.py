"""The Slashed Normal distribution of one variable, or of many with diagonal covariance.

A normal distribution written relative to a normal prior N(μ0, σ0²) by its KL amplitude
ψ = a + bi (Eq. 10–16 of the paper):

    μ = μ0 + √2·σ0·a,    σ = σ0·stdplus(√2·b),    KL(N(μ, σ²) ‖ N(μ0, σ0²)) = |ψ|² nats.

Accuracy. Every method follows its formula with one rounding per operation, so a result is the
exact one for a ψ within 1 ULP of the given one. `from_mean_std` returns both parts of ψ to within
4 ULP (of the exact amplitude of the floating-point arguments), however close σ is to σ0: there
σ − σ0 is exact, and tells what the rounding of σ/σ0 has lost.

Conventions. Method names, sample shapes and `rng` are those of `scipy.stats.Normal`; rates are in
nats. complex64 amplitudes give float32 results, complex128 float64.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from stdplus_ref import cpu
from stdplus_ref._arguments import choice
from stdplus_ref.distribution.arguments import (
    Axis,
    Complex,
    Random,
    Real,
    broadcast_shape,
    complex_array,
    complex_dtype,
    points_array,
    real_array,
    real_dtype,
    sample_shape,
)
from stdplus_ref.distribution.relative import (
    SQRT2,
    absolute_std,
    relative_mean,
    relative_std,
)

__all__ = ["SlashedNormal", "m0", "m1", "variance_from_mean_kl"]

_LOG_2PI = 1.8378770664093453


class SlashedNormal:
    """Normal distributions given by their KL amplitudes relative to a normal prior (Eq. 14–16).

    Parameters
    ----------
    psi : array_like of complex
        KL amplitudes ψ = a + bi, any shape. A real array is read as b = 0.
    prior_mean : array_like of float, default 0
        Mean μ0 of the prior, broadcast against `psi`.
    prior_std : array_like of float, default 1
        Standard deviation σ0 ≥ 0 of the prior, broadcast against `psi`. Where it is 0 the prior is
        a point and so is the posterior: the same point, whatever ψ, at KL 0 instead of |ψ|².

    Raises
    ------
    ValueError
        If an argument is not finite, `prior_std` is negative, or the shapes do not broadcast.
    TypeError
        If an argument is not numeric or has more than double precision.

    Notes
    -----
    The type follows NumPy's promotion: complex64 with Python scalars or float32 arrays computes in
    float32, anything wider in float64. Arguments are not copied; do not change them afterwards.

    Examples
    --------
    >>> import numpy as np
    >>> from stdplus_ref import SlashedNormal
    >>> q = SlashedNormal(np.array([0.5 + 0j, 0.3 - 0.4j]))
    >>> q.kl()
    array([0.25, 0.25])
    >>> q.mean().round(4), q.standard_deviation().round(4)
    (array([0.7071, 0.4243]), array([1.    , 0.6305]))
    """

    def __init__(
        self,
        psi: npt.ArrayLike,
        prior_mean: npt.ArrayLike = 0.0,
        prior_std: npt.ArrayLike = 1.0,
    ) -> None:
        given = {"psi": psi, "prior_mean": prior_mean, "prior_std": prior_std}
        self.dtype = real_dtype(given)
        self.prior_mean: Real = real_array("prior_mean", prior_mean, self.dtype)
        self.prior_std: Real = real_array("prior_std", prior_std, self.dtype, minimum=0)
        amplitudes = complex_array("psi", psi, self.dtype)
        self.shape = broadcast_shape(
            {
                "psi": amplitudes.shape,
                "prior_mean": self.prior_mean.shape,
                "prior_std": self.prior_std.shape,
            }
        )
        self.psi: Complex = np.broadcast_to(amplitudes, self.shape)

    @classmethod
    def from_mean_std(
        cls,
        mean: npt.ArrayLike,
        std: npt.ArrayLike,
        prior_mean: npt.ArrayLike = 0.0,
        prior_std: npt.ArrayLike = 1.0,
    ) -> SlashedNormal:
        """Return the Slashed Normal with the given mean and standard deviation (Eq. 15 inverted).

        a = (μ − μ0)/(√2·σ0) and b = inv_stdplus(σ/σ0)/√2.

        Parameters
        ----------
        mean, std : array_like of float
            Posterior mean and standard deviation; `std` > 0 where `prior_std` > 0.
        prior_mean, prior_std : array_like of float
            Prior mean and standard deviation.

        Returns
        -------
        SlashedNormal
            Both parts of its ψ lie within 4 ULP of the exact ones. Going back, `mean` returns to
            within 4 ULP of the larger of |μ| and |μ0|, and `std` to within
            4 + 4·|log(σ/σ0)| ULP, which is what rounding ψ costs.

        Raises
        ------
        ValueError
            If an argument is not finite, `std` or `prior_std` is negative, the amplitude would be
            infinite (`std` is 0 but `prior_std` is not, or overflow), or a point prior is left.
        """
        given = {"mean": mean, "std": std, "prior_mean": prior_mean, "prior_std": prior_std}
        dtype = real_dtype(given)
        arrays = {
            name: real_array(name, value, dtype, minimum=0 if name.endswith("std") else None)
            for name, value in given.items()
        }
        broadcast_shape({name: array.shape for name, array in arrays.items()})
        mu, sigma, mu0, sigma0 = np.broadcast_arrays(*arrays.values())
        point = sigma0 == 0
        if (point & ((mu != mu0) | (sigma != 0))).any():
            raise ValueError("where prior_std is 0, mean must equal prior_mean and std must be 0")
        if (~point & (sigma == 0)).any():
            raise ValueError("std must be positive where prior_std is: the KL would be infinite")
        psi = np.zeros(mu.shape, complex_dtype(dtype))
        psi.real = np.where(point, 0, relative_mean(mu, mu0, sigma0)) / SQRT2
        psi.imag = np.where(point, 0, relative_std(sigma, sigma0)) / SQRT2
        if not np.isfinite(psi).all():
            raise ValueError("mean and std are too far from the prior: the amplitude overflows")
        return cls(psi, mu0, sigma0)

    def __repr__(self) -> str:
        return f"SlashedNormal(shape={self.shape}, dtype={self.psi.dtype})"

    def mean(self) -> Real:
        """Return μ = μ0 + √2·σ0·a, of shape `shape`."""
        mean: Real = self.prior_mean + self.prior_std * (SQRT2 * self.psi.real)
        return mean

    def standard_deviation(self) -> Real:
        """Return σ = σ0·stdplus(√2·b), of shape `shape`; it underflows only where σ itself does.

        To within 4 ULP for the rounded product √2·b, also where stdplus alone is subnormal or 0.
        """
        return absolute_std(SQRT2 * self.psi.imag, self.prior_std)

    def variance(self) -> Real:
        """Return σ², of shape `shape`."""
        return self.standard_deviation() ** 2

    def log_standard_deviation(self) -> Real:
        """Return log σ = log σ0 + log_stdplus(√2·b); no underflow, −∞ only where σ0 = 0."""
        std, t = self.standard_deviation(), cpu.log_stdplus(SQRT2 * self.psi.imag)
        normal = (std >= np.finfo(self.dtype).tiny) & np.isfinite(std)
        direct = normal & (np.abs(t) > 1)  # where the sum may cancel
        with np.errstate(divide="ignore"):
            log_prior = np.log(self.prior_std)
        log_std: Real = np.where(direct, np.log(np.where(direct, std, 1)), log_prior + t)[()]
        return log_std

    def kl(self, axis: Axis = ()) -> Real:
        """Return KL(posterior ‖ prior) = |ψ|² in nats, 0 where the prior is a point (Eq. 16).

        Parameters
        ----------
        axis : int or tuple of int or None, default ()
            Axes to sum over, as in `numpy.sum`: none of them by default, all for None.
        """
        parts = self.psi.real**2 + self.psi.imag**2
        kl: Real = np.sum(np.where(self.prior_std == 0, 0, parts), axis=axis, dtype=self.dtype)
        return kl

    def entropy(self) -> Real:
        """Return the differential entropy ½·log(2πe) + log σ in nats, of shape `shape`."""
        return 0.5 * (1 + _LOG_2PI) + self.log_standard_deviation()

    def logpdf(self, x: npt.ArrayLike) -> Real:
        """Return the log density at `x`, in nats.

        Parameters
        ----------
        x : array_like of float
            Broadcast against `shape`; infinities are allowed.

        Returns
        -------
        ndarray
            Where the prior is a point: +∞ at the point and −∞ elsewhere.

        Raises
        ------
        ValueError
            If `x` contains NaN or does not broadcast against `shape`.
        """
        points = points_array("x", x, real_dtype({"x": x, "psi": self.psi}))
        broadcast_shape({"x": points.shape, "the distribution": self.shape})
        std, deviation = self.standard_deviation(), points - self.mean()
        tiny = std < np.finfo(self.dtype).tiny
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            score, log_std = deviation / std, np.log(std)
            if tiny.any():  # σ has underflowed, its logarithm has not
                log_std = np.where(tiny, self.log_standard_deviation(), log_std)
                score = np.where(tiny, np.exp(np.log(np.abs(deviation)) - log_std), score)
            score = np.where(deviation == 0, 0, score)
            density = -0.5 * (score * score + _LOG_2PI) - log_std
        return np.where(np.isinf(score), -np.inf, density)[()]

    def sample(self, shape: int | tuple[int, ...] = (), *, rng: Random = None) -> Real:
        """Draw samples by reparameterisation: z = μ + σ·ε with ε ~ N(0, 1) (Eq. 22).

        Parameters
        ----------
        shape : int or tuple of int, default ()
            The result has shape ``shape + self.shape``.
        rng : numpy.random.Generator or int or None
            A generator, or what `numpy.random.default_rng` makes one from.
        """
        size = sample_shape(shape) + self.shape
        noise = np.random.default_rng(rng).standard_normal(size, dtype=self.dtype.type)
        sample: Real = self.mean() + self.standard_deviation() * noise
        return sample


def m0(k: npt.ArrayLike) -> Real:
    """Return M0(k) = −W0(−e^{k−1}), the root x ≤ 1 of log x − x = k − 1, for k ≤ 0 (Eq. 6–8)."""
    return _root(k, -1)


def m1(k: npt.ArrayLike) -> Real:
    """Return M1(k) = −W₋₁(−e^{k−1}), the root x ≥ 1 of log x − x = k − 1, for k ≤ 0 (Eq. 6–8)."""
    return _root(k, 1)


def variance_from_mean_kl(
    mean: npt.ArrayLike,
    kl: npt.ArrayLike,
    branch: Literal[0, 1],
    prior_mean: npt.ArrayLike = 0.0,
    prior_std: npt.ArrayLike = 1.0,
) -> Real:
    """Return the variance that gives a posterior of this mean exactly this KL (Eq. 9 and 15).

    The earlier (μ, δ) form of the paper: σ² = σ0²·M(k) with k = −(2δ − (μ − μ0)²/σ0²). Its slope
    ∂σ²/∂δ is unbounded at the edge k = 0, where σ = σ0; `SlashedNormal` has no such edge.

    Parameters
    ----------
    mean : array_like of float
        Posterior mean μ.
    kl : array_like of float
        KL divergence δ in nats, at least (μ − μ0)²/(2σ0²). Values below that bound by no more than
        4 ULP of it are taken to lie on it.
    branch : {0, 1}
        0 for the variance below σ0² (M0), 1 for the one above (M1).
    prior_mean, prior_std : array_like of float
        The prior; `prior_std` > 0.

    Raises
    ------
    ValueError
        If the KL is infeasible, `prior_std` is not positive, or an argument is not finite.
    """
    given = {"mean": mean, "kl": kl, "prior_mean": prior_mean, "prior_std": prior_std}
    dtype = real_dtype(given)
    mu, delta, mu0, sigma0 = (real_array(name, value, dtype) for name, value in given.items())
    broadcast_shape(
        {"mean": mu.shape, "kl": delta.shape, "prior_mean": mu0.shape, "prior_std": sigma0.shape}
    )
    choice("branch", branch, (0, 1))
    if (sigma0 <= 0).any():
        raise ValueError(f"prior_std must be positive, got {sigma0.min():g}")
    with np.errstate(over="ignore", invalid="ignore"):
        least = ((mu - mu0) / sigma0) ** 2
        excess = 2 * delta - least
        feasible = excess >= -4 * np.spacing(least)  # False where `least` is infinite
    if not feasible.all():
        raise ValueError(
            "kl must be at least (mean - prior_mean)²/(2 prior_std²): "
            f"it is smaller by up to {-np.min(excess) / 2:g}"
        )
    k = -np.maximum(excess, 0)
    return sigma0**2 * (m0(k) if branch == 0 else m1(k))


def _root(k: npt.ArrayLike, sign: int) -> Real:
    array = real_array("k", k, real_dtype({"k": k}))
    if (array > 0).any():
        raise ValueError(f"k must be at most 0, got {array.max():g}: log x - x <= -1 for all x > 0")
    root: Real = cpu.stdplus(sign * np.sqrt(-array)) ** 2
    return root
