"""The inverse functions, their series and derivatives, and the test of a correct rounding."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, require
from derivations.d02_derivative import log_stdplus_series
from derivations.numeric import agree, log_stdplus, mp, text

t, h, x, r = sympy.symbols("t h x r", real=True)
p, y = sympy.symbols("p y", positive=True)

Q = sympy.Rational
# inv_log_stdplus(t) = √2·t·(1 + t/3 + …) and inv_stdplus(1 + h) = √2·h·(1 − h/6 + …)
LOG_SERIES = (Q(1), Q(1, 3), Q(1, 9), Q(4, 135), Q(1, 162))
SERIES = (Q(1), Q(-1, 6), Q(1, 9), Q(-11, 135), Q(103, 1620))


def _in_powers(coefficients: tuple[Any, ...], variable: Any) -> Any:
    return sympy.sqrt(2) * sum(c * variable ** (n + 1) for n, c in enumerate(coefficients))


def _square_agrees(coefficients: tuple[Any, ...], square: Any, variable: Any) -> None:
    order = len(coefficients) + 2
    derived = sympy.series(square, variable, 0, order).removeO()
    stated = sympy.expand(_in_powers(coefficients, variable) ** 2)
    for n in range(order):
        equal(derived.coeff(variable, n), stated.coeff(variable, n), f"coefficient of power {n}")


@derivation(
    "definition",
    "inv_log_stdplus(t) = sign(t)·√(expm1(2t) − 2t)",
    "source.inv_log_stdplus: step",
)
def inv_log_stdplus() -> str:
    require(sympy.diff(sympy.exp(2 * t) - 1 - 2 * t, t, 2).is_positive, "radicand is convex")
    equal((sympy.exp(2 * t) - 1 - 2 * t).subs(t, 0), 0, "and touches 0 at t = 0")
    for number in ("-50", "-1e-8", "1e-8", "0.5", "20"):
        at = mp.mpf(number)
        with mp.workdps(90):
            there = mp.sign(at) * mp.sqrt(mp.expm1(2 * at) - 2 * at)
            agree(log_stdplus(there), at, f"round trip at {number}", 40)
    return "the square root of the definition; round trips at 5 points"


@derivation(
    "Eq. 25",
    "inv_stdplus(y) = sign(y − 1)·√(y² − 1 − 2·log y)",
    "source.inv_stdplus: step",
)
def inv_stdplus() -> str:
    equal(
        (sympy.exp(2 * t) - 1 - 2 * t).subs(t, sympy.log(y)),
        y**2 - 1 - 2 * sympy.log(y),
        "t = log y",
    )
    require(sympy.limit(y**2 - 1 - 2 * sympy.log(y), y, 0, "+") == sympy.oo, "the pole at y = 0")
    return "t = log y in the inverse of log stdplus; −∞ at y = 0"


@derivation(
    "definition",
    "inv_log_stdplus = √2·t·(1 + t/3 + t²/9 + 4t³/135 + t⁴/162 + …)",
)
def log_inverse_series(coefficients: tuple[Any, ...] = LOG_SERIES) -> str:
    _square_agrees(coefficients, sympy.exp(2 * t) - 1 - 2 * t, t)
    forward = sum(c * x**n for n, c in enumerate(log_stdplus_series(6)))
    composed = sympy.expand(_in_powers(coefficients, forward))
    for n in range(6):
        equal(composed.coeff(x, n), 1 if n == 1 else 0, f"coefficient of x^{n} of the composition")
    return "its square, and its composition with the series of log stdplus"


@derivation(
    "Eq. 25",
    "inv_stdplus(1 + h) = √2·h·(1 − h/6 + h²/9 − 11h³/135 + 103h⁴/1620 − …)",
)
def inverse_series(coefficients: tuple[Any, ...] = SERIES) -> str:
    _square_agrees(coefficients, (1 + h) ** 2 - 1 - 2 * sympy.log(1 + h), h)
    return "its square"


@derivation(
    "Eq. 31",
    "dx/dt = expm1(2t)/x and dx/dy = (y² − 1)/(x·y); √2 at t = 0, y = 1",
)
def inverse_derivatives() -> str:
    by_t = sympy.Function("x")(t)
    slope = sympy.solve(sympy.diff(by_t**2 - (sympy.exp(2 * t) - 1 - 2 * t), t), by_t.diff(t))
    equal(slope[0], (sympy.exp(2 * t) - 1) / by_t, "dx/dt")
    by_y = sympy.Function("x")(y)
    slope = sympy.solve(sympy.diff(by_y**2 - (y**2 - 1 - 2 * sympy.log(y)), y), by_y.diff(y))
    equal(slope[0], (y**2 - 1) / (by_y * y), "dx/dy")
    for series, variable in ((LOG_SERIES, t), (SERIES, h)):
        slope_at_zero = sympy.diff(_in_powers(series, variable), variable).subs(variable, 0)
        equal(slope_at_zero, sympy.sqrt(2), "slope at the branch point")
    return "implicit differentiation; series at the branch point"


@derivation(
    "Eq. 31",
    "d²x/dt² = (2e^(2t) − x'²)/x and d²x/dy² = (1 + 1/y² − x'²)/x; 2√2/3 at t = 0, −√2/3 at y = 1",
)
def inverse_second_derivatives() -> str:
    for variable, square, stated in (
        (t, sympy.exp(2 * t) - 1 - 2 * t, 2 * sympy.exp(2 * t)),
        (y, y**2 - 1 - 2 * sympy.log(y), 1 + 1 / y**2),
    ):
        inverse = sympy.Function("x")(variable)
        twice = sympy.diff(inverse**2 - square, variable, 2)
        second = sympy.solve(twice, inverse.diff(variable, 2))[0]
        equal(second, (stated - inverse.diff(variable) ** 2) / inverse, "second derivative")
    for series, variable, value in ((LOG_SERIES, t, Q(2, 3)), (SERIES, h, -Q(1, 3))):
        curve = sympy.diff(_in_powers(series, variable), variable, 2).subs(variable, 0)
        equal(curve, value * sympy.sqrt(2), "at the branch point")
    return "implicit differentiation; series at the branch point"


@derivation(
    "Eq. 25",
    "φ(m) = m² − 1 − 2·log m falls on (0, 1), rises on (1, ∞): y is the correct "
    "rounding of stdplus(x) iff x² lies between φ of the midpoints around y",
)
def rounding_test() -> str:
    slope = sympy.diff(y**2 - 1 - 2 * sympy.log(y), y)
    require(sympy.simplify(slope.subs(y, 1 / (1 + p))).together().is_negative, "falls on (0, 1)")
    require(sympy.factor(slope.subs(y, 1 + p)).is_positive, "rises beyond 1")
    ulp = mp.mpf(2) ** -52
    for number in ("-2.5", "0.75"):  # stdplus below and above 1
        at = mp.mpf(number)
        value = mp.exp(log_stdplus(at))
        unit = ulp * mp.mpf(2) ** mp.floor(mp.log(value, 2))
        with mp.workprec(53):
            nearest = +value
        phi = [m * m - 1 - 2 * mp.log(m) for m in (nearest - unit / 2, nearest + unit / 2)]
        require(min(phi) < at * at < max(phi), "the correct rounding passes")
        phi = [m * m - 1 - 2 * mp.log(m) for m in (nearest + unit / 2, nearest + 3 * unit / 2)]
        require(not min(phi) < at * at < max(phi), "its neighbour fails")
    return f"monotone either side of 1; tried at x = −2.5 and 0.75 in float64 (ULP {text(ulp, 3)})"
