"""Compilers of this machine, the driver they compile, and the arguments it is given."""

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import c, conformance, spec
from validation import hard_cases
from validation.seams import SEAMS

DRIVER = Path(__file__).with_name("driver.c")
HEADER = Path(c.get_include()) / "stdplus.h"
LANGUAGES = {
    "gcc": ("-std=c99",),
    "g++": ("-x", "c++", "-std=c++17"),
    "clang": ("-std=c99",),
    "clang++": ("-x", "c++", "-std=c++17"),
}
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic")
VECTORS = ("-O3", "-march=native", "-fno-trapping-math", "-fno-math-errno", "-DSTDPLUS_BRANCHLESS")
"""What docs/c.md says for loops."""

Array = np.ndarray[Any, np.dtype[Any]]


def compiler(name: str) -> str:
    """The path of a compiler, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name} on this machine")
    return path


def needs_fma() -> None:
    """Skip unless the processor has the instructions of -mfma."""
    information = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not information.exists():
        pytest.skip("options of x86-64 under Linux")
    if " fma " not in information.read_text():
        pytest.skip("a processor without fma")


def compiled(
    name: str, options: Sequence[str], source: Path = DRIVER, header: Path = HEADER
) -> subprocess.CompletedProcess[str]:
    """Run a compiler on a source, with the header in its path."""
    command = [compiler(name), *LANGUAGES[name], *WARNINGS, f"-I{header.parent}", str(source)]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def build(
    folder: Path, name: str, options: Sequence[str], source: Path = DRIVER, header: Path = HEADER
) -> Path:
    """The program that a compiler makes of the driver, without a warning."""
    program = folder / "program"
    done = compiled(name, [*options, "-o", str(program), "-lm"], source, header)
    assert done.returncode == 0, done.stderr
    assert not done.stderr or "-Wno-error" in options, done.stderr
    return program


def run(program: Path, function: str, mode: str, x: Array) -> Array:
    """What the driver writes for the numbers x."""
    name = function + ("f" if x.dtype == np.float32 else "")
    done = subprocess.run([program, name, mode], input=x.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8 if mode == "flags" else x.dtype)


def bits(x: Array) -> Array:
    """Bits, those of every NaN the same."""
    kind = {4: np.uint32, 8: np.uint64}[x.dtype.itemsize]
    return np.where(np.isnan(x), x.dtype.type(np.nan), x).view(kind)


def difference(x: Array, got: Array, want: Array) -> str:
    """Empty, or the first argument whose results differ, in hexadecimal."""
    assert got.shape == want.shape
    found = np.flatnonzero(bits(got) != bits(want))
    if not found.size:
        return ""
    where = found[0]
    shown = (float(v[where]).hex() for v in (x, got, want))
    return "{} differ; of {}: {}, ufunc {}".format(found.size, *shown)


@functools.cache
def arguments(name: str, dtype: type[np.floating[Any]], count: int = 5_000) -> Array:
    """Seams and ends with their neighbours, vectors, hard cases, and seeded random numbers.

    And numbers of few bits: −(x² + 1)/2 then is half-way between two float32 numbers, or −x²/2 is
    and the ½ is far below.
    """
    rng = np.random.default_rng(7)
    top = float(np.finfo(dtype).max)
    points = [0.0, 1.0, 0.5, np.inf, np.nan, top, float(np.finfo(dtype).tiny), *SEAMS[name]]
    with np.errstate(over="ignore"):
        marks = np.array([*points, *(-p for p in points)]).astype(dtype)
        cases = [case.input for case in hard_cases.read() if case.function == name]
        hard = np.array([float.fromhex(case) for case in cases]).astype(dtype)
    integer = {4: np.int32, 8: np.int64}[marks.dtype.itemsize]
    beside = [(marks[np.isfinite(marks)].view(integer) + i).view(dtype) for i in range(-8, 9)]
    vectors = conformance.load(name, np.dtype(dtype).name).inputs
    whole = rng.integers(0, 256, count * marks.dtype.itemsize, np.uint8).view(dtype)
    ordinary = [rng.normal(0, 2, count), rng.uniform(-45, 45, count), rng.uniform(0, 2, count)]
    few = -np.arange(7 << 8, 64 << 8, 3) / 2**8
    large = -(1 + np.arange(1, 400, 2) / 2**12) * 2.0**44
    everything = [few, large, marks, *beside, hard, vectors.view(dtype), whole, *ordinary]
    x = np.concatenate([part.astype(dtype) for part in everything])
    x[np.isnan(x)] = np.nan  # quiet ones
    x.flags.writeable = False
    return x


@functools.cache
def wanted(name: str, dtype: type[np.floating[Any]]) -> Array:
    """The ufunc's results for `arguments`."""
    with np.errstate(all="ignore"):
        return np.asarray(getattr(stdplus_ref, name)(arguments(name, dtype)))


def all_differences(program: Path, modes: Sequence[str], step: int = 1) -> dict[str, str]:
    """By function and type: where the driver's bits are not the ufunc's."""
    found = {}
    for name in spec.NAMES:
        for dtype in (np.float32, np.float64):
            x = arguments(name, dtype)[::step]
            want = wanted(name, dtype)[::step]
            for mode in modes:
                said = difference(x, run(program, name, mode, x), want)
                if said:
                    found[f"{name} {dtype.__name__} {mode}"] = said
    return found
