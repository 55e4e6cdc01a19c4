"""A kernel without branches: the routes that a loop over many arguments takes.

A route has three passes, so that a loop can be cut there: `start`, `step` and `finish` hand two or
three float64 from one to the next. All regimes of a route are evaluated and the right one selected.
`inside` is cheap and for most arguments, `fast` cheaper still for float32, `anywhere` right for every
argument. A route ends with two numbers between which the result lies. They are nearly always the
same; where they differ, `settle` decides, for that argument alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from stdplus_ref.source.fast import FAST_ERROR
from stdplus_ref.source.kernel import Condition, Far, Kernel, Triple
from stdplus_ref.source.operations import Double, Int64, Pair, fma, select
from stdplus_ref.source.pairs import between, differ, round_odd_scaled


class Short(NamedTuple):
    """The route for most arguments."""

    holds: Condition
    start: Callable[[Double], Pair]
    step: Callable[[Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double], Pair]


class Full(NamedTuple):
    """The route for all arguments."""

    start: Callable[[Double], Triple]
    step: Callable[[Double, Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double, Double], Pair]


class Routes(NamedTuple):
    """All that a loop over one type needs. Results are float64, still to be rounded to float32."""

    short: Short
    full: Full
    far: Far
    settle: Callable[[Double, Double, Double], Double]  # x and such a pair, where its numbers differ


def unchanged(x: Double) -> bool:
    """Whether x is NaN, which is its own result."""
    return x != x


def unchanged_odd(x: Double) -> bool:
    """Whether x is NaN or ±0, which are their own results."""
    return (x != x) | (x == 0.0)


def double_routes(kernel: Kernel) -> Routes:
    """Those of float64."""
    start, step = kernel.inside.start, kernel.inside.step
    short = Short(kernel.inside.holds, start, step, _finish_inside(kernel))
    error = kernel.error

    def rounded(x: Double, hi: Double, lo: Double, k: Int64) -> Pair:
        """Between what the pair leaves the result."""
        return between(hi, lo, k, error(x))

    full = _full(kernel, kernel.far, rounded)
    return Routes(short, full, kernel.far, kernel.settle)


def single_routes(kernel: Kernel) -> Routes:
    """Those of float32."""
    centre, near, start, step = kernel.fast.centre, kernel.near, kernel.fast.start, kernel.fast.step

    def keep_step(x: Double, a: Double, b: Double) -> Pair:
        """`step`, and b: a pass with one value to hand on leaves the other as it is."""
        return step(x, a, b), b

    def finish(x: Double, y: Double, _: Double) -> Pair:
        """What y, or the polynomial where near, may have been."""
        y = select(near(x), centre(x), y)
        return fma(y, -FAST_ERROR, y), fma(y, FAST_ERROR, y)

    def rounded(x: Double, hi: Double, lo: Double, k: Int64) -> Pair:
        """The pair rounded to odd: there is no doubt."""
        y = round_odd_scaled(hi, lo, k)
        return y, y

    short = Short(kernel.fast.holds, start, keep_step, finish)
    full = _full(kernel, kernel.far_float32, rounded)
    decide = evaluate_full(full)

    def settle(x: Double, y: Double, z: Double) -> Double:
        """The result by the full route."""
        y, _ = decide(x)
        return y

    return Routes(short, full, kernel.far_float32, settle)


def _finish_inside(kernel: Kernel) -> Callable[[Double, Double, Double], Pair]:
    """The last pass of the short route of float64."""
    near, centre, error = kernel.near, kernel.centre, kernel.error

    def finish(x: Double, hi: Double, lo: Double) -> Pair:
        """Between what the pair, or the polynomial's where near, leaves the result."""
        b, bl = centre(x)
        hi, lo = select(near(x), b, hi), select(near(x), bl, lo)
        e = error(x)
        return hi + fma(hi, -e, lo), hi + fma(hi, e, lo)

    def finish_odd(x: Double, hi: Double, lo: Double) -> Pair:
        """The same, but ±0 for ±0."""
        y, z = finish(x, hi, lo)
        return select(x == 0.0, x, y), select(x == 0.0, x, z)

    return finish_odd if kernel.odd else finish


def _full(
    kernel: Kernel, far: Far, rounded: Callable[[Double, Double, Double, Int64], Pair]
) -> Full:
    """The full route with that last rounding."""
    start, step, regime = kernel.anywhere
    is_far, far_value = far
    kept = unchanged_odd if kernel.odd else unchanged

    def finish(x: Double, hi: Double, lo: Double, c: Double) -> Pair:
        """The regime of x selected and rounded, or the far value, or x itself."""
        hi, lo, k = regime(x, hi, lo, c)
        y, z = rounded(x, hi, lo, k)
        far_y, far_z = far_value(x)
        y, z = select(is_far(x), far_y, y), select(is_far(x), far_z, z)
        return select(kept(x), x, y), select(kept(x), x, z)

    return Full(start, step, finish)


def evaluate_short(route: Short) -> Callable[[Double], Pair]:
    """The passes of a short route one after another."""
    start, step, finish = route.start, route.step, route.finish

    def evaluate(x: Double) -> Pair:
        """Two numbers between which the result lies, if the route holds for x."""
        a, b = start(x)
        a, b = step(x, a, b)
        return finish(x, a, b)

    return evaluate


def evaluate_full(route: Full) -> Callable[[Double], Pair]:
    """The passes of a full route one after another."""
    start, step, finish = route

    def evaluate(x: Double) -> Pair:
        """Two numbers between which the result lies."""
        a, b, c = start(x)
        a, b = step(x, a, b, c)
        return finish(x, a, b, c)

    return evaluate


def evaluate(routes: Routes) -> Callable[[Double], Double]:
    """The full route, and the settling of what it leaves in doubt."""
    full, settle = evaluate_full(routes.full), routes.settle

    def result(x: Double) -> Double:
        """The rounded result; of float32, rounded to odd."""
        y, z = full(x)
        if differ(y, z):
            return settle(x, y, z)
        return y

    return result
