"""What `fast_two_sum`, `first_step`, `horner_step` and the like presume holds at every call.

The source runs through the `Linker`, with checking functions in the place of the real ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from stdplus_ref.source import KERNELS, elementary, newton, operations, pairs
from stdplus_ref.source.linker import Linker
from stdplus_ref.source.routes import (
    double_routes,
    evaluate,
    evaluate_full,
    evaluate_short,
    single_routes,
)
from tests.source.points import bits_of, sample

F = Fraction
calls: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    calls.clear()


def finite(*values: float) -> bool:
    """Whether a call counts; NaN and infinities come from arms that are not taken."""
    return all(math.isfinite(value) for value in values)


def fast_two_sum(a: float, b: float) -> tuple[float, float]:
    if finite(a, b):
        calls["fast_two_sum"] += 1
        assert a == 0.0 or abs(a) >= abs(b), ("fast_two_sum", a, b)
    return pairs.fast_two_sum(a, b)


def first_step(x: float, b: float, hi: float, lo: float) -> tuple[float, float]:
    if finite(x, b, hi, lo):
        calls["first_step"] += 1
        assert abs(F(x) * F(b)) <= abs(F(hi)) / 2, ("first_step", x, b, hi)
        s = pairs.fma(x, b, hi)
        assert F(hi) - F(s) == F(hi - s)
    return pairs.first_step(x, b, hi, lo)


def horner_step(x: float, b: float, e: float, hi: float, lo: float) -> tuple[float, float]:
    if finite(x, b, e, hi, lo):
        calls["horner_step"] += 1
        assert abs(F(x) * F(b)) <= abs(F(hi)) / 2, ("horner_step", x, b, hi)
        s = pairs.fma(x, b, hi)
        assert F(hi) - F(s) == F(hi - s)
    return pairs.horner_step(x, b, e, hi, lo)


def sqrt_pair(a: float, al: float) -> tuple[float, float]:
    if finite(a, al) and a > 0.0:
        calls["sqrt_pair"] += 1
        assert abs(al) <= 2.0**-50 * a, ("sqrt_pair", a, al)
        s = math.sqrt(a)
        rest = F(a) - F(s) ** 2
        assert rest == F(float(rest))
    return pairs.sqrt_pair(a, al)


def quotient(n: float, nl: float, d: float, dl: float, inv: float) -> tuple[float, float]:
    if finite(n, nl, d, dl, inv):
        calls["quotient"] += 1
        whole = F(d) + F(dl)
        assert abs(F(inv) * whole - 1) <= F(2) ** -50, ("quotient", d, dl, inv)
    return pairs.quotient(n, nl, d, dl, inv)


def round_scaled(hi: float, lo: float, k: int) -> float:
    if finite(hi, lo):
        calls["round_scaled"] += 1
        assert abs(lo) <= abs(hi), ("round_scaled", hi, lo, k)
        assert abs(k) <= 2044
        assert hi == 0.0 or k >= -60 or abs(hi) >= 2.0**-962
    return pairs.round_scaled(hi, lo, k)


def round_odd_scaled(hi: float, lo: float, k: int) -> float:
    if finite(hi, lo) and hi != 0.0:
        calls["round_odd_scaled"] += 1
        assert abs(lo) <= 2.0**-10 * abs(hi)
        assert hi + lo != 0.0
        assert abs(k) <= 2044
    return pairs.round_odd_scaled(hi, lo, k)


def exp_short(f: float, scale: float) -> tuple[float, float]:
    if finite(f, scale):
        calls["exp_short"] += 1
        assert abs(f) <= 0.3466
        assert f * 2.0**25 == int(f * 2.0**25)
        assert math.frexp(scale)[0] == 0.5
        square = 1 + F(f) + F(f) ** 2 / 2
        assert square == F(float(square))
    return elementary.exp_short(f, scale)


def split(t: float) -> tuple[float, float, float]:
    if finite(t):
        calls["split"] += 1
        kf, _, _ = elementary.split(t)
        r = F(t) - F(kf) * F(elementary.c.LN2_HI)
        assert abs(t) >= 1400.0 or r == F(float(r))
    return elementary.split(t)


def solve(x: float, kf: float, f: float) -> newton.Step:
    s = newton.solve(x, kf, f)
    if finite(x, kf, f):
        calls["solve"] += 1
        c = elementary.c
        t0 = F(kf) * F(c.LN2_HI) + F(f)
        assert t0 == F(float(t0))
        assert 1 + 2 * t0 == F(float(1 + 2 * t0))
    return s


CHECKED: dict[Callable[..., Any], Any] = {
    pairs.fast_two_sum: fast_two_sum,
    pairs.first_step: first_step,
    pairs.horner_step: horner_step,
    pairs.sqrt_pair: sqrt_pair,
    pairs.quotient: quotient,
    pairs.round_scaled: round_scaled,
    pairs.round_odd_scaled: round_odd_scaled,
    elementary.exp_short: exp_short,
    elementary.split: split,
    newton.solve: solve,
}
"""Each calls the real one, whose own callees are then not checked; the next three check those."""

INSIDE = {f: g for f, g in CHECKED.items() if f is not newton.solve}
WITHIN = {f: g for f, g in CHECKED.items() if f.__module__.endswith("pairs")}
SUMS = {f: CHECKED[f] for f in (pairs.fast_two_sum, pairs.first_step, pairs.horner_step)}

EXPECTED = {
    "stdplus": {"first_step", "horner_step", "round_scaled", "exp_short", "fast_two_sum"},
    "log_stdplus": {"first_step", "horner_step", "round_scaled", "exp_short", "fast_two_sum"},
    "stdplus_derivative": {"quotient", "round_scaled", "exp_short", "fast_two_sum"},
    "log_stdplus_derivative": {"quotient", "round_scaled", "exp_short", "fast_two_sum"},
    "inv_stdplus": {"sqrt_pair", "fast_two_sum", "first_step"},
    "inv_log_stdplus": {"sqrt_pair", "fast_two_sum", "exp_short", "round_scaled"},
}


def same(function: Any) -> Any:
    return function


def ieee(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation with results of a type that divides by zero as processors do."""

    def call(*arguments: Any) -> Any:
        result = operation(*arguments)
        return np.float64(result) if type(result) is float else result

    return call


OPERATIONS = {
    function: ieee(function)
    for name, function in vars(operations).items()
    if isinstance(function, FunctionType) and function.__module__ == operations.__name__
}


@pytest.mark.parametrize("name", KERNELS)
def test_preconditions_hold_at_every_call(name: str) -> None:
    kernel = KERNELS[name]
    for checks in (CHECKED, INSIDE, WITHIN, SUMS):
        link = Linker(same, OPERATIONS | checks)
        double, single = link(kernel.float64), link(kernel.float32)
        for x in sample(name):
            double(x)
            single(np.float32(x))
    assert EXPECTED[name] <= set(calls)


@pytest.mark.parametrize("name", KERNELS)
def test_all_routes_give_the_functions_bits(name: str) -> None:
    """In plain Python: both routes of both types, and the closed forms where they hold."""
    kernel = KERNELS[name]
    used: Counter[str] = Counter()
    for routes, function, kind in (
        (double_routes(kernel), kernel.float64, float),
        (single_routes(kernel), kernel.float32, np.float32),
    ):
        link = Linker(same, OPERATIONS)
        short, full = link(evaluate_short(routes.short)), link(evaluate_full(routes.full))
        whole = link(evaluate(routes))

        def result(x: float, ends: Any, settle: Any = routes.settle, kind: Any = kind) -> int:
            """The bits of what a route ends with, settled."""
            y, z = ends if isinstance(ends, tuple) else (ends, ends)
            if pairs.differ(y, z):
                y = settle(float(x), float(y), float(z))
            return bits_of(kind(y))

        for x in map(kind, sample(name)):
            wide, want = np.float64(x), bits_of(function(x))
            ends = full(wide)
            used["settled"] += bool(pairs.differ(*ends))
            assert bits_of(kind(whole(wide))) == want, (kind, x)
            assert result(wide, ends) == want, (kind, x)
            if routes.short.holds(wide):
                used["short"] += 1
                assert result(wide, short(wide)) == want, (kind, x)
            if routes.far.holds(wide) and wide != 0.0:
                used["far"] += 1
                assert result(wide, routes.far.value(wide)) == want, (kind, x)
            if wide != wide:
                assert not routes.short.holds(wide)
                assert not routes.far.holds(wide)
    assert used["short"] > 50
    assert used["far"] > 10
    assert used["settled"] <= 5
