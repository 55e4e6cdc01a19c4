"""The validation harness: command line, report, discovery, and its reading of verdicts."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from validation import core, plotting, resume
from validation.__main__ import main
from validation.core import Claim, Context, Step, Verdict, discover, run_steps, select


def _claims(verdict: Verdict) -> Sequence[Claim]:
    ours = verdict is not Verdict.PAPER_IS_WRONG
    return [Claim("c", "Something <holds> & more.", verdict, "0.5 ULP", "at 0x1p+0", ours)]


def _planted(name: str, verdict: Verdict) -> Step:
    return Step(name, f"a planted {verdict!s}", True, lambda context: _claims(verdict))


def _drawing(context: Context) -> Sequence[Claim]:
    value = context.rng.normal()
    with plotting.subplots() as (figure, axes):
        axes.plot([0, value])
        plotting.label(axes, "x", "y")
        context.save_figure(figure, "drawing", 'What to "see".')
    context.add_table("numbers", "Numbers", ("a", "b"), [("0x1p-3", value), ("x", math.inf)])
    return [Claim.of_library("value", "It is drawn.", True, repr(value))]


def _roots(context: Context) -> Sequence[Claim]:
    roots = context.map(math.sqrt, [4.0, 9.0, 16.0])
    return [Claim.of_library("order", "Results keep their order.", roots == [2, 3, 4], str(roots))]


def _crash(context: Context) -> Sequence[Claim]:
    raise RuntimeError("planted crash")


UNRUN = Step("unrun", "is never run", True, _crash)
DRAWING = Step("drawing", "draws", True, _drawing, "One `code`.\n\nTwo.")


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.PAPER_IS_WRONG, 0)]
)
def test_exit_code_depends_on_our_claims_alone(
    verdict: Verdict, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = {"good": _planted("good", Verdict.PASS), "other": _planted("other", verdict)}
    assert main(["--out", str(tmp_path)], steps) == code
    printed = capsys.readouterr().out
    assert f"{verdict!s} " in printed
    assert "0.5 ULP" in printed
    assert str(tmp_path) in printed


@pytest.mark.parametrize("run", [_crash, lambda context: []], ids=["crash", "no claim"])
def test_a_step_that_proves_nothing_fails(run, tmp_path: Path, capsys) -> None:
    bad = Step("bad", "bad", True, run)
    assert main(["--out", str(tmp_path)], {"bad": bad, "drawing": DRAWING}) == 1
    printed = capsys.readouterr().out
    assert "The step runs to its end" in printed
    assert "It is drawn." in printed  # the others still ran


@pytest.mark.parametrize("missing", ["flint", "matplotlib"])
def test_missing_extra_names_the_cure(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; import validation.__main__"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    message = done.stderr.splitlines()[-1]
    assert message.startswith("ImportError: validation needs ")
    assert message.endswith('pip install ".[validation]"')
    assert missing in message


def test_unknown_name_is_an_error_that_lists_the_names(tmp_path: Path, capsys) -> None:
    steps = {name: _planted(name, Verdict.PASS) for name in ("alpha", "beta")}
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "gamma", "--out", str(tmp_path / "never")], steps)
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "'gamma'" in message
    assert "alpha, beta" in message
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--seed=-1", "--seed: expected an integer of at least 0, got '-1'"),
        ("--seed=x", "--seed: expected an integer of at least 0, got 'x'"),
        ("--workers=0", "--workers: expected an integer of at least 1, got '0'"),
        ("--what", "unrecognized arguments: --what"),
    ],
)
def test_wrong_options_are_errors(argument: str, message: str, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([argument], {"drawing": DRAWING})
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("inside", ["", "folder"])
def test_out_that_is_no_folder_is_found_before_the_work(
    inside: str, tmp_path: Path, capsys
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path / "file" / inside)], {"bad": UNRUN})
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "argument --out: " in line
    assert "is not a directory" in line


def test_out_that_cannot_be_written_to_is_found_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def refuse(**options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may write to any folder
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path)], {"bad": UNRUN})
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"argument --out: cannot write to {str(tmp_path)!r}: Permission denied" in line


def _interrupt(context: Context) -> Sequence[Claim]:
    raise KeyboardInterrupt


def test_ctrl_c_keeps_the_report_of_finished_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    steps = {"drawing": DRAWING, "stop": Step("stop", "stops", True, _interrupt)}
    assert main(["--out", str(tmp_path / "out")], steps) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"Interrupted. Kept: the report of 1 of 2 steps in {tmp_path / 'out'}."
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert list(report["measured"]["steps"]) == ["drawing"]
    (tmp_path / "cache").mkdir()
    assert main(["--only", "stop", "--out", str(tmp_path / "none")], steps) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("Interrupted. No step was finished, so there is no report. ")
    assert said.endswith(f"Finished pieces of long steps are in {tmp_path / 'cache'}.")
    assert not list((tmp_path / "none").iterdir())


INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from validation.__main__ import main
from validation.core import Step

# What a shell starts in the background ignores Ctrl-C, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(number):
    Path(f"started{number}").touch()
    time.sleep(60)

def run(context):
    context.map(work, range(4))

if __name__ == "__main__":
    step = Step("sleeps", "sleeps", True, run)
    sys.exit(main(["--out", "out", "--workers", sys.argv[1]], {"sleeps": step}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signal stands for Ctrl-C there")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_from_the_keyboard(workers: str, tmp_path: Path) -> None:
    """Every process of the group gets the signal, and one line is printed."""
    (tmp_path / "program.py").write_text(INTERRUPTED, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "program.py", workers],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(core.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    try:
        while len(list(tmp_path.glob("started*"))) < int(workers):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 130
    lines = [line for line in said.splitlines() if line]
    assert lines[-1] == "Interrupted. No step was finished, so there is no report."
    assert "Traceback" not in said


def test_list_names_every_step_and_runs_none(capsys) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    for name in ("accuracy", "appendix-a", "figure2", "figure3", "kl-identity"):
        assert re.search(rf"^{name} ", printed, re.MULTILINE)


def test_the_readme_lists_every_step_and_only_those() -> None:
    text = Path(core.__file__).with_name("README.md").read_text(encoding="utf-8")
    steps, _, _ = text.partition("## Steps\n")[2].partition("\n## ")
    listed = {name: not star for name, star in re.findall(r"^\| `(.+?)`( \*)? \|", steps, re.M)}
    assert listed == {step.name: step.quick for step in discover().values()}


def test_slow_steps_run_only_when_named() -> None:
    steps = {
        "quick": _planted("quick", Verdict.PASS),
        "slow": Step("slow", "slow", False, _crash),
    }
    assert [step.name for step in select(steps)] == ["quick"]
    assert [step.name for step in select(steps, ["slow", "quick", "slow"])] == ["slow", "quick"]


def test_report_is_one_self_contained_file(tmp_path: Path) -> None:
    steps = {"drawing": DRAWING, "planted": _planted("planted", Verdict.PAPER_IS_WRONG)}
    main(["--out", str(tmp_path)], steps)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|<script|<link|@import|url\(", page)
    sources = re.findall(r'src="([^"]{30})', page)
    assert len(sources) == 1
    assert sources[0].startswith("data:image/png;base64,")
    assert "Something &lt;holds&gt; &amp; more." in page
    assert "<code>code</code>" in page
    assert (tmp_path / "drawing.png").read_bytes().startswith(b"\x89PNG")


def test_json_holds_claims_and_tables(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)], {"drawing": DRAWING})
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    step = report["measured"]["steps"]["drawing"]
    assert step["claims"][0]["verdict"] == "pass"
    assert step["claims"][0]["claimed_by"] == "this library"
    assert step["tables"]["numbers"]["rows"][1] == ["x", "inf"]
    assert "numpy" in report["run"]["environment"]


def _measured(out: Path, *arguments: str, steps: dict[str, Step]) -> dict[str, object]:
    main(["--out", str(out), *arguments], steps)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return report["measured"]["steps"]["drawing"]


def test_same_seed_same_figures_alone_or_among_others(tmp_path: Path) -> None:
    steps = {"first": _planted("first", Verdict.PASS), "drawing": DRAWING}
    whole = _measured(tmp_path / "a", "--seed", "7", steps=steps)
    alone = _measured(tmp_path / "b", "--seed", "7", "--only", "drawing", steps=steps)
    other = _measured(tmp_path / "c", "--seed", "8", steps=steps)
    assert whole == alone
    assert whole != other


def test_map_over_two_processes_keeps_the_order(tmp_path: Path) -> None:
    (result,) = run_steps([Step("roots", "roots", True, _roots)], tmp_path, workers=2)
    assert result.claims[0].verdict is Verdict.PASS


def test_verdicts_belong_to_their_owner() -> None:
    with pytest.raises(ValueError, match="library cannot be paper is wrong"):
        Claim("c", "s", Verdict.PAPER_IS_WRONG, "f", ours=True)
    with pytest.raises(ValueError, match="paper cannot be fail"):
        Claim("c", "s", Verdict.FAIL, "f", ours=False)
    assert Claim.of_library("c", "s", False, "f").verdict is Verdict.FAIL
    assert Claim.of_paper("c", "s", False, "f").verdict is Verdict.PAPER_IS_WRONG


def test_tables_without_rows_or_with_ragged_rows_are_errors(tmp_path: Path) -> None:
    context = Context(tmp_path, 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="no rows"):
        context.add_table("t", "caption", ("a",), [])
    with pytest.raises(ValueError, match="1 columns"):
        context.add_table("t", "caption", ("a",), [("x", "y")])


_STEP = 'NAME = "{name}"\nTITLE = "t"\nQUICK = True\ndef run(context):\n    return []\n'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package of steps, importable as `planted_steps`."""
    folder = tmp_path / "planted_steps"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text(_STEP.format(name="first"))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("planted_steps")]:
        del sys.modules[name]


def _discovered() -> dict[str, Step]:
    import planted_steps

    return discover(planted_steps)


def test_discovery_finds_every_module(package: Path) -> None:
    (package / "two.py").write_text(_STEP.format(name="second"))
    assert list(_discovered()) == ["first", "second"]


def test_two_steps_of_one_name_are_an_error(package: Path) -> None:
    (package / "two.py").write_text(_STEP.format(name="first"))
    with pytest.raises(ValueError, match="two validation steps are named 'first'"):
        _discovered()


def test_a_module_that_is_no_step_is_an_error(package: Path) -> None:
    (package / "two.py").write_text('NAME = "second"\n')
    with pytest.raises(ValueError, match="lacks TITLE, QUICK, run"):
        _discovered()
