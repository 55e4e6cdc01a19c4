"""Errors over x, drawn: the largest of each implementation in narrow intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from validation import plotting
from validation.measure import OURS
from validation.sampling import FloatArray

LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    OURS: {"color": plotting.BLUE, "ls": "-", "marker": "o"},
    "Algorithm 1": {"color": plotting.RED, "ls": "--", "marker": "s"},
    "SciPy lambertw": {"color": plotting.ORANGE, "ls": "-.", "marker": "^"},
    "NumPy, definition": {"color": plotting.PURPLE, "ls": ":", "marker": "D"},
    "stdplus-ext": {"color": plotting.GREEN, "ls": (0, (5, 1, 1, 1, 1, 1)), "marker": "v"},
}
"""Implementations differ in dash and marker as well as hue."""

ARGUMENTS: Final = {"inv_stdplus": "y", "inv_log_stdplus": "t"}
TOP: Final = 1e8

_LINEAR = 0.01  # within ± this the x-axis is linear
_TICKS = (-10, -1, -0.1, 0, 0.1, 1, 10)
_SPAN = {"inv_stdplus": (2.0**-12, 50.0)}
_USUAL_SPAN = (-50.0, 50.0)
_LEAST = 0.1  # an error below is drawn as this


def span(name: str) -> tuple[float, float]:
    """The arguments that are drawn."""
    return _SPAN.get(name, _USUAL_SPAN)


def bins(name: str, count: int = 60) -> FloatArray:
    """Edges of narrow intervals, about equally wide on the x-axis; `count` to each side of 0."""
    low, high = span(name)
    if low > 0:
        return np.geomspace(low, high, 2 * count + 1)
    side = np.geomspace(_LINEAR, high, count)
    return np.concatenate([-side[::-1], np.linspace(-_LINEAR, _LINEAR, count // 5 + 1)[1:-1], side])


def scale(axes: Axes, name: str) -> None:
    """The scale, ticks and name of the x-axis."""
    low, high = span(name)
    argument = ARGUMENTS.get(name, "x")
    ticks = list(_TICKS)
    if low > 0:
        axes.set_xscale("log")
        ticks = [tick for tick in (0.001, 0.01, *_TICKS) if tick > 0]
        axes.set_xlabel(f"{argument} (logarithmic)")
    else:
        axes.set_xscale("symlog", linthresh=_LINEAR, linscale=0.5)
        axes.set_xlabel(f"{argument} (linear within ±{_LINEAR:g}, logarithmic beyond)")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(low, high)


def envelope(axes: Axes, edges: FloatArray, worst: FloatArray, who: str, top: float = TOP) -> None:
    """The largest errors of one implementation by interval; crosses where beyond the scale."""
    middle = (edges[1:] + edges[:-1]) / 2
    beyond = worst >= top
    shown = np.where(beyond | np.isnan(worst), np.nan, np.maximum(worst, _LEAST))
    first = 3 * list(LOOKS).index(who)  # markers of two curves in one place stand side by side
    axes.plot(
        middle, shown, **LOOKS[who], drawstyle="steps-mid", lw=1.5, ms=4, label=who,
        markevery=(first, 15),
    )  # fmt: skip
    axes.plot(middle[beyond], np.full(beyond.sum(), top / 2), "x", color=LOOKS[who]["color"], ms=5)
    axes.set(yscale="log", ylim=(_LEAST, top))
