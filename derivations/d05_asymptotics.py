"""Both ends of the line: asymptotics, underflow thresholds, starts of the kernels."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, require
from derivations.numeric import agree, figure, log_stdplus, mp, text

x, y, t, u, ell = sympy.symbols("x y t u ell", positive=True)

# float32 and float64: exponent of the least normal, and of half the least subnormal
LIMITS = {"float32": (-126, -150), "float64": (-1022, -1075)}

# y² in powers of e^(−(x² + 1)) towards −∞
TREE_SERIES = (sympy.S.One, sympy.S.One, sympy.Rational(3, 2), sympy.Rational(8, 3))


def inverse(y: Any) -> Any:
    """The x < 0 with stdplus(x) = y < 1 (Eq. 25)."""
    y = mp.mpf(y)
    return -mp.sqrt(y * y - 1 - 2 * mp.log(y))


@derivation(
    "x → −∞",
    "t = −(x² + 1)/2 + e^(2t)/2, so log stdplus = −(x² + 1)/2 + O(e^(−x²))",
    "source.newton: rough_inside",
)
def left_form() -> str:
    s = sympy.Symbol("t", real=True)
    square = sympy.exp(2 * s) - 1 - 2 * s
    equal(-(square + 1) / 2 + sympy.exp(2 * s) / 2, s, "rearranged definition")
    at = mp.mpf(-3)
    lacking = mp.exp(2 * log_stdplus(at)) / 2
    return f"at x = −3 the second term is {figure(lacking, '2.3e-5', 'e^(2t)/2 at −3')}"


@derivation(
    "x → −∞",
    "y² = ε + ε² + 3ε³/2 + 8ε⁴/3 + O(ε⁵), ε = e^(−(x² + 1))",
)
def left_series(coefficients: tuple[Any, ...] = TREE_SERIES) -> str:
    series = sum(c * u**n for n, c in enumerate(coefficients, start=1))
    # Eq. 7 with x = y²: y²·e^(−y²) = ε
    residual = sympy.series(series * sympy.exp(-series), u, 0, 5).removeO()
    equal(residual, u, "y²·e^(−y²) = ε through ε⁴")
    for n in range(1, 5):
        lagrange = sympy.Rational(n ** (n - 1), sympy.factorial(n))
        equal(series.coeff(u, n), lagrange, f"n^(n−1)/n!, n = {n}")
    return "substituted through ε⁴; n^(n−1)/n! by Lagrange inversion"


@derivation(
    "x → +∞",
    "y² = x² + 1 + 2·log y; with ℓ = log x²: y² = x² + ℓ + 1 + (ℓ + 1)/x² + O(ℓ²/x⁴)",
)
def right_series(shift: int = 1) -> str:
    # u = 1/x²; log y² = ℓ + log(u·y²)
    square = 1 / u + ell + shift + (ell + 1) * u
    residual = square - 1 / u - 1 - ell - sympy.log(sympy.expand(u * square))
    for n in range(2):
        coefficient = sympy.series(residual, u, 0, 2).removeO().coeff(u, n)
        equal(coefficient, 0, f"coefficient of x^−{2 * n}")
    second = sympy.series(residual, u, 0, 3).removeO().coeff(u, 2)
    equal(second, -((ell + 1) - (ell + 1) ** 2 / 2), "the first term left out")
    at = mp.mpf(1000)
    size = (mp.exp(2 * log_stdplus(at)) - at**2 - mp.log(at**2) - 1) * at**2
    return f"through 1/x²; (y² − x² − ℓ − 1)·x² at x = 1000 is {text(size, 7)}, ℓ + 1 = 14.81551"


@derivation(
    "x → +∞",
    "stdplus(x) = x + (2·log x + 1)/(2x) + O(log² x/x³)",
)
def right_first_terms() -> str:
    square = 1 / u**2 + ell + 1 + (ell + 1) * u**2  # u = 1/x
    root = sympy.series(sympy.sqrt(sympy.expand(square * u**2)), u, 0, 3).removeO() / u
    equal(root, 1 / u + (ell + 1) * u / 2, "square root, ℓ = 2·log x")
    return "square root of the series of y²"


@derivation(
    "both ends",
    "(log stdplus)' → −x and stdplus' → 0 at −∞, → 1/x and → 1 at +∞",
)
def slopes_at_the_ends() -> str:
    square = sympy.exp(2 * t)
    argument = sympy.sqrt(square - 1 - 2 * t)
    equal(sympy.limit(argument**2 / (square - 1), t, sympy.oo), 1, "x·(log stdplus)' at +∞")
    equal(sympy.limit(sympy.exp(t) * argument / (square - 1), t, sympy.oo), 1, "stdplus' at +∞")
    s = -t  # towards −∞; x = −√(…)
    square = sympy.exp(2 * s)
    argument = -sympy.sqrt(square - 1 - 2 * s)
    equal(sympy.limit(1 / (square - 1), t, sympy.oo), -1, "(log stdplus)'/x at −∞")
    equal(sympy.limit(sympy.exp(s) * argument / (square - 1), t, sympy.oo), 0, "stdplus' at −∞")
    return "limits through the parameter t"


@derivation(
    "x → +∞",
    "t ← log x + ½·log1p((1 + 2t)/x²) has t as fixed point and contracts by 1/(x² + 1 + 2t)",
    "source.newton: rough_right",
)
def right_iteration() -> str:
    image = sympy.log(x) + sympy.log(1 + (1 + 2 * t) / x**2) / 2
    squared = sympy.exp(2 * image).expand()
    equal(sympy.simplify(squared), x**2 + 1 + 2 * t, "e^(2·image) = x² + 1 + 2t, which is y² at t")
    equal(sympy.diff(image, t), 1 / (x**2 + 1 + 2 * t), "contraction")
    factor = 1 / mp.exp(2 * log_stdplus(8))
    return f"factor {text(factor, 4)} at x = 8, less beyond"


@derivation(
    "underflow",
    "stdplus is subnormal below x = −37.627 (float32 −13.179) and rounds to 0 "
    "below −38.591 (−14.386)",
)
def underflow() -> str:
    printed = {"float32": ("-13.179", "-14.386"), "float64": ("-37.627", "-38.591")}
    for dtype, exponents in LIMITS.items():
        for exponent, digits in zip(exponents, printed[dtype], strict=True):
            at = inverse(mp.mpf(2) ** exponent)
            figure(at, digits, f"{dtype}, y = 2^{exponent}")
            agree(log_stdplus(at), exponent * mp.log(2), "there and back", 40)
    return (
        "x with y = 2^−1022, 2^−1075, 2^−126, 2^−150 (ties to even: half the least subnormal is 0)"
    )


@derivation(
    "§4.1",
    "σ = stdplus(√2·b) still uses exp and log: in float32 subnormal for b < −9.32, "
    "0 for b < −10.17; only the KL term is free of them",
)
def underflow_in_b() -> str:
    subnormal, zero = (inverse(mp.mpf(2) ** e) / mp.sqrt(2) for e in LIMITS["float32"])
    require(zero < subnormal < 0, "order")
    return (
        f"σ subnormal below b = {figure(subnormal, '-9.32', 'subnormal')}, "
        f"0 below b = {figure(zero, '-10.17', 'zero')} (float32)"
    )
