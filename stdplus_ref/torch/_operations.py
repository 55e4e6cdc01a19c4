"""The operations of `stdplus_ref.arrays` on tensors."""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

import torch
from torch import Tensor

from stdplus_ref.arrays.precision import DOUBLE, SINGLE, Precision

Operand: TypeAlias = Tensor | float


@dataclass(frozen=True)
class Operations:
    """`stdplus_ref.arrays.ops.Ops` for tensors of one type, by operations on their bits."""

    precision: Precision
    dtype: torch.dtype
    integer: torch.dtype
    fraction_bits: int
    sqrt_half_bits: int

    def where(self, condition: Tensor, a: Operand, b: Operand) -> Tensor:
        """Elementwise a if condition else b."""
        return torch.where(condition, a, b)

    def abs(self, x: Tensor) -> Tensor:
        """|x|."""
        return torch.abs(x)

    def sqrt(self, x: Tensor) -> Tensor:
        """√x."""
        return torch.sqrt(x)

    def round(self, x: Tensor) -> Tensor:
        """The nearest integer."""
        return torch.round(x)

    def high(self, x: Tensor) -> Tensor:
        """x with the lower half of its significand's bits cleared."""
        mask = -1 << (self.fraction_bits + 2) // 2
        return (x.view(self.integer) & mask).view(self.dtype)

    def pow2(self, k: Tensor) -> Tensor:
        """2^k."""
        bias = int(self.precision.top)
        return ((k.to(self.integer) + bias) << self.fraction_bits).view(self.dtype)

    def split(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """(k, m) with y = 2^k·m."""
        bits = y.view(self.integer)
        k = (bits - self.sqrt_half_bits) >> self.fraction_bits
        return k.to(self.dtype), (bits - (k << self.fraction_bits)).view(self.dtype)

    def rough_log(self, x: Tensor) -> Tensor:
        """log x."""
        return torch.log(x)


def _bits(x: float, formats: str) -> int:
    """The bits of x as an integer, by a pair of `struct` formats."""
    bits: int = struct.unpack(formats[1], struct.pack(formats[0], x))[0]
    return bits


OPERATIONS: Final = {
    torch.float32: Operations(
        SINGLE, torch.float32, torch.int32, 23, _bits(SINGLE.sqrt_half, "fi")
    ),
    torch.float64: Operations(
        DOUBLE, torch.float64, torch.int64, 52, _bits(DOUBLE.sqrt_half, "dq")
    ),
}
"""By the type computed in."""
