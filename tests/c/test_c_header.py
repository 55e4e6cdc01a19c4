"""The header: names, what it refuses, what it links to, and that loops over it are vectorised."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stdplus_ref
from derivations import c_header
from stdplus_ref import c, spec
from tests.c.compilers import DRIVER, HEADER, LANGUAGES, VECTORS, compiled, needs_fma

TWELVE = {name + suffix for name in spec.NAMES for suffix in ("", "f")}
PUBLIC = TWELVE | {f"{name}_array" for name in TWELVE}
TEXT = HEADER.read_text(encoding="utf-8")


def code() -> str:
    """The header without comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", TEXT, flags=re.DOTALL)


def test_the_header_is_that_of_the_source(tmp_path: Path) -> None:
    assert c_header.outputs() == {c_header.PATH: TEXT}
    done = subprocess.run(
        [sys.executable, "-m", "stdplus_ref.c"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "wrote stdplus.h\n", done.stderr
    assert (tmp_path / "stdplus.h").read_text(encoding="utf-8") == TEXT


def test_get_include_is_in_the_package() -> None:
    assert Path(c.get_include(), "stdplus.h").is_file()
    assert Path(c.get_include()).is_relative_to(Path(stdplus_ref.__file__).parent)
    assert f"version {stdplus_ref.__version__}:" in TEXT


def test_every_name_has_the_prefix_or_is_for_users() -> None:
    functions = set(re.findall(r"^STDPLUS_\w+ [\w ]*?(\w+)\(", code(), re.MULTILINE))
    assert functions >= PUBLIC
    types = set(re.findall(r"^(?:\}|typedef [\w ]+) (\w+);", code(), re.MULTILINE))
    macros = set(re.findall(r"^#define (\w+)", code(), re.MULTILINE))
    assert len(types) > 3
    assert len(macros) > 30
    for name in (functions - PUBLIC) | types:
        assert name.startswith("sp_"), name
    for name in macros:
        assert name.startswith(("sp_", "SP_", "STDPLUS_")), name
    # nothing else begins at the margin
    starts = {line.split()[0] for line in code().splitlines() if re.match(r"[^\s{}#]", line)}
    assert starts == {"STDPLUS_FUNCTION", "STDPLUS_APART", "typedef"}


def test_names_and_comments_of_the_source_are_there() -> None:
    assert "sp_newton_solve" in TEXT
    assert "// m and x² nearly agree: nothing is lost" in TEXT
    assert "−40 ≤ x ≤ 2^64: one step of `newton` from a rough t0" in TEXT
    # a line of 100 in a docstring is indented by 3, and the mark of its end is 3 more
    assert max(map(len, TEXT.splitlines())) <= 106


@pytest.mark.parametrize("option", ["-ffast-math", "-ffinite-math-only", "-fno-signed-zeros"])
@pytest.mark.parametrize("compiler", LANGUAGES)
def test_fast_math_is_refused(compiler: str, option: str, tmp_path: Path) -> None:
    done = compiled(compiler, ["-O2", option, "-c", "-o", str(tmp_path / "driver.o")])
    if option == "-fno-signed-zeros" and done.returncode == 0:
        pytest.skip(f"{compiler} has no macro that tells of {option}")
    assert done.returncode != 0
    assert "stdplus.h: no -f" in done.stderr


@pytest.mark.parametrize("option", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", LANGUAGES)
def test_links_to_nothing_of_libm_but_fma_and_sqrt(
    compiler: str, option: str, tmp_path: Path
) -> None:
    if shutil.which("nm") is None:
        pytest.skip("no nm on this machine")
    made = tmp_path / "driver.o"
    done = compiled(compiler, [option, "-c", "-o", str(made)])
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(["nm", "-u", made], capture_output=True, text=True, check=True)
    undefined = {line.split()[-1].partition("@")[0] for line in listed.stdout.splitlines()}
    of_the_driver = {"fclose", "feclearexcept", "fetestexcept", "fread", "free", "fwrite", "malloc"}
    of_the_driver |= {"realloc", "stdin", "stdout", "strcmp", "_GLOBAL_OFFSET_TABLE_"}
    # what compilers make of loops that move or clear memory, wherever there is a C library or none
    of_the_compiler = {"memcpy", "memmove", "memset"}
    assert undefined - of_the_driver - of_the_compiler <= {"fma", "fmaf", "sqrt"}


HEAD = '#include "stdplus.h"\n'
LOOP = """\
void {name}_loop(const {real} *restrict x, {real} *restrict y, long n)
{{
    for (long i = 0; i < n; i++) {{
        y[i] = {name}(x[i]);
    }}
}}
"""
ARRAY = """\
void {name}_whole(const {real} *x, {real} *y, long n)
{{
    {name}_array((size_t)n, x, y);
}}
"""


def line_of(text: str, function: str, words: str) -> int:
    """The number of the first line with these words after the head of a function."""
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if f" {function}(" in line and line[0] != " ")
    return next(i for i in range(head, len(lines)) if words in lines[i]) + 1


@pytest.mark.parametrize("machine", ["-march=native", "-mavx2 -mfma"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_loops_are_vectorised(compiler: str, machine: str, tmp_path: Path) -> None:
    """Plain loops of float and the functions on arrays, by the options of docs/c.md."""
    needs_fma()
    report = "-fopt-info-vec" if compiler == "gcc" else "-Rpass=loop-vectorize"
    options = [option for option in VECTORS if option != "-march=native"]
    text = HEAD
    for name in sorted(TWELVE):
        real = "float" if name.endswith("f") else "double"
        text += (LOOP if real == "float" else "").format(name=name, real=real)
        text += ARRAY.format(name=name, real=real)
    source = tmp_path / "loops.c"
    source.write_text(text)
    output = ["-c", "-o", str(tmp_path / "loops.o"), "-Wno-error"]
    done = compiled(compiler, [*options, *machine.split(), report, *output], source)
    assert done.returncode == 0, done.stderr
    reported = [line for line in done.stderr.splitlines() if "vectorized" in line]
    assert reported
    for name in sorted(TWELVE):
        wanted = [("stdplus.h", line_of(TEXT, f"{name}_array", "i < count"))]
        if name.endswith("f"):
            wanted.append(("loops.c", line_of(text, f"{name}_loop", "i < n")))
        for file, number in wanted:
            place = f"{file}:{number}:"
            found = [line for line in reported if place in line]
            assert any("vectorized loop" in x or "loop vectorized" in x for x in found), name


def test_driver_knows_the_twelve() -> None:
    assert set(re.findall(r"^BOTH\((\w+)\)", DRIVER.read_text(), re.MULTILINE)) == set(spec.NAMES)
