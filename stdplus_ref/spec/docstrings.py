"""The docstrings of the ufuncs, written from the contract."""

from __future__ import annotations

import math
from typing import Final

from stdplus_ref.spec.functions import Function
from stdplus_ref.spec.records import SQRT_HALF, Accuracy, SpecialValue


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
