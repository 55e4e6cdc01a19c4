"""Why the accuracy promises are believed, written down: `stdplus_ref/spec/evidence.py`.

    python -m validation --only exhaustive-float32   # every float32
    python -m validation --only survey-float64       # 10^8 inputs of each function, and searches
    python -m validation.evidence                    # then write the file

float64 bounds are those that `derivations.proof` proves.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

import stdplus_ref
from derivations.d11_error_budget import proved
from stdplus_ref import exact, spec
from stdplus_ref.spec import Found
from validation import exhaustive, resume, survey
from validation.fingerprint import fingerprint

FILE = Path(spec.__file__).with_name("evidence.py")
_ABOUT = '"""The fingerprint (validation/fingerprint.py) of the program it was found on."""\n\n'
_FIRST_PHASE = "every argument that the first phase decides ([error budget](docs/error-budget.md))"
_BITS = 96  # of the exact value of a witness


def main() -> int:
    """Write the file from a finished exhaustive run and a finished survey."""
    try:
        found = {
            (name, dtype): evidence
            for name in exact.NAMES
            for dtype, evidence in (("float32", _single(name)), ("float64", _double(name)))
        }
    except FileNotFoundError as missing:
        print(missing)
        return 1
    head, _, _ = FILE.read_text(encoding="utf-8").partition("SOURCE:")
    head += f'SOURCE: Final = "{fingerprint()}"\n{_ABOUT}'
    rows = "".join(f"    {key!r}: {value!r},\n" for key, value in found.items())
    text = f"{head}EVIDENCE: dict[tuple[str, str], tuple[Found, ...]] = {{\n{rows}}}\n"
    FILE.write_text(text, encoding="utf-8")
    print(f"wrote {FILE}")
    return 0


def _single(name: str) -> tuple[Found, ...]:
    """All 2^32 results, and the value nearest to a midpoint."""
    folder, total = exhaustive.cache_folder(), exhaustive.NOTHING
    for shard in exhaustive.all_shards(name):
        record = resume.load(folder, shard)
        if record is None:
            raise FileNotFoundError(f"no {shard.key} in {folder}: run exhaustive-float32")
        record.pop("sha256")
        total = total.merge(exhaustive.Findings(**record))
    if total.wrong:
        raise ArithmeticError(f"{name}: {total.wrong} results are wrong")
    distance, x = total.hardest[0]
    return (("exhaustive", "all 2³² arguments", 0.5 - distance, _witness(name, x, np.float32)),)


def _double(name: str) -> tuple[Found, ...]:
    """The proved bound, and the largest error of a survey."""
    folder, total = survey.cache_folder(), survey.Findings()
    for region in survey.regions(name):
        records = sorted(folder.glob(f"{survey.key_of(name, region)}-*.json"))
        if not records:
            raise FileNotFoundError(f"{name}: no {region} in {folder}: run survey-float64")
        for path in records:
            total = total.merge(survey.Findings(**resume.read(path)))
    x = total.worst[0][1]
    error = abs(survey.exact_error(name, x))
    drawn, searched = (round(n / 1e6) for n in (total.random, total.count - total.random))
    scanned = f"{drawn}·10⁶ random arguments and {searched}·10⁶ in searches for the worst"
    bound = proved(name)[0]
    return (
        ("proved", _FIRST_PHASE, bound, None),
        ("observed", scanned, error, _witness(name, x, np.float64)),
    )


def _witness(name: str, x: str, dtype: Any) -> tuple[str, str, str]:
    value = float.fromhex(x)
    got = getattr(stdplus_ref, name)(dtype(value))
    return x, float(got).hex(), exact_value(name, value)


def exact_value(name: str, x: float) -> str:
    """What a function is at x, hexadecimal."""
    with mpmath.workprec(_BITS + 64):
        return _hexadecimal(getattr(exact, name)(x, digits=40))


def _hexadecimal(value: Any) -> str:
    """A number of mpmath as `float.hex` would write it, with 24 digits after the point."""
    sign = "-" if value < 0 else ""
    mantissa, exponent = mpmath.frexp(abs(value))
    digits = int(mpmath.nint(mpmath.ldexp(mantissa, _BITS + 1)))
    return f"{sign}0x1.{digits - (1 << _BITS):0{_BITS // 4}x}p{exponent - 1:+d}"


if __name__ == "__main__":
    sys.exit(main())
