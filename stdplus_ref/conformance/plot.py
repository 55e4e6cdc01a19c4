"""The plot of a verdict: errors over the range, failures marked. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from stdplus_ref.conformance.formats import Doubles
from stdplus_ref.conformance.verdict import Verdict

SUFFIXES: Final = (".png", ".svg", ".pdf")

_BLUE: Final = "#0072b2"
_RED: Final = "#d55e00"
_GREY: Final = "#6e6e6e"
_SPAN: Final = {"inv_stdplus": (2.0**-12, 64.0)}
_USUAL_SPAN: Final = (-64.0, 64.0)


def draw(verdict: Verdict, file: Path) -> None:
    """Write the error of every vector within reach; `file` ends in one of `SUFFIXES`.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            '--plot needs matplotlib: pip install "stdplus-ref[validation]"'
        ) from error
    with rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8.5, 4.6), layout="constrained")
        FigureCanvasAgg(figure)
        _fill(figure.add_subplot(), verdict)
        figure.savefig(file, dpi=130)


def _fill(axes: Any, verdict: Verdict) -> None:
    results, judge = verdict.results, verdict.judge
    low, high = _SPAN.get(judge.function, _USUAL_SPAN)
    error, bad = results.judged.errors, results.bad
    shown = (low <= results.x) & (results.x <= high)
    limit = judge.tier.limit or 0.5
    finite = np.abs(error[shown & np.isfinite(error)])
    top = max(4 * limit, float(finite.max(initial=0.0)) * 1.3)
    clipped = np.clip(error, -top, top)
    axes.plot(results.x[shown & ~bad], clipped[shown & ~bad], ".", ms=2.5, c=_BLUE, label="ok")
    if (shown & bad).any():
        label = "fails (at the edge: NaN or ∞)"
        axes.plot(results.x[shown & bad], clipped[shown & bad], "x", ms=5, c=_RED, label=label)
    for side in (-limit, limit):
        axes.axhline(side, ls="--", lw=1, c=_GREY)
    axes.set_yscale("symlog", linthresh=2 * limit)
    _scale(axes, low, high)
    axes.set_xlabel(results.argument)
    axes.set_ylabel("error (ULP)")
    beyond = int((bad & ~shown).sum())
    left_out = f"; {beyond} failures lie outside this range" if beyond else ""
    word = "pass" if verdict.passed else "fail"
    axes.set_title(
        f"{judge.function}, {judge.format.name}, tier {judge.tier}: {word}{left_out}",
        loc="left", fontsize=10,
    )  # fmt: skip
    axes.grid(color="#e4e4e4", lw=0.7)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9)


def _scale(axes: Any, low: float, high: float) -> None:
    """Logarithmic, through 0 where the range holds it."""
    ticks: Doubles = np.array([0.001, 0.01, 0.1, 1.0, 10.0])
    if low > 0:
        axes.set_xscale("log")
    else:
        axes.set_xscale("symlog", linthresh=0.01, linscale=0.5)
        ticks = np.concatenate([-ticks[:0:-1], [0.0], ticks[1:]])
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(low, high)
