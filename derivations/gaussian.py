"""Gaussian expectations and KL divergences from the densities, by exact integration."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import sympy


@functools.cache
def moment(n: int) -> Any:
    """E[εⁿ] for ε ~ N(0, 1), integrated."""
    e = sympy.Symbol("e", real=True)
    density = sympy.exp(-(e**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sympy.integrate(e**n * density, (e, -sympy.oo, sympy.oo))


def expectation(polynomial: Any, noise: Sequence[Any]) -> Any:
    """E of a polynomial in independent standard normal variables `noise`."""
    terms = sympy.Poly(sympy.expand(polynomial), *noise).terms()
    return sum(
        coefficient * sympy.prod([moment(n) for n in powers]) for powers, coefficient in terms
    )


def kl(mean: Any, factor: Any, prior_mean: Any, prior_factor: Any) -> Any:
    """KL(N(m, B Bᵀ) ‖ N(m0, A Aᵀ)) = E_q[log q − log p] for k × 1 means and k × k factors.

    The point is z = m + Bε. The determinants enter as log|B| and log|A|, both assumed positive.
    """
    noise = sympy.symbols(f"e0:{mean.rows}", real=True)
    e = sympy.Matrix(noise)
    whitened = prior_factor.inv() * (mean + factor * e - prior_mean)
    log_q = -sympy.log(factor.det()) - (e.T * e)[0] / 2
    log_p = -sympy.log(prior_factor.det()) - (whitened.T * whitened)[0] / 2
    return expectation(log_q - log_p, noise)


def kl_univariate(mean: Any, std: Any, prior_mean: Any = 0, prior_std: Any = 1) -> Any:
    """KL(N(mean, std²) ‖ N(prior_mean, prior_std²)) from the densities."""
    matrices = (sympy.Matrix([[entry]]) for entry in (mean, std, prior_mean, prior_std))
    return kl(*matrices)
