"""What needs a GPU: the bits of its results, and its speed."""

from __future__ import annotations

import hashlib
import os
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import stdplus_ref
from stdplus_ref import spec
from validation.digests import SHARD_SIZE, canonical, inputs, kept_digests

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[[Array], Array]
Functions = Mapping[str, Function]

HARD_CASES = Path(__file__).parents[1] / "data" / "hard_cases_float64.csv"

_BLOCK = 1 << 20  # numbers compared at a time
_ROUNDS = 15
_THREADS = min(16, os.cpu_count() or 1)


def missing() -> str | None:
    """Why nothing can run on a GPU here; None if it can."""
    if find_spec("numba_cuda") is None:
        return "numba-cuda is not installed"
    reason: str | None = import_module("stdplus_ref.cuda._runtime").missing()
    return reason


def cuda_functions() -> dict[str, Function]:
    """The six functions on the GPU."""
    module = import_module("stdplus_ref.cuda")
    return {name: getattr(module, name) for name in spec.NAMES}


# Bits


def shard_digest(function: Function, number: int) -> str:
    """The SHA-256 of the results for a shard of all float32 numbers."""
    sha = hashlib.sha256()
    first = number * SHARD_SIZE
    for start in range(first, first + SHARD_SIZE, _BLOCK):
        sha.update(canonical(function(inputs(start, _BLOCK))))
    return sha.hexdigest()


def differing_shards(name: str, function: Function, shards: Sequence[int]) -> list[int]:
    """The shards whose digest is not the one kept in the repository."""
    kept = kept_digests()[name]["shards"]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(partial(shard_digest, function), shards)
    return [number for number, digest in zip(shards, found, strict=True) if digest != kept[number]]


@dataclass(frozen=True)
class Comparison:
    """How many of `count` results differ in bits, and the first that does."""

    count: int
    differing: int = 0
    witness: str = ""

    def __add__(self, other: Comparison) -> Comparison:
        witness = self.witness or other.witness
        return Comparison(self.count + other.count, self.differing + other.differing, witness)


def compare(name: str, function: Function, x: Array) -> Comparison:
    """function(x) against the NumPy ufunc, bit for bit; any NaN is the same as any other."""
    got = function(x)
    with np.errstate(all="ignore"):
        want = getattr(stdplus_ref, name)(x)
    unsigned = {4: np.uint32, 8: np.uint64}[x.itemsize]
    same = (got.view(unsigned) == want.view(unsigned)) | (np.isnan(got) & np.isnan(want))
    wrong = np.flatnonzero(~same)
    if not wrong.size:
        return Comparison(x.size)
    first = wrong[0]
    input_, found, wanted = (float(values[first]).hex() for values in (x, got, want))
    witness = f"input {input_}, on the GPU {found}, NumPy {wanted}"
    return Comparison(x.size, int(wrong.size), witness)


def random_float64(name: str, seed: int, size: int = _BLOCK) -> Array:
    """Any bit patterns, numbers from N(0, 2²) and from [−45, 45), a third each."""
    rng = np.random.default_rng([spec.NAMES.index(name), seed])
    third = size // 3
    patterns = rng.integers(0, 2**64, size - 2 * third, np.uint64).view(np.float64)
    x = np.concatenate([patterns, rng.normal(0, 2, third), rng.uniform(-45, 45, third)])
    return np.abs(x) if name == "inv_stdplus" else x


def hard_float64(name: str) -> Array:
    """The inputs of validation/data/hard_cases_float64.csv."""
    lines = (line.split(",") for line in HARD_CASES.read_text("utf-8").splitlines())
    return np.array([float.fromhex(fields[1]) for fields in lines if fields[0] == name])


def compare_float64(name: str, function: Function, count: int) -> Comparison:
    """At least `count` random inputs and all hard cases."""

    def block(seed: int) -> Comparison:
        return compare(name, function, random_float64(name, seed))

    with ThreadPoolExecutor(_THREADS) as pool:
        found = sum(pool.map(block, range(-(-count // _BLOCK))), Comparison(0))
    return found + compare(name, function, hard_float64(name))


# Speed


@dataclass(frozen=True)
class Rate:
    """Elements a second, and the ratio to a copy of the same array: medians of paired runs."""

    who: str
    name: str
    dtype: str
    per_second: float
    of_copy: float


def _milliseconds(call: Callable[[], object], events: Callable[[], Any]) -> float:
    """Time of a call on the GPU's default stream."""
    start, end = events(), events()
    start.record()
    call()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end))


def _paired(
    call: Callable[[], object],
    copy: Callable[[], object],
    events: Callable[[], Any],
    rounds: int,
) -> tuple[float, float]:
    """Seconds of `call`, and its ratio to `copy`; both are run by turns."""
    for warm in (call, copy, call, copy):  # the first call compiles
        warm()
    pairs = [[_milliseconds(run, events) for run in (call, copy)] for _ in range(rounds)]
    seconds = statistics.median(a for a, _ in pairs) / 1e3
    return seconds, statistics.median(b / a for a, b in pairs)


def _tile(name: str, dtype: str) -> Array:
    """Numbers from N(0, 2²) to fill arrays with; for `inv_stdplus` their absolute values."""
    x = np.random.default_rng(28).normal(0, 2, 1 << 22).astype(dtype)
    return np.abs(x) if name == "inv_stdplus" else x


def our_rates(size: int, rounds: int = _ROUNDS) -> Iterable[Rate]:
    """The six functions in both types on arrays of `size`, against a device copy."""
    from numba import cuda

    functions: dict[str, Any] = dict(cuda_functions())
    for dtype in spec.DTYPES:
        x, y = (cuda.device_array(size, dtype) for _ in range(2))
        for name, function in functions.items():
            tile = _tile(name, dtype)
            for start in range(0, size, tile.size):
                part = x[start : start + tile.size]
                part.copy_to_device(tile[: part.size])
            times = _paired(
                partial(function, x, y), partial(y.copy_to_device, x), cuda.event, rounds
            )
            yield Rate("stdplus_ref", name, dtype, size / times[0], times[1])


def peer_rates(size: int, rounds: int = _ROUNDS) -> Iterable[Rate]:
    """What else is installed that PyTorch can run on the GPU, against PyTorch's copy."""
    if find_spec("torch") is None:
        return
    torch = import_module("torch")
    if not torch.cuda.is_available():
        return
    functions = {
        "torch.exp": torch.exp,
        "torch softplus": torch.nn.functional.softplus,
        "torch.log1p": torch.log1p,
    }
    if find_spec("stdplus_ext") is not None:
        peer = import_module("stdplus_ext")
        functions |= {
            f"stdplus-ext {name}": getattr(peer, name) for name in ("stdplus", "log_stdplus")
        }
    for dtype in spec.DTYPES:
        tile = torch.from_numpy(_tile("stdplus", dtype)).cuda()
        x = tile.repeat(-(-size // tile.numel()))[:size].contiguous()
        y = torch.empty_like(x)
        events = partial(torch.cuda.Event, enable_timing=True)
        for who, function in functions.items():
            times = _paired(partial(function, x), partial(y.copy_, x), events, rounds)
            yield Rate(who, who.rpartition(" ")[2], dtype, size / times[0], times[1])
