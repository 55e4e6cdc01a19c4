"""examples/c: the three lines in the program's head build and run it; docs/c.md's loop compiles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import stdplus_ref
from tests.c.compilers import compiled, compiler

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "c" / "table.c"


def test_three_lines_build_and_run_it(tmp_path: Path) -> None:
    compiler("cc")
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.partition("*/")[0].splitlines()[2:] if line.strip()]
    assert len(lines) == 3
    (tmp_path / "table.c").write_text(text, encoding="utf-8")
    python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": python, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(lines)],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = np.array([[float(word) for word in line.split()] for line in done.stdout.splitlines()])
    np.testing.assert_array_equal(rows[:, 0], np.arange(-4.0, 6.0, 2.0))
    np.testing.assert_array_equal(rows[:, 1], stdplus_ref.stdplus(rows[:, 0]))
    np.testing.assert_array_equal(rows[:, 2], stdplus_ref.inv_stdplus(rows[:, 1]))


def test_every_program_of_the_page_compiles(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "c.md").read_text(encoding="utf-8")
    programs = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    assert programs
    for program in programs:
        source = tmp_path / "program.c"
        source.write_text(program, encoding="utf-8")
        done = compiled("gcc", ["-O2", "-c", "-o", str(tmp_path / "program.o")], source)
        assert done.returncode == 0, done.stderr
