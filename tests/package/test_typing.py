"""The types of the ufuncs: mypy and pyright refuse wrong calls, which fail, and pass right ones."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec

ROOT = Path(__file__).parents[2]
OLD_STUBS = np.lib.NumpyVersion(np.__version__) < "2.4.0"

SETUP = """
import numpy as np
from stdplus_ref import stdplus
numbers, small, whole = np.ones(3), np.ones(3, np.float32), np.ones(3, np.int64)
place = np.empty(3)
"""

RIGHT = {
    "stdplus(1.0)": "np.float64",
    "stdplus(1)": "np.float64",
    "stdplus(True)": "np.float32",
    "stdplus(np.float32(1.0))": "np.float32",
    "stdplus(np.int16(1))": "np.float32",
    "stdplus(np.int32(1))": "np.float64",
    "stdplus(numbers)": "np.ndarray[tuple[int], np.dtype[np.float64]]",
    "stdplus(small)": "np.ndarray[tuple[int], np.dtype[np.float32]]",
    "stdplus(whole)": "np.ndarray[tuple[int], np.dtype[np.float64]]",
    "stdplus(numbers, out=place, where=numbers > 0)": (
        "np.ndarray[tuple[int], np.dtype[np.float64]]"
    ),
    "stdplus([1.0, 2.0])": "NDArray[Any]",
    "stdplus(numbers, dtype=np.float32, casting='same_kind', order='C')": "NDArray[Any]",
    "stdplus(1.0, dtype=np.float32)": "Any",
    "stdplus.at(place, [0, 1])": "None",
    "stdplus.nin": "Literal[1]",
    "stdplus.ntypes": "Literal[2]",
}
"""Calls, and the types of their results."""

WRONG = (
    "stdplus()",
    "stdplus(1.0, wher=True)",
    "stdplus(numbers, axis=0)",
    "stdplus(x=1.0)",
    "stdplus('1')",
    "stdplus(['a'])",
    "stdplus(None)",
    "stdplus(1j)",
    "stdplus([1j])",
    "stdplus(1.0, 2.0)",
    "stdplus(numbers, out=[0.0])",
    "stdplus(numbers, casting='unsfe')",
    "stdplus(numbers, order='X')",
    "stdplus.reduce(numbers)",
    "stdplus.accumulate(numbers)",
    "stdplus.reduceat(numbers, [0])",
    "stdplus.outer(numbers, numbers)",
    "stdplus.at([1.0], 0)",
    "stdplus.at(numbers)",
)
"""Calls that fail."""


def mypy(program: Path) -> dict[int, str]:
    """What mypy says of a program, by line."""
    check = (sys.executable, "-m", "mypy", "--follow-imports=silent", "--warn-unreachable")
    done = subprocess.run([*check, program], cwd=ROOT, capture_output=True, text=True)
    assert not done.stderr
    # Not the whole path: mypy's cache answers for the same text in the folder of an earlier run.
    said = re.findall(rf"\b{program.name}:(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert len(said) == done.stdout.count(" error: ")
    return {int(line): text for line, text in said}


def pyright(program: Path) -> dict[int, str]:
    """What pyright says of a program, by line. No extra asks for it: `pip install pyright`."""
    if shutil.which("pyright") is None:
        pytest.skip("pyright is not installed")
    settings = {"extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    check = ("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", ".")
    done = subprocess.run(check, cwd=program.parent, capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    said = report["generalDiagnostics"]
    return {entry["range"]["start"]["line"] + 1: entry["message"] for entry in said}


@pytest.mark.slow
@pytest.mark.skipif(OLD_STUBS, reason="the type hints are written for the stubs of NumPy 2.4")
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_calls_are_known_from_wrong_ones(
    checker: Callable[[Path], dict[int, str]], tmp_path: Path
) -> None:
    head = (
        f"from typing import Any, Literal, assert_type\nfrom numpy.typing import NDArray\n{SETUP}"
    )
    lines = head.splitlines()
    for call, result in RIGHT.items():
        # mypy: a function that returns None has no result to look at.
        lines.append(call if result == "None" else f"assert_type({call}, {result})")
    first = len(lines) + 1
    for number, call in enumerate(WRONG):
        lines.append(f"def wrong{number}() -> None: {call}")
    program = tmp_path / "calls_of_ufuncs.py"
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = checker(program)
    assert {line: text for line, text in said.items() if line < first} == {}
    assert sorted(said) == list(range(first, first + len(WRONG)))


def run(call: str) -> object:
    namespace: dict[str, object] = {}
    exec(SETUP, namespace)
    return eval(call, namespace)


@pytest.mark.parametrize("call", RIGHT)
def test_right_calls_give_what_is_said(call: str) -> None:
    said = RIGHT[call]
    kind = {"np.float32": np.float32, "np.float64": np.float64}.get(said)
    result = run(call)
    if kind is not None:
        assert type(result) is kind
    elif said.startswith("np.ndarray"):
        assert isinstance(result, np.ndarray)
        assert result.dtype.name in said
    elif said.startswith("Literal"):
        assert said == f"Literal[{result}]"
    elif said == "None":
        assert result is None
    else:
        assert isinstance(result, np.ndarray | np.floating)


@pytest.mark.parametrize("call", WRONG)
def test_wrong_calls_fail(call: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        run(call)


def test_all_six_are_typed_alike() -> None:
    stub = Path(stdplus_ref.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    typed = re.findall(r"^(\w+): Final\[_RealUfunc\]$", stub, re.MULTILINE)
    assert typed == list(spec.NAMES)
