"""The abstract float: every value that a variable of the source takes on a piece of the line.

A `Number` is a model of its exact value, and what decides whether an operation rounds: the grid it
lies on (it is a multiple of 2^grid), its format (53 or 24 bits), and where it came from. `rounded`
is the one place where a rounding error is born: ε times half a last place, a new ε each time.

Near a zero of the function absolute errors are of no use. There a number may be *over* a unit: its
model is that of value/X, X being a variable that the piece declares, such as x itself.
"""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from derivations.proof.model import Model, Unbounded, constant, error

DOUBLE, SINGLE = 53, 24  # bits
LEAST_GRID = {DOUBLE: -1074, SINGLE: -149}  # 2^that is the least float
LEAST_NORMAL = {DOUBLE: -1022, SINGLE: -126}
TOO_LARGE = {DOUBLE: arb(2**1024 - 2**970), SINGLE: arb(2**128 - 2**103)}
UNKNOWN = -(10**9)  # the grid of a real number

_ids = itertools.count()
births: dict[int, tuple[str, int]] = {}
"""For every ε the function and line of the source where it was born."""


class Undecided(Exception):
    """A question without one answer on the piece; `cut` is where the argument should be cut."""

    def __init__(self, message: str, cut: float | None = None) -> None:
        super().__init__(message)
        self.cut = cut


@dataclass(frozen=True, eq=False)
class Unit:
    """A variable X that models are over, or a power of it: its model, and bounds of its size."""

    model: Model | None
    least: Any
    most: Any
    origin: Unit | None = None  # the X of which this is
    power: float = 1.0

    def raised(self, power: float) -> Unit:
        """X^power, for −1 and ½."""
        ends = (
            [self.least.sqrt(), self.most.sqrt()]
            if power == 0.5
            else [1 / self.most, 1 / self.least]
        )
        low, high = arb(ends[0].lower()), arb(ends[1].upper())
        return Unit(None, low, high, self, power)


class Number:
    """A float of the source on a piece."""

    __slots__ = ("_box", "bits", "ends", "grid", "minus", "model", "source", "unit")
    __array_ufunc__ = None  # numpy's scalars leave operations to this class

    def __init__(
        self,
        model: Model,
        grid: int = UNKNOWN,
        bits: int = DOUBLE,
        source: tuple[Any, ...] = (),
        unit: Unit | None = None,
        ends: tuple[float, float] | None = None,
    ) -> None:
        self.model, self.bits, self.source, self.unit = model, bits, source, unit
        self.grid = max(grid, LEAST_GRID[bits])
        self.ends = ends  # of an argument: the least and the greatest float of the piece
        self.minus: tuple[float, Number] | None = None  # (c, self − c), if that is known
        self._box: Any = None

    # Its size

    @property
    def box(self) -> Any:
        """A ball that contains its values."""
        if self._box is None:
            if self.ends is not None:
                self._box = arb(self.ends[0]).union(arb(self.ends[1]))
            else:
                self._box = plain(self).interval()
        return self._box

    @property
    def lower(self) -> Any:
        return arb(self.ends[0]) if self.ends else self.box.lower()

    @property
    def upper(self) -> Any:
        return arb(self.ends[1]) if self.ends else self.box.upper()

    @property
    def size(self) -> Any:
        """A bound of |value|."""
        if self.ends:
            return arb(max(map(abs, self.ends)))
        if self.unit:
            return self.model.size * self.unit.most
        return arb(self.box.abs_upper())

    @property
    def low(self) -> Any:
        """A lower bound of |value|."""
        if self.ends:
            least, most = self.ends
            return arb(0) if least <= 0.0 <= most else arb(min(abs(least), abs(most)))
        if self.unit:
            return self.model.low * self.unit.least
        return arb(self.box.abs_lower())

    # Python's operators, bound to the operations in `arithmetic`

    def __neg__(self) -> Any:
        return _arithmetic().negative(self)

    def __add__(self, other: Any) -> Any:
        return _arithmetic().add(self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _arithmetic().add(self, _arithmetic().negative(other))

    def __rsub__(self, other: Any) -> Any:
        return _arithmetic().add(other, _arithmetic().negative(self))

    def __mul__(self, other: Any) -> Any:
        return _arithmetic().mul(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _arithmetic().div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _arithmetic().div(other, self)

    def __abs__(self) -> Any:
        return _arithmetic().absolute(self)

    def __lt__(self, other: Any) -> Any:
        return _arithmetic().less(self, other)

    def __gt__(self, other: Any) -> Any:
        return _arithmetic().less(other, self)

    def __le__(self, other: Any) -> Any:
        return _arithmetic().less_or_equal(self, other)

    def __ge__(self, other: Any) -> Any:
        return _arithmetic().less_or_equal(other, self)

    def __eq__(self, other: object) -> Any:
        return _arithmetic().equal(self, other)

    def __ne__(self, other: object) -> Any:
        return _arithmetic().unequal(self, other)

    __hash__ = None  # type: ignore[assignment]


def _arithmetic() -> Any:
    from derivations.proof import arithmetic

    return arithmetic


def plain(a: Number) -> Model:
    """The model of the value itself."""
    if a.unit is None:
        return a.model
    if a.unit.model is None:
        raise Unbounded("a number over a unit without a model")
    return a.model * a.unit.model


def exponent(size: Any) -> int:
    """⌊log2 size⌋ for a size that is not 0."""
    mantissa, power = arb(size).man_exp()
    return int(power) + int(mantissa).bit_length() - 1


def grid_of(value: float) -> int:
    """The largest g such that the float is a multiple of 2^g."""
    if value == 0.0:
        return 10**6
    numerator, denominator = float(value).as_integer_ratio()
    return (numerator & -numerator).bit_length() - denominator.bit_length()


def format_of(*operands: Any) -> int:
    """The bits of the operands' common format."""
    found = {
        a.bits if isinstance(a, Number) else SINGLE if isinstance(a, np.float32) else DOUBLE
        for a in operands
    }
    if len(found) != 1:
        raise TypeError("an operation on float32 and float64 at once")
    return found.pop()


def lifted(a: Any, bits: int) -> Number:
    """A float as a Number."""
    if isinstance(a, Number):
        return a
    value = float(a)
    if not math.isfinite(value):
        raise OverflowError("an infinite operand")
    return Number(constant(value), grid_of(value), bits, ("constant", value), None, (value, value))


def _birth() -> int:
    """A new ε, named after the line of the source that rounds."""
    index, frame = next(_ids), sys._getframe(2)
    while "derivations" in frame.f_code.co_filename and frame.f_back is not None:
        frame = frame.f_back
    births[index] = (frame.f_code.co_name, frame.f_lineno)
    return index


def rounded(
    model: Model, grid: int, bits: int, source: tuple[Any, ...], unit: Unit | None = None
) -> Any:
    """A value rounded to nearest: exact if it fits the format, else with a new ε.

    A multiple of 2^grid, if that is no finer than the format's least number, fits if it is at most
    2^(grid + bits). Half a last place is never below half the least float, so that underflow is
    charged. What was dropped so far joins the new ε: so named, it cancels where the value does. The
    rounded value is a multiple of 2^grid still (both grids are powers of two), and of the last
    place of the least size it can have.
    """
    most, least = (unit.most, unit.least) if unit else (arb(1), arb(1))
    size = model.size * most
    if not size < TOO_LARGE[bits]:
        from derivations.proof.truth import Top

        return Top("an overflow")
    if grid >= LEAST_GRID[bits] and size <= arb(2) ** (grid + bits):
        return Number(model, grid, bits, source, unit)
    if not size > 0:
        return Number(model, grid, bits, source, unit)
    low = arb((model.low * least).lower())
    normal = low >= arb(2) ** LEAST_NORMAL[bits]
    if unit:
        half = model.size * arb(2) ** -bits
        if not normal:
            half = half + arb(2) ** (LEAST_GRID[bits] - 1) / least
    else:
        half = arb(2) ** max(exponent(size) - bits, LEAST_GRID[bits] - 1)
    if low > 0:
        grid = max(grid, exponent(low) - bits + 1)
    centred, dropped = model.centred()
    return Number(centred + error(_birth(), half + dropped), grid, bits, source, unit)
