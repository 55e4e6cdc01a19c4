"""e^f as a pair, and t = k·ln 2 + f."""

from __future__ import annotations

from stdplus_ref.cuda.float32 import coefficients as c
from stdplus_ref.cuda.float32.operations import HALF, MAGIC, ONE, Pair, pair_polynomial
from stdplus_ref.cuda.float32.pairs import plain_step
from stdplus_ref.source.operations import Single, fma


def nearest(t: Single) -> Pair:
    """(MAGIC + k, k): k·ln 2 is next to t."""
    kr = fma(t, c.INV_LN2, MAGIC)
    return kr, kr - MAGIC


def exp_short(f: Single) -> Pair:
    """e^f as a pair, for |f| ≤ 0.3468; relative error below 2^-46.2 (observed)."""
    b, e = pair_polynomial(f, c.EXP_HEAD, c.EXP_TAIL)
    b, e = plain_step(f, b, e, HALF)
    b, e = plain_step(f, b, e, ONE)
    return plain_step(f, b, e, ONE)
