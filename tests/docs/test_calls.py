"""The code on a function's page that shows how to call it gives the function's values."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from docs.site.calls import calls
from stdplus_ref import spec
from tests.c.compilers import compiled
from tests.c.test_c_cuda import nvrtc, ptx  # noqa: F401

CALLS = {(name, call.title): call.code for name in spec.NAMES for call in calls(name)}
NEEDS = {"PyTorch": "torch", "JAX": "jax"}


def expected(name: str) -> np.ndarray:
    arguments = np.array(eval(spec.FUNCTIONS[name].example.arguments))
    return getattr(stdplus_ref, name)(arguments)


def printed_by(code: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "page", "exec"), {})
    return printed.getvalue()


def test_each_function_is_called_from_six_places() -> None:
    for name in spec.NAMES:
        titles = [call.title for call in calls(name)]
        assert titles == ["NumPy", "numba", "C", "CUDA", "PyTorch", "JAX"]


@pytest.mark.parametrize("title", ["NumPy", "numba", "PyTorch", "JAX"])
@pytest.mark.parametrize("name", spec.NAMES)
def test_python(name: str, title: str) -> None:
    if title in NEEDS:
        pytest.importorskip(NEEDS[title], reason=f"{NEEDS[title]} is not installed")
    numbers = re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", printed_by(CALLS[name, title]))
    np.testing.assert_allclose([float(x) for x in numbers], expected(name), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", spec.NAMES)
def test_c(name: str, tmp_path: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(CALLS[name, "C"], encoding="utf-8")
    done = compiled("gcc", ["-O2", "-o", str(program), "-lm"], source)
    assert done.returncode == 0, done.stderr
    said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    np.testing.assert_array_equal([float(x) for x in said.split()], expected(name))


@pytest.mark.parametrize("name", spec.NAMES)
def test_cuda(name: str, nvrtc: Any) -> None:  # noqa: F811
    assert ".entry loop(" in ptx(nvrtc, CALLS[name, "CUDA"])
