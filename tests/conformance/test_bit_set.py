"""The bit set of float64: its arguments are what they were, its digests are those of the ufuncs.

Every run computes other shards anew; the seed is printed if they differ.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import conformance, spec
from stdplus_ref.c import get_include
from stdplus_ref.conformance import Tier, Verdict, bit_set
from stdplus_ref.conformance.__main__ import main
from validation import digests_float64

ROOT = Path(stdplus_ref.__file__).parents[1]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
FIRST = 1024  # arguments of each shard that are pinned by a hash

PINNED = {
    "centres": "f3b812e0e9717b49709c940dd14dfaf50a627474ad3621cfaa16653c5e753f23",
    "stdplus": "9f30fd96910e107298d82b11b614ff5fc49000f36160fe424da3310ef105e576",
    "log_stdplus": "807e7353e1c2f36c259dd8b93d266f253378e0371a666dd9f3557ba8b2ceb624",
    "stdplus_derivative": "1c546c3d6a5a9ebfc4f1eea32cae723897eb4ddfa57fe8d1b1ec935bfaaf442a",
    "log_stdplus_derivative": "20eb5d547bf0fff448c9860ece0385640c686ece9ad567c24feac82faf3d18c1",
    "inv_stdplus": "4bdd20fe262be75882be6c137a8c3b4cd621ae1186ecf6dfd8b8fbf753f98954",
    "inv_log_stdplus": "87476add3e11fbb41a6a8c126a8dc2a88bfc7fb96d8bb056d9eb8b54fa52f2a8",
}
"""Of version 1, for good: SHA-256 of the file, and of the first arguments of all shards."""

VALUES = (
    ("stdplus", 0, 1000003, 0x2436AAE6EC4D14F7),
    ("log_stdplus", 8, 2000006, 0x40231931974E7829),
    ("stdplus_derivative", 24, 3000009, 0xC01699B9F956C92E),
    ("log_stdplus_derivative", 40, 4000012, 0x403F7EC0C33C30B6),
    ("inv_stdplus", 48, 805711, 0x3FEFFFFFFFFFCEB0),
    ("inv_log_stdplus", 52, 1805714, 0x40862FC4BF4786F7),
    ("stdplus", 56, 2805717, 0xFD56330000000000),
    ("log_stdplus", 58, 3805720, 0x3CB2403000000000),
    ("stdplus_derivative", 60, 611419, 0x4020A778968576BF),
)
"""Function, shard, place, bits: one of each kind."""


@pytest.fixture
def rng() -> np.random.Generator:
    """Another one in every run; the seed is in the output of a test that fails."""
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    return np.random.default_rng(seed)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def first_arguments(name: str) -> bytes:
    shards = (bit_set.arguments(name, shard, 0, FIRST) for shard in range(bit_set.SHARDS))
    return np.concatenate(list(shards)).astype("<u8").tobytes()


def test_the_arguments_are_what_they_were(name: str) -> None:
    assert sha256(first_arguments(name)) == PINNED[name]


def test_the_centres_are_what_they_were() -> None:
    assert sha256(bit_set.CENTRES.read_bytes()) == PINNED["centres"]


@pytest.mark.parametrize(("function", "shard", "place", "bits"), VALUES)
def test_some_arguments(function: str, shard: int, place: int, bits: int) -> None:
    assert bit_set.arguments(function, shard, place, 1).tolist() == [bits]


def test_the_page_makes_the_same_arguments(name: str, rng: np.random.Generator) -> None:
    """The procedure in plain Python that the page shows shares nothing with NumPy's."""
    shown: dict[str, Any] = {}
    (source,) = re.findall(r"^```python\n(import struct.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(source, shown)
    number, centres = spec.NAMES.index(name), bit_set.centres(name).tolist()
    for shard in range(bit_set.SHARDS):
        start = int(rng.integers(bit_set.SHARD_SIZE - 64))
        i = shard * bit_set.SHARD_SIZE + start
        want = [shown["argument"](number, i + k, centres) for k in range(64)]
        assert bit_set.arguments(name, shard, start, 64).tolist() == want, (shard, start)


def test_a_shard_is_its_blocks_in_order(rng: np.random.Generator) -> None:
    shard, start = (int(rng.integers(n)) for n in (bit_set.SHARDS, bit_set.SHARD_SIZE - 99))
    whole = bit_set.whole("inv_stdplus", shard)
    assert whole.size == bit_set.SHARD_SIZE
    part = bit_set.arguments("inv_stdplus", shard, start, 99)
    np.testing.assert_array_equal(whole[start : start + 99], part)
    with pytest.raises(ValueError, match=r"shards 0 … 63; got 64"):
        bit_set.arguments("stdplus", 64)


def test_what_the_set_reaches(name: str) -> None:
    assert sum(kind.shards for kind in bit_set.KINDS) == bit_set.SHARDS
    tops = np.unique(bit_set.arguments(name, 0, 0, 4096) >> np.uint64(52))
    assert tops.size == 4096  # every sign and exponent
    uniform = bit_set.whole(name, 24).view(np.float64)
    assert np.abs(uniform).max() == pytest.approx(8, abs=1e-4)
    assert uniform.mean() == pytest.approx(4 if name == "inv_stdplus" else 0, abs=0.02)
    assert np.unique(uniform.view(np.uint64) & np.uint64(7)).size == 8  # no bit is always 0
    if name == "inv_stdplus":
        assert (bit_set.whole(name, 59) >> np.uint64(63) == 0).all()


def test_neighbours_of_every_centre(name: str) -> None:
    """Thousands on either side of each seam and hard argument, in the order of their bits."""
    centres = bit_set.centres(name)
    assert centres.size > 200
    assert (np.diff(centres) > 0).all()
    steps = 4 * bit_set.SHARD_SIZE // centres.size
    assert steps // 2 > 8000
    found = np.concatenate([bit_set.whole(name, shard) for shard in range(60, 64)])
    around = found[: steps * centres.size].reshape(steps, centres.size)
    np.testing.assert_array_equal(around[steps // 2], centres)
    assert (np.diff(around, axis=0) == 1).all()


def test_digests_are_kept_of_every_shard() -> None:
    kept = bit_set.kept_digests()
    assert tuple(kept) == spec.NAMES
    for digests in kept.values():
        assert len(set(digests["shards"])) == bit_set.SHARDS
        assert bit_set.function_digest(digests["shards"]) == digests["all"]


def test_shards_drawn_anew(name: str, function: np.ufunc, rng: np.random.Generator) -> None:
    kept = bit_set.kept_digests()[name]["shards"]
    for number in rng.choice(bit_set.SHARDS, 2, replace=False).tolist():
        found = digests_float64.digest(function, digests_float64.Shard(name, number))
        assert found == kept[number], f"shard {number}"


def off_at(function: Callable[..., Any], where: int) -> Callable[..., Any]:
    """The function with the last bit of the result for one argument, given as bits, changed."""

    def faulty(x: np.ndarray) -> np.ndarray:
        y = function(x)
        y.view(np.uint64)[x.view(np.uint64) == where] ^= np.uint64(1)
        return y

    return faulty


def test_one_wrong_bit_changes_the_digest(rng: np.random.Generator) -> None:
    number, place = int(rng.integers(24, 40)), int(rng.integers(bit_set.SHARD_SIZE))
    (where,) = bit_set.arguments("stdplus", number, place, 1).tolist()
    shard = digests_float64.Shard("stdplus", number)
    kept = bit_set.kept_digests()["stdplus"]["shards"][number]
    assert digests_float64.digest(off_at(stdplus_ref.stdplus, where), shard) != kept


def test_any_nan_is_a_nan() -> None:
    nans = np.array([0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001], np.uint64)
    assert bit_set.canonical(nans) == np.full(3, nans[0]).astype("<u8").tobytes()
    others = np.array([0x7FF0000000000000, 1 << 63, 1], np.uint64)
    assert bit_set.canonical(others) == others.astype("<u8").tobytes()


@pytest.fixture
def few_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit runs the first shards alone."""
    monkeypatch.setattr(bit_set, "SHARDS", 2)


def check(function: Callable[..., Any], name: str, tier: str | Tier = "exact") -> Verdict:
    return conformance.check(function, name, "float64", tier, every=True)


def test_a_right_port_meets_the_set(name: str, function: np.ufunc, few_shards: None) -> None:
    verdict = check(function, name)
    assert verdict.passed
    assert str(verdict).endswith("Bit set float64/1: met, 2 of 2 shards.")
    assert "arguments: bit set float64/1, and the test vectors\n" in str(verdict)
    assert verdict.judge.inputs == 2 * bit_set.SHARD_SIZE + verdict.results.got.size
    found = verdict.as_json()["bit_set"]
    assert (found["name"], found["met"], found["differ"]) == ("float64/1", True, [])


def test_a_wrong_last_bit_is_shown_with_its_argument(few_shards: None) -> None:
    """At an argument that is no vector, so that the vectors alone pass."""
    (where,) = bit_set.arguments("log_stdplus", 1, 12345, 1).tolist()
    faulty = off_at(stdplus_ref.log_stdplus, where)
    assert conformance.check(faulty, "log_stdplus", "float64").passed
    verdict = check(faulty, "log_stdplus")
    assert (verdict.exit_code, verdict.judge.misrounded) == (1, 1)
    said = " ".join(str(verdict).split())
    assert "Bit set float64/1: not met, 1 of 2 shards differ: 1." in said
    assert f"shard 1, place 12345: input {where:#018x} (" in said
    assert "The strictest tier met here: ulp:1.500." in said
    found = json.loads(json.dumps(verdict.as_json(), allow_nan=False))["bit_set"]
    assert (found["differ"], found["results"], found["first"]["place"]) == ([1], 1, 12345)
    assert found["first"]["input"] == f"{where:#018x}"
    assert int(found["first"]["got"], 16) ^ int(found["first"]["want"], 16) == 1


def test_a_port_that_flushes_passes_and_does_not_meet_the_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bit_set, "SHARDS", 1)

    def flushing(x: np.ndarray) -> np.ndarray:
        y = stdplus_ref.stdplus(x)
        return np.where(np.abs(y) < np.finfo(np.float64).tiny, 0.0, y)

    verdict = check(flushing, "stdplus", Tier(flush_to_zero=True))
    assert verdict.passed
    assert verdict.judge.flushed > 10
    assert verdict.bit_set is not None
    assert verdict.bit_set.differ == [0]
    assert not verdict.bit_set.doubtful


def test_a_library_that_is_not_what_it_was_passes_nothing(
    few_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = bit_set.kept_digests()
    kept["stdplus"]["shards"][1] = "0" * 64
    monkeypatch.setattr(bit_set, "kept_digests", lambda: kept)
    verdict = check(stdplus_ref.stdplus, "stdplus")
    assert verdict.exit_code == 1
    said = " ".join(str(verdict).split())
    assert "Broken: in shard 1 the results are those of this library's ufuncs" in said
    assert verdict.as_json()["bit_set"]["doubtful"] == [1]


def test_a_verdict_says_that_the_set_was_not_run() -> None:
    said = str(conformance.check(stdplus_ref.stdplus, "stdplus", "float64"))
    assert said.endswith("Bit set float64/1: not run; --exhaustive runs it.")
    for dtype, tier in (("float32", "exact"), ("float64", "ulp:2")):
        assert "Bit set" not in str(conformance.check(stdplus_ref.stdplus, "stdplus", dtype, tier))


PROGRAM = """
#include <stdio.h>
#include "stdplus.h"
int main(void) {
    static double x[4096];
    size_t n;
    while ((n = fread(x, sizeof *x, 4096, stdin)) > 0) {
        inv_stdplus_array(n, x, x);
        fwrite(x, sizeof *x, n, stdout);
    }
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler called cc")
def test_a_program_is_streamed_the_set(
    few_shards: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The C header, of another compiler and in another process, meets it."""
    source, program = tmp_path / "port.c", tmp_path / "port"
    source.write_text(PROGRAM)
    options = "-O2", "-march=native", f"-I{get_include()}", "-o", str(program), str(source), "-lm"
    subprocess.run(["cc", *options], check=True)
    asked = "--function", "inv_stdplus", "--dtype", "float64", "--exhaustive"
    assert main(["--command", str(program), *asked]) == 0
    assert "Bit set float64/1: met, 2 of 2 shards." in capsys.readouterr().out
