"""The pictures of a function's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from docs import picture
from stdplus_ref import spec
from validation import error_plot, library, plotting
from validation.sampling import FloatArray


def graph(name: str, file: Path) -> None:
    """The function and its derivative."""
    low = 0.0 if name == "inv_stdplus" else -4.0
    x = np.linspace(low, 4.0, 802)[1:]
    y = library.functions()[name](x)
    slope = np.gradient(y, x)  # good enough for a picture
    argument = spec.FUNCTIONS[name].argument
    with plotting.subplots(size=(7.0, 3.6)) as (figure, axes):
        axes.plot(x, y, color=plotting.BLUE, label=f"{name}({argument})")
        axes.plot(x, slope, color=plotting.RED, ls="--", label="its derivative")
        axes.axhline(0, color=plotting.GREY, lw=0.8)
        axes.set_ylim(*_limits(y, slope))
        plotting.label(axes, argument, "value")
        axes.legend(loc="best")
        _save(figure, file)


def _limits(*curves: FloatArray) -> tuple[float, float]:
    """A range that shows most of the curves where one of them leaves for infinity."""
    values = np.concatenate(curves)
    low, high = np.quantile(values, [0.02, 0.98])
    margin = 0.1 * (high - low)
    return max(low - margin, values.min() - margin), min(high + margin, values.max() + margin)


def errors(name: str, record: Mapping[str, Any], file: Path) -> None:
    """The largest error over x, of this library and of its rivals, and the worst input known."""
    with plotting.subplots(size=(7.0, 3.8)) as (figure, axes):
        picture.draw(axes, name, picture.recorded(name, record))
        low, high = error_plot.span(name)
        worst = [x for x in worst_inputs(name).values() if low <= float.fromhex(x) <= high]
        if worst:
            x = float.fromhex(worst[-1])
            axes.annotate(
                "worst input",
                (x, 0.6), (0, 55), textcoords="offset points", ha="center", fontsize=9,
                arrowprops={"arrowstyle": "->", "color": plotting.BLUE}, color=plotting.BLUE,
            )  # fmt: skip
        _save(figure, file)


def worst_inputs(name: str, target: str = "numpy") -> dict[str, str]:
    """The recorded input with the largest error by type, in hexadecimal."""
    return {
        promise.dtype: evidence.witness.input
        for promise in spec.FUNCTIONS[name].accuracy(target)
        for evidence in promise.evidence
        if evidence.witness
    }


def _save(figure: Figure, file: Path) -> None:
    from matplotlib import pyplot

    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Software": None})
    pyplot.close(figure)
