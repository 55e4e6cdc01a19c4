"""The fast truth: its bounds against Arb, its verdicts on planted results, its independence."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import flint
import numpy as np
import pytest
from flint import arb

from stdplus_ref import exact, spec
from validation import fast_truth, sampling
from validation.fast_truth import compare, elementary, functions

COUNT = 40  # random inputs per band
BITS = 200
GREATEST = float(np.finfo(np.float64).max)


@pytest.fixture(autouse=True)
def precision():
    """Arb's precision is one per process."""
    saved = flint.ctx.prec
    flint.ctx.prec = BITS + 40
    yield
    flint.ctx.prec = saved


def arguments(name: str, dtype: type, count: int = COUNT) -> np.ndarray:
    """Inputs from every band, seam and end, those with an exact value left out."""
    drawn = sampling.regions(name, dtype, np.random.default_rng(3), count)
    x = np.concatenate(list(drawn.values()))
    x = x[np.isfinite(x) & (x != 0)]
    return x[(x > 0) & (x != 1)] if name == "inv_stdplus" else x


def ball(hi: float, lo: float, k: int = 0) -> arb:
    """(hi + lo)·2^k exactly."""
    return (arb(float(hi)) + arb(float(lo))) * arb((1, int(k)))


def relative(got: arb, want: arb) -> float:
    return float(abs(got / want - 1).upper())


def test_pairs_are_within_their_bound(name: str) -> None:
    x = arguments(name, np.float64)
    if name in ("stdplus", "stdplus_derivative"):
        x = x[x > functions.VANISHED]
    if name == "inv_log_stdplus":
        x = x[x < 1000]  # from here on the result stands for anything beyond the range
    values = zip(x, *fast_truth.pairs(name, x), strict=True)
    errors = [relative(ball(*pair), exact.enclosure(name, a, BITS)) for a, *pair in values]
    assert len(errors) > 500
    assert max(errors) <= fast_truth.PAIR_BOUND


def test_pairs_beyond_the_range_of_float64() -> None:
    far = np.array([-60.0, -61.0, -1e5, -1e300])
    for name in ("stdplus", "stdplus_derivative"):
        hi, _, k = fast_truth.pairs(name, far)
        assert np.all(hi > 0)
        assert np.all(k < -2000)
    hi, _, k = fast_truth.pairs("inv_log_stdplus", np.array([1000.0, 1e5, 1e300]))
    assert np.all(hi > 0)
    assert np.all(k > 1400)


def test_estimates_are_within_their_bound(name: str) -> None:
    x = arguments(name, np.float32, 3000)
    hi, _, k = fast_truth.pairs(name, x.astype(np.float64))
    inside = (k > -900) & (k < 900) & (np.log2(np.abs(hi)) + k < 128)
    with np.errstate(over="ignore", under="ignore"):
        want = np.ldexp(hi, np.clip(k, -1000, 1000))
    error = np.abs(fast_truth.estimates(name, x)[inside] / want[inside] - 1)
    assert error.size > 10_000
    assert error.max() <= fast_truth.ESTIMATE_BOUND / 64  # its own rounding, and a wide margin


def test_estimates_far_outside_float32_stay_there() -> None:
    left = fast_truth.estimates("stdplus", np.array([-38, -1e38], np.float32))
    assert np.all((left > 0) & (left < 2.0**-900))
    right = fast_truth.estimates("inv_log_stdplus", np.array([301, 1e38], np.float32))
    assert np.all(right > 2.0**400)


def test_exp_and_log() -> None:
    rng = np.random.default_rng(5)
    for a in [*rng.uniform(-2000, 2000, 200), *rng.normal(0, 1, 200), 0.0, 1e-200]:
        for low in (0.0, a * 2.0**-54):
            assert relative(ball(*elementary.exp((a, low))), ball(a, low).exp()) <= 2.0**-95
    for y in [*np.exp(rng.uniform(-740, 709, 300)), *rng.uniform(0.5, 2, 300), 5e-324, GREATEST]:
        value = arb(y).log()
        error = float(abs(ball(*elementary.log(y)) - value).upper())
        assert error <= 2.0**-100 * max(1.0, abs(math.log(y)))


def test_the_two_forms_of_the_definition_agree_with_arb() -> None:
    for d in np.linspace(-0.25, 0.25, 400):
        y = 1 + arb(d)
        want = y * y - 1 - 2 * arb(d).log1p()
        assert relative(ball(*elementary.log_square(d)), want) <= 2.0**-98
    for r in np.linspace(-elementary.PSI_SERIES, elementary.PSI_SERIES, 400):
        want = (arb(r).expm1() - arb(r)) / (arb(r) * arb(r))
        assert relative(ball(*elementary.psi_ratio(r)), want) <= 2.0**-100


def test_ulp_errors_are_those_of_the_exact_ones(name: str) -> None:
    x = arguments(name, np.float64, 20)
    right = exact.rounded(name, x, np.float64)
    with np.errstate(over="ignore"):
        planted = np.where(np.arange(x.size) % 3 == 0, np.nextafter(right, -np.inf), right)
    want = exact.ulp_error(name, x, planted)
    got = fast_truth.ulp_errors(name, x, planted)
    np.testing.assert_array_equal(np.isinf(got), np.isinf(want))
    finite = np.isfinite(want)
    np.testing.assert_allclose(got[finite], want[finite], rtol=2.0**-50, atol=2.0**-40)


@pytest.mark.parametrize("got", [math.nan, math.inf, -math.inf])
def test_results_of_the_wrong_kind_have_infinite_errors(name: str, got: float) -> None:
    assert fast_truth.ulp_errors(name, np.array([0.5]), np.array([got])) == math.inf


def test_right_results_are_found_right_and_their_neighbours_wrong(name: str) -> None:
    x = arguments(name, np.float32, 20)
    right = exact.rounded(name, x, np.float32)
    verdict, close, distance = fast_truth.judge_float32(name, x, right)
    undecided = verdict == fast_truth.UNDECIDED
    assert not np.any(verdict == fast_truth.WRONG)
    assert np.count_nonzero(undecided) < x.size / 50
    assert np.all(distance >= 0)
    assert close.size == distance.size
    for towards in (-np.inf, np.inf):
        with np.errstate(over="ignore", under="ignore"):
            other = np.nextafter(right, np.float32(towards))
        moved = (other != right) & ~undecided
        verdict, _, _ = fast_truth.judge_float32(name, x[moved], other[moved])
        assert np.all(verdict == fast_truth.WRONG)


def test_a_wrong_sign_of_zero_and_a_needless_nan_are_wrong() -> None:
    def verdict(name: str, x: float, got: float) -> int:
        arrays = (np.array([value], np.float32) for value in (x, got))
        return int(fast_truth.judge_float32(name, *arrays)[0][0])

    assert verdict("stdplus", -20.0, 0.0) == fast_truth.RIGHT
    assert verdict("stdplus", -20.0, -0.0) == fast_truth.WRONG
    assert verdict("stdplus", 2.0, math.nan) == fast_truth.WRONG
    assert verdict("stdplus", math.nan, math.nan) == fast_truth.RIGHT
    assert verdict("stdplus", math.nan, 1.0) == fast_truth.WRONG
    assert verdict("inv_stdplus", -1.0, math.nan) == fast_truth.RIGHT
    assert verdict("inv_stdplus", -1.0, 1.0) == fast_truth.WRONG
    assert verdict("inv_log_stdplus", 89.0, math.inf) == fast_truth.RIGHT
    assert verdict("inv_log_stdplus", 89.0, float(np.finfo(np.float32).max)) == fast_truth.WRONG
    assert verdict("inv_log_stdplus", 80.0, math.inf) == fast_truth.WRONG


def test_what_is_not_known_well_enough_is_left_undecided() -> None:
    # −(x² + 1)/2 is a midpoint of float32 here, and the value lies e^(−x²)/2 above it
    x = np.array([float.fromhex("-0x1.001p+5")], np.float32)
    got = exact.rounded("log_stdplus", x, np.float32)
    assert fast_truth.judge_float32("log_stdplus", x, got)[0] == fast_truth.UNDECIDED
    one = int(np.float32(1).view(np.int32))
    assert compare._judge(one, math.nan, math.nan, 0.0)[0] == fast_truth.UNDECIDED
    assert compare._judge(one, 1.0 + 2.0**-24, 0.0, 2.0**-90)[0] == fast_truth.UNDECIDED
    assert compare._judge(one, 1.0 + 2.0**-24, 2.0**-80, 2.0**-90)[0] == fast_truth.WRONG
    assert compare._judge(one, 1.0 + 2.0**-24, -(2.0**-80), 2.0**-90)[0] == fast_truth.RIGHT


def test_nothing_is_imported_from_the_kernels() -> None:
    files = list(Path(fast_truth.__file__).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                assert not module.startswith("stdplus_ref"), f"{file.name} imports {module}"


def test_every_function_has_both_stages() -> None:
    assert tuple(functions.FUNCTIONS) == tuple(compare.ESTIMATES) == spec.NAMES
