"""Draws the picture of the README, ``docs/accuracy.png``, from errors measured on this machine.

python -m docs.picture [--out FILE] [--count N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from stdplus_ref import stdplus
from validation import plotting
from validation.core import Context
from validation.peers import peers
from validation.sampling import FloatArray
from validation.truth import truth

PATH = Path(__file__).with_name("accuracy.png")
LINEAR = 0.01  # the x-axis is linear within ± this, logarithmic beyond
END = 50.0  # stdplus is 0 in float64 below −38.6; SciPy's route ends at ±27
TOP = 1e6
COLORS = {
    "Algorithm 1": plotting.RED,
    "SciPy lambertw": plotting.ORANGE,
    "stdplus_ref": plotting.BLUE,
}


def edges() -> FloatArray:
    """The edges of the narrow intervals, about equally wide on the x-axis."""
    side = np.geomspace(LINEAR, END, 100)
    return np.concatenate([-side[::-1], np.linspace(-LINEAR, LINEAR, 22)[1:-1], side])


def largest_errors(context: Context, count: int) -> dict[str, FloatArray]:
    """Largest |error| of stdplus in float64, in ULP, over `count` random inputs per interval."""
    low, high = edges()[:-1, None], edges()[1:, None]
    x = context.rng.uniform(low, high, (low.size, count))
    found = truth(context, "stdplus", x.ravel())
    results = {peer.name: peer("stdplus", found.x) for peer in peers() if peer.name in COLORS}
    results["stdplus_ref"] = stdplus(found.x)
    return {
        name: np.abs(found.error(results[name])).reshape(x.shape).max(axis=1) for name in COLORS
    }


def draw(axes: Axes, errors: dict[str, FloatArray]) -> None:
    """One line for each implementation; crosses at the top where the error is beyond the scale."""
    for name, worst in errors.items():
        color, beyond = COLORS[name], worst >= TOP
        shown = np.where(beyond | (worst == 0), np.nan, worst)
        axes.stairs(shown, edges(), baseline=None, color=color, label=name, lw=1.8)
        middle = (edges()[1:] + edges()[:-1])[beyond] / 2
        axes.plot(middle, np.full(middle.size, TOP / 2), "x", color=color, ms=5)
    axes.set_xscale("symlog", linthresh=LINEAR, linscale=0.5)
    ticks = (-10, -1, -0.1, 0, 0.1, 1, 10)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set(xlim=(-END, END), yscale="log", ylim=(0.1, TOP))
    plotting.label(axes, "x", "largest error (ULP)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.74, 1.0))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs.picture")
    parser.add_argument("--out", type=Path, default=PATH, help="file (default: %(default)s)")
    parser.add_argument("--count", type=int, default=400, help="inputs per interval (%(default)s)")
    options = parser.parse_args(argv)
    context = Context(out=options.out.parent, seed=0, rng=np.random.default_rng(0))
    with plotting.subplots(size=(8.0, 3.4)) as (figure, axes):
        draw(axes, largest_errors(context, options.count))
        figure.savefig(options.out, metadata={"Software": None})
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
