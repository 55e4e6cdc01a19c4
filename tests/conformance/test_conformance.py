"""The kit's vectors, formats and tiers, and the truth of its exhaustive runs."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import stdplus_ref
from derivations.vectors import generate, inputs
from stdplus_ref import conformance, exact, spec
from stdplus_ref.conformance import FORMATS, Tier, exhaustive, vectors
from stdplus_ref.conformance.export import export
from stdplus_ref.conformance.regions import assign, regions
from validation.seams import SEAMS

ROOT = Path(stdplus_ref.__file__).parents[1]
PAIRS = [(name, dtype) for name in spec.NAMES for dtype in FORMATS]
TYPES = {name: np.dtype(getattr(ml_dtypes if name == "bfloat16" else np, name)) for name in FORMATS}


@pytest.mark.parametrize("dtype", FORMATS)
def test_formats_agree_with_the_types(dtype: str) -> None:
    fmt, info = FORMATS[dtype], ml_dtypes.finfo(TYPES[dtype])
    assert (fmt.max, fmt.tiny) == (float(info.max), float(info.tiny))
    assert 2.0**fmt.least_place == float(info.smallest_subnormal)
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 1 << fmt.width, 20000, dtype=fmt.unsigned)
    value = fmt.value(bits)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(value, bits.view(TYPES[dtype]).astype(np.float64))
    number = ~fmt.is_nan(bits)
    np.testing.assert_array_equal(np.isnan(value), ~number)
    np.testing.assert_array_equal(fmt.bits_of(value)[number], bits[number])
    order = np.argsort(fmt.ordinal(bits[number]))
    assert (np.diff(value[number][order]) >= 0).all()
    back = fmt.from_ordinal(fmt.ordinal(bits))
    np.testing.assert_array_equal(fmt.value(back)[number], value[number])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_rounding_to_a_format(dtype: str) -> None:
    """Against integers: the nearest of two neighbours, the even one half-way."""
    fmt = FORMATS[dtype]
    rng = np.random.default_rng(1)
    low = rng.integers(0, fmt.infinity, 5000, dtype=fmt.unsigned)
    low[:3] = 0, 1, fmt.infinity - 1
    below, above = fmt.value(low), fmt.value(low + fmt.unsigned.type(1))
    above[np.isinf(above)] = 2.0 ** (fmt.max_exponent + 1)
    middle = (below + above) / 2
    even = low + low % fmt.unsigned.type(2)
    for value, want in (
        (np.nextafter(middle, -np.inf), low),
        (middle, even),
        (np.nextafter(middle, np.inf), low + fmt.unsigned.type(1)),
    ):
        np.testing.assert_array_equal(fmt.bits_of(value), want)
        np.testing.assert_array_equal(fmt.bits_of(-value), want | fmt.unsigned.type(fmt.sign))


@pytest.mark.parametrize(("name", "dtype"), PAIRS)
def test_vectors_are_what_the_truth_says(name: str, dtype: str) -> None:
    """Checksum and schema by loading; a sample of outputs and residuals computed anew."""
    found = conformance.load(name, dtype)
    assert found.about["generator"] == generate.GENERATOR
    assert list(generate.check(found, every=17)) == []
    assert len(set(found.ids)) == found.inputs.size
    for words, reason in zip(found.flags, found.reasons, strict=True):
        assert reason
        assert set(words.split()) <= set(vectors.FLAGS)
    used = {word for words in found.flags for word in words.split()}
    assert {"special", "seam", "hard", "end", "binade", "random", "subnormal-input"} <= used


@pytest.mark.parametrize(("name", "dtype"), PAIRS)
def test_vectors_reach_everything_that_matters(name: str, dtype: str) -> None:
    found = conformance.load(name, dtype)
    fmt, x = found.format, found.format.value(found.inputs)
    ordinals = fmt.ordinal(found.inputs[~fmt.is_nan(found.inputs)])
    assert (np.diff(ordinals) >= 0).all()
    for special in spec.FUNCTIONS[name].special:
        here = np.isnan(x) if np.isnan(special.argument) else x == special.argument
        here &= np.signbit(x) == np.signbit(special.argument)
        wanted = np.array([fmt.bits_of(special.value)])
        assert here.any()
        got = found.outputs[here]
        assert (fmt.is_nan(got) & fmt.is_nan(wanted) | (got == wanted)).all(), special
    found_in = np.bincount(assign(fmt.ordinal(found.inputs), regions(name, fmt)))
    assert (found_in[1:-1] >= 3).all()
    hard = found.flagged("hard")
    reach = 0.05 if fmt.width == 16 else 0.0015  # of 16 bits there are not so many
    assert hard.sum() >= 60
    half = np.abs(found.residuals[hard])
    mantissa, _ = np.frexp(found.format.value(found.outputs[hard]))
    below_a_binade = np.abs(mantissa) == 0.5  # the half-way point is ¼ ULP of its binade away
    distance = np.minimum(np.abs(half - 0.5), np.where(below_a_binade, np.abs(half - 0.25), 1))
    assert (distance < reach).all()
    seams = {abs(seam) for seam in SEAMS[name]}
    inside = [s for s in sorted(seams) if fmt.tiny <= s <= fmt.max]
    assert len(inside) >= 2
    held = set(found.inputs.tolist())
    for seam in fmt.bits_of(inside).tolist():
        assert set(range(seam - inputs.NEIGHBOURS, seam + inputs.NEIGHBOURS + 1)) <= held


def test_vectors_are_small_and_no_others_are_there() -> None:
    files = {vectors.path(*pair) for pair in PAIRS}
    assert {file for file in vectors.FOLDER.iterdir() if file.suffix == ".gz"} == files
    assert sum(file.stat().st_size for file in files) < 5e6


def test_vectors_are_what_their_generator_writes() -> None:
    """The cheapest file from scratch; the command ``--check`` does it for all."""
    made = generate.generate("inv_stdplus", FORMATS["bfloat16"])
    assert generate.text(made) == vectors.read(vectors.path("inv_stdplus", "bfloat16"))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    text = vectors.read(vectors.path("stdplus", "float16"))
    with pytest.raises(ValueError, match="damaged"):
        vectors.parse(text.replace(",3c00,", ",3c01,", 1))
    with pytest.raises(ValueError, match="schema 2"):
        vectors.parse(text.replace('"schema": 1', '"schema": 2', 1))
    with pytest.raises(ValueError, match=r"stdplus.*'softplus'"):
        conformance.load("softplus", "float16")
    with pytest.raises(ValueError, match=r"float16.*'float8'"):
        conformance.load("stdplus", "float8")


def test_the_check_of_vectors_finds_a_wrong_one() -> None:
    found = conformance.load("log_stdplus", "float16")
    outputs, residuals = found.outputs.copy(), found.residuals.copy()
    outputs[1234] ^= 1
    residuals[2345] += 0.002
    wrong = vectors.Vectors(
        found.function, found.format, found.inputs, outputs, residuals,
        found.flags, found.reasons, found.about,
    )  # fmt: skip
    said = list(generate.check(wrong))
    assert [line.partition(":")[0] for line in said] == [found.ids[1234], found.ids[2345]]


def test_writing_and_reading_vectors(tmp_path: Path) -> None:
    found = conformance.load("inv_log_stdplus", "float64")
    file = generate.write(found, tmp_path)
    first = json.loads(gzip.decompress(file.read_bytes()).splitlines()[0].removeprefix(b"# "))
    assert first == found.about
    again = vectors.parse(vectors.read(file))
    np.testing.assert_array_equal(again.residuals, found.residuals)
    np.testing.assert_array_equal(again.outputs, found.outputs)
    assert (again.flags, again.reasons) == (found.flags, found.reasons)


def test_export_reads_as_numpys_own_tests_read_it(tmp_path: Path) -> None:
    """The reading is that of numpy/_core/tests/test_umath_accuracy.py."""
    file = export("log_stdplus", tmp_path, tolerance=2)
    assert file.name == "umath-validation-set-log_stdplus.csv"
    data = np.genfromtxt(
        file, dtype=("|S39", "|S39", "|S39", int), delimiter=",", skip_header=1,
        names=("type", "input", "output", "ulperr"),
    )  # fmt: skip
    assert (data["ulperr"] == 2).all()
    for dtype, unsigned in (("float32", np.uint32), ("float64", np.uint64)):
        subset = data[data["type"] == f"np.{dtype}".encode()]
        x, y = (
            np.array([int(text, 16) for text in subset[column]], unsigned).view(dtype)
            for column in ("input", "output")
        )
        found = conformance.load("log_stdplus", dtype)
        np.testing.assert_array_equal(x.view(unsigned), found.inputs)
        np.testing.assert_array_equal(y[::97], exact.rounded("log_stdplus", x[::97], dtype))


@pytest.mark.parametrize("text", ["ulp", "ulp:", "ulp:0.5", "ulp:-1", "ulp:nan", "ulp:inf", "2"])
def test_tiers_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match="expected exact, or ulp:K"):
        Tier.parse(text)


def test_tiers() -> None:
    assert Tier.parse("exact") == Tier()
    assert str(Tier.parse("ulp:1.50", True, True)) == "ulp:1.5, flush to zero, monotone"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", spec.NAMES)
def test_the_truth_of_exhaustive_runs(name: str, dtype: str) -> None:
    """One number in nine and all in the tail where half-way cases are decided."""
    fmt = FORMATS[dtype]
    (bits,) = exhaustive.chunks(fmt)
    np.testing.assert_array_equal(np.sort(bits), np.arange(1 << 16))
    ordinals = fmt.ordinal(bits)
    assert (np.diff(ordinals) >= 0).all()
    assert np.bincount(assign(ordinals, regions(name, fmt))).sum() == bits.size
    x = fmt.value(bits)
    sample = bits[
        (np.arange(bits.size) % 9 == 0) | ((x < -5) & (x > -90) & (name == "log_stdplus"))
    ]
    got = exhaustive.truth(name, fmt, sample)
    want = exact.rounded(name, sample.view(TYPES[dtype]), TYPES[dtype]).view(fmt.unsigned)
    same = (got == want) | (fmt.is_nan(got) & fmt.is_nan(want))
    assert same.all()
    few = np.arange(0, sample.size, 40)
    error = exact.ulp_error(name, sample[few].view(TYPES[dtype]), got[few].view(TYPES[dtype]))
    residual = exhaustive.residuals(name, fmt, sample, got)(few)
    finite = np.isfinite(fmt.value(got[few])) & np.isfinite(residual)
    np.testing.assert_allclose(residual[finite], error[finite], atol=1e-9)


def test_exhaustive_float32_is_every_pattern_once() -> None:
    fmt = FORMATS["float32"]
    starts = range(0, 1 << 32, 1 << 30)
    pieces = [exhaustive.chunk(fmt, start) for start in starts]
    assert [int(piece[0]) for piece in pieces] == [0xFFFFFFFF, 0xBFFFFFFF, 0, 0x40000000]
    assert all((np.diff(fmt.ordinal(piece)) == 1).all() for piece in pieces)
    last = exhaustive.chunk(fmt, (1 << 32) - exhaustive.CHUNK)
    assert (last.size, int(last[-1])) == (exhaustive.CHUNK, 0x7FFFFFFF)


def test_a_callable_judged_on_every_number() -> None:
    """One wrong result, at a number that is no vector."""
    known = conformance.load("stdplus", "float16").inputs
    where = next(x for x in range(0x3C00, 0x7C00) if x not in known)

    def faulty(x: np.ndarray) -> np.ndarray:
        y = stdplus_ref.stdplus(x.astype(np.float64)).astype(np.float16)
        return y + (x.view(np.uint16) == where) * np.float16(1)

    judge = conformance.check(faulty, "stdplus", "float16", every=True).judge
    assert judge.inputs == known.size + 2**16
    assert judge.worst is not None
    assert judge.worst.input == where
    assert conformance.check(faulty, "stdplus", "float16").passed
    with pytest.raises(ValueError, match="the bit set of float64 is judged at tier exact alone"):
        conformance.check(faulty, "stdplus", "float64", "ulp:1", every=True)


def test_the_kit_needs_numpy_alone() -> None:
    absent = ("numba", "llvmlite", "mpmath", "flint", "scipy", "ml_dtypes", "matplotlib")
    program = (
        "import sys\n"
        f"for name in {absent!r}:\n"
        "    sys.modules[name] = None\n"
        "import numpy as np\n"
        "from stdplus_ref.conformance import check, load\n"
        "from stdplus_ref.conformance.__main__ import main\n"
        "print(check(np.expm1, 'log_stdplus', 'float32', 'ulp:4').exit_code)\n"
        "print(load('stdplus', 'bfloat16').inputs.size > 1000)\n"
        "print(check(np.expm1, 'log_stdplus', 'bfloat16'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["1", "True"]
    assert "pip install ml_dtypes" in done.stderr


def test_json_of_a_verdict() -> None:
    verdict = conformance.check(np.expm1, "log_stdplus", "float64", "ulp:4", port="mine")
    data = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert (data["port"], data["passed"], data["function"]) == ("mine", False, "log_stdplus")
    assert sum(row["inputs"] for row in data["regions"]) == data["inputs"]
    assert data["vectors"]["sha256"]
    assert {problem["fault"] for problem in data["problems"]} >= {"accuracy"}
    worst = [row["worst"] for row in data["regions"] if row["worst"]]
    assert all(len(witness["input"]) == 18 for witness in worst)


def test_plot(tmp_path: Path) -> None:
    from stdplus_ref.conformance import plot

    for name, tier in (("inv_stdplus", "ulp:4"), ("log_stdplus", "exact")):
        verdict = conformance.check(np.expm1, name, "float32", tier)
        plot.draw(verdict, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
