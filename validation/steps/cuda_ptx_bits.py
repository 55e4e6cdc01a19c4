"""The bits of the GPU code, found on the processor: each PTX instruction becomes the LLVM
instruction of the same meaning (`validation/ptx_machine.py`), and the kernels run on all 2^32
float32 inputs, whose results must have the kept digests, and on random float64 inputs and all hard
cases, where the results must be those of the NumPy ufuncs. The PTX is that of compute capability
8.6; the same code is made for 7.5 to 9.0. What this leaves to a GPU is that ptxas and the hardware
do what PTX says.

Needs numba-cuda and NVIDIA's compilers, no GPU: pip install numba-cuda nvidia-cuda-nvrtc
nvidia-cuda-nvcc.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from stdplus_ref import spec
from validation import cuda_gpu, cuda_ptx, ptx_machine
from validation.core import Claim, Context
from validation.digests import SHARD_SIZE, SHARDS

NAME = "cuda-ptx"
TITLE = "GPU code run on the processor: all 2^32 float32 inputs, random float64 inputs"
QUICK = False

_CAPABILITY = (8, 6)
_THREADS = 256
_PIECE = 1 << 24  # float64 inputs in a piece of work

Piece = tuple[str, str, int]


@cache
def function(name: str, dtype: str) -> cuda_gpu.Function:
    """The kernel as a function of contiguous arrays."""
    kernel = ptx_machine.load(cuda_ptx.kernel_assemblies(name, dtype)[_CAPABILITY])

    def evaluate(x: cuda_gpu.Array) -> cuda_gpu.Array:
        y = np.empty_like(x)
        blocks = -(-x.size // _THREADS)
        kernel(blocks, _THREADS, x.ctypes.data, y.ctypes.data, x.size)
        return y

    return evaluate


def examine(piece: Piece) -> cuda_gpu.Comparison:
    """One shard of float32 inputs, by its digest, or as many float64 inputs, one by one."""
    name, dtype, number = piece
    evaluate = function(name, dtype)
    if dtype == "float64":
        x = cuda_gpu.random_float64(name, number, _PIECE)
        return cuda_gpu.compare(name, evaluate, x)
    wrong = cuda_gpu.differing_shards(name, evaluate, [number])
    witness = f"shard {number} has another digest" if wrong else ""
    return cuda_gpu.Comparison(SHARD_SIZE, len(wrong), witness)


def run(
    context: Context, shards: Sequence[int] = range(SHARDS), pieces: int = 6
) -> Sequence[Claim]:
    """Judge the PTX of all kernels; `pieces` of 2^24 float64 inputs a function."""
    claims = []
    for name in spec.NAMES:
        work: list[Piece] = [(name, "float32", number) for number in shards]
        found = context.map(examine, work, f"{name} float32")
        claims.append(_claim(name, "float32", sum(found, cuda_gpu.Comparison(0))))
        work = [(name, "float64", number) for number in range(pieces)]
        found = context.map(examine, work, f"{name} float64")
        hard = cuda_gpu.compare(name, function(name, "float64"), cuda_gpu.hard_float64(name))
        claims.append(_claim(name, "float64", sum(found, hard)))
    return claims


def _claim(name: str, dtype: str, found: cuda_gpu.Comparison) -> Claim:
    what = "shards" if dtype == "float32" else "results"
    return Claim.of_library(
        f"{name} {dtype}",
        f"The PTX of {name}, {dtype}, computes the bits of NumPy.",
        not found.differing,
        f"{found.differing} {what} differ, of {found.count} inputs",
        found.witness,
    )
