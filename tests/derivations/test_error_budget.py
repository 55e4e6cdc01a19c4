"""The error budget bounds the errors the kernels make, step by step and in sum.

The source runs here in plain Python, so that pairs can be looked at.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from flint import arb
from mpmath import mp

from derivations import d11_error_budget, enclose
from derivations.budget import blocks, double, exponential, fast, rounding
from derivations.core import DerivationError
from stdplus_ref import exact
from stdplus_ref.source import coefficients as c
from stdplus_ref.source import (
    elementary,
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    newton,
    stdplus,
    stdplus_derivative,
)
from stdplus_ref.source.operations import horner2
from stdplus_ref.source.pairs import horner_pair

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


@pytest.mark.parametrize(
    ("name", "radius"), [("STDPLUS", 0.25), ("LOG_STDPLUS", 0.25), ("INV_LOG_STDPLUS", 0.375)]
)
def test_horner_errs_less_than_its_bound(name: str, radius: float) -> None:
    head, tail = getattr(c, f"{name}_HEAD"), getattr(c, f"{name}_TAIL")
    row = [Fraction(hi) + Fraction(lo) for hi, lo in head] + [Fraction(v) for v in tail]
    draw = random.Random(2)
    shares = []
    for _ in range(60):
        x = draw.uniform(-radius, radius)
        hi, lo = horner_pair(x, head, tail)
        off = abs(Fraction(hi) + Fraction(lo) - exact_polynomial(row, x))
        pair = rounding.horner_pair(ball_at(x), head, tail)
        shares.append(float(off) / enclose.above(pair.error))
        assert abs(lo) <= enclose.above(pair.low)
    assert 0.05 < max(shares) <= 1.0


def test_a_horner_step_needs_small_terms() -> None:
    with pytest.raises(DerivationError, match="at most half"):
        rounding.horner_pair(arb(4), c.STDPLUS_HEAD, c.STDPLUS_TAIL)


@pytest.mark.parametrize("k", [0, 1, -1, 40, -1000])
def test_log_pair_errs_less_than_its_bound(k: int) -> None:
    draw = random.Random(3)
    shares = []
    for _ in range(80):
        m = draw.uniform(0.7072, 1.4141)
        hi, lo = elementary.log_pair(math.ldexp(m, k))
        off = abs(mp.mpf(hi) + mp.mpf(lo) - mp.log(mp.mpf(math.ldexp(m, k))))
        z = arb(m - 1) / (arb(m) + 1)
        bound = blocks.total(blocks.log_terms(z + arb(0, 2.0**-20), abs(k)))
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


def share(region: double.Region, hi: float, lo: float, want: Any) -> float:
    """The error of a pair as a part of what the region allows."""
    off = float(abs(mp.mpf(hi) + mp.mpf(lo) - want)) / last_place(want)
    return off / enclose.above(region.sum * double.SLACK)


def chosen(name: str, where: str, module: ModuleType = double) -> Any:
    return next(region for region in module.regions(name) if region.where == where)


OUTER = {
    "−26 ≤ x < −3.25": (-3.45, -3.25 - 2.0**-40),
    "−3.25 ≤ x ≤ −1/4": (-0.6, -0.25),
    "1/4 ≤ x ≤ 8": (0.25, 0.8),
    "8 < x < 2^64": (8.0 + 2.0**-40, 12.0),
}


@pytest.mark.parametrize("where", OUTER)
@pytest.mark.parametrize("module", FORWARD, ids=lambda module: module.__name__.split(".")[-1])
def test_the_step_errs_less_than_its_budget(module: ModuleType, where: str) -> None:
    name = module.__name__.rpartition(".")[2]
    region, draw = chosen(name, where), random.Random(5)
    shares = []
    for _ in range(60):
        x = draw.uniform(*OUTER[where])
        hi, lo = module.step(x, *newton.start(x))
        shares.append(share(region, hi, lo, getattr(exact, name)(x, 40)))
    assert 0.02 < max(shares) <= 1.0


def test_the_centres_err_less_than_their_budgets() -> None:
    draw = random.Random(6)
    for module in (stdplus_derivative, log_stdplus_derivative):
        name = module.__name__.rpartition(".")[2]
        head, tail = (getattr(c, f"{name.upper()}_{part}") for part in ("HEAD", "TAIL"))
        region = chosen(name, "|x| < 1/4")
        shares = []
        for _ in range(60):
            x = draw.uniform(-0.25, 0.25)
            hi, lo = horner_pair(x, head, tail)
            shares.append(share(region, hi, lo, getattr(exact, name)(x, 40)))
        assert 0.3 < max(shares) <= 1.0


@pytest.mark.parametrize(
    ("module", "where", "ends"),
    [
        (inv_log_stdplus, "|t| < 3/8", (-0.374, 0.374)),
        (inv_log_stdplus, "3/8 ≤ t ≤ 40", (0.375, 0.6)),
        (inv_log_stdplus, "−40 ≤ t ≤ −3/8", (-0.8, -0.375)),
        (inv_log_stdplus, "t > 40", (41.0, 700.0)),
        (inv_stdplus, "|y − 1| < 1/5", (0.801, 1.199)),
        (inv_stdplus, "6/5 ≤ y < 2^100", (1.2, 1.6)),
        (inv_stdplus, "0 < y ≤ 4/5", (0.7, 0.8)),
    ],
    ids=lambda value: None if isinstance(value, ModuleType | tuple) else value,
)
def test_the_inverses_err_less_than_their_budgets(
    module: ModuleType, where: str, ends: tuple[float, float]
) -> None:
    name = module.__name__.rpartition(".")[2]
    region, draw = chosen(name, where), random.Random(7)
    shares = []
    for _ in range(60):
        x = draw.uniform(*ends)
        hi, lo, *scale = module.regime(x)
        k = scale[0] if scale else 0
        want = getattr(exact, name)(x, 40)
        shares.append(share(region, math.ldexp(hi, k), math.ldexp(lo, k), want))
    assert 0.02 < max(shares) <= 1.0


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
        region = chosen(name, where, fast)
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
        for name in double._REGIONS
    },
    "float32": lambda: d11_error_budget.fast_paths(near=64),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_smaller_promise_is_refused(name: str) -> None:
    with pytest.raises(DerivationError):
        CLAIMS[name]()
