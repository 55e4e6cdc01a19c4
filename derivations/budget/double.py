"""The float64 functions, region by region: what each step may add, in last places of the result.

A region is covered by pieces; for each piece every step is bounded by its largest contribution
there, divided by the smallest last place of the result there. A last place is that of the binade of
the exact value: 2^(⌊log2 |value|⌋ − 52). The rounding of hi + lo to the result adds ½.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flint import arb

from derivations import certificates, enclose
from derivations.budget.blocks import (
    Terms,
    largest,
    ln2_defect,
    log_terms,
    root_rounding,
    scaled,
    short_parts,
    total,
)
from derivations.budget.exponential import exp_error
from derivations.budget.newton import DoubleStep, pieces
from derivations.budget.rounding import U, half_ulp, horner_pair, magnitude
from derivations.enclose import ball
from stdplus_ref.source import coefficients as c
from stdplus_ref.source import inv_log_stdplus, inv_stdplus, newton

SLACK = 1 + arb(2) ** -12  # over products of the errors of two steps

RELATIVE = arb(2) ** 53  # last places in a value, at most

# Names of steps: the rows of the tables of `d11_error_budget`, which says what they are.
FIT, EVALUATION, PRODUCT = "fit", "evaluation", "product"
EXP, LEFT_OUT, RESIDUAL, QUADRATIC = "e^t0", "u³", "residual", "v and v²"
STEP, SLOPE, QUOTIENT = "end of step", "y² − 1", "quotient"
SQUARE, ROOT, MISSING = "x²", "root", "far out"


@dataclass(frozen=True)
class Region:
    """A part of a function's domain and what each step adds there, largest over its pieces."""

    where: str
    terms: Terms
    sum: Any  # of the terms, on the piece where it is largest

    @property
    def bound(self) -> float:
        """The error of the result in last places, the last rounding included."""
        return enclose.above(arb(0.5) + self.sum * SLACK)


def last_place(value: Any) -> Any:
    """The last place of the numbers in the ball, at least."""
    least = arb(value.abs_lower())
    mantissa, exponent = least.man_exp()
    return arb(2) ** (int(exponent) + int(mantissa).bit_length() - 1 - 52)


def in_last_places(terms: Terms, value: Any, relative: bool = True) -> Terms:
    """Terms relative to the value, or absolute, in last places of it."""
    places = 1 / last_place(value)
    return scaled(terms, (magnitude(value) * places).min(RELATIVE) if relative else places)


def region(where: str, each: Iterable[Terms]) -> Region:
    """The region whose pieces have these terms."""
    terms = list(each)
    sums = [total(one) for one in terms]
    return Region(where, largest(terms), functools.reduce(lambda a, b: a if a >= b else b, sums))


# The pieces of the forward functions outside the centre.
EDGE = newton.CENTRE
OUTER: dict[str, tuple[tuple[float, float, int], ...]] = {
    "1/4 ≤ x ≤ 8": ((EDGE, 1.0, 300), (1.0, newton.STEP_RIGHT, 200)),
    "−3.25 ≤ x ≤ −1/4": ((newton.START_LEFT, -2.75, 60), (-2.75, -1.0, 100), (-1.0, -EDGE, 200)),
    "−26 ≤ x < −3.25": ((newton.STEP_LEFT, -3.5, 100), (-3.5, newton.START_LEFT, 150)),
    "−40 ≤ x < −26": ((newton.FAR_LEFT, newton.STEP_LEFT, 60),),
    "8 < x < 2^64": ((newton.STEP_RIGHT, 64.0, 100), (64.0, 2.0**64, 120)),
}


@functools.cache
def steps(where: str) -> tuple[DoubleStep, ...]:
    """The Newton steps on the pieces of a region."""
    return tuple(
        DoubleStep(lower, upper) for cover in OUTER[where] for lower, upper in pieces(*cover)
    )


def stdplus_terms(p: DoubleStep) -> Terms:
    """y = (e + el)·(1 + U): an error ε of e^{t0} is undone by the step but for ε·(1 − q)."""
    q = magnitude(p.q)
    terms = {
        EXP: magnitude(p.without) * p.exp,
        LEFT_OUT: p.exp_left_out,
        RESIDUAL: p.residual,
        QUADRATIC: p.quadratic * (1 + 2 * (1 + q) * p.v_size),
        STEP: p.exp_rounding,
    }
    return in_last_places(terms, p.t.exp())


def log_terms_of(p: DoubleStep) -> Terms:
    """t = t0 + u: the error ε of e^{t0} shifts u by q·ε."""
    k = p.parts[0]
    pair = half_ulp(k * arb(c.LN2_LO) + p.u_size) + k * ln2_defect()
    terms = {
        EXP: magnitude(p.q) * p.exp,
        LEFT_OUT: p.log_left_out,
        RESIDUAL: p.residual,
        QUADRATIC: p.quadratic,
        STEP: p.log_rounding + pair,
    }
    return in_last_places(terms, p.t, relative=False)


def log_derivative_terms(p: DoubleStep) -> Terms:
    """x/(y² − 1): relative errors 2q(1 − q)·ε of y² − 1 from e^{t0}, 2q·δ from an error δ of u."""
    q = magnitude(p.q)
    shift = 2 * q / p.shrunk
    terms = {
        EXP: shift * magnitude(p.without) * p.exp,
        LEFT_OUT: p.slope_left_out,
        RESIDUAL: shift * p.residual,
        QUADRATIC: shift * p.quadratic,
        STEP: shift * p.log_rounding,
        SLOPE: p.slope_rounding,
        QUOTIENT: p.quotient_rounding,
    }
    return in_last_places(terms, p.x / (2 * p.t).expm1())


def derivative_terms(p: DoubleStep) -> Terms:
    """x·y/(y² − 1): (1 − q)·(1 − 2q)·ε from e^{t0}, the sum of the others' errors."""
    q = magnitude(p.q)
    shift = (1 + 2 * q) / p.shrunk
    terms = {
        EXP: magnitude(p.without * (1 - 2 * p.q)) / p.shrunk * p.exp,
        LEFT_OUT: p.derivative_left_out,
        RESIDUAL: shift * p.residual,
        QUADRATIC: shift * p.quadratic,
        STEP: 2 * q / p.shrunk * p.log_rounding + p.exp_rounding,
        SLOPE: p.slope_rounding,
        QUOTIENT: p.quotient_rounding + 4 * U**2,  # n + nl = x·(y + yl) to two roundings of nl
    }
    return in_last_places(terms, p.x * p.t.exp() / (2 * p.t).expm1())


CENTRES = {"INV_STDPLUS": "|y − 1| < 1/5", "INV_LOG_STDPLUS": "|t| < 3/8"}  # others: |x| < 1/4


def centre(name: str, times_argument: bool) -> Region:
    """A polynomial through 0, as it is or times the argument."""
    head, tail = getattr(c, f"{name}_HEAD"), getattr(c, f"{name}_TAIL")
    function, radius = certificates.CENTRES[name]
    row = certificates.values(head, tail)

    def terms(lower: float, upper: float) -> Terms:
        x = ball(lower, upper)
        fit, _ = enclose.size_on(certificates.centre_error(name, row), lower, upper)
        value = function(x, 2)[0]
        pair = horner_pair(x, head, tail)
        parts = {FIT: arb(fit), EVALUATION: magnitude(pair.error / value)}
        if times_argument:
            # one rounding of the low part; values of x·f over all binades of x
            relative = U * (2 * U + magnitude(pair.low / value))
            parts[PRODUCT] = relative
            return {step: size * 2**53 for step, size in parts.items()}
        return in_last_places(parts, value)

    ends = [radius * n / 64 for n in range(-64, 65)]
    each = [terms(lower, upper) for lower, upper in itertools.pairwise(ends)]
    return region(CENTRES.get(name, "|x| < 1/4"), each)


def nearly(where: str, terms: Terms) -> Region:
    """A region with a closed form; terms relative to the value."""
    return region(where, [{step: size * RELATIVE for step, size in terms.items()}])


REST = arb(2) ** -26 + arb(2) ** -33  # |rest| of `exponential.split` at most


def exp_pair_rounding(k: int) -> Any:
    """`inv_log_stdplus.exp_pair` relative to e^t, `exp_short` not counted.

    rest rounds once and misses k times what LN2 lacks; of e^rest − 1 the cube is left out and el
    times it; u + u²/2 rounds once, the sum with el at its size.
    """
    rest = half_ulp(REST) + k * ln2_defect()
    return rest + REST**3 + 2 * U * REST + half_ulp(REST) + 2 * U * REST


def log_inverse_terms(lower: float, upper: float) -> Terms:
    """√(e^{2t} − 1 − 2t): an error δ of x² is δ/(2x²) of x."""
    t = ball(lower, upper)
    w = magnitude((2 * t).exp())
    square = (2 * t).expm1() - 2 * t
    k, fs = short_parts(t)
    exponential = 2 * w * exp_pair_rounding(k) + 4 * half_ulp(2 * REST * w)
    m = magnitude(1 + 2 * t)
    sums = half_ulp(m) + half_ulp(w + m)
    rounding = half_ulp(sums) + half_ulp(sums + 3 * REST * w)
    scale = 1 / (2 * arb(square.abs_lower()))
    terms = {
        EXP: 2 * w * exp_error(fs) * scale,
        SQUARE: (exponential + rounding) * scale,
        ROOT: root_rounding(),
    }
    return in_last_places(terms, square.sqrt())


def log_inverse_regions() -> list[Region]:
    """`inv_log_stdplus`."""
    radius, far = inv_log_stdplus.CENTRE, inv_log_stdplus.EXP_RIGHT
    right = itertools.chain(pieces(radius, 1.0, 200), pieces(1.0, far, 200))
    left = pieces(-far, -radius, 300)
    everywhere = exp_error([ball(-certificates.SHORT, certificates.SHORT)])
    pair = {EXP: everywhere, SQUARE: exp_pair_rounding(1040), MISSING: arb(2) ** -109}
    return [
        centre("INV_LOG_STDPLUS", True),
        region("3/8 ≤ t ≤ 40", itertools.starmap(log_inverse_terms, right)),
        region("−40 ≤ t ≤ −3/8", itertools.starmap(log_inverse_terms, left)),
        nearly("t > 40", pair),
        nearly("t < −40", {SQUARE: 8 * U**2, ROOT: root_rounding(), MISSING: arb(2) ** -115}),
    ]


def short_quotients(lower: float, upper: float) -> tuple[int, list[Any]]:
    """|k| at most, and the balls of z = (m − 1)/(m + 1), y = 2^k·m, m in [√½, √2)."""
    ends = [float((arb(end).log() / arb.const_log2() + arb(0.5)).mid()) for end in (lower, upper)]
    first, last = math.floor(ends[0] - 2.0**-20), math.floor(ends[1] + 2.0**-20)
    most = max(abs(first), abs(last))
    whole = arb(0.5).sqrt().union(arb(2).sqrt()) + arb(0, 2.0**-50)
    ms = [whole]
    if last - first < 3:
        parts = [ball(lower, upper) * arb(2) ** -k for k in range(first, last + 1)]
        ms = [part.intersection(whole) for part in parts if part.overlaps(whole)]
    return most, [(m - 1) / (m + 1) for m in ms]


def inverse_terms(lower: float, upper: float) -> Terms:
    """√(y² − 1 − 2·log y): an error δ of log y is δ/x² of x."""
    y = ball(lower, upper)
    log_y = arb(lower).log().union(arb(upper).log())
    square = y * y - 1 - 2 * log_y
    k, zs = short_quotients(lower, upper)
    logarithm = magnitude(log_y)
    q = magnitude(y * y)
    lows = half_ulp(q + 1 + 2 * logarithm) + half_ulp(q + 1)
    ql = half_ulp(q) + arb(2) ** -1074
    rounding = half_ulp(lows) + half_ulp(lows + ql) + half_ulp(lows + ql + 2 * half_ulp(logarithm))
    scale = 1 / (2 * arb(square.abs_lower()))
    terms = {
        **scaled(largest(log_terms(z, k) for z in zs), 2 * scale),
        SQUARE: rounding * scale,
        ROOT: root_rounding(),
    }
    return in_last_places(terms, square.sqrt())


def inverse_regions() -> list[Region]:
    """`inv_stdplus`; y = 2^-1074 to 4/5 and 6/5 to 2^100."""
    radius, far = inv_stdplus.CENTRE, inv_stdplus.GREATEST
    right = itertools.chain(pieces(1 + radius, 4.0, 200), pieces(4.0, far, 200))
    low = [2.0**-n for n in (1074, 1000, 800, 500, 200, 100, 50, 24, 12, 6, 4)]
    left = itertools.chain(itertools.pairwise(low), pieces(low[-1], 1 - radius, 200))
    return [
        centre("INV_STDPLUS", True),
        region("6/5 ≤ y < 2^100", itertools.starmap(inverse_terms, right)),
        region("0 < y ≤ 4/5", itertools.starmap(inverse_terms, left)),
        nearly("y ≥ 2^100", {MISSING: arb(2) ** -192}),
    ]


LEFT = "−40 ≤ x < −26"
CORE = ("−26 ≤ x < −3.25", "−3.25 ≤ x ≤ −1/4", "1/4 ≤ x ≤ 8", "8 < x < 2^64")
FAR_LEFT, FAR_RIGHT = "x < −40", "x > 2^64"
EXCESS = arb(2) ** -121  # (1 + 2t)/x² from 2^64 on (`d09_kernels`)
TAIL = arb(2) ** -2300  # e^{2t} below −40 (`d09_kernels`)


@functools.cache
def regions(name: str) -> tuple[Region, ...]:
    """The regions of a float64 function, centre first."""
    with enclose.precision(120):
        return tuple(_REGIONS[name]())


def _forward(
    name: str, times_argument: bool, terms: Callable[[DoubleStep], Terms]
) -> Iterator[Region]:
    yield centre(name, times_argument)
    for where in (LEFT, *CORE):
        yield region(where, map(terms, steps(where)))


def _stdplus() -> Iterator[Region]:
    yield from _forward("STDPLUS", False, stdplus_terms)
    yield nearly(FAR_RIGHT, {MISSING: EXCESS})


def _log_stdplus() -> Iterator[Region]:
    yield centre("LOG_STDPLUS", True)
    for where in CORE:
        yield region(where, map(log_terms_of, steps(where)))
    yield nearly("x < −26", {PRODUCT: 8 * U**2, MISSING: arb(2) ** -970})
    quotients = ball(-0.1716, 0.1716)
    logarithm = scaled(log_terms(quotients, 1024), 1 / last_place(arb(2.0**64).log()))
    yield region(FAR_RIGHT, [{**logarithm, MISSING: EXCESS * RELATIVE}])


def _stdplus_derivative() -> Iterator[Region]:
    yield from _forward("STDPLUS_DERIVATIVE", False, derivative_terms)
    yield nearly(FAR_RIGHT, {MISSING: EXCESS})


def _log_stdplus_derivative() -> Iterator[Region]:
    yield from _forward("LOG_STDPLUS_DERIVATIVE", False, log_derivative_terms)
    yield nearly(FAR_LEFT, {MISSING: TAIL})
    yield nearly(FAR_RIGHT, {MISSING: EXCESS})


_REGIONS: dict[str, Callable[[], Iterable[Region]]] = {
    "stdplus": _stdplus,
    "log_stdplus": _log_stdplus,
    "stdplus_derivative": _stdplus_derivative,
    "log_stdplus_derivative": _log_stdplus_derivative,
    "inv_stdplus": inverse_regions,
    "inv_log_stdplus": log_inverse_regions,
}
