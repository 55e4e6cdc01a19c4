"""The hard cases of float64: the file is right, covers every region, and the ufuncs pass it."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact, spec
from validation import hard_cases, survey
from validation.hard_cases import HardCase

CASES = hard_cases.read()


def of(name: str) -> list[HardCase]:
    return [case for case in CASES if case.function == name]


def numbers(texts: list[str]) -> np.ndarray:
    return np.array([float.fromhex(text) for text in texts])


def test_every_line_is_complete_and_none_is_twice() -> None:
    assert all(case.reason for case in CASES)
    assert len({(case.function, case.input) for case in CASES}) == len(CASES)
    assert [case.function for case in CASES] == sorted(
        (case.function for case in CASES), key=spec.NAMES.index
    )


def test_rounded_results_are_those_of_arb(name: str) -> None:
    x = numbers([case.input for case in of(name)])
    assert x.size > 20
    want = numbers([case.rounded for case in of(name)])
    np.testing.assert_array_equal(exact.rounded(name, x, np.float64), want)


def test_the_ufunc_keeps_its_promise(name: str) -> None:
    x = numbers([case.input for case in of(name)])
    with np.errstate(all="ignore"):
        got = getattr(stdplus_ref, name)(x)
    limit = next(a.limit for a in spec.FUNCTIONS[name].accuracy("numpy") if a.dtype == "float64")
    assert np.abs(exact.ulp_error(name, x, got)).max() <= limit


def test_errors_that_were_seen_are_within_the_promise(name: str) -> None:
    limit = next(a.limit for a in spec.FUNCTIONS[name].accuracy("numpy") if a.dtype == "float64")
    seen = [abs(float(case.error)) for case in of(name)]
    assert 0.4999 < max(seen) <= limit


def test_every_region_has_its_hardest_cases(name: str) -> None:
    """Everywhere but where results are saturated or the argument itself."""
    reasons = " ".join(case.reason for case in of(name))
    covered = [region for region in survey.regions(name) if f"in {region.title}" in reasons]
    assert survey.SEAMS in covered
    assert survey.NORMAL in covered
    assert len(covered) >= len(survey.regions(name)) / 2


def test_half_way_cases_are_nearly_half_way() -> None:
    near = [case for case in CASES if case.reason.startswith("result nearest to half-way")]
    assert len(near) > 50
    for case in near:
        assert abs(float(case.error)) == pytest.approx(0.5, abs=hard_cases._NEAR)


@pytest.mark.parametrize("boundary", hard_cases.BOUNDARIES, ids=lambda b: f"{b.function} {b.after}")
def test_boundaries_are_where_the_file_says(boundary: hard_cases.Boundary) -> None:
    known = {(case.function, case.input): case.reason for case in CASES}
    (_, before, _), (_, after, _) = hard_cases.find(boundary)
    assert np.nextafter(before, np.inf) == after
    assert boundary.before in known[boundary.function, before.hex()]
    assert boundary.after in known[boundary.function, after.hex()]
