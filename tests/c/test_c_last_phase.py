"""The last phase in C: where the first leaves two results possible, the right one is chosen.

One argument in some thousands is in doubt. With larger bounds of the first phase's error many are,
in every regime. Truth is Arb's: `stdplus_ref.exact`, and the sides of midpoints in `tests.source`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import conformance, exact, spec
from stdplus_ref.source import KERNELS, ties
from stdplus_ref.source.operations import MOST_WORDS
from stdplus_ref.source.pairs import differ
from stdplus_ref.source.routes import double_routes, evaluate_full
from tests.c.compilers import HEADER, Array, build, difference, needs_fma, run
from tests.cpu.test_correct_rounding import REGIMES, drawn
from tests.source.test_source_ties import Point, hardest, near_ties, points, truth
from validation import hard_cases
from validation.worst_cases import records

DOUBT = Path(__file__).with_name("doubt.c")
COUNT = 1 << 20
STOPPING = (
    *("-O1", "-mfma", "-fsanitize=undefined,address", "-fno-sanitize-recover=undefined"),
    "-fno-sanitize=float-divide-by-zero",
)
OPTIONS = {
    "calls": ("-O2", "-mfma"),
    "branchless": ("-O2", "-mfma", "-DSTDPLUS_BRANCHLESS"),
    "nothing undefined": STOPPING,
}
PRECISIONS = (6, 12, 24, 48, 96)
BOUND, LARGER = re.compile(r"_ERROR 0x1\.[8c]p-67"), "_ERROR 0x1p-56"


@pytest.fixture(scope="module")
def doubt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of doubt.c."""
    needs_fma()
    return build(tmp_path_factory.mktemp("doubt"), "gcc", ["-O2", "-mfma"], DOUBT)


@pytest.fixture(scope="module", params=["gcc", "clang"])
def stopping(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of doubt.c, which stops where C does not say what happens."""
    needs_fma()
    return build(tmp_path_factory.mktemp("stopping"), request.param, STOPPING, DOUBT)


@pytest.fixture(scope="module", params=OPTIONS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver, in both forms, and one that stops where C does not say what happens."""
    needs_fma()
    return build(tmp_path_factory.mktemp("driver"), "gcc", OPTIONS[request.param])


def asked(doubt: Path, name: str, mode: str, x: Array) -> Array:
    """What doubt.c answers; with a fault, whether in time."""
    done = subprocess.run(
        [doubt, name, mode], input=x.tobytes(), capture_output=True, check=True, timeout=60
    )
    return np.frombuffer(done.stdout, np.float64)


def ordinary(name: str) -> Array:
    """Seeded arguments: half of them ordinary numbers, the rest of any magnitude."""
    rng = np.random.default_rng(11)
    x = rng.normal(0, 2, COUNT)
    x[COUNT // 2 :] = np.copysign(2 ** rng.uniform(-100, 100, COUNT // 2), x[COUNT // 2 :])
    return np.abs(x) if name == "inv_stdplus" else x


@cache
def known(name: str) -> tuple[Array, Array]:
    """Hard cases, the worst and vectors with their correctly rounded results."""
    cases = [case for case in (*hard_cases.read(), *records.known()) if case.function == name]
    assert len(cases) >= 150
    vectors = conformance.load(name, "float64")
    x = [float.fromhex(case.input) for case in cases]
    y = [float.fromhex(case.rounded) for case in cases]
    inputs, outputs = (part.view(np.float64) for part in (vectors.inputs, vectors.outputs))
    return np.concatenate([x, inputs]), np.concatenate([y, outputs])


def test_arguments_in_doubt(doubt: Path, program: Path, name: str) -> None:
    """Those that the source is in doubt about have the correctly rounded results."""
    x = ordinary(name)
    x = x[asked(doubt, name, "doubt", x) != 0.0]
    assert x.size > 50
    full = evaluate_full(double_routes(KERNELS[name]).full)
    assert all(differ(*full(float(value))) for value in x[:20])
    want = exact.rounded(name, x, np.float64)
    np.testing.assert_array_equal(getattr(stdplus_ref, name)(x), want)
    for mode in ("call", "array"):
        assert difference(x, run(program, name, mode, x), want) == ""


def test_known_results(program: Path, name: str) -> None:
    x, want = known(name)
    for mode in ("call", "array"):
        assert difference(x, run(program, name, mode, x), want) == ""


def test_either_side_of_the_result(doubt: Path, name: str) -> None:
    """Asked about the result and one of its neighbours, the last phase chooses the result."""
    x, y = known(name)
    tame = (np.abs(x) > 2.0**-60) & (np.abs(x) < 2.0**20) & (np.abs(y) < 2.0**20) & (y != 0)
    tame &= y != x if name.endswith("log_stdplus") else x != 1
    if name == "stdplus":
        tame &= y != 1  # its midpoints lie on the side of 1 where the result does
    if name == "log_stdplus_derivative":
        tame &= x > -38  # further left there is no doubt
    pairs = np.column_stack([x[tame], y[tame]])
    assert pairs.shape[0] > 1000
    got = asked(doubt, name, "settle", pairs).reshape(-1, 2)
    for side in range(2):
        assert difference(pairs[:, 0], got[:, side], pairs[:, 1]) == ""


INTEGERS = """\
#include <stdio.h>
#include "stdplus.h"

int main(void)
{
    long long a, b;
    while (scanf("%lld %lld", &a, &b) == 2) {
        int n = (int)(b & 31);
        printf("%lld %lld ", (long long)sp_add(a, b), (long long)sp_sub(a, b));
        printf("%lld %lld ", (long long)sp_times(a, b), (long long)sp_abs_int64(a));
        printf("%lld ", b == 0 ? 0 : (long long)sp_floor_divide(a, b));
        printf("%lld ", (long long)sp_shift_left(a, n));
        printf("%lld ", (long long)sp_shift_right(a, n));
        printf("%lld\\n", (long long)sp_select(a < b, a, b));
    }
    return 0;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_integers_are_those_of_python(compiler: str, tmp_path: Path) -> None:
    """Negative ones as well: quotients and shifts to the right are rounded down."""
    source = tmp_path / "integers.c"
    source.write_text(INTEGERS)
    program = build(tmp_path, compiler, STOPPING, source)
    some = (0, 1, -1, 2, -2, 7, -7, 27, -28, 28, 2**28 - 1, -(2**28), 2**31 + 5, -(2**31) - 5)
    pairs = [(a, b) for a in some for b in some]
    text = "".join(f"{a} {b}\n" for a, b in pairs)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    for (a, b), line in zip(pairs, done.stdout.splitlines(), strict=True):
        want = [a + b, a - b, a * b, abs(a), a // b if b else 0, a << (b & 31), a >> (b & 31)]
        assert list(map(int, line.split())) == [*want, min(a, b)], (a, b)


# Every side of the last phase, next to midpoints in every regime


def midpoints(name: str) -> tuple[Point, ...]:
    """Arguments of every regime and midpoints near their values, up to the nearest known."""
    return (*points(name), *near_ties(name), *hardest(name))


def sides(doubt: Path, name: str, some: Sequence[Point], n: int) -> Array:
    """The signs that C finds with n words."""
    return asked(doubt, name, "side", np.array([(x, c, n) for _, x, c in some], np.float64))


def test_every_precision_has_the_sides_of_the_source(stopping: Path, name: str) -> None:
    """From 6 words, which are multiplied apart, to as many as there are."""
    some = midpoints(name)
    assert len(some) > 300
    assert PRECISIONS[-1] == MOST_WORDS
    for n in PRECISIONS:
        got = sides(stopping, name, some, n)
        right = np.array([truth(*point) for point in some])
        assert ((got == right) | ((got == 0) & (n == 6))).all(), n
        few = some[:: 1 if n == 6 else n]
        source = [getattr(ties, f"{name}_side")(x, c, n) for _, x, c in few]
        assert list(got[:: 1 if n == 6 else n]) == source, n


def settled(doubt: Path, name: str, some: Sequence[Point]) -> Array:
    """Of c and the number next to it, what C settles on: whether it is the latter."""
    c = np.array([c for _, _, c in some])
    pairs = np.column_stack([[x for _, x, _ in some], c])
    return asked(doubt, name, "settle", pairs)[1::2] != c


def test_midpoints_are_settled(stopping: Path, name: str, tmp_path: Path) -> None:
    """By as many words as that needs; and from four words on, which are more often too few."""
    some = midpoints(name)
    right = np.array([truth(*point) > 0 for point in some])
    assert (settled(stopping, name, some) == right).all()
    text, first = HEADER.read_text(encoding="utf-8"), "    sp_int64 n = sp_words_FEWEST;\n"
    assert text.count(first) == len(KERNELS)
    header = tmp_path / "stdplus.h"
    header.write_text(text.replace(first, "    sp_int64 n = 4;\n"), encoding="utf-8")
    four = build(tmp_path, "gcc", STOPPING, DOUBT, header)
    assert (settled(four, name, some) == right).all()
    assert (sides(stopping, name, some, 4) == 0).sum() > 20


# With larger bounds of the first phase's error, it decides in every regime


def with_bounds(folder: Path, text: str) -> Path:
    """A header with larger bounds: one argument in some eight is in doubt."""
    larger, count = BOUND.subn(LARGER, text)
    assert count == len(KERNELS)
    made = folder / "stdplus.h"
    made.write_text(larger, encoding="utf-8")
    return made


@cache
def regimes(name: str, count: int = 400) -> tuple[Array, Array]:
    """Arguments of every regime side by side, as many of each, and their rounded results."""
    x = np.concatenate([drawn(low, high, count) for low, high in REGIMES[name]])
    return x, np.asarray(exact.rounded(name, x, np.float64))


def test_larger_bounds_leave_doubt_in_every_regime(name: str, tmp_path: Path) -> None:
    header = with_bounds(tmp_path, HEADER.read_text(encoding="utf-8"))
    program = build(tmp_path, "gcc", ["-O2", "-mfma"], DOUBT, header)
    x, _ = regimes(name)
    found = asked(program, name, "doubt", x).reshape(len(REGIMES[name]), -1).sum(axis=1)
    if name == "log_stdplus":  # on the far right single calls have pairs, loops a closed form
        found = found[[low < 2.0**60 for low, _ in REGIMES[name]]]
    assert (found > 20).all(), found


@pytest.fixture(scope="module", params=OPTIONS)
def doubtful(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver with larger bounds."""
    needs_fma()
    folder = tmp_path_factory.mktemp("larger")
    header = with_bounds(folder, HEADER.read_text(encoding="utf-8"))
    return build(folder, "gcc", OPTIONS[request.param], header=header)


@pytest.mark.parametrize("mode", ["call", "array"])
def test_it_decides_right_in_every_regime(doubtful: Path, name: str, mode: str) -> None:
    x, want = regimes(name)
    assert difference(x, run(doubtful, name, mode, x), want) == ""


# A function of the last phase, and how its line is in the header or would be translated wrong.
FAULTS = {
    "a shift rounded towards 0": (
        "return (sp_int64)((((sp_uint64)i ^ half) >> n) - (half >> n));",
        "return i / ((sp_int64)1 << n) + (sp_int64)(0 * half);",
    ),
    "a loop that ends a word early": (
        "for (sp_int64 back = 1; back < n; back++)",
        "for (sp_int64 back = 2; back < n; back++)",
    ),
    "a step of a division too few": (
        "#define sp_words_DIGITS ((sp_int64)4)",
        "#define sp_words_DIGITS ((sp_int64)3)",
    ),
    "a sum in place of a difference": (
        "out[i] = sp_sub(out[i], a[i]);",
        "out[i] = sp_add(out[i], a[i]);",
    ),
    "only the first try": (
        "while (sp_both(sign == 0, n < sp_operations_MOST_WORDS))",
        "while (sp_both(sign == 0, n < 6))",
    ),
    "another end of a regime": (
        "#define sp_ties_NEAR ((sp_int64)-3)",
        "#define sp_ties_NEAR ((sp_int64)3)",
    ),
    "a carry that is lost": ("        over = sp_shift_right(v, sp_words_WORD);\n", ""),
    "a product missing from a column": (
        "for (sp_int64 i = 0; i < sp_add(k, 1); i++)",
        "for (sp_int64 i = 0; i < k; i++)",
    ),
    "a bound of the other sign": (
        "return sp_add(sp_times(16, n), 128);",
        "return sp_sub(0, 128);",
    ),
}


def wrong(folder: Path, text: str) -> set[str]:
    """The functions that a test above finds wrong: sides, or results with larger bounds."""
    found = set()
    header = with_bounds(folder, text)
    options = ["-O1", "-mfma", "-Wno-error"]
    doubt = build(folder, "gcc", options, DOUBT, header)
    for name in spec.NAMES:
        some = midpoints(name)
        right = np.array([truth(*point) for point in some])
        off = [sides(doubt, name, some, n) != right for n in (6, 12)]
        off[0] &= sides(doubt, name, some, 6) != 0
        off.append(settled(doubt, name, some) != (right > 0))
        found |= {name} if np.any(off) else set()
    driver = build(folder, "gcc", options, header=header)
    for name in spec.NAMES:
        x, want = regimes(name)
        found |= {name} if difference(x, run(driver, name, "call", x), want) else set()
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_translation_is_found(fault: str, tmp_path: Path) -> None:
    line, instead = FAULTS[fault]
    text = HEADER.read_text(encoding="utf-8")
    assert line in text
    assert wrong(tmp_path, text.replace(line, instead)) != set()


def test_without_a_fault_nothing_is_found(tmp_path: Path) -> None:
    assert wrong(tmp_path, HEADER.read_text(encoding="utf-8")) == set()
