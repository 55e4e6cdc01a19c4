"""Far left log_stdplus is −(x² + 1)/2 + e^{2t}/2: the pair of its `left` rounds as t does.

Let A = (x² + 1)/2 = s + V exactly, V = low + rest, all of them multiples of a unit U, and δ =
e^{2t}/2. The function returns −s and −v, v being V less an infinitesimal, rounded to odd. Where

    0 < δ < U,    2U is at most half a last place of s,    s + low + rest = A,

every midpoint s + M of neighbours near s has an M that is a multiple of U and, not being 0, a float
whose last bit is 0. So V − δ < M if V ≤ M and V − δ > M if not; and v, which is no float with that
last bit, lies on the same side. If V = 0 then A = s, and s rounds as s − δ does.

`FORM` is what this is said of; that it holds of a piece is seen by running it, with models so
precise that every operation on them is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint
from flint import arb, arb_poly

from derivations.core import require
from derivations.proof.driver import Bound, Piece, Region, allowed, cut, exact_t, least_grid
from derivations.proof.entry import Program, body, statements
from derivations.proof.model import Model
from derivations.proof.number import Number, exponent
from derivations.proof.regions import LAST, LEFT, before, binades
from derivations.proof.truth import Top
from stdplus_ref.source import log_stdplus, operations
from stdplus_ref.source.pairs import to_odd

WHERE, NAME = "x < -9", "log_stdplus"
REGION = Region(WHERE, (NAME,), "x", binades(LAST, before(LEFT)))
BITS = 2400  # from 2^1024 to below 2^-1074
FORM = """
def left(x):
    h = 0.5 * x
    p = mul(h, x)
    s, e = two_sum(p, 0.5)
    low, rest = two_sum(e, fma(h, x, -p))
    rest = select(rest == 0.0, -LEAST_NUMBER, rest)
    return -s, select((low == 0.0) | (s == INFINITY), 0.0, -to_odd(low, rest))
"""


@contextmanager
def exact_models() -> Iterator[None]:
    """A precision at which sums and products of these floats are exact."""
    bits = flint.ctx.prec
    flint.ctx.prec = BITS
    try:
        yield
    finally:
        flint.ctx.prec = bits


def general(condition: Any, a: Any, b: Any) -> Any:
    """`select`, with the arm of all but a few arguments."""
    return a if condition is True else b


class Parts:
    """Stands for `to_odd` and keeps what it is given."""

    def __init__(self) -> None:
        self.low: Any = None
        self.rest: Any = None

    def __call__(self, low: Any, rest: Any) -> Top:
        self.low, self.rest = low, rest
        return Top("a low part rounded to odd")


def prove() -> Bound:
    """Nothing is missing; what is proved is that the conditions above hold, piece by piece."""
    require(body(log_stdplus.left) == statements(FORM), "`left` is the form that is proved")
    missing = (2 * exact_t("x", before(LEFT))).exp() / 2  # rises with x
    parts, count = Parts(), 0
    program = Program({NAME: log_stdplus.regime}, {operations.select: general, to_odd: parts})
    errors = Program({NAME: log_stdplus.error})
    stack = REGION.pieces
    with exact_models():
        while stack:
            piece = stack.pop()
            x = argument(piece)
            require(allowed(errors.functions[NAME](x)) == 0.0, f"{NAME}: no doubt at {piece}")
            hi, _, k = program.functions[NAME](x)
            if isinstance(hi, Top) and piece.least < piece.greatest:  # an overflow, perhaps
                stack += cut(piece, None, NAME)
                continue
            found = at_one(piece.least) if isinstance(hi, Top) else _holds(x, -hi, parts, missing)
            require(found and k == 0, f"{NAME}: {piece}")
            count += 1
    return Bound(at=Piece(LAST, before(LEFT)), allowed=0.0, pieces=count)


def at_one(x: float) -> bool:
    """Whether hi + lo rounds as A − δ does at one argument."""
    hi, lo = log_stdplus.left(x)
    y, exact = Fraction(abs(hi + lo)), (Fraction(x) ** 2 + 1) / 2
    place = Fraction(math.ulp(abs(hi + lo)))
    return y - place / 4 < exact <= y + place / 2


def argument(piece: Piece) -> Number:
    """x on the piece, exactly."""
    low, high = arb(piece.least), arb(piece.greatest)
    model = Model([arb_poly([(low + high) / 2, (high - low) / 2])])
    ends = (piece.least, piece.greatest)
    return Number(model, least_grid(*ends), ends=ends)


def _holds(x: Number, s: Number, parts: Parts, missing: Any) -> bool:
    """The three conditions."""
    low, rest = parts.low, parts.rest
    unit = min(s.grid, low.grid, rest.grid)
    off = s.model + low.model + rest.model - (x.model * x.model + 1) * arb(0.5)
    exact = bool(off.interval() == 0)
    return exact and bool(missing < arb(2) ** unit) and exponent(s.low) - 54 >= unit
