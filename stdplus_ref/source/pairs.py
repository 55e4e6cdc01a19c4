"""Pairs of float64: sums whose rounding error is kept, polynomials, roots, and the last rounding.

A pair (hi, lo) stands for the real number hi + lo. References: Dekker 1971
(doi:10.1007/BF01397083); Knuth, TAOCP vol. 2, 4.2.2; for rounding to odd Boldo & Melquiond 2008
(doi:10.1109/TC.2007.70819).
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source.operations import (
    Double,
    Int64,
    Pair,
    Real,
    bits,
    fma,
    from_bits,
    horner2,
    mul,
    select,
    sqrt,
)

Head = tuple[Pair, Pair, Pair, Pair]
"""The first four coefficients of a polynomial, each a pair."""

FRACTION: Final = 52  # bits of a float64 behind its point
BIAS: Final = 1023  # of its exponent
LEAST_EXPONENT: Final = -1022  # 2^-1022 is the least normal number
MAY_UNDERFLOW: Final = -60  # k from here on: (hi + lo)·2^k is normal, for |hi| ≥ 2^-962
NEVER_SUBNORMAL: Final = -962  # an exponent of `tiny` below that of any |hi|
TINY: Final = 1.1830521861667747e-271  # 2^-900: below, products of pairs would lose their low parts
UPSCALE: Final = 2.037035976334486e90  # 2^300: brings numbers below TINY where low parts are normal
UPSCALED: Final = -300  # the exponent that takes UPSCALE back


# Sums


def two_sum(a: Real, b: Real) -> tuple[Real, Real]:
    """Return (s, e): s = fl(a + b) and s + e = a + b exactly, whatever the order of |a| and |b|."""
    s = a + b
    bb = s - a
    e = (a - (s - bb)) + (b - bb)
    return s, e


def fast_two_sum(a: Real, b: Real) -> tuple[Real, Real]:
    """Return (s, e): s = fl(a + b) and s + e = a + b exactly, provided |a| ≥ |b| or a = 0."""
    s = a + b
    e = b - (s - a)
    return s, e


# Polynomials


def first_step(x: Double, b: Double, hi: Double, lo: Double) -> Pair:
    """`horner_step` from a plain b: (hi + lo) + x·b as a pair, for |x·b| ≤ |hi|/2."""
    s = fma(x, b, hi)
    return s, fma(x, b, hi - s) + lo


def horner_step(x: Double, b: Double, e: Double, hi: Double, lo: Double) -> Pair:
    """One Horner step on pairs: (hi + lo) + x·(b + e) as a pair, for |x·b| ≤ |hi|/2.

    Then hi − s is exact, so fma(x, b, hi − s) is the rounding error of s up to 2^-53 of itself.
    """
    s = fma(x, b, hi)
    return s, fma(x, b, hi - s) + fma(x, e, lo)


def horner_pair(x: Double, head: Head, tail: tuple[Double, ...]) -> Pair:
    """The polynomial with head ((h0, l0), …, (h3, l3)) and tail (c4, c5, …) as a pair.

    Relative error about 2^-53·|c4·x⁴/c0|, when each step's new term is at most half the constant.
    """
    (h0, l0), (h1, l1), (h2, l2), (h3, l3) = head
    b, e = first_step(x, horner2(x, tail), h3, l3)
    b, e = horner_step(x, b, e, h2, l2)
    b, e = horner_step(x, b, e, h1, l1)
    return horner_step(x, b, e, h0, l0)


# Products, quotients and roots


def times(x: Double, b: Double, bl: Double) -> Pair:
    """x·(b + bl) as a pair, up to the rounding of its low part."""
    p = mul(x, b)
    return p, fma(x, bl, fma(x, b, -p))


def quotient(n: Double, nl: Double, d: Double, dl: Double, inv: Double) -> Pair:
    """(n + nl)/(d + dl) as a pair, from inv = 1/(d + dl) to 2^-50."""
    q = mul(n, inv)
    r = fma(-q, dl, fma(-q, d, n) + nl)  # n + nl − q·(d + dl), but for 2^-53 of itself
    return q, mul(r, inv)


def sqrt_pair(a: Double, al: Double) -> Pair:
    """√(a + al) as a pair, relative error below 2^-101.5, for a > 0 and |al| ≤ 2^-50·a."""
    s = sqrt(a)
    return s, (fma(-s, s, a) + al) / (2.0 * s)  # a − s² is exact


# Powers of two, and the one place where a result may become subnormal or overflow


def pow2(k: Int64) -> Double:
    """2^k, for −1022 ≤ k ≤ 1023."""
    return from_bits((k + BIAS) << FRACTION)


def scale(a: Double, k: Int64) -> Double:
    """a·2^k for |k| ≤ 2044, exact unless the result is subnormal, infinite beyond the range."""
    half = k >> 1
    return (a * pow2(half)) * pow2(k - half)


def odd_sum(a: Double, b: Double) -> Double:
    """a + b rounded to odd: exact if representable, else the neighbour whose last bit is 1.

    A later rounding to nearest with at least two bits less then is the rounding of a + b itself:
    no double rounding. A nonzero a + b must not cancel to 0.
    """
    s, e = two_sum(a, b)
    return to_odd(s, e)


def to_odd(s: Double, e: Double) -> Double:
    """s + e rounded to odd, for |e| ≤ ulp(s)/2 and s ≠ 0."""
    i = bits(s)
    # An even i moves one step, towards zero if the exact sum lies there and away from it if not.
    towards_zero = (bits(e) ^ i) >> 63  # −1 or 0
    return from_bits(select(e != 0.0, (i + towards_zero) | 1, i))


def round_scaled(hi: Double, lo: Double, k: Int64) -> Double:
    """(hi + lo)·2^k rounded once, subnormal results included; |lo| ≤ |hi|, |k| ≤ 2044.

    Rounding hi + lo first and scaling after would round a subnormal result twice.
    """
    s, e = fast_two_sum(hi, lo)
    # Below `tiny` the result is subnormal; its last place, 2^-1074, is tiny·2^-52 before scaling,
    # which is the last place of every number in [tiny, 2·tiny].
    below = k < MAY_UNDERFLOW
    tiny = pow2(select(below, LEAST_EXPONENT - k, NEVER_SUBNORMAL))
    anchor = select(s < 0.0, -tiny, tiny)
    anchored = anchor + s  # a multiple of that last place; r + e is what it lacks, exactly
    r = (anchor - anchored) + s
    rounded = (anchored + odd_sum(r, e)) - anchor
    subnormal = (abs(s) < tiny) & below
    return scale(select(subnormal, rounded, s), k)


def between(hi: Double, lo: Double, k: Int64, error: Double) -> Pair:
    """(y, z): what x·2^k may be rounded to, least and greatest, if |x − (hi + lo)| ≤ error·|hi|.

    y is the one nearer to 0. They are neighbours, or equal: then the result is known.
    """
    least = round_scaled(hi, fma(hi, -error, lo), k)
    return least, round_scaled(hi, fma(hi, error, lo), k)


def differ(y: Double, z: Double) -> bool:
    """Whether y ≠ z, false for NaN."""
    return (y < z) | (y > z)


def round_odd_scaled(hi: Double, lo: Double, k: Int64) -> Double:
    """(hi + lo)·2^k rounded to odd, for a float32 result: normal in float64, |k| ≤ 2044."""
    return scale(odd_sum(hi, lo), k)
