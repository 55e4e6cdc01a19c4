"""The step `worst-cases`: options, resumed units, records, and that a missed case is seen."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref import spec
from validation import core, resume
from validation.__main__ import main
from validation.core import Context, Verdict
from validation.steps import worst_cases
from validation.worst_cases import __main__ as keep
from validation.worst_cases import records, search, units, window
from validation.worst_cases.records import Record
from validation.worst_cases.search import Findings
from validation.worst_cases.units import Interval

HARDEST = "0x1.e5b478451dfe1p+0"
AROUND = ("0x1.e5b47p0", "0x1.e5b48p0")  # 2^32 arguments


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    return Context(tmp_path, 0, np.random.default_rng(0))


def around() -> Interval:
    low, high = (float.fromhex(text) for text in AROUND)
    return Interval("stdplus", low, high)


def test_a_search_finds_the_hardest_case_and_is_kept(context: Context, capsys: Any) -> None:
    step = {units.STEP: core.discover()[units.STEP]}
    command = ["--only", units.STEP, "--function", "stdplus", "--interval", *AROUND]
    assert main([*command, "--workers", "1", "--out", str(context.out)], step) == 0
    said = capsys.readouterr()
    assert "1 found in 2^32 arguments" in said.out
    assert HARDEST in said.out
    assert "100.0 %" in said.err
    assert "arguments a second" in said.err
    (record,) = records.read(records.searched())
    assert record.interval == around()
    assert record.hardest[0] == HARDEST
    assert record.found.arguments == 1 << 32
    # Once more: nothing is left to do.
    assert main([*command, "--workers", "1", "--out", str(context.out)], step) == 0
    assert "1 of 1 pieces are in" in capsys.readouterr().err


def test_both_forms_of_an_interval_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    seen = []

    def run(context: Context, interval: Interval | None = None) -> list[core.Claim]:
        seen.append(interval)
        return [core.Claim.of_library("c", "It runs.", True, "")]

    step = {units.STEP: core.Step(units.STEP, "title", True, run)}
    for interval in (["-2.125", "-2"], ["-2.125,-2.0"], ["-0x1.1p1,", "-2"]):
        joined = ["--interval", *interval] if len(interval) > 1 and "x" not in interval[0] else [
            "--interval=" + "".join(interval)
        ]  # fmt: skip
        assert main(["--function", "log_stdplus", *joined, "--out", str(tmp_path)], step) == 0
    assert seen == [Interval("log_stdplus", -2.125, -2.0)] * 3
    assert main(["--out", str(tmp_path)], step) == 0
    assert seen[-1] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--function", "stdplu", "--interval", "1", "2"], "Did you mean 'stdplus'?"),
        (["--function", "inv*", "--interval", "1", "2"], "--function: expected one function"),
        (["--function", "stdplus"], "--function and --interval go together"),
        (["--interval", "1", "2"], "--function and --interval go together"),
        (["--function", "stdplus", "--interval", "1"], "--interval: expected two numbers"),
        (["--function", "stdplus", "--interval", "1", "y"], "expected a number, got 'y'"),
        (["--function", "stdplus", "--interval", "2", "1"], "expected finite ends A < B"),
        (["--function", "stdplus", "--interval=-1,1"], "0 cannot be inside"),
        (["--function", "stdplus", "--interval", "1e-300", "1"], "arguments are at least 2.3"),
        (["--only", "figure2", "--function", "stdplus", "--interval", "1", "2"],
         "only worst-cases takes one"),
    ],
)  # fmt: skip
def test_wrong_options_are_errors(options: list[str], message: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*(() if "--only" in options else ("--only", units.STEP)), *options])
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_units_cover_an_interval_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "_TESTS", 1 << 8)
    interval = Interval("stdplus", -1 - 2.0**-20, -1 + 2.0**-20)
    work = units.units(interval)
    assert len(work) > 10
    assert len({unit.key for unit in work}) == len(work)
    reached = interval.low
    for unit in work:
        assert float(unit.cell.argument(unit.cell.first)) == reached
        reached = float(unit.cell.argument(unit.cell.stop))
    assert reached == interval.high
    assert sum(unit.size for unit in work) == (1 << 32) + (1 << 33)


def test_units_are_merged(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = search.search(units.units(around())[0].cell)
    monkeypatch.setattr(units, "_TESTS", 1 << 10)
    assert len(units.units(around())) > 2
    parts = units.run(context, around())
    assert parts.hits == whole.hits
    assert parts.arguments == whole.arguments
    assert parts.tests >= whole.tests


def test_a_case_that_is_missed_or_new_fails(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = search.search(units.units(around())[0].cell)
    assert worst_cases._agrees(around(), found).verdict is Verdict.PASS
    missed = worst_cases._agrees(around(), Findings(**{**vars(found), "hits": []}))
    assert missed.verdict is Verdict.FAIL
    assert f"{HARDEST} is missed" in missed.detail
    more = [*found.hits, (AROUND[0] + "", 1e-15)]
    new = worst_cases._agrees(around(), Findings(**{**vars(found), "hits": more}))
    assert new.verdict is Verdict.FAIL
    assert "is new" in new.detail


def test_samples_hold_the_hardest_case(name: str) -> None:
    interval = worst_cases.sample(name)
    x = float.fromhex(records.hardest(name, 1)[0].input)
    assert interval.low <= x < interval.high
    assert interval.high - interval.low == 2.0**40 * math.ulp(x)


def test_the_quick_run_confirms_what_is_known(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst_cases, "_SAMPLE", 1 << 30)
    few = [case for name in spec.NAMES for case in records.hardest(name, 5)]
    monkeypatch.setattr(records, "known", lambda: few)
    monkeypatch.setattr(records, "read", list)
    claims = worst_cases.run(context)
    assert [claim.verdict for claim in claims] == [Verdict.PASS] * 12
    assert len(context.tables[0].rows) >= 6


def test_keeping_writes_records_cases_and_table(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setattr(records, "FOLDER", folder)
    monkeypatch.setattr(records, "FILE", tmp_path / "cases.csv")
    monkeypatch.setattr(records, "TABLE", tmp_path / "README.md")
    assert keep.main() == 1
    found = search.search(units.units(around())[0].cell)
    path = records.save(around(), found, records.searched())
    assert json.loads(path.read_text("utf-8"))["versions"] == units.versions()
    assert keep.main() == 0
    (record,) = records.read(folder)
    assert isinstance(record, Record)
    assert record.found == found
    (case,) = records.known()
    assert worst_cases.confirms(case)
    assert case.input == HARDEST
    assert f"`{HARDEST}` | 2^-52.396 | 104.7 |" in (tmp_path / "README.md").read_text("utf-8")
    assert "wrote 1 cases" in capsys.readouterr().out


def test_records_depend_on_what_decides() -> None:
    """Every module of the search is in the name of the folder, but those that only drive it."""
    here = {path.stem for path in Path(units.__file__).parent.glob("*.py")}
    assert here - set(units._DECIDES) == {"__init__", "__main__", "units", "records"}


def test_the_speed_is_in_words() -> None:
    assert core._speed(25, 100, 5.0) == " 25.0 %, 5.0e+00 arguments a second, 15 s left"
    assert core._speed(1, 100, 6.0).endswith("10 min left")


@pytest.mark.parametrize(("shorter", "degree", "longest"), [(2, 6, 1 << 29), (8, 4, 1 << 36)])
def test_other_lengths_and_degrees_find_the_same(
    shorter: int, degree: int, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = units.units(around())[0].cell
    whole = search.search(cell)

    def best(p: Any, length: int, count: int, near: float) -> window.Window:
        return window.window(p, window.best(p, length, count, near).half // shorter, count, near)

    monkeypatch.setattr(search, "best", best)
    monkeypatch.setattr(search, "_FIRST_DEGREE", degree)
    monkeypatch.setattr(search, "_LONGEST", longest)
    again = search.search(cell)
    assert again.tests > whole.tests
    assert again.hits == whole.hits
