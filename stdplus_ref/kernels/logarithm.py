"""log of a positive float64 as a pair.

Method: y = 2^k·m with m in [√½, √2), z = (m − 1)/(m + 1) as a pair, and
log m = 2z + z³·(2/3 + z²·q(z²)), |z| ≤ 0.1716: the second term is below 2^-6 of the first.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import bits, fma, from_bits, horner2, mul, select
from stdplus_ref.kernels.double_double import fast_two_sum, two_sum
from stdplus_ref.kernels.horner import first_step

SQRT_HALF_BITS = 4604544271217802189  # bits of √½ rounded
TWO_54 = 18014398509481984.0
MIN_NORMAL = 2.2250738585072014e-308
ROUND = 6755399441055744.0


def log_plain(y: float) -> float:
    """log y, absolute error 2^-52·max(1, |log y|), for normal y > 0."""
    i = bits(y)
    k = (i - SQRT_HALF_BITS) >> 52
    m = from_bits(i - (k << 52))
    kf = from_bits(k + bits(ROUND)) - ROUND
    z = (m - 1.0) / (m + 1.0)
    zz = mul(z, z)
    log_m = fma(mul(zz, z), fma(zz, horner2(zz, c.LOG_TAIL), c.TWO_THIRDS_HI), 2.0 * z)
    return fma(kf, c.LN2_HI, fma(kf, c.LN2_LO, log_m))


def log_pair(y: float) -> tuple[float, float]:
    """log y as a pair (hi, lo), absolute error about 2^-61·max(1/4, |log y|), 0 < y < ∞."""
    small = y < MIN_NORMAL
    i = bits(select(small, y * TWO_54, y))
    # k: floor of the exponent measured from √½, so that m lies in [√½, √2)
    k = (i - SQRT_HALF_BITS) >> 52
    m = from_bits(i - (k << 52))
    k = k - select(small, 54, 0)
    kf = from_bits(k + bits(ROUND)) - ROUND
    a = m - 1.0  # exact
    b, bl = two_sum(1.0, m)
    z = a / b
    zl = fma(-z, bl, fma(-z, b, a)) / b  # z + zl = a/(b + bl) to 2^-105
    zz = mul(z, z)
    zzl = fma(z, z, -zz)  # zz + zzl = z² exactly
    b, bl = first_step(zz, horner2(zz, c.LOG_TAIL), c.TWO_THIRDS_HI, c.TWO_THIRDS_LO)
    z3 = mul(zz, z)
    z3l = fma(zzl, z, fma(zz, z, -z3))
    p = mul(z3, b)
    pl = fma(z3, b, -p) + fma(z3, bl, z3l * b)  # p + pl = z³·(2/3 + z²·q(z²))
    # the derivative of log m by z is 2/(1 − z²) = 2 + 2z² + …
    pl = pl + fma(2.0 * zz, zl, 2.0 * zl)
    # kf·LN2_HI is exact; the sum with 2z keeps its error
    s, e = two_sum(mul(kf, c.LN2_HI), 2.0 * z)
    hi, lo = fast_two_sum(s, p)
    return hi, lo + (e + fma(kf, c.LN2_LO, pl))
