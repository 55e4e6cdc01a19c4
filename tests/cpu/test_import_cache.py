"""Compiled code is cached, is never stale, and a place to cache is not needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stdplus_ref
from stdplus_ref.source.coefficients import LN2_HI

PACKAGE = Path(stdplus_ref.__file__).parent
USE = "import stdplus_ref; print(stdplus_ref.stdplus(0.75).hex())"
USE_ALL = f"""
import stdplus_ref
for name in {stdplus_ref.spec.NAMES!r}:
    getattr(stdplus_ref, name)(0.75)
"""


def run(place: Path, program: str, **environment: str) -> str:
    """What `program` prints in a fresh Python that finds the package in `place`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    clean.pop("XDG_CACHE_HOME", None)
    environment = {**clean, "PYTHONPATH": str(place), "PYTHONWARNINGS": "error", **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd="/", env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.fixture
def place(tmp_path) -> Path:
    """A folder with a copy of the package, without anything compiled."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(PACKAGE, tmp_path / "site" / PACKAGE.name, ignore=ignored)
    return tmp_path / "site"


SMALL_KERNEL = """
from stdplus_ref.source import coefficients as c
from stdplus_ref.source.exceptions import none
from stdplus_ref.source.kernel import Anywhere, Far, Fast, Inside, Kernel, certain
from stdplus_ref.source.operations import narrow, widen


def float64(x):
    return x * c.LN2_HI


def pair(x):
    return x * c.LN2_HI, 0.0


def holds(x):
    return x == x


def start(x):
    return x, x


def step(x, a, b):
    return x * c.LN2_HI, 0.0


def start_anywhere(x):
    return x, x, x


def step_anywhere(x, a, b, c):
    return step(x, a, b)


def regime(x, hi, lo, c):
    return hi, lo, 0


def error(x):
    return 0.0


def settle(x, y, z):
    return y


def start_fast(x):
    return narrow(x)


def elementary(a):
    return widen(a)


def step_fast(x, a, e):
    return x


kernel = Kernel(
    name="stdplus", float64=float64, float32=float64, odd=False, near=holds, centre=pair,
    error=error, settle=settle, inside=Inside(holds, start, step),
    anywhere=Anywhere(start_anywhere, step_anywhere, regime),
    fast=Fast(holds, holds, float64, start_fast, elementary, step_fast),
    far=Far(holds, certain(float64)), far_float32=Far(holds, certain(float64)), exceptions=none,
)
"""
EXPECTED = (0.75 * LN2_HI).hex()


@pytest.fixture
def small(place) -> Path:
    """The same, with a kernel that compiles quickly in place of `stdplus`."""
    source = place / PACKAGE.name / "source" / "stdplus.py"
    source.write_text(SMALL_KERNEL)
    return place


@pytest.fixture
def sealed(small) -> Path:
    """The same, with no cache possible beside the source.

    A file where the folder would be stops root, too, unlike permissions.
    """
    for folder in ("source", "cpu"):
        (small / PACKAGE.name / folder / "__pycache__").write_text("not a folder")
    return small


def compiled_files(folder: Path) -> dict[Path, int]:
    """numba's cache files under `folder`, with the time each was written."""
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*.nb[ci]")}


@pytest.mark.slow
def test_a_second_process_compiles_nothing(place, tmp_path) -> None:
    """How long both take is measured by `python -m validation --only speed`."""
    cache = tmp_path / "cache"
    run(place, USE_ALL, NUMBA_CACHE_DIR=str(cache))
    files = compiled_files(cache)
    assert len([p for p in files if p.suffix == ".nbc"]) == 3 * len(stdplus_ref.spec.NAMES)
    run(place, USE_ALL, NUMBA_CACHE_DIR=str(cache))
    assert compiled_files(cache) == files


def test_each_loop_has_cache_files_of_its_own(small, tmp_path) -> None:
    """And the last phase. Two processes filling one index file at once could swap functions."""
    cache = tmp_path / "cache"
    assert run(small, USE, NUMBA_CACHE_DIR=str(cache)) == EXPECTED
    indices = [p.name for p in compiled_files(cache) if p.suffix == ".nbi"]
    assert sorted(re.findall(r"loop_stdplus_float\d\d|settled_stdplus", " ".join(indices))) == [
        "loop_stdplus_float32",
        "loop_stdplus_float64",
        "settled_stdplus",
    ]
    assert len(indices) == 3


def test_read_only_package_uses_the_users_cache(sealed, tmp_path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert run(sealed, USE, HOME=str(home)) == EXPECTED
    if sys.platform == "linux":
        assert compiled_files(home)
    assert not compiled_files(sealed)


def test_no_place_for_a_cache(sealed, tmp_path) -> None:
    nowhere = {"HOME": "/dev/null", "NUMBA_CACHE_DIR": "/dev/null/x"}
    assert run(sealed, USE, **nowhere) == EXPECTED
    assert not compiled_files(tmp_path)


def test_works_where_users_switch_numbas_compiler_off(small) -> None:
    """For debugging functions of theirs: NUMBA_DISABLE_JIT makes `njit` do nothing."""
    assert run(small, USE, NUMBA_DISABLE_JIT="1") == EXPECTED


@pytest.mark.slow
def test_damaged_cache(small) -> None:
    assert run(small, USE) == EXPECTED
    files = compiled_files(small)
    assert files
    for suffix, damage in ((".nbc", b"garbage"), (".nbi", b"")):
        for path in files:
            if path.suffix == suffix:
                path.write_bytes(damage)
        assert run(small, USE) == EXPECTED


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Change every match, leaving size and time of the file as they were."""
    before, text = path.stat(), path.read_text()
    changed = re.sub(pattern, replacement, text)
    assert changed != text
    assert len(changed) == len(text)
    path.write_text(changed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_edited_constant_is_never_stale(small) -> None:
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    assert run(small, USE, **environment) == EXPECTED
    assert compiled_files(small)
    coefficients = small / PACKAGE.name / "source" / "coefficients.py"
    edit(coefficients, r"0x1\.[0-9a-e]", "0x1.f")
    edited = re.search(r'LN2_HI = _h\("(.*)"\)', coefficients.read_text())[1]
    assert run(small, USE, **environment) == (0.75 * float.fromhex(edited)).hex() != EXPECTED
