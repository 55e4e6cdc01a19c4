"""Powers of two, and the one place where a result may become subnormal or overflow."""

from __future__ import annotations

from stdplus_ref.kernels._ops import from_bits, select
from stdplus_ref.kernels.double_double import fast_two_sum, odd_sum


def pow2(k: int) -> float:
    """2^k as a float64, for an int64 −1022 ≤ k ≤ 1023."""
    return from_bits((k + 1023) << 52)


def scale(a: float, k: int) -> float:
    """a·2^k for |k| ≤ 2044, exact unless the result is subnormal, infinite beyond the range."""
    half = k >> 1
    return (a * pow2(half)) * pow2(k - half)


def round_scaled(hi: float, lo: float, k: int) -> float:
    """(hi + lo)·2^k rounded once, subnormal results included; |lo| ≤ |hi|, −2044 ≤ k ≤ 1024.

    Rounding hi + lo first and scaling after would round a subnormal result twice.
    """
    s, e = fast_two_sum(hi, lo)
    # Below `tiny` the result is subnormal; its last place, 2^-1074, is tiny·2^-52 before scaling,
    # which is the last place of every number in [tiny, 2·tiny].
    tiny = pow2(select(k < -60, -1022 - k, -962))
    anchor = select(s < 0.0, -tiny, tiny)
    anchored = anchor + s  # a multiple of that last place; r + e is what it lacks, exactly
    r = (anchor - anchored) + s
    rounded = (anchored + odd_sum(r, e)) - anchor
    subnormal = (abs(s) < tiny) & (k < -60)
    return scale(select(subnormal, rounded, s), k)


def round_odd_scaled(hi: float, lo: float, k: int) -> float:
    """(hi + lo)·2^k rounded to odd, for a float32 result: normal in float64, |k| ≤ 2044."""
    return scale(odd_sum(hi, lo), k)
