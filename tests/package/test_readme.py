"""The README's commands, examples, links, table and picture are what they say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from derivations import readme_tables
from derivations.core import DerivationError
from docs import picture
from stdplus_ref.spec import ACCURACY, NAMES, Evidence, Witness
from tests.package import readme
from validation import error_plot
from validation.measure import OURS

ROOT = readme.PAGE.parent
IMAGE = ROOT / "docs" / "accuracy.png"


def test_examples_print_what_the_page_shows() -> None:
    assert len(readme.examples()) == 2
    assert len(readme.examples("exact")) == 3
    result = readme.run_examples("exact")
    assert result.attempted >= 12
    assert result.failed == 0


def test_a_wrong_example_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text("```python\n>>> x = 1\n```\n\n```python\n>>> x + 1\n3\n```\n", encoding="utf-8")
    monkeypatch.setattr(readme, "PAGE", page)
    assert readme.main(["examples"]) == 1
    assert "Expected:\n    3\nGot:\n    2\n" in capsys.readouterr().out
    page.write_text("no code", encoding="utf-8")
    assert readme.main(["examples"]) == 1


def test_the_two_commands() -> None:
    commands = readme.commands()
    assert len(commands) == 2
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for command, extra, last in zip(
        commands, ("validation", "test"), ("-m validation", "-m pytest -n 2"), strict=True
    ):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && ")
        assert f"-m pip install '.[{extra}]' && " in command
        assert extra in extras
        assert command.endswith(f" .venv/bin/python {last}")


def test_ci_runs_the_commands_of_the_page() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'tests/package/readme.py command "$number"' in script
    extras = set(re.findall(r"\.\[(\w+)\]", script))
    assert extras == {"docs"}  # no copy of a command that could drift
    for number, command in enumerate(readme.commands(), start=1):
        done = subprocess.run(
            [sys.executable, "tests/package/readme.py", "command", str(number)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{command}\n"


def test_pages_named_by_the_readme() -> None:
    page = readme.PAGE.read_text(encoding="utf-8")
    for wanted in ("derivations/ERRATA.md", "docs/tutorial.md", "validation/README.md"):
        assert f"]({wanted})" in page


WITNESS = Witness("0x1.8p-3", "0x1p+0", "0x1.0000000000001p+0")
FOUND = Evidence("observed", "10⁹ random inputs", 0.50231, WITNESS)


def test_accuracy_table_shows_the_contract() -> None:
    double = replace(ACCURACY[1], limit=0.51)
    promises = (
        replace(ACCURACY[0], evidence=()),
        replace(double, evidence=(FOUND,)),
        replace(
            double,
            target="cuda",
            evidence=(replace(FOUND, word="proved", witness=None), FOUND),
        ),
    )
    text = readme_tables.accuracy_tables(promises)
    assert text.count("**numpy**") == text.count("**cuda**") == 1
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `stdplus` | float32 | correctly rounded (0.5 ULP) |  | promised only |  |",
        "| `stdplus` | float64 | 0.51 ULP | 0.5024 ULP | *observed*: 10⁹ random inputs "
        "| `0x1.8p-3` |",
        "| `stdplus` | float64 | 0.51 ULP | 0.5024 ULP<br>0.5024 ULP | *proved*: 10⁹ random inputs"
        "<br>*observed*: 10⁹ random inputs | `0x1.8p-3` |",
    ]


def test_every_promise_is_in_the_readme() -> None:
    page = readme.PAGE.read_text(encoding="utf-8")
    for promise in readme_tables.UFUNCS:
        assert re.search(
            rf"\| `{promise.function}` \| {promise.dtype} \| .*{promise.limit:g}", page
        )


def test_every_promise_of_a_port_is_in_its_table() -> None:
    promises = [
        replace(promise, evidence=(FOUND,) * (promise.dtype == "float64"))
        for promise in ACCURACY
        if promise.target == "jax"
    ]
    head, *rows = [
        line.strip("| ").split(" | ")
        for line in readme_tables.port_table("jax", tuple(promises)).splitlines()
        if line.startswith("|") and "---" not in line
    ]
    assert len(promises) == 24
    for promise in promises:
        (row,) = [row for row in rows if row[0] == f"`{promise.function}`"]
        seen = "<br>0.5024, *observed*<br>`0x1.8p-3`" if promise.evidence else ""
        assert row[head.index(promise.dtype)] == f"≤ {promise.limit:g} ULP{seen}"


def test_table_replaces_only_what_is_between_the_markers() -> None:
    begin, end = readme_tables.BEGIN, readme_tables.END
    page = f"before\n{begin}old\n{end}after\n"
    assert readme_tables.with_tables(page, "new\n") == f"before\n{begin}\nnew\n\n{end}after\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda begin, end: begin,
        lambda begin, end: end + begin,
        lambda begin, end: begin + end + begin + end,
    ],
    ids=["no end", "order", "twice"],
)
def test_spoilt_markers_are_an_error(spoil: Callable[[str, str], str]) -> None:
    with pytest.raises(DerivationError, match="must hold once"):
        readme_tables.with_tables(spoil(readme_tables.BEGIN, readme_tables.END), "new\n")


def test_the_picture_can_be_drawn_again(tmp_path: Path) -> None:
    assert picture.main(["--out", str(tmp_path), "--count", "4"]) == 0
    for image in (tmp_path / IMAGE.name, IMAGE):
        assert image.read_bytes().startswith(b"\x89PNG")
        assert 5_000 < image.stat().st_size < 100_000


@pytest.mark.parametrize("out", ["file", "missing/folder"])
def test_out_that_cannot_be_written_to_is_found_at_once(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as end:
        picture.main(["--out", str(tmp_path / out)])
    assert end.value.code == 2
    assert "argument --out: cannot write" in capsys.readouterr().err


def test_the_record_is_of_every_function_and_interval() -> None:
    record = picture.load()
    assert list(record["errors"]) == list(NAMES)
    for name in NAMES:
        for who, worst in picture.recorded(name, record).items():
            assert worst.size == error_plot.bins(name, picture.INTERVALS).size - 1
            limit = 0.5 if who == OURS else np.inf
            assert worst.max() <= limit


def test_the_picture_shows_what_was_measured() -> None:
    """The library stays at half a ULP; each rival is far off where the caption says."""
    errors = picture.largest_errors("stdplus", count=30, seed=1)
    assert set(picture.README_SHOWS) <= set(errors)
    assert errors["stdplus_ref"].max() <= 0.5
    assert errors["Algorithm 1"].max() > 1000
    assert errors["SciPy lambertw"].max() == np.inf
