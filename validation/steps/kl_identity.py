"""Eq. 14–16: with μ = μ0 + √2·σ0·a and σ = σ0·stdplus(√2·b) the Kullback–Leibler divergence from
N(μ0, σ0²) to N(μ, σ²) is a² + b² = |ψ|². First in 50 digits; then with μ and σ computed in float32
and float64, the divergence of those rounded numbers being taken in 50 digits.

The bound for the floating-point runs follows from the roundings of μ and σ alone (see `_bound`): it
grows with |ψ|² and with |μ|/σ0, never with an error of stdplus beyond its promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from stdplus_ref import exact
from validation import library, plotting
from validation.core import Claim, Context
from validation.sampling import FloatArray, FloatType

NAME = "kl-identity"
TITLE = "KL(N(μ, σ²) ‖ N(μ0, σ0²)) = |ψ|² (Eq. 14–16)"
QUICK = True

_DIGITS = 50
_EXACT_CASES = 200
_FLOAT_CASES = 1500
_B_LIMIT = 8.0  # σ/σ0 is a normal float32 number for b ≥ −9.3


@dataclass(frozen=True)
class Cases:
    """Random instances: amplitude ψ = a + b·i and prior N(μ0, σ0²), arrays of one type."""

    a: FloatArray
    b: FloatArray
    mu0: FloatArray
    sigma0: FloatArray

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int, dtype: FloatType) -> Cases:
        """|ψ| from 1e-4 to 8 at every angle, μ0 in ±3, σ0 from 0.01 to 100."""
        psi = 10 ** rng.uniform(-4, np.log10(_B_LIMIT), count) * np.exp(
            2j * np.pi * rng.uniform(size=count)
        )
        drawn = (psi.real, psi.imag, rng.uniform(-3, 3, count), 10 ** rng.uniform(-2, 2, count))
        return cls(*(values.astype(dtype) for values in drawn))


def run(context: Context, functions: library.Functions | None = None) -> Sequence[Claim]:
    """Check the identity in 50 digits, then in both floating-point types."""
    functions = library.functions() if functions is None else functions
    context.progress("50 digits")
    claims = _in_digits(Cases.draw(context.rng, _EXACT_CASES, np.float64))
    curves: list[tuple[str, FloatArray, FloatArray, FloatArray]] = []
    for dtype in (np.float32, np.float64):
        context.progress(dtype.__name__)
        cases = Cases.draw(context.rng, _FLOAT_CASES, dtype)
        curve = _in_floats(cases, functions)
        curves.append((dtype.__name__, *curve))
        claims.append(_float_claim(dtype, cases, *curve))
    _draw(context, curves)
    return claims


def _kl(mu: Any, sigma: Any, mu0: Any, sigma0: Any) -> mpmath.mpf:
    """KL(N(μ, σ²) ‖ N(μ0, σ0²)) in nats, Eq. 3 with the prior's variance squared."""
    mean = (mpmath.mpf(mu) - mpmath.mpf(mu0)) / mpmath.mpf(sigma0)
    scale = mpmath.mpf(sigma) / mpmath.mpf(sigma0)
    return (mean**2 + scale**2 - 2 * mpmath.log(scale) - 1) / 2


def _in_digits(cases: Cases) -> list[Claim]:
    """Eq. 16, and the two expressions for σ in Eq. 15, to 50 digits."""
    kl_error, sigma_error = mpmath.mpf(0), mpmath.mpf(0)
    # KL near ψ = 0 cancels 2·log10|ψ| digits and Lambert W half of the rest: 20 and 20 more.
    with mpmath.workdps(2 * _DIGITS + 40):
        root = mpmath.sqrt(2)
        for values in zip(cases.a, cases.b, cases.mu0, cases.sigma0, strict=True):
            a, b, mu0, sigma0 = (mpmath.mpf(float(value)) for value in values)
            mu = mu0 + root * sigma0 * a
            sigma = sigma0 * exact.stdplus(root * b, digits=_DIGITS + 30)
            rate = a**2 + b**2
            kl_error = max(kl_error, abs(_kl(mu, sigma, mu0, sigma0) / rate - 1))
            k = -(2 * rate - ((mu - mu0) / sigma0) ** 2)
            variance = -mpmath.lambertw(-mpmath.exp(k - 1), 0 if b < 0 else -1)
            sigma_error = max(sigma_error, abs(sigma0 * mpmath.sqrt(variance) / sigma - 1))
    tiny = mpmath.mpf(10) ** -_DIGITS
    scanned = f"{cases.a.size} random ψ, 1e-4 ≤ |ψ| ≤ 8, with random priors"
    return [
        Claim.of_paper(
            "Eq. 16", "KL(N(μ, σ²) ‖ N(μ0, σ0²)) = |ψ|² in 50 digits.", kl_error < tiny,
            f"largest relative difference {mpmath.nstr(kl_error, 3)}", scanned,
        ),
        Claim.of_paper(
            "Eq. 15", "√(σ0² M(−(2δ − (μ − μ0)²/σ0²))) = σ0·stdplus(√2·b) in 50 digits.",
            sigma_error < tiny,
            f"largest relative difference {mpmath.nstr(sigma_error, 3)}", scanned,
        ),
    ]  # fmt: skip


def _in_floats(
    cases: Cases, functions: library.Functions
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """|ψ|², |KL − |ψ|²| and its bound, with μ and σ computed in the cases' type."""
    root = cases.a.dtype.type(2) ** cases.a.dtype.type(0.5)
    mu = cases.mu0 + root * cases.sigma0 * cases.a
    ratio = functions["stdplus"](root * cases.b)
    sigma = cases.sigma0 * ratio
    rate, error = np.empty((2, mu.size))
    with mpmath.workdps(_DIGITS):
        for i in range(mu.size):
            numbers = (float(part[i]) for part in (mu, sigma, cases.mu0, cases.sigma0))
            wanted = mpmath.mpf(float(cases.a[i])) ** 2 + mpmath.mpf(float(cases.b[i])) ** 2
            rate[i], error[i] = float(wanted), float(abs(_kl(*numbers) - wanted))
    return rate, error, _bound(cases, mu, ratio)


def _bound(cases: Cases, mu: FloatArray, ratio: FloatArray) -> FloatArray:
    """What the roundings of μ and σ can do to the divergence.

    u is the unit roundoff. √2 and its products carry 2u (b) and 3u (a) relative error, so
    m = (μ − μ0)/σ0 is off by 3u·|m|, and by u·|μ|/σ0 from the last addition; x = √2·b is off by
    2u·|x|, and KL has slope x in x. σ carries 2u more, at most 2.04u with the promised 0.51 ULP,
    and KL has slope s² − 1 in log s, s = σ/σ0. A final 2 % cover the terms of second order, and the
    square u² of the roundings those where the first order vanishes.
    """
    u = float(np.finfo(mu.dtype).eps) / 2
    a, b, m_end = (part.astype(np.float64) for part in (cases.a, cases.b, mu / cases.sigma0))
    m, x, s = np.sqrt(2) * a, np.sqrt(2) * b, ratio.astype(np.float64)
    shift = u * (3 * np.abs(m) + np.abs(m_end))
    first = np.abs(m) * shift + 2 * u * x**2 + 2.04 * u * np.abs(s**2 - 1)
    second = shift**2 / 2 + (1 + s**2) * (2 * u * np.abs(x) + 2.04 * u) ** 2
    return np.asarray(1.02 * (first + second))


def _float_claim(
    dtype: FloatType, cases: Cases, rate: FloatArray, error: FloatArray, bound: FloatArray
) -> Claim:
    part = error / bound
    top = int(part.argmax())
    witness = ", ".join(
        f"{name} = {float(values[top]).hex()}" for name, values in vars(cases).items()
    )
    return Claim.of_library(
        dtype.__name__,
        f"With σ from stdplus in {dtype.__name__}, KL differs from |ψ|² by no more than the "
        "roundings of μ and σ explain.",
        bool(part.max() <= 1),
        f"at most {part[top]:.2f} of the bound; relative difference up to "
        f"{(error / rate)[rate >= 1].max():.2g} for |ψ| ≥ 1",
        f"worst at {witness}; {rate.size} random ψ, 1e-4 ≤ |ψ| ≤ 8, with random priors",
    )


def _draw(
    context: Context, curves: Sequence[tuple[str, FloatArray, FloatArray, FloatArray]]
) -> None:
    with plotting.subplots(2, 2, size=(10.5, 6.2), sharex=True) as (figure, grid):
        look = {"marker": ".", "ms": 2.5, "ls": "none", "color": plotting.BLUE}
        for (above, below), (name, rate, error, bound) in zip(grid.T, curves, strict=True):
            above.loglog(rate, error / rate, **look)
            below.semilogx(rate, error / bound, **look)
            below.axhline(1, color=plotting.GREY, ls="--")
            below.set_ylim(0, 1.1)
            plotting.label(above, "", "|KL − |ψ|²| / |ψ|²", name)
            plotting.label(below, "|ψ|²  (nats)", "|KL − |ψ|²| / bound")
        context.save_figure(
            figure, NAME,
            "Above: the relative difference; the same rounding of μ and σ weighs more the smaller "
            "|ψ|² is. Below: every difference stays under the bound (dashed) that these roundings "
            "explain.",
        )  # fmt: skip
