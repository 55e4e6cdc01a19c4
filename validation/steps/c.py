"""The C header on all 2^32 float32 arguments and on 10^9 float64 arguments of each function.

Both forms of the first compiler found (gcc, then clang): single calls, which branch, and a plain
loop over the functions without branches. The SHA-256 of all float32 results are those kept in the
repository, which were judged against the truth; float64 results have the bits of the ufuncs. Then
the time of both forms by every compiler beside the ufunc and the scalar functions for numba.

Finished pieces are kept in the folder that is printed, and not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

import stdplus_ref.kernels
from stdplus_ref import exact
from validation import c_code, digests, library, resume
from validation.core import Cell, Claim, Context
from validation.steps.speed import ordinary
from validation.timing import paired

NAME = c_code.STEP
TITLE = "C: all 2^32 float32 inputs by their digests, 10^9 float64 inputs, and speed"
QUICK = False

_SIZE, _ROUNDS = 100_000, 21


def run(
    context: Context,
    shards: Sequence[int] = range(digests.SHARDS),
    size: int = _SIZE,
    rounds: int = _ROUNDS,
) -> Sequence[Claim]:
    """Digest and compare, of all shards by default, and measure unless `rounds` is 0."""
    found = c_code.compilers()
    if not found:
        raise RuntimeError(f"no C compiler: none of {', '.join(c_code.COMPILERS)} is in the path")
    folder = c_code.cache_folder()
    builds = [c_code.Build(compiler, form) for compiler in found for form in c_code.FORMS]
    made = {build: build.compile(folder) for build in builds}
    if rounds:
        _speed(context, made, size, rounds)
    claims = []
    for build in builds:
        if build.compiler != found[0]:
            continue
        for name in exact.NAMES:
            claims.append(_digests(context, folder, build, made[build], name, shards))
            claims.append(_same_bits(context, folder, build, made[build], name))
    return claims


def _digests(
    context: Context, folder: Path, build: c_code.Build, shared: Path, name: str,
    shards: Sequence[int],
) -> Claim:  # fmt: skip
    pieces = [c_code.Shard(shared, name, number) for number in shards]
    label = f"{build.title} {name} float32"
    records = resume.finish(context, c_code.digest, pieces, folder, label)
    kept = digests.kept_digests()[name]["shards"]
    differ = [
        number
        for number, record in zip(shards, records, strict=True)
        if record["sha256"] != kept[number]
    ]
    whole = len(pieces) == digests.SHARDS
    return Claim.of_library(
        f"{name} float32, {build.title}",
        f"{name}f in C, {build.title}: the digests of all results are those in the repository.",
        not differ,
        f"SHA-256 {digests.function_digest([r['sha256'] for r in records])}" if whole else
        "not all shards",
        f"other digests: shards {differ[:8]}" if differ else
        f"{len(pieces)} shards agree; {build.version()}, {' '.join(c_code.FORMS[build.form])}",
    )  # fmt: skip


def _same_bits(
    context: Context, folder: Path, build: c_code.Build, shared: Path, name: str
) -> Claim:
    pieces = c_code.samples(context, shared, name)
    label = f"{build.title} {name} float64"
    records = resume.finish(context, c_code.compare, pieces, folder, label)
    wrong = sum(record["wrong"] for record in records)
    count = sum(record["count"] for record in records)
    witness = next((record["witness"] for record in records if record["wrong"]), None)
    return Claim.of_library(
        f"{name} float64, {build.title}",
        f"{name} in C, {build.title}: every float64 result has the bits of the ufunc's.",
        not wrong,
        f"{wrong} of {count} results differ",
        "input {}, C {}, ufunc {}".format(*witness) if witness else
        "half of the inputs any bits, half of them ordinary numbers",
    )  # fmt: skip


def _speed(context: Context, made: dict[c_code.Build, Path], size: int, rounds: int) -> None:
    rows: list[list[Cell]] = []
    for name, ufunc in library.functions().items():
        for dtype in (np.float32, np.float64):
            context.progress(f"time of {name} {dtype.__name__}")
            x = ordinary(name, dtype, context.rng, size)
            out = np.empty_like(x)

            def reference(ufunc: Any = ufunc, x: Any = x, out: Any = out) -> object:
                return ufunc(x, out)

            times = [paired(_call(shared, name, x), reference, rounds) for shared in made.values()]
            kernel = _in_numba(name)
            times.append(paired(lambda f=kernel, x=x, y=out: f(x, y), reference, rounds))  # type: ignore[misc]
            alone = paired(reference, reference, rounds)
            rows.append(
                [name, dtype.__name__, alone.seconds / size * 1e9, *(t.ratio for t in times)]
            )
    context.add_table(
        NAME,
        f"Time of C on {size} numbers from N(0, 2²) (their absolute values for inv_stdplus), as a "
        "ratio to the ufunc in the same run: single calls, which branch, and a plain loop over the "
        f"functions without branches; and a loop over the functions for numba. "
        f"{'; '.join(dict.fromkeys(build.version() for build in made))}",
        (
            *("function", "type", "ufunc, ns/element"),
            *(f"{build.title}, × ufunc" for build in made),
            "kernels in @njit, × ufunc",
        ),
        rows,
    )


def _call(shared: Path, name: str, x: Any) -> Callable[[], object]:
    out = np.empty_like(x)
    return lambda: c_code.apply(shared, name, x, out)


def _in_numba(name: str) -> Any:
    function = getattr(stdplus_ref.kernels, name)

    def loop(x: Any, y: Any) -> None:
        for i in range(x.size):
            y[i] = function(x[i])

    return njit(error_model="numpy")(loop)
