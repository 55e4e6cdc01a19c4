"""The bits of the GPU code, found on the processor: each PTX instruction becomes the LLVM
instruction of the same meaning (`validation/cuda/ptx_machine.py`), and the kernels run on all 2^32
float32 inputs, whose results must have the kept digests, and on random float64 inputs and all hard
cases, where the results must be those of the NumPy ufuncs. The PTX is that of compute capability
8.6, where float32 arguments go through float32 arithmetic first, and in float32 also that of 9.0,
where they do not. What this leaves to a GPU is that ptxas and the hardware do what PTX says.

Needs numba-cuda and NVIDIA's compilers, no GPU: pip install numba-cuda nvidia-cuda-nvrtc
nvidia-cuda-nvcc.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from stdplus_ref import spec
from validation.core import Claim, Context
from validation.cuda import gpu, ptx, ptx_machine
from validation.digests import SHARD_SIZE, SHARDS

NAME = "cuda-ptx"
TITLE = "GPU code run on the processor: all 2^32 float32 inputs, random float64 inputs"
QUICK = False

_CAPABILITIES = {"float32": ((8, 6), (9, 0)), "float64": ((8, 6),)}
_THREADS = 256
_PIECE = 1 << 24  # float64 inputs in a piece of work

Piece = tuple[str, str, ptx.Capability, int]


@cache
def function(name: str, dtype: str, capability: ptx.Capability) -> gpu.Function:
    """The kernel as a function of contiguous arrays."""
    kernel = ptx_machine.load(ptx.kernel_assemblies(name, dtype)[capability])

    def evaluate(x: gpu.Array) -> gpu.Array:
        y = np.empty_like(x)
        blocks = -(-x.size // _THREADS)
        kernel(blocks, _THREADS, x.ctypes.data, y.ctypes.data, x.size)
        return y

    return evaluate


def examine(piece: Piece) -> gpu.Comparison:
    """One shard of float32 inputs, by its digest, or as many float64 inputs, one by one."""
    name, dtype, capability, number = piece
    evaluate = function(name, dtype, capability)
    if dtype == "float64":
        x = gpu.random_float64(name, number, _PIECE)
        return gpu.compare(name, evaluate, x)
    wrong = gpu.differing_shards(name, evaluate, [number])
    witness = f"shard {number} has another digest" if wrong else ""
    return gpu.Comparison(SHARD_SIZE, len(wrong), witness)


def run(
    context: Context, shards: Sequence[int] = range(SHARDS), pieces: int = 6
) -> Sequence[Claim]:
    """Judge the PTX of all kernels; `pieces` of 2^24 float64 inputs a function."""
    claims = [_contraction()]
    for name in spec.NAMES:
        for dtype, capabilities in _CAPABILITIES.items():
            for cc in capabilities:
                numbers = shards if dtype == "float32" else range(pieces)
                work: list[Piece] = [(name, dtype, cc, number) for number in numbers]
                found = context.map(examine, work, f"{name} {dtype} {cc}")
                hard = gpu.Comparison(0)
                if dtype == "float64":
                    x = gpu.hard_float64(name)
                    hard = gpu.compare(name, function(name, dtype, cc), x)
                claims.append(_claim(name, dtype, cc, sum(found, hard)))
    return claims


def _claim(name: str, dtype: str, capability: ptx.Capability, found: gpu.Comparison) -> Claim:
    what = "shards" if dtype == "float32" else "results"
    title = f"{name} {dtype} {ptx.capability_name(capability)}"
    return Claim.of_library(
        title,
        f"The PTX of {title} computes the bits of NumPy.",
        not found.differing,
        f"{found.differing} {what} differ, of {found.count} inputs",
        found.witness,
    )


def _contraction() -> Claim:
    kernels = [(name, dtype) for name in spec.NAMES for dtype in spec.DTYPES]
    found = [
        f"{name} {dtype} {ptx.capability_name(cc)}"
        for name, dtype in kernels
        for cc, text in ptx.kernel_assemblies(name, dtype).items()
        if ptx.contracted(text, cc)
    ]
    return Claim.of_library(
        "contraction",
        "ptxas joins no product with a sum: the machine code is the same with and without --fmad.",
        not found,
        f"{len(found)} of {len(kernels) * len(ptx.CAPABILITIES)} kernels differ",
        "; ".join(found),
    )
