"""Which arguments the test vectors hold, and why.

Everything is derived from the raw stream of PCG64, so that every version of NumPy draws the same.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

import stdplus_ref
from derivations.vectors import truth
from stdplus_ref import spec
from stdplus_ref.conformance.formats import Bits, Doubles, Format
from stdplus_ref.conformance.regions import Edge, edge

NEIGHBOURS: Final = 8
"""How many numbers on either side of a seam are taken."""

SEED: Final = 2024

_SEARCHED: Final = {"float16": 1 << 16, "bfloat16": 1 << 16, "float32": 1 << 21, "float64": 1 << 16}
_HARD_EACH_SIDE: Final = 64
_WORST: Final = Path(__file__).parents[2] / "validation" / "data" / "worst_cases_float64.csv"
_WORST_OF_EACH: Final = 100
_BINADES: Final = 120

# Magnitudes; each is taken with both signs. First those of this library's kernels, then those of
# Algorithm 1 and other implementations, then those where squares overflow or x² + 4 is x².
_FORWARD_SEAMS: Final[dict[Edge, str]] = {
    0.25: "end of the polynomial through 0",
    3.25: "left start of the Newton step",
    8.0: "right start of the Newton step",
    13.0: "end of the float32 core",
    26.0: "end of the float64 core",
    40.0: "where stdplus has vanished",
    2.0**64: "from here on x² + 1 + 2t is x²",
    2.0**-125: "below, scaled in float32",
    2.0**-900: "below, scaled in float64",
    0.04: "end of the Padé approximant of Algorithm 1",
    0.5: "end of a power series",
    1.0: "end of a power series",
    2.0: "end of a power series",
    3.5: "end of a series",
    6.5: "end of a series",
    27.28: "exp(−x² − 1) vanishes in float64",
    10.15: "exp(−x² − 1) vanishes in float32",
    "square": "above, x² overflows",
    "underflow": "beyond, the result is subnormal",
    "vanish": "beyond, the result is 0",
}
_SEAMS: Final[dict[str, dict[Edge, str]]] = {
    **dict.fromkeys(spec.NAMES, _FORWARD_SEAMS),
    "log_stdplus": {
        **_FORWARD_SEAMS,
        9.0: "beyond, −(x² + 1)/2",
        "overflow": "beyond, the result is −∞",
    },
    "inv_stdplus": {
        0.8: "end of the polynomial through y = 1 in float32",
        1.2: "end of the polynomial through y = 1 in float32",
        0.85: "end of the polynomial through y = 1",
        1.15: "end of the polynomial through y = 1",
        1.0: "the zero",
        2.0**100: "above, x = y",
        0.5: "end of a power series",
        0.75: "end of a power series",
        1.25: "end of a power series",
        2.0: "end of a power series",
        "square": "above, y² overflows",
    },
    "inv_log_stdplus": {
        0.375: "end of the polynomial through 0 in float32",
        0.25: "end of the polynomial through 0",
        40.0: "beyond, one term of expm1(2t) − 2t is enough",
        2.0**60: "beyond, x = −√(−2t) in float32",
        2.0**600: "beyond, x = −√(−2t)",
        720.0: "above, +∞ without a look",
        2.0**-125: "below, scaled in float32",
        2.0**-900: "below, scaled in float64",
        0.35: "end of a power series",
        0.5: "end of a power series",
        1.0: "end of a power series",
        "overflow": "above, the result is +∞",
        "double": "above, 2t overflows",
        2.0**-30: "below, expm1(2t) − 2t cancels in float64",
    },
}

# Found by exhaustive runs on ports that compute in float64: the only results they had wrong.
_FOUND: Final[dict[tuple[str, str], tuple[int, ...]]] = {
    ("stdplus", "float32"): (0x3838334B, 0xC113E005),
}

# Edges of the bands that random magnitudes are drawn from, and how many: every number of a band is
# as likely as any other.
_BANDS: Final[tuple[tuple[Edge, Edge, int], ...]] = (
    (0.0, "tiny", 60),
    ("tiny", 1e-3, 80),
    (1e-3, 0.04, 150),
    (0.04, 0.25, 200),
    (0.25, 1.0, 250),
    (1.0, 8.0, 300),
    (8.0, 40.0, 200),
    (40.0, "max", 120),
)
_INVERSE_BANDS: Final = (
    *_BANDS[:4],
    (0.25, 0.5, 200),
    (0.5, 2.0, 600),
    (2.0, 8.0, 250),
    *_BANDS[6:],
)
_UNIFORM: Final = (0.0, 8.0, 250)


@dataclass(frozen=True)
class Entry:
    """An argument, the flag that says what sort it is, and the reason in words."""

    bits: int
    flag: str
    reason: str


class Stream:
    """Random 64-bit numbers, the same for the same words in every version of NumPy."""

    def __init__(self, *words: str) -> None:
        self._source = np.random.PCG64([SEED, *(zlib.crc32(word.encode()) for word in words)])

    def raw(self, count: int) -> npt.NDArray[np.uint64]:
        """`count` numbers."""
        return np.asarray(self._source.random_raw(count), dtype=np.uint64)

    def between(self, low: float, high: float, fmt: Format, count: int) -> Bits:
        """`count` numbers in [low, high), every number of the format as likely as any other."""
        first, last = fmt.ordinal(fmt.bits_of([low, high])).tolist()
        drawn = (self.raw(count) % np.uint64(last - first)).astype(np.int64) + first
        return fmt.from_ordinal(drawn)

    def uniform(self, low: float, high: float, fmt: Format, count: int) -> Bits:
        """`count` numbers in [low, high], uniform by value."""
        return fmt.bits_of(low + (high - low) * (self.raw(count) * 2.0**-64))


def entries(function: str, fmt: Format) -> list[Entry]:
    """The arguments of the vectors, each once, ascending, NaN at the end."""
    found: dict[int, Entry] = {}
    for entry in _all(function, fmt):
        found.setdefault(entry.bits, entry)
    bits = fmt.array(list(found))
    order = np.lexsort((bits == 0, fmt.ordinal(bits), fmt.is_nan(bits)))  # −0 before +0
    listed = list(found.values())
    return [listed[i] for i in order]


def _all(function: str, fmt: Format) -> Iterator[Entry]:
    """The arguments in order of importance: of two with the same bits the first counts."""
    yield from _special(function, fmt)
    yield from _hard(function, fmt)
    both = function != "inv_stdplus"
    for entry in _magnitudes(function, fmt):
        yield entry
        if both:
            yield Entry(entry.bits ^ fmt.sign, entry.flag, entry.reason)
    if not both:
        for value, why in ((fmt.tiny, "least normal"), (2.0, ""), (fmt.max, "largest")):
            bits = int(fmt.bits_of(-value))
            yield Entry(bits, "special", f"outside the domain {why}".rstrip())


def _special(function: str, fmt: Format) -> Iterator[Entry]:
    for special in spec.FUNCTIONS[function].special:
        yield Entry(int(fmt.bits_of(special.argument)), "special", "in the table of special values")
    yield Entry(fmt.infinity + 1, "special", "signalling NaN")
    yield Entry(fmt.infinity | fmt.sign | (fmt.infinity >> 1), "special", "NaN with its sign set")


def _magnitudes(function: str, fmt: Format) -> Iterator[Entry]:
    """Positive arguments (for ``inv_stdplus`` all there are)."""
    for value, why in _SEAMS[function].items():
        yield from _around(abs(edge(value, function, fmt)), "seam", why, fmt)
    yield from _around(fmt.tiny, "end", "least normal number", fmt)
    yield from _around(fmt.max, "end", "largest number", fmt)
    yield from _around(0.0, "end", "least subnormal numbers", fmt)
    stream = Stream(function, fmt.name)
    yield from _binades(stream, fmt)
    bands = _INVERSE_BANDS if function == "inv_stdplus" else _BANDS
    for low, high, count in bands:
        ends = edge(low, function, fmt), edge(high, function, fmt)
        yield from _listed(stream.between(*ends, fmt, count), "random", f"in {low} … {high}")
    if function == "inv_stdplus":
        yield from _beside_one(stream, fmt)
    low, high, count = _UNIFORM
    yield from _listed(
        stream.uniform(low, high, fmt, count), "random", f"uniform in {low} … {high}"
    )


def _around(x: float, flag: str, why: str, fmt: Format) -> Iterator[Entry]:
    """The numbers near x ≥ 0, if x is in the range of the format at all."""
    if fmt.tiny / 2 < x <= fmt.max or x == 0.0:
        middle = int(fmt.ordinal(fmt.bits_of(x)))
        for step in range(-NEIGHBOURS, NEIGHBOURS + 1):
            if 0 <= middle + step < fmt.infinity:
                yield Entry(middle + step, flag, f"{why}, {step:+d}")


def _binades(stream: Stream, fmt: Format) -> Iterator[Entry]:
    """2^e and two random numbers above it, for exponents over the whole range."""
    exponents = np.linspace(fmt.min_exponent, fmt.max_exponent, _BINADES).astype(int)
    for exponent in np.unique(exponents).tolist():
        low = 2.0**exponent
        drawn = stream.raw(2) >> np.uint64(64 - fmt.precision + 1)
        bits = int(fmt.bits_of(low)) + np.array([0, *drawn.tolist()])
        yield from _listed(bits, "binade", f"binade of 2^{exponent}")


def _beside_one(stream: Stream, fmt: Format) -> Iterator[Entry]:
    """Random arguments ever closer to y = 1, where the result is 0."""
    for digits in range(3, fmt.precision - 1):
        distance = 2.0**-digits * (1 + stream.raw(6) * 2.0**-64)
        both = fmt.bits_of(1 + distance * [1, 1, 1, -1, -1, -1])
        yield from _listed(both, "random", f"1 ± 2^-{digits}")


def _listed(bits: Iterable[Any], flag: str, why: str) -> Iterator[Entry]:
    for each in bits:
        yield Entry(int(each), flag, why)


def _hard(function: str, fmt: Format) -> Iterator[Entry]:
    """Arguments whose true value is all but half-way between two numbers of the format."""
    found = _FOUND.get((function, fmt.name), ())
    yield from _listed(found, "hard", "found by an exhaustive run")
    if fmt.name == "float64":
        yield from _listed(_worst(function, fmt), "hard", "nearest to half-way of whole intervals")
    if function == "log_stdplus":
        # −(x² + 1)/2 is half-way there for even x, and the truth is e^{2t}/2 above it.
        first, last = 2.0 ** (fmt.precision / 2), 2.0 ** ((fmt.precision + 1) / 2)
        even = 2 * np.unique(np.linspace(first / 2 + 1, last / 2 - 1, 16).astype(int))
        yield from _listed(fmt.bits_of(-1.0 * even), "hard", "−(x² + 1)/2 is half-way")
    low, high = (2.0**-6, 16.0) if function == "inv_stdplus" else (2.0**-8, 24.0)
    positive = Stream(function, fmt.name, "hard").between(low, high, fmt, _SEARCHED[fmt.name])
    sides = [positive] if function == "inv_stdplus" else [positive, positive ^ fmt.array(fmt.sign)]
    for bits in sides:
        bits = np.unique(bits)
        nearest = np.argsort(_distance_from_half(function, bits, fmt), kind="stable")
        chosen = bits[nearest[:_HARD_EACH_SIDE]]
        yield from _listed(chosen, "hard", f"nearest to half-way of {bits.size}")


def _worst(function: str, fmt: Format) -> Bits:
    """The arguments nearest to half-way that `validation.worst_cases` has found."""
    lines = _WORST.read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    mine = [row for row in rows if row["function"] == function]
    mine.sort(key=lambda row: abs(float(row["distance"])))
    return fmt.bits_of([float.fromhex(row["input"]) for row in mine[:_WORST_OF_EACH]])


def _distance_from_half(function: str, bits: Bits, fmt: Format) -> Doubles:
    """How far, in ULP, each true value is from half-way.

    Only a search: the truth of what it finds is computed anew. The narrow types take the value
    from the library's float64 ufunc.
    """
    with np.errstate(all="ignore"):
        value: Doubles = getattr(stdplus_ref, function)(fmt.value(bits))
    if fmt.name == "float64":
        error = truth.errors(function, fmt, bits, fmt.bits_of(value))
    else:
        scaled = np.ldexp(value, -fmt.place(value))
        error = scaled - np.rint(scaled)
    in_range = (np.abs(value) >= fmt.tiny) & (np.abs(value) <= fmt.max)
    return np.where(in_range, np.abs(np.abs(error) - 0.5), np.inf)
