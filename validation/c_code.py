"""The C header compiled, and its functions called on arrays: for the step `c`.

Two builds of a compiler: `branches`, the twelve functions as they are, called one number at a time,
and `loop`, without branches, in loops that the compiler vectorises: for float plain loops, for
double the functions on arrays (docs/c.md).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref import c, exact
from validation import digests, library, resume
from validation.core import Context

Array = np.ndarray[Any, np.dtype[Any]]

STEP = "c"
COUNT_VARIABLE = "STDPLUS_REF_C_COUNT"
"""Environment variable: float64 arguments per function (default DEFAULT_COUNT)."""
DEFAULT_COUNT = 10**9
PIECE_SIZE = 1 << 22

COMPILERS = ("gcc", "clang")
FORMS = {
    "branches": ("-O2", "-march=native"),
    "loop": (
        *("-O3", "-march=native", "-fno-trapping-math", "-fno-math-errno"),
        "-DSTDPLUS_BRANCHLESS",
    ),
}
HEADER = Path(c.get_include()) / "stdplus.h"

_BLOCK = 1 << 16  # numbers a call: they stay in the cache
_HEAD = '#include "stdplus.h"\n'
_FUNCTION = """
void {name}_{real}(const {real} *restrict x, {real} *restrict y, long n)
{{
    for (long i = 0; i < n; i++) {{
        y[i] = {call}(x[i]);
    }}
}}
"""
_ARRAY = """
void {name}_{real}(const {real} *x, {real} *y, long n)
{{
    {call}_array((size_t)n, x, y);
}}
"""
_APART = "static __attribute__((noinline)) {real} call_{f}({real} x)\n{{\n    return {f}(x);\n}}\n"


def source(form: str) -> str:
    """A C file with a function from array to array for each of the twelve."""
    text = _HEAD
    for name in exact.NAMES:
        for real, f in (("double", name), ("float", f"{name}f")):
            if form == "branches":
                text += _APART.format(real=real, f=f)
            call = f"call_{f}" if form == "branches" else f
            template = _ARRAY if form == "loop" and real == "double" else _FUNCTION
            text += template.format(name=name, real=real, call=call)
    return text


@dataclass(frozen=True)
class Build:
    """A compiler and a form."""

    compiler: str
    form: str

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.compiler} {self.form}"

    def version(self) -> str:
        """The compiler's first line about itself."""
        return self._run("--version").partition("\n")[0]

    def compile(self, folder: Path) -> Path:
        """The shared library, made unless it is there already.

        Its name depends on the program without comments, the compiler and its options.
        """
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.form}.c"
        file.write_text(source(self.form), encoding="utf-8")
        options = ("-shared", "-fPIC", *FORMS[self.form], f"-I{HEADER.parent}", str(file))
        bare = self._run(*options, "-E", "-P")
        parts = (bare, self.version(), *FORMS[self.form])
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        made = folder / f"{self.compiler}-{self.form}-{digest}.so"
        if not made.exists():
            part = made.with_suffix(f".{os.getpid()}.part")
            self._run(*options, "-o", str(part), "-lm")
            part.replace(made)
        return made

    def _run(self, *options: str) -> str:
        """What the compiler prints."""
        command = [self.compiler, *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def compilers() -> list[str]:
    """Those of COMPILERS that are on this machine."""
    return [name for name in COMPILERS if shutil.which(name)]


@cache
def _loaded(path: str) -> ctypes.CDLL:
    return ctypes.CDLL(path)


def apply(shared: Path, name: str, x: Array, out: Array | None = None) -> Array:
    """The results of a function of a library for float32 or float64 numbers, side by side."""
    y = np.empty_like(x) if out is None else out
    real = "float" if x.dtype == np.float32 else "double"
    function = getattr(_loaded(str(shared)), f"{name}_{real}")
    for start in range(0, x.size, _BLOCK):
        part = x[start : start + _BLOCK], y[start : start + _BLOCK]
        pointers = (ctypes.c_void_p(array.ctypes.data) for array in part)
        function(*pointers, ctypes.c_long(part[0].size))
    return y


@dataclass(frozen=True)
class Shard:
    """2^24 float32 arguments of a function, as in `digests`."""

    shared: Path
    name: str
    number: int

    @property
    def key(self) -> str:
        """File name of its record."""
        return f"{self.shared.stem}-{self.name}-{self.number:03d}"


def digest(shard: Shard) -> resume.Record:
    """The SHA-256 of C's results."""
    sha = hashlib.sha256()
    first = shard.number * digests.SHARD_SIZE
    for start in range(first, first + digests.SHARD_SIZE, 1 << 20):
        sha.update(
            digests.canonical(apply(shard.shared, shard.name, digests.inputs(start, 1 << 20)))
        )
    return {"sha256": sha.hexdigest()}


@dataclass(frozen=True)
class Sample:
    """Seeded float64 arguments of a function."""

    shared: Path
    name: str
    number: int
    seed: int

    @property
    def key(self) -> str:
        """File name of its record."""
        return f"{self.shared.stem}-{self.name}-float64-{self.number:05d}-{self.seed}"

    def arguments(self) -> Array:
        """Half of them any bits, the rest ordinary numbers."""
        rng = np.random.default_rng([self.seed, self.number, exact.NAMES.index(self.name)])
        x = rng.integers(0, 2**64, PIECE_SIZE, np.uint64).view(np.float64)
        ordinary = PIECE_SIZE // 4
        x[:ordinary] = rng.normal(0, 2, ordinary)
        x[ordinary : 2 * ordinary] = rng.uniform(-45, 45, ordinary)
        if self.name == "inv_stdplus":
            np.abs(x, out=x)
        return x


def compare(sample: Sample) -> resume.Record:
    """How many of C's results differ from the ufunc's, and the first of them."""
    x = sample.arguments()
    with np.errstate(all="ignore"):
        want = np.asarray(library.functions()[sample.name](x))
    got = apply(sample.shared, sample.name, x)
    same = (got.view(np.uint64) == want.view(np.uint64)) | (np.isnan(got) & np.isnan(want))
    wrong = np.flatnonzero(~same)
    witness = [float(v[wrong[0]]).hex() for v in (x, got, want)] if wrong.size else []
    return {"count": x.size, "wrong": int(wrong.size), "witness": witness}


def cache_folder() -> Path:
    """Where libraries and the records of finished pieces are kept."""
    return resume.cache_folder(STEP, [Path(__file__)])


def samples(context: Context, shared: Path, name: str) -> list[Sample]:
    """The pieces of a function in float64."""
    count = int(os.environ.get(COUNT_VARIABLE, DEFAULT_COUNT))
    return [Sample(shared, name, i, context.seed) for i in range(-(-count // PIECE_SIZE))]
