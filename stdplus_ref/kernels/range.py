"""Ranges of the forward functions.

In the core the fast path is right, far out a function is elementary; in between, and in blocks
that hold several kinds, everything is computed and the right value selected.
"""

from __future__ import annotations

from stdplus_ref.kernels._ops import select

CENTRE = 0.25  # |x| below: polynomial through 0; from here on: Newton step
CORE_LEFT = -26.0  # from here up to newton.RIGHT stdplus > 2^-490: nothing needs scaling
CORE_LEFT_SINGLE = -13.0  # the same for float32
FAR_LEFT = -40.0  # from here down y = e^t has underflowed
FAR_RIGHT = 18446744073709551616.0  # 2^64: from here up 1 + 2t < 2^-121·x² is nothing beside x²
TINY = 1.1830521861667747e-271  # 2^-900: below, products of pairs would lose their low parts
TINY_SINGLE = 2.3509887016445750e-38  # 2^-125: below, results may be subnormal in float32


def in_far(x: float) -> bool:
    """Whether x lies left of FAR_LEFT or right of FAR_RIGHT."""
    return (x < FAR_LEFT) | (x > FAR_RIGHT)


def clamp(x: float) -> float:
    """x moved into [FAR_LEFT, FAR_RIGHT]."""
    return select(x < FAR_LEFT, FAR_LEFT, select(x > FAR_RIGHT, FAR_RIGHT, x))
