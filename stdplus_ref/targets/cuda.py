"""The six functions for CUDA: the same kernels as device functions of numba-cuda.

All decorator policy for the GPU is here. `numba.vectorize(target="cuda")` is not used: it takes no
strided arrays of more than one axis, returns its own kind of array whatever it is given, and
copies host arrays whole; and its code could not be inspected without a GPU.

Contraction: NVVM and ptxas turn a product that feeds a sum into an fma unless the product says
that it is rounded on its own (`mul.rn.f64`). `mul` does here. Bare products in the kernels are
exact or feed no sum (`tests/test_cuda_ptx.py`).
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import importlib
from functools import cache, partial
from types import ModuleType
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import cuda, types
from numba.extending import intrinsic

from stdplus_ref.kernels._ops import horner2_scheme, unpacked
from stdplus_ref.targets import _grid
from stdplus_ref.targets.binding import Linker

THREADS: Final = 256
"""Threads in a block: a divisor of what a multiprocessor holds at every register count."""


def _product(builder: Any, a: Any, b: Any) -> Any:
    """a·b with a rounding of its own, float64 or float32."""
    name = "llvm.nvvm.mul.rn.d" if a.type == ir.DoubleType() else "llvm.nvvm.mul.rn.f"
    function = ir.FunctionType(a.type, [a.type, a.type])
    rounded = builder.module.declare_intrinsic(name, (), function)
    return builder.call(rounded, [a, b])


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """`kernels._ops.mul` as `mul.rn.f64` or `mul.rn.f32`."""
    return a(a, a), lambda context, builder, sig, args: _product(builder, *args)


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """`kernels._ops.horner2`; its square is one that the kernels compute with `mul`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return horner2_scheme(args[0], terms, builder.fma, partial(_product, builder))

    return x(x, coefficients), codegen


inlined: Final = partial(cuda.jit, device=True, inline="always")
"""For all code on the GPU. Inlined by numba, so that kernels compile without a GPU."""

OPERATIONS: Final = {"mul": mul, "horner2": horner2}
"""What the kernels' operations are on CUDA, where they are not those of `kernels._ops`."""

link: Final = Linker(inlined, OPERATIONS)
"""Gives the device function for a kernel function."""

_TYPES: Final[dict[np.dtype[Any], tuple[str, Any]]] = {
    np.dtype(np.float32): ("f32", types.float32),
    np.dtype(np.float64): ("f64", types.float64),
}
_PARTS: Final = ("core", "full", "in_core", "certain")


def _kernel(name: str) -> ModuleType:
    return importlib.import_module(f"stdplus_ref.kernels.source.{name}")


def _bound(name: str, dtype: np.dtype[Any]) -> dict[str, Any]:
    """What the templates' names stand for."""
    suffix, real = _TYPES[dtype]
    parts = {part: link(getattr(_kernel(name), f"{part}_{suffix}")) for part in _PARTS}
    return {**parts, "REAL": real}


@cache
def lane(name: str, dtype: np.dtype[Any]) -> Any:
    """The device function dtype -> dtype."""
    return Linker(inlined, _bound(name, dtype))(_grid.lane)
