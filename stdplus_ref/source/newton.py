"""The equation e^{2t} − 1 − 2t = x² solved by one third-order step from a start of 19 bits.

Let W = e^{2·t0} and F = W − 1 − 2·t0 − x², the residual of the start t0. The root is t0 + u,

    v = −F / (2(W − 1)),   q = W/(W − 1),   u = v − q·v² + (2q² − 2q/3)·v³ + O(v⁴).

The start is computed in float32: |v| stays below 2^-19 where |q| > 0.1, and what is neglected
below 2^-70. What matters is that F, which cancels almost to nothing, is computed from e^{t0} as a
pair: t0 is taken on a grid on which that pair is cheap (`elementary.exp_short`). The step needs
|x| ≥ 1/4 (W − 1 must not vanish).

So the four forward functions have the same regimes:

    1. |x| < CENTRE: a polynomial of their own.
    2. FAR_LEFT ≤ x ≤ FAR_RIGHT: `start`, `solve`, and what the function makes of the step.
    3. beyond: a closed form.

From STEP_LEFT to STEP_RIGHT `start_inside` is the start, and stdplus > 2^-490: nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from stdplus_ref.source import coefficients as c
from stdplus_ref.source.elementary import exp_short, integer, log_plain, split
from stdplus_ref.source.kernel import Anywhere, Scaled, Triple
from stdplus_ref.source.operations import (
    Double,
    Int64,
    Pair,
    Single,
    fma,
    horner2,
    mul,
    narrow,
    select,
    widen,
)
from stdplus_ref.source.pairs import pow2, two_sum

CENTRE: Final = 0.25  # |x| below: polynomial through 0; from here on: Newton step
STEP_LEFT: Final = -26.0  # from here to STEP_RIGHT a step needs no scaling and one start
STEP_RIGHT: Final = 8.0
FAR_LEFT: Final = -40.0  # from here down y = e^t has underflowed
FAR_RIGHT: Final = 18446744073709551616.0  # 2^64: from here up 1 + 2t < 2^-121·x²

START_LEFT: Final = -3.25  # below, t0 = −(x² + 1)/2 is near enough: it lacks e^{2t}/2 ≤ 4.8e-6
MIDDLE: Final = 1.75  # added to the x of [START_LEFT, −1/4]: powers stay small, nothing cancels
LEAST_KEPT: Final = -500  # exponent of e in a step: below, e² is next to nothing


# Where the regimes lie


def near(x: Double) -> bool:
    """Whether |x| < CENTRE."""
    return abs(x) < CENTRE


def inside(x: Double) -> bool:
    """Whether `start_inside` and an unscaled step are right, or the polynomial of the centre."""
    return (x >= STEP_LEFT) & (x <= STEP_RIGHT)


def beyond(x: Double) -> bool:
    """Whether x lies left of FAR_LEFT or right of FAR_RIGHT."""
    return (x < FAR_LEFT) | (x > FAR_RIGHT)


def clamp(x: Double) -> Double:
    """x moved into [FAR_LEFT, FAR_RIGHT]."""
    return select(x < FAR_LEFT, FAR_LEFT, select(x > FAR_RIGHT, FAR_RIGHT, x))


# The start: t0 = kf·ln 2 + f, on the grid of `split`


def rough_inside(x: Double) -> Double:
    """A t0 for x ≤ 8, |x| ≥ 1/4, within 2^-19.2 of log stdplus(x) for x ≥ −3.25, 4.8e-6 below.

    And within 2^-21.7 where it matters most, |x| < 1: rounding in float32 is relative to t0.
    """
    z: Single = narrow(x)
    s: Single = z + narrow(MIDDLE)
    left: Single = mul(z, horner2(s, c.START_LEFT))
    right: Single = horner2(z, c.START_NUMERATOR) / horner2(z, c.START_DENOMINATOR)
    # s < MIDDLE is x < 0; of z itself LLVM would make a comparison in float64
    close = widen(select(s < narrow(MIDDLE), left, right))
    return select(x < START_LEFT, fma(x, -0.5 * x, -0.5), close)


def rough_right(x: Double) -> Double:
    """A t0 within 2^-22 of log stdplus(x) for 8 ≤ x ≤ 2^64: t = log x + ½·log1p((1 + 2t)/x²).

    Each of three steps divides the error of t by x²·(1 + …) ≥ 64; the first needs few terms.
    """
    log_x = log_plain(x)
    z = 1.0 / mul(x, x)
    s = mul(z, fma(2.0, log_x, 1.0))
    s = mul(z, fma(2.0, fma(s, fma(s, -0.25, 0.5), log_x), 1.0))
    s = mul(z, fma(2.0, fma(s, horner2(s, c.LOG1P_HALF_SHORT), log_x), 1.0))
    return fma(s, horner2(s, c.LOG1P_HALF), log_x)


def on_grid(t0: Double) -> Pair:
    """(kf, f): the kf·ln 2 + f next to t0 that has f on the grid, within 2^-26 + 2^-33."""
    kf, f, _ = split(t0)
    return kf, f


def start_inside(x: Double) -> Pair:
    """(kf, f) for |x| ≥ 1/4 from STEP_LEFT to STEP_RIGHT; right as far as FAR_LEFT."""
    return on_grid(rough_inside(x))


def start(x: Double) -> Pair:
    """(kf, f) for any x of regime 2."""
    if x > STEP_RIGHT:
        return on_grid(rough_right(x))
    return on_grid(rough_inside(x))


# The step


class Step(NamedTuple):
    """One step from t0."""

    e: Double  # e + el = e^{t0}·2^-shift(kf)
    el: Double
    v: Double  # v and q as in the head of this file
    q: Double
    w: Double  # w + wl = (e + el)²
    wl: Double
    g: Double  # −1/(2(w − 1)), rounded; v = F·g, q = 1 − 2g


def solve(x: Double, kf: Double, f: Double) -> Step:
    """The step from t0 = kf·ln 2 + f, as `start` makes it, towards log stdplus(x)."""
    e, el = exp_short(f, pow2(kept(kf)))
    w = mul(e, e)
    wl = fma(2.0 * e, el, fma(e, e, -w))
    t0 = fma(kf, c.LN2_HI, f)
    b = (t0 + t0) + 1.0  # with bl: 1 + 2·t0, exact as multiples of 2^-41
    bl = mul(kf, 2.0 * c.LN2_LO)
    m, ml = two_sum(w, -b)
    residual = fma(-x, x, m) + (ml + (wl - bl))  # m and x² nearly agree: nothing is lost
    g = -0.5 / (w - 1.0)
    return Step(e, el, mul(residual, g), 1.0 - (g + g), w, wl, g)


def kept(kf: Double) -> Int64:
    """The exponent of e in a step: kf, but not below LEAST_KEPT."""
    k = integer(kf)
    return select(k < LEAST_KEPT, LEAST_KEPT, k)


def shift(kf: Double) -> Int64:
    """What is missing from the exponent of e in a step: 0 inside."""
    return integer(kf) - kept(kf)


def no_shift(kf: Double) -> Int64:
    """0, for what is not proportional to e."""
    return 0


def exp_step(s: Step) -> Pair:
    """e^{t0 + u}·2^-shift(kf) as a pair.

    e^u − 1 = v + (1/2 − q)·v² + (2q² − 5q/3 + 1/6)·v³ to third order.
    """
    cubic = fma(s.q, fma(2.0, s.q, -10.0 * c.SIXTH_HI), c.SIXTH_HI)
    u = fma(mul(s.v, s.v), fma(s.v, cubic, 0.5 - s.q), s.v)
    return s.e, fma(s.e, u, s.el)


def log_step(s: Step) -> Double:
    """u to third order: v − q·v² + (2q² − 2q/3)·v³."""
    cubic = mul(s.q, fma(2.0, s.q, -c.TWO_THIRDS_HI))
    return fma(-mul(s.v, s.v), fma(-cubic, s.v, s.q), s.v)


def denominator(s: Step) -> tuple[Double, Double, Double]:
    """y² − 1 at the solution as (hi, lo, 1/(hi + lo) to 2^-50): w·e^{2u} − 1."""
    u = log_step(s)
    growth = 2.0 * fma(mul(u, u), fma(c.TWO_THIRDS_HI, u, 1.0), u)
    d, dl = two_sum(s.w, -1.0)
    dl = dl + fma(s.w, growth, s.wl)
    inv = -2.0 * s.g
    r = fma(-dl, inv, fma(-d, inv, 1.0))
    return d, dl, fma(inv, fma(r, r, r), inv)


# Parts for loops


def start_selected(x: Double) -> Triple:
    """(kf, f, kf) as `start` has it: both arms evaluated and one selected."""
    kf, f = on_grid(select(x > STEP_RIGHT, rough_right(x), rough_inside(x)))
    return kf, f, kf


def start_clamped(x: Double) -> Triple:
    """`start_selected` for the x of regime 2 next to x."""
    return start_selected(clamp(x))


def anywhere(
    centre: Callable[[Double], Pair],
    step: Callable[[Double, Double, Double], Pair],
    missing: Callable[[Double], Int64],
) -> Anywhere:
    """Regimes 1 and 2 of a function with that `centre` and `step`, without a branch.

    `missing` is the exponent that the pair of `step` lacks.
    """

    def step_clamped(x: Double, kf: Double, f: Double, _: Double) -> Pair:
        """`step` for the x of regime 2 next to x."""
        return step(clamp(x), kf, f)

    def regime(x: Double, hi: Double, lo: Double, kf: Double) -> Scaled:
        """Regimes 1 and 2, from the pair of `step_clamped`."""
        b, bl = centre(x)
        k = select(near(x), 0, missing(kf))
        return select(near(x), b, hi), select(near(x), bl, lo), k

    return Anywhere(start_clamped, step_clamped, regime)
