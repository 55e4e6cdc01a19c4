"""The float64 survey and the speed step: what they measure, and that planted faults are seen.

Times themselves are never asserted.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref import exact, spec
from validation import library, resume, survey, timing
from validation.core import Context, Verdict
from validation.steps import speed, survey_float64
from validation.survey import Piece, Region

SIZE = 1 << 12


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    return Context(tmp_path, 0, np.random.default_rng(0))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "PIECE_SIZE", SIZE)
    for name, value in {"_STARTS": 4, "_TRIES": 32, "_ROUNDS": 8, "_NEIGHBOURS": 20}.items():
        monkeypatch.setattr(survey, name, value)


def test_regions_cover_the_domain(name: str) -> None:
    ends = sorted((r.low, r.high) for r in survey.regions(name) if not r.special)
    first, top = ends[0][0], float(np.finfo(np.float64).max)
    assert first == (0.0 if name == "inv_stdplus" else -top)
    reached = first
    for low, high in ends:
        assert low <= reached, f"gap before {low}"
        reached = max(reached, high)
    assert reached == (math.log(top) if name == "inv_log_stdplus" else top)


def test_a_survey_passes_and_counts_its_inputs(context: Context, small: None) -> None:
    claims = survey_float64.run(context, count=1)
    assert {claim.verdict for claim in claims} == {Verdict.PASS}
    assert len(claims) == 3 * len(spec.NAMES)
    rows = context.tables[0].rows
    for name in spec.NAMES:
        regions = [row for row in rows if row[0] == name]
        assert len(regions) == len(survey.regions(name))
        assert all(row[2] > 0 for row in regions)


def test_pieces_are_the_same_in_another_process(name: str) -> None:
    for piece in survey.pieces(name, 1, 0):
        there = pickle.loads(pickle.dumps(piece))
        assert there == piece
        if not piece.search:
            here = survey.inputs(piece)
            assert here.size > 0
            assert np.array_equal(survey.inputs(there), here)


def test_more_inputs_mean_more_pieces(name: str) -> None:
    few, many = (survey.pieces(name, count, 0) for count in (10**6, 10**8))
    drawn = [piece for piece in many if not piece.search and piece.region != survey.SEAMS]
    assert 1e8 <= len(drawn) * survey.PIECE_SIZE < 1.1e8
    assert len({piece.key for piece in many}) == len(many)
    assert {piece.key for piece in few} <= {piece.key for piece in many}


@pytest.mark.parametrize("text", ["0", "-1", "1e8", "many"])
def test_a_wrong_count_is_an_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(survey.COUNT_VARIABLE, text)
    with pytest.raises(ValueError, match=survey.COUNT_VARIABLE):
        survey.wanted_count()


def piece(name: str, low: float, high: float, search: bool = False) -> Piece:
    return Piece(name, Region("here", low, high), 0, search, 0)


def off_below(function: Callable[..., Any], bound: float) -> Callable[..., Any]:
    """The function with results one unit in the last place too large below `bound`."""
    return lambda x: np.where(x < bound, np.nextafter(function(x), np.inf), function(x))


def test_one_ulp_too_much_is_measured(name: str, small: None) -> None:
    function = library.functions()[name]
    here = piece(name, 0.5, 2.0)
    right = survey.measure(here, function)
    wrong = survey.measure(here, off_below(function, 3.0))
    limit = next(a.limit for a in spec.FUNCTIONS[name].accuracy("numpy") if a.dtype == "float64")
    assert right.worst[0][0] <= limit
    assert 0.5 < wrong.worst[0][0] <= 1.0 + limit
    assert wrong.misrounded > SIZE // 2


def test_a_step_back_between_neighbours_is_seen(name: str, small: None) -> None:
    function = library.functions()[name]
    x = survey.inputs(piece(name, 1.0, 1.5))
    edge = float(np.nextafter(x[0], np.inf))
    # from number to number the functions rise or fall by at most 12 units in the last place here
    jump = 64.0 if name == "log_stdplus_derivative" else -64.0

    def stepping(x: np.ndarray) -> np.ndarray:
        y = function(x)
        return np.where(x >= edge, y + jump * np.spacing(y), y)

    assert survey.measure(piece(name, 1.0, 1.5), function).back == 0
    seen = survey.measure(piece(name, 1.0, 1.5), stepping)
    assert seen.back == 1
    assert np.nextafter(float.fromhex(seen.back_at[0]), np.inf) == edge


def test_a_search_climbs_to_a_fault_that_random_inputs_miss() -> None:
    function = library.functions()["stdplus"]

    def bump(x: np.ndarray) -> np.ndarray:
        """Errors that grow towards 1.3 from afar: above 999 units only within 1e-11 of it."""
        y = function(x)
        return y + np.rint(1000 / (1 + 1e8 * np.abs(x - 1.3))) * np.spacing(y)

    missed = survey.measure(piece("stdplus", 1.0, 2.0), bump)
    found = survey.climb(piece("stdplus", 1.0, 2.0, search=True), bump)
    assert missed.count == survey.PIECE_SIZE
    assert missed.worst[0][0] < 990 < 999 < found.worst[0][0]


def test_ordinals_count_the_numbers() -> None:
    for x in (0.0, 5e-324, -5e-324, 1.0, -1e300):
        assert survey.from_ordinal(survey.ordinal(x)) == x
        assert survey.from_ordinal(survey.ordinal(x) + 1) == np.nextafter(x, np.inf)


def test_a_worst_case_is_confirmed_by_arb() -> None:
    got = library.functions()["stdplus"](np.array([0.7]))
    want = exact.ulp_error("stdplus", np.array([0.7]), got)[0]
    assert survey.exact_error("stdplus", (0.7).hex()) == want


def test_speed_reports_every_function_type_and_layout(context: Context) -> None:
    claims = speed.run(context, size=256, rounds=3, start=False)
    assert len(claims) == 2 * len(spec.NAMES) + len(speed._LAYOUT_BARS) + 1
    table = {table.name: table for table in context.tables}
    assert len(table["speed"].rows) == 2 * len(spec.NAMES)
    assert all(value > 0 for row in table["speed"].rows for value in row[2:])
    assert {row[0] for row in table["speed-peers"].rows} >= {"np.exp", "scipy wrightomega"}
    assert (context.out / "speed.png").stat().st_size > 10_000


def test_timing_interleaves_and_prepares() -> None:
    log: list[str] = []
    calls = [lambda letter=letter: log.append(letter) for letter in "cfp"]
    measured = timing.paired(calls[0], calls[1], 3, prepare=calls[2])
    assert "".join(log) == "pfpc" * 3
    assert measured.seconds > 0
    assert measured.ratio > 0
