"""Linear algebra of a normal prior N(μ0, A·Aᵀ) that may live on an affine subspace only.

A prior factor A (n × k) of rank r is written A = diag(scale)·U·diag(s)·Vᵀ, where `scale` holds
powers of two near the largest entry of each row (so that the rank does not depend on the units of
the n variables), U is n × k with orthonormal columns, V is k × k orthogonal, and all columns of U
beyond the first r are 0. Whitening W = diag(1/s)·Uᵀ·diag(1/scale) then satisfies
W·A·V = diag(1, …, 1, 0, …, 0).

Leading dimensions are batches; the rank may differ within a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stdplus_ref._arguments import Bool, Real, tolerance


@dataclass(frozen=True)
class Support:
    """The affine support of a prior, and the coordinates on it; fields as in the module's text."""

    scale: Real  # (..., n)
    basis: Real  # U, (..., n, k)
    singular: Real  # s, (..., k); 1 where not kept
    keep: Bool  # (..., k): the first r are True
    rotation: Real  # Vᵀ, (..., k, k)

    @property
    def factor(self) -> Real:
        """diag(scale)·U·diag(s), of shape (..., n, k): a factor of the prior with V = I."""
        factor: Real = self.scale[..., :, None] * self.basis * self.singular[..., None, :]
        return factor

    @property
    def whitener(self) -> Real:
        """W, of shape (..., k, n)."""
        return transpose(self.basis / self.scale[..., :, None] / self.singular[..., None, :])

    @property
    def rank(self) -> npt.NDArray[np.intp]:
        """r, of the batch shape."""
        rank: npt.NDArray[np.intp] = np.count_nonzero(self.keep, axis=-1)
        return rank

    def log_volume(self) -> Real:
        """Log of the r-dimensional volume of the image of the unit cube of the kept coordinates."""
        triangle = triangular_factor(self.scale[..., :, None] * self.basis)
        diagonal = np.abs(np.diagonal(triangle, axis1=-2, axis2=-1))
        kept = self.keep[..., : diagonal.shape[-1]]
        stretches = np.where(kept, diagonal, 1)
        log_volume: Real = np.log(stretches).sum(-1) + np.log(self.singular).sum(-1)
        return log_volume

    def distance(self, vectors: Real) -> Real:
        """Distance of vectors (..., n) from the range of A, each component in units of `scale`."""
        scaled = vectors / self.scale
        inside = apply(self.basis, apply(transpose(self.basis), scaled))
        return _norm(scaled - inside)

    def norm(self, vectors: Real) -> Real:
        """Norm of vectors (..., n), each component in units of `scale`."""
        return _norm(vectors / self.scale)


def transpose(matrix: Real) -> Real:
    """Transpose the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def triangular_factor(matrix: Real) -> Real:
    """Return the upper triangle R of the QR decomposition."""
    triangle: Any = np.linalg.qr(matrix, mode="r")  # NumPy's stubs promise a QRResult
    return np.asarray(triangle)


def apply(matrix: Real, vectors: Real) -> Real:
    """Matrix (..., m, n) times vectors (..., n), broadcast over leading dimensions."""
    if matrix.ndim == 2:
        return vectors @ matrix.T
    product: Real = np.matmul(matrix, vectors[..., None])[..., 0]
    return product


def support_of_factor(factor: Real, rtol: float) -> Support:
    """Decompose a factor A (..., n, k); singular values up to rtol·(the largest) count as 0."""
    n, k = factor.shape[-2:]
    scale = _power_of_two(np.abs(factor).max(-1, initial=0))
    u, s, rotation = np.linalg.svd(factor / scale[..., :, None], full_matrices=n < k)
    missing = [(0, 0)] * (u.ndim - 2)
    if n < k:
        u = np.pad(u, [*missing, (0, 0), (0, k - n)])
        s = np.pad(s, [*missing, (0, k - n)])
    keep = s > rtol * s.max(-1, initial=0, keepdims=True)
    return Support(scale, u * keep[..., None, :], np.where(keep, s, 1), keep, rotation)


def support_of_covariance(covariance: Real, rtol: float) -> Support:
    """Decompose a covariance (..., n, n); eigenvalues up to rtol·(the largest) count as 0.

    Raises
    ------
    ValueError
        If an eigenvalue is below −rtol·(the largest).
    """
    n = covariance.shape[-1]
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    if (variance < 0).any():
        raise ValueError(f"prior_covariance has the negative variance {variance.min():g}")
    scale = _power_of_two(np.sqrt(variance))
    values, vectors = np.linalg.eigh(covariance / scale[..., :, None] / scale[..., None, :])
    values, vectors = values[..., ::-1], vectors[..., ::-1]
    largest = np.abs(values).max(-1, initial=0, keepdims=True)
    if (values < -rtol * largest).any():
        raise ValueError(
            "prior_covariance must be positive semidefinite: scaled to unit variances it has "
            f"the eigenvalue {values.min():g}"
        )
    keep = values > rtol * largest
    singular = np.sqrt(np.where(keep, values, 1))
    identity = np.broadcast_to(np.eye(n, dtype=covariance.dtype), covariance.shape)
    return Support(scale, vectors * keep[..., None, :], singular, keep, identity)


def factor_tolerance(rtol: float | None, factor: Real) -> float:
    """Return `rtol`, by default max(n, k)·eps."""
    return tolerance("rtol", rtol, max(factor.shape[-2:]) * _eps(factor))


def covariance_tolerance(rtol: float | None, covariance: Real) -> float:
    """Return `rtol`, by default 16·n·eps."""
    return tolerance("rtol", rtol, 16 * covariance.shape[-1] * _eps(covariance))


def support_tolerance(rtol: float | None, factor: Real) -> float:
    """Return `rtol`, by default 64·max(n, k)·eps."""
    return tolerance("support_rtol", rtol, 64 * max(factor.shape[-2:]) * _eps(factor))


def _norm(vectors: Real) -> Real:
    norm: Real = np.linalg.norm(vectors, axis=-1)
    return norm


def _eps(array: Real) -> float:
    return float(np.finfo(array.dtype).eps)


def _power_of_two(size: Real) -> Real:
    """Return a power of two within a factor 2 of each positive entry, 1 for entries that are 0."""
    _, exponent = np.frexp(size)
    return np.where(size > 0, np.ldexp(np.ones_like(size), exponent), 1)
