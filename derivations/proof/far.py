"""Far out: closed forms, against what they leave out.

Each is run on its whole interval at once, over |argument|; what it should be is a ball around a
constant there. δ = (1 + 2t)·e^{−2t} falls with t > 0, and x = e^t·√(1 − δ).

A form is an argument, or a quotient or root of it rounded once. That rounds as the exact value does
where the two differ by less than the form's distance from a midpoint m of neighbours (`APART`):

    a      ¼ of a last place at least, 2^-54·a; beyond its greatest or least number likewise.
    1/a    m = N·2^b, N odd and below 2^54, a = A·2^c, A below 2^53. N·A is no power of two if
           N > 1, so m·a is off 1 by 2^(b + c) at least, which is more than 2^-107·m·a.
    √a     m likewise; m² = N²·2^2b is no multiple of 2^(2b + 1), but a is: it has 53 bits and m²
           107 or 108. So a is off m² by 2^2b > 2^-108·m², and √a off m by more than 2^-110·m.

Where 1/a is subnormal N has fewer bits, so that it is farther off; N = 1 only for a > 2^1024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb

from derivations.core import require
from derivations.proof import left
from derivations.proof.driver import Bound, Piece, above, exact_t
from derivations.proof.entry import Program
from derivations.proof.model import Model, constant, within
from derivations.proof.number import UNKNOWN, Number, Unit
from derivations.proof.regions import FAR, LARGEST, LAST, LEFT, after, before
from derivations.proof.truths import pair
from stdplus_ref import source
from stdplus_ref.source import inv_log_stdplus, inv_stdplus, newton

APART = {"float": 2.0**-54, "div": 2.0**-108, "sqrt": 2.0**-111}
"""Relative to the exact value, how far a number, a quotient and a root are from a midpoint."""


@dataclass(frozen=True)
class Far:
    """A closed form of one function on an interval."""

    where: str
    function: str
    least: float
    greatest: float
    exact: Callable[[Any], Any] | None
    """From the t of the end next to 0: a ball of the result over |argument|^power."""
    kind: str = "x"
    entry: str = "far"
    lemma: Callable[[], Bound] | None = None
    """What proves it, if `prove` does not."""

    @property
    def piece(self) -> Piece:
        return Piece(self.least, self.greatest)

    @property
    def inner(self) -> float:
        """The end next to 0."""
        return min(self.least, self.greatest, key=abs)


def _missing(t: Any) -> Any:
    return (1 + 2 * t) * (-2 * t).exp()


def shrunk(t: Any) -> Any:
    """√(1 − δ)."""
    return 1 - within(_missing(t))


def grown(t: Any) -> Any:
    """1/√(1 − δ)."""
    return 1 + within(_missing(t))


def right_of(t: Any) -> Any:
    """(1 − δ)/(1 − e^{−2t}), and with a root of the numerator."""
    return (1 - within(_missing(t))) * (1 + within(2 * (-2 * t).exp()))


def _left(t: Any) -> Any:
    """1/(1 − e^{2t})."""
    return 1 + within(2 * (2 * t).exp())


def _root(t: Any) -> Any:
    """−√2·√(1 − (1 − e^{2t})/(2|t|))."""
    return -arb(2).sqrt() * (1 + within(1 / abs(t)))


def forms() -> list[Far]:
    """All of them; None where the result is 0 or ∞, or nothing is missing."""
    low, right = before(newton.FAR_LEFT), after(FAR)
    huge, over = inv_log_stdplus.HUGE, inv_log_stdplus.OVERFLOWED
    return [
        Far("x < -1.896e154", "log_stdplus", -LARGEST, before(LAST), None, entry="float64"),
        Far(left.WHERE, left.NAME, LAST, before(LEFT), None, entry="regime", lemma=left.prove),
        Far("x < -40", "stdplus", -LARGEST, low, None),
        Far("x < -40", "stdplus_derivative", -LARGEST, low, None),
        Far("x < -40", "log_stdplus_derivative", -LARGEST, low, _left),
        Far("x > 2^64", "stdplus", right, LARGEST, grown),
        Far("x > 2^64", "stdplus_derivative", right, LARGEST, right_of),
        Far("x > 2^64", "log_stdplus_derivative", right, LARGEST, right_of),
        Far("y ≥ 2^100", "inv_stdplus", inv_stdplus.GREATEST, LARGEST, shrunk, "y"),
        Far("t < -2^600", "inv_log_stdplus", -LARGEST, before(-huge), _root, "t"),
        Far("t > 720", "inv_log_stdplus", after(over), LARGEST, None, "t"),
    ]


def before_rounding(found: Any) -> tuple[Model, float]:
    """What a result is before its only rounding, and how far it is from a midpoint at least."""
    base, k = found, 0
    while isinstance(base, Number) and base.source[:1] in (("scaled",), ("negative",)):
        k += base.source[2] if base.source[0] == "scaled" else 0
        base = base.source[1]
    if not (isinstance(base, Number) and base.source[:1] in (("div",), ("sqrt",))):
        model, _ = pair(found)
        require(not model.errors, "no rounding")
        return model, APART["float"]
    kind, *operands = base.source
    require(all(not a.model.errors for a in operands), "one rounding")
    first = operands[0].model
    exact = first.sqrt() if kind == "sqrt" else first * operands[1].model.inverse()
    same = bool(base.model.interval() > 0) == bool(found.model.interval() > 0)
    return exact * (arb(2) ** k * (1 if same else -1)), APART[kind]


def prove(form: Far) -> Bound:
    """The bound of a closed form before its last rounding, and what it may be."""
    if form.lemma is not None:
        return form.lemma()
    module = getattr(source, form.function)
    program = Program({form.function: getattr(module, form.entry)})
    sign = 1 if form.least > 0 else -1
    least, most = sorted((abs(form.least), abs(form.greatest)))
    unit = Unit(None, arb(least), arb(most))
    ends = (form.least, form.greatest)
    value = Number(constant(sign), UNKNOWN, unit=unit, ends=ends)
    found = program.functions[form.function](value)
    t = exact_t(form.kind, form.inner)
    if form.exact is None:
        require(_settled(form, found, t), f"{form.function}: {form.where}")
        return Bound(at=form.piece, pieces=1, allowed=0.0)
    model, apart = before_rounding(found)
    ball = form.exact(t)
    relative = above(arb((model + (-ball)).size) / arb(abs(ball).abs_lower()))
    return Bound(relative, relative, apart, form.piece, pieces=1)


def _settled(form: Far, found: Any, t: Any) -> bool:
    """Whether the result is 0 and less than half the least float is missing, or ±∞ and it is due.

    Far left both y and y' = |x|·e^t/(1 − e^{2t}) fall as |x| grows; far right x rises with t.
    """
    if form.least > 0:
        return bool(found == float("inf")) and bool(t > arb(2**1024).log() + 1)
    if form.function == "log_stdplus":
        return bool(found == -float("inf")) and bool(-t > arb(2**1024 - 2**970))
    x = abs(arb(form.inner))
    return bool(found == 0.0) and bool(x * t.exp() * 2 < arb(2) ** -1075)
