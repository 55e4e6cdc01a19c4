"""The operations of the source for CUDA, and how its functions are compiled.

All decorator policy for the GPU is here. `numba.vectorize(target="cuda")` is not used: it takes no
strided arrays of more than one axis, returns its own kind of array whatever it is given, and
copies host arrays whole; and its code could not be inspected without a GPU.

Contraction: NVVM and ptxas turn a product that feeds a sum into an fma unless the product says
that it is rounded on its own (`mul.rn.f64`). `mul` does here. Bare products in the source are
exact or feed no sum (`tests/cuda/test_cuda_ptx.py`).
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from llvmlite import ir
from numba import cuda
from numba.extending import intrinsic

from stdplus_ref import _intrinsics
from stdplus_ref._intrinsics import unpacked
from stdplus_ref.cuda.float32.intrinsics import OPERATIONS as FLOAT32_OPERATIONS
from stdplus_ref.source import operations
from stdplus_ref.source.linker import Linker
from stdplus_ref.source.operations import horner2_scheme


def _product(builder: Any, a: Any, b: Any) -> Any:
    """a·b with a rounding of its own, float64 or float32."""
    name = "llvm.nvvm.mul.rn.d" if a.type == ir.DoubleType() else "llvm.nvvm.mul.rn.f"
    function = ir.FunctionType(a.type, [a.type, a.type])
    rounded = builder.module.declare_intrinsic(name, (), function)
    return builder.call(rounded, [a, b])


@intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """`operations.mul` as `mul.rn.f64` or `mul.rn.f32`."""
    return a(a, a), lambda context, builder, sig, args: _product(builder, *args)


@intrinsic
def horner2(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """`operations.horner2`; its square is computed with `mul`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        terms = unpacked(builder, args[1], sig)
        return horner2_scheme(args[0], terms, builder.fma, partial(_product, builder))

    return x(x, coefficients), codegen


inlined: Final = partial(cuda.jit, device=True, inline="always")
"""For all code on the GPU. Inlined by numba, so that kernels compile without a GPU."""

OPERATIONS: Final[Mapping[Callable[..., Any], Any]] = {
    **_intrinsics.OPERATIONS,
    **FLOAT32_OPERATIONS,
    operations.mul: mul,
    operations.horner2: horner2,
}
"""What stands for each operation of the source."""

link: Final = Linker(inlined, OPERATIONS)
"""Gives the device function for a function of the source."""
