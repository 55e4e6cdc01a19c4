"""First stage: the six functions in float64 with libm, where the definition loses no digits.

The error is below 2^-38 of the value (measured: below 2^-48) for float32 arguments other than 0,
whose squares do not underflow; a value far beyond float32 is replaced by one that is, too. Only
e^t loses more than three bits: its relative error is |t| < 2^7 times that of t. `solve` is also
where the second stage starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from validation.fast_truth.machine import compiled

SQRT2: Final = math.sqrt(2.0)
NEAR: Final = 2.0**-8  # |x| up to which the power series of log stdplus is used
LEFT: Final = -10.0  # below, e^{2t} < 2^-145 is nothing
VANISHED: Final = -37.0  # below, stdplus < 2^-988 is far below float32: taken to be stdplus(−37)
RIGHT: Final = 2.0**20  # above, t = log x + (1 + 2·log x)/(2x²) to 2^-70
_SERIES_END: Final = 1.0  # |r| up to which the series of psi is used
_STEPS: Final = 2
_SMALL_STEP: Final = 2.0**-16  # of min(|r|, 1); the last step's error is below its cube, 2^-48

# log stdplus(x)/x = 1/√2 − x/6 + √2x²/36 − x³/135 + √2x⁴/2160 + 2x⁵/8505 + …, from comparing
# coefficients in expm1(2t) − 2t = x². The next term is below 2^-60 of the first.
_RATIO: Final = (SQRT2 / 2, -1 / 6, SQRT2 / 36, -1 / 135, SQRT2 / 2160, 2 / 8505)
_PSI: Final = tuple(float(Fraction(1, math.factorial(n))) for n in range(2, 20))
_ATANH: Final = tuple(1.0 / n for n in range(3, 25, 2))


@compiled
def _polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    total = 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        total = total * x + coefficients[i]
    return total


@compiled
def _psi(r: float, expm1: float) -> float:
    """expm1(r) − r, to 2^-49 of itself, from expm1(r)."""
    if abs(r) <= _SERIES_END:
        return r * r * _polynomial(r, _PSI)
    return expm1 - r


@compiled
def _start(x: float) -> float:
    """A root r of expm1(r) − r = x² to within 2 %."""
    if x < -1.0:
        return math.exp(-x * x - 1.0) - x * x - 1.0
    if x <= 1.0:
        return x * (SQRT2 - x * (1 / 3 - x * (SQRT2 / 18)))
    return math.log(1.0 + x * x + math.log(2.0 + x * x))


@compiled
def solve(x: float) -> float:
    """r = 2·log stdplus(x) for LEFT ≤ x ≤ 2^100, |x| ≥ 2^-30; NaN if the last step is too long."""
    if x > RIGHT:
        log_square = 2.0 * math.log(x)
        return log_square + (1.0 + log_square) / (x * x)
    r = _start(x)
    step = 1.0
    for _ in range(_STEPS):
        slope = math.expm1(r)
        newton = (x * x - _psi(r, slope)) / slope
        step = newton - 0.5 * newton * newton * (1.0 + 1.0 / slope)
        r += step
    return r if abs(step) <= _SMALL_STEP * min(abs(r), 1.0) else math.nan


@compiled
def _log_stdplus(x: float) -> float:
    if abs(x) < NEAR:
        return x * _polynomial(x, _RATIO)
    if x < LEFT:
        return -0.5 * (x * x + 1.0)
    if x > RIGHT:
        return math.log(x) + (0.5 + math.log(x)) / (x * x)
    return 0.5 * solve(x)


@compiled
def _stdplus(x: float) -> float:
    if x > RIGHT:
        return x + (0.5 + math.log(x)) / x
    return math.exp(_log_stdplus(max(x, VANISHED)))


@compiled
def _log_stdplus_derivative(x: float) -> float:
    if abs(x) < NEAR:
        return 1.0 / (x + 2.0 * _polynomial(x, _RATIO))  # x/(x² + r)
    if x < LEFT:
        return -x
    if x > RIGHT:
        return 1.0 / (x + 2.0 * math.log(x) / x)
    return x / math.expm1(solve(x))


@compiled
def _stdplus_derivative(x: float) -> float:
    if x > RIGHT:
        return 1.0 + (0.5 - math.log(x)) / (x * x)
    if abs(x) < NEAR or x < LEFT:
        return _stdplus(x) * _log_stdplus_derivative(max(x, VANISHED))
    r = solve(x)
    return math.exp(0.5 * r) * (x / math.expm1(r))


@compiled
def _inv_stdplus(y: float) -> float:
    d = y - 1.0
    if abs(d) <= 0.25:  # see `elementary.log_square`
        z = d / (2.0 + d)
        return math.copysign(
            math.sqrt(d * (d + 2.0 * z) - 4.0 * z * z * z * _polynomial(z * z, _ATANH)), d
        )
    return math.copysign(math.sqrt(y * y - 1.0 - 2.0 * math.log(y)), d)


@compiled
def _inv_log_stdplus(t: float) -> float:
    if t > 300.0:
        return math.exp(300.0)  # less than the value, and beyond float32 by far
    return math.copysign(math.sqrt(_psi(2.0 * t, math.expm1(2.0 * t))), t)


ESTIMATES: Final[dict[str, Callable[[float], float]]] = {
    "stdplus": _stdplus,
    "log_stdplus": _log_stdplus,
    "stdplus_derivative": _stdplus_derivative,
    "log_stdplus_derivative": _log_stdplus_derivative,
    "inv_stdplus": _inv_stdplus,
    "inv_log_stdplus": _inv_log_stdplus,
}
