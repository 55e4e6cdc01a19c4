"""The hard cases of float64: inputs worth a test in any implementation, each with its reason.

The file is in the spirit of CORE-MATH's `.wc` files: comma-separated, hexadecimal, sorted by
function and input, with the correctly rounded result, so that a port needs nothing else to use it.

    python -m validation --only survey-float64   # find the largest errors
    python -m validation.hard_cases              # then write the file
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stdplus_ref import exact
from validation import case_file, resume, sampling, survey

FILE = Path(__file__).parent / "data" / "hard_cases_float64.csv"
_BANNER = (
    "# Hard cases in float64, written by `python -m validation.hard_cases`.",
    "# rounded: correctly rounded to nearest. error: (result − true value)/ulp of this library",
    "# when the file was written. All numbers but the error are hexadecimal.",
)
_TINY = float(np.finfo(np.float64).tiny)
_MAX = float(np.finfo(np.float64).max)
_ALMOST_HALF = 0.499  # ULP: smaller errors are no sign of a hard case
_NEAR = 2.0**-16  # ULP from a midpoint: nearer is worth keeping


@dataclass(frozen=True)
class HardCase:
    """One line of the file."""

    function: str
    input: str
    rounded: str
    error: str
    reason: str


@dataclass(frozen=True)
class Boundary:
    """A place where correctly rounded results change their kind, once between `low` and `high`.

    `changed` is False at `low` and True at `high`; the two neighbours where it changes are cases.
    """

    function: str
    before: str
    after: str
    low: float
    high: float
    changed: Callable[[float, float], bool]


def _result(condition: Callable[[float], bool]) -> Callable[[float, float], bool]:
    return lambda x, result: condition(result)


def _same(x: float, result: float) -> bool:
    return result == x


_ZERO, _SUBNORMAL = "last result that is 0", "first result that is not 0"
_LAST_SUBNORMAL, _FIRST_NORMAL = "last subnormal result", "first normal result"

BOUNDARIES = (
    *(
        boundary
        for name in ("stdplus", "stdplus_derivative")
        for boundary in (
            Boundary(name, _ZERO, _SUBNORMAL, -40.0, -38.0, _result(lambda y: y > 0)),
            Boundary(
                name, _LAST_SUBNORMAL, _FIRST_NORMAL, -38.5, -37.0, _result(lambda y: y >= _TINY)
            ),
        )
    ),
    Boundary("stdplus", "last result below 1", "first that is 1", -1e-10, 0.0,
             _result(lambda y: y == 1)),
    Boundary("stdplus", "last result that is 1", "first above 1", 0.0, 1e-10,
             _result(lambda y: y > 1)),
    Boundary("stdplus", "last result above x", "first that is x", 1e3, 1e10, _same),
    Boundary("stdplus_derivative", "last result below 1", "first that is 1", 1e3, 1e10,
             _result(lambda y: y == 1)),
    Boundary("log_stdplus", "last result that is −∞", "first that is finite", -_MAX, -1e150,
             _result(np.isfinite)),
    Boundary("log_stdplus", _LAST_SUBNORMAL, _FIRST_NORMAL, _TINY, 4 * _TINY,
             _result(lambda t: t >= _TINY)),
    Boundary("log_stdplus_derivative", "last result that is −x", "first above −x", -20.0, -1.0,
             lambda x, result: result != -x),
    Boundary("log_stdplus_derivative", "last normal result", "first subnormal result", 1e300, _MAX,
             _result(lambda s: s < _TINY)),
    Boundary("inv_stdplus", "last result below y", "first that is y", 1e3, 1e10, _same),
    Boundary("inv_log_stdplus", "last result that is finite", "first that is ∞", 709.0, 710.0,
             _result(np.isinf)),
    Boundary("inv_log_stdplus", _LAST_SUBNORMAL, _FIRST_NORMAL, _TINY / 2, _TINY,
             _result(lambda x: x >= _TINY)),
)  # fmt: skip

# Single inputs that neither a search nor a boundary finds.
SINGLE = (
    *((name, 5e-324, "least argument") for name in exact.NAMES),
    *((name, _MAX, "greatest argument") for name in exact.NAMES),
    *((name, -_MAX, "greatest argument, negative") for name in sampling.FORWARD),
    ("log_stdplus", -94906268.0, "−(x² + 1)/2 is half-way between two float64 numbers"),
    ("log_stdplus", float.fromhex("0x1.1be57c6987df6p-1"), "hard for an earlier version"),
    (
        "stdplus_derivative",
        float.fromhex("-0x1.c0263551e0123p-2"),
        "hard for an earlier version",
    ),
    ("inv_stdplus", float(np.nextafter(1, 0)), "next to y = 1, where x = 0"),
    ("inv_stdplus", float(np.nextafter(1, 2)), "next to y = 1, where x = 0"),
)


def find(boundary: Boundary) -> Iterator[tuple[str, float, str]]:
    """The two neighbours at a boundary, by bisection on the correctly rounded results."""

    def changed(x: float) -> bool:
        return boundary.changed(x, float(exact.rounded(boundary.function, x, np.float64)))

    low, high = (survey.ordinal(x) for x in (boundary.low, boundary.high))
    if changed(boundary.low) or not changed(boundary.high):
        raise ValueError(f"{boundary} is not between its ends")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if changed(survey.from_ordinal(middle)) else (middle, high)
    yield boundary.function, survey.from_ordinal(low), boundary.before
    yield boundary.function, survey.from_ordinal(high), boundary.after


def surveyed(folder: Path, seed: int = 0) -> Iterator[tuple[str, float, str]]:
    """The largest errors and nearest misses of every region in the records of a survey."""
    for name in exact.NAMES:
        for region in survey.regions(name):
            total = survey.Findings()
            for path in sorted(folder.glob(f"{survey.key_of(name, region)}-*-seed{seed}.json")):
                record = resume.read(path)
                total = total.merge(survey.Findings(**record))
            for ulp, x in total.worst:
                if ulp > _ALMOST_HALF:
                    yield name, float.fromhex(x), f"largest error in {region.title}"
            for ulp, x in total.near:
                if ulp < _NEAR:
                    reason = f"result nearest to half-way in {region.title}"
                    yield name, float.fromhex(x), reason


def cases(named: Iterable[tuple[str, float, str]]) -> list[HardCase]:
    """Complete the lines, sorted; an input with several reasons is one line."""
    reasons: dict[tuple[str, float], list[str]] = {}
    for name, x, reason in named:
        known = reasons.setdefault((name, x), [])
        if reason not in known:
            known.append(reason)
    order = sorted(reasons, key=lambda case: (exact.NAMES.index(case[0]), case[1]))
    return [_case(name, x, "; ".join(reasons[name, x])) for name, x in order]


def _case(name: str, x: float, reason: str) -> HardCase:
    rounded = float(exact.rounded(name, x, np.float64))
    error = round(survey.exact_error(name, x.hex()), 7) + 0.0  # no -0.0
    return HardCase(name, x.hex(), rounded.hex(), f"{error:.7f}", reason)


def read() -> list[HardCase]:
    """The lines of the file in the repository."""
    return case_file.read(FILE, HardCase)


def main() -> int:
    """Write the file from a finished survey."""
    folder = survey.cache_folder()
    if not folder.is_dir():
        print(f"no survey in {folder}: run python -m validation --only {survey.STEP}")
        return 1
    boundaries = (case for boundary in BOUNDARIES for case in find(boundary))
    found = cases([*surveyed(folder), *boundaries, *SINGLE])
    case_file.write(FILE, _BANNER, HardCase, found)
    print(f"wrote {len(found)} cases to {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
