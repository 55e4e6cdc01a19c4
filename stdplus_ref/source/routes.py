"""A kernel without branches: the routes that a loop over many arguments takes.

Most arguments take the short one: the polynomial of the centre where near, and else three passes,
so that a loop can be cut there: `start`, `step` and `finish` hand two or three numbers from one to
the next. Where `far` holds the result has a closed form. The full route, in three passes too, is
right for every argument: it evaluates all regimes and selects the right one.

A route ends with two numbers between which the result lies. They are nearly always the same; where
they differ, `settle` decides, for that argument alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from stdplus_ref.source.kernel import Condition, Far, Kernel, Triple
from stdplus_ref.source.operations import Double, Int64, Pair, Single, fma, select
from stdplus_ref.source.pairs import between, differ, round_odd_scaled


class Short(NamedTuple):
    """The route for most arguments of float64."""

    holds: Condition
    start: Callable[[Double], Pair]
    step: Callable[[Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double], Pair]
    near: Condition  # where it is `centre` instead of the three passes
    centre: Callable[[Double], Pair]


class ShortSingle(NamedTuple):
    """The route for most arguments of float32: one value from pass to pass, and x anew."""

    holds: Condition
    start: Callable[[Double], Single]
    step: Callable[[Single], Double]
    finish: Callable[[Double, Single, Double], Double]  # where near, the centre


ShortRoute = TypeVar("ShortRoute", Short, ShortSingle)


class Full(NamedTuple):
    """The route for all arguments."""

    start: Callable[[Double], Triple]
    step: Callable[[Double, Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double, Double], Pair]


class Routes(NamedTuple, Generic[ShortRoute]):
    """All that a loop over one type needs. Results are float64, still to be rounded to float32."""

    short: ShortRoute
    full: Full
    far: Far
    settle: Callable[[Double, Double, Double], Double]  # x and such a pair, where it differs


def unchanged(x: Double) -> bool:
    """Whether x is NaN, which is its own result."""
    return x != x


def unchanged_odd(x: Double) -> bool:
    """Whether x is NaN or ±0, which are their own results."""
    return (x != x) | (x == 0.0)


def first(x: Double, y: Double, z: Double) -> Double:
    """y: for routes that leave no doubt."""
    return y


def never(x: Double) -> bool:
    """False: where a route has no centre."""
    return False


def double_routes(kernel: Kernel) -> Routes[Short]:
    """Those of float64."""
    holds, start, step = kernel.inside
    error = kernel.error

    def finish(x: Double, hi: Double, lo: Double) -> Pair:
        """Between what the pair leaves the result; `between` without a scale."""
        e = error(x)
        return hi + fma(hi, -e, lo), hi + fma(hi, e, lo)

    def rounded(x: Double, hi: Double, lo: Double, k: Int64) -> Pair:
        """Between what the pair leaves the result."""
        return between(hi, lo, k, error(x))

    short = Short(holds, start, step, finish, kernel.near, _centre(kernel, finish))
    return Routes(short, _full(kernel, kernel.far, rounded), kernel.far, kernel.settle)


def single_routes(kernel: Kernel) -> Routes[ShortSingle]:
    """Those of float32."""
    holds, near, centre, start, elementary, step = kernel.fast

    def finish(x: Double, a: Single, e: Double) -> Double:
        """The result of `step`, or the polynomial where near."""
        return select(near(x), centre(x), step(x, a, e))

    def rounded(x: Double, hi: Double, lo: Double, k: Int64) -> Pair:
        """The pair rounded to odd: there is no doubt."""
        y = round_odd_scaled(hi, lo, k)
        return y, y

    short = ShortSingle(holds, start, elementary, finish)
    return Routes(short, _full(kernel, kernel.far_float32, rounded), kernel.far_float32, first)


def _centre(
    kernel: Kernel, finish: Callable[[Double, Double, Double], Pair]
) -> Callable[[Double], Pair]:
    """The polynomial of the short route of float64."""
    pair = kernel.centre

    def centre(x: Double) -> Pair:
        """Between what its pair leaves the result."""
        hi, lo = pair(x)
        return finish(x, hi, lo)

    def centre_odd(x: Double) -> Pair:
        """The same, but ±0 for ±0."""
        y, z = centre(x)
        return select(x == 0.0, x, y), select(x == 0.0, x, z)

    return centre_odd if kernel.odd else centre


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


def evaluate_short(route: Short | ShortSingle) -> Callable[[Double], Any]:
    """The passes of a short route one after another, and the centre."""
    return _evaluate_single(route) if isinstance(route, ShortSingle) else _evaluate_double(route)


def _evaluate_double(route: Short) -> Callable[[Double], Pair]:
    """Those of float64."""
    _, start, step, finish, near, centre = route

    def evaluate(x: Double) -> Pair:
        """Two numbers between which the result lies, if the route holds for x."""
        a, b = start(x)
        a, b = step(x, a, b)
        y, z = finish(x, a, b)
        near_y, near_z = centre(x)
        return select(near(x), near_y, y), select(near(x), near_z, z)

    return evaluate


def _evaluate_single(route: ShortSingle) -> Callable[[Double], Double]:
    """Those of float32."""
    _, start, step, finish = route

    def evaluate(x: Double) -> Double:
        """The result, if the route holds for x."""
        a = start(x)
        return finish(x, a, step(a))

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


def evaluate(routes: Routes[Any]) -> Callable[[Double], Double]:
    """The full route, and the settling of what it leaves in doubt."""
    full, settle = evaluate_full(routes.full), routes.settle

    def result(x: Double) -> Double:
        """The rounded result; of float32, rounded to odd."""
        y, z = full(x)
        if differ(y, z):
            return settle(x, y, z)
        return y

    return result
