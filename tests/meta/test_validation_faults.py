"""Planted faults: what is measured wrong by a little, somewhere, must turn a claim into a failure.

The faultless stand-in is the correctly rounded truth itself, so only the fault can fail. The last
test of each group shows that the stand-in passes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest

from stdplus_ref import exact
from stdplus_ref._intrinsics import OPERATIONS
from stdplus_ref.cpu.ufunc import decorate
from stdplus_ref.source import KERNELS, coefficients
from stdplus_ref.source.linker import Linker
from stdplus_ref.source.routes import double_routes, evaluate
from validation.core import Claim, Context, Verdict
from validation.measure import OURS, measure
from validation.peers import peers
from validation.sampling import regions, seams
from validation.steps import accuracy, appendix_a, figure2, kl_identity
from validation.truth import truth

FLOATS = (np.float32, np.float64)
COUNT = 12  # random inputs per band: seams, zero and ends are in full


def perfect(name: str) -> Callable[[Any], Any]:
    """The correctly rounded function."""
    return lambda x: exact.rounded(name, x, np.asarray(x).dtype)


ALL = {name: perfect(name) for name in exact.NAMES}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, 0, np.random.default_rng(0))


def verdicts(claims: list[Claim]) -> dict[str, Verdict]:
    return {claim.name: claim.verdict for claim in claims}


def failures(context: Context, name: str, function: Callable[[Any], Any]) -> set[str]:
    """Names of the failed claims of the accuracy step when `function` stands in for `name`."""
    claims, _ = accuracy.judge(context, {name: function}, (), COUNT)
    return {claim.name for claim in claims if claim.verdict is Verdict.FAIL}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["stdplus", "inv_log_stdplus"])
def test_one_ulp_at_one_input(name: str, dtype: type, context: Context) -> None:
    right = perfect(name)

    def faulty(x: np.ndarray) -> np.ndarray:
        y = right(x)
        if x.dtype == dtype:
            y[x == 1] = np.nextafter(y[x == 1], dtype(0))
        return y

    assert f"{name} {dtype.__name__}" in failures(context, name, faulty)


@pytest.mark.parametrize("name", ["stdplus", "stdplus_derivative"])
def test_swapped_branch(name: str, context: Context) -> None:
    """W₀ for W₋₁ and the reverse is the function of −x."""
    right = perfect(name)
    failed = failures(context, name, lambda x: right(-x))
    assert {f"{name} float32", f"{name} float64"} <= failed


def _from_log(two: float) -> Callable[[np.ndarray], np.ndarray]:
    """float32 dt/dx = x/expm1(2t) evaluated in float64, with the constant 2 as a parameter."""
    log = perfect("log_stdplus")

    def function(x: np.ndarray) -> np.ndarray:
        wide = x.astype(np.float64)
        with np.errstate(all="ignore"):
            value = wide / np.expm1(two * log(wide))
        ends = [wide == 0, wide == np.inf, wide == -np.inf]
        return np.select(ends, [np.sqrt(0.5), 0, np.inf], value).astype(np.float32)

    return function


@pytest.mark.parametrize("nudge", [0, 1])
def test_constant_nudged_in_its_last_bit(nudge: int, context: Context) -> None:
    two = float(np.nextafter(np.float32(2), np.float32(3)) if nudge else np.float32(2))
    name = "log_stdplus_derivative"
    one = measure(context, name, np.float32, _from_log(two), count=COUNT)
    assert accuracy.within_limit(one).verdict is (Verdict.FAIL if nudge else Verdict.PASS)


@pytest.mark.parametrize("nudge", [0, 1])
def test_kernel_constant_nudged_in_its_last_bit(nudge: int, context: Context) -> None:
    """The kernel itself, recompiled with 1/√2, the derivative at 0, one last place too large."""
    (high, low), *rest = coefficients.STDPLUS_DERIVATIVE_HEAD
    nudged = ModuleType("nudged")
    nudged.__dict__.update(coefficients.__dict__)
    nudged.STDPLUS_DERIVATIVE_HEAD = ((high + nudge * np.spacing(high), low), *rest)  # type: ignore[attr-defined]
    whole = evaluate(double_routes(KERNELS["stdplus_derivative"]))
    kernel = Linker(decorate, OPERATIONS, {"c": nudged})(whole)
    function = numba.vectorize(["f8(f8)"])(lambda x: kernel(x))

    def quiet(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(function(x))

    one = measure(context, "stdplus_derivative", np.float64, quiet, count=COUNT)
    assert accuracy.within_limit(one).verdict is (Verdict.FAIL if nudge else Verdict.PASS)


def test_subnormal_results_flushed_to_zero(context: Context) -> None:
    right = perfect("stdplus")

    def faulty(x: np.ndarray) -> np.ndarray:
        y = right(x)
        return np.where(y < np.finfo(x.dtype).tiny, 0, y).astype(x.dtype)

    assert failures(context, "stdplus", faulty) >= {"stdplus float32", "stdplus float64"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_or_infinity_at_the_largest_argument(bad: float, context: Context) -> None:
    right = perfect("stdplus")

    def faulty(x: np.ndarray) -> np.ndarray:
        return np.where(x == np.finfo(x.dtype).max, x.dtype.type(bad), right(x))

    assert failures(context, "stdplus", faulty) >= {"stdplus float32", "stdplus float64"}


def test_lost_sign_of_zero_is_not_correctly_rounded(context: Context) -> None:
    right = perfect("log_stdplus")
    assert "log_stdplus float32" in failures(context, "log_stdplus", lambda x: right(x) + 0)


def test_step_back_at_a_seam(context: Context) -> None:
    right = perfect("stdplus")

    def faulty(x: np.ndarray) -> np.ndarray:
        y = right(x)
        low = (x >= 0.5) & (x < 0.5 + 4 * np.spacing(x.dtype.type(0.5)))
        y[low] -= 8 * np.spacing(y[low])
        return y

    assert "stdplus monotone" in failures(context, "stdplus", faulty)


def test_wrong_type_of_result_is_an_error(context: Context) -> None:
    with pytest.raises(TypeError, match="float32"):
        measure(context, "stdplus", np.float32, lambda x: x.astype(np.float64), count=COUNT)


def test_the_faultless_pass(context: Context) -> None:
    claims = accuracy.run(context, ALL, COUNT)
    assert len(claims) == 3 * len(ALL) + 1
    assert {claim.verdict for claim in claims} == {Verdict.PASS}
    assert len(context.plots) == len(ALL)
    assert len(context.tables) == 2 * len(ALL) + 1


def test_wrong_truth_is_caught_by_lambert_w(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = exact.enclosure
    monkeypatch.setattr(exact, "enclosure", lambda *args, **kw: right(*args, **kw) * (1 + 2**-150))
    claims = accuracy.run(context, {"stdplus": ALL["stdplus"]}, COUNT)
    assert verdicts(claims)["truth"] is Verdict.FAIL


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", exact.NAMES)
def test_errors_agree_with_the_exact_package(name: str, dtype: type, context: Context) -> None:
    """`Truth.error`, which is computed from one rounding, against `exact.ulp_error`."""
    x = np.concatenate(list(regions(name, dtype, context.rng, 2).values()))[::9]
    with np.errstate(all="ignore"):
        right = exact.rounded(name, x, dtype)
        wrong = [right, np.nextafter(right, dtype(1)), right * dtype(1.5), -right, right + dtype(1)]
        wrong += [np.full_like(x, special) for special in (0, np.nan, np.inf, -np.inf)]
    known = truth(context, name, x)
    for got in wrong:
        want = exact.ulp_error(name, x, got)
        np.testing.assert_allclose(known.error(got), want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", exact.NAMES)
def test_inputs_reach_everything_that_matters(name: str, dtype: type) -> None:
    found = regions(name, dtype, np.random.default_rng(0), COUNT)
    again = regions(name, dtype, np.random.default_rng(0), COUNT)
    x = np.concatenate(list(found.values()))
    np.testing.assert_array_equal(x, np.concatenate(list(again.values())))
    assert x.dtype == dtype
    recorded = found.pop("recorded worst inputs")
    assert recorded.size >= 1
    assert all(part.size >= 3 for part in found.values())
    wanted = [0.0, 1.0, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max, np.inf, -np.inf]
    for value in [*wanted, *seams(name, dtype)]:
        assert dtype(value) in x
    assert np.isnan(x).any()
    values = exact.rounded(name, x, dtype)
    if name in ("stdplus", "stdplus_derivative"):
        assert ((values > 0) & (values < np.finfo(dtype).tiny)).sum() >= 10
    if name != "inv_stdplus":
        assert np.signbit(x[x == 0]).any()


def test_measurement_names_the_worst_input(context: Context) -> None:
    right = perfect("stdplus")

    def faulty(x: np.ndarray) -> np.ndarray:
        return np.where(x == -1, right(x) * 2, right(x)).astype(x.dtype)

    one = measure(context, "stdplus", np.float64, faulty, count=COUNT)
    worst = one.worst(OURS)
    assert worst.x == -1
    assert worst.witness.startswith(f"input {(-1.0).hex()}, got ")
    assert one.misrounded(OURS).sum() == (one.truth.x == -1).sum()


def test_same_seed_same_claims_and_tables(tmp_path: Path) -> None:
    runs = [Context(tmp_path, 0, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    claims = [accuracy.run(run, {"inv_stdplus": ALL["inv_stdplus"]}, COUNT) for run in runs]
    assert claims[0] == claims[1] != claims[2]
    assert runs[0].tables == runs[1].tables != runs[2].tables


def test_peers_have_their_known_errors(context: Context) -> None:
    """Algorithm 1: 2971 ULP at −0.04; Lambert W at the branch point and beyond exp's range."""
    one = measure(context, "stdplus", np.float64, ALL["stdplus"], peers(), COUNT)
    x, error = one.truth.x, {who: np.abs(each) for who, each in one.errors.items()}
    assert 2970 < error["Algorithm 1"][np.abs(x) <= 0.04].max() < 2972
    assert error["SciPy lambertw"][(np.abs(x) > 1e-7) & (np.abs(x) < 1e-2)].max() > 100
    assert np.isinf(error["SciPy lambertw"][x == 40]).all()
    inverse = measure(context, "inv_stdplus", np.float64, ALL["inv_stdplus"], peers(), COUNT)
    assert inverse.worst("NumPy, definition").ulp > 1e6
    assert "Algorithm 1" not in inverse.errors


def test_kl_identity_fails_with_a_wrong_stdplus(context: Context) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        return perfect("stdplus")(x) * (1 + 8 * np.finfo(x.dtype).eps).astype(x.dtype)

    got = verdicts(kl_identity.run(context, {"stdplus": faulty}))
    assert got["float32"] is got["float64"] is Verdict.FAIL
    assert got["Eq. 16"] is got["Eq. 15"] is Verdict.PASS  # these do not involve the library


def test_kl_identity_passes_with_a_right_one(context: Context) -> None:
    got = verdicts(kl_identity.run(context, {"stdplus": perfect("stdplus")}))
    assert set(got.values()) == {Verdict.PASS}


def test_figure2_fails_with_swapped_branches(context: Context) -> None:
    swapped = {**ALL, "stdplus": lambda x: ALL["stdplus"](-np.asarray(x))}
    assert verdicts(figure2.run(context, swapped))["Eq. 13"] is Verdict.FAIL


def test_appendix_a_fails_with_a_nudged_constant(context: Context) -> None:
    def faulty(x: Any) -> Any:
        return np.nextafter(ALL["stdplus_derivative"](x), np.asarray(x).dtype.type(0))

    got = verdicts(appendix_a.run(context, {"stdplus_derivative": faulty}))
    assert got["derivative at 0"] is Verdict.FAIL
