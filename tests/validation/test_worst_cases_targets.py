"""Every known worst case through the ufuncs, plain Python, the scalar functions and C.

The results must be the correct roundings of the data file, which Arb confirms: a part of them here,
all in `python -m validation --only worst-cases`.
"""

from __future__ import annotations

from collections.abc import Callable
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
NOT_YET = pytest.mark.xfail(strict=False, reason="float64 is not yet correctly rounded")
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


def check(name: str, got: Callable[[Array], Array]) -> None:
    """The results are the correct roundings; the message names the first that is not."""
    x, want = of(name)
    found = got(x)
    wrong = np.flatnonzero(found != want)
    assert found.shape == want.shape
    first = x[wrong[:1]].tolist()
    assert not wrong.size, f"{wrong.size} of {x.size} misrounded, first {[v.hex() for v in first]}"


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


@NOT_YET
def test_the_ufuncs_round_correctly(name: str) -> None:
    check(name, getattr(stdplus_ref, name))


@NOT_YET
def test_the_source_as_plain_python_rounds_correctly(name: str) -> None:
    function = KERNELS[name].float64
    check(name, lambda x: np.array([function(v) for v in x.tolist()]))


@NOT_YET
def test_the_scalar_functions_round_correctly(name: str) -> None:
    scalar = getattr(kernels, name)

    @numba.njit
    def loop(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = scalar(x[i])

    def got(x: Array) -> Array:
        out = np.empty_like(x)
        loop(x, out)
        return out

    check(name, got)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver of the C header, compiled as a user would."""
    compilers.needs_fma()
    return compilers.build(tmp_path_factory.mktemp("c"), "gcc", ["-O2", "-mfma"])


@NOT_YET
@pytest.mark.parametrize("mode", ["call", "loop"])
def test_the_c_header_rounds_correctly(name: str, mode: str, program: Path) -> None:
    check(name, lambda x: compilers.run(program, name, mode, x))
