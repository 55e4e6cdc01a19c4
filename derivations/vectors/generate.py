"""Computes the test vectors, checks those that are there, and writes their files."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from derivations.vectors import inputs, truth
from stdplus_ref.conformance.formats import Bits, Format
from stdplus_ref.conformance.vectors import (
    COLUMNS,
    FLAGS,
    FOLDER,
    SCHEMA,
    Vectors,
    checksum,
    is_exact,
    path,
)

GENERATOR: Final = "3"
"""Version of this program and `inputs`: to be raised when the vectors change."""


def generate(function: str, fmt: Format) -> Vectors:
    """The vectors of a function and type, computed anew."""
    entries = inputs.entries(function, fmt)
    x = fmt.array([entry.bits for entry in entries])
    y = truth.rounded(function, fmt, x)
    extra = _result_flags(function, fmt, x, y)
    return Vectors(
        function,
        fmt,
        x,
        y,
        truth.residuals(function, fmt, x, y),
        tuple(f"{e.flag} {more}".rstrip() for e, more in zip(entries, extra, strict=True)),
        tuple(entry.reason for entry in entries),
        {"generator": GENERATOR, "seed": inputs.SEED, "flags": dict(FLAGS)},
    )


def _result_flags(function: str, fmt: Format, x: Bits, y: Bits) -> list[str]:
    """What there is to say of each argument and result, beside why it is there."""
    argument, result = fmt.value(x), fmt.value(y)
    inexact = ~is_exact(function, fmt, x, y)
    facts = {
        "subnormal-input": (argument != 0) & (np.abs(argument) < fmt.tiny),
        "subnormal-output": (result != 0) & (np.abs(result) < fmt.tiny),
        "underflow": (result == 0) & inexact,
        "overflow": np.isinf(result) & inexact,
    }
    return [" ".join(f for f in facts if facts[f][i]) for i in range(x.size)]


def check(found: Vectors, every: int = 1) -> Iterator[str]:
    """Compute every so many of the results anew, and yield what is not as it is in the file."""
    fmt, where = found.format, slice(None, None, every)
    x = found.inputs[where]
    want = truth.rounded(found.function, fmt, x)
    residuals = truth.residuals(found.function, fmt, x, want)
    wrong = want != found.outputs[where]
    # Rounded to three digits in the file.
    near = np.abs(residuals - found.residuals[where]) <= 0.000501
    wrong |= ~(near | (np.isnan(residuals) & np.isnan(found.residuals[where])))
    for i in np.flatnonzero(wrong).tolist():
        yield f"{found.ids[i * every]}: should be {fmt.hex(want[i])}, residual {residuals[i]:.3f}"


def text(vectors: Vectors) -> str:
    """The text of a file: `vectors.about` with count and checksum, and the rows."""
    digits = vectors.format.width // 4
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        zip(
            vectors.ids,
            (f"{x:0{digits}x}" for x in vectors.inputs.tolist()),
            (f"{y:0{digits}x}" for y in vectors.outputs.tolist()),
            (_thousandths(r) for r in vectors.residuals.tolist()),
            vectors.flags,
            vectors.reasons,
            strict=True,
        )
    )
    about = {
        "schema": SCHEMA,
        "function": vectors.function,
        "dtype": vectors.format.name,
        **vectors.about,
        "count": len(vectors.inputs),
        "sha256": checksum(body.getvalue()),
    }
    return f"# {json.dumps(about, ensure_ascii=False)}\n{body.getvalue()}"


def write(vectors: Vectors, folder: Path = FOLDER) -> Path:
    """Write a file of vectors; the same bytes for the same vectors and zlib."""
    file = path(vectors.function, vectors.format.name, folder)
    file.write_bytes(gzip.compress(text(vectors).encode("utf-8"), 9, mtime=0))
    return file


def _thousandths(residual: float) -> str:
    return "" if np.isnan(residual) else str(round(1000 * residual))
