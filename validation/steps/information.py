"""Theorem 4.1, Theorem 5.1, and the relations with BN-VAE, δ-VAE and constant-variance encoders.

Information is computed by quadrature: I(X; Z) = h(Z) − h(Z|X), with the aggregate posterior a
mixture of normals. The rate E‖ψ‖² bounds it; what is missing is KL(q(z) ‖ p(z)).

Theorem 5.1 is checked in 50 digits on L_>(z) = ½c(z − m)², whose expectation and optimum are known:
with β·KL the stationary posterior is μ = cm/(c + β), σ² = β/(c + β). The gradient convention of
Eq. 23 is ∂/∂a + i·∂/∂b. The Wirtinger derivative ∂/∂ψ̄ is half of it, so its factor is −1/β, and
automatic differentiation in JAX returns the conjugate ∂/∂a − i·∂/∂b.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import mpmath
import numpy as np
from scipy import optimize

from stdplus_ref import exact
from stdplus_ref.distribution.gaussian_kl import kl_divergence
from stdplus_ref.distribution.slashed_normal import SlashedNormal
from stdplus_ref.rate import mean_kl, normalize_rate
from validation import plotting
from validation.core import Claim, Context
from validation.sampling import FloatArray

NAME = "information"
TITLE = "Rate, information and stationary points (Theorems 4.1, 5.1; BN-VAE, δ-VAE)"
QUICK = True

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)  # for panels of one standard deviation


def run(context: Context) -> Sequence[Claim]:
    """Check the theorems and the relations."""
    return [
        *_theorem_41(context),
        *_theorem_51(context.rng),
        *_bn_vae(context.rng),
        *_delta_vae(context.rng),
        _constant_variance(context.rng),
    ]


def _normal(z: FloatArray, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Densities at z (rows) of several normals (columns)."""
    score = (z[:, None] - mean) / std
    return np.asarray(np.exp(-0.5 * score**2) / (std * np.sqrt(2 * np.pi)))


def _rule(mean: FloatArray, std: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on panels no wider than any component that matters there."""
    steps = np.arange(-14, 15)
    edges = np.unique((np.round(mean / std)[:, None] + steps) * std[:, None])
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    z = middle[:, None] + half[:, None] * _NODES
    return z.ravel(), (half[:, None] * _WEIGHTS).ravel()


def _mixture(mean: FloatArray, std: FloatArray, weight: FloatArray) -> tuple[float, float, float]:
    """Rate, information and KL of the aggregate posterior, all by quadrature but the rate."""
    z, measure = _rule(mean, std)
    density = _normal(z, mean, std) @ weight
    entropy = float(measure @ (-density * np.log(np.where(density > 0, density, 1))))
    cross = float(measure @ (density * 0.5 * (z**2 + np.log(2 * np.pi))))
    conditional = float(weight @ (0.5 * np.log(2 * np.pi * np.e) + np.log(std)))
    rate = float(weight @ kl_divergence(mean, 0.0, std=std, prior_std=1.0))
    return rate, entropy - conditional, cross - entropy


def _gaussian_means(std: float, variance: float, offset: float = 0.0) -> tuple[FloatArray, ...]:
    """Means N(offset, variance) as a Gauss–Hermite rule: mean, std, weight."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    mean = offset + np.sqrt(variance) * nodes
    return mean, np.full_like(mean, std), weights / weights.sum()


def _theorem_41(context: Context) -> list[Claim]:
    tight, rows = 0.0, []
    for square in (0.1, 0.36, 0.64, 0.9):
        rate, information, _ = _mixture(*_gaussian_means(np.sqrt(square), 1 - square))
        wanted = -0.5 * np.log(square)
        tight = max(tight, abs(rate / wanted - 1), abs(information / wanted - 1))
        rows.append((f"μ ~ N(0, 1 − s²), σ ≡ s, s² = {square}", rate, information))
    constant = _mixture(np.array([1.2]), np.array([0.7]), np.ones(1))
    two = _mixture(np.sqrt(2) * np.array([5.0, -5.0]), np.ones(2), np.full(2, 0.5))
    rows += [("constant encoder", *constant[:2]), ("a = ±5, b = 0", *two[:2])]
    gap, least, points = 0.0, np.inf, []
    for _ in range(60):
        size = context.rng.integers(2, 9)
        a, b = context.rng.normal(size=(2, size)) * np.exp(context.rng.normal(-0.5, 0.7))
        q = SlashedNormal(a + 1j * np.maximum(b, -2.5))  # σ ≥ 3e-4: nodes stay distinct
        weight = context.rng.dirichlet(np.ones(size))
        rate, information, marginal = _mixture(q.mean(), q.standard_deviation(), weight)
        gap = max(gap, abs(rate - information - marginal))
        least = min(least, rate - information)
        points.append((rate, information))
    context.add_table(
        "theorem-4-1", "Rate and information (nats) by quadrature.", ("encoder", "rate", "I"), rows
    )
    _draw(context, points)
    return [
        Claim.of_paper(
            "Theorem 4.1, bound", "I(X; Z) ≤ E‖ψ‖², the difference being KL(q(z) ‖ p(z)).",
            bool(least >= 0 and gap < 1e-8),
            f"rate − I ≥ {least:.3g}; |rate − I − KL| ≤ {gap:.2g}",
            f"{len(points)} random encoders of 2 to 8 inputs",
        ),
        Claim.of_paper(
            "Theorem 4.1, equality", "I = E‖ψ‖² = −ln s if the aggregate posterior is the prior.",
            tight < 1e-8, f"largest relative difference {tight:.2g}",
            "μ ~ N(0, 1 − s²), σ ≡ s for s² = 0.1, 0.36, 0.64, 0.9",
        ),
        Claim.of_paper(
            "Theorem 4.1, capacity", "E‖ψ‖² is the capacity: information that gets through.",
            bool(abs(constant[1] - constant[0]) < 1e-3 and abs(two[1] - two[0]) < 1e-3),
            f"constant encoder: rate {constant[0]:.3f}, I = {abs(constant[1]):.1g}; two inputs "
            f"a = ±5: rate {two[0]:.1f}, I = {two[1]:.6f} (ln 2 = {np.log(2):.6f})",
            "quadrature",
            ("d08_rate:bound_not_capacity",),
        ),
    ]  # fmt: skip


def _draw(context: Context, points: Sequence[tuple[float, float]]) -> None:
    rate, information = np.array(points).T
    with plotting.subplots(size=(6.0, 4.2)) as (figure, axes):
        axes.loglog(rate, information, "o", ms=4, color=plotting.BLUE, label="random encoders")
        ends = np.array([rate.min(), rate.max()])
        axes.loglog(ends, ends, "--", color=plotting.GREY, label="I = rate")
        axes.legend(loc="upper left")
        plotting.label(axes, "rate E‖ψ‖²  (nats)", "I(X; Z)  (nats)")
        context.save_figure(
            figure, "information-bound",
            "The rate bounds the information (Theorem 4.1) and seldom equals it.",
        )  # fmt: skip


def _theorem_51(rng: np.random.Generator, count: int = 40) -> list[Claim]:
    """Relative residual of Eq. 23 at closed-form optima, with ∂_a + i·∂_b and with ∂/∂ψ̄."""
    plain, half = mpmath.mpf(0), mpmath.inf
    with mpmath.workdps(70):
        root = mpmath.sqrt(2)
        for c, m, beta in np.exp(rng.normal(size=(count, 3))):
            c, m, beta = (mpmath.mpf(float(v)) for v in (c, m, beta))
            mean, std = c * m / (c + beta), mpmath.sqrt(beta / (c + beta))
            a, b = mean / root, exact.inv_stdplus(std, digits=65) / root
            slope = exact.stdplus_derivative(root * b, digits=65)
            gradient = mpmath.mpc(root * c * (mean - m), root * c * std * slope)
            psi = mpmath.mpc(a, b)
            plain = max(plain, abs(-gradient / (2 * beta) / psi - 1))
            half = min(half, abs(-(gradient / 2) / (2 * beta) / psi - 1))
    scanned = f"{count} losses ½c(z − m)² with random c, m, β, at the known optimum"
    return [
        Claim.of_paper(
            "Theorem 5.1", "ψ = −E[∇L_>]/(2β) at stationary points, with ∇ = ∂/∂a + i·∂/∂b.",
            plain < mpmath.mpf(10) ** -50,
            f"largest relative residual {mpmath.nstr(plain, 3)}", scanned,
        ),
        Claim.of_library(
            "Theorem 5.1, convention", "With ∇ = ∂/∂ψ̄ the factor 1/(2β) would give ψ/2.",
            abs(half - mpmath.mpf(1) / 2) < mpmath.mpf(10) ** -50,
            f"relative residual {mpmath.nstr(half, 6)}", scanned,
        ),
    ]  # fmt: skip


def _bn_vae(rng: np.random.Generator) -> list[Claim]:
    """γ, β of BN-VAE against the amplitudes: E KL = ½(γ² + β²) + mean b²."""
    raw = rng.normal(1.0, 2.0, size=(200, 6)) + 1j * rng.normal(size=(200, 6))
    delta = 0.7 * len(raw)
    q = SlashedNormal(normalize_rate(raw, delta, "feature", part="real"))
    mean = q.mean()
    gamma2, beta2 = mean.var(0), mean.mean(0) ** 2
    wanted = 0.5 * (gamma2 + beta2) + (q.psi.imag**2).mean(0)
    kl = kl_divergence(mean, 0.0, std=q.standard_deviation(), prior_std=1.0).mean(0)
    error = np.abs(kl / wanted - 1).max()
    fixed = np.abs((gamma2 + beta2) / (2 * delta / len(raw)) - 1).max()
    worst, hole_free = np.inf, 0.0
    for gamma, offset, square in ((1.2, 0.1, 0.3), (0.6, 0.0, 1.0), (1.5, 0.0, 0.01)):
        bound = float(kl_divergence(offset, 0, std=np.sqrt(gamma**2 + square), prior_std=1))
        for nodes in (np.array([-1.0, 1.0]), np.linspace(-1, 1, 201)):
            means = offset + gamma * nodes / nodes.std()
            std = np.full_like(means, np.sqrt(square))
            found = _mixture(means, std, np.full_like(means, 1 / means.size))[2]
            worst = min(worst, found - bound)
    for rate in (0.1, 0.2231436, 1.0):
        gamma2 = 1 - np.exp(-2 * rate)
        found, _, marginal = _mixture(*_gaussian_means(np.exp(-rate), gamma2))
        hole_free = max(hole_free, abs(marginal), abs(found - rate))
    return [
        Claim.of_library(
            "BN-VAE", "E[KL_j] = ½(γ_j² + β_j²) + mean b_j², and feature normalisation of the real "
            "part fixes γ² + β² = 2δ/N, within 1e-12.",
            bool(error < 1e-12 and fixed < 1e-12),
            f"largest relative differences {error:.2g} and {fixed:.2g}", "200 × 6 amplitudes",
        ),
        Claim.of_library(
            "BN-VAE aggregate", "KL(q_agg ‖ p) ≥ KL(N(β, γ² + mean σ²) ‖ N(0, 1)); with γ² = 1 − "
            "e^(−2R), σ ≡ e^(−R) and normal means it vanishes and the rate is R.",
            bool(worst >= -1e-9 and hole_free < 1e-9),
            f"margin {worst:.3g}; without holes |KL|, |rate − R| ≤ {hole_free:.2g}",
            "two-point and uniform means; normal means by Gauss–Hermite",
        ),
    ]  # fmt: skip


def _delta_vae(rng: np.random.Generator) -> list[Claim]:
    """σ range, mean range and AR(1) prior of δ-VAE."""
    delta = np.exp(rng.uniform(-5, 2, 50))
    ends = np.array([1j, -1j])[:, None] * np.sqrt(delta)
    std = SlashedNormal(ends).standard_deviation()
    edge = np.abs(kl_divergence(0.0, 0.0, std=std, prior_std=1.0) / delta - 1).max()
    inside = std[1] + rng.uniform(size=delta.size) * (std[0] - std[1])
    v = 2 * delta + 1 + 2 * np.log(inside) - inside**2
    committed = kl_divergence(np.sqrt(v), 0.0, std=inside, prior_std=1.0)
    error = max(edge, np.abs(committed / delta - 1).max())
    without = np.array([_least_without_root(d) for d in (0.05, 0.1, 0.2)])
    square = np.abs(without / (2 * np.array([0.05, 0.1, 0.2]) ** 2) - 1).max()
    chain = max(abs(_ar1(n, a)[0] / _ar1(n, a)[1] - 1) for n in (2, 5, 12) for a in (0.3, 0.9))
    return [
        Claim.of_library(
            "δ-VAE", "σ between stdplus(±√(2δ)) and |μ| ≥ √(2δ + 1 + ln σ² − σ²) commit the rate "
            "δ, within 1e-12 (without the root the rate committed is 2δ² for δ < ¼).",
            bool(error < 1e-12 and square < 1e-6),
            f"largest relative differences {error:.2g} and {square:.2g}",
            "50 random δ from e⁻⁵ to e²; δ = 0.05, 0.1, 0.2 by minimisation",
        ),
        Claim.of_library(
            "δ-VAE, AR(1)", "Independent posteriors under an AR(1) prior have at least "
            "½[(n − 2) ln(1 + α²) − ln(1 − α²)] nats, within 1e-8.",
            chain < 1e-8, f"largest relative difference from the minimum {chain:.2g}",
            "n = 2, 5, 12; α = 0.3, 0.9",
        ),
    ]  # fmt: skip


def _least_without_root(delta: float) -> float:
    """min over σ in the range of KL with |μ| = v instead of √v."""
    std = SlashedNormal(np.array([-1j, 1j]) * np.sqrt(delta)).standard_deviation()

    def kl(log_std: float) -> float:
        sigma = np.exp(log_std)
        v = 2 * delta + 1 + 2 * log_std - sigma**2
        return float(kl_divergence(v, 0.0, std=sigma, prior_std=1.0))

    low, high = np.log(std)
    cells = np.linspace(low, high, 40)
    found = [
        optimize.minimize_scalar(kl, bounds=(a, b), method="bounded", options={"xatol": 1e-12}).fun
        for a, b in itertools.pairwise(cells)
    ]
    return float(min(found))


def _ar1(n: int, alpha: float) -> tuple[float, float]:
    """Smallest KL of independent normals from z_t = α·z_(t−1) + noise, and the formula for it."""
    noise = 1 - alpha**2

    def kl(log_std: FloatArray) -> float:
        square = np.exp(2 * log_std)
        first = square[0] - 1 - np.log(square[0])
        ratio = (square[1:] + alpha**2 * square[:-1]) / noise
        return float(0.5 * (first + (ratio - 1 - np.log(square[1:] / noise)).sum()))

    least = optimize.minimize(kl, np.zeros(n), method="BFGS", options={"gtol": 1e-9}).fun
    return least, 0.5 * ((n - 2) * np.log1p(alpha**2) - np.log(noise))


def _constant_variance(rng: np.random.Generator) -> Claim:
    """min over s of E KL(N(μ, σ²) ‖ N(0, s²)) = ½ Σ ln(1 + E μ²/σ²)."""
    mean = rng.normal(size=(300, 5)) * np.exp(rng.normal(size=5))
    std = np.exp(rng.normal(-1, 0.5, 5))

    def rate(log_prior: FloatArray) -> float:
        return mean_kl(SlashedNormal.from_mean_std(mean, std, 0.0, np.exp(log_prior)))

    least = optimize.minimize(rate, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    square = (mean**2).mean(0)
    formula = 0.5 * np.log1p(square / std**2).sum()
    prior = np.exp(2 * least.x)
    error = abs(least.fun / formula - 1)
    place = np.abs(prior / (square + std**2) - 1).max()
    return Claim.of_library(
        "constant variance", "min over s of E[KL] is the Gaussian channel's ½ Σ ln(1 + E[μ²]/σ²), "
        "within 1e-9, at s² = E[μ²] + σ², within 1e-4.",
        bool(error < 1e-9 and place < 1e-4), f"relative differences {error:.2g} and {place:.2g}",
        f"300 × 5 random means; rate {formula:.4f} nats, found by minimisation",
    )  # fmt: skip
