"""The functions in float32 arithmetic (`cuda.float32`), which GPUs with few float64 units try
first: the source compiled for the processor, and run on all 2^32 arguments.

Where it says that its pair decides the rounding, the result must be that of the NumPy ufunc, which
is correctly rounded; results put together so must have the kept digests. The error of the pairs is
taken against the float64 ufunc, whose own is 2^-52 at most; `decided` allows 2^-39.01.
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref._intrinsics import OPERATIONS, select
from stdplus_ref.cuda.float32 import PAIRS
from stdplus_ref.cuda.float32.intrinsics import OPERATIONS as FLOAT32_OPERATIONS
from stdplus_ref.cuda.float32.pairs import decided
from stdplus_ref.source.linker import Linker
from validation.core import Claim, Context
from validation.digests import SHARD_SIZE, SHARDS, canonical, inputs, kept_digests

NAME = "cuda-float32"
TITLE = "float32 arithmetic of the GPU code: all 2^32 inputs, its error, what it leaves open"
QUICK = False

ALLOWED = 2.0**-39.01
"""The relative error of a pair below which `decided` is right."""

_BLOCK = 1 << 18

Array = np.ndarray[Any, np.dtype[Any]]
Piece = tuple[str, int]
Pairs = Callable[[Array], tuple[Array, Array]]


@cache
def pairs(name: str) -> Pairs:
    """x -> (result, NaN where it is not decided; hi + lo scaled, NaN where it is not looked at)."""
    compiled = numba.njit(error_model="numpy", forceinline=True)
    link = Linker(compiled, {**OPERATIONS, **FLOAT32_OPERATIONS})
    holds, pair, decide = link(PAIRS[name].holds), link(PAIRS[name].value), link(decided)
    nan, none = np.float32(np.nan), np.nan

    @compiled
    def run(x: Array, y: Array, wide: Array) -> None:
        for i in range(x.size):
            hi, lo, scale = pair(x[i])
            inside = holds(x[i])
            y[i] = select(inside & decide(hi, lo), hi * scale, nan)
            whole = (np.float64(hi) + np.float64(lo)) * np.float64(scale)
            wide[i] = select(inside, whole, none)

    def evaluate(x: Array) -> tuple[Array, Array]:
        y, wide = np.empty_like(x), np.empty(x.size)
        run(x, y, wide)
        return y, wide

    return evaluate


@dataclass(frozen=True)
class Findings:
    """What pairs do on some inputs."""

    inputs: int = 0
    open: int = 0  # not decided
    wrong: int = 0  # decided, and not the ufunc's result
    other_digests: int = 0
    error: float = 0.0
    at: float = 0.0

    def __add__(self, other: Findings) -> Findings:
        worst = max(self, other, key=lambda found: found.error)
        return Findings(
            self.inputs + other.inputs,
            self.open + other.open,
            self.wrong + other.wrong,
            self.other_digests + other.other_digests,
            worst.error,
            worst.at,
        )


def judge(name: str, x: Array, evaluate: Pairs) -> tuple[Findings, Array]:
    """The findings on x, and the results put together of decided ones and the ufunc's."""
    ufunc = getattr(stdplus_ref, name)
    y, wide = evaluate(x)
    decided, some = ~np.isnan(y), np.flatnonzero(~np.isnan(wide))
    with np.errstate(all="ignore"):
        right = ufunc(x)
        wrong = decided & (y.view(np.uint32) != right.view(np.uint32))
        true = ufunc(x[some].astype(np.float64))
        error = np.where(true == wide[some], 0.0, np.abs(wide[some] / true - 1))
    worst = int(np.argmax(error)) if some.size else 0
    found = Findings(
        some.size,
        int(some.size - np.count_nonzero(decided)),
        int(np.count_nonzero(wrong)),
        0,
        float(error[worst]) if some.size else 0.0,
        float(x[some[worst]]) if some.size else 0.0,
    )
    return found, np.where(decided, y, right)


def examine(piece: Piece) -> Findings:
    """One shard of all float32 numbers."""
    name, number = piece
    sha, found = hashlib.sha256(), Findings()
    for start in range(number * SHARD_SIZE, (number + 1) * SHARD_SIZE, _BLOCK):
        more, results = judge(name, inputs(start, _BLOCK), pairs(name))
        found += more
        sha.update(canonical(results))
    differs = sha.hexdigest() != kept_digests()[name]["shards"][number]
    return found + Findings(other_digests=int(differs))


def run(context: Context, shards: Sequence[int] = range(SHARDS)) -> Sequence[Claim]:
    """Judge the pairs of all functions."""
    claims, rows = [], []
    for name in spec.NAMES:
        work = [(name, number) for number in shards]
        found = sum(context.map(examine, work, name), Findings())
        x = normal(name)
        usual, _ = judge(name, x, pairs(name))
        rows.append(
            (
                name,
                found.inputs,
                f"2^{np.log2(found.error):.2f}",
                found.at.hex(),
                (x.size - usual.inputs + usual.open) / x.size,
            )
        )
        claims += [_right(name, found, len(work)), _near(name, found)]
    context.add_table(
        NAME,
        "Where the pairs are made for, their largest relative error there (observed), and how much "
        "of N(0, 2²) they leave to float64",
        ("function", "inputs", "largest error", "at", "left of N(0, 2²)"),
        rows,
    )
    return claims


def normal(name: str, count: int = 1 << 22) -> Array:
    """Numbers from N(0, 2²), for `inv_stdplus` their absolute values."""
    x = np.random.default_rng(42).normal(0, 2, count).astype(np.float32)
    return np.abs(x) if name == "inv_stdplus" else x


def _right(name: str, found: Findings, shards: int) -> Claim:
    return Claim.of_library(
        f"{name} decided",
        f"What pairs of float32 decide of {name} has the bits of the ufunc.",
        not found.wrong and not found.other_digests,
        f"{found.wrong} of {found.inputs - found.open} decided results differ",
        f"{found.other_digests} of {shards} digests differ; {found.open} left open",
    )


def _near(name: str, found: Findings) -> Claim:
    return Claim.of_library(
        f"{name} error",
        f"The pairs of {name} err by at most half of what their rounding test allows.",
        found.error <= ALLOWED / 2,
        f"largest relative error 2^{np.log2(found.error):.2f}",
        f"at {found.at.hex()}, {found.inputs} inputs",
    )
