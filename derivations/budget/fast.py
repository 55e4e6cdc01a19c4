"""The float32 fast path, region by region: the error of `regime_fast` in last places of float64.

Plain float64 throughout, so the errors are those of `rounding`'s operations; arguments are float32
values.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

from flint import arb

from derivations import certificates, enclose
from derivations.budget.blocks import LOG_FIT, Terms, short_parts
from derivations.budget.newton import FastStep, fast_exp_error, pieces
from derivations.budget.regions import (
    EVALUATION,
    EXP,
    FIT,
    LEFT_OUT,
    QUADRATIC,
    RELATIVE,
    SQUARE,
    Region,
    in_last_places,
    region,
    short_quotients,
)
from derivations.budget.rounding import (
    Number,
    U,
    add,
    div,
    fma,
    half_ulp,
    horner2,
    magnitude,
    mul,
)
from derivations.enclose import ball
from stdplus_ref.source import coefficients as c
from stdplus_ref.source import fast, inv_log_stdplus, inv_stdplus, newton

CENTRES = {"INV_STDPLUS": "|y − 1| < 1/5", "INV_LOG_STDPLUS": "|t| < 3/8"}  # others: |x| < 1/4
LOG = "−1 − 2·log y"
NEAR = 256
"""Last places of float64 within which the fast paths are proved to be right."""


def stdplus_terms(p: FastStep) -> Terms:
    """e·(1 + v + (½ − q)·v²)."""
    u = p.u_size
    terms = {
        EXP: magnitude(p.without) * p.exp + magnitude(p.q) * U,
        LEFT_OUT: p.exp_left_out * p.u_size.exp(),
        QUADRATIC: p.rounding + half_ulp(u * (1 + u)) + U,
    }
    return in_last_places(terms, p.t.exp())


def log_terms(p: FastStep) -> Terms:
    """t0 + u."""
    terms = {
        EXP: magnitude(p.q) * p.square / 2,
        LEFT_OUT: p.log_left_out,
        QUADRATIC: p.rounding + half_ulp(p.t),
    }
    return in_last_places(terms, p.t, relative=False)


def _reciprocal(p: FastStep) -> Terms:
    """1/(y² − 1) as `fast.reciprocal_fast` has it, relative."""
    u, q = p.u_size, magnitude(p.q)
    sums = magnitude(p.w) * half_ulp(2 * u * (1 + u)) + 2 * half_ulp(magnitude(p.below))
    slope = sums / (arb(p.below.abs_lower()) * p.shrunk)
    r = 2 * q * u * (1 + u) + p.inverse
    return {
        EXP: q / p.shrunk * magnitude(p.without) * p.square,
        LEFT_OUT: p.slope_left_out + r**3,
        QUADRATIC: 2 * q / p.shrunk * p.rounding + slope + 4 * U,
    }


def log_derivative_terms(p: FastStep) -> Terms:
    """x·(1/(y² − 1))."""
    found = _reciprocal(p)
    found[QUADRATIC] += U
    return in_last_places(found, p.x / (2 * p.t).expm1())


def derivative_terms(p: FastStep) -> Terms:
    """y·(x·(1/(y² − 1)))."""
    found, u = _reciprocal(p), p.u_size
    found[EXP] += magnitude(p.without) * p.exp + magnitude(p.q) * U
    found[LEFT_OUT] += p.derivative_left_out - p.slope_left_out
    found[QUADRATIC] += p.rounding + half_ulp(u * (1 + u)) + 3 * U
    return in_last_places(found, p.x * p.t.exp() / (2 * p.t).expm1())


def centre(name: str) -> Region:
    """A polynomial through 0, its value perhaps times the argument."""
    row = getattr(c, f"{name}_FAST")
    function, radius = certificates.CENTRES[name]
    first = arb(certificates.FIRST.get(name, 0.0))  # added last, after a product by the argument
    exact = certificates.values(*certificates.fast_row(name, row))

    def terms(lower: float, upper: float) -> Terms:
        x = ball(lower, upper)
        fit, _ = enclose.size_on(certificates.centre_error(name, exact), lower, upper)
        value, rest = function(x, 2)[0], horner2(Number(x), row)
        lost = rest.error + (U * magnitude(rest.value) + half_ulp(value) if first else 0)
        error = magnitude(lost / value) + U
        return {FIT: arb(fit) * RELATIVE, EVALUATION: error * RELATIVE}

    ends = [radius * n / 64 for n in range(-64, 65)]
    return region(
        CENTRES.get(name, "|x| < 1/4"), itertools.starmap(terms, itertools.pairwise(ends))
    )


def log_inverse_terms(lower: float, upper: float) -> Terms:
    """√|e² − (1 + 2t)|: 1 + 2t is exact, e² is in the fma."""
    t = ball(lower, upper)
    square = (2 * t).expm1() - 2 * t
    part = magnitude(1 / (1 - (1 + 2 * t) * (-2 * t).exp()))  # e^{2t}/square
    terms = {
        EXP: fast_exp_error(*short_parts(t)) * part,
        EVALUATION: half_ulp(square) / (2 * arb(square.abs_lower())) + U,
    }
    return in_last_places(terms, square.sqrt())


def log_fast(lower: float, upper: float) -> Number:
    """`inv_stdplus.log_fast`, the fit of LOG_FAST not counted."""
    k, zs = short_quotients(lower, upper)
    worst = arb(0)
    for z in zs:
        m = (1 + z) / (1 - z)
        quotient = div(Number(m - 1), add(Number(m), Number(arb(1))))
        row = horner2(mul(quotient, quotient), c.LOG_FAST)
        worst = worst.max(magnitude(fma(quotient, row, Number(arb(-1))).error))
    rest = -1 - 2 * arb(lower).log().union(arb(upper).log())
    defect = abs(arb(c.MINUS_TWO_LN2_FAST) + 2 * arb.const_log2())
    return Number(rest, magnitude(worst) + k * defect + half_ulp(rest))


def inverse_terms(lower: float, upper: float) -> Terms:
    """√|y² + (−1 − 2·log y)|."""
    y, rest = ball(lower, upper), log_fast(lower, upper)
    square = y * y + rest.value
    scale = 1 / (2 * arb(square.abs_lower()))
    fit = arb(certificates.log_fast(c.LOG_FAST).proved) * arb(0.172)
    terms = {
        LOG_FIT: fit * scale,
        LOG: rest.error * scale,
        SQUARE: half_ulp(square) * scale + U,
    }
    return in_last_places(terms, square.sqrt())


RIGHT = ((newton.CENTRE, 1.0, 150), (1.0, newton.STEP_RIGHT, 100))
MIDDLE = ((newton.START_LEFT, -1.0, 60), (-1.0, -newton.CENTRE, 100))


@functools.cache
def steps(*cover: tuple[float, float, int]) -> tuple[FastStep, ...]:
    """The Newton steps on pieces."""
    return tuple(FastStep(a, b) for part in cover for a, b in pieces(*part))


def _forward(name: str, terms: Callable[[FastStep], Terms], least: float) -> Iterator[Region]:
    yield centre(name)
    yield region(f"−{-least:g} ≤ x < −3.25", map(terms, steps((least, newton.START_LEFT, 100))))
    yield region("−3.25 ≤ x ≤ −1/4", map(terms, steps(*MIDDLE)))
    yield region("1/4 ≤ x ≤ 8", map(terms, steps(*RIGHT)))


def _log_inverse() -> Iterator[Region]:
    radius, far = inv_log_stdplus.CENTRE_FAST, inv_log_stdplus.EXP_RIGHT
    yield centre("INV_LOG_STDPLUS")
    right = itertools.chain(pieces(radius, 1.0, 60), pieces(1.0, far, 100))
    yield region("3/8 ≤ t ≤ 40", itertools.starmap(log_inverse_terms, right))
    left = pieces(-far, -radius, 100)
    yield region("−40 ≤ t ≤ −3/8", itertools.starmap(log_inverse_terms, left))


def _inverse() -> Iterator[Region]:
    radius, far = inv_stdplus.CENTRE_FAST, inv_stdplus.GREATEST
    yield centre("INV_STDPLUS")
    right = itertools.chain(pieces(1 + radius, 4.0, 60), pieces(4.0, far, 160))
    yield region("6/5 ≤ y < 2^100", itertools.starmap(inverse_terms, right))
    left = itertools.chain(
        pieces(inv_stdplus.LEAST_FAST, 2.0**-4, 100), pieces(2.0**-4, 1 - radius, 150)
    )
    yield region("2^−100 ≤ y ≤ 4/5", itertools.starmap(inverse_terms, left))


_REGIONS: dict[str, Callable[[], Iterable[Region]]] = {
    "stdplus": lambda: _forward("STDPLUS", stdplus_terms, fast.FAST_LEFT),
    "log_stdplus": lambda: _forward("LOG_STDPLUS", log_terms, newton.STEP_LEFT),
    "stdplus_derivative": lambda: _forward("STDPLUS_DERIVATIVE", derivative_terms, fast.FAST_LEFT),
    "log_stdplus_derivative": lambda: _forward(
        "LOG_STDPLUS_DERIVATIVE", log_derivative_terms, newton.STEP_LEFT
    ),
    "inv_stdplus": _inverse,
    "inv_log_stdplus": _log_inverse,
}


@functools.cache
def regions(name: str) -> tuple[Region, ...]:
    """The regions of a fast path, centre first."""
    with enclose.precision(120):
        return tuple(_REGIONS[name]())
