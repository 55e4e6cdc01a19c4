"""Files that other programs read: citation, issue form, workflow, hooks; steps of a release."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stdplus_ref import spec
from tests.package import readme

yaml = pytest.importorskip("yaml", reason="dask, which the tests need, brings it")

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "CITATION.cff",
        ROOT / ".pre-commit-config.yaml",
        *sorted((ROOT / ".github").rglob("*.yml")),
    )
}
WORKFLOW = ".github/workflows/tests.yml"
FORM = ".github/ISSUE_TEMPLATE/larger-error.yml"
RELEASING = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")


def parsed(name: str) -> Any:
    return yaml.safe_load(TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_it_parses(name: str) -> None:
    assert parsed(name)
    assert "\t" not in TEXTS[name]


def test_citation_has_what_the_format_requires() -> None:
    found = parsed("CITATION.cff")
    assert {"cff-version", "message", "title", "authors", "version", "date-released"} <= set(found)
    assert found["license"] == PROJECT["license"]


def test_the_issue_form_asks_for_what_a_report_needs() -> None:
    form = parsed(FORM)
    assert form["name"] == "An input with a larger error"
    fields = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    assert fields["function"]["attributes"]["options"] == list(spec.NAMES)
    types = {promise.dtype for promise in spec.ACCURACY}
    assert set(fields["type"]["attributes"]["options"]) == types
    required = {name for name, field in fields.items() if field.get("validations")}
    assert {"function", "type", "target", "argument", "result", "system"} == required


def test_the_workflow_covers_versions_and_systems() -> None:
    assert TEXTS[WORKFLOW].startswith("# Not yet run: ")
    matrix = parsed(WORKFLOW)["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={matrix['python'][0]}"
    comments = re.findall(r"^ +- (\S+)  # (\w+), (\S+)$", TEXTS[WORKFLOW], re.MULTILINE)
    assert [name for name, *_ in comments] == matrix["os"]
    systems = {(system, machine) for _, system, machine in comments}
    machines = ("x86-64", "aarch64")
    assert systems == {(s, m) for s in ("Linux", "macOS", "Windows") for m in machines}


def test_the_workflow_runs_what_ci_runs() -> None:
    steps = parsed(WORKFLOW)["jobs"]["tests"]["steps"]
    program = "\n".join(step.get("run", "") for step in steps)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for said in (
        "tests/package/readme.py examples exact",
        'tests/package/readme.py command "$number"',
        "for number in 1 2; do",
        "pip install --quiet torch==2.13.0",
        "pip install --quiet jax scikit-learn",
        "pip install --quiet numba-cuda nvidia-cuda-nvrtc nvidia-cuda-nvcc",
        ".venv/bin/python -m docs",
    ):
        assert said in script
        assert said in program
    extras = set(re.findall(r"\.\[(\w+)\]", program))
    assert extras == {"docs"}  # no copy of a command that could drift


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_the_workflow_reads_the_commands_of_the_page(system: str, tmp_path: Path) -> None:
    """Its shell program, with the commands printed and not run."""
    steps = parsed(WORKFLOW)["jobs"]["tests"]["steps"]
    (run,) = (step["run"] for step in steps if "two commands" in step.get("name", ""))
    program = run.replace('bash -c "$command"', ":")
    program = program.replace("$(python ", f"$({sys.executable} ")
    done = subprocess.run(
        ["bash", "-e", "-c", program],
        cwd=ROOT,
        env={**os.environ, "RUNNER_OS": system},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    wanted = readme.commands()
    if system == "Windows":
        for old, new in (("python3", "python"), ("venv/bin", "venv/Scripts")):
            wanted = [command.replace(old, new) for command in wanted]
    assert done.stdout.splitlines() == wanted


def test_hooks_are_those_of_the_project() -> None:
    (repo,) = parsed(".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"  # nothing but PyPI is asked
    (ruff,) = (r for r in PROJECT["optional-dependencies"]["test"] if r.startswith("ruff"))
    hooks = {hook["id"]: hook for hook in repo["hooks"]}
    for name in ("ruff-check", "ruff-format"):
        assert hooks[name]["additional_dependencies"] == [ruff]
        assert hooks[name]["entry"].startswith(name.replace("-", " "))


def test_releasing_names_every_file_that_holds_the_version() -> None:
    version = re.compile(rf"\b{re.escape(PROJECT['version'])}\b(?!\.)")
    pages = [path for path in ROOT.iterdir() if path.suffix in (".md", ".toml", ".cff")]
    holding = {path.name for path in pages if version.search(path.read_text(encoding="utf-8"))}
    named = set(re.findall(r"^\| `([^`]+)`", RELEASING, re.MULTILINE))
    assert named == {*holding, "stdplus_ref/_version.py"}


def test_what_releasing_runs_is_there() -> None:
    named = re.findall(r"[ `]((?:tests|\.ci|\.github|stdplus_ref)/[\w./]+)", RELEASING)
    assert len(named) >= 5
    assert [path for path in named if not (ROOT / path).exists()] == []
    for step in ("twine check", "git tag", ".ci/run", "derivations --check", "CHANGELOG.md"):
        assert step in RELEASING
