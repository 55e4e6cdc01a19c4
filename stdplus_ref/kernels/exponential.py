"""exp of a short argument as a pair, and the splitting of any argument into k·ln 2 + short.

Method: f has at most 25 bits after the point and |f| ≤ 0.3466, so that 1 + f + f²/2 is exact in
two fma. The rest, f³·(1/6 + f/24 + f²·q(f)), is below 2^-7 and is carried with its error terms.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import bits, fma, horner2, mul
from stdplus_ref.kernels.horner import first_step, step

ROUND = 6755399441055744.0  # 1.5·2^52: adding it rounds to an integer, kept in the low bits
GRID = 201326592.0  # 1.5·2^27: adding it rounds to a multiple of 2^-25


def split(t: float) -> tuple[float, float, float]:
    """Return (k, f, rest): t = k·ln 2 + f + rest, k an integer, for |t| < 1400.

    f is a multiple of 2^-25 with |f| ≤ 0.3466, |rest| ≤ 2^-26 + 2^-42.
    """
    k = fma(t, c.INV_LN2, ROUND) - ROUND
    r = fma(-k, c.LN2_HI, t)  # exact: LN2_HI has 42 bits after the point
    f = (r + GRID) - GRID
    return k, f, fma(-k, c.LN2_LO, r - f)


def integer(k: float) -> int:
    """The int64 equal to k, for an integral |k| < 2^51."""
    return bits(k + ROUND) - bits(ROUND)


def exp_short(f: float, scale: float) -> tuple[float, float]:
    """scale·e^f as a pair, relative error below 2^-65: f from `split`, scale a power of 2."""
    # 1 + f/2 has 26 bits and 1 + f + f²/2 has 52: both exact
    s = mul(fma(f, fma(f, 0.5, 1.0), 1.0), scale)
    b, bl = first_step(f, horner2(f, c.EXP_TAIL), c.TWENTYFOURTH_HI, c.TWENTYFOURTH_LO)
    b, bl = step(f, b, bl, c.SIXTH_HI, c.SIXTH_LO)  # 1/6 + f/24 + f²·q(f)
    f2 = mul(f, f) * scale  # exact
    f3 = mul(f2, f)
    f3l = fma(f2, f, -f3)  # f3 + f3l = scale·f³ exactly
    p = mul(f3, b)
    pl = fma(f3, b, -p) + fma(f3, bl, f3l * b)  # p + pl = scale·f³·(1/6 + …)
    hi = s + p
    return hi, ((s - hi) + p) + pl  # |p| < |s|: (s − hi) + p is exact
