"""The equation e^{2t} − 1 − 2t = x² solved by one third-order step from a start of 19 bits.

Let W = e^{2·t0} and F = W − 1 − 2·t0 − x², the residual of the start t0. The root is t0 + u,

    v = −F / (2(W − 1)),   q = W/(W − 1),   u = v − q·v² + O(v³).

The start is computed in float32: |v| stays below 2^-19 where |q| > 0.1, and the neglected
(2q² − 2q/3)·v³ below 2^-57, far below it where t is small. What matters is that F, which cancels
almost to nothing, is computed from e^{t0} as a pair: t0 is taken on a grid on which that pair is
cheap (`exponential`). The step needs |x| ≥ 1/4 (W − 1 must not vanish); nearer to 0 the functions
have polynomials of their own.
"""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, horner2, mul, narrow, select, widen
from stdplus_ref.kernels.double_double import two_sum
from stdplus_ref.kernels.exponential import exp_short, integer, split
from stdplus_ref.kernels.horner import Head, horner_pair
from stdplus_ref.kernels.logarithm import log_plain
from stdplus_ref.kernels.range import CENTRE
from stdplus_ref.kernels.scaling import pow2

LEFT = -3.25  # below, t0 = −(x² + 1)/2 is near enough: it lacks e^{2t}/2 ≤ 4.8e-6
MIDDLE = 1.75  # added to the x of [LEFT, −1/4]: powers stay small, nothing cancels in float32
RIGHT = 8.0  # above, t0 comes from log x


def on_grid(t0: float) -> tuple[float, float]:
    """(kf, f): the t0 = kf·ln 2 + f next to the given one."""
    kf, f, _ = split(t0)
    return kf, f


def start_core(x: float) -> float:
    """A t0 for x ≤ 8, |x| ≥ 1/4, within 2^-19.2 of log stdplus(x) for x ≥ −3.25, 4.8e-6 below.

    And within 2^-21.7 where it matters most, |x| < 1: rounding in float32 is relative to t0.
    """
    z = narrow(x)
    s = z + narrow(MIDDLE)
    left = mul(z, horner2(s, c.START_LEFT))
    right = horner2(z, c.START_NUMERATOR) / horner2(z, c.START_DENOMINATOR)
    # s < MIDDLE is x < 0; of z itself LLVM would make a comparison in float64
    near = widen(select(s < narrow(MIDDLE), left, right))
    return select(x < LEFT, fma(x, -0.5 * x, -0.5), near)


def start_tail(x: float) -> float:
    """A t0 within 2^-22 of log stdplus(x) for 8 ≤ x ≤ 2^64: t = log x + ½·log1p((1 + 2t)/x²).

    Each of three steps divides the error of t by x²·(1 + …) ≥ 64; the first needs few terms.
    """
    log_x = log_plain(x)
    z = 1.0 / mul(x, x)
    s = mul(z, fma(2.0, log_x, 1.0))
    s = mul(z, fma(2.0, fma(s, fma(s, -0.25, 0.5), log_x), 1.0))
    s = mul(z, fma(2.0, fma(s, horner2(s, c.LOG1P_HALF[:4]), log_x), 1.0))
    return fma(s, horner2(s, c.LOG1P_HALF), log_x)


def start_full(x: float) -> float:
    """A t0 for `solve` at any x ≤ 2^64 with |x| ≥ 1/4."""
    return select(x > RIGHT, start_tail(x), start_core(x))


class Step(NamedTuple):
    """One step from t0."""

    e: float  # e + el = e^{t0}·2^-shift(kf)
    el: float
    v: float  # v and q as in the head of this file
    q: float
    w: float  # w + wl = (e + el)²
    wl: float
    g: float  # −1/(2(w − 1)), rounded; v = F·g, q = 1 − 2g


def solve(x: float, kf: float, f: float) -> Step:
    """The step from t0 = kf·ln 2 + f, as `split` makes it, towards log stdplus(x)."""
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


def kept(kf: float) -> int:
    """The exponent of e in a step: kf, but not below −500, when e² is next to nothing."""
    k = integer(kf)
    return select(k < -500, -500, k)


def shift(kf: float) -> int:
    """What is missing from the exponent of e in a step."""
    return integer(kf) - kept(kf)


def exp_step(s: Step) -> tuple[float, float]:
    """e^{t0 + u}·2^-shift(kf) as a pair.

    e^u − 1 = v + (1/2 − q)·v² + (1 + 2q)/6·v³ up to 2q(q − 1)·v³, little at both ends.
    """
    cubic = fma(s.q, 2.0 * c.SIXTH_HI, c.SIXTH_HI)
    u = fma(mul(s.v, s.v), fma(s.v, cubic, 0.5 - s.q), s.v)
    return s.e, fma(s.e, u, s.el)


def log_step(s: Step) -> float:
    """u = v − q·v²."""
    return fma(-s.q * s.v, s.v, s.v)


def denominator(s: Step) -> tuple[float, float, float]:
    """y² − 1 at the solution as (hi, lo, 1/(hi + lo) to 2^-50).

    Here u is wanted to third order, v − q·v² + (2q² − 2q/3)·v³, and with it e^{2u} − 1.
    """
    cubic = mul(s.q, fma(2.0, s.q, -c.TWO_THIRDS_HI))
    u = fma(-mul(s.v, s.v), fma(-cubic, s.v, s.q), s.v)
    growth = 2.0 * fma(mul(u, u), fma(c.TWO_THIRDS_HI, u, 1.0), u)
    d, dl = two_sum(s.w, -1.0)
    dl = dl + fma(s.w, growth, s.wl)
    inv = -2.0 * s.g
    r = fma(-dl, inv, fma(-d, inv, 1.0))
    return d, dl, fma(inv, fma(r, r, r), inv)


def quotient(n: float, nl: float, d: float, dl: float, inv: float) -> tuple[float, float]:
    """(n + nl)/(d + dl) as a pair, from inv = 1/(d + dl) to 2^-50."""
    q = mul(n, inv)
    r = fma(-q, dl, fma(-q, d, n) + nl)
    return q, mul(r, inv)


def with_centre(
    x: float, head: Head, tail: tuple[float, ...], hi: float, lo: float
) -> tuple[float, float]:
    """The pair (hi, lo), or that of the polynomial where |x| < CENTRE."""
    b, bl = horner_pair(x, head, tail)
    centre = abs(x) < CENTRE
    return select(centre, b, hi), select(centre, bl, lo)
