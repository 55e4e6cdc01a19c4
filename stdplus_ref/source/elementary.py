"""exp of a short argument and log, as pairs; splitting any argument into k·ln 2 + short.

exp   f has at most 25 bits after the point and |f| ≤ 0.3466, so that 1 + f + f²/2 is exact in two
      fma. The rest, f³·(1/6 + f/24 + f²·q(f)), is below 2^-7 and is carried with its error terms.
log   y = 2^k·m with m in [√½, √2), z = (m − 1)/(m + 1) as a pair, and
      log m = 2z + z³·(2/3 + z²·q(z²)), |z| ≤ 0.1716: the second term is below 2^-6 of the first.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.operations import (
    Double,
    Int64,
    Pair,
    bits,
    fma,
    from_bits,
    horner2,
    mul,
    select,
)
from stdplus_ref.source.pairs import FRACTION, fast_two_sum, first_step, horner_step, two_sum

ROUND: Final = 6755399441055744.0  # 1.5·2^52: adding it rounds to an integer, kept in the low bits
ROUND_BITS: Final = 0x4338000000000000  # its bits
GRID: Final = 201326592.0  # 1.5·2^27: adding it rounds to a multiple of 2^-25
SQRT_HALF_BITS: Final = 0x3FE6A09E667F3BCD  # bits of √½ rounded
MIN_NORMAL: Final = 2.2250738585072014e-308  # 2^-1022
LIFT: Final = 54  # 2^54 times a subnormal number is normal
TWO_54: Final = 18014398509481984.0


def integer(k: Double) -> Int64:
    """The int64 equal to k, for an integral |k| < 2^51."""
    return bits(k + ROUND) - ROUND_BITS


def split(t: Double) -> tuple[Double, Double, Double]:
    """Return (kf, f, rest): t = kf·ln 2 + f + rest, kf an integer, for |t| < 1400.

    f is a multiple of 2^-25 with |f| ≤ 0.3466, |rest| ≤ 2^-26 + 2^-33.
    """
    kf = fma(t, c.INV_LN2, ROUND) - ROUND
    r = fma(-kf, c.LN2_HI, t)  # exact: LN2_HI has 42 bits after the point
    f = (r + GRID) - GRID
    return kf, f, fma(-kf, c.LN2_LO, r - f)


def exp_short(f: Double, scale: Double) -> Pair:
    """scale·e^f as a pair, relative error below 2^-65: f from `split`, scale a power of 2."""
    # 1 + f/2 has 26 bits and 1 + f + f²/2 has 52: both exact
    s = mul(fma(f, fma(f, 0.5, 1.0), 1.0), scale)
    b, bl = first_step(f, horner2(f, c.EXP_TAIL), c.HUNDRED_TWENTIETH_HI, c.HUNDRED_TWENTIETH_LO)
    b, bl = horner_step(f, b, bl, c.TWENTYFOURTH_HI, c.TWENTYFOURTH_LO)
    b, bl = horner_step(f, b, bl, c.SIXTH_HI, c.SIXTH_LO)  # 1/6 + f/24 + f²/120 + f³·q(f)
    f2 = mul(f, f) * scale  # exact
    f3 = mul(f2, f)
    f3l = fma(f2, f, -f3)  # f3 + f3l = scale·f³ exactly
    p = mul(f3, b)
    pl = fma(f3, b, -p) + fma(f3, bl, f3l * b)  # p + pl = scale·f³·(1/6 + …)
    hi = s + p
    return hi, ((s - hi) + p) + pl  # |p| < |s|: (s − hi) + p is exact


def log_plain(y: Double) -> Double:
    """log y, absolute error 2^-52·max(1, |log y|), for normal y > 0."""
    i = bits(y)
    k = (i - SQRT_HALF_BITS) >> FRACTION
    m = from_bits(i - (k << FRACTION))
    kf = from_bits(k + ROUND_BITS) - ROUND
    z = (m - 1.0) / (m + 1.0)
    zz = mul(z, z)
    tail = fma(zz, horner2(zz, c.LOG_TAIL), c.TWO_FIFTHS_HI)
    log_m = fma(mul(zz, z), fma(zz, tail, c.TWO_THIRDS_HI), 2.0 * z)
    return fma(kf, c.LN2_HI, fma(kf, c.LN2_LO, log_m))


def log_pair(y: Double) -> Pair:
    """log y as a pair (hi, lo), absolute error about 2^-61·max(1/4, |log y|), 0 < y < ∞."""
    small = y < MIN_NORMAL
    i = bits(y * select(small, TWO_54, 1.0))
    # k: floor of the exponent measured from √½, so that m lies in [√½, √2)
    k = (i - SQRT_HALF_BITS) >> FRACTION
    m = from_bits(i - (k << FRACTION))
    k = k - select(small, LIFT, 0)
    kf = from_bits(k + ROUND_BITS) - ROUND
    a = m - 1.0  # exact
    b, bl = two_sum(1.0, m)
    z = a / b
    zl = fma(-z, bl, fma(-z, b, a)) / b  # z + zl = a/(b + bl) to 2^-105
    zz = mul(z, z)
    zzl = fma(z, z, -zz)  # zz + zzl = z² exactly
    b, bl = first_step(zz, horner2(zz, c.LOG_TAIL), c.TWO_FIFTHS_HI, c.TWO_FIFTHS_LO)
    b, bl = horner_step(zz, b, bl, c.TWO_THIRDS_HI, c.TWO_THIRDS_LO)
    bl = fma(zzl, c.TWO_FIFTHS_HI, bl)  # at zz + zzl
    z3 = mul(zz, z)
    z3l = fma(zzl, z, fma(zz, z, -z3))
    p = mul(z3, b)
    pl = fma(z3, b, -p) + fma(z3, bl, z3l * b)  # p + pl = z³·(2/3 + z²·q(z²))
    # the derivative of log m by z is 2/(1 − z²) = 2 + 2z² + 2z⁴ + …
    pl = pl + fma(2.0 * zl, fma(zz, zz, zz), 2.0 * zl)
    # kf·LN2_HI is exact; the sum with 2z keeps its error
    s, e = two_sum(mul(kf, c.LN2_HI), 2.0 * z)
    hi, lo = fast_two_sum(s, p)
    return hi, lo + (e + fma(kf, c.LN2_LO, pl))
