"""Second stage: the six functions in pairs of float64, error below 2^-95 of the value.

Each takes a finite argument inside its domain, other than 0, and returns (hi, lo, k) for
(hi + lo)·2^k, subnormal or far beyond the range as it may be; NaN where the step that solves the
equation was not small.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from validation.fast_truth import estimate
from validation.fast_truth.elementary import (
    PSI_SERIES,
    Scaled,
    exp,
    exp_pair,
    log,
    log_square,
    psi_excess,
    psi_ratio,
    split,
)
from validation.fast_truth.machine import compiled
from validation.fast_truth.pair import (
    Pair,
    add,
    add_float,
    div,
    mul,
    mul_float,
    nearest_pair,
    negative,
    scaled,
    sqrt,
    two_prod,
)

NEAR: Final = 2.0**-30  # |x| up to which the power series is used: error 2^-130
LEFT: Final = estimate.LEFT
RIGHT: Final = 2.0**100  # above, y = x and t = log x to 2^-190
VANISHED: Final = -60.0  # from here down stdplus is below 2^-2590: taken to be stdplus(−60)
INVERSE_RIGHT: Final = 60.0  # above, x = e^t to 2^-165
INVERSE_LEFT: Final = -(2.0**120)  # below, x² = −2t to 2^-120
_SMALL_STEP: Final = 2.0**-36  # of min(|r|, 1); the error of the step is below its cube, 2^-108


def _root(value: Fraction) -> Pair:
    """√value to 2^-106, by an integer square root."""
    scale = 1 << 240
    whole = math.isqrt(value.numerator * scale * scale // value.denominator)
    return nearest_pair(Fraction(whole, scale))


# The first coefficients of log stdplus(x)/x, see `estimate`.
_RATIO: Final = (
    _root(Fraction(1, 2)),
    nearest_pair(Fraction(-1, 6)),
    _root(Fraction(1, 648)),
    nearest_pair(Fraction(-1, 135)),
)


@compiled
def _ratio(x: float) -> Pair:
    """log stdplus(x)/x for |x| < NEAR."""
    total = _RATIO[3]
    for i in range(2, -1, -1):
        total = add(mul_float(total, x), _RATIO[i])
    return total


@compiled
def _solve(x: float) -> Pair:
    """The root r of expm1(r) − r = x² for LEFT ≤ x ≤ RIGHT, |x| ≥ NEAR.

    With E = expm1(s) and F = expm1(s) − s − x² at the start s, the root is s + u where
    0 = F + E·u + e^s·u²/2 + …, so that u = v − v²·e^s/(2E) + O(u³/s²) with v = −F/E.
    """
    s = estimate.solve(x)
    excess = psi_excess(s, two_prod(x, x))
    slope = add_float(add(excess, two_prod(x, x)), s)  # expm1(s) = (F + x²) + s
    v = negative(div(excess, slope))
    u = add_float(v, -0.5 * v[0] * v[0] * (1.0 + 1.0 / slope[0]))
    if not abs(u[0]) <= _SMALL_STEP * min(abs(s), 1.0):
        return math.nan, math.nan
    return add_float(u, s)


@compiled
def _minus_half_square(x: float) -> Pair:
    """−(x² + 1)/2, which is log stdplus(x) below LEFT; for |x| < 2^500."""
    return scaled(add_float(two_prod(x, x), 1.0), -0.5)


@compiled
def log_stdplus(x: float) -> Scaled:
    """T = log stdplus(x)."""
    m, e = split(x)
    if abs(x) < NEAR:
        hi, lo = mul_float(_ratio(x), m)
        return hi, lo, e
    if x < LEFT:
        hi, lo = negative(add_float(two_prod(m, m), math.ldexp(1.0, -2 * e)))
        return hi, lo, 2 * e - 1
    if x > RIGHT:
        hi, lo = log(x)
        return hi, lo, 0
    hi, lo = _solve(x)
    return hi, lo, -1


@compiled
def _exp_of_half(r: Pair, x: float) -> Scaled:
    """Y = e^{r/2}, r from `_solve`; for x > 1 from y² = x² + 1 + r, without an exponential."""
    if x > 1.0:
        hi, lo = sqrt(add_float(add(two_prod(x, x), r), 1.0))
        return hi, lo, 0
    return exp(scaled(r, 0.5))


@compiled
def _slope_of_half(r: Pair, x: float) -> Pair:
    """S = x/expm1(r), r from `_solve`; expm1(r) = x² + r by definition."""
    if x > -1.0:
        below = add(two_prod(x, x), r)
    else:  # x² and r would cancel
        below = add_float(exp_pair(r), -1.0)
    return div((x, 0.0), below)


@compiled
def stdplus(x: float) -> Scaled:
    """Y = e^t."""
    if abs(x) < NEAR:
        return exp(mul_float(_ratio(x), x))
    if x < LEFT:
        return exp(_minus_half_square(max(x, VANISHED)))
    if x > RIGHT:
        m, e = split(x)
        return m, 0.0, e
    return _exp_of_half(_solve(x), x)


@compiled
def log_stdplus_derivative(x: float) -> Scaled:
    """S = x/expm1(2t)."""
    if abs(x) < NEAR:
        hi, lo = div((1.0, 0.0), add_float(scaled(_ratio(x), 2.0), x))
        return hi, lo, 0
    if x < LEFT:
        return -x, 0.0, 0
    if x > RIGHT:
        m, e = split(x)
        hi, lo = div((1.0, 0.0), (m, 0.0))
        return hi, lo, -e
    hi, lo = _slope_of_half(_solve(x), x)
    return hi, lo, 0


@compiled
def stdplus_derivative(x: float) -> Scaled:
    """Dy/dx = y·dt/dx."""
    if x > RIGHT:
        return 1.0, 0.0, 0
    if x < LEFT or abs(x) < NEAR:
        y, yl, k = stdplus(x)
        s, sl, _ = log_stdplus_derivative(max(x, VANISHED))
    else:
        r = _solve(x)
        y, yl, k = _exp_of_half(r, x)
        s, sl = _slope_of_half(r, x)
    hi, lo = mul((y, yl), (s, sl))
    return hi, lo, k


@compiled
def inv_stdplus(y: float) -> Scaled:
    """X = sign(y − 1)·√(y² − 1 − 2·log y)."""
    d = y - 1.0
    if y > RIGHT:
        m, e = split(y)
        return m, 0.0, e
    if abs(d) <= 0.25:
        square = log_square(d)
        if d == 0.0:
            return 0.0, 0.0, 0
    else:
        square = add(add_float(two_prod(y, y), -1.0), scaled(log(y), -2.0))
    hi, lo = sqrt(square)
    return math.copysign(hi, d), math.copysign(1.0, d) * lo, 0


@compiled
def inv_log_stdplus(t: float) -> Scaled:
    """X = sign(t)·√(expm1(2t) − 2t)."""
    m, e = split(t)
    if t > INVERSE_RIGHT:
        return exp((min(t, 1000.0), 0.0))
    if t < INVERSE_LEFT:
        odd = e & 1
        hi, lo = sqrt((-2.0 * (1 + odd) * m, 0.0))
        return -hi, -lo, (e - odd) // 2
    r = 2.0 * t
    if abs(r) <= PSI_SERIES:
        hi, lo = mul_float(sqrt(psi_ratio(r)), 2.0 * m)
        return hi, lo, e
    if r < -500.0:
        square = add_float((-r, 0.0), -1.0)
    else:
        square = psi_excess(r, (0.0, 0.0))
    hi, lo = sqrt(square)
    return math.copysign(hi, t), math.copysign(1.0, t) * lo, 0


FUNCTIONS: Final[dict[str, Callable[[float], Scaled]]] = {
    "stdplus": stdplus,
    "log_stdplus": log_stdplus,
    "stdplus_derivative": stdplus_derivative,
    "log_stdplus_derivative": log_stdplus_derivative,
    "inv_stdplus": inv_stdplus,
    "inv_log_stdplus": inv_log_stdplus,
}
