"""The start and the step of `newton`: each intermediate against its stated invariant.

Two kinds of statement are checked. What a value stands for: e + el is e^{t0}, the result is
stdplus(x). And by which formula: u = v − q·v² + … in exact arithmetic from the v and q that were
computed, so that a term shows that is too small to be seen in the result.
"""

from __future__ import annotations

import math
import random

import pytest
from flint import arb

from stdplus_ref.source import newton
from stdplus_ref.source.newton import Step
from tests.source.points import (
    STEPS,
    absolute,
    assert_below,
    bits_of,
    draw,
    everywhere,
    few,
    in_regime,
    number,
    real,
    relative,
    seam_points,
    truth,
)

LN2 = arb.const_log2
COUNT = 400
everything = pytest.mark.parametrize("where", STEPS)


def points(where: str, count: int = COUNT) -> list[float]:
    low, high = STEPS[where]
    return in_regime(low, high, count, seed=len(where))


def log_truth(x: float) -> arb:
    return truth("log_stdplus", x)


# Where the regimes lie


def test_predicates_turn_at_the_seams() -> None:
    for x in everywhere("stdplus"):
        assert newton.near(x) == (-0.25 < x < 0.25)
        assert newton.inside(x) == (-26.0 <= x <= 8.0)
        assert newton.beyond(x) == (x < -40.0 or x > 2.0**64)
        clamped = newton.clamp(x)
        assert bits_of(clamped) == bits_of(min(max(x, -40.0), 2.0**64) if x == x else x)


# The start

ROUGH = {
    "−40 … −26": 4.8e-6,
    "−26 … −13": 4.8e-6,
    "−13 … −3.25": 4.8e-6,
    "−3.25 … −1": 2.0**-19.2,
    "−1 … −1/4": 2.0**-21.7,
    "1/4 … 1": 2.0**-21.7,
    "1 … 8": 2.0**-19.2,
}


@pytest.mark.parametrize("where", ROUGH)
def test_rough_inside_is_near(where: str) -> None:
    def error(x: float) -> float:
        return absolute(newton.rough_inside(x), 0.0, log_truth(x))

    assert_below(ROUGH[where], error, points(where, 2000))


def test_rough_inside_lacks_little_on_the_left() -> None:
    """Below −3.25 it is −(x² + 1)/2 rounded; e^{2t}/2 is missing."""

    def error(x: float) -> float:
        t = log_truth(x)
        limit = (2 * t).exp() / 2 + abs(t) * real(2.0**-52)
        return float(abs(real(newton.rough_inside(x)) - t).mid() / limit)

    assert_below(1.002, error, [x for x in points("−13 … −3.25") if x < -3.25])
    assert_below(1.002, error, points("−40 … −26"))


@pytest.mark.parametrize(
    ("low", "high"), [(8.0, 16.0), (16.0, 64.0), (64.0, 1024.0), (1024.0, 2.0**64)]
)
def test_rough_right_is_near(low: float, high: float) -> None:
    def error(x: float) -> float:
        return absolute(newton.rough_right(x), 0.0, log_truth(x))

    assert_below(2.0**-22, error, in_regime(low, high, 800))


def test_rough_right_comes_near_fast() -> None:
    """Three steps divide the error of log x by more than x⁶, up to rounding."""

    def error(x: float) -> float:
        off = absolute(newton.rough_right(x), 0.0, log_truth(x))
        return off / (2.0**-6.0 * math.log(x) * (10.0 / x) ** 6 * 2.0**-18 + 2.0**-51 * math.log(x))

    assert_below(1.0, error, in_regime(8.0, 2000.0, 2000))


@everything
def test_the_start_is_on_its_grid(where: str) -> None:
    for x in points(where):
        kf, f = newton.start(x)
        rough = newton.rough_right(x) if x > 8.0 else newton.rough_inside(x)
        assert kf == int(kf)
        assert f * 2.0**25 == int(f * 2.0**25)
        assert abs(f) <= 0.3466
        assert float(abs(real(kf) * LN2() + real(f) - real(rough)).mid()) <= 2.0**-26 + 2.0**-33
        assert newton.start_selected(x) == (kf, f, kf)
        assert newton.start_clamped(x) == (kf, f, kf)
        if x <= 8.0:
            assert newton.start_inside(x) == (kf, f)


def test_the_start_of_anything_is_that_of_the_next_x() -> None:
    for x in everywhere("stdplus"):
        if not newton.near(x) and x == x:
            assert newton.start_clamped(x)[:2] == newton.start(min(max(x, -40.0), 2.0**64))


# The step


def step_of(x: float) -> tuple[float, float, Step]:
    kf, f = newton.start(x)
    return kf, f, newton.solve(x, kf, f)


@everything
def test_e_and_w(where: str) -> None:
    """e + el = e^{t0}·2^-shift to 2^-65 and |el| ≤ 2^-52·e; w + wl = (e + el)² but for el²."""
    for x in points(where):
        kf, f, s = step_of(x)
        want = real(f).exp() * arb(2) ** newton.kept(kf)
        assert relative(s.e, s.el, want) <= 2.0**-65
        assert abs(s.el) <= 2.0**-52 * s.e
        square = real(s.e, s.el) ** 2
        assert s.w == s.e * s.e
        lost = abs(real(s.w, s.wl) - square).mid()
        assert float(lost) <= 2.0**-103 * s.w + 2.0**-1074, x.hex()  # below −26 w may be 2^-1000


@everything
def test_v_is_the_first_correction(where: str) -> None:
    """v = −F/(2(W − 1)), F of (e + el)² and t0: by parts of the size of low parts, and F's."""
    limit = 0.0
    for x in points(where):
        kf, f, s = step_of(x)
        big = real(s.e, s.el) ** 2
        t0 = real(kf) * LN2() + real(f)
        residual = big - 1 - 2 * t0 - real(x) ** 2
        want = -residual / (2 * (big - 1))
        size = max(s.w, 1.0 + 2.0 * abs(float(t0.mid())))
        allowed = abs(residual) * real(2.0**-50) + real(size * 2.0**-104)
        allowed /= abs(2 * (big - 1))
        limit = max(limit, float((abs(real(s.v) - want) / allowed).mid()))
    assert limit <= 1.0


@everything
def test_g_and_q(where: str) -> None:
    for x in points(where):
        _, _, s = step_of(x)
        want = -1 / (2 * (real(s.w) - 1))
        assert relative(s.g, 0.0, want) <= 2.0**-51.4
        assert absolute(s.q, 0.0, 1 - 2 * real(s.g)) <= 2.0**-52.9 * abs(s.q)


@everything
def test_the_first_correction_is_small(where: str) -> None:
    """|v| < 2^-19 where |q| > 0.1, and no more than the start's error and the grid's elsewhere."""
    rough = ROUGH.get(where, 2.0**-22) + 2.0**-26 + 2.0**-33

    def error(x: float) -> float:
        _, _, s = step_of(x)
        assert abs(s.v) < 2.0**-19 or abs(s.q) <= 0.1
        t = log_truth(x)
        slack = 2.0**-30 * abs(s.q) + 2.0**-53 * abs(float(t.mid()))
        return abs(s.v) / (rough * (1.0 + 2.0**-10) + slack)

    assert_below(1.0, error, points(where, 2000))


def test_kept_and_shift() -> None:
    for k in range(-1200, 100):
        assert newton.kept(float(k)) == max(k, -500)
        assert newton.shift(float(k)) == min(k + 500, 0)
        assert newton.no_shift(float(k)) == 0


def synthetic(seed: int) -> list[Step]:
    """Steps with a v of any size up to 2^-10, and a W of either side of 1."""
    rng = random.Random(seed)
    steps = []
    for _ in range(few(600)):
        e = math.exp(
            rng.choice((rng.uniform(-3, -0.12), rng.uniform(0.12, 3), rng.uniform(-30, 40)))
        )
        el = e * rng.uniform(-1, 1) * 2.0**-54
        w = e * e
        wl = float(((real(e, el) ** 2) - real(w)).mid())
        g = -0.5 / (w - 1.0)
        v = rng.choice((-1, 1)) * 2.0 ** -rng.uniform(10, 30) / max(1.0, abs(1.0 - 2.0 * g))
        steps.append(Step(e, el, v, 1.0 - (g + g), w, wl, g))
    return steps


def growth(s: Step) -> arb:
    """e^u − 1 = v + (1/2 − q)·v² + (2q² − 5q/3 + 1/6)·v³."""
    v, q = real(s.v), real(s.q)
    return v + (arb(1) / 2 - q) * v**2 + (2 * q**2 - 5 * q / 3 + arb(1) / 6) * v**3


def correction(s: Step) -> arb:
    """u = v − q·v² + (2q² − 2q/3)·v³."""
    v, q = real(s.v), real(s.q)
    return v - q * v**2 + (2 * q**2 - 2 * q / 3) * v**3


def real_steps() -> list[Step]:
    return [step_of(x)[2] for where in STEPS for x in points(where, 60)]


def test_exp_step_is_its_formula() -> None:
    def error(s: Step) -> float:
        hi, lo = newton.exp_step(s)
        assert hi == s.e
        change = real(s.e) * growth(s)
        limit = abs(change) * real(2.0**-51.5) + abs(change + real(s.el)) * real(2.0**-52.9)
        return float((abs(real(lo) - change - real(s.el)) / limit).mid())

    assert_below(1.0, error, [*synthetic(3), *real_steps()])


def test_log_step_is_its_formula() -> None:
    def error(s: Step) -> float:
        return relative(newton.log_step(s), 0.0, correction(s))

    steps = [s for s in (*synthetic(4), *real_steps()) if s.v != 0.0]
    assert_below(2.0**-52.8, error, steps)


def test_denominator_is_its_formula() -> None:
    def error(s: Step) -> float:
        u = correction(s)
        change = real(s.w) * (2 * u + 2 * u**2 + arb(4) / 3 * u**3)
        d, dl, _ = newton.denominator(s)
        low = real(s.w, s.wl, -1.0, -d) + change  # what dl should be
        rest = abs(low) + abs(change) + abs(real(s.wl))
        return float((abs(real(dl) - low) / (rest * real(2.0**-51.5))).mid())

    assert_below(1.0, error, [*synthetic(5), *real_steps()])


def test_denominator_inverts_itself() -> None:
    def error(s: Step) -> float:
        d, dl, inverse = newton.denominator(s)
        return relative(inverse, 0.0, 1 / real(d, dl))

    assert_below(2.0**-50, error, real_steps())
    small = [s for s in synthetic(6) if abs(s.v * s.w / (s.w - 1.0)) < 2.0**-18.5]
    assert_below(2.0**-50, error, small)


@everything
def test_the_step_arrives(where: str) -> None:
    """e^{t0 + u}, t0 + u and y² − 1 are those of the solution."""
    for x in points(where):
        kf, f, s = step_of(x)
        t = log_truth(x)
        y = t.exp() * arb(2) ** -newton.shift(kf)
        assert relative(*newton.exp_step(s), y) <= 2.0**-60, x.hex()
        off = real(kf) * LN2() + real(f) + real(newton.log_step(s)) - t
        assert float(abs(off).mid()) <= 2.0**-57 + 2.0**-100 * abs(float(t.mid())), x.hex()
        d, dl, inverse = newton.denominator(s)
        if newton.shift(kf) == 0:
            want = (2 * t).expm1()
            assert relative(d, dl, want) <= 2.0**-60, x.hex()
            assert relative(inverse, 0.0, 1 / want) <= 2.0**-50


# Parts for loops


def test_anywhere_selects_what_it_is_given() -> None:
    def centre(x: float) -> tuple[float, float]:
        return 1000.0 + x, 2000.0 + x

    def step(x: float, a: float, b: float) -> tuple[float, float]:
        return x + a, x + b

    parts = newton.anywhere(centre, step, newton.shift)
    for x in (*seam_points("stdplus"), *draw(-100.0, 100.0, 50)):
        clamped = min(max(x, -40.0), 2.0**64)
        assert parts.start(x) == newton.start_clamped(x)
        assert parts.step(x, 3.0, 4.0, 9.0) == (clamped + 3.0, clamped + 4.0)
        got = parts.regime(x, 5.0, 6.0, -510.0)
        near = -0.25 < x < 0.25
        assert got == ((1000.0 + x, 2000.0 + x, 0) if near else (5.0, 6.0, -10))


def test_a_nan_goes_through_every_part() -> None:
    assert number(2) == real(1.0, 1.0)
    kf, f, _ = newton.start_clamped(math.nan)
    assert kf != kf
    assert f != f
