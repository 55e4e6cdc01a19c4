"""KL divergences of normal distributions from their textbook formulas, in 80 digits of mpmath."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 80


def exact(x: Any) -> mp.mpf:
    """The number itself."""
    return mp.mpf(float(x))


def kl_std(mean: Any, std: Any, prior_mean: Any, prior_std: Any) -> mp.mpf:
    """½(((μ − μ0)/σ0)² + r² − 1 − 2 log r), r = σ/σ0."""
    with mp.workdps(DIGITS):
        r = exact(std) / exact(prior_std)
        d = (exact(mean) - exact(prior_mean)) / exact(prior_std)
        return (d * d + r * r - 1 - 2 * mp.log(r)) / 2


def deviate(std: Any, prior_std: Any) -> mp.mpf:
    """±√(r² − 1 − 2 log r), the sign that of log r: the inverse of stdplus at r = σ/σ0."""
    with mp.workdps(DIGITS):
        r = exact(std) / exact(prior_std)
        return mp.sign(r - 1) * mp.sqrt(r * r - 1 - 2 * mp.log(r))


def stdplus(x: mp.mpf) -> mp.mpf:
    """The root y of y² − 1 − 2 log y = x² on the side of 1 given by the sign of x, by bisection."""
    with mp.workdps(DIGITS):
        x = mp.mpf(x)
        low, high = (mp.mpf(0), abs(x) + 1) if x > 0 else (-(x * x + 1) / 2, mp.mpf(0))
        for _ in range(300):
            middle = (low + high) / 2
            above = mp.expm1(2 * middle) - 2 * middle > x * x
            low, high = (low, middle) if above == (x > 0) else (middle, high)
        return mp.exp(low)


def matrix(array: Any) -> mp.matrix:
    """A float matrix or vector, exactly."""
    return mp.matrix(np.asarray(array, dtype=np.float64).tolist())


def kl_covariance(mean: Any, covariance: Any, prior_mean: Any, prior_covariance: Any) -> mp.mpf:
    """½(tr(Σ0⁻¹Σ) + dᵀΣ0⁻¹d − n − log det Σ0⁻¹Σ): Eq. 33 with the sign corrected."""
    with mp.workdps(DIGITS):
        sigma, sigma0 = matrix(covariance), matrix(prior_covariance)
        d = matrix(mean) - matrix(prior_mean)
        n = sigma.rows
        precision = mp.inverse(sigma0)
        ratio = precision * sigma
        trace = mp.fsum(ratio[i, i] for i in range(n))
        square = (d.T * precision * d)[0]
        return (trace + square - n - mp.log(mp.det(ratio))) / 2


def kl_singular(psi: Any, rotation: Any, factor: Any) -> mp.mpf:
    """½(tr C + 2‖V_rᵀa‖² − r − log det C) of a factor with r independent rows (paper-errata).

    V_r comes from Gram-Schmidt on the rows of the factor, D from bisection.
    """
    with mp.workdps(DIGITS):
        rows = _orthonormal_rows(matrix(factor))
        k = rows.cols
        psi = np.asarray(psi)
        scale = [stdplus(mp.sqrt(2) * exact(b)) for b in psi.imag]
        f = rows * matrix(rotation) * mp.diag(scale)
        c = f * f.T
        a = rows * matrix(psi.real)
        trace = mp.fsum(c[i, i] for i in range(rows.rows))
        assert rows.rows <= k
        return (trace + 2 * (a.T * a)[0] - rows.rows - mp.log(mp.det(c))) / 2


def _orthonormal_rows(factor: mp.matrix) -> mp.matrix:
    found: list[mp.matrix] = []
    for i in range(factor.rows):
        row = factor[i, :]
        size = mp.norm(row)
        for _ in range(2):
            for other in found:
                row = row - (row * other.T)[0] * other
        if mp.norm(row) > size * mp.mpf(10) ** -30 and size > 0:
            found.append(row / mp.norm(row))
    return mp.matrix([list(row) for row in found])


def ulps(got: Any, true: mp.mpf) -> float:
    """|got − true| in units of the spacing of `got`'s type at the true value."""
    got = np.asarray(got)
    unit = np.spacing(got.dtype.type(abs(true)))
    return float(abs(exact(got) - true) / exact(unit))
