"""The float32 functions in plain float64: fast, right to 2^-42, and honest about doubt.

A float32 result needs 24 bits. The fast path computes about 43 and `decided` says whether those
settle the rounding; they do but for one argument in 2^16. Loops then evaluate the block again
with the pairs of the float64 functions, whose 2^-58 settle every float32 argument.

Arguments are float32 values held in float64, so that x² and 1 + 2t below are exact.
"""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import (
    bits,
    fma,
    from_bits,
    horner2,
    mul,
    narrow,
    select,
    widen,
)
from stdplus_ref.kernels.exponential import ROUND
from stdplus_ref.kernels.newton import LEFT, MIDDLE

DOUBT = 4096  # last places of float64, 2^-41 of the value: over the error of every path below


def decided(y: float) -> bool:
    """Whether every number within DOUBT last places of y rounds to the same float32 as y."""
    # the low 29 bits are 2^28 at a tie; move the doubtful ones to 0 … 2·DOUBT
    return ((bits(y) - (0x10000000 - DOUBT)) & 0x1FFFFFFF) > 2 * DOUBT


def always(y: float) -> bool:
    """True: a float64 path is right as it is."""
    return True


def nearest(t: float) -> float:
    """k + ROUND for the integer k with k·ln 2 next to t; its low bits are those of k."""
    return fma(t, c.INV_LN2, ROUND)


def exp_single(t: float, n: float) -> float:
    """e^t, relative error 2^-45, for |t| < 350 and n = nearest(t): |k·(LN2 − ln 2)| < 2^-46."""
    r = fma(ROUND - n, c.LN2, t)
    e = horner2(r, c.EXP_SINGLE)  # times 2^k, by adding k to its exponent
    return from_bits(bits(e) + (bits(n) << 52))


def start_single(x: float) -> tuple[float, float]:
    """(t0, nearest(t0)): t0 a float32 near log stdplus(x), for x ≤ 8 with |x| ≥ 1/4.

    Near means within 2^-16.7 for x ≥ −3.25; below, within 4.8e-6 and a rounding.
    """
    z = narrow(x)
    far = fma(z, mul(z, narrow(-0.5)), narrow(-0.5))
    s = z + narrow(MIDDLE)
    near = mul(z, horner2(s, c.START_LEFT_SINGLE))
    left = select(s < narrow(LEFT + MIDDLE), far, near)
    right = horner2(z, c.START_NUMERATOR_SINGLE) / horner2(z, c.START_DENOMINATOR_SINGLE)
    t0 = widen(select(s < narrow(MIDDLE), left, right))
    return t0, nearest(t0)


class StepSingle(NamedTuple):
    """One step of `newton` in plain float64, in terms of g = −1/(2(W − 1)): v = F·g, q = 1 − 2g."""

    t0: float  # a float32, |t0| > 0.17, so that 1 + 2·t0 is exact
    v: float
    v2: float  # v²
    e: float  # e^{t0}
    w: float  # e²
    g: float


def solve_single(x: float, t0: float, n: float) -> StepSingle:
    """The step from t0, n = nearest(t0), towards log stdplus(x)."""
    e = exp_single(t0, n)
    w = mul(e, e)
    # far left 1 + 2·t0 and x² cancel exactly; elsewhere w is as large as their sum
    residual = w - fma(x, x, (t0 + t0) + 1.0)
    g = -0.5 / (w - 1.0)
    v = mul(residual, g)
    return StepSingle(t0, v, mul(v, v), e, w, g)


def log_single(s: StepSingle) -> float:
    """u = v − q·v²."""
    return fma(s.v2, (s.g + s.g) - 1.0, s.v)


def stdplus_single(s: StepSingle) -> float:
    """e^{t0 + u}, e^u − 1 = v + (½ − q)·v²."""
    return fma(s.e, fma(s.v2, (s.g + s.g) - 0.5, s.v), s.e)


def reciprocal_single(s: StepSingle) -> float:
    """1/(y² − 1) at the solution y² = w·e^{2u}."""
    u, inv = log_single(s), -2.0 * s.g
    d = fma(s.w, fma(2.0 * u, u, 2.0 * u), s.w - 1.0)
    r = fma(-d, inv, 1.0)
    return fma(inv, fma(r, r, r), inv)
