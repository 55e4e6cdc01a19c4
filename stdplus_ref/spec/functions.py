"""The six functions: what each is, its domain and range, its special values and exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stdplus_ref.spec.promises import ACCURACY
from stdplus_ref.spec.records import (
    INFINITY,
    NAN,
    POSITIVE,
    REALS,
    SQRT_HALF,
    Accuracy,
    Example,
    Interval,
    SpecialValue,
)


@dataclass(frozen=True)
class Function:
    """One of the six functions.

    Attributes
    ----------
    name, argument : str
        Its name and that of its parameter.
    summary, formula : str
        One line each; the formula in terms of t, the solution of the defining equation.
    domain, range : Interval
    special : tuple of SpecialValue
        At −∞, −0, +0, +∞, NaN and elsewhere.
    extremes : tuple of str
        What happens where results leave the range of the type, one sentence each.
    related : tuple of str
        Names of inverse, derivative and the like, and what they are.
    example : Example
    """

    name: str
    argument: str
    summary: str
    formula: str
    domain: Interval
    range: Interval
    special: tuple[SpecialValue, ...]
    extremes: tuple[str, ...]
    related: tuple[str, ...]
    example: Example

    def accuracy(self, target: str) -> tuple[Accuracy, ...]:
        """The promises made for this function on `target`, one a dtype."""
        return tuple(a for a in ACCURACY if (a.function, a.target) == (self.name, target))


def _at_the_usual(
    minus_infinity: float, minus_zero: float, plus_zero: float, plus_infinity: float
) -> tuple[SpecialValue, ...]:
    """Special values at −∞, −0, +0, +∞ and NaN, none of which raises."""
    values = {-INFINITY: minus_infinity, INFINITY: plus_infinity, NAN: NAN}
    zeros = SpecialValue(-0.0, minus_zero), SpecialValue(0.0, plus_zero)
    return (*zeros, *(SpecialValue(x, value) for x, value in values.items()))


_DEFINED: Final = (
    Function(
        name="stdplus",
        argument="x",
        summary="The stdplus function: the standard deviation of the Slashed Normal.",
        formula="stdplus(x) = exp(t)",
        domain=REALS,
        range=POSITIVE,
        special=_at_the_usual(0.0, 1.0, 1.0, INFINITY),
        extremes=("Towards −∞ the result underflows gradually, through subnormals, to 0.",),
        related=(
            "log_stdplus : Its logarithm, for arguments where it underflows.",
            "inv_stdplus : Its inverse.",
            "stdplus_derivative : Its derivative.",
        ),
        example=Example("[-2.0, 0.0, 2.0]", "array([0.0823639 , 1.        , 2.63378955])"),
    ),
    Function(
        name="log_stdplus",
        argument="x",
        summary="Natural logarithm of `stdplus`.",
        formula="log_stdplus(x) = t",
        domain=REALS,
        range=REALS,
        special=_at_the_usual(-INFINITY, -0.0, 0.0, INFINITY),
        extremes=(
            "Finite as long as −(x² + 1)/2 is; beyond, −∞ and the overflow exception.",
            "Results too small for the type underflow gradually.",
        ),
        related=(
            "stdplus : Its exponential.",
            "inv_log_stdplus : Its inverse.",
            "log_stdplus_derivative : Its derivative.",
        ),
        example=Example("[-2.0, 0.0, 2.0]", "array([-2.49660809,  0.        ,  0.9684237 ])"),
    ),
    Function(
        name="stdplus_derivative",
        argument="x",
        summary="Derivative of `stdplus`.",
        formula="stdplus_derivative(x) = x·exp(t)/expm1(2·t), and 1/√2 at 0",
        domain=REALS,
        range=Interval(0.0, 1.0),
        special=_at_the_usual(0.0, SQRT_HALF, SQRT_HALF, 1.0),
        extremes=("Towards −∞ the result underflows gradually, through subnormals, to 0.",),
        related=(
            "stdplus : The function.",
            "log_stdplus_derivative : The derivative of its logarithm.",
        ),
        example=Example("[-2.0, 0.0, 2.0]", "array([0.16585291, 0.70710678, 0.88726874])"),
    ),
    Function(
        name="log_stdplus_derivative",
        argument="x",
        summary="Derivative of `log_stdplus`.",
        formula="log_stdplus_derivative(x) = x/expm1(2·t), and 1/√2 at 0",
        domain=REALS,
        range=POSITIVE,
        special=_at_the_usual(INFINITY, SQRT_HALF, SQRT_HALF, 0.0),
        extremes=("Towards +∞ the result underflows gradually, to subnormals.",),
        related=(
            "log_stdplus : The function.",
            "stdplus_derivative : The derivative of `stdplus`.",
        ),
        example=Example("[-2.0, 0.0, 2.0]", "array([2.01366029, 0.70710678, 0.33687913])"),
    ),
    Function(
        name="inv_stdplus",
        argument="y",
        summary="Inverse of `stdplus`.",
        formula="inv_stdplus(y) = sign(y − 1)·√(y² − 1 − 2·log y)",
        domain=Interval(0.0, INFINITY, closed_below=True),
        range=REALS,
        special=(
            SpecialValue(-0.0, -INFINITY, "divide"),
            SpecialValue(0.0, -INFINITY, "divide"),
            SpecialValue(-INFINITY, NAN, "invalid"),
            SpecialValue(INFINITY, INFINITY),
            SpecialValue(NAN, NAN),
            SpecialValue(-1.0, NAN, "invalid"),
            SpecialValue(1.0, 0.0),
        ),
        extremes=(),
        related=(
            "stdplus : The function it inverts.",
            "inv_log_stdplus : The same from the logarithm of y.",
        ),
        example=Example("[0.5, 1.0, 2.0]", "array([-0.79768061,  0.        ,  1.27031714])"),
    ),
    Function(
        name="inv_log_stdplus",
        argument="t",
        summary="Inverse of `log_stdplus`.",
        formula="inv_log_stdplus(t) = sign(t)·√(expm1(2·t) − 2·t)",
        domain=REALS,
        range=REALS,
        special=_at_the_usual(-INFINITY, -0.0, 0.0, INFINITY),
        extremes=(
            "Above the logarithm of the type's largest number +∞ and the overflow exception.",
            "Results too small for the type underflow gradually.",
        ),
        related=(
            "log_stdplus : The function it inverts.",
            "inv_stdplus : The same from exp(t).",
        ),
        example=Example("[-1.0, 0.0, 1.0]", "array([-1.06552113,  0.        ,  2.09500742])"),
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({f.name: f for f in _DEFINED})
"""The six functions by name."""
