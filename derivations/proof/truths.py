"""What the results should be, and what a pair stands for."""

from __future__ import annotations

from typing import Any

from flint import arb

from derivations.proof import number
from derivations.proof.frame import Frame
from derivations.proof.model import Model, Unbounded, constant
from derivations.proof.number import DOUBLE, Number, Undecided, Unit, lifted
from derivations.proof.truth import Top
from stdplus_ref.source.pairs import NEVER_SUBNORMAL

MOST_SCALE = 2044  # |k| of `round_scaled` at most
LEAST_PAIR = arb(2) ** NEVER_SUBNORMAL  # its |hi| at least


def slope(frame: Frame) -> Model:
    """dt/dx = x/(e^{2t} − 1)."""
    if frame.near():
        return frame.x_over_t() * frame.w_over_t().inverse()
    return frame.x * frame.w_minus_1().inverse()


def plain(name: str, frame: Frame) -> Model:
    """The exact result of a function on the frame."""
    match name:
        case "stdplus":
            return frame.exp(1)
        case "log_stdplus":
            return frame.t()
        case "log_stdplus_derivative":
            return slope(frame)
        case "stdplus_derivative":
            return slope(frame) * frame.exp(1)
        case "inv_stdplus" | "inv_log_stdplus":
            return frame.x
    raise KeyError(name)


def over(name: str, frame: Frame, unit: Unit) -> Model:
    """The same over the argument, or over what it is beyond 1."""
    match name:
        case "log_stdplus":
            return frame.x_over_t().inverse()
        case "inv_log_stdplus":
            return frame.x_over_t()
        case "inv_stdplus":
            return frame.x_over_t() * frame.expm1_over().inverse()
    raise KeyError(name)


def _three(result: Any) -> tuple[Number, Number, int]:
    """(hi, lo, k) of a result."""
    hi, lo, *rest = result if isinstance(result, tuple) else (result, 0.0)
    k = rest[0] if rest else 0
    for value in (hi, lo, k):
        if isinstance(value, Top):
            raise Undecided(f"nothing is known of a result: {value.reason}")
    if not isinstance(lo, Number) and lo == 0.0:
        lo = Number(constant(0), unit=hi.unit if isinstance(hi, Number) else None)
    return lifted(hi, DOUBLE), lifted(lo, DOUBLE), k


def shape(result: Any) -> tuple[Any, Any]:
    """Bounds of a pair that is to be rounded: |lo/hi| at most, and |hi| at least."""
    hi, lo, k = _three(result)
    if hi.unit is not None and hi.unit is lo.unit:
        share = lo.model.size / hi.model.low
    else:
        share = lo.size / hi.low
    if not (share < 0.5 and hi.low >= LEAST_PAIR and abs(k) <= MOST_SCALE):
        raise Unbounded("a pair that `round_scaled` does not take")
    return share, hi.low


def pair(result: Any) -> tuple[Model, Unit | None]:
    """What a result stands for: (hi, lo), (hi, lo, k) or a number; over a unit if all are."""
    hi, lo, k = _three(result)
    scale = arb(2) ** k
    if hi.unit is lo.unit:
        return (hi.model + lo.model) * scale, hi.unit
    return (number.plain(hi) + number.plain(lo)) * scale, None
