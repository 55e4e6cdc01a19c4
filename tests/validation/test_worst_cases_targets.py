"""Every known worst case through the ufuncs, plain Python, the scalar functions and C.

The results must be the correct roundings of the data file, which Arb confirms: a part of them here,
all in `python -m validation --only worst-cases`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import kernels, spec
from stdplus_ref.source import KERNELS
from tests.c import compilers
from validation.steps import worst_cases
from validation.worst_cases import records
from validation.worst_cases.window import NEAR

CASES = records.known()
CONFIRMED = 60  # cases of each function that Arb confirms here, the hardest first

Array = np.ndarray[Any, np.dtype[Any]]


def of(name: str) -> tuple[Array, Array]:
    """Arguments and correct roundings of a function."""
    mine = [case for case in CASES if case.function == name]
    assert len(mine) >= 8
    return (
        np.array([float.fromhex(case.input) for case in mine]),
        np.array([float.fromhex(case.rounded) for case in mine]),
    )


def test_the_file_is_sorted_and_complete() -> None:
    keys = [(spec.NAMES.index(case.function), float.fromhex(case.input)) for case in CASES]
    assert keys == sorted(set(keys))
    assert {case.function for case in CASES} == set(spec.NAMES)


def test_the_file_has_what_the_records_have() -> None:
    kept = records.read()
    assert [(case.function, case.input) for case in CASES] == sorted(
        {(record.function, x) for record in kept for x, _ in record.found.hits},
        key=lambda hit: (spec.NAMES.index(hit[0]), float.fromhex(hit[1])),
    )
    assert records.TABLE.read_text("utf-8") == records.table(kept)


def test_the_records_are_of_whole_intervals() -> None:
    for record in records.read():
        low, high = record.interval.ends
        # One binade of arguments, as all that are recorded.
        ulp = np.spacing(min(abs(low), abs(high)))
        assert record.found.arguments == (high - low) / ulp
        hits = [float.fromhex(x) for x, _ in record.found.hits]
        assert hits == sorted(hits)
        assert all(low <= x < high for x in hits)
        assert all(abs(off) <= NEAR for _, off in record.found.hits)
        assert 0 < record.found.excess < 0.01
        # As many as if the values were random: within five standard deviations.
        expected = record.found.arguments * 2 * NEAR
        assert abs(len(hits) - expected) <= 5 * expected**0.5


def test_what_the_issue_asks_for_is_recorded() -> None:
    kept = records.read()
    done = [r.interval.ends for r in kept if r.function == "stdplus"]
    assert (1.0, 2.0) in done
    for name in spec.NAMES[1:]:
        assert sum(r.found.arguments >= 1 << 46 for r in kept if r.function == name) >= 2


def test_arb_confirms_the_hardest(name: str) -> None:
    for case in records.hardest(name, CONFIRMED):
        assert worst_cases.confirms(case), case


def test_a_wrong_line_is_seen() -> None:
    case = records.hardest("stdplus", 1)[0]
    x, y = (float.fromhex(text) for text in (case.input, case.rounded))
    other = {"rounded": np.nextafter(y, 0).hex(), "input": np.nextafter(x, 0).hex()}
    for field, text in {**other, "distance": f"{-float(case.distance)}"}.items():
        changed = records.WorstCase(**{**vars(case), field: text})
        assert not worst_cases.confirms(changed)


def ufunc(name: str, x: Array, folder: Path) -> Array:
    """By the ufunc."""
    return np.asarray(getattr(stdplus_ref, name)(x))


def plain_python(name: str, x: Array, folder: Path) -> Array:
    """By the source without numba."""
    function = KERNELS[name].float64
    return np.array([function(v) for v in x.tolist()])


def scalar(name: str, x: Array, folder: Path) -> Array:
    """By the scalar function in a user's loop."""
    function = getattr(kernels, name)

    @numba.njit
    def loop(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


def c_call(name: str, x: Array, folder: Path) -> Array:
    """By the C header, called."""
    return compilers.run(program(folder), name, "call", x)


def c_loop(name: str, x: Array, folder: Path) -> Array:
    """By the C header, in a loop."""
    return compilers.run(program(folder), name, "loop", x)


@cache
def program(folder: Path) -> Path:
    """The driver of the C header, compiled as a user would."""
    compilers.needs_fma()
    return compilers.build(folder, "gcc", ["-O2", "-mfma"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For what is compiled."""
    return tmp_path_factory.mktemp("c")


Target = Callable[[str, Array, Path], Array]
TARGETS = (ufunc, plain_python, scalar, c_call, c_loop)


@pytest.mark.parametrize("target", TARGETS)
def test_a_result_is_the_correct_rounding(target: Target, name: str, folder: Path) -> None:
    x, want = of(name)
    wrong = x[target(name, x, folder) != want].tolist()
    first = [v.hex() for v in wrong[:1]]
    assert not wrong, f"{len(wrong)} of {x.size} misrounded, first {first}"
