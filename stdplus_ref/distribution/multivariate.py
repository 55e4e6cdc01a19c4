"""The multivariate Slashed Normal distribution, degenerate priors included.

A normal distribution relative to a normal prior N(μ0, A·Aᵀ), A any n × k matrix, by a complex
amplitude vector ψ = a + bi of size k and an orthogonal k × k matrix P (Eq. 17, 36–40):

    μ = μ0 + √2·A·a,    Σ = F·Fᵀ,    F = A·P·D,    D = diag(stdplus(√2·b)).

Where A has full column rank, KL(N(μ, Σ) ‖ N(μ0, A·Aᵀ)) = ψᴴψ (Eq. 18). Where it has not, ψᴴψ also
counts what A maps to nothing, and Eq. 41 of the paper only holds in its limit. The KL of the
distributions themselves is then smaller: with V_r an orthonormal basis of A's row space and
C = V_rᵀ·P·D²·Pᵀ·V_r,

    KL = ½·(tr C + 2‖V_rᵀa‖² − r − log det C) ≤ ψᴴψ.

`kl` returns this, `amplitude_norm` returns ψᴴψ. Leading dimensions are batches throughout.

Rank. Rows of A are scaled by powers of two to comparable size; singular values up to `rtol` times
the largest count as 0. The default is max(n, k)·eps, as in `numpy.linalg.matrix_rank`.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stdplus_ref import cpu
from stdplus_ref.distribution.arguments import (
    Complex,
    Random,
    Real,
    broadcast_shape,
    complex_array,
    complex_dtype,
    matrix,
    orthogonal,
    points_array,
    real_dtype,
    sample_shape,
    symmetric_matrix,
    vector,
)
from stdplus_ref.distribution.relative import SQRT2
from stdplus_ref.distribution.support import (
    Support,
    apply,
    covariance_tolerance,
    factor_tolerance,
    support_of_covariance,
    support_of_factor,
    support_tolerance,
    transpose,
    triangular_factor,
)
from stdplus_ref.distribution.whitened import (
    Whitened,
    add_diagonal,
    correlation,
    correlation_kl,
    diagonal,
    is_near,
    variance_kl,
    whiten,
)

__all__ = ["MultivariateSlashedNormal"]

_LOG_2PI = 1.8378770664093453


class MultivariateSlashedNormal:
    """Multivariate normals by KL amplitude and rotation relative to a prior (Eq. 17–18, 36–41).

    Parameters
    ----------
    psi : array_like of complex, shape (..., k)
        KL amplitudes ψ = a + bi.
    rotation : array_like of float, shape (..., k, k), optional
        P, orthogonal: |PᵀP − I| at most 64·k·eps in every entry. Default: the identity.
    prior_mean : array_like of float, shape (..., n) or scalar, default 0
        μ0.
    prior_factor : array_like of float, shape (..., n, k), optional
        A with prior covariance A·Aᵀ: square, triangular, tall, wide or singular. Default: the
        identity.
    rtol : float, optional
        Rank tolerance, default max(n, k)·eps; see the module's text.

    Attributes
    ----------
    batch_shape : tuple of int
        Broadcast shape of the leading dimensions.

    Raises
    ------
    ValueError
        If an argument is not finite, P is not orthogonal, or shapes do not fit.
    TypeError
        If an argument is not numeric or has more than double precision.

    Examples
    --------
    >>> import numpy as np
    >>> from stdplus_ref import MultivariateSlashedNormal
    >>> q = MultivariateSlashedNormal([1 + 0.5j, 2 - 1j], prior_factor=[[1, 0], [0, 0]])
    >>> print(q.amplitude_norm(), q.kl())
    6.25 1.25
    """

    def __init__(
        self,
        psi: npt.ArrayLike,
        rotation: npt.ArrayLike | None = None,
        prior_mean: npt.ArrayLike = 0.0,
        prior_factor: npt.ArrayLike | None = None,
        *,
        rtol: float | None = None,
    ) -> None:
        dtype = real_dtype(
            _given(psi=psi, rotation=rotation, prior_mean=prior_mean, prior_factor=prior_factor)
        )
        self.dtype = dtype
        self.psi: Complex = np.atleast_1d(complex_array("psi", psi, dtype))
        k = self.psi.shape[-1]
        identity = np.eye(k, dtype=dtype)
        self.rotation: Real = orthogonal("rotation", _or(rotation, identity), dtype, k)
        self.prior_factor: Real = matrix(
            "prior_factor", _or(prior_factor, identity), dtype, None, k
        )
        n = self.prior_factor.shape[-2]
        self.prior_mean: Real = vector("prior_mean", prior_mean, dtype, n)
        self.batch_shape = broadcast_shape(
            {
                "psi (batch)": self.psi.shape[:-1],
                "rotation (batch)": self.rotation.shape[:-2],
                "prior_mean (batch)": self.prior_mean.shape[:-1],
                "prior_factor (batch)": self.prior_factor.shape[:-2],
            }
        )
        self.rtol = factor_tolerance(rtol, self.prior_factor)

    @classmethod
    def from_mean_covariance(
        cls,
        mean: npt.ArrayLike,
        covariance: npt.ArrayLike,
        prior_mean: npt.ArrayLike = 0.0,
        prior_covariance: npt.ArrayLike | None = None,
        *,
        prior_factor: npt.ArrayLike | None = None,
        rtol: float | None = None,
    ) -> MultivariateSlashedNormal:
        """Return a Slashed Normal with the given mean and covariance (Eq. 34, 36, 38 inverted).

        Of all (ψ, P) with this mean and covariance, the one with the least ψᴴψ: its amplitude
        vanishes on what the prior factor maps to 0, so that ψᴴψ = KL, also for a singular prior.
        ψ and P are unique up to the order and signs of P's columns (and their rotation where
        entries of b are equal); P = I where the prior factor and the covariance are diagonal.

        Parameters
        ----------
        mean : array_like of float, shape (..., n) or scalar
        covariance : array_like of float, shape (..., n, n)
            Symmetric, positive definite on the prior's support and zero across it.
        prior_mean : array_like of float, shape (..., n) or scalar, default 0
        prior_covariance : array_like of float, shape (..., n, n), optional
            Symmetric positive semidefinite. The prior factor is then its Cholesky factor, or Q·√Λ
            of an eigendecomposition if the covariance is, or may be, singular.
        prior_factor : array_like of float, shape (..., n, k), optional
            Given instead of `prior_covariance`; kept as it is. With neither, the identity.
        rtol : float, optional
            Rank tolerance: of a prior factor as in the constructor; of a prior covariance and of
            the covariance relative to the prior, for eigenvalues, with the default 16·n·eps.

        Raises
        ------
        ValueError
            If the posterior does not live on the prior's support (to within 64·n·eps), is singular
            on it, or an argument is not finite, not symmetric, not positive semidefinite or of
            the wrong shape.
        TypeError
            If both `prior_covariance` and `prior_factor` are given.
        """
        if prior_covariance is not None and prior_factor is not None:
            raise TypeError("expected prior_covariance or prior_factor, got both")
        dtype = real_dtype(
            _given(
                mean=mean,
                covariance=covariance,
                prior_mean=prior_mean,
                prior_covariance=prior_covariance,
                prior_factor=prior_factor,
            )
        )
        sigma = symmetric_matrix("covariance", covariance, dtype)
        n = sigma.shape[-1]
        prior = _prior(prior_covariance, prior_factor, n, dtype, rtol)
        mu, mu0 = vector("mean", mean, dtype, n), vector("prior_mean", prior_mean, dtype, n)
        broadcast_shape(
            {
                "mean (batch)": mu.shape[:-1],
                "covariance (batch)": sigma.shape[:-2],
                "prior_mean (batch)": mu0.shape[:-1],
                "prior (batch)": prior.factor.shape[:-2],
            }
        )
        relative = whiten(prior.support, mu, sigma, mu0, prior.covariance)
        if not relative.inside.all():
            raise ValueError("mean and covariance must live on the prior's support, but stick out")
        psi, rotation = _amplitude(prior.support, relative, covariance_tolerance(rtol, sigma))
        return cls(psi, rotation, mu0, prior.factor, rtol=rtol)

    def __repr__(self) -> str:
        n, k = self.prior_factor.shape[-2:]
        return (
            f"MultivariateSlashedNormal(batch_shape={self.batch_shape}, n={n}, k={k}, "
            f"dtype={self.psi.dtype})"
        )

    def mean(self) -> Real:
        """Return μ = μ0 + √2·A·a, of shape (..., n)."""
        return self._batched(self.prior_mean + apply(self.prior_factor, SQRT2 * self.psi.real), 1)

    def factor(self) -> Real:
        """Return F = A·P·diag(stdplus(√2·b)), of shape (..., n, k), with Σ = F·Fᵀ."""
        return self._batched(self.prior_factor @ self.rotation * self._stretch[..., None, :], 2)

    def covariance(self) -> Real:
        """Return Σ = F·Fᵀ, of shape (..., n, n)."""
        factor = self.factor()
        return factor @ transpose(factor)

    def prior_rank(self) -> npt.NDArray[np.intp]:
        """Return the rank of the prior factor, of its batch shape."""
        return self._support.rank

    def amplitude_norm(self) -> Real:
        """Return ψᴴψ in nats, of the batch shape: the KL where the rank is k, else above it."""
        return self._batched((self.psi.real**2 + self.psi.imag**2).sum(-1), 0)

    def kl(self) -> Real:
        """Return KL(posterior ‖ prior) of the distributions in nats, of the batch shape.

        Raises
        ------
        ValueError
            If the prior factor has not full column rank and stdplus(√2·b) underflows.
        """
        norm = self.amplitude_norm()
        if self._full_rank:
            return norm
        singular = self._singular_kl()
        full = self.prior_rank() == self.psi.shape[-1]
        return self._batched(np.where(full, norm, singular), 0)

    def entropy(self) -> Real:
        """Return the entropy in nats with respect to volume on the support, of the batch shape.

        Raises
        ------
        ValueError
            If the prior factor has not full column rank and stdplus(√2·b) underflows.
        """
        value = 0.5 * self.prior_rank() * (1 + _LOG_2PI) + self._log_determinant
        return self._batched(value.astype(self.dtype), 0)

    def logpdf(self, x: npt.ArrayLike, *, support_rtol: float | None = None) -> Real:
        """Return the log density in nats with respect to volume on the affine support.

        Parameters
        ----------
        x : array_like of float, shape (..., n)
            Leading dimensions broadcast against the batch.
        support_rtol : float, optional
            `x` counts as on the support if its distance from it, each component in units of the
            rows of A, is at most `support_rtol` times the larger norm of `x` and the mean.
            Default 64·max(n, k)·eps.

        Returns
        -------
        ndarray
            Of the broadcast leading shape; −∞ off the support. For a prior that is a point (rank
            0) the density at the point is 1.

        Raises
        ------
        ValueError
            If `x` contains NaN or has the wrong shape, or the posterior is singular in floating
            point (stdplus(√2·b) has underflowed).
        """
        n = self.prior_factor.shape[-2]
        points = points_array("x", x, real_dtype({"x": x, "psi": self.psi}))
        if points.ndim == 0 or points.shape[-1] != n:
            raise ValueError(f"x must have {n} components, got shape {points.shape}")
        broadcast_shape({"x (batch)": points.shape[:-1], "the distribution": self.batch_shape})
        tolerance = support_tolerance(support_rtol, self.prior_factor)
        infinite = np.asarray(np.isinf(points).any(-1))
        points = np.where(infinite[..., None], 0, points)
        mean = self.mean()
        deviation = points - mean
        score = apply(self._whitener, deviation)
        rank = self.prior_rank()
        density = -0.5 * ((score**2).sum(-1) + rank * _LOG_2PI) - self._log_determinant
        reach = np.maximum(self._support.norm(points), self._support.norm(mean))
        outside = self._support.distance(deviation) > tolerance * reach
        return np.where(outside | infinite, -np.inf, density).astype(points.dtype)[()]

    def sample(self, shape: int | tuple[int, ...] = (), *, rng: Random = None) -> Real:
        """Draw samples z = μ0 + A·(√2·a + P·(stdplus(√2·b)·ε)) with ε ~ N(0, I) (Eq. 22).

        Parameters
        ----------
        shape : int or tuple of int, default ()
            The result has shape ``shape + batch_shape + (n,)``.
        rng : numpy.random.Generator or int or None
            A generator, or what `numpy.random.default_rng` makes one from.
        """
        size = sample_shape(shape) + self.batch_shape + self.psi.shape[-1:]
        noise = np.random.default_rng(rng).standard_normal(size, dtype=self.dtype.type)
        inner = SQRT2 * self.psi.real + apply(self.rotation, self._stretch * noise)
        return self.prior_mean + apply(self.prior_factor, inner)

    def _batched(self, array: Real, core: int) -> Real:
        """Repeat `array` to the batch shape; its last `core` axes are no batch."""
        shape = self.batch_shape + array.shape[array.ndim - core :]
        repeated: Real = np.broadcast_to(array, shape)[()]
        return repeated

    @cached_property
    def _stretch(self) -> Real:
        """The diagonal of D, (..., k)."""
        stretch: Real = cpu.stdplus(SQRT2 * self.psi.imag)
        return stretch

    @property
    def _positive_stretch(self) -> Real:
        if (self._stretch == 0).any():
            raise ValueError(
                f"psi has the imaginary part {self.psi.imag.min():.3g}: stdplus underflows to 0 in "
                f"{self.dtype} and the posterior is singular"
            )
        return self._stretch

    @cached_property
    def _support(self) -> Support:
        return support_of_factor(self.prior_factor, self.rtol)

    @property
    def _full_rank(self) -> bool:
        return bool(self._support.keep.all())

    @cached_property
    def _kept_rotation(self) -> Real:
        """Pᵀ·V with the columns beyond the rank set to 0, (..., k, k)."""
        kept = self._support.rotation * self._support.keep[..., :, None]
        return transpose(kept @ self.rotation)

    @cached_property
    def _triangle(self) -> Real:
        """Upper R with RᵀR = C = V_rᵀ·P·D²·Pᵀ·V_r; rows and columns beyond the rank are 0.

        Sorting the rows of D·Pᵀ·V by decreasing D keeps Householder QR accurate however widely
        D spreads.
        """
        stretch, kept = np.broadcast_arrays(
            self._positive_stretch[..., :, None], self._kept_rotation
        )
        order = np.argsort(-stretch[..., :1], axis=-2, kind="stable")
        return triangular_factor(np.take_along_axis(stretch * kept, order, axis=-2))

    def _singular_kl(self) -> Real:
        kept, unkept = self._kept_rotation, ~self._support.keep
        log_variance = 2 * cpu.log_stdplus(SQRT2 * self.psi.imag)
        excess = transpose(kept) @ (np.expm1(log_variance)[..., :, None] * kept)
        covariance = add_diagonal(transpose(self._triangle) @ self._triangle, unkept)
        variance = diagonal(covariance)
        near = is_near(excess)
        weak = correlation(np.where(near[..., None, None], excess, 0), variance)
        pivots = np.abs(diagonal(self._triangle)) + unkept
        far = 0.5 * np.log(variance).sum(-1) - np.log(pivots).sum(-1)
        mean = apply(self._support.rotation * self._support.keep[..., :, None], self.psi.real)
        correlated = np.where(near, correlation_kl(weak), far)
        total: Real = (mean**2).sum(-1) + variance_kl(excess, covariance) + correlated
        return total

    @cached_property
    def _whitener(self) -> Real:
        """Matrix T with T·(x − μ) ~ N(0, I_r), (..., k, n)."""
        whitener = self._support.whitener
        if self._full_rank:
            return self._kept_rotation @ whitener / self._positive_stretch[..., :, None]
        return np.linalg.solve(transpose(self._filled_triangle), whitener)

    @cached_property
    def _log_determinant(self) -> Real:
        """Log of the volume that T divides by; of full rank it does not underflow with D."""
        if self._full_rank:
            log_det: Real = cpu.log_stdplus(SQRT2 * self.psi.imag).sum(-1)
        else:
            log_det = np.log(np.abs(diagonal(self._filled_triangle))).sum(-1)
        return self._support.log_volume() + log_det

    @property
    def _filled_triangle(self) -> Real:
        return add_diagonal(self._triangle, ~self._support.keep)


class _Prior(NamedTuple):
    factor: Real
    covariance: Real
    support: Support


def _prior(
    covariance: npt.ArrayLike | None,
    factor: npt.ArrayLike | None,
    n: int,
    dtype: np.dtype[np.floating],
    rtol: float | None,
) -> _Prior:
    """Return factor, covariance and support of the prior from whichever of the two is given."""
    if covariance is not None:
        sigma0 = symmetric_matrix("prior_covariance", covariance, dtype)
        if sigma0.shape[-1] != n:
            raise ValueError(f"prior_covariance must be {n} x {n}, got shape {sigma0.shape}")
        support = support_of_covariance(sigma0, covariance_tolerance(rtol, sigma0))
        return _Prior(support.factor, sigma0, support)
    a = matrix("prior_factor", _or(factor, np.eye(n, dtype=dtype)), dtype, n, None)
    return _Prior(a, a @ transpose(a), support_of_factor(a, factor_tolerance(rtol, a)))


def _amplitude(support: Support, relative: Whitened, rtol: float) -> tuple[Complex, Real]:
    """Return (ψ, P) of a posterior in the coordinates of the support."""
    near = is_near(relative.excess)[..., None]
    values, vectors = np.linalg.eigh(
        np.where(near[..., None], relative.excess, relative.covariance)
    )
    variance = np.where(near, 1 + values, values)
    if (variance <= rtol * variance.max(-1, keepdims=True)).any():
        raise ValueError(
            "covariance must be positive definite on the prior's support: relative to the prior "
            f"it has the eigenvalue {variance.min():.3g}"
        )
    log_variance = np.where(near, np.log1p(np.where(near, values, 0)), np.log(variance))
    axes = transpose(support.rotation)
    real = apply(axes, relative.mean) / SQRT2
    imag = cpu.inv_log_stdplus(0.5 * log_variance) / SQRT2
    rotation, order = _nearest_to_identity(axes @ vectors)
    shape = np.broadcast_shapes(real.shape, imag.shape)
    psi = np.empty(shape, complex_dtype(imag.dtype))
    psi.real, psi.imag = real, np.take_along_axis(imag, order, axis=-1)
    return psi, rotation


def _nearest_to_identity(rotation: Real) -> tuple[Real, npt.NDArray[np.intp]]:
    """Order and sign the columns so that a permutation of the identity becomes the identity."""
    order = np.argsort(np.abs(rotation).argmax(-2), axis=-1, kind="stable")
    rotation = np.take_along_axis(rotation, order[..., None, :], axis=-1)
    return np.where(diagonal(rotation)[..., None, :] < 0, -rotation, rotation), order


def _given(**arguments: npt.ArrayLike | None) -> dict[str, npt.ArrayLike]:
    return {name: value for name, value in arguments.items() if value is not None}


def _or(value: npt.ArrayLike | None, default: npt.ArrayLike) -> npt.ArrayLike:
    return default if value is None else value
