"""Square root of a pair."""

from __future__ import annotations

from math import sqrt

from stdplus_ref.kernels._ops import fma


def sqrt_pair(a: float, al: float) -> tuple[float, float]:
    """√(a + al) as a pair, relative error about 2^-104, for a > 0 and |al| ≤ 2^-50·a."""
    s = sqrt(a)
    return s, (fma(-s, s, a) + al) / (2.0 * s)
