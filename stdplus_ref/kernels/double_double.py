"""Double-double building blocks: sums whose rounding error is returned, never lost.

A pair (hi, lo) stands for the real number hi + lo. References: Dekker 1971
(doi:10.1007/BF01397083); Knuth, TAOCP vol. 2, 4.2.2; for rounding to odd Boldo & Melquiond 2008
(doi:10.1109/TC.2007.70819).
"""

from __future__ import annotations

from stdplus_ref.kernels._ops import bits, from_bits, select


def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return (s, e): s = fl(a + b) and s + e = a + b exactly, whatever the order of |a| and |b|."""
    s = a + b
    bb = s - a
    e = (a - (s - bb)) + (b - bb)
    return s, e


def fast_two_sum(a: float, b: float) -> tuple[float, float]:
    """Return (s, e): s = fl(a + b) and s + e = a + b exactly, provided |a| ≥ |b| or a = 0."""
    s = a + b
    e = b - (s - a)
    return s, e


def odd_sum(a: float, b: float) -> float:
    """a + b rounded to odd: exact if representable, else the neighbour whose last bit is 1.

    A later rounding to nearest with at least two bits less then is the rounding of a + b itself:
    no double rounding. A nonzero a + b must not cancel to 0.
    """
    s, e = two_sum(a, b)
    i = bits(s)
    # one step away from zero if the exact sum lies beyond s, one step towards zero otherwise
    step = select((bits(e) ^ i) < 0, -1, 1)
    inexact = (e != 0.0) & ((i & 1) == 0)
    return from_bits(i + select(inexact, step, 0))
