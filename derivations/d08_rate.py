"""Rate, information and the stationary equation (Eq. 19–21, 23–24, 42–44)."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, require
from derivations.gaussian import expectation, kl_univariate
from derivations.numeric import figure, mp, text

a, b, m = sympy.symbols("a b m", real=True)
v, s, beta, c, rate = sympy.symbols("v s beta c delta", positive=True)
e = sympy.Symbol("e", real=True)


@derivation(
    "Eq. 21, 42",
    "E KL(q(z|x) ‖ p) = I(X; Z) + KL(q(z) ‖ p): the rate bounds I, with equality iff "
    "the aggregate posterior is the prior",
    "rate._metrics: mutual_information",
)
def information_bound() -> str:
    # Gaussian encoder μ ~ N(0, v), σ ≡ s: q(z) = N(0, v + s²)
    information = sympy.log(1 + v / s**2) / 2
    mean_rate = expectation(kl_univariate(sympy.sqrt(v) * e, s), [e])
    aggregate = kl_univariate(0, sympy.sqrt(v + s**2))
    equal(
        sympy.simplify(sympy.expand_log(mean_rate - aggregate - information, force=True)),
        0,
        "rate = I + KL of the aggregate",
    )
    for what, quantity in (("I", information), ("rate", mean_rate)):
        matched = sympy.expand_log(quantity.subs(v, 1 - s**2), force=True)
        equal(matched, -sympy.log(s), f"{what} at v = 1 − s²")
    value = -mp.log(mp.sqrt(mp.mpf("0.64")))
    return f"s² = 0.64: I = rate = −ln s = {figure(value, '0.2231436', '−ln s')}"


@derivation(
    "Thm 4.1",
    "the rate is an upper bound of I(X; Z), not the channel capacity: "
    "I can be anything from 0 to it",
)
def bound_not_capacity() -> str:
    mean = 5 * mp.sqrt(2)  # ψ = ±5 with probability ½: z ~ N(±5√2, 1), rate 25

    def lost(z: Any) -> Any:
        density = mp.exp(-((z - mean) ** 2) / 2) / mp.sqrt(2 * mp.pi)
        return density * mp.log1p(mp.exp(-2 * mean * z))

    loss = mp.quad(lost, [-20, -5, 0, 5, 10, 20])
    information = mp.log(2) - loss
    require(0 < loss < mp.mpf("1e-10"), "I is ln 2 but for the overlap")
    return (
        f"constant encoder: I = 0 at any rate; ψ = ±5: rate 25, I = ln 2 − {text(loss, 3)} "
        f"= {text(information, 10)} by quadrature"
    )


def gradient(function: Any) -> tuple[Any, Any]:
    """(∂/∂a, ∂/∂b)."""
    return sympy.diff(function, a), sympy.diff(function, b)


@derivation(
    "Eq. 23–24",
    "ψ = −(1/2β)·E[∇L_>(μ + σε)] at a stationary point, for ∇ = ∂_a + i·∂_b; "
    "with ∂/∂ψ̄ the factor is −1/β",
)
def stationary_equation(factor: int = 2) -> str:
    scale = sympy.Function("sigma")(b)
    z = sympy.sqrt(2) * a + scale * e
    loss = sum(coefficient * z**n for n, coefficient in enumerate(sympy.symbols("l0:5", real=True)))
    for inside, outside in zip(gradient(loss), gradient(expectation(loss, [e])), strict=True):
        equal(expectation(inside, [e]), outside, "the gradient passes under the expectation")
    psi = a + sympy.I * b
    by_a, by_b = gradient(a**2 + b**2)
    equal(by_a + sympy.I * by_b, factor * psi, "∇|ψ|² = 2ψ, so ∇L = 0 is Eq. 23 with 1/(2β)")
    equal((by_a + sympy.I * by_b) / 2, psi, "∂|ψ|²/∂ψ̄ = ψ, so the factor is 1/β")
    return "quartic losses with free coefficients; ∇|ψ|² = 2ψ, ∂|ψ|²/∂ψ̄ = ψ"


@derivation(
    "Eq. 23", "for L_> = c(z − m)²/2 it gives the known posterior σ² = β/(c + β), μ = c·m/(c + β)"
)
def stationary_example() -> str:
    square = beta / (c + beta)  # σ², below 1, so b < 0
    mean = c * m / (c + beta)
    real = mean / sympy.sqrt(2)
    equal(real, -(sympy.sqrt(2) * c * (mean - m)) / (2 * beta), "real part of Eq. 23")
    # dσ/db = √2·stdplus'(√2·b) = 2bσ/(σ² − 1) by Eq. 31; E[∂L/∂b] = cσ·dσ/db
    per_b = c * 2 * square / (square - 1)
    equal(-per_b / (2 * beta), 1, "imaginary part of Eq. 23 divided by b")
    return "quadratic loss, both parts"


@derivation(
    "Eq. 20",
    "normalize(ψ̃) has no value at ψ̃ = 0: the limit depends on the direction",
    "rate._normalization: normalize_rate",
)
def zero_direction() -> str:
    step = sympy.Symbol("h", positive=True)
    limits = [
        sympy.limit(sympy.sqrt(rate) * way * step / sympy.Abs(way * step), step, 0)
        for way in (1, -1)
    ]
    equal(limits[0], -limits[1], "opposite rays")
    require(limits[0] != limits[1], "no common limit")
    return "limits √δ and −√δ along the two real rays"


@derivation(
    "§4.2",
    "feature normalisation gives δ/N per dimension, so Kδ/N per instance, not δ/N; "
    "batch gives δ/N, instance δ",
    "rate._normalization: total_rate",
)
def feature_rate(features: int = 2) -> str:
    raw = sympy.Matrix(3, features, lambda n, k: (n + 1) ** (k + 1) - 4)
    batch = sum(entry**2 for entry in raw)
    columns = [sum(entry**2 for entry in raw[:, k]) for k in range(features)]
    rows = [sum(entry**2 for entry in raw[n, :]) for n in range(3)]
    by_feature = sum(rate * raw[n, k] ** 2 / columns[k] for n in range(3) for k in range(features))
    by_batch = sum(rate * entry**2 / batch for entry in raw)
    equal(by_feature / 3, features * rate / 3, "feature: mean rate an instance")
    equal(by_batch / 3, rate / 3, "batch: mean rate an instance")
    for n in range(3):
        equal(sum(rate * entry**2 / rows[n] for entry in raw[n, :]), rate, "instance: each rate")
    return "N = 3, K = 2: 2δ/3 per instance"


@derivation(
    "§4.2",
    "feature normalisation does not force information: with ψ constant over the batch each "
    "dimension has rate δ/N and I(X; Z) = 0",
)
def constant_feature() -> str:
    count = 4
    column = sympy.Matrix([sympy.Rational(3, 7)] * count)
    norm = sympy.sqrt(sum(entry**2 for entry in column))
    normalised = column * sympy.sqrt(rate) / norm
    for entry in normalised:
        equal(entry, sympy.sqrt(rate / count), "each entry")
    equal(sum(entry**2 for entry in normalised), rate, "the total rate of the dimension")
    require(len(set(normalised)) == 1, "one posterior for every x, so Z is independent of X")
    return "N = 4 equal entries: a = √(δ/4) each, q(z|x) = q(z)"


@derivation(
    "Eq. 43",
    "E‖ψ‖² = δ and batch normalisation of §4.2 (total δ over N instances) differ by the factor N",
    "rate._normalization: total_rate",
)
def batch_constraint() -> str:
    raw = sympy.Matrix([3, -1, 2])
    total = sum(entry**2 for entry in raw)
    per_instance = sum(rate * entry**2 / total for entry in raw) / raw.rows
    equal(per_instance, rate / 3, "mean over the batch")
    equal(raw.rows * per_instance, rate, "Eq. 43 needs the total Nδ")
    return "N = 3: mean rate δ/3 where Eq. 43 asks for δ"
