"""README.md of the archive of vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from derivations.errata import table
from stdplus_ref import spec
from stdplus_ref.conformance import vectors
from stdplus_ref.conformance.formats import FORMATS

_TEXT: Final = """\
# {name}

Arguments and correctly rounded results of the six functions of the Slashed Normal distribution, to
test an implementation in any language. For real x let t, of the sign of x, solve
expm1(2t) − 2t = x²; then stdplus(x) = eᵗ and log_stdplus(x) = t. The others are their derivatives
and inverses. Licence: BSD-3-Clause, in `LICENSE`.

{counts}
The same vectors stand here in three forms. Bits are those of IEEE 754 (bfloat16: the upper half of
binary32).

| folder | form |
|---|---|
| `csv/` | as stdplus_ref ships them: JSON after `# `, column names, a line for each vector |
| `json/` | bits as strings of hexadecimal digits; `vectors.schema.json` describes the files |
| `tables/FUNCTION/` | a binary file for each column, little-endian, without a head |

The tables are named as those of xsref, the reference data of SciPy's xsf: `In_d-d.bin` holds
arguments, `Out_d-d.bin` results and `Err_d-d.bin` errors of the results, with `d` for float64, `f`
for float32, `e` for float16, `bf16` for bfloat16. Row i of one belongs to row i of the others.
Arguments and results are raw floating-point numbers; errors are float64:
(result − true value) in ULP, known to 0.0005, NaN where the result is exact. (The `Err_` tables of
xsref hold the errors of an implementation instead, and its files are Parquet.)

## How to judge a result

1. Where `flags` has `special`, and where the result is exact, the result must be the output, bit
   for bit; any NaN stands for NaN. 1/√2, the derivatives at 0, counts as any other number.
2. Elsewhere the error in ULP is (result − output)/ulp(output) + residual, the ULP that of the
   output's binade; in CSV and JSON the residual is in thousandths.

## Where the vectors come from

Each says in `reason` (CSV) or `origin` (JSON) why it is there, and has one of these flags:

{flags}
Results and residuals come from interval Newton iteration on the definition in ball arithmetic,
which shares no code with the functions of the library. `generator` in the head is the version of
the program that chose the arguments, `seed` that of its random numbers. `SHA256SUMS` lists every
file: `sha256sum -c SHA256SUMS`.
"""


def text(name: str, counts: Mapping[tuple[str, str], int]) -> str:
    """The page, with how many vectors there are of each function and type."""
    rows = [(f"`{f}`", *(str(counts[f, dtype]) for dtype in FORMATS)) for f in spec.NAMES]
    flags = [(f"`{flag}`", meaning) for flag, meaning in vectors.FLAGS.items()]
    return _TEXT.format(
        name=name,
        counts=table(("vectors", *FORMATS), rows),
        flags=table(("flag", "meaning"), flags),
    )
