"""The multivariate Slashed Normal, sampling, and degenerate priors (Eq. 17–18, 22, 33–41)."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, equal_entries, require
from derivations.gaussian import expectation, kl
from derivations.numeric import agree, figure, log_stdplus, mp, text

S1, S2, c11, s22 = sympy.symbols("S1 S2 c11 s22", positive=True)
a1, a2, b1, b2, m1, m2 = sympy.symbols("a1 a2 b1 b2 m1 m2", real=True)
theta, c12, lam = sympy.symbols("theta c12 lambda", real=True)

MEAN = sympy.Matrix([m1, m2])
PRIOR_MEAN = sympy.Matrix(sympy.symbols("n1 n2", real=True))
SQUARES = sympy.diag(S1, S2)  # Λ of Eq. 36: the variances stdplus(√2·b)²


def factor(name: str) -> Any:
    """A lower triangular 2 × 2 factor with positive diagonal: every full-rank covariance."""
    d1, d2 = sympy.symbols(f"{name}11 {name}22", positive=True)
    return sympy.Matrix([[d1, 0], [sympy.Symbol(f"{name}21", real=True), d2]])


def rotation(determinant: int = 1) -> Any:
    """Every 2 × 2 orthogonal matrix of that determinant."""
    cos, sin = sympy.cos(theta), sympy.sin(theta)
    return sympy.Matrix([[cos, -determinant * sin], [sin, determinant * cos]])


def stated_kl(mean: Any, covariance: Any, prior_covariance: Any, log_sign: int) -> Any:
    """The right-hand side of Eq. 33 with either sign of the log-determinant, prior mean 0."""
    inverse = prior_covariance.inv()
    ratio = sympy.log(covariance.det()) - sympy.log(prior_covariance.det())
    quadratic = (mean.T * inverse * mean)[0]
    return ((inverse * covariance).trace() + quadratic - mean.rows + log_sign * ratio) / 2


@derivation(
    "Eq. 33",
    "KL = ½{tr(Σ0⁻¹Σ) + (μ − μ0)ᵀΣ0⁻¹(μ − μ0) − k − ln(|Σ|/|Σ0|)}: minus, not plus",
    "distribution.gaussian_kl: kl_divergence",
)
def kl_formula(log_sign: int = -1) -> str:
    own, prior = factor("B"), factor("A")
    derived = kl(MEAN, own, PRIOR_MEAN, prior)
    stated = stated_kl(MEAN - PRIOR_MEAN, own * own.T, prior * prior.T, log_sign)
    equal(sympy.expand_log(sympy.simplify(derived - stated), force=True), 0, "Eq. 33, k = 2")
    one = sympy.eye(1)
    witness = []
    for variance, printed, right in (
        (4, "2.193", "0.807"),
        (sympy.Rational(1, 100), "-2.798", "1.808"),
    ):
        values = [stated_kl(0 * one, variance * one, one, sign) for sign in (1, -1)]
        plus, minus = (mp.mpf(sympy.N(value, 60)) for value in values)
        witness.append(
            f"Σ0 = 1, Σ = {variance}: printed {figure(plus, printed, 'Eq. 33, plus')}, "
            f"true {figure(minus, right, 'Eq. 33, minus')}"
        )
    return "; ".join(witness)


@derivation(
    "Eq. 34–35",
    "in relative parameters KL = ½{tr Σ_Δ + μ_Δᵀμ_Δ − k − log|Σ_Δ|}: minus, not plus",
    "distribution.whitened: whitened_kl",
)
def relative_kl(log_sign: int = -1) -> str:
    prior, relative = factor("A"), factor("D")
    derived = kl(PRIOR_MEAN + prior * MEAN, prior * relative, PRIOR_MEAN, prior)
    stated = stated_kl(MEAN, relative * relative.T, sympy.eye(2), log_sign)
    equal(sympy.expand_log(sympy.simplify(derived - stated), force=True), 0, "Eq. 35, k = 2")
    return "k = 2, every full-rank prior and relative factor"


@derivation(
    "Eq. 36–37",
    "with Σ_Δ = PΛPᵀ the KL is a sum over the k channels: ½ Σ (Λ_i + μ_i² − 1 − log Λ_i)",
    "distribution.multivariate: kl",
)
def diagonal_sum() -> str:
    total = sum((square + m**2 - 1 - sympy.log(square)) / 2 for square, m in ((S1, m1), (S2, m2)))
    for determinant in (1, -1):
        p = rotation(determinant)
        equal_entries(p * p.T, sympy.eye(2), "P is orthogonal")
        relative = sympy.simplify(p * SQUARES * p.T)
        equal(relative.trace(), S1 + S2, "trace")
        equal(relative.det(), S1 * S2, "determinant")
        stated = (relative.trace() + (MEAN.T * MEAN)[0] - 2 - sympy.log(S1 * S2)) / 2
        equal(stated, total, "Eq. 37")
    return "k = 2, every orthogonal P of either determinant"


@derivation(
    "Eq. 17–18, 38–40",
    "μ = μ0 + √2·A·a, Σ^½ = A·P·diag(stdplus(√2·b)), A Aᵀ = Σ0: KL = ψᴴψ for invertible A",
    "distribution.multivariate: amplitude_norm, kl",
)
def multivariate_identity() -> str:
    amplitudes = sympy.Matrix([a1, a2])
    relative = rotation() * sympy.diag(sympy.sqrt(S1), sympy.sqrt(S2))
    prior = sympy.Matrix([[2, 1], [-1, 3]])  # a change of coordinates drops out (Eq. 35)
    mean = sympy.sqrt(2) * prior * amplitudes
    divergence = sympy.expand_log(
        sympy.simplify(kl(mean, prior * relative, sympy.zeros(2, 1), prior)), force=True
    )
    for square, b in ((S1, b1), (S2, b2)):  # Eq. 25: log y² = y² − 1 − (√2·b)²
        divergence = divergence.subs(sympy.log(square), square - 1 - 2 * b**2)
    equal(divergence, a1**2 + a2**2 + b1**2 + b2**2, "ψᴴψ")
    return "k = 2, every rotation P, a full non-triangular A"


@derivation(
    "Eq. 22",
    "z = μ0 + A·(√2·a + P·(stdplus(√2·b) ⊙ ε)) has the mean and covariance of Eq. 17",
    "distribution.multivariate: sample",
)
def sampling() -> str:
    noise = sympy.symbols("e1 e2", real=True)
    prior = sympy.Matrix(2, 2, sympy.symbols("A11 A12 A21 A22", real=True))
    scales = sympy.diag(sympy.sqrt(S1), sympy.sqrt(S2))
    inner = sympy.sqrt(2) * sympy.Matrix([a1, a2]) + rotation() * scales * sympy.Matrix(noise)
    z = PRIOR_MEAN + prior * inner
    mean = z.applyfunc(lambda entry: expectation(entry, noise))
    equal_entries(mean, PRIOR_MEAN + sympy.sqrt(2) * prior * sympy.Matrix([a1, a2]), "mean")
    centred = z - mean
    covariance = (centred * centred.T).applyfunc(lambda entry: expectation(entry, noise))
    root = prior * rotation() * scales
    equal_entries(covariance, root * root.T, "covariance")
    return "first two moments, k = 2, any A"


def degenerate_kl(right_vectors: Any, orthogonal: Any, a: Any, b: Any) -> Any:
    """½[tr C + 2‖V_rᵀa‖² − r − log det C], C = V_rᵀ P D² Pᵀ V_r, in 50 digits (mpmath matrices)."""
    scales = mp.diag([mp.exp(log_stdplus(mp.sqrt(2) * entry)) for entry in b])
    root = right_vectors.T * orthogonal * scales
    covariance = root * root.T
    mean = mp.sqrt(2) * (right_vectors.T * mp.matrix(a))
    trace = mp.fsum(covariance[i, i] for i in range(covariance.rows))
    square = mp.fsum(entry**2 for entry in mean)
    return (trace + square - covariance.rows - mp.log(mp.det(covariance))) / 2


def kl_on_support(prior: Any, orthogonal: Any, a: Any, b: Any) -> Any:
    """Eq. 33 in an orthonormal basis of the range of `prior` (full column rank), in 50 digits."""
    scales = mp.diag([mp.exp(log_stdplus(mp.sqrt(2) * entry)) for entry in b])
    basis = mp.qr(prior)[0][:, : prior.cols]
    base = basis.T * prior
    own = base * orthogonal * scales
    mean = mp.sqrt(2) * (base * mp.matrix(a))
    inverse = (base * base.T) ** -1
    spread = inverse * own * own.T
    trace = mp.fsum(spread[i, i] for i in range(spread.rows))
    quadratic = (mean.T * inverse * mean)[0]
    return (trace + quadratic - spread.rows - mp.log(mp.det(spread))) / 2


def turned(angle: Any) -> Any:
    """The rotation by `angle`, in 50 digits."""
    return mp.matrix([[mp.cos(angle), -mp.sin(angle)], [mp.sin(angle), mp.cos(angle)]])


@derivation(
    "Eq. 41",
    "for A of rank r, A = U_r S_r V_rᵀ, the posterior lives on the prior's support and "
    "KL = ½[tr C + 2‖V_rᵀa‖² − r − log det C], C = V_rᵀPD²PᵀV_r",
    "distribution.multivariate: _singular_kl",
)
def degenerate_formula() -> str:
    # In the coordinates S_r⁻¹U_rᵀ(z − μ0) = V_rᵀ(√2·a + PDε) the prior is N(0, I_r).
    # k = 2, r = 1, V_r = e1 (any other is absorbed in P and a): a scalar Gaussian.
    relative = rotation() * sympy.diag(sympy.sqrt(S1), sympy.sqrt(S2))
    variance = (relative * relative.T)[0, 0]
    scalar = sympy.Symbol("C", positive=True)
    divergence = kl(
        sympy.Matrix([[sympy.sqrt(2) * a1]]),
        sympy.Matrix([[sympy.sqrt(scalar)]]),
        sympy.zeros(1, 1),
        sympy.eye(1),
    )
    equal(divergence, (scalar + 2 * a1**2 - 1 - sympy.log(scalar)) / 2, "KL on the support")
    equal(variance, S1 * sympy.cos(theta) ** 2 + S2 * sympy.sin(theta) ** 2, "C of the formula")
    return "k = 2, r = 1, every P"


@derivation(
    "Eq. 41",
    "ψᴴψ − KL is the mean conditional KL of the null-space component: ≥ 0, so KL ≤ ψᴴψ",
)
def degenerate_gap() -> str:
    # N(m, C) against N(0, I) in k = 2; C by its entry c11 and the Schur complement s22.
    second = s22 + c12**2 / c11
    whole = (c11 + second + m1**2 + m2**2 - 2 - sympy.log(c11 * s22)) / 2
    on_support = (c11 + m1**2 - 1 - sympy.log(c11)) / 2
    # given w1 the mean of w2 is m2 + (c12/c11)·(w1 − m1), its variance s22
    mean_square = m2**2 + c12**2 / c11
    conditional = (s22 + mean_square - 1 - sympy.log(s22)) / 2
    equal(whole - on_support, conditional, "chain rule of the KL divergence")
    excess = s22 - 1 - sympy.log(s22)
    equal(sympy.diff(excess, s22).subs(s22, 1), 0, "s − 1 − log s is least at 1 …")
    require(sympy.diff(excess, s22, 2).is_positive and excess.subs(s22, 1) == 0, "… where it is 0")
    return "chain rule, k = 2; each conditional KL is at least 0"


# P (turn in degrees), a, b, KL and ψᴴψ for A = diag(1, 0)
SINGULAR_CASES = (
    (0, (0, 3), ("0", "0"), "0", "9"),
    (0, (1, 2), ("0.5", "-1"), "1.25", "6.25"),
    (45, (1, 2), ("0.5", "-1"), "1.009266417264403", "6.25"),
    (45, (0, 0), ("1", "-1"), "0.227591021309180", "2"),
)


@derivation(
    "§3.4, Eq. 41",
    "KL = ψᴴψ fails for a singular prior factor: it is the limit of the regularised "
    "KLs, and the KL of the limit is smaller",
    "distribution.multivariate: _singular_kl",
)
def singular_prior(cases: tuple[Any, ...] = SINGULAR_CASES) -> str:
    witness = []
    for degrees, a, b, printed, norm in cases:
        p = turned(mp.pi * degrees / 180)
        numbers = [mp.mpf(entry) for entry in b]
        value = degenerate_kl(mp.matrix([1, 0]), p, a, numbers)
        total = mp.fsum(mp.mpf(entry) ** 2 for entry in (*a, *numbers))
        regularised = kl_on_support(mp.diag([1, mp.mpf("1e-8")]), p, a, numbers)
        agree(regularised, total, "Eq. 18 for A = diag(1, 1e-8)", 30)
        require(value < total, "the KL of the limit is smaller")
        witness.append(
            f"P {degrees}°, a = {a}, b = ({', '.join(b)}): "
            f"KL {figure(value, printed, 'KL')}, ψᴴψ {figure(total, norm, 'ψᴴψ')}"
        )
    return "A = diag(1, 0): " + "; ".join(witness)


@derivation(
    "§3.4, Eq. 41",
    "KL = ψᴴψ holds when A (n × k) has full column rank, n > k included: "
    "the honest degenerate prior",
    "distribution.multivariate: kl",
)
def tall_factor() -> str:
    prior = mp.matrix([[1, 0], [1, 1], [0, 2]])
    a, b = (mp.mpf(1), mp.mpf(2)), (mp.mpf("0.5"), mp.mpf(-1))
    value = kl_on_support(prior, turned(mp.mpf(1) / 3), a, b)
    total = mp.fsum(entry**2 for entry in (*a, *b))
    agree(value, total, "KL on the support of a 3 × 2 factor")
    return f"3 × 2 factor of rank 2: KL {text(value)} by Eq. 33 on the support, ψᴴψ {text(total)}"


@derivation(
    "Eq. 15, 41", "σ0 = 0 gives KL = 0, not |ψ|²: prior and posterior are the same point mass"
)
def zero_prior_std() -> str:
    prior = sympy.Matrix([[lam]])
    mean, std = prior * sympy.sqrt(2) * a1, prior * sympy.sqrt(S1)
    equal_entries(mean.subs(lam, 0), sympy.zeros(1, 1), "posterior mean at σ0 = 0")
    equal_entries(std.subs(lam, 0), sympy.zeros(1, 1), "posterior deviation at σ0 = 0")
    return "μ = μ0 and σ = 0 for every ψ"


@derivation(
    "Eq. 41",
    "for A of shape n × k with n > k every factor of Σ0 + λI has n columns or more, "
    "so it cannot multiply the k × k matrix P as the formula writes it",
)
def regularised_shapes() -> str:
    prior = sympy.Matrix([[1, 0], [1, 1], [0, 2]])
    covariance = prior * prior.T
    ranks = covariance.rank(), (covariance + sympy.eye(3)).rank()
    require(ranks == (2, 3), "λ > 0 raises the rank to n")
    return "A of shape 3 × 2: Σ0 has rank 2, Σ0 + λI rank 3, P is 2 × 2"
