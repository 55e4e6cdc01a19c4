"""Planted faults: the kit must catch each, and name it.

The faultless stand-in is `stdplus_ref.exact.rounded`, so only the fault can fail; the first tests
show that it passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from scipy.special import lambertw

from stdplus_ref import algorithm1, exact, spec
from stdplus_ref.conformance import FORMATS, PortError, Tier, Verdict, check, load
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
    assert 1 <= verdict.unsteady <= 30  # after each NaN, in each order
    assert names(verdict) == ["depends on neighbours"] or "depends on the length" in names(verdict)
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


class TestCalls:
    """Faults that one call with a long array does not show: right results, but not always."""

    @pytest.mark.parametrize("lanes", [2, 4, 8, 64])
    def test_a_wrong_remainder_loop(self, lanes: int) -> None:
        def faulty(x: np.ndarray) -> np.ndarray:
            y = perfect("stdplus")(x)
            y[x.size - x.size % lanes :] += 1
            return y

        verdict = check(faulty, "stdplus", "float32")
        assert names(verdict) == ["depends on the length"]
        (finding,) = verdict.findings
        size = 2 * load("stdplus", "float32").inputs.size
        lengths = [str(n) for n in (1, 2, 3, 7, 9, 63, 65, size) if n % lanes]
        listed = f"{', '.join(lengths[:-1])} and {lengths[-1]} values"
        assert f"wrong in arrays of {listed}, of each only the last" in finding.text
        assert "remainder" in finding.look or "left of a block" in finding.look
        assert re.match(r"0x[0-9a-f]{8} gave 0x[0-9a-f]{8} first and ", finding.witness)

    def test_a_remainder_loop_of_lower_accuracy(self) -> None:
        def faulty(x: np.ndarray) -> np.ndarray:
            y = perfect("stdplus")(x)
            rest = np.arange(x.size) >= x.size - x.size % 4
            rest &= (np.abs(x) > 0.1) & (np.abs(x) < 5)
            return np.where(rest, np.nextafter(y, np.float32(np.inf)), y)

        verdict = check(faulty, "stdplus", "float32", "ulp:0.6")
        assert names(verdict) == ["depends on the length"]
        loose = check(faulty, "stdplus", "float32", "ulp:2")
        assert (loose.passed, names(loose)) == (True, [])
        assert loose.unsteady > 20
        assert "in shorter arrays or again" in str(loose)

    @pytest.mark.parametrize("length", [1, 2, 63])
    def test_one_length_alone(self, length: int) -> None:
        def faulty(x: np.ndarray) -> np.ndarray:
            return perfect("stdplus")(x) * (1 + (x.size == length))

        verdict = check(faulty, "stdplus", "float64")
        assert names(verdict) == ["depends on the length"]
        assert f"wrong in arrays of {length} value" in str(verdict)

    @pytest.mark.parametrize("state", ["first", "second", "even", "cache", "sum", "memory"])
    def test_state_between_calls(self, state: str) -> None:
        calls: list[np.ndarray] = []
        results: dict[int, np.ndarray] = {}

        def faulty(x: np.ndarray) -> np.ndarray:
            y = perfect("stdplus")(x)
            calls.append(x)
            wrong = {
                "first": len(calls) > 1,
                "second": len(calls) == 2,
                "even": len(calls) % 2 == 0,
            }
            if wrong.get(state):
                y = y + 1
            if state == "cache":
                y = results.setdefault(x.size, y).copy()
            if state == "sum" and y.size:
                y[0] += len(calls) - 1
            if state == "memory" and len(calls) > 1 and y.size:
                y[-1] = perfect("stdplus")(calls[-2][-1:])[0] if calls[-2].size else y[-1]
            return y

        verdict = check(faulty, "stdplus", "float32")
        assert not verdict.passed
        assert names(verdict) == ["state between calls"], str(verdict)
        assert "caches, buffers, a set-up in the first call" in str(verdict)
        assert re.search(r"Witness: 0x[0-9a-f]{8} gave 0x[0-9a-f]{8} first and 0x", str(verdict))

    @pytest.mark.parametrize("dtype", FORMATS)
    def test_argument_overwritten(self, dtype: str) -> None:
        def faulty(x: np.ndarray) -> np.ndarray:
            y = perfect("stdplus")(x)
            np.abs(x, out=x)
            return y

        verdict = check(faulty, "stdplus", dtype)
        assert (verdict.exit_code, verdict.judge.meets()) == (1, "exact")
        assert [finding.name for finding in verdict.broken] == ["argument overwritten"]
        said = " ".join(str(verdict).split())
        assert "Broken: argument overwritten: it overwrites its argument. Look at the first" in said
        digits = FORMATS[dtype].width // 4
        assert re.search(
            rf"Witness: 0x[0-9a-f]{{{digits}}} held 0x[0-9a-f]{{{digits}}} after the", said
        )
        assert "The strictest tier met" not in said
        assert verdict.as_json()["broken"][0]["name"] == "argument overwritten"

    def test_result_overwritten(self) -> None:
        buffer = np.empty(20000, np.float32)

        def faulty(x: np.ndarray) -> np.ndarray:
            buffer[: x.size] = perfect("stdplus")(x)
            return buffer[: x.size]

        verdict = check(faulty, "stdplus", "float32")
        assert [finding.name for finding in verdict.broken] == ["result overwritten"]
        assert verdict.exit_code == 1
        assert "return an array of the caller's own" in str(verdict)

    @pytest.mark.parametrize(
        ("port", "said"),
        [
            (lambda x: perfect("stdplus")(x) * (x.max() == x.max() or 1),
             "given no values, it fails: ValueError: zero-size array to reduction operation"),
            (lambda x: np.array([perfect("stdplus")(x[i : i + 1])[0] for i in range(x.size)]),
             "given no values, it fails: given float32 it must return float32, but it returned f"),
        ],
    )  # fmt: skip
    def test_fails_on_empty(self, port: Function, said: str) -> None:
        verdict = check(port, "stdplus", "float32")
        assert (verdict.exit_code, names(verdict)) == (1, [])
        assert [finding.name for finding in verdict.broken] == ["fails on empty"]
        assert f"Broken: fails on empty: {said}" in " ".join(str(verdict).split())

    def test_fails_on_short_arrays(self) -> None:
        verdict = check(lambda x: perfect("stdplus")(x).squeeze(), "stdplus", "float32")
        assert [finding.name for finding in verdict.broken] == ["fails on short arrays"]
        said = " ".join(str(verdict).split())
        assert "given few values (1), it fails: given an array of shape (1,)" in said
        assert "Look at squeeze" in said

    def test_fails_the_second_time(self) -> None:
        calls: list[int] = []

        def faulty(x: np.ndarray) -> np.ndarray:
            calls.append(x.size)
            if calls.count(x.size) > 1 and x.size > 100:
                raise RuntimeError("already set up")
            return perfect("stdplus")(x)

        verdict = check(faulty, "stdplus", "float32")
        assert [finding.name for finding in verdict.broken] == ["fails later"]
        assert "given the same array a second time, it fails: RuntimeError" in str(verdict)

    def test_long_arrays_alone(self) -> None:
        lengths: list[int] = []

        def faulty(x: np.ndarray) -> np.ndarray:
            lengths.append(x.size)
            return perfect("stdplus")(x) + (len(lengths) > 1)

        verdict = check(faulty, "stdplus", "float32", long_only=True)
        assert (len(lengths), len(set(lengths))) == (2, 1)
        assert names(verdict) == ["state between calls"]
        assert "but not in short arrays" in str(verdict)
        assert verdict.as_json()["short"] is False

    @pytest.mark.parametrize("special", [-np.inf, 0.0, np.inf, np.nan])
    @pytest.mark.parametrize("most", [1, 65])
    def test_a_special_value_in_short_arrays(self, special: float, most: int) -> None:
        def faulty(x: np.ndarray) -> np.ndarray:
            y = perfect("stdplus")(x)
            there = (x == special) | (np.isnan(x) & np.isnan(special))
            return np.where(there & (x.size <= most), np.float32(17), y)

        verdict = check(faulty, "stdplus", "float32", "ulp:2")
        assert names(verdict) == ["depends on the length"]
        assert "17), want" in "".join(
            line for line in str(verdict).splitlines() if line.startswith("Special value: ")
        )

    def test_every_length_is_called(self) -> None:
        lengths: list[int] = []

        def right(x: np.ndarray) -> np.ndarray:
            lengths.append(x.size)
            return perfect("stdplus")(x)

        assert check(right, "stdplus", "float32").passed
        assert {0, 1, 2, 3, 7, 9, 63, 65, 2 * load("stdplus", "float32").inputs.size} == {*lengths}

    def test_masked_arrays(self) -> None:
        with pytest.raises(PortError, match=r"returned a masked array: look at numpy\.ma"):
            check(
                lambda x: np.ma.masked_invalid(perfect("stdplus")(x)), "stdplus", "float32"
            )  # fmt: skip

    def test_torch_argument_overwritten(self) -> None:
        torch = pytest.importorskip("torch")

        def faulty(x: Any) -> Any:
            y = torch.from_numpy(perfect("stdplus")(x.numpy()))
            x.abs_()
            return y

        verdict = check(faulty, "stdplus", "float32", framework="torch")
        assert [finding.name for finding in verdict.broken] == ["argument overwritten"]


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x.dtype.type(0), x)


def _inverse_softplus(y: np.ndarray) -> np.ndarray:
    return y + np.log(-np.expm1(-y))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


SHIFT = float(np.log(np.expm1(1)))
TWO = float(np.log(2))
FORMULAS: list[tuple[str, Function, str, str]] = [
    ("stdplus", lambda x: _softplus(x + SHIFT), "shifted softplus", "shifted to be 1 at 0"),
    ("stdplus", lambda x: _softplus(x) + 1 - TWO, "shifted softplus", "exp(x)) + 1 − log 2, a"),
    ("stdplus", lambda x: _softplus(x) / TWO, "shifted softplus", "scaled to be 1 at 0"),
    ("stdplus", _softplus, "shifted softplus", "those of log(1 + exp(x)), softplus"),
    ("log_stdplus", lambda x: _softplus(x) - TWO, "shifted softplus", "shifted to be 0 at 0"),
    ("log_stdplus", lambda x: np.log(_softplus(x + SHIFT)), "shifted softplus", "the logarithm of"),
    ("stdplus_derivative", lambda x: _sigmoid(x + SHIFT), "shifted softplus", "the slope of log"),
    ("log_stdplus_derivative", lambda x: _sigmoid(x + SHIFT) / _softplus(x + SHIFT),
     "shifted softplus", "the slope of the logarithm of"),
    ("inv_stdplus", lambda y: _inverse_softplus(y) - SHIFT, "shifted softplus", "the inverse of"),
    ("inv_log_stdplus", lambda t: _inverse_softplus(np.exp(t)) - SHIFT,
     "shifted softplus", "the inverse of the logarithm of"),
    *((name, lambda x, f=name: perfect(f)(x * x.dtype.type(2**0.5)), "argument scaled",
       f"the results are those of {name}(√2·x)") for name in FORWARD),
    *((name, lambda x, f=name: perfect(f)(x * x.dtype.type(0.5**0.5)), "argument scaled",
       f"the results are those of {name}(1/√2·x)") for name in FORWARD),
    ("stdplus_derivative", lambda x: perfect("stdplus_derivative")(x * x.dtype.type(2**0.5))
     * x.dtype.type(2**0.5), "argument scaled", "stdplus_derivative(√2·x)"),
    ("inv_stdplus", lambda y: perfect("inv_stdplus")(y) * y.dtype.type(2**0.5),
     "argument scaled", "the results are √2·inv_stdplus(y)"),
    ("inv_log_stdplus", lambda t: perfect("inv_log_stdplus")(t) * t.dtype.type(0.5**0.5),
     "argument scaled", "the results are 1/√2·inv_log_stdplus(t)"),
    *((plain, lambda x, f=log: perfect(f)(x), "another function",
       f"those of {log}, where the plain function belongs")
      for plain, log in zip(spec.NAMES[0::2], spec.NAMES[1::2], strict=True)),
    *((log, lambda x, f=plain: perfect(f)(x), "another function",
       f"those of {plain}, where that of the logarithm belongs")
      for plain, log in zip(spec.NAMES[0::2], spec.NAMES[1::2], strict=True)),
    ("log_stdplus", lambda x: perfect("log_stdplus")(x) / x.dtype.type(TWO), "another logarithm",
     "logarithms to base 2"),
]  # fmt: skip


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("name", "port", "finding", "said"), FORMULAS)
def test_another_formula(name: str, port: Function, finding: str, said: str, dtype: str) -> None:
    """One sentence and nothing else, whatever the type."""

    def faulty(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(port(x)).astype(x.dtype)

    verdict = check(faulty, name, dtype, "ulp:4")
    assert not verdict.passed
    assert names(verdict) == [finding]
    text = " ".join(str(verdict).split())
    assert said in text
    assert re.search(
        r"Look at [^;]+\. Witness: 0x[0-9a-f]+ gave 0x[0-9a-f]+, want 0x[0-9a-f]+\.", text
    )


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", spec.NAMES)
@pytest.mark.parametrize("what", ["results", "arguments", "arguments and results"])
def test_byte_order(what: str, name: str, dtype: str) -> None:
    fmt = FORMATS[dtype]

    def faulty(x: np.ndarray) -> np.ndarray:
        bits = x.view(fmt.unsigned)
        x = (bits.byteswap() if "arguments" in what else bits).view(x.dtype)
        y = perfect(name)(x).view(fmt.unsigned)
        return (y.byteswap() if "results" in what else y).view(x.dtype)

    verdict = check(faulty, name, dtype, "ulp:4")
    assert names(verdict) == ["byte order"]
    assert f"of the {what} are" in str(verdict).replace("of arg", "of the arg")


@pytest.mark.parametrize("name", spec.NAMES)
@pytest.mark.parametrize(
    ("dtype", "inner"),
    [("float64", "float32"), ("float64", "float16"), ("float32", "float16"),
     ("float32", "bfloat16")],
)  # fmt: skip
@pytest.mark.parametrize("what", ["all", "arguments"])
def test_lower_precision(what: str, dtype: str, inner: str, name: str) -> None:
    """A float32 port that takes and returns float64, and the like."""

    def faulty(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            narrow = x.astype(TYPES[inner])
            y = perfect(name)(narrow if what == "all" else narrow.astype(x.dtype))
            return y.astype(x.dtype)

    verdict = check(faulty, name, dtype, "ulp:4")
    assert names(verdict) == ["lower precision"]
    kind = f"results are {inner} numbers" if what == "all" else f"arguments rounded to {inner}"
    assert kind in str(verdict)


@pytest.mark.parametrize(("dtype", "inner"), [("float32", "float64"), ("float16", "float32")])
def test_results_of_a_wider_type(dtype: str, inner: str) -> None:
    with pytest.raises(
        PortError, match=f"returned {inner}. Look at .* judged with --dtype {inner}"
    ):
        check(lambda x: x.astype(inner), "stdplus", dtype)


SERIES: dict[str, tuple[float, ...]] = {
    "stdplus": (1, 0.5**0.5, 1 / 12, -(2**0.5) / 144),
    "log_stdplus": (0, 0.5**0.5, -1 / 6, 2**0.5 / 72),
    "stdplus_derivative": (0.5**0.5, 1 / 6, -(2**0.5) / 48),
    "log_stdplus_derivative": (0.5**0.5, -1 / 3, 2**0.5 / 24),
    "inv_log_stdplus": (0, 2**0.5, 2**0.5 / 3, 2**0.5 / 9),
}


ENOUGH = {("stdplus", 0.01, "float32"): 3, ("inv_log_stdplus", 0.01, "float32"): 4}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("end", [0.01, 0.1, 0.4])
@pytest.mark.parametrize(
    ("name", "terms"), [(name, n) for name in SERIES for n in range(2, len(SERIES[name]) + 1)]
)
def test_a_series_cut_short(name: str, end: float, terms: int, dtype: str) -> None:
    def faulty(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            short = sum(c * x**k for k, c in enumerate(SERIES[name][:terms]))
            short = np.where(x == 0, perfect(name)(x), short)  # the sign of zero
        return np.where(np.abs(x) < end, short, perfect(name)(x)).astype(x.dtype)

    verdict = check(faulty, name, dtype, "ulp:4")
    if terms >= ENOUGH.get((name, end, dtype), np.inf):
        assert verdict.passed
        return
    assert not verdict.passed
    assert names(verdict) == ["series cut short"]
    text = next(finding.text for finding in verdict.findings)
    said = float(text.split(" = ")[1].split()[0])
    assert 0.8 * end <= said <= 1.01 * end


@pytest.mark.parametrize("name", spec.NAMES)
def test_all_failing_special_values_are_listed(name: str) -> None:
    vectors = load(name, "float32")
    specials = vectors.inputs[vectors.flagged("special")].tolist()
    assert len(specials) >= 7

    def faulty(x: np.ndarray) -> np.ndarray:
        y = perfect(name)(x)
        there = np.isin(x.view(np.uint32), specials)
        return np.where(there, np.float32(17), y)

    verdict = check(faulty, name, "float32", "ulp:4")
    lines = [line for line in str(verdict).splitlines() if line.startswith("Special value: ")]
    assert len(lines) == len(specials)
    for special in specials:
        assert any(f"input 0x{special:08x} (" in line and "17), want" in line for line in lines)
    listed = [each["input"] for each in verdict.as_json()["special"]]
    assert listed == [f"0x{special:08x}" for special in specials]


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
