"""The fast path of float32: each function as good as it says, the hardest arguments right."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from flint import arb

from stdplus_ref import exact
from stdplus_ref.source import KERNELS, fast
from stdplus_ref.source.fast import FastStep
from stdplus_ref.source.kernel import Kernel
from tests.source.points import (
    absolute,
    assert_below,
    bits_of,
    everywhere,
    few,
    in_regime,
    neighbours_single,
    real,
    relative,
    to_single,
    truth,
)

STARTS = {
    (-26.0, -13.0): 4.8e-6,
    (-13.0, -3.25): 4.8e-6,
    (-3.25, -1.0): 2.0**-18.8,
    (-1.0, -0.25): 2.0**-18.8,
    (0.25, 1.0): 2.0**-18.8,
    (1.0, 8.0): 2.0**-18.8,
}
everything = pytest.mark.parametrize("ends", STARTS)


def points(ends: tuple[float, float], count: int = 1000) -> list[float]:
    edges = [x for end in ends for x in neighbours_single(end) if ends[0] <= x <= ends[1]]
    return [*edges, *to_single(in_regime(*ends, count))]


def test_inside_fast_turns_at_the_seams() -> None:
    for x in everywhere("stdplus"):
        assert fast.inside_fast(x) == (-13.0 <= x <= 8.0)


def test_exp_fast_is_good_to_2_46() -> None:
    rng = random.Random(2)
    halves = [
        (k + 0.5) * math.log(2.0) + off for k in range(-480, 480, 7) for off in (-1e-12, 1e-12)
    ]
    ts = [*halves, *(rng.uniform(-349.0, 349.0) for _ in range(few(1000))), 0.0]
    ts += [rng.uniform(-1.0, 1.0) for _ in range(few(1000))]

    def error(t: float) -> float:
        a = np.float32(t)
        t = float(a)
        k = fast.nearest(t) - 6755399441055744.0
        assert abs(k * math.log(2.0) - t) <= 0.34658
        return relative(fast.exp_fast(a), 0.0, real(t).exp())

    assert_below(2.0**-46.0, error, ts)
    assert_below(2.0**-47.6, error, [t for t in ts if abs(t) <= 40.0])


@everything
def test_the_start_is_near(ends: tuple[float, float]) -> None:
    def error(x: float) -> float:
        t0 = fast.start_fast(x)
        assert isinstance(t0, np.float32)
        assert abs(t0) > 0.16
        t = truth("log_stdplus", x)
        rounding = 2.0**-23 * abs(float(t.mid())) if ends[1] <= -3.25 else 0.0
        return absolute(float(t0), 0.0, t) / (STARTS[ends] + rounding)

    assert_below(1.0, error, points(ends, 2000))


def test_the_start_is_within_its_rounding_far_left() -> None:
    """Below −5 nothing but the rounding of −(x² + 1)/2 in float32 is left."""

    def error(x: float) -> float:
        return relative(float(fast.start_fast(x)), 0.0, truth("log_stdplus", x))

    assert_below(2.0**-23.0, error, [x for x in points((-26.0, -5.0)) if x <= -5.0])


def step_of(x: float) -> FastStep:
    t0 = fast.start_fast(x)
    return fast.solve_fast(x, t0, fast.exp_fast(t0))


@everything
def test_the_step_is_its_formulas(ends: tuple[float, float]) -> None:
    """v = F·g, g = −1/(2(w − 1)), w = e²: F from the same w, e² from e^{t0}."""
    for x in points(ends, 300):
        s = step_of(x)
        t0 = real(s.t0)
        assert relative(s.e, 0.0, t0.exp()) <= 2.0**-45
        assert s.w == s.e * s.e
        assert s.v2 == s.v * s.v
        assert relative(s.g, 0.0, -1 / (2 * (real(s.w) - 1))) <= 2.0**-51.4
        residual = real(s.w) - 1 - 2 * t0 - real(x) ** 2
        size = max(s.w, 1e-30) * 2.0**-52 + abs(residual) * real(2.0**-52)
        assert float((abs(real(s.v) - residual * real(s.g)) / (size * abs(real(s.g)))).mid()) <= 1.0


@everything
def test_the_first_correction_is_small(ends: tuple[float, float]) -> None:
    """|v| stays near the start's error, 2^-18.8 at most, or a float32 rounding of t0."""

    def error(x: float) -> float:
        s = step_of(x)
        rounding = 2.0**-23 * abs(s.t0) if ends[1] <= -3.25 else 0.0
        return abs(s.v) / ((STARTS[ends] + rounding) * (1.0 + 2.0**-10) + 2.0**-42)

    assert_below(1.0, error, points(ends, 2000))


def synthetic(seed: int) -> list[FastStep]:
    """Steps with a v up to 2^-8, so that every term counts."""
    rng = random.Random(seed)
    steps = []
    for _ in range(few(600)):
        t0 = float(np.float32(rng.choice((rng.uniform(-3, -0.2), rng.uniform(0.2, 2)))))
        e = math.exp(t0)
        w = e * e
        v = rng.choice((-1, 1)) * 2.0 ** -rng.uniform(8, 20)
        steps.append(FastStep(t0, v, v * v, e, w, -0.5 / (w - 1.0)))
    return steps


def test_the_ends_of_the_step_are_their_formulas() -> None:
    def log_error(s: FastStep) -> float:
        v, q = real(s.v), 1 - 2 * real(s.g)
        return relative(fast.log_fast(s), 0.0, v - q * v**2)

    def exp_error(s: FastStep) -> float:
        v, q = real(s.v), 1 - 2 * real(s.g)
        return relative(fast.exp_step_fast(s), 0.0, real(s.e) * (1 + v + (arb(1) / 2 - q) * v**2))

    assert_below(2.0**-51.5, log_error, synthetic(3))
    assert_below(2.0**-51.9, exp_error, synthetic(3))


def test_reciprocal_fast_is_its_formula() -> None:
    """1/(y² − 1) of y² = w·e^{2u}, u = v − q·v², e^{2u} − 1 = 2u + 2u²."""

    def error(s: FastStep) -> float:
        v, q = real(s.v), 1 - 2 * real(s.g)
        u = v - q * v**2
        d = real(s.w) * (1 + 2 * u + 2 * u**2) - 1
        r = abs(1 - d / (real(s.w) - 1))  # Newton's step for the inverse leaves r³
        if float(r) > 2.0**-6:
            return 0.0
        off = abs(real(fast.reciprocal_fast(s)) * d - 1)
        allowed = r**3 * 2 + real(2.0**-50) / abs(d) * max(1.0, s.w) + real(2.0**-50)
        return float((off / allowed).mid())

    assert_below(1.0, error, synthetic(4))


# The six fast paths

# Regions, and the errors proved for them in docs/error-budget.md, in last places of float64.
PATHS = {
    "stdplus": ((-13.0, -3.25, 69), (-3.25, -0.25, 35), (0.25, 1.0, 18), (1.0, 8.0, 18)),
    "log_stdplus": ((-26.0, -3.25, 2), (-3.25, -0.25, 112), (0.25, 1.0, 143), (1.0, 8.0, 143)),
    "stdplus_derivative": (
        (-13.0, -3.25, 77),
        (-3.25, -0.25, 151),
        (0.25, 1.0, 170),
        (1.0, 8.0, 170),
    ),
    "log_stdplus_derivative": (
        (-26.0, -3.25, 8),
        (-3.25, -0.25, 148),
        (0.25, 1.0, 125),
        (1.0, 8.0, 125),
    ),
    "inv_stdplus": ((2.0**-100, 0.8, 22), (0.01, 0.8, 22), (1.2, 4.0, 73), (4.0, 2.0**99, 73)),
    "inv_log_stdplus": (
        (-40.0, -1.0, 20),
        (-1.0, -0.375, 20),
        (0.375, 1.0, 53),
        (1.0, 40.0, 53),
    ),
}
CENTRES = {
    "stdplus": (-0.25, 0.25, 2.0**-50.1),
    "log_stdplus": (-0.25, 0.25, 2.0**-50.6),
    "stdplus_derivative": (-0.25, 0.25, 2.0**-50.4),
    "log_stdplus_derivative": (-0.25, 0.25, 2.0**-48.5),
    "inv_stdplus": (0.8, 1.2, 2.0**-49.7),
    "inv_log_stdplus": (-0.375, 0.375, 2.0**-51.3),
}

# Wrong with all coefficients rounded to nearest; see `derivations.coefficients._nudges`.
HARDEST = {
    "stdplus": (),
    "log_stdplus": ("0x1.2a2f6p-2", "0x1.1ceb24p-20", "0x1.5fe6fep+0"),
    "stdplus_derivative": ("-0x1.0df6ccp-22", "-0x1.451666p-1", "-0x1.bfd87p+2"),
    "log_stdplus_derivative": ("-0x1.51c7d6p-17", "0x1.fd90c4p-15"),
    "inv_stdplus": ("0x1.64f516p-32", "0x1.3cf3e8p-101", "0x1.a91072p-115"),
    "inv_log_stdplus": ("0x1.1f295cp-41", "0x1.e81c78p-49", "0x1.118946p-34"),
}


@pytest.mark.parametrize("name", HARDEST)
def test_the_hardest_arguments_round_correctly(name: str) -> None:
    for x in map(float.fromhex, HARDEST[name]):
        single = np.float32(x)
        assert single == x
        assert KERNELS[name].float32(single) == exact.rounded(name, single, np.float32)


def by_passes(kernel: Kernel, x: float) -> float:
    """The fast path but for its centre."""
    a = kernel.fast.start(x)
    return kernel.fast.step(x, a, kernel.fast.elementary(a))


def places(y: float, value: arb) -> float:
    """The error in last places of the value."""
    return absolute(y, 0.0, value) / 2.0 ** (math.frexp(float(value.mid()))[1] - 53)


@pytest.mark.parametrize("name", PATHS)
def test_the_fast_paths_keep_to_their_budgets(name: str) -> None:
    kernel = KERNELS[name]

    def error(x: float) -> float:
        return places(by_passes(kernel, x), truth(name, x))

    for low, high, budget in PATHS[name]:
        xs = [
            x for x in points((low, high), 800) if kernel.fast.holds(x) and not kernel.fast.near(x)
        ]
        assert_below(budget, error, xs)


@pytest.mark.parametrize("name", CENTRES)
def test_the_fast_centres_are_as_good_as_they_say(name: str) -> None:
    kernel = KERNELS[name]
    low, high, limit = CENTRES[name]

    def error(x: float) -> float:
        return relative(kernel.fast.centre(x), 0.0, truth(name, x))

    at = 1.0 if name == "inv_stdplus" else 0.0
    xs = [x for x in points((low, high), 1200) if kernel.fast.near(x) and x != at]
    xs += [at + (x - at) * 2.0**-k for x in xs[:40] for k in (3, 8, 20)]
    assert_below(limit, error, xs)


@pytest.mark.parametrize("name", KERNELS)
def test_the_fast_path_holds_where_it_says(name: str) -> None:
    holds = KERNELS[name].fast.holds
    tiny = 2.0**-125
    want = {
        "stdplus": lambda x: -13.0 <= x <= 8.0,
        "stdplus_derivative": lambda x: -13.0 <= x <= 8.0,
        "log_stdplus_derivative": lambda x: -26.0 <= x <= 8.0,
        "log_stdplus": lambda x: -26.0 <= x <= 8.0 and (abs(x) >= tiny or x == 0.0),
        "inv_stdplus": lambda y: 2.0**-100 <= y < 2.0**100,
        "inv_log_stdplus": lambda t: -40.0 <= t <= 40.0 and (abs(t) >= tiny or t == 0.0),
    }[name]
    for x in everywhere(name):
        assert bool(holds(x)) == want(x), x.hex()


def test_the_centres_of_the_inverses_end_elsewhere() -> None:
    """Further out than those of float64."""
    ends = {"inv_stdplus": (0.15, 0.2, 1.0), "inv_log_stdplus": (0.25, 0.375, 0.0)}
    for name, (end, end_fast, at) in ends.items():
        kernel = KERNELS[name]
        for size in (end, end_fast):
            for x in (
                at + s * size * (1 + off) for s in (-1, 1) for off in (-(2.0**-40), 2.0**-40)
            ):
                assert kernel.near(x) == (abs(x - at) < end)
                assert kernel.fast.near(x) == (abs(x - at) < end_fast)


@pytest.mark.parametrize("name", KERNELS)
def test_the_two_ways_through_the_fast_path_agree(name: str) -> None:
    """`regime_fast` of the function file and the parts of its `Kernel`."""
    kernel = KERNELS[name]
    regime_fast = kernel.float32.__globals__["regime_fast"]
    checked = 0
    for x in to_single(everywhere(name)):
        if kernel.fast.holds(x):
            checked += 1
            want = kernel.fast.centre(x) if kernel.fast.near(x) else by_passes(kernel, x)
            assert bits_of(regime_fast(x)) == bits_of(want)
    assert checked > 40
