"""Eq. 17–18 and 33–41, the multivariate Slashed Normal, on seeded random instances up to dimension
64. The truth is ball arithmetic (Arb): KL = ½(tr Σ0⁻¹Σ + dᵀΣ0⁻¹d − k − log det Σ0⁻¹Σ) with P an
exact Cayley transform, stdplus to 70 digits and no rounding that the ball does not hold.

Then the same in float32 and float64: Σ = F·Fᵀ of the mean and factor that the library computes,
against ψᴴψ. For singular priors the distributions are compared on the prior's support, of dimension
r: their KL is what the library's `kl` returns, and it lies below ψᴴψ, the limit of Eq. 41.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import flint
import mpmath
import numpy as np
import numpy.typing as npt

from stdplus_ref import exact
from stdplus_ref.distribution.multivariate import MultivariateSlashedNormal
from validation import plotting
from validation.core import Claim, Context
from validation.sampling import FloatArray, FloatType

NAME = "identities"
TITLE = "KL = ψᴴψ for any dimension, prior and rotation (Eq. 17–18, 22, 33–41)"
QUICK = True

Ball: TypeAlias = Any  # flint.arb
Matrix: TypeAlias = Any  # flint.arb_mat

_BITS = 600
_DIGITS = 50
_DIMENSIONS = (1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 5, 5, 8, 8, 16, 32, 64)
_SINGULAR = ((2, 2, 1), (3, 4, 2), (4, 2, 1), (5, 8, 3), (16, 16, 7), (64, 64, 20), (30, 64, 30))
_TALL = ((2, 1), (5, 3), (24, 8), (64, 40))
_TURN = np.sqrt(0.5) * np.array([[1.0, -1.0], [1.0, 1.0]])
_WITNESSES = (  # P turns by 45°?, ψ, KL, ψᴴψ; prior factor diag(1, 0)
    (False, (0, 3), 0.0, 9.0),
    (False, (1 + 0.5j, 2 - 1j), 1.25, 6.25),
    (True, (1 + 0.5j, 2 - 1j), 1.009266417264403, 6.25),
    (True, (1j, -1j), 0.227591021309180, 2.0),
)


@dataclass(frozen=True)
class Instance:
    """ψ, a prior factor A and μ0 as floats, and P as the Cayley transform of a skew matrix."""

    psi: npt.NDArray[np.complex128]
    skew: FloatArray
    factor: FloatArray
    mean: FloatArray

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int, k: int, factor: FloatArray) -> Instance:
        """|ψ_j| about 0.02 to 3, a random P, μ0 about 1."""
        size = np.exp(rng.normal(-0.5, 0.8, k))
        psi = size * np.exp(2j * np.pi * rng.uniform(size=k))
        half = rng.normal(size=(k, k))
        return cls(psi, np.triu(half, 1) - np.triu(half, 1).T, factor, rng.normal(size=n))


def run(context: Context) -> Sequence[Claim]:
    """Check the identities exactly, in both float types, and where the prior is singular."""
    saved = flint.ctx.prec
    flint.ctx.prec = _BITS
    try:
        context.progress("50 digits")
        claims = _in_digits(context.rng)
        for dtype in (np.float32, np.float64):
            context.progress(np.dtype(dtype).name)
            claims.append(_in_floats(context.rng, dtype))
        context.progress("singular priors")
        claims += _singular(context)
        context.progress("samples")
        claims.append(_samples(context.rng))
    finally:
        flint.ctx.prec = saved
    return claims


def _matrix(array: npt.ArrayLike) -> Matrix:
    return flint.arb_mat(np.atleast_2d(np.asarray(array, dtype=np.float64)).tolist())


def _column(array: npt.ArrayLike) -> Matrix:
    return _matrix(array).transpose()


def _stretch(psi: npt.NDArray[Any]) -> list[Ball]:
    """stdplus(√2·b) to 70 digits."""
    with mpmath.workdps(80):
        root = mpmath.sqrt(2)
        values = [exact.stdplus(root * mpmath.mpf(float(b)), digits=70) for b in psi.imag]
        return [flint.arb(mpmath.nstr(value, 72)) for value in values]


def _diagonal(values: Sequence[Ball]) -> Matrix:
    matrix = flint.arb_mat(len(values), len(values))
    for i, value in enumerate(values):
        matrix[i, i] = value
    return matrix


def _rotation(skew: FloatArray) -> Matrix:
    """(I − S)(I + S)⁻¹, orthogonal for skew S."""
    s, one = _matrix(skew), _diagonal([flint.arb(1)] * len(skew))
    return (one + s).solve(one - s)


def _norm(psi: npt.NDArray[Any]) -> Ball:
    return sum((flint.arb(float(p.real)) ** 2 + flint.arb(float(p.imag)) ** 2 for p in psi), 0)


@dataclass(frozen=True)
class Parts:
    """The terms of Eq. 33: trace, squared Mahalanobis distance, dimension, log det Σ0⁻¹Σ."""

    trace: Ball
    square: Ball
    size: int
    log_det: Ball

    @classmethod
    def of(cls, shift: Matrix, covariance: Matrix, prior: Matrix) -> Parts:
        """The terms for two covariances and the difference of the means."""
        ratio = prior.solve(covariance)
        square = (shift.transpose() * prior.solve(shift))[0, 0]
        log_det = covariance.det().log() - prior.det().log()
        return cls(ratio.trace(), square, prior.nrows(), log_det)

    def kl(self, sign: int = -1) -> Ball:
        """Eq. 33 or 35 with this sign before the logarithm; the paper prints +."""
        return (self.trace + self.square - self.size + sign * self.log_det) / 2


def _difference(value: Ball, wanted: Ball) -> float:
    """|value/wanted − 1|, an upper bound."""
    return float(abs(value / wanted - 1).upper())


def _in_digits(rng: np.random.Generator) -> list[Claim]:
    worst = {"18": 0.0, "35": 0.0, "37": 0.0}
    printed = 0
    for k in _DIMENSIONS:
        case = Instance.draw(rng, k, k, rng.normal(size=(k, k)))
        d, p, a = _diagonal(_stretch(case.psi)), _rotation(case.skew), _matrix(case.factor)
        shift = flint.arb(2).sqrt() * _column(case.psi.real)
        norm, relative = _norm(case.psi), p * d * d * p.transpose()
        one = _diagonal([flint.arb(1)] * k)
        full = Parts.of(a * shift, a * relative * a.transpose(), a * a.transpose())
        reduced = Parts.of(shift, relative, one)
        terms = (d[i, i] ** 2 + shift[i, 0] ** 2 - 1 - 2 * d[i, i].log() for i in range(k))
        for name, value in (
            ("18", full.kl()),
            ("35", reduced.kl()),
            ("37", sum(terms, flint.arb(0)) / 2),
        ):
            worst[name] = max(worst[name], _difference(value, norm))
        printed += _difference(full.kl(+1), norm) < 1e-3 or _difference(reduced.kl(+1), norm) < 1e-3
    scanned = f"{len(_DIMENSIONS)} random instances, dimensions {sorted(set(_DIMENSIONS))}"
    tiny = 10.0**-_DIGITS
    one = _matrix(1.0)
    pair = [Parts.of(_matrix(0.0), _matrix(v), one).kl(s) for v in (4.0, 0.01) for s in (1, -1)]
    told = ", ".join(f"{float(value.mid()):.3f}" for value in pair)
    names = {
        "18": "KL of full covariances (Eq. 17–18, 39–40; Eq. 33 with −) is ψᴴψ",
        "35": "Eq. 35 with − is ψᴴψ",
        "37": "The sum of Eq. 37–38 is ψᴴψ",
    }
    claims = [
        Claim.of_paper(
            f"Eq. {name}", f"{names[name]} in {_DIGITS} digits.", error < tiny,
            f"largest relative difference {error:.2g}", scanned,
        )
        for name, error in worst.items()
    ]  # fmt: skip
    claims.append(
        Claim.of_paper(
            "signs of Eq. 33, 35", "The log-determinant is added, as printed.",
            printed == len(_DIMENSIONS),
            f"right in {printed} of {len(_DIMENSIONS)} instances",
            f"Σ0 = 1, Σ = 4 and 0.01: printed, true = {told}",
            ("d07_multivariate:kl_formula", "d07_multivariate:relative_kl"),
        )
    )  # fmt: skip
    return claims


def _orthogonal(rng: np.random.Generator, k: int) -> FloatArray:
    return np.asarray(np.linalg.qr(rng.normal(size=(k, k)))[0])


def _in_floats(rng: np.random.Generator, dtype: FloatType) -> Claim:
    """KL of the mean and factor that the library returns, exactly, against ψᴴψ."""
    u = float(np.finfo(dtype).eps) / 2
    top, witness, relative = 0.0, "", 0.0
    for k in _DIMENSIONS:
        factor = rng.normal(size=(k, k)) + 2 * np.sqrt(k) * np.eye(k)
        case = Instance.draw(rng, k, k, factor.astype(dtype))
        psi = case.psi.astype(np.result_type(dtype, 1j))
        prior_mean = case.mean.astype(dtype)
        q = MultivariateSlashedNormal(
            psi, _orthogonal(rng, k).astype(dtype), prior_mean, case.factor
        )
        f, a = _matrix(q.factor()), _matrix(case.factor)
        shift = _column(q.mean()) - _column(prior_mean)
        parts = Parts.of(shift, f * f.transpose(), a * a.transpose())
        norm = _norm(psi)
        error = float(abs(parts.kl() - norm).upper())
        part = error / (u * _sensitivity(case, q, parts))
        relative = max(relative, error / float(norm.mid()))
        if part > top:
            top, witness = part, f"worst at dimension {k}"
    return Claim.of_library(
        np.dtype(dtype).name,
        f"KL of the library's mean and factor in {np.dtype(dtype).name} differs from ψᴴψ by no "
        "more than the roundings of μ, F and P explain.",
        top <= 1,
        f"at most {top:.2g} of the bound; largest relative difference {relative:.2g}",
        f"{witness}; {len(_DIMENSIONS)} random instances up to dimension {max(_DIMENSIONS)}",
    )


def _sensitivity(case: Instance, q: MultivariateSlashedNormal, parts: Parts) -> float:
    """What relative errors of size 1 in the operations can do to the KL, first order.

    F = A·P·D carries (2k + 8)u componentwise, P as much from orthogonality; in whitened coordinates
    that is multiplied by κ = ‖A‖·‖A⁻¹‖. KL changes by tr(GᵀδG) − tr(G⁻¹δG) with G = A⁻¹F, and by
    m·δm with m = A⁻¹(μ − μ0), δm from the rounding of μ as well.
    """
    k = len(case.psi)
    inverse = np.linalg.norm(np.linalg.inv(case.factor.astype(float)))
    kappa = inverse * np.linalg.norm(case.factor.astype(float))
    square = float(parts.square.mid())
    spread = float(parts.trace.mid()) + k + square
    offset = inverse * np.linalg.norm(np.abs(q.mean()) + np.abs(case.mean)) * np.sqrt(square)
    return float((2 * k + 8) * kappa * spread + offset)


def _support_kl(case: Instance, rotation: FloatArray, rows: FloatArray) -> Ball:
    """KL on the support of A = L·R, in the coordinates of R's rows (r × k, independent)."""
    r, p = _matrix(rows), _matrix(rotation)
    f = r * p * _diagonal(_stretch(case.psi))
    shift = flint.arb(2).sqrt() * (r * _column(case.psi.real))
    return Parts.of(shift, f * f.transpose(), r * r.transpose()).kl()


def _integers(rng: np.random.Generator, rows: int, columns: int) -> FloatArray:
    """Small integers of full rank, so that products are exact and ranks are what they look like."""
    while True:
        matrix = rng.integers(-4, 5, size=(rows, columns)).astype(np.float64)
        if np.linalg.matrix_rank(matrix) == min(rows, columns):
            return matrix


def _singular_instances(
    rng: np.random.Generator,
) -> Iterator[tuple[Instance, FloatArray, FloatArray]]:
    for n, k, rank in _SINGULAR:
        rows = _integers(rng, rank, k)
        case = Instance.draw(rng, n, k, _integers(rng, n, rank) @ rows)
        yield case, _orthogonal(rng, k), rows


def _singular(context: Context) -> list[Claim]:
    error, excess = 0.0, -np.inf
    for case, rotation, rows in _singular_instances(context.rng):
        q = MultivariateSlashedNormal(case.psi, rotation, case.mean, case.factor)
        wanted = _support_kl(case, rotation, rows)
        error = max(error, _difference(flint.arb(float(q.kl())), wanted))
        excess = max(excess, float((wanted / _norm(case.psi) - 1).upper()))
    tall = 0.0
    for n, k in _TALL:
        case = Instance.draw(context.rng, n, k, _integers(context.rng, n, k))
        rotation = _orthogonal(context.rng, k)
        q = MultivariateSlashedNormal(case.psi, rotation, case.mean, case.factor)
        wanted = _support_kl(case, rotation, np.eye(k))
        tall = max(tall, _difference(flint.arb(float(q.kl())), wanted))
    scanned = f"{len(_SINGULAR)} integer factors (n, k, rank) = {_SINGULAR}"
    return [
        Claim.of_library(
            "singular prior",
            "kl is the KL of the distributions on the prior's support, within 1e-11 relative.",
            error <= 1e-11, f"largest relative difference {error:.2g}", scanned,
        ),
        Claim.of_library(
            "singular bound", "The KL on the support lies below ψᴴψ.", excess < 0,
            f"KL/ψᴴψ at most {1 + excess:.3f}", scanned,
        ),
        Claim.of_library(
            "tall prior",
            "For tall factors of full column rank kl is ψᴴψ, within 1e-11 relative.",
            tall <= 1e-11, f"largest relative difference {tall:.2g}", f"(n, k) = {_TALL}",
        ),
        _witnesses(context),
        _limit(context),
    ]  # fmt: skip


def _witnesses(context: Context) -> Claim:
    rows, error = [], 0.0
    for turned, psi, kl, norm in _WITNESSES:
        rotation = _TURN if turned else np.eye(2)
        q = MultivariateSlashedNormal(np.array(psi), rotation, 0.0, np.diag([1.0, 0.0]))
        error = max(error, abs(float(q.kl()) - kl), abs(float(q.amplitude_norm()) - norm))
        rows.append(("45°" if turned else "0°", str(psi), float(q.kl()), float(q.amplitude_norm())))
    context.add_table(
        "singular-witnesses", "Prior factor diag(1, 0): KL of the distributions and ψᴴψ.",
        ("P turns by", "ψ", "KL", "ψᴴψ"), rows,
    )  # fmt: skip
    return Claim.of_library(
        "witnesses", "The witnesses against Eq. 41 are reproduced within 4e-15.", error <= 4e-15,
        f"largest difference {error:.2g}", "prior factor diag(1, 0)",
    )  # fmt: skip


def _regularised(psi: npt.NDArray[Any], angle: float, small: float) -> float:
    """KL with prior covariance diag(1, 0) + λI, Eq. 41 before the limit."""
    factor = _diagonal([(1 + flint.arb(small)).sqrt(), flint.arb(small).sqrt()])
    half = np.tan(angle / 2)
    f = factor * _rotation(np.array([[0, half], [-half, 0]])) * _diagonal(_stretch(psi))
    shift = flint.arb(2).sqrt() * (factor * _column(psi.real))
    kl = Parts.of(shift, f * f.transpose(), factor * factor.transpose()).kl()
    return float(kl.mid())


def _limit(context: Context) -> Claim:
    """KL as λ → 0⁺, and at λ = 0, for every angle of P."""
    psi = np.array([1 + 0.5j, 2 - 1j])
    lambdas = np.logspace(-30, 2, 33)
    angles = np.linspace(0, np.pi, 61)
    curve = np.array([_regularised(psi, np.pi / 4, value) for value in lambdas])
    turns = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in angles]
    true = MultivariateSlashedNormal(psi, np.array(turns), 0.0, np.diag([1.0, 0.0])).kl()
    with plotting.subplots(1, 2, size=(10.0, 3.8), sharey=True) as (figure, (left, right)):
        left.semilogx(lambdas, curve, color=plotting.BLUE, label="KL with Σ0 + λI")
        left.axhline(float(true[15]), color=plotting.RED, ls="--", label="KL at λ = 0")
        left.legend(loc="center right")
        right.plot(np.degrees(angles), true, color=plotting.RED, ls="--", label="KL at λ = 0")
        right.axhline(6.25, color=plotting.BLUE, label="ψᴴψ")
        right.set_ylim(0, 7)
        plotting.label(left, "λ", "KL  (nats)", "P turns by 45°")
        plotting.label(right, "angle of P  (degrees)", "", "Prior factor diag(1, 0)")
        context.save_figure(
            figure, "identities-limit",
            "Regularising the prior gives ψᴴψ however small λ is; the distributions of the limit "
            "have a smaller KL, which depends on P.",
        )  # fmt: skip
    return Claim.of_paper(
        "Eq. 41", "KL(N(ψ, P, μ0, Σ0) ‖ N(μ0, Σ0)) = ψᴴψ for a degenerate prior.",
        bool(np.abs(true - 6.25).max() < 1e-9),
        f"KL of the distributions {true.min():.4g} to {true.max():.4g}, ψᴴψ = 6.25; with Σ0 + λI "
        f"{curve.min():.6g} to {curve.max():.6g} for λ from 1e-30 to 100",
        "ψ = (1 + 0.5i, 2 − i), prior factor diag(1, 0), P any rotation",
        ("d07_multivariate:singular_prior", "d07_multivariate:degenerate_gap"),
    )  # fmt: skip


def _samples(rng: np.random.Generator, count: int = 20000) -> Claim:
    """Moments of samples drawn by Eq. 22, in standard errors."""
    worst, compared = 0.0, 0
    for n, k, rank in ((1, 1, 1), (2, 2, 1), (6, 3, 3), (24, 24, 24)):
        factor = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, k))
        case = Instance.draw(rng, n, k, factor)
        q = MultivariateSlashedNormal(case.psi, _orthogonal(rng, k), case.mean, factor)
        deviation = q.sample(count, rng=rng) - q.mean()
        covariance = q.covariance()
        variance = np.diag(covariance)
        mean_error = deviation.mean(0) / np.sqrt(variance / count)
        spread = np.sqrt((np.outer(variance, variance) + covariance**2) / count)
        second_error = (deviation.T @ deviation / count - covariance) / spread
        worst = max(worst, np.abs(mean_error).max(), np.abs(second_error).max())
        compared += mean_error.size + second_error.size
    return Claim.of_library(
        "Eq. 22", "Samples have the mean and covariance of Eq. 17, within 5.5 standard errors.",
        worst <= 5.5, f"largest deviation {worst:.2f} standard errors",
        f"{compared} moments of {count} samples each, rank-deficient factors among them",
    )  # fmt: skip
