"""The fast path of float32: plain float64, right for every float32 inside.

A float32 result needs 24 bits. The fast path has more than 44, and rounds each argument of its
range correctly: last bits of its coefficients are chosen for the few results that lie nearest to
half-way between two float32 (`derivations.coefficients._nudges`). That is exhaustive, not proved:
`validation.exhaustive` looks at all 2^32 arguments.

Arguments are float32 values held in float64, so that x² and 1 + 2t below are exact.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import ROUND
from stdplus_ref.source.newton import MIDDLE, START_LEFT, STEP_RIGHT
from stdplus_ref.source.operations import (
    Double,
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

FAST_LEFT: Final = -13.0  # left of it stdplus, and its derivative, may be subnormal in float32
FAST_TINY: Final = 2.3509887016445750e-38  # 2^-125: below, results may be subnormal in float32


def inside_fast(x: Double) -> bool:
    """Whether the fast paths of stdplus and its derivative are right."""
    return (x >= FAST_LEFT) & (x <= STEP_RIGHT)


def nearest(t: Double) -> Double:
    """kr = k + ROUND for the integer k with k·ln 2 next to t; its low bits are those of k."""
    return fma(t, c.INV_LN2, ROUND)


def exp_fast(a: Single) -> Double:
    """e^a, relative error 2^-46, for |a| < 350: |k·(LN2 − ln 2)| < 2^-46."""
    t = widen(a)
    kr = nearest(t)
    r = fma(ROUND - kr, c.LN2, t)
    e = horner2(r, c.EXP_FAST)  # times 2^k, by adding k to its exponent
    return from_bits(bits(e) + (bits(kr) << FRACTION))


def start_fast(x: Double) -> Single:
    """A t0 near log stdplus(x), for x ≤ 8 with |x| ≥ 1/4.

    Near means within 2^-18.8 for x ≥ −3.25; below, within 4.8e-6 and a rounding.
    """
    z: Single = narrow(x)
    far: Single = fma(z, mul(z, narrow(-0.5)), narrow(-0.5))
    s: Single = z + narrow(MIDDLE)
    left: Single = horner2(s, c.START_LEFT_FAST)
    right: Single = horner2(z, c.START_NUMERATOR_FAST) / horner2(z, c.START_DENOMINATOR_FAST)
    close: Single = mul(z, select(s < narrow(MIDDLE), left, right))
    return select(s < narrow(START_LEFT + MIDDLE), far, close)


def start_unchanged(x: Double) -> Single:
    """x itself: what the inverses take the logarithm or exponential of."""
    return narrow(x)


class FastStep(NamedTuple):
    """One step of `newton` in plain float64, in terms of g = −1/(2(W − 1)): v = F·g, q = 1 − 2g."""

    t0: Double  # a float32, |t0| > 0.16, so that 1 + 2·t0 is exact
    v: Double
    v2: Double  # v²
    e: Double  # e^{t0}
    w: Double  # e²
    g: Double


def solve_fast(x: Double, a: Single, e: Double) -> FastStep:
    """The step from t0 = a, with e = e^{t0}, towards log stdplus(x)."""
    t0 = widen(a)
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
