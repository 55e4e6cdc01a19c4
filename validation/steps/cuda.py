"""The GPU: what can be known of its code without one, and on a machine that has one its bits and
its speed. The bits are those of the NumPy ufuncs for all 2^32 float32 inputs, by the digests of
their results, and for 10^9 random float64 inputs a function and all hard cases. The speed is that
of arrays of 2^28 elements, against a copy of the array within the GPU, with PyTorch's functions
and stdplus-ext beside it where they are installed.

Without a GPU nothing is run. Then there are only the resources that ptxas reports, and the speed
that arithmetic and memory would allow at most (`validation/cuda/limits.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from validation.core import Cell, Claim, Context
from validation.cuda import gpu, limits, ptx
from validation.digests import SHARD_SIZE, SHARDS

NAME = "cuda"
TITLE = "GPU: resources and limits of its code; with a GPU its bits and its speed"
QUICK = False

TIMED = ("stdplus", "log_stdplus")
BAR = 0.9


def run(
    context: Context, shards: Sequence[int] = range(SHARDS), count: int = 10**9, size: int = 1 << 28
) -> Sequence[Claim]:
    """Claim what is known without a GPU, and what is found on one if there is one."""
    record = json.loads(ptx.DATA.read_text("utf-8"))
    reason = gpu.missing()
    claims = [_resources(context, record, reason)]
    _limits(context, record["kernels"])
    if reason:
        context.progress(f"nothing was run on a GPU: {reason}")
        return claims
    return [*claims, *on_gpu(context, shards, count, size)]


def on_gpu(context: Context, shards: Sequence[int], count: int, size: int) -> list[Claim]:
    """Bits and speed on this machine's GPU."""
    claims: list[Claim] = []
    for name, function in gpu.cuda_functions().items():
        claims += bits(context, name, function, shards, count)
    return [*claims, *_speed(context, size)]


def bits(
    context: Context, name: str, function: gpu.Function, shards: Sequence[int], count: int
) -> Iterator[Claim]:
    """Whether `function` has the bits of the NumPy ufunc `name`."""
    context.progress(f"{name}: {len(shards) * SHARD_SIZE} float32 inputs")
    differ = gpu.differing_shards(name, function, shards)
    detail = f"the first are {differ[:5]}" if differ else ""
    if differ:
        x = np.arange(SHARD_SIZE, dtype=np.uint32) + np.uint32(differ[0] * SHARD_SIZE)
        found = gpu.compare(name, function, x.view(np.float32))
        detail += f"; {found.witness}"
    yield Claim.of_library(
        f"{name} float32",
        f"{name} on the GPU has the bits of NumPy for all float32 inputs.",
        not differ,
        f"{len(differ)} of {len(shards)} shards of 2^24 inputs differ",
        detail,
    )
    context.progress(f"{name}: {count} float64 inputs")
    found = gpu.compare_float64(name, function, count)
    yield Claim.of_library(
        f"{name} float64",
        f"{name} on the GPU has the bits of NumPy in float64.",
        not found.differing,
        f"{found.differing} of {found.count} results differ",
        found.witness or "random inputs and all of data/hard_cases_float64.csv",
    )


def _speed(context: Context, size: int) -> Iterator[Claim]:
    context.progress(f"speed on {size} elements")
    ours = list(gpu.our_rates(size))
    rates = [*ours, *gpu.peer_rates(size)]
    rows = [(r.who, r.name, r.dtype, r.per_second / 1e9, r.of_copy) for r in rates]
    context.add_table(
        "cuda-speed",
        f"Measured on {size} elements, in 10^9 elements a second, and the ratio to a copy",
        ("who", "function", "type", "10^9/s", "ratio to copy"),
        rows,
    )
    for rate in ours:
        if rate.name in TIMED:
            yield Claim.of_library(
                f"speed {rate.name} {rate.dtype}",
                f"{rate.name} in {rate.dtype} runs at {BAR:.0%} of a copy's rate or more.",
                rate.of_copy >= BAR,
                f"{rate.of_copy:.1%} of a copy, {rate.per_second / 1e9:.1f}·10^9 a second",
            )


def _resources(context: Context, record: Mapping[str, Any], reason: str | None) -> Claim:
    """The table of registers and local memory, and the claim that float32 needs none of it."""
    kernels: Mapping[str, Any] = record["kernels"]
    capabilities = list(next(iter(kernels.values()))["ptxas"])
    rows: list[list[Cell]] = [
        [
            title,
            *(kernel["ptxas"][cc]["registers"] for cc in capabilities),
            max(found["stack"] for found in kernel["ptxas"].values()),
        ]
        for title, kernel in kernels.items()
    ]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    context.add_table(
        "cuda-registers",
        "Registers a thread by compute capability, and the most bytes of local memory a thread; "
        f"{versions}",
        ("kernel", *capabilities, "local memory"),
        rows,
    )
    wasted = [
        f"{title} on {cc}"
        for title, kernel in kernels.items()
        for cc, found in kernel["ptxas"].items()
        if ptx.excessive(title.split()[-1], found)
    ]
    detail = f"nothing was run on a GPU: {reason}" if reason else "with a GPU, see below"
    return Claim.of_library(
        "resources",
        "float32 kernels use no local memory, float64 kernels "
        f"{ptx.MOST_LOCAL} bytes a thread at most, for the last phase, as ptxas reports for "
        "capabilities 7.5 to 10.0.",
        not wasted,
        f"{len(wasted)} of {len(kernels) * len(capabilities)} kernels use more",
        "; ".join([*wasted, detail]),
    )


def _limits(context: Context, kernels: Mapping[str, Any]) -> None:
    context.add_table(
        "cuda-limits",
        "Computed, not measured: 10^9 elements a second that arithmetic and that memory allow at "
        "most, and the ratio; N float64 operations, I instructions where float32 comes first",
        limits.HEADER,
        limits.rows(kernels),
    )
