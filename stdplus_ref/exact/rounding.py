"""Correctly rounded values (to nearest, ties to even) in float16, bfloat16, float32 and float64.

Method       An enclosure is made tighter until both of its ends round to the same number. That
             ends: apart from the exact cases of `special_value` every value is transcendental, so
             none is a number of the format or half-way between two.
Near misses  Three tails come nearer to half-way cases than any affordable precision can tell, as
             the difference is of size e^{−x²}. There the sign of the difference decides:
               log_stdplus(x)            is just above −(x² + 1)/2      for x ≤ −32,
               log_stdplus_derivative(x) is just above −x               for x ≤ −32,
               inv_log_stdplus(t)        is just below −√(−1 − 2t)      for t ≤ −256.
             log_stdplus(−94906268) is such a case: x² + 1 is odd and has 54 bits.
Far ends     stdplus and its derivative are below 2^−11000 for x ≤ −128, inv_log_stdplus is above
             2^2900 for t ≥ 2048: 0 and ∞ in every format.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from stdplus_ref.exact._numbers import (
    NotANumber,
    Real,
    check_name,
    is_negative,
    parse,
    special_value,
)
from stdplus_ref.exact.intervals import enclose, working_precision


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format: bits of precision and the exponents of its normal numbers."""

    precision: int
    min_exponent: int
    max_exponent: int

    def quantum(self, exponent: int) -> int:
        """log₂ of the spacing of the numbers in [2^exponent, 2^(exponent+1)): of one ULP."""
        return max(exponent, self.min_exponent) - self.precision + 1


FORMATS = {
    "float16": Format(11, -14, 15),
    "bfloat16": Format(8, -126, 127),
    "float32": Format(24, -126, 127),
    "float64": Format(53, -1022, 1023),
}

_FIRST_BITS = 24  # beyond the format's own: undecided once in 2²³
_ODD_AT_ZERO = ("log_stdplus", "inv_log_stdplus")
_GRID = -100  # log₂ of the grid on which the tails are decided, see `_tail`


def rounded(name: str, x: Any, dtype: Any) -> Any:
    """One of the six functions, correctly rounded to a floating-point type.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    x : real number or array of real numbers
        Taken exactly, whatever its type; not rounded to `dtype` first.
    dtype : dtype
        numpy.float16, ml_dtypes.bfloat16 (or ``"bfloat16"``), numpy.float32 or numpy.float64.

    Returns
    -------
    scalar or numpy.ndarray
        Of type `dtype` and the shape of x, rounded to nearest, ties to even, with gradual underflow
        and overflow to infinity. NaN and the infinities, −0 and y < 0 give what the table of
        special values of the library says; nothing warns.

    Raises
    ------
    TypeError
        Another dtype, or an x that is not real.
    ValueError
        Unknown name.
    """
    check_name(name)
    target = _dtype(dtype)
    fmt = FORMATS[target.name]
    if isinstance(x, (np.ndarray, list, tuple)):
        array = np.asarray(x)
        values = [_round(name, element, fmt) for element in _elements(array)]
        return np.array(values, dtype=np.float64).reshape(array.shape).astype(target)
    return target.type(_round(name, x, fmt))


def ulp_error(name: str, x: Any, got: Any) -> np.ndarray:
    """The signed error of computed values in units in the last place (ULP).

    Parameters
    ----------
    name : str
        One of `NAMES`.
    x, got : array_like
        Arguments and computed values: same shape, same dtype (one of the four of `rounded`).

    Returns
    -------
    numpy.ndarray of float64
        (got − true)/ulp, where one ULP is the spacing of numbers in the binade of the correctly
        rounded value, subnormals included; so a correctly rounded value has an error of at most ½.
        +inf where `got` is of another kind than the correctly rounded value (NaN, infinite,
        finite), 0 where both are NaN or the same infinity. Signs of zeros are not compared.

    Raises
    ------
    TypeError
        Types that differ or are not among the four.
    ValueError
        Unknown name, or shapes that differ.
    """
    check_name(name)
    x, got = np.asarray(x), np.asarray(got)
    if x.shape != got.shape:
        raise ValueError(f"x and got must have one shape, got {x.shape} and {got.shape}")
    if x.dtype != got.dtype:
        raise TypeError(f"x and got must have one dtype, got {x.dtype} and {got.dtype}")
    fmt = FORMATS[_dtype(got.dtype).name]
    pairs = zip(_elements(x), _elements(got), strict=True)
    return np.array([_error(name, a, b, fmt) for a, b in pairs], dtype=np.float64).reshape(x.shape)


def _dtype(dtype: Any) -> np.dtype[Any]:
    """The dtype object; ml_dtypes is imported only if bfloat16 is asked for by its name."""
    if isinstance(dtype, str) and dtype == "bfloat16":
        try:
            import ml_dtypes
        except ImportError as error:
            raise ImportError("bfloat16 needs ml_dtypes: pip install ml_dtypes") from error
        dtype = ml_dtypes.bfloat16
    target: np.dtype[Any] | None
    try:
        target = np.dtype(dtype)
    except TypeError:
        target = None
    if dtype is None or target is None or target.name not in FORMATS:
        raise TypeError(f"dtype must be one of {', '.join(FORMATS)}; got {dtype!r}")
    return target


def _elements(array: np.ndarray) -> list[Any]:
    """The elements as Python numbers of the same value."""
    if array.dtype.name in FORMATS:
        with np.errstate(invalid="ignore"):  # a signalling NaN of bfloat16 raises the flag
            array = array.astype(np.float64)
    elif array.dtype.kind == "c":
        raise TypeError(f"x must be real, got an array of {array.dtype}")
    flat: list[Any] = array.ravel().tolist() if array.dtype.kind in "fiu" else list(array.flat)
    return flat


def _round(name: str, x: Any, fmt: Format) -> float:
    """The rounded value as a float64, which holds the numbers of all four formats."""
    return _round_and_value(name, x, fmt)[0]


def _round_and_value(name: str, x: Any, fmt: Format) -> tuple[float, arb]:
    """The rounded value, and the true one to better than 2^−20 ULP."""
    if isinstance(x, np.generic) and x.dtype.name in FORMATS:
        x = float(x)
    if isinstance(x, float) and x != x:
        return x, arb(x)
    try:
        argument = parse(x)
    except NotANumber:
        return math.nan, arb.nan()
    if name == "inv_stdplus" and is_negative(argument):
        return math.nan, arb.nan()
    special = special_value(name, argument)
    if special == 0 and name in _ODD_AT_ZERO:
        return _zero_like(x), arb(0)
    if special is not None:
        return special, arb(special)
    assert isinstance(argument, Real)
    end = _far_end(name, argument)
    if end is not None:
        return end, arb(end)
    cell = _tail(name, argument)
    if cell is not None:
        return _nearest(cell, _GRID - 1, fmt), arb((cell, _GRID - 1))
    return _round_transcendental(name, argument, fmt)


def _zero_like(x: Any) -> float:
    """The zero of the sign of x, a zero of any type; text may be "-0x0" or "-0/5"."""
    if isinstance(x, str):
        return -0.0 if x.strip().startswith("-") else 0.0
    return math.copysign(0.0, float(x))


def _round_transcendental(name: str, x: Real, fmt: Format) -> tuple[float, arb]:
    bits = fmt.precision + _FIRST_BITS
    while True:
        ball = enclose(name, x, bits)
        value = _decide(ball, bits, fmt)
        if value is not None:
            return value, ball
        bits *= 2


def _decide(ball: arb, bits: int, fmt: Format) -> float | None:
    """The number that all of the ball rounds to, or None."""
    with working_precision(bits + 32):
        low, high = ball.lower().man_exp(), ball.upper().man_exp()
    first = _nearest(int(low[0]), int(low[1]), fmt)
    return first if first == _nearest(int(high[0]), int(high[1]), fmt) else None


def _nearest(man: int, exp: int, fmt: Format) -> float:
    """man·2^exp rounded to nearest, ties to even."""
    if man < 0:
        return -_nearest(-man, exp, fmt)
    exponent = man.bit_length() - 1 + exp
    if exponent > fmt.max_exponent:
        return math.inf
    quantum = fmt.quantum(exponent)
    if exponent < quantum - 1:  # below half of the least number
        return 0.0
    shift = quantum - exp
    if shift <= 0:
        return math.ldexp(man, exp)
    units = man >> shift
    rest = man - (units << shift)
    half = 1 << (shift - 1)
    units += rest > half or (rest == half and units & 1)
    if units >> fmt.precision and exponent == fmt.max_exponent:
        return math.inf
    return math.ldexp(units, quantum)


def _far_end(name: str, x: Real) -> float | None:
    """0 or ∞ where the value is beyond every format by far."""
    if name in ("stdplus", "stdplus_derivative") and x.num < 0 and x.mag >= 7:
        return 0.0
    if name == "inv_log_stdplus" and x.num > 0 and x.mag >= 11:
        return math.inf
    return None


def _tail(name: str, x: Real) -> int | None:
    """In the three tails an odd n such that n·2^(grid − 1) rounds as the value does; else None.

    On the grid of the multiples of 2^−100 lie all numbers of the formats and all half-way cases of
    this size. The limit lies in a cell of the grid, the value is above it (below, for the inverse)
    and, its distance being less than 2^−550, in the interior of a cell: that one's middle is n.
    """
    if x.num > 0 or x.den != 1 or x.mag > 1100:
        return None
    if name == "log_stdplus" and x.mag >= 5 and 2 * x.exp - 1 >= _GRID:
        twice = (x.num * x.num << (2 * x.exp - _GRID)) + (1 << -_GRID)  # x² + 1 in cells
        return -twice + 1
    if name == "log_stdplus_derivative" and x.mag >= 5 and x.exp >= _GRID:
        return 2 * (-x.num << (x.exp - _GRID)) + 1
    if name == "inv_log_stdplus" and x.mag >= 8 and x.exp + 1 >= 2 * _GRID:
        # −1 − 2t is a multiple of 2^−200 as is the square of any point of the grid, so adding
        # e^{2t} < 2^−700 to it cannot take the root across one.
        square = (-x.num << (x.exp + 1 - 2 * _GRID)) - (1 << -2 * _GRID)
        return -2 * math.isqrt(square) - 1
    return None


def _error(name: str, x: float, got: float, fmt: Format) -> float:
    """`ulp_error` at one point."""
    correct, value = _round_and_value(name, x, fmt)
    if not (math.isfinite(correct) and math.isfinite(got)):
        same = correct == got or (correct != correct and got != got)
        return 0.0 if same else math.inf
    exponent = math.frexp(correct)[1] - 1 if correct else fmt.min_exponent
    with working_precision(2 * fmt.precision + _FIRST_BITS):
        return float((arb(got) - value) * arb((1, -fmt.quantum(exponent))))
