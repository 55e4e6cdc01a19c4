"""The four floating-point types as bits. NumPy alone: bfloat16, which it lacks, is handled too."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Bits: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]
Doubles: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Format:
    """An IEEE binary format: its name, bits of storage, and bits of precision.

    Numbers of all four formats are held exactly in float64; `value` and `bits_of` convert.
    """

    name: str
    width: int
    precision: int

    @property
    def unsigned(self) -> np.dtype[Any]:
        """The unsigned integer type of the same width."""
        return np.dtype(f"u{self.width // 8}")

    @property
    def max_exponent(self) -> int:
        """Exponent of the largest number, which is just below 2^(max_exponent + 1)."""
        return (1 << (self.width - self.precision - 1)) - 1

    @property
    def min_exponent(self) -> int:
        """Exponent of the least normal number."""
        return 1 - self.max_exponent

    @property
    def least_place(self) -> int:
        """log₂ of the least subnormal number."""
        return self.min_exponent - self.precision + 1

    @property
    def tiny(self) -> float:
        """The least normal number."""
        return 2.0**self.min_exponent

    @property
    def max(self) -> float:
        """The largest number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.max_exponent

    @property
    def sign(self) -> int:
        """The sign bit."""
        return 1 << (self.width - 1)

    @property
    def infinity(self) -> int:
        """The bits of +∞; those of every NaN are above it, sign aside."""
        return (self.sign - 1) & -(1 << (self.precision - 1))

    def array(self, bits: Any) -> Bits:
        """`bits` as an array of the unsigned type."""
        return np.asarray(bits, dtype=self.unsigned)

    def value(self, bits: Bits) -> Doubles:
        """The numbers as float64, exactly."""
        if self.name == "bfloat16":
            floats: npt.NDArray[Any] = (bits.astype(np.uint32) << 16).view(np.float32)
        else:
            floats = bits.view(f"f{self.width // 8}")
        with np.errstate(invalid="ignore"):  # signalling NaNs
            return floats.astype(np.float64)

    def bits_of(self, value: Any) -> Bits:
        """The bits of real numbers given in float64, rounded to nearest, ties to even."""
        value = np.asarray(value, dtype=np.float64)
        if self.name == "float64":
            return self.array(value.view(np.uint64))
        place = self.place(value)
        with np.errstate(invalid="ignore"):
            rounded = np.ldexp(np.rint(np.ldexp(value, -place)), place)
        rounded = np.where(np.abs(rounded) > self.max, np.copysign(np.inf, value), rounded)
        if self.name == "bfloat16":
            return self.array(rounded.astype(np.float32).view(np.uint32) >> 16)
        return self.array(rounded.astype(f"f{self.width // 8}").view(self.unsigned))

    def place(self, value: Doubles) -> npt.NDArray[np.intc]:
        """log₂ of the spacing of numbers in the binade of each value: of one ULP."""
        _, exponent = np.frexp(value)
        place = np.where((value == 0) | ~np.isfinite(value), self.least_place, exponent)
        place = np.where(np.isinf(value), self.max_exponent + 1, place)
        return np.asarray(np.maximum(place - self.precision, self.least_place), dtype=np.intc)

    def ordinal(self, bits: Bits) -> npt.NDArray[np.int64]:
        """The place of each number among all of the type: 0 for ±0, odd, increasing."""
        magnitude = (bits & self.array(self.sign - 1)).astype(np.int64)
        return np.where(bits & self.array(self.sign), -magnitude, magnitude)

    def from_ordinal(self, ordinal: npt.ArrayLike) -> Bits:
        """The inverse of `ordinal`; +0 for 0."""
        place = np.asarray(ordinal, dtype=np.int64)
        magnitude = np.abs(place).astype(self.unsigned)
        return np.where(place < 0, magnitude | self.array(self.sign), magnitude)

    def is_nan(self, bits: Bits) -> Bools:
        """Where the bits are those of a NaN."""
        return (bits & self.array(self.sign - 1)) > self.array(self.infinity)

    def hex(self, bits: Any) -> str:
        """Bits as text, such as ``0x3f800000``."""
        return f"0x{int(bits):0{self.width // 4}x}"


FORMATS: Final = MappingProxyType(
    {
        each.name: each
        for each in (
            Format("float16", 16, 11),
            Format("bfloat16", 16, 8),
            Format("float32", 32, 24),
            Format("float64", 64, 53),
        )
    }
)
"""The four formats by name."""
