"""A kernel without branches: the routes that a loop over many arguments takes.

A route has three passes, so that a loop can be cut there: `start`, `step` and `finish` hand two or
three float64 from one to the next. All regimes of a route are evaluated and the right one selected.
`inside` is cheap and for most arguments, `fast` cheaper still for float32, `anywhere` right for
every argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from stdplus_ref.source.kernel import Condition, Far, Kernel, Triple
from stdplus_ref.source.operations import Double, Int64, Pair, Single, select
from stdplus_ref.source.pairs import round_odd_scaled, round_scaled


class Short(NamedTuple):
    """The route for most arguments of float64."""

    holds: Condition
    start: Callable[[Double], Pair]
    step: Callable[[Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double], Double]


class ShortSingle(NamedTuple):
    """The route for most arguments of float32: one value from pass to pass, and x anew."""

    holds: Condition
    start: Callable[[Double], Single]
    step: Callable[[Single], Double]
    finish: Callable[[Double, Single, Double], Double]


ShortRoute = TypeVar("ShortRoute", Short, ShortSingle)


class Full(NamedTuple):
    """The route for all arguments."""

    start: Callable[[Double], Triple]
    step: Callable[[Double, Double, Double, Double], Pair]
    finish: Callable[[Double, Double, Double, Double], Double]


class Routes(NamedTuple, Generic[ShortRoute]):
    """All that a loop over one type needs. Results are float64, still to be rounded to float32."""

    short: ShortRoute
    full: Full
    far: Far


def unchanged(x: Double) -> bool:
    """Whether x is NaN, which is its own result."""
    return x != x


def unchanged_odd(x: Double) -> bool:
    """Whether x is NaN or ±0, which are their own results."""
    return (x != x) | (x == 0.0)


def double_routes(kernel: Kernel) -> Routes[Short]:
    """Those of float64."""
    start, step = kernel.inside.start, kernel.inside.step
    short = Short(kernel.inside.holds, start, step, _finish_inside(kernel))
    return Routes(short, _full(kernel, kernel.far, round_scaled), kernel.far)


def single_routes(kernel: Kernel) -> Routes[ShortSingle]:
    """Those of float32."""
    holds, centre, start, elementary, step = kernel.fast
    near = kernel.near

    def finish(x: Double, a: Single, e: Double) -> Double:
        """The result of `step`, or the polynomial where near."""
        return select(near(x), centre(x), step(x, a, e))

    short = ShortSingle(holds, start, elementary, finish)
    return Routes(short, _full(kernel, kernel.far_float32, round_odd_scaled), kernel.far_float32)


def _finish_inside(kernel: Kernel) -> Callable[[Double, Double, Double], Double]:
    """The last pass of the short route of float64."""
    near, centre = kernel.near, kernel.centre

    def finish(x: Double, hi: Double, lo: Double) -> Double:
        """hi + lo, or the sum of the polynomial's pair where near."""
        b, bl = centre(x)
        return select(near(x), b, hi) + select(near(x), bl, lo)

    def finish_odd(x: Double, hi: Double, lo: Double) -> Double:
        """The same, but ±0 for ±0."""
        return select(x == 0.0, x, finish(x, hi, lo))

    return finish_odd if kernel.odd else finish


def _full(kernel: Kernel, far: Far, rounded: Callable[[Double, Double, Int64], Double]) -> Full:
    """The full route with that last rounding."""
    start, step, regime = kernel.anywhere
    is_far, far_value = far
    kept = unchanged_odd if kernel.odd else unchanged

    def finish(x: Double, hi: Double, lo: Double, c: Double) -> Double:
        """The regime of x selected and rounded, or the far value, or x itself."""
        hi, lo, k = regime(x, hi, lo, c)
        y = select(is_far(x), far_value(x), rounded(hi, lo, k))
        return select(kept(x), x, y)

    return Full(start, step, finish)


def evaluate_short(route: Short | ShortSingle) -> Callable[[Double], Double]:
    """The passes of a short route one after another."""
    return _evaluate_single(route) if isinstance(route, ShortSingle) else _evaluate_double(route)


def _evaluate_double(route: Short) -> Callable[[Double], Double]:
    """Those of float64."""
    start, step, finish = route.start, route.step, route.finish

    def evaluate(x: Double) -> Double:
        """The result, if the route holds for x."""
        a, b = start(x)
        a, b = step(x, a, b)
        return finish(x, a, b)

    return evaluate


def _evaluate_single(route: ShortSingle) -> Callable[[Double], Double]:
    """Those of float32."""
    start, step, finish = route.start, route.step, route.finish

    def evaluate(x: Double) -> Double:
        """The result, if the route holds for x."""
        a = start(x)
        return finish(x, a, step(a))

    return evaluate


def evaluate_full(route: Full) -> Callable[[Double], Double]:
    """The passes of a full route one after another."""
    start, step, finish = route

    def evaluate(x: Double) -> Double:
        """The result."""
        a, b, c = start(x)
        a, b = step(x, a, b, c)
        return finish(x, a, b, c)

    return evaluate
