"""The record of speed by machine: what a report says enters it, anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stdplus_ref import spec
from validation import speeds

TABLE = {"header": ["function", "type", "ns/element", "× np.exp"], "rows": [["stdplus", "f", 1, 2]]}


def report(folder: Path, machine: str) -> str:
    made: dict[str, Any] = {
        "measured": {"steps": {"speed": {"tables": {"speed": TABLE}}}},
        "run": {"environment": {"machine": machine}},
    }
    file = folder / "report.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    return str(file)


def test_the_record_has_every_function_and_type() -> None:
    record = speeds.load()
    assert record
    wanted = {(name, dtype) for name in spec.NAMES for dtype in spec.DTYPES}
    for machine, found in record.items():
        assert found["environment"]["machine"] == machine
        assert {"date", "commit", "numpy", "numba"} <= set(found["environment"])
        assert found["header"][:4] == TABLE["header"]
        assert {(row[0], row[1]) for row in found["rows"]} == wanted
        assert all(0 < row[2] < 1000 and 0 < row[3] < 1000 for row in found["rows"])


def test_a_machine_is_added_or_measured_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speeds, "PATH", tmp_path / "speed.json")
    for machine in ("one", "other", "one"):
        assert speeds.main(["--report", report(tmp_path, machine)]) == 0
    assert list(speeds.load()) == ["one", "other"]
    assert speeds.load()["one"]["rows"] == TABLE["rows"]


@pytest.mark.parametrize("text", [None, "no JSON", '{"measured": {"steps": {}}}'])
def test_a_report_without_speed_is_refused(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        speeds.main(["--report", str(file)])
    assert end.value.code == 2
    assert "no speed in" in capsys.readouterr().err
