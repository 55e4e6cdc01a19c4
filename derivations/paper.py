"""The paper's formulas as printed, each written once; the derivations confirm or correct them.

*Slashed Normal: Parameterize Normal Posterior Distributions with KL Amplitude*
(ICLR 2025 submission 14208). Equation numbers everywhere are this paper's.
"""

from __future__ import annotations

from typing import Any

import sympy

_HALF_ROOT = 1 / sympy.sqrt(2)

# Eq. 32: coefficients of x⁰, x¹, … of numerator and denominator, and the claim on the error.
PADE_NUMERATOR = (sympy.S.Zero, _HALF_ROOT, sympy.Rational(1, 4), _HALF_ROOT / 90)
PADE_DENOMINATOR = (sympy.S.One, 5 * _HALF_ROOT / 6, sympy.Rational(17, 180))
PADE_LIMIT = sympy.Rational(4, 100)
PADE_ERROR = "3.14e-13"


def pade(x: Any) -> Any:
    """Eq. 32 at x: a sympy expression in, a sympy expression out."""
    top = sum(c * x**n for n, c in enumerate(PADE_NUMERATOR))
    bottom = sum(c * x**n for n, c in enumerate(PADE_DENOMINATOR))
    return top / bottom


def squareplus(x: Any) -> Any:
    """The initial guess of appendix A.2."""
    return (x + sympy.sqrt(x**2 + 4)) / 2


def algorithm1_update(r: Any, x: Any, a: Any) -> Any:
    """The loop body of Algorithm 1."""
    top = (r - 1) * sympy.exp(r - a) + (x**2 + 1) * sympy.exp(-a)
    return top / (sympy.exp(r - a) - sympy.exp(-a))


def algorithm1_steps(bits: Any) -> Any:
    """The loop count of Algorithm 1 for eps = 2^−bits."""
    return sympy.ceiling(sympy.log(bits, 2) - 1)
