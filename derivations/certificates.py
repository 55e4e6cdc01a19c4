"""The error of every coefficient set of the kernels, proved over its whole interval.

Rows are the coefficients as rounded: floats, or pairs (hi, lo) that stand for hi + lo. They
default to nothing: the claims (`d10_certificates`) pass those of the kernels, the generator of the
coefficients passes the ones it is about to write, the tests pass wrong ones.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from flint import arb

from derivations import enclose
from derivations.enclose import Bound, Error, entire, polynomial, variable

Row = tuple[float, ...]
Pairs = tuple[tuple[float, float], ...]

EDGE = 0.25  # `range.CENTRE`
LEFT, MIDDLE, RIGHT = -3.25, 1.75, 8.0  # of `newton`
SHORT = 0.3467  # |f| of `exponential.split`: ln 2/2, half a grid step and what INV_LN2 may be off
TOP = 0.0295  # above z² = (√2 − 1)⁴ of `logarithm.log_pair`
TAIL = 0.082  # above (1 + 2t)/x² at x = 8

# The functions approximated through 0, by the names of their coefficients, and |x| at most.
CENTRES: dict[str, tuple[Error, float]] = {
    "STDPLUS": (enclose.stdplus, EDGE),
    "LOG_STDPLUS": (enclose.ratio, EDGE),
    "STDPLUS_DERIVATIVE": (enclose.derivative, EDGE),
    "LOG_STDPLUS_DERIVATIVE": (enclose.log_derivative, EDGE),
    "INV_STDPLUS": (enclose.inverse_ratio, 0.15),
    "INV_LOG_STDPLUS": (enclose.log_inverse_ratio, 0.25),
}

# What the float32 fast path adds on its own to the first coefficient, of that function. √2 is
# rounded down: what is left is positive, so that −0, times both, stays −0.
FIRST = {
    "LOG_STDPLUS_DERIVATIVE": math.sqrt(0.5),
    "INV_LOG_STDPLUS": math.nextafter(math.sqrt(2.0), 0.0),
}
RADIUS_FAST = {"INV_STDPLUS": 0.2, "INV_LOG_STDPLUS": 0.375}
"""|x| at most for float32, where it is another."""


def values(head: Pairs, tail: Row) -> list[Any]:
    """The coefficients that a head of pairs and a tail of floats stand for, exactly."""
    return [arb(hi) + arb(lo) for hi, lo in head] + [arb(c) for c in tail]


def centre_error(name: str, row: Sequence[Any]) -> Error:
    """p/f − 1 for the polynomial p of a centre."""
    function, _ = CENTRES[name]
    return lambda x, n: polynomial(row, x, n) / function(x, n) - 1


@functools.cache
def centre(name: str, head: Pairs, tail: Row, radius: float | None = None) -> Bound:
    """Relative error of a polynomial through 0, on [−radius, radius]."""
    with enclose.precision():
        radius = radius or CENTRES[name][1]
        return enclose.largest(centre_error(name, values(head, tail)), -radius, radius)


def start_left_error(row: Row) -> Error:
    """x times a polynomial in x + MIDDLE, minus log stdplus."""
    return lambda x, n: (
        enclose.variable(x, n) * polynomial(row, x + MIDDLE, n) - enclose.log_stdplus(x, n)
    )


def start_right_error(numerator: Row, denominator: Row) -> Error:
    """Quotient minus log stdplus."""
    return lambda x, n: (
        polynomial(numerator, x, n) / polynomial(denominator, x, n) - enclose.log_stdplus(x, n)
    )


def start_right_fast_error(numerator: Row, denominator: Row) -> Error:
    """x times a quotient, minus log stdplus."""
    return lambda x, n: (
        enclose.variable(x, n) * polynomial(numerator, x, n) / polynomial(denominator, x, n)
        - enclose.log_stdplus(x, n)
    )


def fast_row(name: str, row: Row) -> tuple[Pairs, Row]:
    """Head and tail of the float32 polynomial of a centre."""
    return ((FIRST.get(name, 0.0), row[0]),), row[1:]


def centre_fast(name: str, row: Row) -> Bound:
    """`centre` for float32."""
    return centre(name, *fast_row(name, row), RADIUS_FAST.get(name))


@functools.cache
def start_left(row: Row) -> Bound:
    """Absolute error of a start on [−3.25, −1/4]."""
    return enclose.largest(start_left_error(row), LEFT, -EDGE)


@functools.cache
def start_right(numerator: Row, denominator: Row) -> Bound:
    """Absolute error of a start on [1/4, 8]."""
    return enclose.largest(start_right_error(numerator, denominator), EDGE, RIGHT)


@functools.cache
def start_right_fast(numerator: Row, denominator: Row) -> Bound:
    """Absolute error of the start of float32 on [1/4, 8]."""
    return enclose.largest(start_right_fast_error(numerator, denominator), EDGE, RIGHT)


@functools.cache
def log1p_half(row: Row) -> Bound:
    """Absolute error of the polynomial for log1p(s)/(2s), 0 ≤ s ≤ TAIL."""
    return _series(row, lambda j: arb((-1) ** j) / (2 * (j + 1)), 0.0, TAIL)


@functools.cache
def exp_tail(row: Row) -> Bound:
    """Absolute error of the polynomial for (e^f − 1 − f − … − f⁵/5!)/f⁶, |f| ≤ SHORT."""
    return _series(row, lambda j: 1 / arb.fac_ui(j + 6), -SHORT, SHORT)


@functools.cache
def log_tail(row: Row, power: int) -> Bound:
    """Absolute error of the polynomial for the rest of 2·atanh z from z^power on, in s = z² ≤ TOP.

    The rest is divided by z^power.
    """
    return _series(row, lambda j: arb(2) / (2 * j + power), 0.0, TOP)


@functools.cache
def log_fast(row: Row) -> Bound:
    """Absolute error of the polynomial for −4·atanh(z)/z in s = z² ≤ TOP."""
    return _series(row, lambda j: -arb(4) / (2 * j + 1), 0.0, TOP)


def _series(row: Row, coefficient: Any, lower: float, upper: float) -> Bound:
    return enclose.largest(
        lambda x, n: polynomial(row, x, n) - entire(coefficient, 100, x, n), lower, upper
    )


@functools.cache
def exp_fast(row: Row) -> Bound:
    """Absolute error of the polynomial for e^r, |r| ≤ SHORT."""
    return enclose.largest(lambda x, n: polynomial(row, x, n) - variable(x, n).exp(), -SHORT, SHORT)
