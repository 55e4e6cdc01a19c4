"""The test vectors: inputs and correctly rounded results as bits, read from files that are shipped.

One file a function and type, ``vectors/<function>-<type>.csv.gz``: a line ``# {…}`` of JSON about
the file, a line of column names, and one line a vector, ascending by input.

======== ===========================================================================
id       ``<function>-<type>-<input>``: stays the same when vectors are added
input    the bits of the argument, hexadecimal
output   the bits of the correctly rounded result, hexadecimal
residual (output − true value) in thousandths of an ULP; empty where the output is the
         exact value (0, 1, ∞, NaN). Of an infinite output that is an overflow: as if
         ∞ were the number after the largest, cut off at ±`FAR`
flags    words of `FLAGS`, separated by spaces
reason   why the vector is there
======== ===========================================================================

In a checkout ``python -m derivations.vectors`` writes them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance.formats import FORMATS, Bits, Bools, Doubles, Format

SCHEMA: Final = 1
"""Version of the file format; readers refuse any other."""

FOLDER: Final = Path(__file__).parent / "vectors"

FAR: Final = 999_999
"""Residuals of overflowed results are cut off here."""

FLAGS: Final = MappingProxyType(
    {
        "special": "a special value of the contract: ±0, ±∞, NaN, outside the domain",
        "seam": "where a piece of some implementation ends, or beside it",
        "hard": "the true value is all but half-way between two numbers",
        "end": "an end of the type's range, or beside it",
        "binade": "a power of two or a random number of its binade",
        "random": "random, seeded",
        "subnormal-input": "the argument is subnormal",
        "subnormal-output": "the result is subnormal",
        "underflow": "the result has underflowed to zero",
        "overflow": "the result has overflowed to infinity",
    }
)
"""What the flags mean."""

COLUMNS: Final = ("id", "input", "output", "residual", "flags", "reason")


@dataclass(frozen=True)
class Vectors:
    """The vectors of one function in one type, ascending by input.

    Parameters
    ----------
    function : str
        One of the six functions.
    format : Format
    inputs, outputs : ndarray of unsigned integers
        Bits.
    residuals : ndarray of float64
        (output − true value) in ULP, known to 0.0005; NaN where the output is the exact value.
    flags, reasons : tuple of str
    about : dict
        The JSON of the file's first line.
    """

    function: str
    format: Format
    inputs: Bits
    outputs: Bits
    residuals: Doubles
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    about: dict[str, Any]

    @property
    def ids(self) -> list[str]:
        """The identifiers."""
        digits = self.format.width // 4
        return [f"{self.function}-{self.format.name}-{x:0{digits}x}" for x in self.inputs.tolist()]

    def flagged(self, flag: str) -> Bools:
        """Where a flag is set."""
        return np.array([flag in words.split() for words in self.flags])


def path(function: str, dtype: str, folder: Path = FOLDER) -> Path:
    """Where the vectors of a function and type are."""
    return folder / f"{function}-{dtype}.csv.gz"


@cache
def load(function: str, dtype: str) -> Vectors:
    """Read the shipped vectors of a function and type.

    Raises
    ------
    ValueError
        Unknown function or type; a file of another schema, or one that is not as it was written.
    """
    if function not in spec.NAMES:
        raise ValueError(f"function must be one of {', '.join(spec.NAMES)}; got {function!r}")
    if dtype not in FORMATS:
        raise ValueError(f"dtype must be one of {', '.join(FORMATS)}; got {dtype!r}")
    return parse(read(path(function, dtype)))


def read(file: Path) -> str:
    """The text of a file of vectors."""
    return gzip.decompress(file.read_bytes()).decode("utf-8")


def parse(text: str) -> Vectors:
    """Vectors from the text of a file, after its schema and checksum have been verified."""
    first, _, body = text.partition("\n")
    about = json.loads(first.removeprefix("# "))
    if about["schema"] != SCHEMA:
        raise ValueError(f"vectors of schema {about['schema']}, but this kit reads {SCHEMA}")
    if checksum(body) != about["sha256"]:
        raise ValueError(
            f"the vectors of {about['function']} {about['dtype']} are damaged: their checksum is "
            "not the one in the file; install stdplus-ref again"
        )
    header, *rows = csv.reader(io.StringIO(body))
    if tuple(header) != COLUMNS or len(rows) != about["count"] or not rows:
        raise ValueError(f"expected {about['count']} rows of {COLUMNS}, got {len(rows)}: {header}")
    _, inputs, outputs, residuals, flags, reasons = zip(*rows, strict=True)
    fmt = FORMATS[about["dtype"]]
    return Vectors(
        about["function"],
        fmt,
        fmt.array([int(x, 16) for x in inputs]),
        fmt.array([int(x, 16) for x in outputs]),
        np.array([int(r) / 1000 if r else np.nan for r in residuals]),
        flags,
        reasons,
        about,
    )


def checksum(body: str) -> str:
    """SHA-256 of everything below the first line."""
    return hashlib.sha256(body.encode("utf-8")).hexdigest()


def is_exact(function: str, fmt: Format, inputs: Bits, outputs: Bits) -> Bools:
    """Where the true value is a number of the format, infinite, or not there (NaN).

    By the theorem of Lindemann that is so at the arguments below and nowhere else.
    """
    x = fmt.value(inputs)
    found = np.isinf(x) | fmt.is_nan(outputs)
    if not function.endswith("_derivative"):  # 1/√2 at 0
        found |= x == 0
    if function == "inv_stdplus":
        found |= x == 1
    return np.asarray(found)
