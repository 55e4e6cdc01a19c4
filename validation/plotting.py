"""One look for every plot: light, colour-blind-safe (Okabe & Ito 2008), labelled axes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
RED = "#d55e00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"
GREY = "#6e6e6e"

_STYLE: Any = {
    "figure.dpi": 110,
    "savefig.dpi": 130,
    "savefig.bbox": "tight",
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
}


@contextmanager
def subplots(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (8.0, 4.4), **options: Any
) -> Iterator[tuple[Figure, Any]]:
    """``pyplot.subplots`` in the common style; `size` in inches."""
    with pyplot.rc_context(_STYLE):
        yield pyplot.subplots(rows, columns, figsize=size, **options)


def label(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Name both axes (with units where there are any) and the panel."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title)


def check(figure: Figure) -> None:
    """See that a figure can be read without colours, and that its axes have names.

    A logarithmic axis says so beside its name. Raises ValueError.
    """
    for axes in figure.axes:
        looks = [_look(line) for line in axes.get_lines() if str(line.get_label())[:1] != "_"]
        if twice := [look for look in looks if looks.count(look) > 1]:
            raise ValueError(f"curves that only hue tells apart: {twice[0]}")
        for axis in (axes.xaxis, axes.yaxis):
            named = axis.get_label_text() or axes.get_title()
            if not named and not _shares_labels(axes, axis.axis_name):
                raise ValueError(f"an {axis.axis_name}-axis without a name")
            text = axis.get_label_text()
            if text and axis.get_scale() in ("log", "symlog") and "log" not in text:
                axis.set_label_text(f"{text}, logarithmic")


def _look(line: Line2D) -> tuple[object, ...]:
    """Dash and marker."""
    return line.get_linestyle(), line.get_marker()


def _shares_labels(axes: Axes, which: str) -> bool:
    """Whether an inner panel leaves the names to the outer ones."""
    place = axes.get_subplotspec()
    if place is None:
        return False
    return not (place.is_last_row() if which == "x" else place.is_first_col())
