"""The test vectors as an archive for any language: CSV, JSON with hexadecimal bits, binary columns.

    python -m derivations.vectors.archive [--out DIR]

writes ``stdplus-vectors-<version>.zip``, the same bytes for the same vectors and version.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from derivations.registry import ROOT
from derivations.vectors import archive_readme
from stdplus_ref import __version__, spec
from stdplus_ref.conformance import vectors
from stdplus_ref.conformance.formats import FORMATS

NAME: Final = f"stdplus-vectors-{__version__}"
TYPE_CODES: Final = {"float16": "e", "bfloat16": "bf16", "float32": "f", "float64": "d"}
"""As in the names of xsref's tables; the first two are not among its types."""

_BITS = {"type": "string", "pattern": "^([0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16})$"}
_VECTOR = {
    "id": {"type": "string"},
    "input": _BITS | {"description": "bits of the argument"},
    "output": _BITS | {"description": "bits of the correctly rounded result"},
    "residual": {
        "type": ["integer", "null"],
        "description": "(output − true value) in thousandths of an ULP; null: output is exact",
    },
    "flags": {"type": "array", "items": {"enum": list(vectors.FLAGS)}, "minItems": 1},
    "origin": {"type": "string", "description": "why the vector is there"},
}
_HEAD = {
    "schema": {"const": vectors.SCHEMA},
    "function": {"enum": list(spec.NAMES)},
    "dtype": {"enum": list(FORMATS)},
    "library": {"const": "stdplus-ref"},
    "version": {"type": "string"},
    "generator": {"type": "string", "description": "version of the program that made them"},
    "seed": {"type": "integer", "description": "of the random arguments"},
    "count": {"type": "integer", "minimum": 1},
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


JSON_SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Test vectors of one function in one type",
    **_object(_HEAD | {"vectors": {"type": "array", "items": _object(_VECTOR), "minItems": 1}}),
}


def document(function: str, dtype: str) -> dict[str, Any]:
    """The vectors of a function and type as JSON."""
    found = vectors.load(function, dtype)
    digits = found.format.width // 4
    rows = zip(
        found.ids, found.inputs.tolist(), found.outputs.tolist(), found.residuals.tolist(),
        found.flags, found.reasons, strict=True,
    )  # fmt: skip
    return {
        "schema": vectors.SCHEMA,
        "function": function,
        "dtype": dtype,
        "library": "stdplus-ref",
        "version": __version__,
        "generator": found.about["generator"],
        "seed": found.about["seed"],
        "count": found.inputs.size,
        "vectors": [
            {
                "id": name,
                "input": f"{x:0{digits}x}",
                "output": f"{y:0{digits}x}",
                "residual": None if math.isnan(residual) else round(1000 * residual),
                "flags": flags.split(),
                "origin": reason,
            }
            for name, x, y, residual, flags, reason in rows
        ],
    }


def columns(function: str, dtype: str) -> dict[str, bytes]:
    """The columns by name: arguments, results, and the error of the results; little-endian."""
    found = vectors.load(function, dtype)
    code = f"{TYPE_CODES[dtype]}-{TYPE_CODES[dtype]}.bin"
    return {
        f"In_{code}": _little(found.inputs),
        f"Out_{code}": _little(found.outputs),
        f"Err_{code}": _little(found.residuals),
    }


def _little(array: np.ndarray[Any, Any]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def contents() -> Iterator[tuple[str, bytes]]:
    """The files of the archive, the list of checksums last."""
    sums = []
    for path, data in _files():
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {path}\n")
        yield path, data
    yield "SHA256SUMS", "".join(sums).encode()


def _files() -> Iterator[tuple[str, bytes]]:
    counts = {}
    for function in spec.NAMES:
        for dtype in FORMATS:
            made = document(function, dtype)
            counts[function, dtype] = made["count"]
            csv = vectors.read(vectors.path(function, dtype))
            yield f"csv/{function}-{dtype}.csv", csv.encode()
            yield f"json/{function}-{dtype}.json", _json(made, None)
            for name, data in columns(function, dtype).items():
                yield f"tables/{function}/{name}", data
    yield "vectors.schema.json", _json(JSON_SCHEMA, 2)
    yield "README.md", archive_readme.text(NAME, counts).encode()
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()


def _json(value: Any, indent: int | None) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()


def write(folder: Path) -> Path:
    """Write the archive into a folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, data in contents():
            entry = zipfile.ZipInfo(f"{NAME}/{path}")  # dated 1980: the same bytes every time
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    file = folder / f"{NAME}.zip"
    file.write_bytes(made.getvalue())
    return file


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m derivations.vectors.archive",
        description="Write the test vectors as an archive for any language.",
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder (default: this one)")
    options = parser.parse_args(argv)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: cannot write {str(options.out)!r}: {error.strerror}")
    print(write(options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
