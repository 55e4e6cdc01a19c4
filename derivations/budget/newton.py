"""Errors of one Newton step of float32, `source.fast`, and of the starts of both types.

Notation of `newton`: the start t0 with W = e^{2·t0}, q = W/(W − 1), the root t0 + u and
F = W − 1 − 2·t0 − x². As F = 2u − W·expm1(2u), the step's v is

    v = −F/(2(W − 1)) = u + q·ψ,   ψ = (expm1(2u) − 2u)/2 = u²·s,   s = 1 + 2u/3 + κu²,

0 ≤ κ ≤ e^{2|u|}/3. So what the truncated formulas leave out is u³ times a function of q and u.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb

from derivations import certificates, enclose
from derivations.budget.blocks import short_parts
from derivations.budget.rounding import (
    SINGLE,
    Number,
    U,
    add,
    div,
    fma,
    half_ulp,
    horner2,
    magnitude,
    mul,
)
from derivations.core import require
from derivations.enclose import ball
from stdplus_ref.source import coefficients as c
from stdplus_ref.source.newton import FAR_LEFT

FAR = FAR_LEFT
HUGE = 2.0**64


def pieces(lower: float, upper: float, count: int) -> Iterator[tuple[float, float]]:
    """[lower, upper], which has not 0 in it, in `count` intervals in geometric progression."""
    ratio = (upper / lower) ** (1 / count)
    ends = [lower * ratio**n for n in range(count)] + [upper]
    return itertools.pairwise(ends)


def start_error(lower: float, upper: float, fast: bool) -> Any:
    """|t0 − log stdplus(x)| on the piece, rounding included, before t0 is put on its grid.

    Near 0 the kernels compute it in float32, in float64 (`fast` not set) from x rounded to it.
    """
    x = ball(lower, upper)
    if upper <= certificates.LEFT:
        t = (x * x + 1) / 2
        # x·½x and the sum round once each in float32
        rounding = half_ulp(t, SINGLE) + half_ulp(x * x / 2, SINGLE) if fast else half_ulp(t)
        return (2 * enclose.log_stdplus_on(x)).exp() / 2 + rounding
    if lower >= certificates.RIGHT:
        return tail_start_error(lower, upper)
    left = c.START_LEFT_FAST if fast else c.START_LEFT
    # narrow(x) moves log stdplus by less than its slope, 1/√2 on the right, 1 + |x| on the left
    moved = arb(0) if fast else half_ulp(x, SINGLE) * (1 if upper > 0 else 1 + magnitude(x))
    lower, upper = lower - 2.0**-24 * abs(lower), upper + 2.0**-24 * abs(upper)
    at = Number(ball(lower, upper), bits=SINGLE)
    if upper < 0:
        fit, _ = enclose.size_on(certificates.start_left_error(left), lower, upper)
        shifted = add(at, Number(arb(certificates.MIDDLE), bits=SINGLE))
        return arb(fit) + moved + mul(at, horner2(shifted, left)).error
    if fast:
        rows = c.START_NUMERATOR_FAST, c.START_DENOMINATOR_FAST
        fit, _ = enclose.size_on(certificates.start_right_fast_error(*rows), lower, upper)
        return arb(fit) + mul(at, div(*(horner2(at, row) for row in rows))).error
    top, bottom = c.START_NUMERATOR, c.START_DENOMINATOR
    fit, _ = enclose.size_on(certificates.start_right_error(top, bottom), lower, upper)
    return arb(fit) + moved + div(horner2(at, top), horner2(at, bottom)).error


def tail_start_error(lower: float, upper: float) -> Any:
    """`newton.rough_right`: t ← log x + ½·log1p((1 + 2t)/x²) three times from t = log x.

    The map has slope 1/(x² + 1 + 2t) on [log x, t]. The steps' series stop at s², s⁴ and where
    LOG1P_HALF does; each has besides the rounding of the last, the longest.
    """
    x = ball(lower, upper)
    t = enclose.log_stdplus_on(x)
    log_x = x.log()
    slope = magnitude(1 / (x * x + 1 + 2 * log_x))
    first = arb(lower)  # (1 + 2t)/x² falls as x rises: x·dt/dx = x²/(x² + 2t) < 1 + 2t
    s = magnitude((1 + 2 * enclose.log_stdplus_on(first)) / (first * first)) + arb(2) ** -50
    require(s <= certificates.TAIL, "(1 + 2t)/x² within the range of LOG1P_HALF")
    fit = s * arb(certificates.log1p_half(c.LOG1P_HALF).proved)
    z = div(Number(arb(1)), mul(Number(x), Number(x)))
    argument = mul(z, fma(Number(arb(2)), Number(t), Number(arb(1))))
    logarithm = Number(log_x, 4 * half_ulp(log_x))
    rounding = fma(argument, horner2(argument, c.LOG1P_HALF), logarithm).error
    left_out = slope**3 * magnitude(t - log_x) + slope**2 * s**3 / 6 + slope * s**5 / 10 + fit
    return left_out + rounding * (1 + slope + slope**2)


@dataclass(frozen=True)
class Piece:
    """The quantities of the step for x in [lower, upper]."""

    lower: float
    upper: float

    @cached_property
    def x(self) -> Any:
        return ball(self.lower, self.upper)

    @cached_property
    def t(self) -> Any:
        return enclose.log_stdplus_on(self.x)

    @cached_property
    def u_size(self) -> Any:
        """|u|: the start's error."""
        return magnitude(start_error(self.lower, self.upper, True))

    @cached_property
    def u(self) -> Any:
        return arb(0, enclose.above(self.u_size))

    @cached_property
    def t0(self) -> Any:
        return self.t + self.u

    @cached_property
    def w(self) -> Any:
        return (2 * self.t0).exp()

    @cached_property
    def below(self) -> Any:
        """W − 1."""
        return (2 * self.t0).expm1()

    @cached_property
    def q(self) -> Any:
        return self.w / self.below

    @cached_property
    def without(self) -> Any:
        """q − 1 = 1/(W − 1)."""
        return 1 / self.below

    @cached_property
    def s(self) -> Any:
        """ψ/u²."""
        return 1 + 2 * self.u / 3 + self.kappa * self.u * self.u

    @cached_property
    def kappa(self) -> Any:
        top = (2 * self.u_size).exp() / 3
        return ball(0, enclose.above(top))

    @cached_property
    def v_size(self) -> Any:
        return self.u_size + magnitude(self.q) * self.u_size**2 * magnitude(self.s)

    @cached_property
    def parts(self) -> tuple[int, list[Any]]:
        """|k| at most, and the balls of f."""
        return short_parts(self.t0)

    # What the truncated formulas leave out, as multiples of |u|³.

    @cached_property
    def _log_left_out(self) -> Any:
        """(v − q·v² − u)/u³."""
        q, u, s = self.q, self.u, self.s
        return q * (arb(2) / 3 + self.kappa * u) - 2 * q**2 * s - q**3 * u * s**2

    @cached_property
    def log_left_out(self) -> Any:
        """|v − q·v² − u|."""
        return self._cubed(self._log_left_out)

    @cached_property
    def _exp_left_out(self) -> Any:
        """(v + (½ − q)·v² − expm1(u))/u³."""
        q, u, s = self.q, self.u, self.s
        return (
            q * (arb(2) / 3 + self.kappa * u)
            + (1 - 2 * q) * q * s
            + (arb(0.5) - q) * q**2 * u * s**2
            - arb(1) / 6
            - self.quartic * u
        )

    @cached_property
    def quartic(self) -> Any:
        """(e^u − 1 − u − u²/2 − u³/6)/u⁴."""
        return ball(0, enclose.above(self.u_size.exp() / 24))

    @cached_property
    def _slope_left_out(self) -> Any:
        """(W − 1 + W·(2u' + 2u'²) − (y² − 1))/((y² − 1)·u³), u' to second order."""
        u, error = self.u, self._log_left_out
        quartic = ball(0, enclose.above(2 * (2 * self.u_size).exp() / 3))
        cubic = 2 * error * (1 + 2 * u + error * u * u * u) - arb(4) / 3
        return self.q * (cubic - quartic * u) / (1 + self.q * (2 * u).expm1())

    def _cubed(self, value: Any) -> Any:
        return magnitude(value) * self.u_size**3

    @cached_property
    def exp_left_out(self) -> Any:
        """Of e^u in `exp_step_fast`."""
        return self._cubed(self._exp_left_out)

    @cached_property
    def slope_left_out(self) -> Any:
        """Of y² − 1, relative."""
        return self._cubed(self._slope_left_out)

    @cached_property
    def derivative_left_out(self) -> Any:
        """Of y/(y² − 1), relative: the two partly cancel."""
        return self._cubed(self._exp_left_out * (-self.u).exp() - self._slope_left_out)

    @cached_property
    def shrunk(self) -> Any:
        """A lower bound of |y² − 1|/|W − 1| = |1 + q·expm1(2u)|."""
        return arb((1 + self.q * (2 * self.u).expm1()).abs_lower())


@dataclass(frozen=True)
class FastStep(Piece):
    """Rounding in `fast.solve_fast`, relative to e^{t0} or as an error of u."""

    @cached_property
    def exp(self) -> Any:
        """Relative error of e = exp_fast(t0)."""
        return fast_exp_error(*self.parts)

    @cached_property
    def square(self) -> Any:
        """Relative error of w."""
        return 2 * self.exp + self.exp**2 + U

    @cached_property
    def inverse(self) -> Any:
        """Relative error of inv."""
        return magnitude(self.q) * self.square * 2 + 2 * U

    @cached_property
    def rounding(self) -> Any:
        """Of u, that of w not counted: w = x² + 1 + 2·t0 + F, where the sums round once each."""
        f = 2 * magnitude(self.below) * self.v_size
        w = magnitude(self.w)
        sums = half_ulp(w + f) + half_ulp(f + w * (self.square + U))
        q, relative = magnitude(self.q), self.inverse + 3 * U
        of_q = magnitude(self.without) * self.inverse + U * (q + 1)  # q = 1 − 2g, also q − ½
        return (
            sums / (2 * arb(self.below.abs_lower()))
            + self.v_size * relative
            + self.v_size**2 * (q * 3 * relative + of_q)
            + half_ulp(self.u_size * (1 + 2 * self.v_size * magnitude(self.q)))
        )


def fast_exp_error(k: int, fs: list[Any]) -> Any:
    """`fast.exp_fast`, relative: EXP_FAST's error, the reduced argument's, the rounding."""
    worst = arb(0)
    for f in fs:
        reduced = Number(f, half_ulp(certificates.SHORT) + k * abs(arb(c.LN2) - arb.const_log2()))
        fit = arb(certificates.exp_fast(c.EXP_FAST).proved)
        worst = worst.max(magnitude((horner2(reduced, c.EXP_FAST).error + fit) * (-f).exp()))
    return magnitude(worst)
