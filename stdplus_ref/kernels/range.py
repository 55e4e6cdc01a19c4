"""Ranges of the forward functions, and the reduction of very large x to one that can be squared."""

from __future__ import annotations

from stdplus_ref.kernels._ops import bits, from_bits, select

CENTRE = 0.25  # |x| below: polynomial through 0; from here on: Newton step
CORE_LEFT = -37.0  # from here up to newton.RIGHT results are normal and need no care
FAR_LEFT = -40.0  # from here down y = e^t has underflowed
TAIL_LEFT = -7.0  # from here down e^{2t}/2 < 2^-72 is nothing beside (x² + 1)/2
TINY = 1.1830521861667747e-271  # 2^-900: below, products of pairs would lose their low parts

# 2^64: above, x² + 1 + 2t = x² to 2^-121 and log stdplus(x) = log stdplus(x·2^-j) + j·ln 2
HUGE_BITS = (64 + 1023) << 52


def reduce_right(x):
    """Return (x·2^-j, j) with x·2^-j in [2^60, 2^61) if x ≥ 2^64, else (x, 0)."""
    i = bits(x)
    j = select((i >= HUGE_BITS) & (x < float("inf")), (i >> 52) - (1023 + 60), 0)
    return from_bits(i - (j << 52)), j
