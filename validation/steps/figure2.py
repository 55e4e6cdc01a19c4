"""Figure 2a shows the two roots M0(k) and M1(k) of log x − x = k − 1 (Eq. 6–8), which are the
two branches of the variance; Figure 2b shows stdplus, which glues their square roots together
(Eq. 13), beside softplus shifted to pass through 1 at 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np

from stdplus_ref import exact
from validation import library, plotting
from validation.core import Claim, Context
from validation.sampling import FloatArray

NAME = "figure2"
TITLE = "Figure 2: the roots M0 and M1, and stdplus beside softplus"
QUICK = True

_DIGITS = 50
_SHIFT = np.log(np.expm1(1.0))  # softplus(_SHIFT) = 1


def run(context: Context, functions: library.Functions | None = None) -> Sequence[Claim]:
    """Draw both panels and test what the text says about them."""
    functions = library.functions() if functions is None else functions
    k = -np.geomspace(1e-6, 5, 200)
    lower, upper = (_roots(branch, k) for branch in (0, -1))
    context.progress("roots of Eq. 6 in 50 digits")
    _draw_2a(context, k, lower, upper)
    _draw_2b(context, functions)
    return [_roots_solve_equation_6(k), _glues_roots(k, functions), *_text(functions)]


def _roots(branch: int, k: FloatArray) -> FloatArray:
    """M0 (branch 0) or M1 (branch −1) of Eq. 8, in float64."""
    return np.array([float(_root(branch, mpmath.mpf(value))) for value in k])


def _root(branch: int, k: mpmath.mpf) -> mpmath.mpf:
    """Eq. 8 at the working precision."""
    return -mpmath.lambertw(-mpmath.exp(k - 1), branch)


def _roots_solve_equation_6(k: FloatArray) -> Claim:
    worst = mpmath.mpf(0)
    ordered = True
    # Near the branch point k = 0 Lambert W loses half the digits: hence twice as many and more.
    with mpmath.workdps(2 * _DIGITS + 20):
        for value in map(mpmath.mpf, k):
            pair = [_root(branch, value) for branch in (0, -1)]
            worst = max(worst, *(abs(mpmath.log(x) - x - value + 1) for x in pair))
            ordered &= 0 < pair[0] < 1 < pair[1]
    return Claim.of_paper(
        "Eq. 6-8",
        "M0(k) < 1 < M1(k) both solve log x − x = k − 1 for k < 0.",
        ordered and worst < mpmath.mpf(10) ** -_DIGITS,
        f"largest residual {mpmath.nstr(worst, 3)}",
        f"{k.size} values of k in [−5, 0), mpmath",
    )


def _glues_roots(k: FloatArray, functions: library.Functions) -> Claim:
    """Eq. 13, with our float64 stdplus on the left."""
    worst, at = 0.0, 0.0
    with mpmath.workdps(_DIGITS):
        for x in np.concatenate([-np.sqrt(-k), np.sqrt(-k)]):
            root = _root(0 if x < 0 else -1, -(mpmath.mpf(x) ** 2))
            got = mpmath.mpf(float(functions["stdplus"](x)))
            error = float(abs(got / mpmath.sqrt(root) - 1))
            worst, at = max((worst, at), (error, float(x)))
    return Claim.of_library(
        "Eq. 13",
        "stdplus(x)² is M0(−x²) for x < 0 and M1(−x²) for x ≥ 0, to 2⁻⁵² relative.",
        worst <= 2.0**-52,
        f"largest relative error of stdplus {worst:.3g}",
        f"at x = {at.hex()}; {2 * k.size} values of x in [−√5, √5]",
    )


def _text(functions: library.Functions) -> list[Claim]:
    one = float(functions["stdplus"](0.0))
    with mpmath.workdps(_DIGITS):
        # μ = 1: the smallest rate that any variance reaches is δ = μ²/2 = ½, where k = 0.
        slopes = [variance_slope(mpmath.mpf(1), delta) for delta in ("0.6", "0.500001")]
        beyond = _root(0, -(2 * mpmath.mpf("0.1") - 1))
    infeasible = isinstance(beyond, mpmath.mpc) and beyond.imag != 0
    return [
        Claim.of_library("centre", "stdplus(0) = 1 exactly.", one == 1.0, f"stdplus(0) = {one!r}"),
        Claim.of_paper(
            "after Eq. 9",
            "∂σ²/∂δ goes to infinity as δ approaches 0.",
            not (infeasible and abs(slopes[1]) > 100 * abs(slopes[0])),
            f"for μ = 1: ∂σ²/∂δ = {mpmath.nstr(slopes[0], 4)} at δ = 0.6, "
            f"{mpmath.nstr(slopes[1], 4)} at δ = 0.500001, and no real σ² at δ = 0.1",
            "it diverges as δ → μ²/2, where k → 0; below there is no such posterior",
            ("d01_definition:mean_rate_slope",),
        ),
    ]


def variance_slope(mu: mpmath.mpf, delta: str) -> mpmath.mpf:
    """∂σ²/∂δ of Eq. 9 on the branch M0, by numerical differentiation."""
    return mpmath.diff(lambda d: _root(0, -(2 * d - mu**2)), mpmath.mpf(delta), h=1e-20)


def _draw_2a(context: Context, k: FloatArray, lower: FloatArray, upper: FloatArray) -> None:
    with plotting.subplots(size=(7.0, 4.6)) as (figure, axes):
        grid_x, grid_k = np.meshgrid(np.geomspace(1e-2, 10, 400), np.linspace(-5, 0, 300))
        above = np.log(grid_x) - grid_x > grid_k - 1
        axes.contourf(grid_x, grid_k, above, levels=[-0.5, 0.5, 1.5], colors=["#fbeedd", "#e2eef7"])
        axes.plot(lower, k, color=plotting.BLUE, label="M0(k)")
        axes.plot(upper, k, color=plotting.RED, ls="--", label="M1(k)")
        axes.text(0.042, -2.6, "M0(k)", color=plotting.BLUE, fontsize=12)
        axes.text(3.7, -1.1, "M1(k)", color=plotting.RED, fontsize=12)
        axes.text(0.55, -3.2, "log(x) − x > k − 1", ha="center", color="#245")
        axes.text(0.02, -0.9, "log(x) − x < k − 1", color="#753")
        axes.set(xscale="log", xlim=(1e-2, 10), ylim=(-5, 0))
        axes.grid(False)
        plotting.label(axes, "x = σ²", "k = μ² − 2δ  (nats)", "Roots of log(x) − x = k − 1")
        context.save_figure(
            figure,
            "figure2a",
            "Figure 2a. Every k < 0 has two variances, one on either side of 1; they meet at "
            "k = 0 with a horizontal tangent, which is where ∂σ²/∂k is infinite.",
        )


def _draw_2b(context: Context, functions: library.Functions) -> None:
    x = np.linspace(-4, 4, 801)
    softplus, logistic = np.logaddexp(0, x + _SHIFT), 1 / (1 + np.exp(-x - _SHIFT))
    stdplus, slope = functions["stdplus"](x), functions["stdplus_derivative"](x)
    apart = np.abs(stdplus - softplus)
    with plotting.subplots(size=(7.0, 4.6)) as (figure, axes):
        axes.plot(x, stdplus, color=plotting.BLUE, label="stdplus(x)")
        axes.plot(x, slope, color=plotting.BLUE, ls="--", label="stdplus′(x)")
        axes.plot(x, softplus, color=plotting.RED, ls="-.", label="softplus(x + log(e − 1))")
        axes.plot(x, logistic, color=plotting.RED, ls=":", label="its derivative")
        axes.set(xlim=(-4, 4), ylim=(0, 5))
        plotting.label(axes, "x", "value")
        axes.legend(loc="upper left")
        context.save_figure(
            figure,
            "figure2b",
            "Figure 2b. stdplus has the shape of softplus centred at 1: the two are at most "
            f"{apart.max():.3f} apart on [−4, 4] (at x = {x[apart.argmax()]:.2f}), but stdplus "
            "falls towards 0 much faster on the left.",
        )
    sample = [float(v) for v in (-4, -2, -1, 0, 1, 2, 4)]
    context.add_table(
        "figure2b",
        "stdplus and softplus centred at 1, some values (stdplus in 50 digits, shown to 15)",
        ("x", "stdplus", "stdplus′", "softplus(x + log(e − 1))"),
        [
            (
                v,
                mpmath.nstr(exact.stdplus(v, digits=_DIGITS), 15),
                mpmath.nstr(exact.stdplus_derivative(v, digits=_DIGITS), 15),
                f"{np.logaddexp(0, v + _SHIFT):.15g}",
            )
            for v in sample
        ],
    )
