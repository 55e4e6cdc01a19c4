"""Derivatives, the power series at 0 and the forms the kernels evaluate (Eq. 25–31)."""

from __future__ import annotations

import functools
from typing import Any

import sympy
from sympy.polys.ring_series import rs_exp, rs_mul, rs_nth_root, rs_series_reversion, rs_trunc

from derivations.core import derivation, equal, require
from derivations.numeric import figure, log_stdplus, mp, rounded, stdplus, text

x, t, u, v, w, F, W0, g = sympy.symbols("x t u v w F W0 g")
r, eta, c, z = sympy.symbols("r eta c z")

THIRD_ORDER = 2 * w**2 - 2 * w / 3  # of the kernels' correction, beside v³
SLOPE_AT_ZERO = 1 / sympy.sqrt(2)

# log stdplus(x) = x/√2 − x²/6 + … as stated, coefficients of x, x², …
STATED_SERIES = (
    SLOPE_AT_ZERO,
    -sympy.Rational(1, 6),
    sympy.sqrt(2) / 36,
    -sympy.Rational(1, 135),
    sympy.sqrt(2) / 2160,
    sympy.Rational(2, 8505),
)


@functools.cache
def rational_series(order: int) -> tuple[Any, ...]:
    """Coefficients c0 … c(order−1) of 2·log stdplus in η = √2·x: rational numbers.

    The series is the reversion of η(r) = √(2(e^r − 1 − r)) = r·√h(r), h(0) = 1.
    """
    ring, r_, eta_ = sympy.ring("r, eta", sympy.QQ)
    h = ring(0)
    for n in range(order):
        h += _exact(sympy.Rational(2, sympy.factorial(n + 2))) * r_**n
    eta_of_r = rs_mul(r_, rs_nth_root(h, 2, r_, order), r_, order)
    series = rs_series_reversion(eta_of_r, r_, order, eta_)
    return (sympy.S.Zero, *(sympy.QQ.to_sympy(series.coeff(eta_**n)) for n in range(1, order)))


def _exact(number: Any) -> Any:
    return sympy.QQ.from_sympy(sympy.Rational(number))


def log_stdplus_series(order: int) -> tuple[Any, ...]:
    """Coefficients of x⁰ … x^(order−1) of log stdplus(x)."""
    halves = enumerate(rational_series(order))
    return tuple(coefficient * sympy.sqrt(2) ** n / 2 for n, coefficient in halves)


@derivation(
    "Eq. 25–27, 31",
    "stdplus'(x) = x·y/(y² − 1) for x ≠ 0",
    "source.stdplus_derivative: step",
)
def derivative(power: int = 1) -> str:
    y = sympy.Function("y")(x)
    constraint = sympy.log(y**2) - y**2 + x**2 + 1
    slope = sympy.solve(sympy.diff(constraint, x), sympy.diff(y, x))
    equal(slope[0], x / (y - 1 / y), "Eq. 27")
    equal(slope[0], x * y**power / (y**2 - 1), "Eq. 31")
    return "implicit differentiation of Eq. 25"


@derivation(
    "Eq. 31",
    "(log stdplus)'(x) = x/(y² − 1)",
    "source.log_stdplus_derivative: step",
)
def log_derivative() -> str:
    log_y = sympy.Function("t")(x)
    constraint = sympy.exp(2 * log_y) - 1 - 2 * log_y - x**2
    slope = sympy.solve(sympy.diff(constraint, x), sympy.diff(log_y, x))
    equal(slope[0], x / (sympy.exp(2 * log_y) - 1), "dt/dx")
    return "implicit differentiation of expm1(2t) − 2t = x²"


@derivation(
    "Eq. 28–30",
    "stdplus is analytic at 0 and stdplus'(0) = 1/√2; no appeal to L'Hôpital",
)
def analytic_at_zero(slope: Any = SLOPE_AT_ZERO) -> str:
    h = sympy.series(2 * (sympy.exp(r) - 1 - r) / r**2, r, 0, 3).removeO()
    equal(h.subs(r, 0), 1, "e^r − 1 − r = (r²/2)·h(r) with h(0) = 1")
    # x = (r/√2)·√h(r) takes the sign of r, is analytic at 0 and has dx/dr = 1/√2 ≠ 0 there,
    # so the inverse function theorem makes r, and y = e^(r/2), analytic functions of x.
    dx_dr = sympy.diff(r / sympy.sqrt(2) * sympy.sqrt(h), r).subs(r, 0)
    equal(sympy.Rational(1, 2) / dx_dr, slope, "dy/dx = ½·dr/dx at 0, y(0) = 1")
    series = sum(coefficient * x**n for n, coefficient in enumerate(log_stdplus_series(4)))
    equal(sympy.limit(x * sympy.exp(series) / (sympy.exp(2 * series) - 1), x, 0), slope, "Eq. 27")
    return "x = (r/√2)·√h(r), h(0) = 1, has the analytic inverse r(x); Eq. 27 tends to 1/√2"


@derivation(
    "Eq. 13",
    "log stdplus = x/√2 − x²/6 + √2x³/36 − x⁴/135 + √2x⁵/2160 + 2x⁶/8505 − …",
)
def series_at_zero(stated: tuple[Any, ...] = STATED_SERIES, order: int = 14) -> str:
    derived = rational_series(order)
    for n, coefficient in enumerate(stated, start=1):
        equal(log_stdplus_series(order)[n], coefficient, f"coefficient of x^{n}")
    require(log_stdplus_series(order)[7].is_negative, "the next term is negative")
    ring, variable = sympy.ring("eta", sympy.QQ)
    truncated = sum(_exact(value) * variable**n for n, value in enumerate(derived))
    residual = rs_exp(truncated, variable, order + 1) - 1 - truncated - variable**2 / 2
    require(rs_trunc(residual, variable, order + 1) == ring(0), "substitution into the definition")
    return f"reversion, and substitution into e^r − 1 − r = x² to order x^{order}"


@derivation(
    "Eq. 13",
    "the singularities nearest to 0 are at x² = ∓2πi, |x| = √(2π)",
)
def singularities() -> str:
    at = 2 * sympy.pi * sympy.I
    equal(sympy.exp(at) - 1, 0, "dx/dr vanishes off r = 0 where e^r = 1, r = ±2πi, …")
    equal((sympy.exp(at) - 1 - at), -at, "x² = e^r − 1 − r there")
    equal(sympy.sqrt(sympy.Abs(-at)), sympy.sqrt(2 * sympy.pi), "|x|")
    series = rational_series(60)
    # A square root branches there, so the n-th coefficient decays like n^(−3/2)·radius^(−n).
    root = max((mp.mpf(abs(series[n])) * mp.mpf(n) ** 1.5) ** (mp.one / n) for n in range(50, 60))
    estimate = 1 / (root * mp.sqrt(2))
    require(abs(estimate / mp.sqrt(2 * mp.pi) - 1) < mp.mpf("0.03"), "growth of the coefficients")
    return (
        f"|x| = {text(mp.sqrt(2 * mp.pi), 6)}; "
        f"the growth of coefficients 50–59 gives {text(estimate, 3)}"
    )


@derivation(
    "Eq. 31",
    "with g = t/x: (log stdplus)' = 1/(x + 2g) and stdplus' = y/(x + 2g)",
)
def slope_through_quotient(factor: int = 2) -> str:
    square_less_one = x**2 + 2 * t  # the definition: y² − 1 = x² + 2t
    equal((x / square_less_one).subs(t, g * x), 1 / (x + factor * g), "dt/dx")
    return "y² − 1 = x² + 2t = x·(x + 2g)"


@derivation(
    "definition",
    "F(t0 + u) = 0 is solved by u = v − w·v² + (2w² − 2w/3)·v³ + O(v⁴), "
    "v = −F/(2(W0 − 1)), w = W0/(W0 − 1), W0 = e^(2·t0)",
    "source.newton: solve",
)
def third_order_correction(third: Any = THIRD_ORDER) -> str:
    step = v - w * v**2 + third * v**3
    shifted = F + W0 * (sympy.series(sympy.exp(2 * u), u, 0, 5).removeO() - 1) - 2 * u
    scaled = (shifted / (2 * (W0 - 1))).subs(F, -2 * v * (W0 - 1)).subs(W0, w / (w - 1))
    residual = sympy.Poly(sympy.expand(sympy.simplify(scaled).subs(u, step)), v)
    for n in range(4):
        equal(residual.coeff_monomial(v**n), 0, f"coefficient of v^{n} of F(t0 + u)")
    fourth = residual.coeff_monomial(v**4)
    require(sympy.simplify(fourth) != 0, "the correction is of third order and no higher")
    return "F(t0 + u) vanishes through v³"


@derivation(
    "Eq. 31",
    "(log stdplus)'' = (1 − 2y²·t'²)/(y² − 1) and stdplus'' = y·(t'' + t'²); −1/3 and 1/6 at 0",
)
def second_derivatives() -> str:
    log_y = sympy.Function("t")(x)
    square = sympy.exp(2 * log_y)
    slope = x / (square - 1)
    second = sympy.diff(slope, x).subs(sympy.diff(log_y, x), slope)
    equal(second, (1 - 2 * square * slope**2) / (square - 1), "t''")
    y_second = sympy.diff(sympy.exp(log_y), x, 2)
    chain = sympy.exp(log_y) * (sympy.diff(log_y, x, 2) + sympy.diff(log_y, x) ** 2)
    equal(y_second, chain, "y''")
    first, curve = log_stdplus_series(3)[1], 2 * log_stdplus_series(3)[2]
    equal(curve, -sympy.Rational(1, 3), "t''(0)")
    equal(curve + first**2, sympy.Rational(1, 6), "y''(0)")
    return "differentiation of t' = x/(e^(2t) − 1); series at 0"


@derivation("Eq. 31", "as a recipe it magnifies the error of y by (y² + 1)/|y² − 1| ~ √2/|x|")
def recipe_conditioning() -> str:
    condition = sympy.simplify(z * sympy.diff(sympy.log(z / (z**2 - 1)), z))
    equal(condition, -(z**2 + 1) / (z**2 - 1), "condition number of y ↦ y/(y² − 1)")
    series = sum(coefficient * x**n for n, coefficient in enumerate(log_stdplus_series(4)))
    equal(sympy.limit(x * condition.subs(z, sympy.exp(series)), x, 0), -sympy.sqrt(2), "near 0")
    at = mp.mpf("1e-6")
    y = rounded(stdplus(at), 24)
    exact = stdplus(at) * at / mp.expm1(2 * log_stdplus(at))
    error = abs(at * y / (y * y - 1) / exact - 1)
    require(rounded(stdplus(mp.mpf("1e-8")), 24) == 1, "float32 y(1e-8) is 1: division by 0")
    return (
        f"float32 y: error {figure(100 * error, '1.1', 'Eq. 31 at 1e-6')} % at x = 1e-6, "
        "x/0 = ∞ at x = 1e-8"
    )


@derivation(
    "Eq. 31",
    "stdplus' = x·y/expm1(2·log y) has condition 2t·e^(2t)/expm1(2t) → 1 in log y: no loss near 0",
)
def better_recipe() -> str:
    slope = x / (sympy.exp(2 * t) - 1)
    condition = sympy.simplify(t * sympy.diff(sympy.log(slope), t))
    equal(condition, -2 * t * sympy.exp(2 * t) / (sympy.exp(2 * t) - 1), "condition number in t")
    equal(sympy.limit(condition, t, 0), -1, "at 0")
    at = mp.mpf("1e-6")
    log_y = rounded(log_stdplus(at), 24)
    error = abs(mp.expm1(2 * log_stdplus(at)) / mp.expm1(2 * log_y) - 1)
    require(error < mp.mpf(2) ** -23, "one rounding in, one rounding out")
    return f"float32 log y: error {text(error, 2)} at x = 1e-6"
