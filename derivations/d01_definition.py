"""From the Gaussian KL divergence to stdplus (Eq. 3–16)."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, require
from derivations.gaussian import kl_univariate
from derivations.numeric import agree, log_stdplus, mp, text

mu, mu0 = sympy.symbols("mu mu0", real=True)
sigma, sigma0, S, p = sympy.symbols("sigma sigma0 S p", positive=True)
delta, k, x, t, a, b = sympy.symbols("delta k x t a b", real=True)


def with_stdplus(expression: Any, square: Any, argument: Any) -> Any:
    """Put log y² = y² − 1 − x² (Eq. 25) for y² = `square`, x = `argument` into `expression`."""
    return sympy.expand_log(expression).subs(sympy.log(square), square - 1 - argument**2)


@derivation(
    "Eq. 4",
    "KL(N(μ, σ²) ‖ N(0, 1)) = ½(μ² + σ² − log σ² − 1)",
    "distribution.gaussian_kl: kl_divergence",
)
def standard_kl(log_sign: int = -1) -> str:
    stated = (mu**2 + sigma**2 + log_sign * sympy.log(sigma**2) - 1) / 2
    equal(kl_univariate(mu, sigma), stated, "Eq. 4")
    return "E[log q − log p] integrated with the moments of ε"


@derivation("Eq. 3", "the prior of the residual normal is N(μ0, σ0²), not N(μ0, σ0)")
def residual_normal() -> str:
    stated = (mu**2 / sigma0**2 + sigma**2 - sympy.log(sigma**2) - 1) / 2
    equal(kl_univariate(mu0 + mu, sigma0 * sigma, mu0, sigma0), stated, "Eq. 3, variance σ0²")
    as_printed = kl_univariate(mu0 + mu, sigma0 * sigma, mu0, sympy.sqrt(sigma0))
    at = {mu: 1, sigma: 1, sigma0: 2, mu0: 0}
    right, printed = (sympy.N(e.subs(at), 30) for e in (stated, as_printed))
    require(abs(right - printed) > 0.25, "Eq. 3: the two readings differ")
    return (
        f"Δμ = Δσ = 1, σ0 = 2: formula {text(right, 7)}, "
        f"KL from the prior N(0, 2) as printed {text(printed, 7)}"
    )


@derivation("Eq. 5–7", "KL = δ ⇔ log x − x = k − 1 ⇔ x·e^(−x) = e^(k−1), x = σ², k = −(2δ − μ²)")
def root_equation() -> str:
    constraint = (mu**2 + S - sympy.log(S) - 1) / 2 - delta
    equal(-2 * constraint, sympy.log(S) - S - (k - 1).subs(k, -(2 * delta - mu**2)), "Eq. 5, 6")
    equal(sympy.exp(sympy.log(S) - S), S * sympy.exp(-S), "Eq. 7")
    return "symbolic identity"


@derivation("Eq. 6", "real roots exist if and only if k ≤ 0: one in (0, 1], one in [1, ∞)")
def root_count() -> str:
    g = sympy.log(S) - S
    slope = sympy.diff(g, S)
    require(sympy.simplify(slope.subs(S, 1 / (1 + p))).is_positive, "log x − x rises on (0, 1)")
    require(sympy.simplify(slope.subs(S, 1 + p)).is_negative, "log x − x falls beyond 1")
    equal(g.subs(S, 1), -1, "the maximum is −1")
    for end in (0, sympy.oo):
        require(sympy.limit(g, S, end, "+" if end == 0 else "-") == -sympy.oo, f"limit at {end}")
    return "log x − x rises to its maximum −1 at x = 1, falls after; −∞ at both ends"


@derivation(
    "Eq. 8",
    "M0(k) = −W0(−e^(k−1)) ∈ (0, 1], M1(k) = −W₋₁(−e^(k−1)) ≥ 1 are the roots",
    "exact.lambert: through_lambert_w; distribution.slashed_normal: m0, m1",
)
def lambert_roots(branches: tuple[int, int] = (0, -1)) -> str:
    z = -S * sympy.exp(-S)
    # With k − 1 = log x − x the argument −e^(k−1) is z, and y = −x solves y·e^y = z.
    equal(-sympy.exp(sympy.log(S) - S), z, "argument of W")
    equal((-S) * sympy.exp(-S), z, "y = −x solves y·e^y = z")
    for depth in (mp.mpf(2) ** exponent for exponent in (-8, -2, 0, 1, 3)):
        lower, upper = (-mp.lambertw(-mp.exp(-depth - 1), branch).real for branch in branches)
        require(0 < lower < 1 < upper, "the branches separate at 1")
        for root in (lower, upper):
            agree(mp.log(root) - root, -depth - 1, "W solves Eq. 6")
    return "symbolic; 45 digits at k = −2^(−8, −2, 0, 1, 3)"


@derivation(
    "Eq. 9",
    "σ² = M(−(2δ − μ²)) has KL = δ on either branch",
    "distribution.slashed_normal: variance_from_mean_kl",
)
def mean_rate_form() -> str:
    log_root = S + (k - 1).subs(k, -(2 * delta - mu**2))
    equal((mu**2 + S - log_root - 1) / 2, delta, "Eq. 9")
    return "symbolic identity"


@derivation(
    "after Eq. 9",
    "∂σ²/∂δ = −2x/(1 − x) diverges as δ → μ²/2, not as δ → 0; δ < μ²/2 is infeasible",
    "distribution.slashed_normal: variance_from_mean_kl",
)
def mean_rate_slope() -> str:
    root = sympy.Function("root")(k)
    slope = sympy.solve(sympy.diff(sympy.log(root) - root - (k - 1), k), sympy.diff(root, k))
    equal(slope[0], root / (1 - root), "dx/dk")
    # Near k = 0 the root is 1 ± √(−2k) to first order: the slope is the inverse of a square root.
    h = sympy.Symbol("h")
    depth = sympy.series(-(sympy.log(1 + h) - (1 + h) + 1), h, 0, 3).removeO()
    equal(depth, h**2 / 2, "k = −h²/2 for x = 1 + h")
    root_at = mp.exp(2 * log_stdplus(mp.mpf("1e-3")))  # μ = 1, δ = ½ + 0.5e-6, so k = −1e-6
    growth = -2 * root_at / (1 - root_at)
    return (
        f"μ = 1: k = 1 − 2δ > 0 for δ < 0.5, no real root; at δ = 0.5 + 5e-7 "
        f"∂σ²/∂δ = {text(growth, 6)} on M1"
    )


@derivation("Eq. 10–12", "a = μ/√2, b = ±√(δ − μ²/2): a² + b² = δ and −(2δ − μ²) = −2b²")
def amplitude() -> str:
    real, imaginary_square = mu / sympy.sqrt(2), delta - mu**2 / 2
    equal(real**2 + imaginary_square, delta, "Eq. 10")
    equal(-(2 * delta - mu**2), -2 * imaginary_square, "Eq. 11")
    return "symbolic identity"


@derivation(
    "Eq. 13",
    "t = log stdplus(x) is the only t of the sign of x with expm1(2t) − 2t = x²",
    "exact.intervals: enclosure",
)
def definition() -> str:
    square = sympy.exp(2 * t)
    equal(-(sympy.log(square) - square + 1), sympy.exp(2 * t) - 1 - 2 * t, "Eq. 13 in t")
    slope = sympy.diff(sympy.exp(2 * t) - 1 - 2 * t, t)
    equal(slope.subs(t, 0), 0, "F'(0) = 0")
    require(sympy.diff(slope, t).is_positive, "F'' > 0, so F' has the sign of t")
    for end in (-sympy.oo, sympy.oo):
        require(sympy.limit(sympy.exp(2 * t) - 1 - 2 * t, t, end) == sympy.oo, f"F → ∞ at {end}")
    for exponent in (-3, 0, 2):
        at = mp.mpf(2) ** exponent
        for branch, sign in ((0, -1), (-1, 1)):
            by_w = mp.log(-mp.lambertw(-mp.exp(-at * at - 1), branch).real) / 2
            agree(log_stdplus(sign * at), by_w, "Eq. 13 by Lambert W", 40)
    return "F = expm1(2t) − 2t falls to 0 at t = 0 and rises after, to ∞ both ways; 6 points by W"


@derivation(
    "Eq. 13", "M0 for x < 0 and M1 for x ≥ 0 join smoothly; M1 (or M0) on both sides has a kink"
)
def glue() -> str:
    h = sympy.Symbol("h", positive=True)
    step = mp.mpf(10) ** -20
    left, right, kinked = (
        log_stdplus(at) / s for at, s in ((-step, -step), (step, step), (step, -step))
    )
    agree(left, right, "one-sided slopes of the joined function", 18)
    agree(right, 1 / mp.sqrt(2), "the slope is 1/√2", 18)
    equal(sympy.limit((sympy.exp(2 * h) - 1 - 2 * h) / (2 * h**2), h, 0), 1, "x² ~ 2t²")
    return (
        f"slopes at ∓0: joined {text(left, 8)} and {text(right, 8)}; "
        f"M1 on both sides {text(kinked, 8)} and {text(right, 8)}"
    )


@derivation(
    "Eq. 14",
    "KL(N(√2·a, stdplus(√2·b)²) ‖ N(0, 1)) = a² + b² = |ψ|²",
    "distribution.slashed_normal: kl",
)
def slashed_normal() -> str:
    divergence = kl_univariate(sympy.sqrt(2) * a, sympy.sqrt(S))
    equal(with_stdplus(divergence, S, sympy.sqrt(2) * b), a**2 + b**2, "Eq. 14")
    return "symbolic identity"


@derivation(
    "Eq. 15–16",
    "KL(N(μ0 + √2·σ0·a, σ0²·stdplus(√2·b)²) ‖ N(μ0, σ0²)) = |ψ|², σ0 ≠ 0",
    "distribution.slashed_normal: kl, from_mean_std",
)
def general_prior() -> str:
    mean, std = mu0 + sympy.sqrt(2) * sigma0 * a, sigma0 * sympy.sqrt(S)
    divergence = kl_univariate(mean, std, mu0, sigma0)
    equal(with_stdplus(divergence, S, sympy.sqrt(2) * b), a**2 + b**2, "Eq. 16")
    rate = a**2 + b**2
    equal(-(2 * rate - (mean - mu0) ** 2 / sigma0**2), -2 * b**2, "argument of M in Eq. 15")
    return "symbolic identity"


@derivation(
    "Eq. 15",
    "√(σ0²·M) = |σ0|·stdplus(√2·b): the printed σ0·stdplus is negative for σ0 < 0 "
    "(§4.3 leaves σ0 free); the law N(μ, σ²) is the same",
)
def negative_prior_std() -> str:
    y, s = mp.exp(log_stdplus(mp.sqrt(2) / 2)), mp.mpf(-2)
    root, product = mp.sqrt(s**2 * y**2), s * y
    agree(root, -product, "the two lines of Eq. 15 at σ0 = −2")
    return f"σ0 = −2, b = ½: first line {text(root, 7)}, second {text(product, 7)}"


@derivation("§3.2", "stdplus(x)² is Temme's λ(η) at η = √2·x (DLMF 8.12): η²/2 = λ − 1 − ln λ")
def temme() -> str:
    equal(with_stdplus(S - 1 - sympy.log(S), S, x), (sympy.sqrt(2) * x) ** 2 / 2, "λ − 1 − ln λ")
    return "symbolic identity"
