"""Proved bounds of smooth functions over intervals: Taylor coefficients in ball arithmetic.

An *error* is a function (ball, n) → power series: its first n Taylor coefficients at every point
of the ball, each a ball that contains them. Over [m − r, m + r] Taylor's theorem with Lagrange's
remainder bounds it by Σ_{k<n} |c_k(m)|·r^k + |c_n([m ± r])|·r^n. The coefficients at the point m
are sharp: a difference of 2^-62 between quantities of size 1 costs nothing but working precision.

The functions themselves are given by their definition, expm1(2t) − 2t = x², through the inverse
x(t), a power series without singularity, and its reversion. No Lambert W, no fit, no float.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
from flint import arb, arb_poly, arb_series

from derivations.core import DerivationError, require
from stdplus_ref.exact.intervals import enclosure, working_precision

BITS = 240  # working precision
ORDER = 18  # Taylor coefficients used
GIVE_UP = 4000  # intervals

Error = Callable[[Any, int], Any]


@contextmanager
def precision(bits: int = BITS) -> Iterator[None]:
    """Ball arithmetic of this many bits on power series of `ORDER` + 2 terms."""
    saved = flint.ctx.cap
    with working_precision(bits):
        flint.ctx.cap = ORDER + 2
        try:
            yield
        finally:
            flint.ctx.cap = saved


@dataclass(frozen=True)
class Bound:
    """A function's largest size on an interval: at most `proved`, at least `reached` at `at`."""

    proved: float
    reached: float
    at: float
    pieces: int

    @property
    def bits(self) -> float:
        """log2 of `proved`, rounded up to hundredths."""
        return math.ceil(100 * math.log2(self.proved)) / 100


def ball(lower: float, upper: float) -> Any:
    """A ball that contains [lower, upper]."""
    return arb(lower).union(arb(upper))


def above(value: Any) -> float:
    """A float at least the size of every number in the ball."""
    bound = float(arb(value).abs_upper())
    require(math.isfinite(bound), f"no finite bound of {value}")
    return math.nextafter(bound, math.inf)


def size_on(error: Error, lower: float, upper: float) -> tuple[float, float]:
    """(proved bound on [lower, upper], size at the middle); inf if no bound was found."""
    middle = (lower + upper) / 2
    radius = (ball(lower, upper) - middle).abs_upper()
    try:
        sharp = _coefficients(error(arb(middle), ORDER), ORDER)
        last = _coefficients(error(ball(lower, upper), ORDER + 1), ORDER + 1)[ORDER]
    except ValueError:  # from flint: a divisor or a slope that may be 0 on so wide a ball
        return math.inf, 0.0
    total = sum(((abs(c) * radius**k) for k, c in enumerate(sharp)), abs(last) * radius**ORDER)
    if not total.is_finite():
        return math.inf, 0.0
    return above(total), float(abs(sharp[0]).lower())


def _coefficients(series: Any, count: int) -> list[Any]:
    require(series.prec >= count, f"a series of {series.prec} terms where {count} are needed")
    return [series[k] for k in range(count)]


def largest(error: Error, lower: float, upper: float, tightness: float = 1.01) -> Bound:
    """The largest |error| on [lower, upper], up to a factor `tightness`, by bisection."""
    with precision():
        bound, reached = size_on(error, lower, upper)
        at, pieces = (lower + upper) / 2, 1
        heap = [(-bound, lower, upper)]
        while -heap[0][0] > tightness * reached:
            _, a, b = heapq.heappop(heap)
            middle = (a + b) / 2
            if pieces >= GIVE_UP or not a < middle < b:
                raise DerivationError(f"no bound within {tightness} on [{lower}, {upper}]")
            for half in ((a, middle), (middle, b)):
                bound, found = size_on(error, *half)
                heapq.heappush(heap, (-bound, *half))
                if found > reached:
                    reached, at = found, (half[0] + half[1]) / 2
            pieces += 1
        return Bound(-heap[0][0], reached, at, pieces)


# Power series. `n` is the number of terms, the variable is the distance from the ball's points.


def variable(at: Any, n: int) -> Any:
    """The identity: at + h."""
    return arb_series([at, 1], n)


def polynomial(row: Sequence[Any], at: Any, n: int) -> Any:
    """c0 + c1·x + … at at + h."""
    shifted = arb_poly([arb(c) for c in row])(arb_poly([at, 1]))
    return arb_series(shifted.coeffs()[:n], n)


def entire(coefficient: Callable[[int], Any], terms: int, at: Any, n: int) -> Any:
    """Σ a_j·x^j for all j ≥ 0, |a_{j+1}/a_j| not above 1 beyond `terms`, for |x| ≤ 0.4.

    The terms left out of the k-th Taylor coefficient, a_j·C(j, k)·x^{j−k} for j ≥ `terms`, shrink
    at least by ½ from one to the next.
    """
    largest_x = at.abs_upper()
    require(largest_x * arb(terms + 1) / (terms + 2 - n) < 0.5, "the terms left out shrink by ½")
    head = polynomial([coefficient(j) for j in range(terms)], at, n)
    first = [
        abs(coefficient(terms)) * arb.bin_uiui(terms, k) * largest_x ** (terms - k)
        for k in range(n)
    ]
    return head + arb_series([arb(0, 2 * above(size)) for size in first], n)


def square_over(t: Any, n: int) -> Any:
    """(e^{2t} − 1 − 2t)/t² = Σ 2^{j+2}·t^j/(j + 2)!, the square of x/t."""
    return entire(lambda j: arb(2) ** (j + 2) / arb.fac_ui(j + 2), 100, t, n)


def log_inverse_ratio(t: Any, n: int) -> Any:
    """inv_log_stdplus(t)/t = √(expm1(2t) − 2t)/|t|."""
    return square_over(t, n).sqrt()


def inverse_ratio(d: Any, n: int) -> Any:
    """inv_stdplus(1 + d)/d = √((d² + 2d − 2·log1p d)/d²)."""

    def coefficient(j: int) -> Any:
        return arb(2) if j == 0 else arb(2 * (-1) ** j) / (j + 2)

    return entire(coefficient, 100, d, n).sqrt()


def log_stdplus(x: Any, n: int) -> Any:
    """t = log stdplus(x): the reversion of x(t) at the t of x."""
    t = log_stdplus_on(x)
    if x.abs_upper() <= 0.27:
        inverse = log_inverse_ratio(t, n) * variable(t, n)
    else:  # (x + h)² = x² + 2(e^{2t} − 1)·s + e^{2t}·((2s)²/2 + …), s the step of t
        step = arb_series([0, 2], n)
        inverse = ((2 * t).exp() * (step.exp() - 1) - step + x * x).sqrt()
        inverse = inverse if x > 0 else -inverse
    terms = [arb(0), *_coefficients(inverse, n)[1:]]
    return arb_series(terms, n).reversion() + t


def log_stdplus_on(x: Any) -> Any:
    """The ball of t over the ball x: t rises with x."""
    return _at(x.lower()).union(_at(x.upper()))


def _at(x: Any) -> Any:
    mantissa, exponent = x.man_exp()
    return enclosure("log_stdplus", Fraction(int(mantissa)) * Fraction(2) ** int(exponent), BITS)


def ratio(x: Any, n: int) -> Any:
    """log_stdplus(x)/x, through t/x(t): nothing is divided by x."""
    t = log_stdplus(x, n)
    return _composed(1 / log_inverse_ratio(t[0], n), t, n)


def _composed(outer: Any, inner: Any, n: int) -> Any:
    """outer(inner − inner(0)) as a series."""
    step = arb_series([arb(0), *_coefficients(inner, n)[1:]], n)
    return outer(step)


def stdplus(x: Any, n: int) -> Any:
    """y = e^t."""
    return log_stdplus(x, n).exp()


def log_derivative(x: Any, n: int) -> Any:
    """dt/dx."""
    return log_stdplus(x, n + 1).derivative()


def derivative(x: Any, n: int) -> Any:
    """dy/dx."""
    return stdplus(x, n + 1).derivative()
