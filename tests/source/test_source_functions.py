"""The six function files: every part as good as it says, every regime where it says."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from stdplus_ref import exact
from stdplus_ref.source import (
    KERNELS,
    elementary,
    exceptions,
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    newton,
    stdplus,
    stdplus_derivative,
)
from tests.source.points import (
    FORWARD,
    STEPS,
    assert_below,
    bits_of,
    everywhere,
    few,
    in_regime,
    real,
    relative,
    seam_points,
    truth,
)

F = Fraction
INF = math.inf

CENTRES = {
    "stdplus": (-0.25, 0.25, -63.0, -65.0),
    "log_stdplus": (-0.25, 0.25, -64.0, -65.6),
    "stdplus_derivative": (-0.25, 0.25, -61.4, -61.75),
    "log_stdplus_derivative": (-0.25, 0.25, -61.3, -61.75),
    "inv_stdplus": (0.8, 1.2, -62.2, -64.7),
    "inv_log_stdplus": (-0.375, 0.375, -61.6, -66.6),
}
"""Ends; the bound of the relative error between them, of fit and rounding; that near the middle."""


def last_places(y: float) -> float:
    """The last place of a result at y."""
    return 2.0 ** (max(math.frexp(y)[1], -1021) - 53)


def pair_error(hi: float, lo: float, name: str, x: float) -> float:
    """The error of a pair in last places of the value."""
    value = truth(name, x)
    return float(abs(real(hi, lo) - value).mid()) / last_places(float(value.mid()))


@pytest.mark.parametrize("name", CENTRES)
def test_the_centres(name: str) -> None:
    kernel = KERNELS[name]
    low, high, limit, limit_near = CENTRES[name]
    at = 1.0 if name == "inv_stdplus" else 0.0

    def error(x: float) -> float:
        return relative(*kernel.centre(x), truth(name, x))

    xs = [x for x in in_regime(low, high, 1500) if kernel.near(x) and x != at]
    xs += [at + (x - at) * 2.0**-k for x in xs[:60] for k in (1, 2, 4, 8, 20, 40)]
    assert_below(2.0**limit, error, [x for x in xs if x != at])
    near = [x for x in xs if 2.0**-900 <= abs(x - at) <= 2.0**-6]
    assert_below(2.0**limit_near, error, near)


@pytest.mark.parametrize("name", CENTRES)
def test_the_values_at_the_middle(name: str) -> None:
    kernel = KERNELS[name]
    zero = 1.0 if name == "inv_stdplus" else 0.0
    half = real(0.5).sqrt()
    hi, lo = kernel.centre(zero)
    if name == "stdplus":
        assert (hi, abs(lo) < 2.0**-64) == (1.0, True)
    elif name.endswith("derivative"):
        assert relative(hi, lo, half) < 2.0**-61
    else:
        assert (hi, lo) == (0.0, 0.0)


# The proved errors of the pairs before the last rounding, docs/error-budget.md, in last places of
# the value. Regions are those of `STEPS`.
BUDGETS = {
    "stdplus": (0.00013, 0.00013, 0.00013, 0.00021, 0.00021, 0.00155, 0.00155, 2e-05, 2e-05),
    "log_stdplus": (None, 1e-05, 1e-05, 0.00039, 0.00039, 0.00971, 0.00971, 4e-05, 4e-05),
    "stdplus_derivative": (
        0.00013,
        0.00013,
        0.00013,
        0.0005,
        0.0005,
        0.00301,
        0.00301,
        3e-05,
        3e-05,
    ),
    "log_stdplus_derivative": (
        1e-05,
        1e-05,
        1e-05,
        0.00044,
        0.00044,
        0.00028,
        0.00028,
        1e-05,
        1e-05,
    ),
}


@pytest.mark.parametrize("name", FORWARD)
@pytest.mark.parametrize("where", STEPS)
def test_the_step_keeps_to_its_budget(name: str, where: str) -> None:
    budget = BUDGETS[name][list(STEPS).index(where)]
    if budget is None:
        return
    kernel = KERNELS[name]
    step = kernel.inside.step

    def error(x: float) -> float:
        hi, lo = step(x, *newton.start(x))
        value = truth(name, x)
        k = newton.shift(newton.start(x)[0]) if name in ("stdplus", "stdplus_derivative") else 0
        value *= real(2.0) ** -k
        return float(abs(real(hi, lo) - value).mid()) / last_places(float(value.mid()))

    low, high = STEPS[where]
    assert_below(budget, error, in_regime(low, high, 500, seed=7))


def test_log_stdplus_left_is_exact() -> None:
    rng = random.Random(1)
    xs = [-94906268.0, -26.0, -26.000000000000004, -40.0, -1e6, -1e20, -1e100, -1e154, -(2.0**30)]
    xs += [-rng.uniform(26.0, 1e4) for _ in range(few(300))]
    xs += [float(np.float32(-rng.uniform(26.0, 1e4))) for _ in range(few(300))]
    for x in xs:
        hi, lo = log_stdplus.left(x)
        want = -(F(x) ** 2 + 1) / 2
        off = abs(F(hi) + F(lo) - want)
        assert off <= F(2) ** -105 * abs(want)
        if x == float(np.float32(x)) and abs(x) < 2.0**26:
            assert off == 0
    assert log_stdplus.left(-1e200) == (-INF, 0.0)
    assert log_stdplus.left(-INF) == (-INF, 0.0)


def test_log_stdplus_far_right() -> None:
    def error(x: float) -> float:
        return pair_error(*log_stdplus.far_pair(x), "log_stdplus", x)

    assert_below(0.00004, error, in_regime(2.0**64, 1.7e308, 300))
    assert log_stdplus.far_pair(INF) == (INF, 0.0)
    assert log_stdplus.far_pair(-INF) == (-INF, 0.0)
    for x in (-41.0, -1e5):
        assert log_stdplus.far_pair(x) == log_stdplus.left(x)


# The inverses


INVERSE_STEPS = {
    (2.0**-1074, 0.25): 0.00527,
    (0.25, 0.8): 0.00527,
    (1.2, 2.0): 0.0041,
    (2.0, 64.0): 0.0041,
    (64.0, 2.0**99): 0.0041,
}


@pytest.mark.parametrize("ends", INVERSE_STEPS)
def test_inv_stdplus_step(ends: tuple[float, float]) -> None:
    def error(y: float) -> float:
        return pair_error(*inv_stdplus.step(y, *elementary.log_pair(y)), "inv_stdplus", y)

    assert_below(INVERSE_STEPS[ends], error, in_regime(*ends, 500))


def test_inv_stdplus_step_is_its_formula() -> None:
    """√(y² − 1 − 2·(log_y + log_yl)) for whatever pair is given, to 2^-98."""
    rng = random.Random(2)
    for _ in range(few(600)):
        y = rng.choice((rng.uniform(0.001, 0.8), rng.uniform(1.2, 40.0)))
        log_y = math.log(y) * (1.0 + rng.uniform(-1, 1) * 2.0**-30)
        log_yl = log_y * rng.uniform(-1, 1) * 2.0**-54
        want = (real(y) ** 2 - 1 - 2 * real(log_y, log_yl)).sqrt() * (1 if y > 1 else -1)
        assert relative(*inv_stdplus.step(y, log_y, log_yl), want) <= 2.0**-97.5


INVERSE_LOG_STEPS = ((-1e30, -40.0), (-40.0, -1.0), (-1.0, -0.375), (0.375, 1.0), (1.0, 40.0))


@pytest.mark.parametrize("ends", INVERSE_LOG_STEPS)
def test_inv_log_stdplus_step(ends: tuple[float, float]) -> None:
    def error(t: float) -> float:
        e, el, kf = inv_log_stdplus.exp_pair(t)
        assert kf == 0.0
        return pair_error(*inv_log_stdplus.step(t, e, el), "inv_log_stdplus", t)

    low, high = ends
    points = [-x for x in in_regime(-high, -low, 500)] if high <= -40.0 else in_regime(*ends, 500)
    assert_below(0.0006, error, points)


def test_inv_log_stdplus_step_is_its_formula() -> None:
    """√((e + el)² − 1 − 2t) for whatever pair is given, el up to 2^-26·e."""
    rng = random.Random(3)
    for _ in range(few(600)):
        t = rng.choice((rng.uniform(-60.0, -0.375), rng.uniform(0.375, 40.0)))
        e = math.exp(t)
        el = e * rng.uniform(-1, 1) * 2.0**-26.5
        want = (real(e, el) ** 2 - 1 - 2 * real(t)).sqrt() * (1 if t > 0 else -1)
        limit = 2.0**-78 * max(1.0, e * e / float(want) ** 2)  # el² has 2^-53 of itself lost
        assert relative(*inv_log_stdplus.step(t, e, el), want) <= limit


def test_exp_pair() -> None:
    def error(t: float) -> float:
        e, el, kf = inv_log_stdplus.exp_pair(t)
        assert kf == int(kf)
        assert (kf == 0.0) == (t <= 40.0)
        assert abs(el) <= 2.0**-25.9 * e
        value = real(min(max(t, -40.0), 720.0)).exp()
        return relative(e, el, value / real(2.0) ** int(kf))

    rng = random.Random(4)
    ts = [*in_regime(-40.0, 40.0, 600), *in_regime(40.0, 720.0, 600), -41.0, -1e5, 721.0, 1e9]
    assert_below(2.0**-65, error, [*ts, *(rng.uniform(-1, 1) for _ in range(few(200)))])


def test_inv_log_stdplus_far_right_and_left() -> None:
    def error(t: float) -> float:
        hi, lo, k = inv_log_stdplus.regime(t)
        return relative(hi, lo, truth("inv_log_stdplus", t) / real(2.0) ** k)

    assert_below(2.0**-65, error, in_regime(40.0, 720.0, 300)[1:])
    assert inv_log_stdplus.far(721.0) == INF
    assert inv_log_stdplus.far(INF) == INF
    assert inv_log_stdplus.far(-INF) == -INF
    for t in (-(2.0**601), -(2.0**800) * 1.1, -1.7e308, -INF):
        got = inv_log_stdplus.far(t)
        assert got == -INF if t == -INF else relative(got, 0.0, -(-2 * real(t)).sqrt()) < 2.0**-53


# Closed forms


def test_closed_forms_far_out() -> None:
    for x in (-41.0, -1e10, -1e300, -INF):
        assert bits_of(stdplus.far(x)) == 0
        assert bits_of(stdplus_derivative.far(x)) == 0
        assert log_stdplus_derivative.far(x) == -x
    for x in (2.0**65, 1e100, 1.7e308, INF):
        assert stdplus.far(x) == x
        assert stdplus_derivative.far(x) == 1.0
        assert log_stdplus_derivative.far(x) == 1.0 / x
    assert inv_stdplus.far(2.0**101) == 2.0**101
    assert inv_stdplus.far(INF) == INF
    assert inv_stdplus.far(0.0) == inv_stdplus.far(-0.0) == -INF
    assert math.isnan(inv_stdplus.far(-1.0))


# Where they hold


def beyond_forward(x: float) -> bool:
    return x < -40.0 or x > 2.0**64


PREDICATES: dict[str, dict[Callable[[float], bool], Callable[[float], bool]]] = {
    "stdplus": {KERNELS["stdplus"].inside.holds: lambda x: -26.0 <= x <= 8.0},
    "stdplus_derivative": {KERNELS["stdplus_derivative"].inside.holds: lambda x: -26.0 <= x <= 8.0},
    "log_stdplus_derivative": {
        KERNELS["log_stdplus_derivative"].inside.holds: lambda x: -26.0 <= x <= 8.0,
    },
    "log_stdplus": {
        log_stdplus.holds_inside: lambda x: -9 <= x <= 8 and (abs(x) >= 2.0**-900 or x == 0),
    },
    "inv_stdplus": {
        inv_stdplus.near: lambda y: abs(y - 1.0) < 0.15,
        inv_stdplus.near_fast: lambda y: abs(y - 1.0) < 0.2,
        inv_stdplus.holds_inside: lambda y: 2.0**-1022 <= y < 2.0**100,
        inv_stdplus.beyond: lambda y: y <= 0.0 or y >= 2.0**100,
    },
    "inv_log_stdplus": {
        inv_log_stdplus.near: lambda t: abs(t) < 0.25,
        inv_log_stdplus.near_fast: lambda t: abs(t) < 0.375,
        inv_log_stdplus.holds_inside: lambda t: abs(t) <= 40 and (abs(t) >= 2.0**-900 or t == 0),
        inv_log_stdplus.beyond: lambda t: t < -(2.0**600) or t > 720.0,
        inv_log_stdplus.beyond_float32: lambda t: t < -(2.0**60) or t > 720.0,
    },
}


@pytest.mark.parametrize("name", KERNELS)
def test_predicates_turn_at_the_seams(name: str) -> None:
    kernel = KERNELS[name]
    assert (kernel.name, kernel.odd) == (name, "log" in name and "derivative" not in name)
    wanted = dict(PREDICATES[name])
    if name in FORWARD:
        wanted |= {kernel.near: lambda x: abs(x) < 0.25, kernel.far.holds: beyond_forward}
        wanted |= {kernel.far_float32.holds: beyond_forward}
    for holds, want in wanted.items():
        for x in everywhere(name):
            assert bool(holds(x)) == want(x), (holds.__qualname__, x.hex())


def test_reduced_arguments() -> None:
    for x in everywhere("log_stdplus"):
        tiny = abs(x) < 2.0**-900
        clamped = min(max(x, -40.0), 2.0**64) if x == x else x
        assert bits_of(log_stdplus.reduced(x)) == bits_of(x * 2.0**300 if tiny else clamped)
        assert bits_of(inv_log_stdplus.reduced(x)) == bits_of(x * 2.0**300 if tiny else x)


# Exceptions


def test_exceptions() -> None:
    for x in (1.0, -INF, INF, 1e308):
        for y in (1.0, -INF, INF):
            overflow = exceptions.OVERFLOW if math.isinf(y) and not math.isinf(x) else 0
            assert exceptions.overflow(x, y) == overflow
            assert exceptions.none(x, y) == 0
    assert inv_stdplus.exceptions(0.0, -INF) == exceptions.DIVIDE
    assert inv_stdplus.exceptions(-0.0, -INF) == exceptions.DIVIDE
    assert inv_stdplus.exceptions(-1.0, math.nan) == exceptions.INVALID
    assert inv_stdplus.exceptions(-INF, math.nan) == exceptions.INVALID
    for y in (1.0, 5e-324, INF, math.nan):
        assert inv_stdplus.exceptions(y, 1.0) == 0
    names = {"log_stdplus": exceptions.overflow, "inv_log_stdplus": exceptions.overflow}
    names |= {"inv_stdplus": inv_stdplus.exceptions}
    for name, kernel in KERNELS.items():
        assert kernel.exceptions is names.get(name, exceptions.none)
    assert (exceptions.OVERFLOW, exceptions.DIVIDE, exceptions.INVALID) == (1, 2, 4)


# The functions


@pytest.mark.parametrize("name", KERNELS)
def test_float64_is_correctly_rounded(name: str) -> None:
    """At seams and everywhere."""
    function = KERNELS[name].float64
    xs = np.array(everywhere(name))
    got = np.array([function(float(x)) for x in xs])
    want = exact.rounded(name, xs, np.float64)
    wrong = [bits_of(a) != bits_of(b) for a, b in zip(got, want, strict=True)]
    assert not any(wrong), [v.hex() for v in xs[wrong].tolist()][:3]


@pytest.mark.parametrize("name", KERNELS)
def test_float32_is_correctly_rounded(name: str) -> None:
    function = KERNELS[name].float32
    xs = np.array(everywhere(name)).astype(np.float32)
    xs = np.concatenate([xs, np.array(seam_points(name), np.float32)])
    got = np.array([function(x) for x in xs])
    want = exact.rounded(name, xs, np.float32)
    wrong = [bits_of(a) != bits_of(b) for a, b in zip(got, want, strict=True)]
    assert not any(wrong), [(x.hex(), g, w) for x, g, w in zip(xs, got, want, strict=True)][:3]
