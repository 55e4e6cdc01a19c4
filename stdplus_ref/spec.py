"""The contract as data: what each of the six functions is and what is promised about it.

Domains, special values, exceptions and accuracy limits are written here once. The ufuncs'
docstrings and the README's table are generated from this module, and the tests read it. It
imports nothing but the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from stdplus_ref import _port_evidence
from stdplus_ref._evidence import EVIDENCE, Found, Word

INFINITY: Final = math.inf
NAN: Final = math.nan
SQRT_HALF: Final = math.sqrt(0.5)

Raises = Literal["divide", "overflow", "invalid"]
"""An IEEE exception, by the name `numpy.errstate` gives it."""


@dataclass(frozen=True)
class Interval:
    """A set of real numbers between two ends."""

    lower: float
    upper: float
    closed_below: bool = False

    def __str__(self) -> str:
        if self.lower == -INFINITY and self.upper == INFINITY:
            return "ℝ"
        upper = "∞" if self.upper == INFINITY else f"{self.upper:g}"
        return f"{'[' if self.closed_below else '('}{self.lower:g}, {upper})"


REALS: Final = Interval(-INFINITY, INFINITY)
POSITIVE: Final = Interval(0.0, INFINITY)


@dataclass(frozen=True)
class SpecialValue:
    """The exact result at one argument, the sign of zero included, and the exception it raises."""

    argument: float
    value: float
    raises: Raises | None = None


@dataclass(frozen=True)
class Witness:
    """The input on which the worst error was seen, the result there and the exact value.

    Hexadecimal, as `float.hex` writes it; the exact value with more digits.
    """

    input: str
    got: str
    exact: str


@dataclass(frozen=True)
class Evidence:
    """Why a limit is believed.

    Attributes
    ----------
    word : {"exhaustive", "proved", "observed"}
    scanned : str
        The set of inputs, or where the proof is.
    worst : float
        Largest error found or proved, in ULP.
    witness : Witness or None
        Where it was found; None for a proof.
    """

    word: Word
    scanned: str
    worst: float
    witness: Witness | None = None


@dataclass(frozen=True)
class Accuracy:
    """A promise: the error of `function` on `target` in `dtype` is at most `limit` ULP.

    An ULP is that of the correctly rounded result's binade, subnormals included, so 0.5 means
    correctly rounded. `evidence` is empty as long as nothing has been measured or proved. With
    `flush_to_zero` subnormal arguments and results may be taken for 0.
    """

    function: str
    target: str
    dtype: str
    limit: float
    evidence: tuple[Evidence, ...] = ()
    flush_to_zero: bool = False

    @property
    def correctly_rounded(self) -> bool:
        """Whether the promise is the result nearest to the exact value, ties to even."""
        return self.limit == 0.5


@dataclass(frozen=True)
class Example:
    """Arguments and what NumPy prints for the array of their float64 results."""

    arguments: str
    printed: str


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

NAMES: Final = tuple(FUNCTIONS)
"""Their names, in the contract's order."""

DTYPES: Final = ("float32", "float64")
"""The types computed in."""

_FORWARD_SEAMS: Final = (-40.0, -26.0, -13.0, -3.25, -0.25, 0.25, 8.0, 2.0**64)
_TINY: Final = (-(2.0**-125), -(2.0**-900), 2.0**-900, 2.0**-125)

SEAMS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "stdplus": _FORWARD_SEAMS,
        "log_stdplus": tuple(sorted((*_FORWARD_SEAMS, *_TINY))),
        "stdplus_derivative": _FORWARD_SEAMS,
        "log_stdplus_derivative": _FORWARD_SEAMS,
        "inv_stdplus": (2.0**-1022, 0.8, 1.2, 2.0**100),
        "inv_log_stdplus": (-(2.0**600), -(2.0**60), -40.0, -0.375, *_TINY, 0.375, 40.0, 720.0),
    }
)
"""Where the kernels change their method: the inputs next to these deserve a look."""


_ROUNDED_TWICE: Final = {"float16": 0.501, "bfloat16": 0.501}
"""Limits of the ports in types that they compute in float32 and round once more."""

PORTS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "torch": {},
        "torch compiled": {"float32": 1.0, "float64": 1.5},
        "jax": {"float32": 1.0, "float64": 1.5},
    }
)
"""The ports on the CPU, PyTorch eager and compiled, JAX compiled: limits unlike the ufuncs'."""

_FLUSHING: Final = ("jax",)


def _promises() -> tuple[Accuracy, ...]:
    """Every accuracy that is promised."""
    ufuncs = [
        Accuracy(name, "numpy", dtype, limit, _evidence(EVIDENCE.get((name, dtype), ())))
        for name in NAMES
        for dtype, limit in _limits_of_ufuncs(name).items()
    ]
    ports = [
        Accuracy(name, target, dtype, limit, _found(target, name, dtype), target in _FLUSHING)
        for target, limits in PORTS.items()
        for name in NAMES
        for dtype, limit in {**_ROUNDED_TWICE, **_limits_of_ufuncs(name), **limits}.items()
    ]
    return (*ufuncs, *ports)


def _limits_of_ufuncs(name: str) -> dict[str, float]:
    return {"float32": 0.5, "float64": 0.55 if name.startswith("inv_") else 0.51}


def _found(target: str, name: str, dtype: str) -> tuple[Evidence, ...]:
    """What has been measured of a port."""
    return _evidence(_port_evidence.EVIDENCE.get((target, name, dtype), ()))


def _evidence(found: tuple[Found, ...]) -> tuple[Evidence, ...]:
    """Evidence from the generated files."""
    return tuple(
        Evidence(word, scanned, worst, Witness(*witness) if witness else None)
        for word, scanned, worst, witness in found
    )


ACCURACY: Final = _promises()
"""Accuracy limits: the tables in the README and in docs/ports.md."""


def _number(x: float) -> str:
    """A special value as docstrings print it."""
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "+∞" if x > 0 else "−∞"
    if x == 0.0:
        return "+0" if math.copysign(1.0, x) > 0 else "−0"
    return "1/√2" if x == SQRT_HALF else f"{x:g}".replace("-", "−")


def _special_line(special: SpecialValue) -> str:
    raised = f", raising {special.raises}" if special.raises else ""
    return f"* {_number(special.argument)} → {_number(special.value)}{raised}"


def _accuracy_line(accuracy: Accuracy) -> str:
    if accuracy.correctly_rounded:
        return f"* {accuracy.dtype}: correctly rounded (round to nearest, ties to even)."
    return f"* {accuracy.dtype}: at most {accuracy.limit:g} ULP from the exact value."


def _lines(lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join(lines)


_DEFINITION: Final = "With t the solution of ``expm1(2·t) − 2·t = x²`` of the sign of x,"


def docstring(function: Function) -> str:
    """The numpydoc docstring of the ufunc; NumPy itself puts the signature before it."""
    argument = function.argument
    definition = "" if function.name.startswith("inv_") else f"{_DEFINITION}\n\n"
    notes = _lines([f"{sentence}\n" for sentence in function.extremes])
    return f"""{function.summary}

Parameters
----------
{argument} : array_like
    Real numbers. Integers of at most 16 bits, float16 and float32 are computed in float32, other
    integers and float64 in float64; other types raise TypeError.
out, where, casting, order, dtype, subok : optional
    As for every `numpy.ufunc`.

Returns
-------
ndarray or scalar
    Same shape as `{argument}`; float32 or float64.

See Also
--------
{_lines(function.related)}

Notes
-----
{definition}``{function.formula}``, from {function.domain} to {function.range}.

Special values:

{_lines([_special_line(s) for s in function.special])}

{notes}
No other exception is raised.

Error, in units in the last place (ULP) of the correctly rounded result:

{_lines([_accuracy_line(a) for a in function.accuracy("numpy")])}

References
----------
"Slashed Normal: Parameterize Normal Posterior Distributions with KL Amplitude", Eq. 13 and 31.

Examples
--------
>>> from stdplus_ref import {function.name}
>>> {function.name}({function.example.arguments})
{function.example.printed}
"""
