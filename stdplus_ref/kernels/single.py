"""The float32 functions in plain float64: fast, right to 2^-42, and honest about doubt.

A float32 result needs 24 bits. The fast path computes about 43 and `decided` says whether those
settle the rounding; they do but for one argument in 2^16. Loops then evaluate the block again
with the pairs of the float64 functions, whose 2^-60 settle every float32 argument.

Arguments are float32 values held in float64, so that x² and 1 + 2t below are exact.
"""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import bits, estrin, fma, mul, select
from stdplus_ref.kernels.exponential import GRID, ROUND, integer
from stdplus_ref.kernels.newton import LEFT
from stdplus_ref.kernels.scaling import pow2

DOUBT = 4096  # last places of float64, 2^-41 of the value: over the error of every path below


def decided(y: float) -> bool:
    """Whether every number within DOUBT last places of y rounds to the same float32 as y."""
    # the low 29 bits are 2^28 at a tie; move the doubtful ones to 0 … 2·DOUBT
    return ((bits(y) - (0x10000000 - DOUBT)) & 0x1FFFFFFF) > 2 * DOUBT


def always(y: float) -> bool:
    """True: a float64 path is right as it is."""
    return True


def nearest(t: float) -> float:
    """The k for which k·ln 2 is next to t."""
    return fma(t, c.INV_LN2, ROUND) - ROUND


def exp_single(t: float, k: float) -> float:
    """e^t, relative error 2^-45, for |t| < 700 and k = nearest(t)."""
    r = fma(-k, c.LN2_LO, fma(-k, c.LN2_HI, t))
    return estrin(r, c.EXP_SINGLE) * pow2(integer(k))


def start_single(x: float) -> tuple[float, float]:
    """(t0, nearest(t0)): t0 a multiple of 2^-25 near log stdplus(x), for x ≤ 8 with |x| ≥ 1/4.

    Near means within 2^-16.7 for x ≥ −3.25 and 4.8e-6 below.
    """
    left = select(x < LEFT, fma(x, -0.5 * x, -0.5), estrin(x, c.START_LEFT_SINGLE))
    right = estrin(x, c.START_NUMERATOR_SINGLE) / estrin(x, c.START_DENOMINATOR_SINGLE)
    t0 = (select(x < 0.0, left, right) + GRID) - GRID
    return t0, nearest(t0)


class StepSingle(NamedTuple):
    """One step of `newton` in plain float64: log stdplus(x) = t0 + u."""

    t0: float  # a multiple of 2^-25, so that 1 + 2·t0 is exact
    u: float
    e: float  # e^{t0}
    w: float  # e²
    inv: float  # 1/(w − 1)


def solve_single(x: float, t0: float, k: float) -> StepSingle:
    """The step from t0, k = nearest(t0), towards log stdplus(x)."""
    e = exp_single(t0, k)
    w = mul(e, e)
    # far left 1 + 2·t0 and x² cancel exactly; elsewhere w is as large as their sum
    residual = w - fma(x, x, fma(2.0, t0, 1.0))
    inv = 1.0 / (w - 1.0)
    v = mul(residual, -0.5 * inv)
    return StepSingle(t0, fma(mul(w * inv, -v), v, v), e, w, inv)


def reciprocal_single(s: StepSingle) -> float:
    """1/(y² − 1) at the solution y² = w·e^{2u}."""
    d = fma(s.w, fma(2.0 * s.u, s.u, 2.0 * s.u), s.w - 1.0)
    r = fma(-d, s.inv, 1.0)
    return fma(s.inv, fma(r, r, r), s.inv)
