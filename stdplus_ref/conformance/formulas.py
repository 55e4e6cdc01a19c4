"""Names the mistakes that explain all results at once: other bytes, another type or formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance.approximate import approximate
from stdplus_ref.conformance.formats import FORMATS, Bits, Doubles, Format
from stdplus_ref.conformance.results import MOST, Finding, Results, is_normal, near

_FEW: Final = 20  # results that must agree before a formula is named
_LARGE: Final = 0.1  # an approximation this near to another tells nothing

_PLAIN: Final = {
    "stdplus": "log_stdplus",
    "stdplus_derivative": "log_stdplus_derivative",
    "inv_stdplus": "inv_log_stdplus",
}
"""Functions and those of the logarithm."""


def explain(r: Results) -> Finding | None:
    """The one mistake that explains what is wrong, if there is one."""
    if not r.bad.any():
        return None
    with np.errstate(all="ignore"):
        found = (look(r) for look in _LOOKS)
        return next((finding for finding in found if finding is not None), None)


def _another_function(r: Results) -> Finding | None:
    function = r.vectors.function
    for name in (name for name in spec.NAMES if name != function):
        if (where := r.are(approximate(name, r.x), r.ordinary)) is not None:
            text = f"the results are those of {name}"
            if _PLAIN.get(function) == name:
                text += ", where the plain function belongs"
                look = "which of the two is called: exp or log leads from one to the other"
            elif _PLAIN.get(name) == function:
                text += ", where that of the logarithm belongs"
                look = "which of the two is called: exp or log leads from one to the other"
            else:
                look = "the name given to --function, or what the port calls"
            return Finding("another function", text, look, r.witness(where))
    return None


def _another_logarithm(r: Results) -> Finding | None:
    if r.vectors.function != "log_stdplus":
        return None
    for base in (2, 10):
        if (where := r.are(r.want / np.log(base), r.ordinary)) is not None:
            text = f"the results are logarithms to base {base}"
            look = "which log is called: the natural one belongs here"
            return Finding("another logarithm", text, look, r.witness(where))
    return None


def _softplus(r: Results) -> Finding | None:
    for text, other in _softplus_results(r.vectors.function, r.x):
        if (where := r.are(other, r.ordinary)) is not None:
            look = "what is called: stdplus is not softplus, however shifted or scaled"
            return Finding("shifted softplus", f"the results are those of {text}", look,
                           r.witness(where))  # fmt: skip
    return None


def _softplus_results(function: str, x: Doubles) -> Iterator[tuple[str, Doubles]]:
    """What each function would be if stdplus(x) were factor·log(1 + exp(x + shift)) + offset."""
    two, shifted = float(np.log(2)), float(np.log(np.expm1(1)))
    kinds = (
        ("log(1 + exp(x + log(e − 1))), a softplus shifted to be 1 at 0", 1.0, shifted, 0.0),
        ("log(1 + exp(x)) + 1 − log 2, a softplus shifted to be 1 at 0", 1.0, 0.0, 1 - two),
        ("log(1 + exp(x)) / log 2, a softplus scaled to be 1 at 0", 1 / two, 0.0, 0.0),
        ("log(1 + exp(x)), softplus", 1.0, 0.0, 0.0),
    )
    words = {"inv": "the inverse of ", "derivative": "the slope of ", "log": "the logarithm of "}
    start = "".join(text for word, text in words.items() if word in function.split("_"))
    for text, factor, shift, offset in kinds:
        y = factor * np.logaddexp(0, x + shift) + offset
        slope = factor / (1 + np.exp(-x - shift))
        plain = (np.exp(x) if function == "inv_log_stdplus" else x) - offset
        results = {
            "stdplus": y,
            "log_stdplus": np.log(y),
            "stdplus_derivative": slope,
            "log_stdplus_derivative": slope / y,
        }
        inverse = np.log(np.expm1(plain / factor)) - shift
        yield start + text, results.get(function, inverse)
    if function == "log_stdplus":
        yield "log(1 + exp(x)) − log 2, a softplus shifted to be 0 at 0", np.logaddexp(0, x) - two
    if function == "log_stdplus_derivative":
        yield "1 / (1 + exp(−x)), the slope of softplus", 1 / (1 + np.exp(-x))


def _scaled_argument(r: Results) -> Finding | None:
    function = r.vectors.function
    look = "what is passed in: x itself belongs in expm1(2t) − 2t = x², with no factor"
    where = r.ordinary
    if r.vectors.format.precision <= 8:  # farther out a rounded argument is quite another one
        where = where & (np.abs(r.x) < 3)
    factors = {"√2·": 2**0.5, "2·": 2.0, "½·": 0.5}
    for word, factor in {**factors, "1/√2·": 0.5**0.5}.items():
        if not r.forward:
            text, others = f"the results are {word}{function}(y)", [factor * r.want]
            text = text.replace("(y)", f"({r.argument})")
            look = "a factor that is left in the result: x is the root of expm1(2t) − 2t itself"
        else:
            text, other = f"the results are those of {function}({word}x)", None
            other = approximate(function, factor * r.x)
            others = [other] + [factor * other] * function.endswith("_derivative")
        for other in others:
            if (found := r.are(other, where)) is not None:
                return Finding("argument scaled", text, look, r.witness(found))
    return None


def _useless(r: Results) -> bool:
    """Whether so many results are useless that their bytes may be at fault."""
    return bool(r.gross[r.ordinary].mean() > 0.3)  # half of them in a float32 port as bfloat16


def _byte_order(r: Results) -> Finding | None:
    if not _useless(r):
        return None
    fmt = r.vectors.format
    turned, x = fmt.value(r.got.byteswap()), fmt.value(r.vectors.inputs.byteswap())
    of_turned = approximate(r.vectors.function, x)
    cases = (
        ("the bytes of the results are in reverse order", turned, r.want),
        ("the bytes of the arguments are read in reverse order", r.y, of_turned),
        ("the bytes of arguments and results are in reverse order", turned, of_turned),
    )
    for text, got, want in cases:
        where = is_normal(fmt, want) & (np.abs(want - 1) > _LARGE) & ~near(r.y, r.want)
        if where.sum() >= _FEW and near(got, want)[where].mean() >= MOST:
            look = "the byte order: values are little-endian both ways"
            return Finding("byte order", text, look, r.witness(where & near(got, want)))
    return None


def _another_type(r: Results) -> Finding | None:
    """The same bytes, taken for numbers of another type."""
    if not _useless(r):
        return None
    fmt = r.vectors.format
    for other in (each for each in FORMATS.values() if each != fmt):
        x, got = (_as_type(other, fmt, bits) for bits in (r.vectors.inputs, r.got))
        y, want = other.value(got), approximate(r.vectors.function, other.value(x))
        where = is_normal(other, want) & (np.abs(want - 1) > _LARGE)
        if where.sum() >= _FEW and near(y, want)[where].mean() >= MOST:
            i = int(np.flatnonzero(where & near(y, want))[where.sum() // 4])
            return Finding(
                "another type",
                f"the results are those of a {other.name} port, run as {fmt.name}",
                f"the type: run it with --dtype {other.name}, or let it read and write {fmt.name}",
                f"as {other.name} {other.hex(x[i])} gave {other.hex(got[i])}, as it should",
            )
    return None


def _as_type(other: Format, fmt: Format, bits: Bits) -> Bits:
    """The bytes of `bits`, as a stream holds them, as bits of another type."""
    whole = bits.size - bits.size % max(1, other.width // fmt.width)
    stream = bits[:whole].astype(fmt.unsigned.newbyteorder("<")).tobytes()
    return np.frombuffer(stream, other.unsigned.newbyteorder("<")).astype(other.unsigned)


def _lower_precision(r: Results) -> Finding | None:
    """Results, or arguments, that are all numbers of a narrower type."""
    fmt, function = r.vectors.format, r.vectors.function
    limit = 64 * 2.0**-fmt.precision
    narrower = [each for each in FORMATS.values() if each.precision < fmt.precision]
    for other in sorted(narrower, key=lambda each: each.precision):
        inside = is_normal(other, r.y) & is_normal(other, r.want) & (r.want != 1)
        telling = inside & (other.value(other.bits_of(r.want)) != r.want)
        fits = other.value(other.bits_of(r.y)) == r.y
        look = "a cast, a literal or a function of that type on the way"
        if telling.sum() >= _FEW and fits[telling].mean() >= MOST and r.bad.sum() >= _FEW:
            text = f"the results are {other.name} numbers: they are computed or stored so"
            return Finding("lower precision", text, look, r.witness(telling & r.bad))
        rounded = other.value(other.bits_of(r.x))
        of_rounded = approximate(function, rounded)
        step = of_rounded - approximate(function, r.x)
        telling = r.ordinary & is_normal(other, r.want) & (np.abs(step) > limit * np.abs(r.want))
        same = np.abs(r.y - of_rounded) < np.abs(step) / 16
        if telling.sum() >= _FEW and same[telling].mean() >= MOST:
            text = f"the results are those of arguments rounded to {other.name}"
            return Finding("lower precision", text, look, r.witness(telling & same))
    return None


_LOOKS: Final[tuple[Callable[[Results], Finding | None], ...]] = (
    _another_function,
    _another_logarithm,
    _softplus,
    _scaled_argument,
    _byte_order,
    _another_type,
    _lower_precision,
)
