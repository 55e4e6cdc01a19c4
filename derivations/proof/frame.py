"""A piece of the curve: t, y = e^t and x with x² = e^{2t} − 1 − 2t as models in τ.

Any of the three may be the argument; the piece is given by its least and greatest float. All three
are models in one parameter, t = T + R·τ, so that what cancels between them cancels coefficient by
coefficient.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_poly

from derivations.proof.model import TERMS, Model, Unbounded, trimmed, within

NEAR = 0.5  # |t| below: x = t·√((e^{2t} − 1 − 2t)/t²)

FAR = 44.0  # t above: x = e^t·√(1 − (1 + 2t)·e^{−2t}), the root as a ball around 1


@dataclass(frozen=True)
class Frame:
    """A piece of the curve."""

    centre: Any  # T
    radius: Any  # R

    def t(self) -> Model:
        return Model([arb_poly([self.centre, self.radius])])

    def exp(self, times: int) -> Model:
        """e^{times·t}."""
        slope, terms = self.radius * times, []
        term = (self.centre * times).exp()
        for n in range(TERMS):
            terms.append(term)
            term = term * slope / (n + 1)
        terms[0] += within(term * (2 * abs(slope)).exp())
        return Model([arb_poly(terms)])

    def expm1_over(self) -> Model:
        """(e^t − 1)/t."""
        return self._entire(1, 1)

    def _entire(self, times: int, skip: int) -> Model:
        """Σ times^{n + skip}·t^n/(n + skip)!, for |t| ≤ 1."""
        count = 60
        row = [arb(times) ** (n + skip) / arb.fac_ui(n + skip) for n in range(count)]
        size = arb((abs(self.centre) + self.radius).abs_upper())
        if not size <= 1:
            raise Unbounded("a series too far out")
        rest = arb(times) ** (count + skip) / arb.fac_ui(count + skip) * 2
        poly = arb_poly(row)(arb_poly([self.centre, self.radius]))
        return Model([trimmed(poly, TERMS) + within(rest)])

    def x_over_t(self) -> Model:
        """x/t, near 0."""
        return self._entire(2, 2).sqrt()

    def w_over_t(self) -> Model:
        """(e^{2t} − 1)/t."""
        return self._entire(2, 1)

    def near(self) -> bool:
        return bool(abs(self.centre) + self.radius < NEAR)

    @functools.cached_property
    def x(self) -> Model:
        if self.near():
            return self.x_over_t() * self.t()
        if self.centre - self.radius > FAR:
            least = self.centre - self.radius
            missing = (1 + 2 * least) * (-2 * least).exp()  # falls with t
            return self.exp(1).times(within(missing) + 1)
        square = self.exp(2) - self.t() * 2 + (-1)
        root: Model = square.sqrt()
        return root if self.centre > 0 else -root

    def w_minus_1(self) -> Model:
        """e^{2t} − 1."""
        if self.near():
            return self._entire(2, 1) * self.t()
        return self.exp(2) + (-1)


@dataclass(frozen=True)
class LeftFrame(Frame):
    """The same for x < −2 in terms of x: x = C + R·τ, t = −(x² + 1)/2 + e^{2t}/2."""

    @functools.cached_property
    def x(self) -> Model:
        return Model([arb_poly([self.centre, self.radius])])

    def t(self) -> Model:
        """t < 0, so that e^{2t} < 1 and e^{2t} = e^{−(x² + 1) + e^{2t}} < e^{−x²}."""
        greatest = self.centre + self.radius
        if not greatest < -2:
            raise Unbounded("not far enough left")
        missing = (-greatest * greatest).exp()
        square = (self.x * self.x).times(arb(-0.5))
        return square.__add__(within(missing) - 0.5)

    def exp(self, times: int) -> Model:
        raise Unbounded("e^t is not known on this frame")

    def _entire(self, times: int, skip: int) -> Model:
        raise Unbounded("a series in t on a frame in x")

    def near(self) -> bool:
        return False


def over(low: Any, high: Any, kind: type[Frame] = Frame) -> Frame:
    """The frame from low to high."""
    centre = ((low + high) / 2).mid()
    radius = arb((high - centre).abs_upper()).max(arb((centre - low).abs_upper()))
    return kind(centre, arb(radius.upper()))
