"""Horner's scheme whose last three steps are in double-double."""

from __future__ import annotations

from stdplus_ref.kernels._ops import fma, horner2

Head = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def first_step(x: float, b: float, hi: float, lo: float) -> tuple[float, float]:
    """`step` from a plain b: (hi + lo) + x·b as a pair, for |x·b| ≤ |hi|/2."""
    s = fma(x, b, hi)
    return s, fma(x, b, hi - s) + lo


def step(x: float, b: float, e: float, hi: float, lo: float) -> tuple[float, float]:
    """One Horner step on pairs: (hi + lo) + x·(b + e) as a pair, for |x·b| ≤ |hi|/2.

    Then hi − s is exact, so fma(x, b, hi − s) is the rounding error of s up to 2^-53 of itself.
    """
    s = fma(x, b, hi)
    return s, fma(x, b, hi - s) + fma(x, e, lo)


def horner_pair(x: float, head: Head, tail: tuple[float, ...]) -> tuple[float, float]:
    """The polynomial with head ((h0, l0), (h1, l1), (h2, l2)) and tail (c3, c4, …) as a pair.

    Relative error about 2^-53·|c3·x³/c0|, when each step's new term is at most half the constant.
    """
    (h0, l0), (h1, l1), (h2, l2) = head
    b, e = first_step(x, horner2(x, tail), h2, l2)
    b, e = step(x, b, e, h1, l1)
    return step(x, b, e, h0, l0)
