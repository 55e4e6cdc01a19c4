"""The sums of float32's fast paths bound the errors that they make, step by step and in sum.

The source runs here in plain Python, so that pairs can be looked at.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from flint import arb
from mpmath import mp

from derivations import d11_error_budget, enclose
from derivations.budget import exponential, fast, rounding
from derivations.core import DerivationError
from stdplus_ref import exact, spec
from stdplus_ref.source import coefficients as c
from stdplus_ref.source import (
    elementary,
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    stdplus,
    stdplus_derivative,
)
from stdplus_ref.source.operations import horner2

FORWARD = (stdplus, log_stdplus, stdplus_derivative, log_stdplus_derivative)
MODULES = (*FORWARD, inv_stdplus, inv_log_stdplus)


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with mp.workdps(60), enclose.precision(120):
        yield


def exact_polynomial(row: list[Fraction], x: float) -> Fraction:
    total = Fraction(0)
    for value in reversed(row):
        total = total * Fraction(x) + value
    return total


def ball_at(x: float) -> Any:
    """A narrow ball around x."""
    return arb(x, abs(x) * 2.0**-20)


ROWS = (c.EXP_TAIL, c.LOG_STDPLUS_TAIL, c.INV_STDPLUS_TAIL, c.START_LEFT, c.START_NUMERATOR)


@pytest.mark.parametrize("row", ROWS)
def test_horner2_errs_less_than_its_bound(row: tuple[float, ...]) -> None:
    draw = random.Random(1)
    shares = []
    for _ in range(60):
        x = draw.uniform(-0.25, 0.25)
        off = abs(Fraction(horner2(x, row)) - exact_polynomial([Fraction(v) for v in row], x))
        bound = rounding.horner2(rounding.Number(ball_at(x)), row).error
        shares.append(float(off) / enclose.above(bound))
    assert 0.1 < max(shares) <= 1.0


def test_exp_short_errs_less_than_its_bound() -> None:
    """The exhaustive search against mpmath, on arguments of its own."""
    draw = random.Random(4)
    for _ in range(200):
        f = draw.randrange(-(1 << 23), 1 << 23) * 2.0**-25
        hi, lo = elementary.exp_short(f, 1.0)
        off = abs((mp.mpf(hi) + mp.mpf(lo)) / mp.exp(mp.mpf(f)) - 1)
        assert off <= enclose.above(exponential.exp_error([arb(f)]))


def last_place(value: Any) -> float:
    return math.ldexp(1.0, int(mp.floor(mp.log(abs(value), 2))) - 52)


def chosen(name: str, where: str) -> Any:
    return next(region for region in fast.regions(name) if region.where == where)


FAST: dict[str, tuple[tuple[str, float, float], ...]] = {
    "stdplus": (("1/4 ≤ x ≤ 8", 0.25, 2.0), ("−13 ≤ x < −3.25", -13.0, -3.26)),
    "log_stdplus": (("−3.25 ≤ x ≤ −1/4", -0.6, -0.25), ("−26 ≤ x < −3.25", -26.0, -3.26)),
    "stdplus_derivative": (("1/4 ≤ x ≤ 8", 0.25, 0.3), ("|x| < 1/4", -0.25, 0.25)),
    "log_stdplus_derivative": (("1/4 ≤ x ≤ 8", 0.25, 0.3), ("−3.25 ≤ x ≤ −1/4", -0.6, -0.26)),
    "inv_stdplus": (("6/5 ≤ y < 2^100", 1.2001, 1.5), ("2^−100 ≤ y ≤ 4/5", 0.001, 0.7999)),
    "inv_log_stdplus": (("3/8 ≤ t ≤ 40", 0.375, 1.0), ("|t| < 3/8", -0.374, 0.374)),
}


@pytest.mark.parametrize("name", FAST)
def test_the_fast_paths_err_less_than_their_budgets(name: str) -> None:
    module = next(m for m in MODULES if m.__name__.endswith(f".{name}"))
    draw = random.Random(8)
    for where, lower, upper in FAST[name]:
        region = chosen(name, where)
        shares = []
        for _ in range(60):
            (x,) = struct.unpack("<f", struct.pack("<f", draw.uniform(lower, upper)))
            want = getattr(exact, name)(x, 40)
            off = float(abs(module.regime_fast(x) - want)) / last_place(want)
            shares.append(off / region.bound)
        assert 0.03 < max(shares) <= 1.0, where


CLAIMS: dict[str, Callable[[], object]] = {
    **{
        name: (lambda name=name: getattr(d11_error_budget, name)(error=2.0**-75))
        for name in spec.NAMES
    },
    "float32": lambda: d11_error_budget.fast_paths(near=64),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_smaller_promise_is_refused(name: str) -> None:
    with pytest.raises(DerivationError):
        CLAIMS[name]()
