"""Timing that survives a noisy machine: calls interleaved in pairs, medians of ratios."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Call = Callable[[], object]

_LEAST_TIME = 1e-3  # seconds: shorter calls are repeated until they last so long


@dataclass(frozen=True)
class Timing:
    """Medians of interleaved runs.

    Parameters
    ----------
    seconds : float
        Of one call.
    ratio : float
        To the reference call: the median of the ratios of neighbouring runs.
    """

    seconds: float
    ratio: float


def paired(call: Call, reference: Call, rounds: int, prepare: Call | None = None) -> Timing:
    """Time `call` and `reference` by turns, `rounds` times each.

    `prepare` is called before every run, unless it is None, and not timed; then nothing is repeated
    within a run, so that every call finds what was prepared.
    """
    repeats = [1 if prepare else _repeats(function) for function in (reference, call)]
    seconds = np.empty((rounds, 2))
    for row in seconds:
        for column, function in enumerate((reference, call)):
            if prepare:
                prepare()
            row[column] = _run(function, repeats[column])
    return Timing(float(np.median(seconds[:, 1])), float(np.median(seconds[:, 1] / seconds[:, 0])))


def _run(function: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def _repeats(function: Call) -> int:
    function()  # the first call may compile
    return max(1, round(_LEAST_TIME / max(_run(function, 1), 1e-9)))
