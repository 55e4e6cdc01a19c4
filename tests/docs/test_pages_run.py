"""The code of the pages runs and prints what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.c.compilers import compiled
from tests.docs import blocks


def test_why() -> None:
    with np.errstate():
        blocks.check("why.md", "scipy")


def test_a_wrong_output_is_found() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n{}\n```\n"
    assert blocks.run(page.format(2), "good") == 1
    with pytest.raises(AssertionError):
        blocks.run(page.format(3), "wrong")
    with pytest.raises(AssertionError):
        blocks.run("```python\nprint(1)\n```\n", "output that is not shown")


def test_numba() -> None:
    blocks.check("numba.md")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_pytensor() -> None:
    blocks.check("pytensor.md", "pytensor")


def test_scipy() -> None:
    blocks.check("scipy.md", "scipy")


def test_arrays() -> None:
    blocks.check("arrays.md", "dask.array", "xarray", "pandas")


def test_upstream() -> None:
    blocks.check("upstream.md", "mpmath", "flint")


@pytest.mark.parametrize("page", ["cpp.md", "upstream.md"])
def test_cpp(page: str, tmp_path: Path) -> None:
    (code,) = blocks.of(page, "cpp")
    source, program = tmp_path / "program.cpp", tmp_path / "program"
    source.write_text(code, encoding="utf-8")
    done = compiled("g++", ["-O2", "-o", str(program)], source)
    assert done.returncode == 0, done.stderr
    said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    assert said == blocks.of(page, "text")[0]


def test_xsf_may_set_the_prefix_of_functions(tmp_path: Path) -> None:
    (code,) = blocks.of("upstream.md", "cpp")
    source = tmp_path / "program.cpp"
    source.write_text(f"#define STDPLUS_FUNCTION inline\n{code}", encoding="utf-8")
    done = compiled("g++", ["-O2", "-c", "-o", str(tmp_path / "program.o")], source)
    assert done.returncode == 0, done.stderr
