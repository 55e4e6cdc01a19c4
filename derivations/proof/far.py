"""Far out: closed forms, against what they leave out.

Each is run on its whole interval at once, over |argument|; what it should be is a ball around a
constant there. δ = (1 + 2t)·e^{−2t} falls with t > 0, and x = e^t·√(1 − δ).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb

from derivations.core import require
from derivations.proof.driver import Bound, Piece, above, exact_t
from derivations.proof.entry import Program
from derivations.proof.model import Model, constant, within
from derivations.proof.number import UNKNOWN, Number, Unit
from derivations.proof.regions import FAR, LARGEST, after, before
from derivations.proof.truths import pair
from stdplus_ref import source
from stdplus_ref.source import inv_log_stdplus, inv_stdplus, log_stdplus, newton


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

    @property
    def piece(self) -> Piece:
        return Piece(self.least, self.greatest)

    @property
    def inner(self) -> float:
        """The end next to 0."""
        return min(self.least, self.greatest, key=abs)


def _missing(t: Any) -> Any:
    return (1 + 2 * t) * (-2 * t).exp()


def _shrunk(t: Any) -> Any:
    """√(1 − δ)."""
    return 1 - within(_missing(t))


def _grown(t: Any) -> Any:
    """1/√(1 − δ)."""
    return 1 + within(_missing(t))


def _right(t: Any) -> Any:
    """(1 − δ)/(1 − e^{−2t}), and with a root of the numerator."""
    return (1 - within(_missing(t))) * (1 + within(2 * (-2 * t).exp()))


def _left(t: Any) -> Any:
    """1/(1 − e^{2t})."""
    return 1 + within(2 * (2 * t).exp())


def _root(t: Any) -> Any:
    """−√2·√(1 − (1 − e^{2t})/(2|t|))."""
    return -arb(2).sqrt() * (1 + within(1 / abs(t)))


def forms() -> list[Far]:
    """All of them; None where the result is 0 or ∞."""
    left, right = before(newton.FAR_LEFT), after(FAR)
    huge, over = inv_log_stdplus.HUGE, inv_log_stdplus.OVERFLOWED
    last = before(log_stdplus.LAST_FINITE)
    return [
        Far("x < -1.896e154", "log_stdplus", -LARGEST, last, None, entry="float64"),
        Far("x < -40", "stdplus", -LARGEST, left, None),
        Far("x < -40", "stdplus_derivative", -LARGEST, left, None),
        Far("x < -40", "log_stdplus_derivative", -LARGEST, left, _left),
        Far("x > 2^64", "stdplus", right, LARGEST, _grown),
        Far("x > 2^64", "stdplus_derivative", right, LARGEST, _right),
        Far("x > 2^64", "log_stdplus_derivative", right, LARGEST, _right),
        Far("y ≥ 2^100", "inv_stdplus", inv_stdplus.GREATEST, LARGEST, _shrunk, "y"),
        Far("t < -2^600", "inv_log_stdplus", -LARGEST, before(-huge), _root, "t"),
        Far("t > 720", "inv_log_stdplus", after(over), LARGEST, None, "t"),
    ]


def before_rounding(found: Any) -> Any:
    """What a result is before the last rounding, if that was the only one."""
    base = found
    while isinstance(base, Number) and base.source[:1] in (("scaled",), ("negative",)):
        base = base.source[1]
    if not (isinstance(base, Number) and base.source[:1] in (("div",), ("sqrt",))):
        return found
    require(all(not a.model.errors for a in base.source[1:]), "one rounding")
    return Number(Model(found.model.powers), unit=found.unit)


def prove(form: Far) -> Bound:
    """The bound of a closed form before its last rounding."""
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
        return Bound(at=form.piece, pieces=1)
    model, _ = pair(before_rounding(found))
    ball = form.exact(t)
    relative = above(arb((model + (-ball)).size) / arb(abs(ball).abs_lower()))
    return Bound(relative, relative * 2.0**53, form.piece, pieces=1)


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
