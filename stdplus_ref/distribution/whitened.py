"""A multivariate normal in the coordinates of a prior's support, and its KL divergence.

With W the whitening of the prior (see `support`), M = W·Σ·Wᵀ and E = W·(Σ − Σ0)·Wᵀ = M − I, the
KL divergence splits exactly into three sums of terms ≥ 0, none of which cancels as Σ → Σ0:

    KL = ½‖W(μ − μ0)‖² + ½ Σ_i h(½·log M_ii) − ½·log det R,    h(t) = expm1(2t) − 2t,

where R is the correlation matrix of M. E supplies M_ii − 1 and the correlations where Σ is near
Σ0, M where it is not. h(t) = inv_log_stdplus(t)².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stdplus_ref import cpu
from stdplus_ref.distribution.arguments import Bool, Real
from stdplus_ref.distribution.support import (
    Support,
    apply,
    cholesky_above,
    support_tolerance,
    transpose,
)


@dataclass(frozen=True)
class Whitened:
    """Relative mean and covariance of a posterior; coordinates outside the support hold N(0, 1)."""

    mean: Real  # W(μ − μ0), (..., k)
    covariance: Real  # M, (..., k, k)
    excess: Real  # E = M − I, (..., k, k)
    magnitude: Real  # diagonal of |W|·|Σ|·|Wᵀ|, (..., k): rounding in M_ii is relative to it
    inside: Bool  # whether the posterior lives on the prior's support, batch shape


def whiten(
    support: Support,
    mean: Real,
    covariance: Real,
    prior_mean: Real,
    prior_covariance: Real,
) -> Whitened:
    """Express N(mean, covariance) in the coordinates of `support`.

    It lives on the prior's support if the parts of mean − prior_mean and of the covariance outside
    it are at most 64·n·eps times the larger of the means and the covariance.

    Raises
    ------
    ValueError
        If the covariance relative to the prior overflows.
    """
    tolerance = support_tolerance(None, covariance)
    w = support.whitener
    wt = transpose(w)
    with np.errstate(over="ignore", invalid="ignore"):  # an infinity at least, and so reported
        relative = w @ covariance @ wt
    if not np.isfinite(relative).all():
        raise ValueError("covariance is too far from the prior covariance: their ratio overflows")
    shift = mean - prior_mean
    reach = np.maximum(support.norm(mean), support.norm(prior_mean))
    inside = support.distance(shift) <= tolerance * reach
    inside = inside & _covariance_inside(support, covariance, tolerance)
    return Whitened(
        mean=apply(w, shift),
        covariance=add_diagonal(relative, ~support.keep),
        excess=w @ (covariance - prior_covariance) @ wt,
        magnitude=np.einsum("...ij,...ij->...i", np.abs(w) @ np.abs(covariance), np.abs(w)),
        inside=inside,
    )


def is_near(excess: Real) -> Bool:
    """Whether the relative covariance is close to I, so that E is more accurate than M."""
    return np.asarray(np.linalg.norm(excess, axis=(-2, -1)) < 0.5)


def variance_kl(excess: Real, covariance: Real) -> Real:
    """Return ½ Σ_i h(½·log M_ii), the KL of the variances alone; 1 + E_ii = M_ii > 0."""
    deviation = diagonal(excess)
    close = np.abs(deviation) < 0.5
    log_variance = np.where(
        close,
        np.log1p(np.where(close, deviation, 0)),
        np.log(np.where(close, 1, diagonal(covariance))),
    )
    return _half_sum_h(log_variance)


def correlation(matrix: Real, variance: Real) -> Real:
    """Return correlation matrices from off-diagonal covariances in `matrix`, and variances."""
    root = np.sqrt(variance)
    scaled = matrix / root[..., :, None] / root[..., None, :]
    eye = np.eye(root.shape[-1], dtype=bool)
    return np.where(eye, 1, scaled).astype(matrix.dtype, copy=False)


def correlation_kl(correlations: Real) -> Real:
    """Return −½·log det R, the KL due to correlations, of positive definite R.

    By Cholesky: L_ii² = 1 − Σ_{j<i} L_ij², where only the right-hand side keeps the digits of weak
    correlations.

    Raises
    ------
    ValueError
        If a matrix is singular in floating point.
    """
    try:
        lower = np.linalg.cholesky(correlations)
    except np.linalg.LinAlgError:
        raise ValueError("covariance is singular in floating point: rtol is too small") from None
    shared = (np.tril(lower, -1) ** 2).sum(-1)
    weak = shared < 0.5
    terms = np.where(
        weak, 0.5 * np.log1p(-np.where(weak, shared, 0)), np.log(np.where(weak, 1, diagonal(lower)))
    )
    return np.asarray(-terms.sum(-1))


def whitened_kl(posterior: Whitened, rtol: float) -> Real:
    """Return the KL divergence in nats; +∞ off the support or if M is singular to within `rtol`.

    Raises
    ------
    ValueError
        If M has a negative eigenvalue beyond `rtol`.
    """
    variance = diagonal(posterior.covariance)
    noise = rtol * posterior.magnitude
    flat = variance <= noise
    near = is_near(posterior.excess)[..., None, None]
    matrix = np.where(near, posterior.excess, posterior.covariance)
    blank = flat[..., :, None] | flat[..., None, :]
    correlations = correlation(np.where(blank, 0, matrix), np.where(flat, 1, variance))
    smallest = _smallest_eigenvalue(correlations, rtol)
    if (variance < -noise).any() or (smallest < -rtol).any():
        raise ValueError("covariance must be positive semidefinite")
    dependent = smallest <= rtol
    finite = posterior.inside & ~flat.any(-1) & ~dependent
    eye = np.eye(variance.shape[-1], dtype=variance.dtype)
    safe_excess = np.where(flat[..., None], 0, posterior.excess)
    safe_covariance = np.where(flat[..., None], eye, posterior.covariance)
    total = (
        0.5 * (posterior.mean**2).sum(-1)
        + variance_kl(safe_excess, safe_covariance)
        + correlation_kl(np.where(dependent[..., None, None], eye, correlations))
    )
    return np.where(finite, total, np.inf)[()]


def diagonal(matrix: Real) -> Real:
    """Return the diagonal of the last two axes."""
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def add_diagonal(matrix: Real, values: Real | Bool) -> Real:
    """Return the matrix with `values` (..., k) added to its diagonal."""
    k = matrix.shape[-1]
    return matrix + np.eye(k, dtype=matrix.dtype) * values[..., None, :]


def _smallest_eigenvalue(correlations: Real, rtol: float) -> Real:
    """Return the smallest eigenvalues, or 1 for all where a bound shows them well above rtol."""
    if cholesky_above(correlations, rtol) is not None:
        return np.ones(correlations.shape[:-2], correlations.dtype)
    smallest: Real = np.linalg.eigvalsh(correlations)[..., 0]
    return smallest


def _half_sum_h(log_variance: Real) -> Real:
    total: Real = 0.5 * (cpu.inv_log_stdplus(0.5 * log_variance) ** 2).sum(-1)
    return total


def _covariance_inside(support: Support, covariance: Real, tolerance: float) -> Bool:
    scaled = covariance / support.scale[..., :, None] / support.scale[..., None, :]
    basis = support.basis
    outside = scaled - basis @ (transpose(basis) @ scaled)
    size = np.linalg.norm(scaled, axis=(-2, -1))
    return np.asarray(np.linalg.norm(outside, axis=(-2, -1)) <= tolerance * size)
