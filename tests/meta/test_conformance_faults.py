"""Planted faults: the kit must catch each, and name it.

The faultless stand-in is `stdplus_ref.exact.rounded`, so only the fault can fail; the first tests
show that it passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from scipy.special import lambertw

from stdplus_ref import algorithm1, exact, spec
from stdplus_ref.conformance import FORMATS, Tier, Verdict, check, load
from stdplus_ref.conformance.judge import Fault
from validation.core import Context
from validation.core import Verdict as Outcome
from validation.steps import conformance as step

Function = Callable[[np.ndarray], np.ndarray]

FLOATS = ("float32", "float64")
FORWARD = spec.NAMES[:4]
TYPES = {name: np.dtype(getattr(ml_dtypes if name == "bfloat16" else np, name)) for name in FORMATS}


@cache
def _known(name: str, dtype: str) -> dict[int, int]:
    """Correctly rounded results so far, by the bits of the argument."""
    return {}


def perfect(name: str) -> Function:
    """The correctly rounded function."""

    def function(x: np.ndarray) -> np.ndarray:
        fmt, known = FORMATS[x.dtype.name], _known(name, x.dtype.name)
        bits = np.ascontiguousarray(x).view(fmt.unsigned).tolist()
        if missing := [each for each in set(bits) if each not in known]:
            values = exact.rounded(name, fmt.array(missing).view(x.dtype), x.dtype)
            known.update(zip(missing, values.view(fmt.unsigned).tolist(), strict=True))
        return fmt.array([known[each] for each in bits]).view(x.dtype)

    return function


def names(verdict: Verdict) -> list[str]:
    return [finding.name for finding in verdict.findings]


def faults(verdict: Verdict) -> set[Fault]:
    return set(verdict.judge.problems)


def caught(verdict: Verdict, name: str, fault: Fault) -> bool:
    """Whether the verdict is a failure that shows the fault and prints its name."""
    assert verdict.exit_code == 1
    return name in names(verdict) and name in str(verdict) and fault in faults(verdict)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", spec.NAMES)
def test_the_faultless_pass(name: str, dtype: str) -> None:
    verdict = check(perfect(name), name, dtype)
    assert verdict.exit_code == 0
    assert (verdict.judge.meets(), verdict.judge.misrounded, names(verdict)) == ("exact", 0, [])
    assert verdict.judge.inputs == load(name, dtype).inputs.size > 1500
    assert check(perfect(name), name, dtype, Tier(None, flush_to_zero=True, monotone=True)).passed


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", spec.NAMES)
def test_one_wrong_ulp_at_one_input(name: str, dtype: str) -> None:
    fmt, vectors = FORMATS[dtype], load(name, dtype)
    ordinary = np.flatnonzero(vectors.flagged("random") & (vectors.flags == np.array("random")))
    victim = int(ordinary[ordinary.size // 3])
    where = fmt.hex(vectors.inputs[victim])

    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x).view(fmt.unsigned).copy()
        y[x.view(fmt.unsigned) == vectors.inputs[victim]] += 1
        return y.view(x.dtype)

    verdict = check(faulty, name, dtype)
    assert caught(verdict, "a single wrong result", Fault.ACCURACY)
    assert verdict.judge.misrounded == 1
    assert fmt.hex(verdict.judge.problems[Fault.ACCURACY].first.input) == where
    assert f"only that at {where} breaks the tier, {'+1' if vectors.outputs[victim] else ''}" in (
        str(verdict).replace("\n  ", " ").replace("-1 n", "+1 n")
    )
    size = abs(vectors.residuals[victim] + np.sign(fmt.value(vectors.outputs[victim : victim + 1])))
    assert verdict.judge.worst is not None
    assert verdict.judge.worst.error == pytest.approx(size[0])
    above, below = (Tier(float(size[0]) + d) for d in (0.01, -0.01))
    assert check(faulty, name, dtype, above).passed
    if below.limit is not None and below.limit > 0.5:
        assert not check(faulty, name, dtype, below).passed


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FORWARD)
def test_swapped_branches(name: str, dtype: str) -> None:
    verdict = check(lambda x: perfect(name)(-x), name, dtype, "ulp:4")
    assert caught(verdict, "swapped branches", Fault.ACCURACY)


@pytest.mark.parametrize("name", ["stdplus", "inv_stdplus", "inv_log_stdplus"])
def test_one_branch_for_both_sides(name: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x)
        return np.abs(y) if name.startswith("inv_") else perfect(name)(np.abs(x))

    verdict = check(faulty, name, "float64", "ulp:4")
    assert caught(verdict, "swapped branches", Fault.ACCURACY)
    assert "> " not in next(f.text for f in verdict.findings if f.name == "swapped branches")


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ["stdplus", "stdplus_derivative", "inv_stdplus"])
def test_square_overflows(name: str, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x)
        with np.errstate(over="ignore"):
            y[np.isinf(x * x) & (x > 0)] = np.nan
        return y

    assert caught(check(faulty, name, dtype, "ulp:4"), "x² overflows", Fault.KIND)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["stdplus", "log_stdplus"])
def test_the_cancelling_start_of_algorithm_1(name: str, dtype: str) -> None:
    function = getattr(algorithm1, name)
    verdict = check(function, name, dtype, "ulp:1e6")
    assert caught(verdict, "cancelling start", Fault.KIND)
    assert "x² overflows" in names(verdict)
    kind = verdict.judge.problems[Fault.KIND].first
    x = float(FORMATS[dtype].value(FORMATS[dtype].array([kind.input]))[0])
    assert x < 0
    low, high = (2.0**12.5, 2.0**14) if dtype == "float32" else (2.0**26.9, 2.0**30)
    assert low < -x < high


def test_algorithm_1_is_an_exponential_of_a_rounded_logarithm() -> None:
    verdict = check(algorithm1.stdplus, "stdplus", "float64", "ulp:4")
    assert caught(verdict, "exponential of a rounded logarithm", Fault.ACCURACY)
    assert "cancellation" not in names(verdict)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ["log_stdplus", "inv_log_stdplus"])
def test_wrong_sign_of_zero(name: str, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        return perfect(name)(x) + x.dtype.type(0)  # −0 + 0 is +0

    for tier in ("exact", "ulp:100"):
        assert caught(check(faulty, name, dtype, tier), "wrong sign of zero", Fault.ZERO_SIGN)


def _flush(y: np.ndarray) -> np.ndarray:
    tiny = FORMATS[y.dtype.name].tiny
    small = np.abs(y.astype(np.float64)) < tiny
    return np.where(small, np.copysign(y.dtype.type(0), y), y).astype(y.dtype)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ["stdplus", "log_stdplus", "stdplus_derivative"])
def test_results_flushed_to_zero(name: str, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        return _flush(perfect(name)(x))

    assert caught(check(faulty, name, dtype, "ulp:2"), "flush to zero", Fault.ACCURACY)
    allowed = check(faulty, name, dtype, Tier(2.0, flush_to_zero=True))
    assert allowed.passed
    assert allowed.judge.flushed >= 7
    assert "Flushed to zero" in str(allowed)


@pytest.mark.parametrize("name", ["inv_stdplus", "inv_log_stdplus"])
def test_arguments_flushed_to_zero(name: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        return perfect(name)(_flush(x))

    assert "flush to zero" in names(check(faulty, name, "float32", "ulp:2"))
    assert check(faulty, name, "float32", Tier(2.0, flush_to_zero=True)).passed


def test_flushing_with_the_wrong_sign_is_not_allowed() -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect("log_stdplus")(x)
        return np.where(np.abs(y) < np.finfo(y.dtype).tiny, y.dtype.type(0), y)

    assert not check(faulty, "log_stdplus", "float32", Tier(2.0, flush_to_zero=True)).passed


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", spec.NAMES)
def test_nan_swallowed(name: str, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x)
        y[np.isnan(x.astype(np.float32))] = 0
        return y

    assert caught(check(faulty, name, dtype, "ulp:100"), "NaN swallowed", Fault.SPECIAL)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", ["stdplus_derivative", "log_stdplus_derivative"])
def test_zero_over_zero(name: str, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x)
        y[x == 0] = np.nan
        return y

    assert caught(check(faulty, name, dtype, "ulp:4"), "0/0 at x = 0", Fault.KIND)


def test_equation_31_cancels() -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect("stdplus")(x)
        with np.errstate(over="ignore"):
            return np.where(x == 0, np.sqrt(0.5), x * y / (y * y - 1))

    verdict = check(faulty, "stdplus_derivative", "float64", "ulp:100")
    assert caught(verdict, "cancellation", Fault.ACCURACY)


@pytest.mark.parametrize("dtype", FLOATS)
def test_inverse_without_the_factor_two(dtype: str) -> None:
    def faulty(t: np.ndarray) -> np.ndarray:
        return np.copysign(np.sqrt(np.expm1(t) - t), t)

    verdict = check(faulty, "inv_log_stdplus", dtype, "ulp:4")
    assert caught(verdict, "factor 2 missing", Fault.ACCURACY)
    assert "expm1(t) − t" in str(verdict)


@pytest.mark.parametrize(
    ("name", "faulty"),
    [
        ("inv_stdplus", lambda y: np.copysign(np.sqrt(y - 1 - np.log(y)), y - 1)),
        ("log_stdplus", lambda x: 2 * perfect("log_stdplus")(x)),
        ("stdplus", lambda x: perfect("stdplus")(x) ** 2),
    ],
)
def test_factor_two_elsewhere(name: str, faulty: Function) -> None:
    assert "factor 2 missing" in names(check(faulty, name, "float64", "ulp:4"))


def test_lambert_w_route_gives_out_early() -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        argument = -np.exp(-x * x - 1)
        return np.sqrt(-np.where(x < 0, lambertw(argument, 0), lambertw(argument, -1)).real)

    verdict = check(faulty, "stdplus", "float64", "ulp:100")
    assert caught(verdict, "gives out early", Fault.KIND)
    assert "cancellation" in names(verdict)
    assert "flush to zero" not in names(verdict)  # normal results vanish too


def test_another_function_and_no_function() -> None:
    assert "another function" in names(check(perfect("stdplus"), "log_stdplus", "float32"))
    assert "those of stdplus" in str(check(perfect("stdplus"), "log_stdplus", "float32"))
    assert "unrelated numbers" in names(check(np.cos, "log_stdplus", "float32", "ulp:100"))


def test_negative_y_has_no_inverse() -> None:
    def faulty(y: np.ndarray) -> np.ndarray:
        return np.where(y < 0, y.dtype.type(0), perfect("inv_stdplus")(y))

    assert caught(check(faulty, "inv_stdplus", "float32"), "domain ignored", Fault.SPECIAL)


def test_a_result_that_depends_on_its_neighbours() -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect("stdplus")(x)
        spoilt = np.flatnonzero(np.isnan(x)) + 1
        y[spoilt[spoilt < y.size]] = 0
        return y

    verdict = check(faulty, "stdplus", "float64", "ulp:1")
    assert not verdict.passed
    assert 1 <= verdict.unsteady <= 6  # twice as many NaN are sent as there are vectors of it
    assert "in another order" in str(verdict)


def test_step_back_is_refused_where_monotone_is_asked_for() -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect("stdplus")(x)
        at = (x >= 0.25) & (x < 0.25 + 3 * np.spacing(x.dtype.type(0.25)))
        return np.where(at, np.nextafter(y, x.dtype.type(0)), y)

    easy = check(faulty, "stdplus", "float32", "ulp:2")
    assert easy.passed
    assert easy.judge.steps_back == 1
    strict = check(faulty, "stdplus", "float32", Tier(2.0, monotone=True))
    assert faults(strict) == {Fault.STEP_BACK}
    assert "not monotone, 1 result" in str(strict)


def test_infinity_beside_the_largest_number_counts_as_the_next() -> None:
    fmt, vectors = FORMATS["float32"], load("log_stdplus", "float32")
    last = np.flatnonzero(fmt.value(vectors.outputs) == -fmt.max)
    assert last.size

    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect("log_stdplus")(x)
        y[y == -np.finfo(np.float32).max] = -np.inf
        return y

    assert Fault.ACCURACY in faults(check(faulty, "log_stdplus", "float32"))
    assert check(faulty, "log_stdplus", "float32", "ulp:1.5").passed

    def worse(x: np.ndarray) -> np.ndarray:
        y = perfect("log_stdplus")(x)
        y[np.isinf(y) & np.isfinite(x)] = -np.finfo(np.float32).max
        return y

    assert not check(worse, "log_stdplus", "float32", "ulp:100").passed


def test_errors_are_those_of_the_exact_package() -> None:
    rng = np.random.default_rng(5)
    for name in spec.NAMES:
        for dtype, kind in TYPES.items():
            fmt, vectors = FORMATS[dtype], load(name, dtype)
            off = rng.integers(-3, 4, vectors.inputs.size)
            y = fmt.from_ordinal(fmt.ordinal(vectors.outputs) + off)
            results: Any = dict(zip(vectors.inputs.tolist(), y.tolist(), strict=True))

            def faulty(x: np.ndarray, results: Any = results, fmt: Any = fmt) -> np.ndarray:
                y = [results[bits] for bits in x.view(fmt.unsigned).tolist()]
                return fmt.array(y).view(x.dtype)

            part = slice(None, None, 23)
            got = check(faulty, name, dtype, "ulp:9").results.judged.errors[part]
            x, y = vectors.inputs[part].view(kind), y[part].view(kind)
            want = exact.ulp_error(name, x, y)
            same_kind = np.isfinite(got) & np.isfinite(want)
            assert same_kind.mean() > 0.8
            np.testing.assert_allclose(got[same_kind], want[same_kind], atol=0.00051)


def test_the_validation_step_fails_with_a_planted_fault(tmp_path: Path) -> None:
    def nearly(x: np.ndarray) -> np.ndarray:
        y = perfect("log_stdplus")(x)
        y[x == -1] = np.nextafter(y[x == -1], x.dtype.type(0))
        return y

    context = Context(tmp_path, 0, np.random.default_rng(0))
    claims = step.run(context, {"stdplus": perfect("stdplus"), "log_stdplus": nearly})
    verdicts = {claim.name: claim.verdict for claim in claims}
    assert {name for name, verdict in verdicts.items() if verdict is not Outcome.PASS} == {
        "log_stdplus float32",
        "log_stdplus float64",
    }
    assert "0xbf800000" in next(c.detail for c in claims if c.name == "log_stdplus float32")
    (table,) = context.tables
    assert {row[0] for row in table.rows} >= {"stdplus_ref", "Algorithm 1", "SciPy lambertw"}
