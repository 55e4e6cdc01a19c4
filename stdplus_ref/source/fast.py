"""The fast path of float32: plain float64, right to 2^-41, and honest about doubt.

A float32 result needs 24 bits. The fast path computes about 43 and `decided` says whether those
settle the rounding; they do but for one argument in 2^16. Then the pairs of the float64 functions
decide, whose 2^-58 settle every float32 argument.

Arguments are float32 values held in float64, so that x² and 1 + 2t below are exact.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import ROUND
from stdplus_ref.source.newton import MIDDLE, START_LEFT, STEP_RIGHT
from stdplus_ref.source.operations import (
    Double,
    Pair,
    Single,
    bits,
    fma,
    from_bits,
    horner2,
    mul,
    narrow,
    select,
    widen,
)
from stdplus_ref.source.pairs import FRACTION

DOUBT: Final = 4096  # last places of float64, 2^-41 of the value: over the error of every fast path
FAST_ERROR: Final = 4.547473508864641e-13  # 2^-41, likewise
TIE: Final = 1 << 28  # what LOW_BITS hold half-way between two float32
LOW_BITS: Final = (1 << 29) - 1  # of a float64, which a float32 has not
FAST_LEFT: Final = -13.0  # left of it stdplus, and its derivative, may be subnormal in float32
FAST_TINY: Final = 2.3509887016445750e-38  # 2^-125: below, results may be subnormal in float32


def decided(y: Double) -> bool:
    """Whether every number within DOUBT last places of y rounds to the same float32 as y."""
    # move the doubtful low bits to 0 … 2·DOUBT
    return ((bits(y) - (TIE - DOUBT)) & LOW_BITS) > 2 * DOUBT


def inside_fast(x: Double) -> bool:
    """Whether the fast paths of stdplus and its derivative are right."""
    return (x >= FAST_LEFT) & (x <= STEP_RIGHT)


def nearest(t: Double) -> Double:
    """kr = k + ROUND for the integer k with k·ln 2 next to t; its low bits are those of k."""
    return fma(t, c.INV_LN2, ROUND)


def exp_fast(t: Double, kr: Double) -> Double:
    """e^t, relative error 2^-44.7, for |t| < 350 and kr = nearest(t): |k·(LN2 − ln 2)| < 2^-46."""
    r = fma(ROUND - kr, c.LN2, t)
    e = horner2(r, c.EXP_FAST)  # times 2^k, by adding k to its exponent
    return from_bits(bits(e) + (bits(kr) << FRACTION))


def start_fast(x: Double) -> Pair:
    """(t0, nearest(t0)): t0 a float32 near log stdplus(x), for x ≤ 8 with |x| ≥ 1/4.

    Near means within 2^-16.7 for x ≥ −3.25; below, within 4.8e-6 and a rounding.
    """
    z: Single = narrow(x)
    far: Single = fma(z, mul(z, narrow(-0.5)), narrow(-0.5))
    s: Single = z + narrow(MIDDLE)
    close: Single = mul(z, horner2(s, c.START_LEFT_FAST))
    left: Single = select(s < narrow(START_LEFT + MIDDLE), far, close)
    right: Single = horner2(z, c.START_NUMERATOR_FAST) / horner2(z, c.START_DENOMINATOR_FAST)
    t0 = widen(select(s < narrow(MIDDLE), left, right))
    return t0, nearest(t0)


class FastStep(NamedTuple):
    """One step of `newton` in plain float64, in terms of g = −1/(2(W − 1)): v = F·g, q = 1 − 2g."""

    t0: Double  # a float32, |t0| > 0.16, so that 1 + 2·t0 is exact
    v: Double
    v2: Double  # v²
    e: Double  # e^{t0}
    w: Double  # e²
    g: Double


def solve_fast(x: Double, t0: Double, kr: Double) -> FastStep:
    """The step from t0, kr = nearest(t0), towards log stdplus(x)."""
    e = exp_fast(t0, kr)
    w = mul(e, e)
    # far left 1 + 2·t0 and x² cancel exactly; elsewhere w is as large as their sum
    residual = w - fma(x, x, (t0 + t0) + 1.0)
    g = -0.5 / (w - 1.0)
    v = mul(residual, g)
    return FastStep(t0, v, mul(v, v), e, w, g)


def log_fast(s: FastStep) -> Double:
    """u = v − q·v²."""
    return fma(s.v2, (s.g + s.g) - 1.0, s.v)


def exp_step_fast(s: FastStep) -> Double:
    """e^{t0 + u}, e^u − 1 = v + (½ − q)·v²."""
    return fma(s.e, fma(s.v2, (s.g + s.g) - 0.5, s.v), s.e)


def reciprocal_fast(s: FastStep) -> Double:
    """1/(y² − 1) at the solution y² = w·e^{2u}."""
    u, inv = log_fast(s), -2.0 * s.g
    d = fma(s.w, fma(2.0 * u, u, 2.0 * u), s.w - 1.0)
    r = fma(-d, inv, 1.0)
    return fma(inv, fma(r, r, r), inv)
