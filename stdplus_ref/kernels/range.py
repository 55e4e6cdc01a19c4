"""Ranges of the forward functions, and the reduction of very large x to one that can be squared."""

from __future__ import annotations

from stdplus_ref.kernels._ops import bits, from_bits, select

CENTRE = 0.25  # |x| below: polynomial through 0; from here on: Newton step
CORE_LEFT = -26.0  # from here up to newton.RIGHT stdplus > 2^-490: nothing needs scaling
CORE_LEFT_SINGLE = -13.0  # the same for float32
FAR_LEFT = -40.0  # from here down y = e^t has underflowed
TINY = 1.1830521861667747e-271  # 2^-900: below, products of pairs would lose their low parts
TINY_SINGLE = 2.3509887016445750e-38  # 2^-125: below, results may be subnormal in float32

# 2^64: above, x² + 1 + 2t = x² to 2^-121 and log stdplus(x) = log stdplus(x·2^-j) + j·ln 2
HUGE_BITS = (64 + 1023) << 52


def reduce_right(x: float) -> tuple[float, int]:
    """Return (x·2^-j, j) with x·2^-j in [2^60, 2^61) if x ≥ 2^64, else (x, 0)."""
    i = bits(x)
    j = select((i >= HUGE_BITS) & (x < float("inf")), (i >> 52) - (1023 + 60), 0)
    return from_bits(i - (j << 52)), j
