"""The error in ULP of the six functions in float32 and float64, of Algorithm 1, of SciPy's
Lambert W (with Eq. 31 for the derivatives), of the definition written in NumPy for the inverses,
and of stdplus-ext where it is installed. Every result is compared with the true value, which comes
from interval Newton on the definition expm1(2t) − 2t = x²; a part of these is checked against
Lambert W in 50 digits.

Inputs: 0 and subnormals, the neighbours of every seam, both ends, and seeded random numbers in
bands that cover the whole domain. `inf` means NaN or infinite where the true value is finite.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from matplotlib.axes import Axes

from stdplus_ref import exact
from validation import error_plot, library, plotting
from validation.core import Cell, Claim, Context
from validation.measure import OURS, Measurement, measure
from validation.peers import Peer, peers
from validation.sampling import neighbours, seams

NAME = "accuracy"
TITLE = "Accuracy: the error in ULP of the six functions and of their peers, by region"
QUICK = True

_DTYPES = (np.float32, np.float64)
_COUNT = 1500
_CROSSCHECK_EVERY = 100
_CROSSCHECK_DIGITS = 50


def run(
    context: Context, functions: library.Functions | None = None, count: int = _COUNT
) -> Sequence[Claim]:
    """Measure `functions` (the library's by default); `count` random inputs per band."""
    functions = library.functions() if functions is None else functions
    claims, measured = judge(context, functions, peers(), count)
    _summary_table(context, measured)
    for one in measured:
        _region_table(context, one)
    for both in zip(measured[::2], measured[1::2], strict=True):
        _draw(context, both)
    return [*claims, _truth_agrees(context, measured)]


def judge(
    context: Context, functions: library.Functions, others: Sequence[Peer], count: int
) -> tuple[list[Claim], list[Measurement]]:
    """The claims about `functions`, and the measurements behind them (float32, float64 in turn)."""
    claims: list[Claim] = []
    measured: list[Measurement] = []
    for name, function in functions.items():
        pair = [measure(context, name, dtype, function, others, count) for dtype in _DTYPES]
        claims += [within_limit(one) for one in pair]
        claims.append(_monotone(name, function))
        measured += pair
    return claims, measured


def within_limit(one: Measurement) -> Claim:
    """The claim that the library keeps its promise for one function in one type."""
    worst = one.worst(OURS)
    wrong, size = int(one.misrounded(OURS).sum()), one.truth.x.size
    holds, promise = worst.ulp <= one.limit, f"the error is at most {one.limit:g} ULP"
    if one.limit == 0.5:  # an error of ½ to the last bit of float64 can still be misrounded
        holds, promise = holds and not wrong, "every result is correctly rounded"
    return Claim.of_library(
        f"{one.name} {one.type_name}",
        f"{one.name}, {one.type_name}: {promise}.",
        holds,
        f"largest error {_ulp_text(worst.ulp)} ULP; {wrong} of {size} results misrounded",
        f"{worst.witness}; {len(one.regions)} regions",
    )


def _ulp_text(ulp: float) -> str:
    return f"{ulp:.4f}" if ulp < 100 else f"{ulp:.3g}"


def _monotone(name: str, function: library.Function) -> Claim:
    """Results may stall, but never step back, from neighbour to neighbour across a seam."""
    steps, back = 0, ""
    for dtype in _DTYPES:
        for seam in seams(name, dtype):
            x = neighbours(seam, dtype)
            with np.errstate(all="ignore"):
                y = function(x)
            wrong = y[1:] > y[:-1] if name == "log_stdplus_derivative" else y[1:] < y[:-1]
            steps += wrong.size
            if wrong.any() and not back:
                back = f"{dtype.__name__} steps back after {float(x[wrong.argmax()]).hex()}"
    return Claim.of_library(
        f"{name} monotone",
        f"{name} is monotone across every seam in float32 and float64.",
        not back,
        back or f"no step back among {steps}",
    )


def _truth_agrees(context: Context, measured: Sequence[Measurement]) -> Claim:
    """The two paths to the truth, interval Newton and Lambert W, against each other."""
    sample = [
        (one.name, float(x))
        for one in measured
        for x in one.truth.x[::_CROSSCHECK_EVERY]
        if _has_value(one.name, x)
    ]
    apart = context.map(_apart, sample, "truth against Lambert W")
    top = int(np.argmax(apart))
    return Claim.of_library(
        "truth",
        "The truth from the definition (no Lambert W) and from Lambert W (Eq. 8, 13) agree to "
        f"{_CROSSCHECK_DIGITS} digits.",
        apart[top] <= 10.0 ** (1 - _CROSSCHECK_DIGITS),
        f"largest relative difference {apart[top]:.2g}",
        f"{sample[top][0]} at {sample[top][1].hex()}; {len(sample)} of the inputs",
    )


def _has_value(name: str, x: np.floating) -> bool:
    """Whether the value is a finite number other than 0, so that a relative difference exists."""
    return bool(np.isfinite(x)) and x != 0 and not (name == "inv_stdplus" and (x < 0 or x == 1))


def _apart(point: tuple[str, float]) -> float:
    """|Lambert W value / enclosure − 1|, at most as large as the far end of the enclosure says."""
    name, x = point
    ball = exact.enclosure(name, x, bits=4 * _CROSSCHECK_DIGITS)
    with mpmath.workdps(_CROSSCHECK_DIGITS + 10):
        value = getattr(exact, name)(x, digits=_CROSSCHECK_DIGITS)
        middle = mpmath.mpf(tuple(map(int, ball.mid().man_exp())))
        return float(abs(value / middle - 1))


def _summary_table(context: Context, measured: Sequence[Measurement]) -> None:
    who = _implementations(measured)
    rows: list[list[Cell]] = [
        [
            *(one.name, one.type_name, one.truth.x.size, one.limit),
            *(one.worst(name).ulp if name in one.errors else "–" for name in who),
        ]
        for one in measured
    ]
    context.add_table(
        NAME,
        "Largest error in ULP over all regions (inf: NaN or infinite where the truth is finite)",
        ("function", "type", "inputs", "promised", *who),
        rows,
    )


def _implementations(measured: Sequence[Measurement]) -> list[str]:
    """Everyone who was measured, in the order of the legend."""
    return [who for who in error_plot.LOOKS if any(who in one.errors for one in measured)]


def _region_table(context: Context, one: Measurement) -> None:
    header = ["region", "inputs"]
    for who in one.errors:
        header += [who, "at"]
    rows = []
    for title, where in one.regions.items():
        row: list[Cell] = [title, where.stop - where.start]
        for who in one.errors:
            worst = one.worst(who, where)
            row += [worst.ulp, worst.x.hex()]
        rows.append(row)
    context.add_table(
        f"{NAME}-{one.name}-{one.type_name}",
        f"{one.name}, {one.type_name}: largest error in ULP by region, and the input where it is",
        header,
        rows,
    )


def _draw(context: Context, pair: Sequence[Measurement]) -> None:
    name = pair[0].name
    with plotting.subplots(2, 2, size=(11, 6.4), sharex=True, sharey="row") as (figure, grid):
        for one, (above, below) in zip(pair, grid.T, strict=True):
            _draw_envelopes(above, one)
            _draw_ours(below, one)
            above.set_title(f"{name}, {one.type_name}")
        grid[0, 0].set_ylabel("largest |error| (ULP, logarithmic)")
        grid[1, 0].set_ylabel(f"error of {OURS} (ULP)")
        for axes in grid[0]:
            axes.set_xlabel("")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
        context.save_figure(
            figure,
            f"{NAME}-{name}",
            f"Error of {name}. Above: the largest error in each narrow interval (a cross at the "
            "top: NaN, infinite, or beyond the scale). Below: this library's error at every input, "
            "which must stay between the dashed lines, the promise. The tables also cover the "
            "inputs beyond the plot.",
        )


def _draw_envelopes(axes: Axes, one: Measurement) -> None:
    """The largest error of every implementation in each bin."""
    edges = error_plot.bins(one.name)
    place = np.digitize(one.truth.x.astype(np.float64), edges)
    for who, error in one.errors.items():
        worst = np.full(edges.size + 1, np.nan)
        np.fmax.at(worst, place, np.abs(error))
        error_plot.envelope(axes, edges, worst[1:-1], who)
    axes.axhline(one.limit, color=plotting.GREY, ls="--", lw=1)
    error_plot.scale(axes, one.name)


def _draw_ours(axes: Axes, one: Measurement) -> None:
    low, high = error_plot.span(one.name)
    # Points far beyond the axes would upset the layout.
    inside = (low <= one.truth.x) & (one.truth.x <= high)
    shown = np.clip(one.errors[OURS][inside], -1.25 * one.limit, 1.25 * one.limit)
    axes.plot(one.truth.x[inside], shown, ".", ms=1.5, color=plotting.BLUE)
    axes.set_ylim(-1.3 * one.limit, 1.3 * one.limit)
    for limit in (-one.limit, one.limit):
        axes.axhline(limit, color=plotting.GREY, ls="--", lw=1)
    error_plot.scale(axes, one.name)
