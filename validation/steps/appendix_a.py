"""What appendix A of the paper says about the derivative of stdplus, the Padé approximant (Eq. 32)
and Algorithm 1, each sentence measured in 60 digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath
import numpy as np

from stdplus_ref import algorithm1, exact
from validation import library, plotting
from validation.core import Claim, Context
from validation.steps.figure3 import worst_error

NAME = "appendix-a"
TITLE = "Appendix A: derivative, Padé approximant, and the steps Algorithm 1 needs"
QUICK = True

_DIGITS = 60
_PADE_CLAIM = 3.14e-13
_PADE_EDGE = math.nextafter(0.04, 0)  # the float64 0.04 is above 1/25
_NEEDED = {"float32": 4, "float64": 5}


def run(context: Context, functions: library.Functions | None = None) -> Sequence[Claim]:
    """Measure every claim of appendix A."""
    functions = library.functions() if functions is None else functions
    with mpmath.workdps(_DIGITS):
        context.progress("Eq. 31 against numerical differentiation")
        derivative = _equation_31(context)
        context.progress("error of the Padé approximant")
        pade = _pade(context)
        context.progress("Algorithm 1")
        return [
            *derivative,
            _derivative_at_zero(functions),
            *pade,
            *(_steps_needed(name) for name in _NEEDED),
            _eps_ignored(),
            _finite(),
        ]


def _equation_31(context: Context) -> list[Claim]:
    """Eq. 31 and its limit at 0 (Eq. 30) against central differences of Eq. 13."""
    h = mpmath.mpf(10) ** -20  # error of the difference: of the order of h² = 1e-40
    sizes = context.rng.uniform(-2, 1, 40)
    points = context.rng.choice([-1.0, 1.0], sizes.size) * 10.0**sizes
    worst, at = max((_mismatch(mpmath.mpf(x), h), float(x)) for x in points)
    at_zero = abs(_slope(mpmath.mpf(0), h) - mpmath.sqrt(mpmath.mpf(1) / 2))
    limit = mpmath.mpf(10) ** -38
    return [
        Claim.of_paper(
            "Eq. 31",
            "stdplus′(x) = x·stdplus(x)/(stdplus(x)² − 1) for x ≠ 0.",
            worst < limit,
            f"largest relative difference {mpmath.nstr(worst, 3)}",
            f"at x = {at.hex()}; {points.size} points, 0.01 ≤ |x| ≤ 10, central differences of "
            f"Eq. 13 with step {mpmath.nstr(h, 1)}",
        ),
        Claim.of_paper(
            "Eq. 30",
            "stdplus′(0) = 1/√2.",
            at_zero < limit,
            f"difference {mpmath.nstr(at_zero, 3)}",
            f"central difference of Eq. 13 with step {mpmath.nstr(h, 1)}",
        ),
    ]


def _slope(x: mpmath.mpf, h: mpmath.mpf) -> mpmath.mpf:
    above, below = (exact.stdplus(x + step, digits=_DIGITS + 20) for step in (h, -h))
    with mpmath.extradps(20):  # the difference loses the 20 digits of h
        return (above - below) / (2 * h)


def _mismatch(x: mpmath.mpf, h: mpmath.mpf) -> mpmath.mpf:
    y = exact.stdplus(x, digits=_DIGITS)
    return abs(_slope(x, h) / (x * y / (y**2 - 1)) - 1)


def _derivative_at_zero(functions: library.Functions) -> Claim:
    got = [functions["stdplus_derivative"](t(0)) for t in (np.float32, np.float64)]
    want = [exact.rounded("stdplus_derivative", 0.0, t) for t in (np.float32, np.float64)]
    return Claim.of_library(
        "derivative at 0",
        "stdplus_derivative(0) is 1/√2 correctly rounded in float32 and float64.",
        got == want,
        f"{float(got[0]).hex()} and {float(got[1]).hex()}",
    )


def _pade_error(x: float) -> mpmath.mpf:
    """|Eq. 32 − log stdplus|, also beyond 0.04."""
    v, root = mpmath.mpf(x), mpmath.sqrt(2)
    top = v / root + v**2 / 4 + v**3 / (90 * root)
    return abs(top / (1 + 5 * v / (6 * root) + 17 * v**2 / 180) - exact.log_stdplus(x, _DIGITS))


def _pade(context: Context) -> list[Claim]:
    x = np.linspace(-_PADE_EDGE, _PADE_EDGE, 401)
    error = np.array([float(_pade_error(float(value))) for value in x])
    low, high = _where_pade_reaches(-1), _where_pade_reaches(1)
    _draw_pade(context, x, error)
    top = int(error.argmax())
    return [
        Claim.of_paper(
            "Padé",
            "The Padé approximant of Eq. 32 has an absolute error < 3.14e-13 for |x| < 0.04.",
            bool(error.max() < _PADE_CLAIM),
            f"{error[top]:.4g} at x = {x[top]:g}, {error[-1]:.4g} at x = {x[-1]:g}",
            f"the bound holds for {low:.5f} < x < {high:.5f}; {x.size} points in {_DIGITS} digits",
            ("d03_pade:claimed_error",),
        )
    ]


def _where_pade_reaches(sign: int) -> float:
    """The x on one side at which the error of Eq. 32 passes the claimed bound, by bisection."""
    low, high = 0.03, 0.05
    for _ in range(30):
        middle = (low + high) / 2
        if _pade_error(sign * middle) < _PADE_CLAIM:
            low = middle
        else:
            high = middle
    return sign * low


def _draw_pade(context: Context, x: np.ndarray, error: np.ndarray) -> None:
    with plotting.subplots(size=(7.5, 4.0)) as (figure, axes):
        axes.plot(x, error, color=plotting.BLUE, label="|Eq. 32 − log stdplus|")
        axes.axhline(_PADE_CLAIM, color=plotting.RED, ls="--", label="claimed bound 3.14e-13")
        plotting.label(axes, "x", "absolute error")
        axes.legend(loc="center")
        context.save_figure(
            figure, "pade",
            "The Padé approximant of Eq. 32 keeps the claimed bound at +0.04 but exceeds it at "
            f"−0.04, where its error is {error[0]:.3g}.",
        )  # fmt: skip


def _steps_needed(name: str) -> Claim:
    steps, eps = _NEEDED[name], float(np.finfo(name).eps)
    fewer, enough = (worst_error(n) for n in (steps - 1, steps))
    counted = algorithm1.iterations(eps)
    return Claim.of_paper(
        f"steps for {name}",
        f"{name} needs {steps} steps of Algorithm 1 for 0.04 < |x| ≤ 40.",
        fewer.error > eps >= enough.error and counted == steps,
        f"error {fewer.error:.3g} after {steps - 1}, {enough.error:.3g} after {steps}, "
        f"against eps = {eps:.3g}; the loop count is {counted}",
        f"in extended precision; worst at x = {enough.x.hex()}",
    )


def _eps_ignored() -> Claim:
    eps = float(np.finfo(np.float64).eps)
    got = algorithm1.log_stdplus(-_PADE_EDGE, eps, "mpmath", digits=_DIGITS)
    worst = abs(got - exact.log_stdplus(-_PADE_EDGE, digits=_DIGITS))
    return Claim.of_paper(
        "eps",
        "Algorithm 1 returns log stdplus(x) to the desired precision eps.",
        worst <= eps,
        f"error {mpmath.nstr(worst, 4)} at x = −0.04 for eps = {eps:.3g}",
        "for |x| ≤ 0.04 eps is not used at all",
        ("d03_pade:accuracy_floor",),
    )


def _finite() -> Claim:
    """The start ½(x + √(x² + 4)) cancels on the far left and overflows on the far right."""
    far = {np.float64: (-(2.0**28), 1.35e154), np.float32: (-(2.0**14), 1.85e19)}
    bad = []
    for dtype, points in far.items():
        for x in np.array(points, dtype):
            with np.errstate(all="ignore"):
                got = algorithm1.log_stdplus(x)
            if not np.isfinite(got):
                bad.append(f"{got} at {x:.4g} ({dtype.__name__})".replace("nan", "NaN"))
    return Claim.of_paper(
        "start",
        "For |x| > 0.04 it suffices to start from ½(x + √(x² + 4)).",
        not bad,
        "; ".join(bad) or "finite at every point tried",
        "in floating-point arithmetic x + √(x² + 4) cancels to 0 on the left and x² overflows on "
        "the right, where log stdplus is finite; in exact arithmetic the start suffices",
        ("d04_algorithm1:start_cancels", "d04_algorithm1:square_overflows"),
    )
