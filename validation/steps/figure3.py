"""Algorithm 1 refines a start by Newton's method. Its loop count ⌈log₂(−log₂ eps) − 1⌉ says that n
steps serve every eps down to 2^−2^(n+1): that is the promise. In extended precision the error
follows it; in float32 and float64 arithmetic it flattens where rounding takes over.

The error is |computed − true| of log stdplus, largest over 0.04 < |x| ≤ 40.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
import numpy as np

from stdplus_ref import algorithm1, exact
from validation import plotting
from validation.core import Claim, Context
from validation.sampling import FloatArray, FloatType
from validation.truth import truth

NAME = "figure3"
TITLE = "Figure 3: the error of Algorithm 1 against the number of refinement steps"
QUICK = True

STEPS = range(1, 7)
PAPER = {"float32": 4, "float64": 5}
"""Steps that the paper reads off the figure; it prints no other value."""
DIGITS = 80
_COARSE = 150  # points per sign, log-spaced in |x|
_FINE = 24  # points between the neighbours of the worst one, per zoom
_ZOOMS = 2
_FLOAT_POINTS = 4000


@dataclass(frozen=True)
class Worst:
    """The largest absolute error of log stdplus after some steps, and where it is."""

    error: float
    x: float

    @property
    def log10(self) -> float:
        """The decimal logarithm of the error."""
        return math.log10(self.error)


def promised(steps: int) -> float:
    """The smallest eps that makes Algorithm 1 stop after `steps` steps: 2^−2^(steps + 1)."""
    return math.ldexp(1.0, -(2 ** (steps + 1)))


def run(context: Context) -> Sequence[Claim]:
    """Measure the three curves, draw them, and compare the first with the promise."""
    extended = context.map(worst_error, STEPS, "extended precision")
    measured = {dtype.__name__: _in_floats(context, dtype) for dtype in (np.float64, np.float32)}
    _tabulate(context, extended, measured)
    _draw(context, extended, measured)
    return [_claim(steps, worst) for steps, worst in zip(STEPS, extended, strict=True)]


def worst_error(steps: int) -> Worst:
    """The largest error after `steps` steps in 80-digit arithmetic, over 0.04 < |x| ≤ 40."""
    edge = math.nextafter(0.04, 1)  # up to 0.04 Algorithm 1 uses the Padé approximant
    grid = np.geomspace(edge, 40, _COARSE)
    grid[[0, -1]] = edge, 40  # exactly: geomspace rounds
    return max((_zoom(steps, sign * grid) for sign in (-1, 1)), key=lambda worst: worst.error)


def _zoom(steps: int, grid: FloatArray) -> Worst:
    """The largest error over `grid`, then over finer grids about the worst point."""
    for _ in range(_ZOOMS + 1):
        errors = [_error(steps, float(x)) for x in grid]
        top = int(np.argmax(errors))
        best = Worst(errors[top], float(grid[top]))
        low, high = grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)]
        grid = np.linspace(low, high, _FINE)
    return best


def _error(steps: int, x: float) -> float:
    with mpmath.workdps(DIGITS):
        got = algorithm1.log_stdplus(x, dtype="mpmath", steps=steps, digits=DIGITS)
        return float(abs(got - exact.log_stdplus(x, digits=DIGITS)))


def _in_floats(context: Context, dtype: FloatType) -> list[Worst]:
    """The worst error of each number of steps in real float32 or float64 arithmetic."""
    size = context.rng.uniform(math.log(0.04), math.log(40), _FLOAT_POINTS)
    x = (np.exp(size) * context.rng.choice([-1, 1], _FLOAT_POINTS)).astype(dtype)
    x = np.append(x[np.abs(x) > dtype(0.04)], np.array([-40, 40], dtype))
    true = truth(context, "log_stdplus", x)
    found = []
    for steps in STEPS:
        got = algorithm1.log_stdplus(x, dtype=dtype, steps=steps)
        error = np.abs(true.error(got)) * true.ulp
        found.append(Worst(float(error.max()), float(x[error.argmax()])))
    return found


def _claim(steps: int, worst: Worst) -> Claim:
    eps = promised(steps)
    return Claim.of_paper(
        f"{steps} steps",
        f"With {steps} step{'s' * (steps > 1)} Algorithm 1 brings the error of log stdplus to at "
        f"most 2^−{2 ** (steps + 1)} = 10^{math.log10(eps):.2f}.",
        worst.error <= eps,
        f"largest error 10^{worst.log10:.3f}",
        f"at x = {worst.x.hex()} ({worst.x:.4g}); {DIGITS}-digit arithmetic, 0.04 < |x| ≤ 40",
        ("d04_algorithm1:first_step",) if steps == 1 else (),
    )


def _tabulate(
    context: Context, extended: Sequence[Worst], measured: dict[str, list[Worst]]
) -> None:
    context.add_table(
        NAME,
        "log₁₀ of the largest error of log stdplus, 0.04 < |x| ≤ 40; n is the paper's",
        ("steps", "n", f"{DIGITS} digits", "at x", "float64", "at x", "float32", "at x"),
        [
            (
                steps, f"{math.log10(promised(steps)):.3f}", f"{extended[i].log10:.3f}",
                f"{extended[i].x:.4g}",
                *(
                    text
                    for curve in measured.values()
                    for text in (f"{curve[i].log10:.3f}", curve[i].x.hex())
                ),
            )
            for i, steps in enumerate(STEPS)
        ],
    )  # fmt: skip


def _draw(context: Context, extended: Sequence[Worst], measured: dict[str, list[Worst]]) -> None:
    with plotting.subplots(size=(7.5, 4.6)) as (figure, axes):
        steps = list(STEPS)
        axes.plot(
            steps, [math.log10(promised(n)) for n in steps], color=plotting.GREY,
            label="n: promised by the loop count, the paper's solid line",
        )  # fmt: skip
        axes.plot(
            steps, [worst.log10 for worst in extended], color=plotting.BLUE, ls="--", marker="o",
            label=f"measured, {DIGITS} digits",
        )  # fmt: skip
        looks = ((plotting.GREEN, "s"), (plotting.RED, "^"))
        for (name, curve), (color, marker) in zip(measured.items(), looks, strict=True):
            axes.plot(
                steps, [worst.log10 for worst in curve], color=color, ls=":", marker=marker,
                label=f"measured, {name} arithmetic",
            )  # fmt: skip
        for name, count in PAPER.items():
            eps = math.log10(np.finfo(name).eps)
            axes.axhline(eps, color=plotting.GREY, lw=0.8, ls=(0, (1, 3)))
            axes.plot(count, eps, "*", color=plotting.PURPLE, ms=13, zorder=3)
            axes.annotate(
                f"the paper: {name} needs {count}", (count, eps), (8, -12),
                textcoords="offset points", fontsize=8, color=plotting.PURPLE,
            )  # fmt: skip
        plotting.label(
            axes, "refinement steps (count)", "log₁₀ of the largest absolute error of log stdplus"
        )
        axes.set(xticks=steps, ylim=(-52, 2))
        axes.legend(loc="lower left")
        context.save_figure(
            figure, NAME,
            "Figure 3. In extended precision each step doubles the number of correct digits and "
            "stays below the promise from two steps on; float32 stops gaining after three to four "
            "steps and float64 after four to five, at the rounding error of numbers of size 800. "
            "Stars: the numbers of steps that the paper reads off its figure, at the eps of the "
            "type (dotted); it prints no other values.",
        )  # fmt: skip
