"""The KL divergence between two normal distributions in closed form.

The textbook formula ½(d² + r² − log r² − 1) subtracts nearly equal numbers when the two
distributions nearly coincide and keeps nothing of a KL below 1e-16. Here every term is ≥ 0:
½·(r² − log r² − 1) = ½·inv_log_stdplus(log r)², with log r from the exact difference σ − σ0.

Accuracy (float64 and float32, arguments taken as exact): relative error at most 8 ULP for
(mean, std) and 32·n·κ·κ' ULP for (mean, covariance), n the dimension, κ the condition number of the
prior covariance and κ' that of the posterior covariance relative to the prior, both scaled to unit
variances (κ' → 1 as the two coincide).
"""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

from stdplus_ref.distribution.arguments import (
    Axis,
    Bool,
    Real,
    broadcast_shape,
    real_array,
    real_dtype,
    symmetric_matrix,
    vector,
)
from stdplus_ref.distribution.relative import relative_mean, relative_std
from stdplus_ref.distribution.support import (
    covariance_tolerance,
    support_of_covariance,
    support_tolerance,
)
from stdplus_ref.distribution.whitened import whiten, whitened_kl

__all__ = ["kl_divergence"]


@overload
def kl_divergence(
    mean: npt.ArrayLike,
    prior_mean: npt.ArrayLike,
    *,
    std: npt.ArrayLike,
    prior_std: npt.ArrayLike,
    axis: Axis = (),
) -> Real: ...


@overload
def kl_divergence(
    mean: npt.ArrayLike,
    prior_mean: npt.ArrayLike,
    *,
    covariance: npt.ArrayLike,
    prior_covariance: npt.ArrayLike,
    rtol: float | None = None,
) -> Real: ...


def kl_divergence(
    mean: npt.ArrayLike,
    prior_mean: npt.ArrayLike,
    *,
    std: npt.ArrayLike | None = None,
    prior_std: npt.ArrayLike | None = None,
    covariance: npt.ArrayLike | None = None,
    prior_covariance: npt.ArrayLike | None = None,
    axis: Axis = (),
    rtol: float | None = None,
) -> Real:
    """Return KL(N(mean, ·) ‖ N(prior_mean, prior ·)) in nats (Eq. 4, 33 with the sign corrected).

    Parameters
    ----------
    mean, prior_mean : array_like of float
        Means: any shapes that broadcast, or (..., n) with covariances.
    std, prior_std : array_like of float
        Standard deviations ≥ 0, for independent variables.
    covariance, prior_covariance : array_like of float
        Symmetric positive semidefinite matrices (..., n, n).
    axis : int or tuple of int or None, default ()
        With standard deviations: axes to sum over, as in `numpy.sum`; none by default.
    rtol : float, optional
        With covariances: eigenvalues up to `rtol` times the largest, of the prior covariance and of
        the posterior covariance relative to the prior, both scaled to unit variances, count as 0.
        Default 16·n·eps.

    Returns
    -------
    ndarray
        Elementwise for standard deviations (summed over `axis`); of the batch shape for
        covariances. Singular distributions follow the definition: 0 if both are the same point,
        finite if both live on the same affine subspace with positive density, otherwise +∞. The
        posterior counts as living on the prior's support if what sticks out is at most 64·n·eps. A
        variance so small beside the prior's that the ratio underflows counts as 0.

    Raises
    ------
    ValueError
        If an argument is not finite, a standard deviation is negative, a covariance is not square,
        symmetric and positive semidefinite, shapes do not broadcast, or the ratio of the
        covariances overflows.
    TypeError
        If neither or both of the two kinds of pair are given.

    Examples
    --------
    >>> from stdplus_ref import kl_divergence
    >>> print(f"{kl_divergence(0, 0, std=1 + 1e-12, prior_std=1):.14e}")
    1.00017780906766e-24
    """
    if std is not None and prior_std is not None and covariance is prior_covariance is None:
        if rtol is not None:
            raise TypeError("rtol applies to covariances only")
        return _diagonal(mean, prior_mean, std, prior_std, axis)
    if covariance is not None and prior_covariance is not None and std is prior_std is None:
        if axis != ():
            raise TypeError("axis applies to standard deviations only")
        return _full(mean, prior_mean, covariance, prior_covariance, rtol)
    raise TypeError("expected either std and prior_std, or covariance and prior_covariance")


def _diagonal(
    mean: npt.ArrayLike,
    prior_mean: npt.ArrayLike,
    std: npt.ArrayLike,
    prior_std: npt.ArrayLike,
    axis: Axis,
) -> Real:
    given = {"mean": mean, "prior_mean": prior_mean, "std": std, "prior_std": prior_std}
    dtype = real_dtype(given)
    mu, mu0 = (real_array(name, given[name], dtype) for name in ("mean", "prior_mean"))
    sigma, sigma0 = (real_array(name, given[name], dtype, 0) for name in ("std", "prior_std"))
    broadcast_shape(
        {"mean": mu.shape, "prior_mean": mu0.shape, "std": sigma.shape, "prior_std": sigma0.shape}
    )
    a = relative_mean(mu, mu0, sigma0)
    b = relative_std(sigma, sigma0)
    kl: Real = np.sum(0.5 * (a * a + b * b), axis=axis, dtype=dtype)
    return kl


def _full(
    mean: npt.ArrayLike,
    prior_mean: npt.ArrayLike,
    covariance: npt.ArrayLike,
    prior_covariance: npt.ArrayLike,
    rtol: float | None,
) -> Real:
    given = {
        "mean": mean,
        "prior_mean": prior_mean,
        "covariance": covariance,
        "prior_covariance": prior_covariance,
    }
    dtype = real_dtype(given)
    sigma = symmetric_matrix("covariance", covariance, dtype)
    sigma0 = symmetric_matrix("prior_covariance", prior_covariance, dtype)
    n = sigma0.shape[-1]
    if sigma.shape[-1] != n:
        raise ValueError(f"covariance must be {n} x {n} like prior_covariance, got {sigma.shape}")
    mu = vector("mean", mean, dtype, n)
    mu0 = vector("prior_mean", prior_mean, dtype, n)
    broadcast_shape(
        {
            "mean (batch)": mu.shape[:-1],
            "prior_mean (batch)": mu0.shape[:-1],
            "covariance (batch)": sigma.shape[:-2],
            "prior_covariance (batch)": sigma0.shape[:-2],
        }
    )
    tolerance = covariance_tolerance(rtol, sigma0)
    support = support_of_covariance(sigma0, tolerance)
    kl = whitened_kl(whiten(support, mu, sigma, mu0, sigma0), tolerance)
    if np.isinf(kl).any():
        _expect_semidefinite(sigma, np.isinf(kl))
    return kl


def _expect_semidefinite(covariance: Real, where: Bool) -> None:
    """Look for what the prior's support may hide: negative directions off it or beside zeros."""
    size = np.abs(covariance).max(axis=(-2, -1), keepdims=True)
    least = np.linalg.eigvalsh(covariance / np.where(size > 0, size, 1))[..., 0]
    if (where & (least < -support_tolerance(None, covariance))).any():
        raise ValueError("covariance must be positive semidefinite")
