"""Linear algebra of a normal prior N(μ0, A·Aᵀ) that may live on an affine subspace only.

A prior factor A (n × k) of rank r is written A = diag(scale)·U·T·Vᵀ: `scale` holds powers of two
near the largest entry of each row, so that the rank does not depend on the units of the n
variables; U is n × k with orthonormal columns, all 0 beyond the first r; T is k × k invertible; V
is k × k orthogonal. A⁺ = T⁻¹·Uᵀ·diag(1/scale), the whitening, satisfies
A⁺·A·V = diag(1, …, 1, 0, …, 0) with r ones.

Leading dimensions are batches; the rank may differ within a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stdplus_ref.distribution.arguments import Bool, Real, tolerance


@dataclass(frozen=True)
class Support:
    """The affine support of a prior, and the coordinates on it; symbols as in the module's text."""

    scale: Real  # (..., n)
    basis: Real  # U, (..., n, k)
    core: Real  # T, (..., k, k): triangular, or diagonal with 1 where not kept
    core_inverse: Real
    keep: Bool  # (..., k): the first r are True
    rotation: Real  # Vᵀ, (..., k, k)

    @property
    def factor(self) -> Real:
        """diag(scale)·U·T, of shape (..., n, k): a factor of the prior with V = I."""
        factor: Real = self.scale[..., :, None] * (self.basis @ self.core)
        return factor

    @property
    def whitener(self) -> Real:
        """A⁺, of shape (..., k, n); ValueError if it overflows."""
        with np.errstate(over="ignore", invalid="ignore"):
            whitener: Real = self.core_inverse @ transpose(self.basis / self.scale[..., :, None])
        if not np.isfinite(whitener).all():
            raise ValueError(f"prior is so narrow that its inverse overflows in {whitener.dtype}")
        return whitener

    @property
    def rank(self) -> npt.NDArray[np.intp]:
        """r, of the batch shape."""
        rank: npt.NDArray[np.intp] = np.count_nonzero(self.keep, axis=-1)
        return rank

    def log_volume(self) -> Real:
        """Log of the r-dimensional volume of the image of the unit cube of the kept coordinates."""
        if self.basis.shape[-2] == self.basis.shape[-1] and self.keep.all():
            stretches = self.scale  # U is orthogonal
        else:
            # rows by decreasing scale keep Householder QR accurate however widely the scales spread
            order = np.argsort(-self.scale, axis=-1, kind="stable")[..., None]
            rows = np.take_along_axis(self.scale[..., None] * self.basis, order, axis=-2)
            stretches = _pivots(triangular_factor(rows))
            stretches = np.where(self.keep[..., : stretches.shape[-1]], stretches, 1)
        log_volume: Real = np.log(stretches).sum(-1) + np.log(_pivots(self.core)).sum(-1)
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
    scale = _power_of_two(np.abs(factor).max(-1, initial=0))
    scaled = factor / scale[..., :, None]
    return _by_qr(scale, scaled, rtol) or _by_svd(scale, scaled, rtol)


def _by_qr(scale: Real, scaled: Real, rtol: float) -> Support | None:
    """Decompose factors that a bound shows to have full column rank, much faster than by SVD.

    The smallest singular value is at least 1/‖T⁻¹‖ and the largest at most ‖T‖ (Frobenius norms).
    """
    n, k = scaled.shape[-2:]
    if n < k:
        return None
    basis, core = _orthogonal_triangular(scaled)
    if (_pivots(core) == 0).any():
        return None
    inverse = np.linalg.inv(core)
    if not (_frobenius(inverse) * _frobenius(core) * rtol < 1).all():
        return None
    keep = np.ones(core.shape[:-1], bool)
    return Support(scale, basis, core, inverse, keep, _identity(core))


def _orthogonal_triangular(matrix: Real) -> tuple[Real, Real]:
    """Q and a triangle whose product is the matrix; Cholesky factors are triangles already."""
    if matrix.shape[-2] == matrix.shape[-1] and not np.triu(matrix, 1).any():
        return _identity(matrix), matrix
    return np.linalg.qr(matrix)


def _by_svd(scale: Real, scaled: Real, rtol: float) -> Support:
    n, k = scaled.shape[-2:]
    u, s, rotation = np.linalg.svd(scaled, full_matrices=n < k)
    if n < k:
        missing = [(0, 0)] * (u.ndim - 2)
        u = np.pad(u, [*missing, (0, 0), (0, k - n)])
        s = np.pad(s, [*missing, (0, k - n)])
    keep = s > rtol * s.max(-1, initial=0, keepdims=True)
    return _diagonal_support(scale, u, np.where(keep, s, 1), keep, rotation)


def support_of_covariance(covariance: Real, rtol: float) -> Support:
    """Decompose a covariance (..., n, n); eigenvalues up to rtol·(the largest) count as 0.

    Raises
    ------
    ValueError
        If an eigenvalue is below −rtol·(the largest).
    """
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    if (variance < 0).any():
        raise ValueError(f"prior_covariance has the negative variance {variance.min():g}")
    scale = _power_of_two(np.sqrt(variance))
    scaled = covariance / scale[..., :, None] / scale[..., None, :]
    return _by_cholesky(scale, scaled, rtol) or _by_eigenvalues(scale, scaled, rtol)


def _by_cholesky(scale: Real, scaled: Real, rtol: float) -> Support | None:
    """Decompose covariances that a bound shows to have full rank: L·Lᵀ with U = V = I."""
    if (found := cholesky_above(scaled, rtol)) is None:
        return None
    keep = np.ones(scale.shape, bool)
    return Support(scale, _identity(scaled), *found, keep, _identity(scaled))


def _by_eigenvalues(scale: Real, scaled: Real, rtol: float) -> Support:
    values, vectors = np.linalg.eigh(scaled)
    values, vectors = values[..., ::-1], vectors[..., ::-1]
    largest = np.abs(values).max(-1, initial=0, keepdims=True)
    if (values < -rtol * largest).any():
        raise ValueError(
            "prior_covariance must be positive semidefinite: scaled to unit variances it has "
            f"the eigenvalue {values.min():g}"
        )
    keep = values > rtol * largest
    return _diagonal_support(
        scale, vectors, np.sqrt(np.where(keep, values, 1)), keep, _identity(scaled)
    )


def cholesky_above(matrix: Real, rtol: float) -> tuple[Real, Real] | None:
    """Return L and L⁻¹ of L·Lᵀ = matrix if all eigenvalues surely exceed rtol·(the largest).

    The smallest is at least 1/‖L⁻¹‖² (Frobenius norm), the largest at most the trace. None does not
    mean that they do not exceed it.
    """
    try:
        lower = np.linalg.cholesky(matrix)
        inverse = np.linalg.inv(lower)
    except np.linalg.LinAlgError:
        return None
    trace = np.trace(matrix, axis1=-2, axis2=-1)
    sure = _frobenius(inverse) ** 2 * trace * rtol < 1
    return (lower, inverse) if sure.all() else None


def factor_tolerance(rtol: float | None, factor: Real) -> float:
    """Return `rtol`, by default max(n, k)·eps."""
    return tolerance("rtol", rtol, max(factor.shape[-2:]) * _eps(factor))


def covariance_tolerance(rtol: float | None, covariance: Real) -> float:
    """Return `rtol`, by default 16·n·eps."""
    return tolerance("rtol", rtol, 16 * covariance.shape[-1] * _eps(covariance))


def support_tolerance(rtol: float | None, factor: Real) -> float:
    """Return `rtol`, by default 64·max(n, k)·eps."""
    return tolerance("support_rtol", rtol, 64 * max(factor.shape[-2:]) * _eps(factor))


def _diagonal_support(scale: Real, u: Real, s: Real, keep: Bool, rotation: Real) -> Support:
    eye = np.eye(s.shape[-1], dtype=s.dtype)
    basis = u * keep[..., None, :]
    return Support(scale, basis, eye * s[..., None, :], eye / s[..., None, :], keep, rotation)


def _identity(matrix: Real) -> Real:
    return np.broadcast_to(np.eye(matrix.shape[-1], dtype=matrix.dtype), matrix.shape)


def _pivots(triangle: Real) -> Real:
    return np.abs(np.diagonal(triangle, axis1=-2, axis2=-1))


def _frobenius(matrix: Real) -> Real:
    norm: Real = np.linalg.norm(matrix, axis=(-2, -1))
    return norm


def _norm(vectors: Real) -> Real:
    norm: Real = np.linalg.norm(vectors, axis=-1)
    return norm


def _eps(array: Real) -> float:
    return float(np.finfo(array.dtype).eps)


def _power_of_two(size: Real) -> Real:
    """Return a power of two within a factor 2 of each positive entry, 1 for entries that are 0."""
    _, exponent = np.frexp(size)
    return np.where(size > 0, np.ldexp(np.ones_like(size), exponent - 1), 1)
