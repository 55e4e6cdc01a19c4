"""docs/contract.md: the contract for who writes the functions in another language."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from derivations.errata import table
from stdplus_ref import exact, spec
from stdplus_ref.conformance import vectors

NAME = "contract"
PATH = Path("docs/contract.md")

HEAD = """\
# The contract

This page defines the six functions and what an implementation of them promises. It needs no Python
to read, and with the test vectors none to be tested against. It is generated from the contract as
data (`stdplus_ref/spec/`) by `python -m derivations --only contract`; do not edit.

## The functions

For real x let t be the one solution of

    exp(2t) − 1 − 2t = x²,    t of the sign of x (t = 0 at x = 0).

Near t = 0 the difference exp(2t) − 1 cancels; expm1(2t) stands for the same without that loss.

"""

INVERSES = """
The derivatives are with respect to x. `inv_stdplus` and `inv_log_stdplus` undo `stdplus` and
`log_stdplus`.

"""

SPECIAL = """\
## Special values

The sign of a zero counts: `log_stdplus` and `inv_log_stdplus` keep it. 1/√2 stands for the number
of the type that is nearest to it. The words *divide* and *invalid* name exceptions, see below.

"""

NAN = """\
**NaN.** A NaN gives a NaN. Its sign and payload are not specified, and whether a signalling NaN
becomes a quiet one is not either. No function gives NaN inside its domain.

**Exact cases.** The results above that are finite, 1/√2 excepted, are the only ones that a
floating-point number holds exactly. By the theorem of Lindemann every other value at a
floating-point number is irrational, and never half-way between two numbers of any format. So no tie
has to be broken. Three tails come nearer to half-way cases than any working precision can tell,
and a correctly rounded implementation decides them by the sign of what is left:

| value | for | lies |
|---|---|---|
| `log_stdplus(x)` | x ≤ −32 | just above −(x² + 1)/2 |
| `log_stdplus_derivative(x)` | x ≤ −32 | just above −x |
| `inv_log_stdplus(t)` | t ≤ −256 | just below −√(−1 − 2t) |

## Ends of the range

Results underflow gradually: subnormal numbers are rounded once, to the nearest multiple of the
least one. Results beyond the largest number are infinite. The table gives the last argument, going
outwards, before the result changes as it says.

"""

FLAGS = """\
## Floating-point exceptions

| exception | raised by |
|---|---|
| overflow | an infinite result of a finite argument that is no pole |
| divide by zero | a pole: {divide} |
| invalid | an argument outside of the domain: {invalid} |

Nothing else is raised: not by NaN, not by an infinite argument inside the domain, not by underflow,
and not by what other elements of an array hold. Inexact is not specified. The NumPy functions keep
this. A port in a language or on a machine without flags may raise none, and the conformance kit
does not look at them.

## Accuracy

Round to nearest, ties to even, is the rounding meant throughout; other rounding modes are not
supported.

An **ULP** of a result is the spacing of floating-point numbers in the binade [2ᵉ, 2ᵉ⁺¹) of the
correctly rounded result; for subnormal results it is the least subnormal number. The **error** is
the distance of the result from the true value, not from the rounded one, in this unit. Next to
the largest number, infinity counts as the number that would follow it. An error of at most 0.5 is
correct rounding.

Largest errors in ULP that are promised:

"""

FLUSHING = """
{targets}: subnormal arguments and results may be taken for zeros of their sign; the special
values of zero then hold.
"""

EVIDENCE = """
numba code, the [C header](c.md) and [CUDA](cuda.md) have the bits of the NumPy functions.

The evidence for each promise stands in the [README](../README.md#accuracy) and, for the ports, in
[ports.md](ports.md#accuracy).

## Some values

Correctly rounded, as bits in hexadecimal. The arguments are the same numbers in both types.

"""

TEST = """\
## How to test an implementation

1. **Vectors.** `stdplus_ref/conformance/vectors/FUNCTION-TYPE.csv.gz` holds {least} to {most}
   arguments for each function in float16, bfloat16, float32 and float64: special values, ends of
   ranges, neighbours of the places where implementations change their method, hard cases and random
   numbers. Unpack a file with `gzip -d`. The first line is JSON after `# `, the second
   names the columns, each further line is a vector: `input` and `output` are bits in hexadecimal,
   the output correctly rounded.
2. **Special values.** Where `flags` contains `special` the result must be the output, bit for bit;
   1/√2 alone counts as any other number, and any NaN stands for NaN. The sign of a zero must be
   that of the output everywhere.
3. **Error.** Elsewhere the error in ULP is (result − output)/ulp(output) + residual/1000:
   the column `residual` is the error of the output itself in thousandths of an ULP. Compare its
   absolute value with the promise, which is then judged to 0.001 ULP. Where `residual` is empty the
   output is exact. For a correctly rounded implementation compare bits.
4. **Order.** Compute the vectors in order and shuffled. A result must not depend on its neighbours.
5. **float32 in full.** All 2³² arguments can be computed in minutes. Two ports that are correctly
   rounded agree in every bit, so compare with the C header or the NumPy functions.
6. **float64 in part.** Of [bit set float64/1](conformance.md#the-bit-set-of-float64), 2²⁸ arguments
   of each function that any language can make, the SHA-256 of the correctly rounded results is
   known.

The vectors also come as an archive that needs no parser written for it, with readers in C and
JavaScript: [conformance.md](conformance.md#the-test-vectors).

With Python at hand the [conformance kit](conformance.md) does all of this: it runs a program that
reads raw values and writes raw results, in any language, and says where and how it fails.
"""

TARGETS = {
    "numpy": "NumPy",
    "numba": "numba",
    "c": "C and C++",
    "cuda": "CUDA",
    "torch": "PyTorch, eager, on the CPU",
    "torch compiled": "PyTorch, compiled",
    "jax": "JAX, compiled",
}
_TYPES = ("float16", "bfloat16", "float32", "float64")
_FORWARD = (-32.0, -8.0, -2.0, -0.75, -(2.0**-10), 2.0**-10, 0.75, 2.0, 8.0, 256.0, 2.0**100)
_OF_Y = (2.0**-100, 2.0**-10, 0.25, 0.75, 1 - 2.0**-10, 1 + 2.0**-10, 1.25, 2.0, 8.0, 2.0**100)
_OF_T = (-(2.0**100), -256.0, -8.0, -0.75, -(2.0**-10), 2.0**-10, 0.75, 2.0, 8.0, 64.0)


def number(x: float) -> str:
    """A special value as the page writes it."""
    if math.isnan(x):
        return "NaN"
    sign = "−" if math.copysign(1.0, x) < 0 else "+"
    if math.isinf(x):
        return f"{sign}∞"
    if x == 0.0:
        return f"{sign}0"
    return "1/√2" if x == spec.SQRT_HALF else f"{x:g}".replace("-", "−")


def functions() -> str:
    """What each function is."""
    rows = []
    for name, function in spec.FUNCTIONS.items():
        value, comma, apart = function.formula.partition(" = ")[2].partition(", ")
        ends = str(function.domain), str(function.range)
        rows.append((f"`{name}`", f"`{function.argument}`", f"`{value}`{comma}{apart}", *ends))
    return table(("function", "of", "value", "domain", "range"), rows)


def argument(function: spec.Function, x: float) -> str:
    """An argument of the contract; a finite one outside of the domain stands for all of them."""
    if math.isfinite(x) and x < function.domain.lower:
        return f"{function.argument} < {function.domain.lower:g}"
    return number(x)


def special_values() -> str:
    """The results at −∞, −0, +0, +∞ and NaN, and elsewhere, with what they raise."""
    usual = ("−∞", "−0", "+0", "+∞", "NaN")
    rows = []
    for name, function in spec.FUNCTIONS.items():
        found = {
            argument(function, special.argument): number(special.value)
            + (f", {special.raises}" if special.raises else "")
            for special in function.special
        }
        others = "; ".join(f"{x} → {value}" for x, value in found.items() if x not in usual)
        rows.append((f"`{name}`", *(found[x] for x in usual), others))
    return table(("function", *usual, "other"), rows)


def _raising(kind: str) -> str:
    """The arguments of the contract that raise an exception, by function."""
    found = {
        name: [argument(f, s.argument) for s in f.special if s.raises == kind]
        for name, f in spec.FUNCTIONS.items()
    }
    return "; ".join(f"`{name}` at {', '.join(xs)}" for name, xs in found.items() if xs)


def hexadecimal(x: float) -> str:
    """`float.hex` without zeros at the end."""
    digits, _, exponent = x.hex().partition("p")
    return f"{digits.rstrip('0').rstrip('.')}p{exponent}"


@dataclass(frozen=True)
class End:
    """Where results of a function change: towards `outer` they become `what`, first not `holds`.

    `holds` is given a result and the least normal number of the type.
    """

    function: str
    what: str
    outer: float
    holds: Callable[[float, float], bool]

    def last(self, dtype: str) -> float:
        """The last number of the type, going outwards from ±1, at which it holds."""
        kind, info = np.dtype(dtype.replace("float", "int")), np.finfo(dtype)
        outer = math.copysign(float(info.max), self.outer)
        ends = np.array([math.copysign(1.0, outer), outer], dtype).view(kind)
        near, far = (int(bits) for bits in ends)  # of one sign: bits are ordered as the numbers are
        while abs(far - near) > 1:
            middle = (near + far) // 2
            x = float(np.array(middle, kind).view(dtype))
            result = float(exact.rounded(self.function, x, np.dtype(dtype)))
            if self.holds(result, float(info.smallest_normal)):
                near = middle
            else:
                far = middle
        return float(np.array(near, kind).view(dtype))


def _normal(result: float, tiny: float) -> bool:
    return result >= tiny


def _positive(result: float, tiny: float) -> bool:
    return result > 0.0


def _finite(result: float, tiny: float) -> bool:
    return math.isfinite(result)


ENDS = (
    End("stdplus", "subnormal", -math.inf, _normal),
    End("stdplus", "+0", -math.inf, _positive),
    End("stdplus_derivative", "subnormal", -math.inf, _normal),
    End("stdplus_derivative", "+0", -math.inf, _positive),
    End("log_stdplus", "−∞, overflow", -math.inf, _finite),
    End("log_stdplus_derivative", "subnormal", math.inf, _normal),
    End("inv_log_stdplus", "+∞, overflow", math.inf, _finite),
)


def range_table() -> str:
    """The arguments at which results leave the range of the type."""
    rows = [
        (
            f"`{end.function}`",
            number(end.outer),
            end.what,
            *(f"`{hexadecimal(end.last(dtype))}`" for dtype in spec.DTYPES),
        )
        for end in ENDS
    ]
    return table(("function", "towards", "becomes", *spec.DTYPES), rows)


def targets() -> tuple[str, ...]:
    """Every target that something is promised for, those with the bits of NumPy after NumPy."""
    promised = dict.fromkeys(promise.target for promise in spec.ACCURACY)
    return ("numpy", *spec.SAME_BITS, *(target for target in promised if target != "numpy"))


def _like(target: str) -> str:
    """The target whose promises those of `target` are."""
    return "numpy" if target in spec.SAME_BITS else target


def accuracy() -> str:
    """The promises: a row for each target and the functions that it treats alike."""
    rows = []
    for target in targets():
        alike: dict[tuple[str, ...], list[str]] = {}
        for name in spec.NAMES:
            limits = {p.dtype: f"{p.limit:g}" for p in spec.FUNCTIONS[name].accuracy(_like(target))}
            cells = tuple(limits.get(dtype, "") for dtype in _TYPES)
            alike.setdefault(cells, []).append(name)
        for cells, names in alike.items():
            rows.append((TARGETS[target], _group(names), *cells))
    return table(("target", "functions", *_TYPES), rows)


def _group(names: Sequence[str]) -> str:
    """Functions that have something in common, in words where there are words."""
    inverses = [name for name in spec.NAMES if name.startswith("inv_")]
    if list(names) == list(spec.NAMES):
        return "all six"
    if list(names) == inverses:
        return "the two inverses"
    if list(names) == [name for name in spec.NAMES if name not in inverses]:
        return "the four forward functions"
    return ", ".join(f"`{name}`" for name in names)


def flushing() -> str:
    """The targets that may take subnormal numbers for zero."""
    found = dict.fromkeys(p.target for p in spec.ACCURACY if p.flush_to_zero)
    return ", ".join(TARGETS[target] for target in found)


def arguments(name: str) -> tuple[float, ...]:
    """The arguments of the table of values: numbers that all types hold."""
    return {"inv_stdplus": _OF_Y, "inv_log_stdplus": _OF_T}.get(name, _FORWARD)


def bits(x: float, dtype: str) -> str:
    """The bits of a number in hexadecimal."""
    array = np.array(x, dtype)
    return f"{int(array.view(f'u{array.itemsize}')):0{2 * array.itemsize}x}"


def values(name: str) -> str:
    """Arguments and results of a function in both types, as bits."""
    rows = []
    for x in arguments(name):
        cells = [hexadecimal(x)]
        for dtype in spec.DTYPES:
            cells += [bits(x, dtype), bits(float(exact.rounded(name, x, np.dtype(dtype))), dtype)]
        rows.append(tuple(f"`{cell}`" for cell in cells))
    head = ["argument"]
    for dtype in spec.DTYPES:
        head += [dtype, "result"]
    return f"`{name}`\n\n{table(head, rows)}"


def vector_count(name: str, dtype: str) -> int:
    """How many vectors there are, from the first line of their file."""
    first = vectors.read(vectors.path(name, dtype)).partition("\n")[0]
    return int(json.loads(first.removeprefix("# "))["count"])


def outputs() -> dict[Path, str]:
    """The page."""
    counts = [vector_count(name, dtype) for name in spec.NAMES for dtype in _TYPES]
    text = (
        HEAD
        + functions()
        + INVERSES
        + SPECIAL
        + special_values()
        + "\n"
        + NAN
        + range_table()
        + "\n"
        + FLAGS.format(divide=_raising("divide"), invalid=_raising("invalid"))
        + accuracy()
        + FLUSHING.format(targets=flushing())
        + EVIDENCE
        + "\n".join(values(name) for name in spec.NAMES)
        + "\n"
        + TEST.format(least=min(counts), most=max(counts))
    )
    return {PATH: text}
