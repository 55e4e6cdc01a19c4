"""Results of a ufunc against the truth: errors in ULP (float64), right or wrong (float32)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np

from validation.fast_truth.elementary import split
from validation.fast_truth.estimate import ESTIMATES
from validation.fast_truth.functions import FUNCTIONS
from validation.fast_truth.machine import compiled, float32_from_bits

Array = np.ndarray[Any, np.dtype[Any]]

ESTIMATE_BOUND: Final = 2.0**-38
"""Relative error of `estimates` at float32 numbers."""
PAIR_BOUND: Final = 2.0**-95
"""Relative error of `pairs`."""

UNDECIDED: Final = 0
RIGHT: Final = 1
WRONG: Final = 2

_MARGIN: Final = 2.0**-90
"""What `judge_float32` takes for the error of a pair: PAIR_BOUND and the rounding of distances."""
_LEAST_EXPONENT: Final = -1022
_GREATEST_EXPONENT: Final = 1023
_NEGATIVE_DOMAIN_ERROR: Final = "inv_stdplus"  # the one function that is NaN below 0

# float32: the number after the largest, and the one between, from which on results are infinite.
_MAX_BITS: Final = 0x7F7FFFFF
_BEYOND: Final = 2.0**128
_FAR_BEYOND: Final = 2.0**200  # stands for everything above


@compiled
def _ulp_error(got: float, hi: float, lo: float, k: int) -> float:
    """(got − (hi + lo)·2^k)/ulp, the ulp that of the binade of the correctly rounded value.

    hi is the rounding of hi + lo if that is normal; in the subnormal range the ulp is constant.
    """
    exponent = _LEAST_EXPONENT
    if hi != 0.0:
        exponent = max(exponent, split(hi)[1] + k)
    if exponent > _GREATEST_EXPONENT:
        return 0.0 if got == math.copysign(math.inf, hi) else math.inf
    quantum = exponent - 52
    # both quotients are exact, and so is the difference of neighbours
    distance = math.ldexp(got, -quantum) - math.ldexp(hi, k - quantum)
    error = distance - math.ldexp(lo, k - quantum)
    return error if math.isfinite(error) else math.inf


@compiled
def _half_way(i: int) -> float:
    """The midpoint between the float32 numbers with the bits i and i + 1, i ≥ 0, as a float64."""
    above = _BEYOND
    if i < _MAX_BITS:
        above = np.float64(float32_from_bits(i + 1))
    return 0.5 * (np.float64(float32_from_bits(i)) + above)


@compiled
def _judge(bits: int, hi: float, lo: float, margin: float) -> tuple[int, float]:
    """Whether the float32 with these bits is the rounding of hi + lo, known to a relative margin.

    Returns the verdict and the distance of hi + lo from the nearest midpoint in ULP.
    """
    if abs(hi) > _FAR_BEYOND:
        hi, lo = math.copysign(_FAR_BEYOND, hi), 0.0
    margin *= abs(hi)
    negative = bits < 0
    i = bits & 0x7FFFFFFF
    if hi != hi or i > _MAX_BITS + 1:
        return UNDECIDED if hi != hi else WRONG, 0.0
    if negative != (hi < 0.0):
        return WRONG if hi != 0.0 or lo != 0.0 else UNDECIDED, 0.0
    if negative:
        hi, lo = -hi, -lo
    lower = _half_way(i - 1) if i > 0 else -math.inf
    upper = _half_way(i) if i <= _MAX_BITS else math.inf
    over = (hi - lower) + lo
    under = (upper - hi) - lo
    distance = min(over, under)
    ulp = 2.0 * (upper - np.float64(float32_from_bits(i))) if i <= _MAX_BITS else 2.0**104
    if distance > margin:
        return RIGHT, distance / ulp
    if distance < -margin:
        return WRONG, distance / ulp
    return UNDECIDED, distance / ulp


@cache
def _estimates_loop(name: str) -> Callable[..., None]:
    function = ESTIMATES[name]

    @compiled
    def loop(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(np.float64(x[i]))

    return loop


@cache
def _pairs_loop(name: str) -> Callable[..., None]:
    function = FUNCTIONS[name]

    @compiled
    def loop(x: Array, hi: Array, lo: Array, k: Array) -> None:
        for i in range(x.size):
            hi[i], lo[i], k[i] = function(np.float64(x[i]))

    return loop


@cache
def _errors_loop(name: str) -> Callable[..., None]:
    function = FUNCTIONS[name]

    @compiled
    def loop(x: Array, got: Array, out: Array) -> None:
        for i in range(x.size):
            hi, lo, k = function(x[i])
            out[i] = _ulp_error(got[i], hi, lo, k)

    return loop


@cache
def _first_stage(name: str) -> Callable[..., None]:
    function, nan_below_zero = ESTIMATES[name], name == _NEGATIVE_DOMAIN_ERROR

    @compiled
    def loop(x: Array, bits: Array, verdict: Array) -> None:
        for i in range(x.size):
            argument = np.float64(x[i])
            if argument != argument or (nan_below_zero and argument < 0.0):
                verdict[i] = RIGHT if (bits[i] & 0x7FFFFFFF) > _MAX_BITS + 1 else WRONG
            elif argument == 0.0 or math.isinf(argument):
                verdict[i] = UNDECIDED
            else:
                verdict[i], _ = _judge(bits[i], function(argument), 0.0, ESTIMATE_BOUND)

    return loop


@cache
def _second_stage(name: str) -> Callable[..., None]:
    function = FUNCTIONS[name]

    @compiled
    def loop(x: Array, bits: Array, verdict: Array, distance: Array) -> None:
        for i in range(x.size):
            argument = np.float64(x[i])
            if argument == 0.0 or math.isinf(argument):
                verdict[i], distance[i] = UNDECIDED, math.inf
            else:
                hi, lo, k = function(argument)
                hi, lo = math.ldexp(hi, k), math.ldexp(lo, k)
                verdict[i], distance[i] = _judge(bits[i], hi, lo, _MARGIN)

    return loop


def estimates(name: str, x: Array) -> Array:
    """First stage: function `name` at float32 numbers other than 0, as float64.

    Parameters
    ----------
    name : str
        One of the six functions.
    x : ndarray of float32
        Finite, inside the domain.

    Returns
    -------
    ndarray of float64
        Right to ESTIMATE_BOUND; NaN where the equation was not solved.
    """
    out = np.empty(x.shape)
    _estimates_loop(name)(x, out)
    return out


def pairs(name: str, x: Array) -> tuple[Array, Array, Array]:
    """Second stage: function `name` at float64 numbers other than 0.

    Returns
    -------
    hi, lo : ndarray of float64
    k : ndarray of int64
        The value is (hi + lo)·2^k to PAIR_BOUND; NaN where the equation was not solved.
    """
    hi, lo, k = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape, np.int64)
    _pairs_loop(name)(x, hi, lo, k)
    return hi, lo, k


def ulp_errors(name: str, x: Array, got: Array) -> Array:
    """(got − true)/ulp in float64, by the second stage; infinite where `got` is of another kind.

    Parameters
    ----------
    name : str
        One of the six functions.
    x, got : ndarray of float64
        Finite arguments inside the domain, other than 0, and the results to measure.

    Returns
    -------
    ndarray of float64
        As `stdplus_ref.exact.ulp_error`, to 2^-40 ULP beside the rounding of the error itself.
    """
    out = np.empty(x.shape)
    _errors_loop(name)(x, got, out)
    return out


def judge_float32(name: str, x: Array, got: Array) -> tuple[Array, Array, Array]:
    """Which float32 results are the correct rounding, by both stages.

    Parameters
    ----------
    name : str
        One of the six functions.
    x, got : ndarray of float32
        Any arguments, NaN and infinities included, and the results to judge.

    Returns
    -------
    verdict : ndarray of int8
        RIGHT, WRONG, or UNDECIDED: 0, ±∞, and values within 2^-90 of a midpoint.
    close : ndarray of intp
        The inputs that the first stage did not find right.
    distance : ndarray of float64
        At those, the distance of the value from the nearest midpoint, in ULP of float32; it is
        infinite for the arguments 0 and ±∞, and of no meaning where the result is wrong.
    """
    bits = got.view(np.int32)
    verdict = np.empty(x.shape, np.int8)
    _first_stage(name)(x, bits, verdict)
    close = np.flatnonzero(verdict == UNDECIDED)
    decided, distance = np.empty(close.shape, np.int8), np.empty(close.shape)
    _second_stage(name)(x[close], bits[close], decided, distance)
    verdict[close] = decided
    return verdict, close, distance
