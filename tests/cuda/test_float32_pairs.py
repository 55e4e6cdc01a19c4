"""`stdplus_ref.cuda.float32`, what GPUs with few float64 units try first, run on the processor."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref._intrinsics import OPERATIONS
from stdplus_ref.cuda.float32 import PAIRS, coefficients
from stdplus_ref.cuda.float32.pairs import decided
from stdplus_ref.source.linker import Linker
from validation.core import Context, Verdict
from validation.steps import cuda_float32
from validation.steps.cuda_float32 import ALLOWED, Findings, judge, normal, pairs


@pytest.fixture(scope="module")
def decides():
    return Linker(numba.njit, OPERATIONS)(decided)


def hard_arguments(name: str) -> np.ndarray:
    """Ordinary numbers, any numbers, and both sides of every seam."""
    rng = np.random.default_rng(8)
    anything = rng.integers(0, 2**32, 20_000, np.uint64).astype(np.uint32).view(np.float32)
    seams = np.array([-85, -13, -3.25, -0.375, -0.25, 0.25, 0.375, 0.8, 1, 1.2, 8, 43], np.float32)
    near = (seams.view(np.int32)[:, None] + np.arange(-99, 100, dtype=np.int32)).view(np.float32)
    narrow = rng.uniform(-1.5, 1.5, 30_000).astype(np.float32)
    zeros = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], np.float32)
    return np.concatenate([normal(name, 30_000), anything, near.ravel(), narrow, zeros])


def test_every_function_has_pairs() -> None:
    assert tuple(PAIRS) == spec.NAMES


def test_what_is_decided_is_right(name) -> None:
    found, results = judge(name, hard_arguments(name), pairs(name))
    assert found.inputs > 50_000
    assert found.wrong == 0
    assert 0 < found.open < 1e-3 * found.inputs
    assert 2.0**-50 < found.error < ALLOWED / 2
    assert results.size == hard_arguments(name).size


def test_little_is_left_of_a_normal_distribution(name) -> None:
    x = normal(name, 1 << 20)
    found, _ = judge(name, x, pairs(name))
    assert x.size - found.inputs + found.open < 1.5e-4 * x.size


@pytest.mark.parametrize("x", [0.0, -0.0])
@pytest.mark.parametrize("odd", ["log_stdplus", "inv_log_stdplus"])
def test_zeros_keep_their_sign(odd, x, same) -> None:
    result, _ = pairs(odd)(np.array([x], np.float32))
    same(result, np.array([x], np.float32))


def test_ends_and_nan_are_left(name) -> None:
    ends = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45], np.float32)
    result, _ = pairs(name)(ends[:5])
    assert np.isnan(result).all()


def test_a_pair_is_decided_only_in_the_interval_that_rounds_to_hi(decides) -> None:
    """Of hi + lo, everything within ALLOWED·hi is in that interval; exact in float64."""
    rng = np.random.default_rng(9)
    hi = rng.uniform(1, 2, 200_000).astype(np.float32)
    hi[::3] = 1  # below a power of two the interval is half as long
    below, above = (np.nextafter(hi, np.float32(d)).astype(float) for d in (0, 4))
    below, above = (hi + below) / 2 - hi, (hi + above) / 2 - hi
    side = rng.random(hi.size) < 0.5
    nearness = rng.uniform(-(2.0**-12), 2.0**-12, hi.size)
    lo = (np.where(side, below, above) * (1 + nearness)).astype(np.float32)
    found = np.array([decides(h, low) for h, low in zip(hi, lo, strict=True)])
    margin = np.minimum(above - lo, lo - below) / hi
    assert (margin[found] > ALLOWED).all()
    assert found[margin > 4 * ALLOWED].all()
    assert 0.3 < found.mean() < 0.7


def test_a_wrong_constant_is_seen(monkeypatch) -> None:
    monkeypatch.setattr(coefficients, "LN2_2", np.float32(coefficients.LN2_2) * np.float32(1.001))
    nudged = pairs.__wrapped__("log_stdplus")
    found, _ = judge("log_stdplus", normal("log_stdplus", 50_000), nudged)
    assert found.error > ALLOWED
    assert found.wrong > 0


def test_the_step(tmp_path, monkeypatch) -> None:
    context = Context(tmp_path, 0, np.random.default_rng(0))
    monkeypatch.setattr(spec, "NAMES", ("inv_log_stdplus",))
    monkeypatch.setattr(cuda_float32, "normal", lambda name: np.ones(100, np.float32))
    right, error = cuda_float32.run(context, [63])
    assert (right.verdict, error.verdict) == (Verdict.PASS, Verdict.PASS)
    assert right.figure.startswith("0 of 167")
    assert right.detail.startswith("0 of 1 digests differ; ")

    def wrong(piece) -> Findings:
        return Findings(inputs=1, wrong=1, error=ALLOWED)

    monkeypatch.setattr(cuda_float32, "examine", wrong)
    assert {claim.verdict for claim in cuda_float32.run(context, [63])} == {Verdict.FAIL}


def test_the_step_sees_another_ufunc(monkeypatch) -> None:
    """Results put together have the kept digests, or it is told."""
    x = np.float32(0.5)

    def off(values: np.ndarray) -> np.ndarray:
        y = stdplus_ref.inv_log_stdplus(values)
        return np.where(values == x, np.nextafter(y, y.dtype.type(9)), y)

    monkeypatch.setattr(
        cuda_float32, "judge", lambda name, values, evaluate: (Findings(), off(values))
    )
    assert cuda_float32.examine(("inv_log_stdplus", 63)).other_digests == 1
