"""Measures the errors of all functions and of their rivals over x, and draws the README's picture.

python -m docs.picture [--out DIR] [--count N]

writes ``accuracy.png`` and ``errors.json``, from which the pages of the site are drawn.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from derivations import command
from stdplus_ref import spec
from validation import error_plot, fast_truth, library, plotting
from validation.environment import environment
from validation.measure import OURS
from validation.peers import peers
from validation.sampling import FloatArray

FOLDER: Final = Path(__file__).parent
PICTURE: Final = "accuracy.png"
RECORD: Final = "errors.json"
INTERVALS = 100  # to each side of 0
README_TOP = 1e6
README_SHOWS = (OURS, "Algorithm 1", "SciPy lambertw")


def largest_errors(name: str, count: int, seed: int = 0) -> dict[str, FloatArray]:
    """Largest |error| in float64, in ULP, over `count` random inputs per interval.

    Of this library and of the peers that have the function; infinite where a result is NaN.
    """
    edges = error_plot.bins(name, INTERVALS)
    low, high = edges[:-1, None], edges[1:, None]
    x = np.random.default_rng(seed).uniform(low, high, (low.size, count)).ravel()
    results = {OURS: library.functions()[name](x)}
    results |= {peer.name: peer(name, x) for peer in peers() if name in peer.functions}
    return {who: _largest(fast_truth.ulp_errors(name, x, y), count) for who, y in results.items()}


def _largest(errors: FloatArray, count: int) -> FloatArray:
    known = np.where(np.isnan(errors), np.inf, np.abs(errors))
    return np.asarray(known.reshape(-1, count).max(axis=1))


def draw(
    axes: Axes, name: str, errors: Mapping[str, FloatArray], top: float = error_plot.TOP
) -> None:
    """One line for each implementation; crosses at the top where the error is beyond the scale."""
    edges = error_plot.bins(name, INTERVALS)
    for who, worst in errors.items():
        error_plot.envelope(axes, edges, worst, who, top)
    error_plot.scale(axes, name)
    axes.set_ylabel("largest error (ULP, logarithmic)")
    axes.legend(loc="upper left", bbox_to_anchor=(0.08, 1.0))


def measured(count: int) -> dict[str, Any]:
    """The record: with what it was measured, and the largest errors by function and by who."""
    errors = {}
    for name in spec.NAMES:
        found = largest_errors(name, count)
        errors[name] = {who: [_digits(error) for error in worst] for who, worst in found.items()}
    return {"inputs per interval": count, "environment": environment(), "errors": errors}


def _digits(error: float) -> float | None:
    """Four digits; JSON has no infinity."""
    return float(f"{error:.4g}") if math.isfinite(error) else None


def recorded(name: str, record: Mapping[str, Any]) -> dict[str, FloatArray]:
    """The largest errors of a function in a record."""
    found = record["errors"][name]
    return {
        who: np.array([math.inf if error is None else error for error in worst])
        for who, worst in found.items()
    }


def load() -> dict[str, Any]:
    """The record of the repository."""
    record: dict[str, Any] = json.loads((FOLDER / RECORD).read_text(encoding="utf-8"))
    return record


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.picture",
        description="Measure the errors over x, and draw the picture of the README.",
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder (default: %(default)s)")
    parser.add_argument("--count", type=int, default=400, help="inputs per interval (%(default)s)")
    options = parser.parse_args(argv)
    picture, file = options.out / PICTURE, options.out / RECORD
    command.writable(parser, picture, file)
    record = measured(options.count)
    file.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    errors = recorded("stdplus", record)
    with plotting.subplots(size=(8.0, 3.4)) as (figure, axes):
        draw(axes, "stdplus", {who: errors[who] for who in README_SHOWS}, README_TOP)
        figure.savefig(picture, metadata={"Software": None})
    print(f"wrote {picture} and {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
