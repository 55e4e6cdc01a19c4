"""The operations of `stdplus_ref.arrays` on JAX arrays."""

# mypy: ignore-missing-imports

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import jax.numpy as jnp
from jax import Array, lax

from stdplus_ref.arrays.precision import DOUBLE, SINGLE, Precision


@dataclass(frozen=True)
class Operations:
    """`stdplus_ref.arrays.ops.Ops` for arrays of one type, by operations on their bits."""

    precision: Precision
    dtype: Any
    integer: Any
    fraction_bits: int
    sqrt_half_bits: int

    def where(self, condition: Array, a: Array | float, b: Array | float) -> Array:
        """Elementwise a if condition else b."""
        return jnp.where(condition, a, b)

    def abs(self, x: Array) -> Array:
        """|x|."""
        return jnp.abs(x)

    def sqrt(self, x: Array) -> Array:
        """√x."""
        return jnp.sqrt(x)

    def round(self, x: Array) -> Array:
        """The nearest integer."""
        return jnp.round(x)

    def high(self, x: Array) -> Array:
        """x with the lower half of its significand's bits cleared."""
        mask = -1 << (self.fraction_bits + 2) // 2
        return self._number(self._bits(x) & mask)

    def pow2(self, k: Array) -> Array:
        """2^k."""
        bias = int(self.precision.top)
        return self._number((k.astype(self.integer) + bias) << self.fraction_bits)

    def split(self, y: Array) -> tuple[Array, Array]:
        """(k, m) with y = 2^k·m."""
        bits = self._bits(y)
        k = (bits - self.sqrt_half_bits) >> self.fraction_bits
        return k.astype(self.dtype), self._number(bits - (k << self.fraction_bits))

    def rough_log(self, x: Array) -> Array:
        """log x."""
        return jnp.log(x)

    def _bits(self, x: Array) -> Array:
        return lax.bitcast_convert_type(x, self.integer)

    def _number(self, bits: Array) -> Array:
        return lax.bitcast_convert_type(bits, self.dtype)


def _pattern(x: float, formats: str) -> int:
    """The bits of x as an integer, by a pair of `struct` formats."""
    bits: int = struct.unpack(formats[1], struct.pack(formats[0], x))[0]
    return bits


OPERATIONS: Final = {
    "float32": Operations(SINGLE, jnp.float32, jnp.int32, 23, _pattern(SINGLE.sqrt_half, "fi")),
    "float64": Operations(DOUBLE, jnp.float64, jnp.int64, 52, _pattern(DOUBLE.sqrt_half, "dq")),
}
"""By the type computed in."""
