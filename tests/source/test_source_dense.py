"""The source compiled, on points so dense that no fault hides between them.

The first Newton correction v shows how good a start is: a start wrong by 2^-9 somewhere in a window
of width 0.001 makes it 2^-9. The results are compared with NumPy's exp and log, which share nothing
with the source, and the short routes with the full ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stdplus_ref.source import KERNELS
from stdplus_ref.source.fast import exp_fast, solve_fast, start_fast
from stdplus_ref.source.newton import solve, start, start_selected
from stdplus_ref.source.routes import (
    Short,
    double_routes,
    evaluate_full,
    evaluate_short,
    single_routes,
)
from tests.source.compiled import compiled, compiled_pair, differing
from tests.source.points import FORWARD

SPACING = 0.00045
PER_BINADE = 100_000


def first_correction(x: float) -> float:
    kf, f = start(x)
    return solve(x, kf, f).v


def first_correction_selected(x: float) -> float:
    kf, f, _ = start_selected(x)
    return solve(x, kf, f).v


def first_correction_fast(x: float) -> float:
    t0 = start_fast(x)
    return solve_fast(x, t0, exp_fast(t0)).v


def even(low: float, high: float) -> np.ndarray:
    return np.append(np.arange(low, high, SPACING), high)


def by_binade(low: int, high: int) -> np.ndarray:
    """One random point in each of the equal parts of each binade from 2^low to 2^high."""
    rng = np.random.default_rng(1)
    steps = (np.arange(PER_BINADE) + rng.random(PER_BINADE)) / PER_BINADE
    return np.concatenate([np.ldexp(1.0 + steps, k) for k in range(low, high)])


LINE = np.concatenate([even(-40.0, -0.25), even(0.25, 64.0)])


def off_grid(x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """By how much |v| exceeds what the start may err, the grid of t0 and rounding included."""
    start = np.where(x < -3.25, 4.8e-6, np.where(abs(x) < 1.0, 2.0**-21.7, 2.0**-19.2))
    start = np.where(x > 8.0, 2.0**-22, start)
    grid = 2.0**-26 + 2.0**-32
    rounding = 2.0**-52 * (1.0 + x * x) * (x < 0.0) + 2.0**-28 * (abs(x) < 1.0)
    return abs(v) - (start + grid + rounding)


@pytest.mark.parametrize("way", [first_correction, first_correction_selected])
def test_the_start_is_good_everywhere(way: Callable[[float], float]) -> None:
    for x in (LINE, by_binade(6, 64)):
        over = off_grid(x, compiled(way)(x))
        assert over.size > 10**5
        bad = ~(over <= 0.0)
        assert not bad.any(), [v.hex() for v in x[bad][:3]]


def test_the_start_is_better_far_left() -> None:
    """Below −3.25 it lacks e^{2t}/2."""
    x = LINE[LINE < -3.25]
    v = compiled(first_correction)(x)
    missing = np.exp(-(x * x + 1.0)) * 0.5
    assert (abs(v) <= missing * 1.01 + 2.0**-25.99 + 2.0**-52 * x * x).all()


def test_the_fast_start_is_good_everywhere() -> None:
    x = LINE[(LINE >= -26.0) & (LINE <= 8.0)].astype(np.float32).astype(np.float64)
    v = compiled(first_correction_fast)(x)
    start = np.where(x < -3.25, 4.8e-6 + 2.0**-23 * (x * x + 1.0), 2.0**-18.8)
    bad = ~(abs(v) <= start * 1.001 + 2.0**-40)
    assert not bad.any(), [value.hex() for value in x[bad][:3]]


# Against NumPy


def log_by_newton(x: np.ndarray) -> np.ndarray:
    """t of expm1(2t) − 2t = x², by Newton's method from beyond, where it is monotone."""
    with np.errstate(all="ignore"):
        t = np.where(x < 0.0, np.maximum(-(x * x + 1.0) / 2.0, -abs(x)), np.log1p(x * 1.5))
        for _ in range(60):
            t = t - (np.expm1(2.0 * t) - 2.0 * t - x * x) / (2.0 * np.expm1(2.0 * t))
    return t


def by_numpy(name: str, x: np.ndarray) -> np.ndarray:
    """The function by NumPy, to some 12 digits."""
    if name == "inv_stdplus":
        return np.sign(x - 1.0) * np.sqrt((x - 1.0) * (x + 1.0) - 2.0 * np.log(x))
    if name == "inv_log_stdplus":
        return np.sign(x) * np.sqrt(np.expm1(2.0 * x) - 2.0 * x)
    t = log_by_newton(x)
    return {
        "stdplus": lambda: np.exp(t),
        "log_stdplus": lambda: t,
        "stdplus_derivative": lambda: x * np.exp(t) / np.expm1(2.0 * t),
        "log_stdplus_derivative": lambda: x / np.expm1(2.0 * t),
    }[name]()


def lines(name: str) -> np.ndarray:
    if name == "inv_stdplus":
        return np.concatenate(
            [even(0.001, 0.8), even(1.2, 64.0), even(0.82, 0.98), even(1.02, 1.2)]
        )
    if name == "inv_log_stdplus":
        return np.concatenate([even(-60.0, -0.02), even(0.02, 64.0)])
    return np.concatenate([even(-26.0, -0.02), even(0.02, 64.0)])


def by_short(routes: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The short route: between what the result lies, for float32 twice the result."""
    evaluate = evaluate_short(routes.short)
    if isinstance(routes.short, Short):
        return compiled_pair(evaluate)(x)
    y = compiled(evaluate)(x)
    return y, y


ROUTES = {np.float64: double_routes, np.float32: single_routes}
both_types = pytest.mark.parametrize("kind", [np.float64, np.float32], ids=["float64", "float32"])


@both_types
@pytest.mark.parametrize("name", KERNELS)
def test_results_are_those_of_numpy(name: str, kind: Any) -> None:
    """Dense, by the full and, where it holds, the short route."""
    routes = ROUTES[kind](KERNELS[name])
    x = lines(name).astype(kind).astype(np.float64)
    want = by_numpy(name, x)
    checked = compiled(routes.short.holds)(x) > 0.0
    with np.errstate(all="ignore"):
        for full in compiled_pair(evaluate_full(routes.full))(x):
            assert_close(x, full, want)
        assert checked.mean() > 0.1
        for short in by_short(routes, x):
            assert_close(x[checked], short[checked], want[checked])


def assert_close(x: np.ndarray, got: np.ndarray, want: np.ndarray) -> None:
    size = abs(want) > 1e-300
    bad = ~(abs(got - want) <= 2e-9 * abs(want)) & size
    assert size.sum() > 10_000
    assert not bad.any(), [
        (v.hex(), g, w) for v, g, w in zip(x[bad], got[bad], want[bad], strict=True)
    ][:3]


@both_types
@pytest.mark.parametrize("name", KERNELS)
def test_short_routes_have_the_bits_of_the_full_ones(name: str, kind: Any) -> None:
    """Both of what a route ends with, so that the same is left in doubt, and settled alike."""
    routes = ROUTES[kind](KERNELS[name])
    rng = np.random.default_rng(3)
    sizes = rng.choice((-1.0, 1.0), 60_000) * 2.0 ** rng.uniform(-1060, 1000, 60_000)
    around = [rng.normal(0, 4, 60_000), rng.uniform(-50, 50, 60_000), rng.uniform(0.5, 1.5, 60_000)]
    extra = [2.0 ** rng.uniform(-140, 126, 60_000), -(2.0 ** rng.uniform(-140, 126, 60_000))]
    x = np.concatenate([*around, sizes, *extra, [0.0, -0.0]])
    with np.errstate(all="ignore"):
        x = x.astype(kind).astype(np.float64)
        full = compiled_pair(evaluate_full(routes.full))(x)
        sure = compiled(routes.short.holds)(x) > 0
        far = compiled(routes.far.holds)(x) > 0.0
        assert sure.mean() > 0.2
        assert far.sum() > 100
        for short, other in zip(by_short(routes, x), full, strict=True):
            a, b = (y[sure].astype(kind) for y in (short, other))
            np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8))
        for value, other in zip(compiled_pair(routes.far.value)(x[far]), full, strict=True):
            same = (value.astype(kind) == other[far].astype(kind)) | np.isnan(value)
            assert same.all(), x[far][~same][:3]


@both_types
@pytest.mark.parametrize("name", KERNELS)
def test_routes_end_with_neighbours(name: str, kind: Any) -> None:
    """Nearly always with one number twice; of float32 always, of float64 else with two in order."""
    full = compiled_pair(evaluate_full(ROUTES[kind](KERNELS[name]).full))
    x = lines(name).astype(kind).astype(np.float64)
    y, z = full(x)
    apart = differing(y, z)
    if kind is np.float32:
        assert not apart.any()
        return
    assert 0 < apart.mean() < 2.0**-11
    assert (abs(y[apart]) < abs(z[apart])).all()
    np.testing.assert_array_equal(np.nextafter(y[apart], z[apart]), z[apart])


@pytest.mark.parametrize("name", FORWARD)
def test_pairs_are_tight_everywhere(name: str) -> None:
    """hi is the result but for one last place or two, so that lo is a low part."""
    kernel = KERNELS[name]
    step = kernel.inside.step

    def size(x: float) -> float:
        kf, f = start(x)
        hi, lo = step(x, kf, f)
        return abs(lo) / abs(hi)

    x = LINE[(LINE >= -26.0) & (LINE <= 8.0)]
    limit = 2.0**-15 if name.startswith(("stdplus", "log_stdplus")) else 2.0**-50
    assert compiled(size)(x).max() < limit
