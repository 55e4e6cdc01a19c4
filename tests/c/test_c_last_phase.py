"""The last phase in C: where the first leaves two results possible, the right one is chosen."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import conformance, exact
from stdplus_ref.source import KERNELS
from stdplus_ref.source.pairs import differ
from stdplus_ref.source.routes import double_routes, evaluate_full
from tests.c.compilers import Array, build, difference, needs_fma, run
from validation import hard_cases

DOUBT = Path(__file__).with_name("doubt.c")
COUNT = 1 << 20
OPTIONS = {
    "calls": ("-O2", "-mfma"),
    "branchless": ("-O2", "-mfma", "-DSTDPLUS_BRANCHLESS"),
    "no arithmetic overflows": (
        *("-O1", "-mfma", "-fsanitize=undefined", "-fno-sanitize-recover=undefined"),
        "-fno-sanitize=float-divide-by-zero",
    ),
}


@pytest.fixture(scope="module")
def doubt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of doubt.c."""
    needs_fma()
    return build(tmp_path_factory.mktemp("doubt"), "gcc", ["-O2", "-mfma"], DOUBT)


@pytest.fixture(scope="module", params=OPTIONS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver, in both forms, and one that stops where arithmetic is not defined."""
    needs_fma()
    return build(tmp_path_factory.mktemp("driver"), "gcc", OPTIONS[request.param])


def asked(doubt: Path, name: str, mode: str, x: Array) -> Array:
    """What doubt.c answers."""
    done = subprocess.run([doubt, name, mode], input=x.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.float64)


def ordinary(name: str) -> Array:
    """Seeded arguments: half of them ordinary numbers, the rest of any magnitude."""
    rng = np.random.default_rng(11)
    x = rng.normal(0, 2, COUNT)
    x[COUNT // 2 :] = np.copysign(2 ** rng.uniform(-100, 100, COUNT // 2), x[COUNT // 2 :])
    return np.abs(x) if name == "inv_stdplus" else x


def known(name: str) -> tuple[Array, Array]:
    """Hard cases and vectors with their correctly rounded results."""
    cases = [case for case in hard_cases.read() if case.function == name]
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
    pairs = np.column_stack([x[tame], y[tame]])
    assert pairs.shape[0] > 1000
    got = asked(doubt, name, "settle", pairs).reshape(-1, 2)
    for side in range(2):
        assert difference(pairs[:, 0], got[:, side], pairs[:, 1]) == ""
