"""Every named constant is the number that its comment says, and the seams are the contract's."""

from __future__ import annotations

import math
import struct
import sys
from fractions import Fraction

import pytest
from flint import arb

from stdplus_ref import exact
from stdplus_ref.source import (
    coefficients as c,
)
from stdplus_ref.source import (
    elementary,
    exceptions,
    fast,
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    newton,
    operations,
    pairs,
    stdplus,
    stdplus_derivative,
    ties,
    words,
)
from tests.source.points import SEAMS, number, real, truth
from validation import seams


def nearest(value: arb) -> float:
    """A ball rounded to float64: exact rational of its middle, which has 300 bits."""
    man, exp = value.mid().man_exp()
    ratio = Fraction(int(man)) * Fraction(2) ** int(exp)
    return ratio.numerator / ratio.denominator


def pair(value: arb) -> tuple[float, float]:
    hi = nearest(value)
    return hi, nearest(value - real(hi))


CONSTANTS = {
    pairs: {
        "FRACTION": 52,
        "BIAS": 1023,
        "LEAST_EXPONENT": -1022,
        "MAY_UNDERFLOW": -60,
        "NEVER_SUBNORMAL": -962,
        "TINY": 2.0**-900,
        "UPSCALE": 2.0**300,
        "UPSCALED": -300,
    },
    elementary: {
        "ROUND": 1.5 * 2.0**52,
        "ROUND_BITS": struct.unpack("<q", struct.pack("<d", 1.5 * 2.0**52))[0],
        "GRID": 1.5 * 2.0**27,
        "SQRT_HALF_BITS": struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0],
        "MIN_NORMAL": 2.0**-1022,
        "LIFT": 54,
        "TWO_54": 2.0**54,
    },
    newton: {
        "CENTRE": 0.25,
        "STEP_LEFT": -26.0,
        "STEP_RIGHT": 8.0,
        "FAR_LEFT": -40.0,
        "FAR_RIGHT": 2.0**64,
        "START_LEFT": -3.25,
        "MIDDLE": 1.75,
        "LEAST_KEPT": -500,
    },
    fast: {
        "FAST_LEFT": -13.0,
        "FAST_TINY": 2.0**-125,
    },
    stdplus: {"ERROR": 1.5 * 2.0**-67},
    log_stdplus: {
        "LEFT": -9.0,
        "ERROR": 1.5 * 2.0**-67,
        "LEAST_NUMBER": 2.0**-1074,
        "LAST_FINITE": -math.sqrt(2.0) * math.sqrt(sys.float_info.max),
    },
    stdplus_derivative: {"ERROR": 1.5 * 2.0**-67},
    log_stdplus_derivative: {"ERROR": 1.5 * 2.0**-67},
    inv_stdplus: {
        "CENTRE": 0.15,
        "CENTRE_FAST": 0.2,
        "GREATEST": 2.0**100,
        "ERROR": 1.75 * 2.0**-67,
        "LEAST_FAST": 2.0**-100,
    },
    inv_log_stdplus: {
        "CENTRE": 0.25,
        "CENTRE_FAST": 0.375,
        "ERROR": 1.5 * 2.0**-67,
        "EXP_LEFT": -40.0,
        "EXP_RIGHT": 40.0,
        "OVERFLOWED": 720.0,
        "HUGE": 2.0**600,
        "HUGE_FLOAT32": 2.0**60,
    },
    exceptions: {"INFINITY": math.inf, "OVERFLOW": 1, "DIVIDE": 2, "INVALID": 4},
    operations: {"MOST_WORDS": 96},
    words: {
        "WORD": 28,
        "MASK": 2**28 - 1,
        "DIGIT": 7,
        "DIGITS": 4,
        "FEWEST": 6,
        "LARGEST_DIVISOR": 2**30,
        "LARGEST_ERROR": 32,
        "ONE_BITS": struct.unpack("<q", struct.pack("<d", 1.0))[0],
    },
    ties: {
        "FIRST": 53,
        "NORMAL": 2**52,
        "LEAST": -1074,
        "EXPONENT": 2**11 - 1,
        "NEAR": -3,
        "HUGE": 20,
        "APART": 4,
    },
}


@pytest.mark.parametrize("module", CONSTANTS, ids=lambda module: module.__name__)
def test_constants_are_what_they_say(module) -> None:
    for name, value in CONSTANTS[module].items():
        assert getattr(module, name) == value, name


def test_no_constant_is_left_out() -> None:
    for module, known in CONSTANTS.items():
        own = {
            name
            for name, kind in getattr(module, "__annotations__", {}).items()
            if str(kind) == "Final"
        }
        assert own - {"NAN"} == set(known), module.__name__
    assert math.isnan(inv_stdplus.NAN)


def test_seams_are_where_the_files_say() -> None:
    assert seams.SEAMS == SEAMS


# Coefficients that are numbers of mathematics rounded


def test_numbers_of_mathematics() -> None:
    ln2 = arb.const_log2()
    assert nearest(1 / ln2) == c.INV_LN2
    assert nearest(ln2) == c.LN2
    assert math.nextafter(nearest(-2 * ln2), -math.inf) == c.MINUS_TWO_LN2_FAST
    assert nearest(arb(0.5).sqrt()) == c.SQRT_HALF
    assert math.nextafter(nearest(arb(2).sqrt()), 0.0) == c.SQRT_TWO
    assert c.INV_LOG_STDPLUS_FAST[0] > 0.0  # −0 stays −0
    unit = Fraction(2) ** -42
    units = int((ln2 / number(unit)).mid().floor().unique_fmpz())
    assert Fraction(c.LN2_HI) / unit in (units, units + 1)
    assert abs(nearest(ln2 - real(c.LN2_HI))) <= 2.0**-42
    assert nearest(ln2 - real(c.LN2_HI)) == c.LN2_LO
    for name, value in {
        "SIXTH": arb(1) / 6,
        "TWENTYFOURTH": arb(1) / 24,
        "HUNDRED_TWENTIETH": arb(1) / 120,
        "TWO_THIRDS": arb(2) / 3,
        "TWO_FIFTHS": arb(2) / 5,
    }.items():
        assert pair(value) == (getattr(c, f"{name}_HI"), getattr(c, f"{name}_LO"))


def test_taylor_coefficients() -> None:
    taylor = tuple(nearest(arb((-1) ** k) / (2 * (k + 1))) for k in range(7))
    assert taylor == c.LOG1P_HALF
    assert taylor[:4] == c.LOG1P_HALF_SHORT


# Fits: the error of each on its interval, as the comment in the file states it, to 0.02 of a bit.


def value_of(terms, x: arb) -> arb:
    total = arb(0)
    for term in reversed(terms):
        total = total * x + (real(*term) if isinstance(term, tuple) else real(term))
    return total


def relative_to(name: str, divide: bool, at: int = 0):
    def function(x: float) -> arb:
        value = exact.enclosure(name, Fraction(x) + at, 260)
        return value / real(x) if divide else value

    return function


FITS = {
    "STDPLUS": (relative_to("stdplus", False), -68.58, -50.83),
    "LOG_STDPLUS": (relative_to("log_stdplus", True), -70.50, -51.83),
    "STDPLUS_DERIVATIVE": (relative_to("stdplus_derivative", False), -72.79, -51.71),
    "LOG_STDPLUS_DERIVATIVE": (relative_to("log_stdplus_derivative", False), -69.93, -48.82),
    "INV_STDPLUS": (relative_to("inv_stdplus", True, 1), -67.48, -50.11),
    "INV_LOG_STDPLUS": (relative_to("inv_log_stdplus", True), -68.27, -52.95),
}
"""The function, and the errors of its polynomials for float64 and float32."""

ENDS = {"INV_STDPLUS": (0.15, 0.2), "INV_LOG_STDPLUS": (0.25, 0.375)}
"""Where those end that do not end at 1/4."""

ADDED = {"LOG_STDPLUS_DERIVATIVE": c.SQRT_HALF, "INV_LOG_STDPLUS": c.SQRT_TWO}
"""What the float32 polynomials are without."""


def interval(low: float, high: float, count: int = 300) -> list[float]:
    """Chebyshev's points, where errors of fits are largest at the ends."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle + half * math.cos(math.pi * (k + 0.5) / count) for k in range(count)]


@pytest.mark.parametrize("name", FITS)
def test_fits_of_the_centres(name: str) -> None:
    function, *stated = FITS[name]
    first, *rest = getattr(c, f"{name}_FAST")
    fast = ((ADDED.get(name, 0.0), first), *rest)
    rows = ((*getattr(c, f"{name}_HEAD"), *getattr(c, f"{name}_TAIL")), fast)
    for row, end, limit in zip(rows, ENDS.get(name, (0.25, 0.25)), stated, strict=True):
        errors = [
            float(abs(value_of(row, real(x)) / function(x) - 1).mid()) for x in interval(-end, end)
        ]
        assert abs(math.log2(max(errors)) - limit) < 0.02, name


def exp_tail(x: float) -> arb:
    f = real(x)
    return (f.exp() - 1 - f - f**2 / 2 - f**3 / 6 - f**4 / 24 - f**5 / 120) / f**6


def log_tail(x: float) -> arb:
    z = real(x)
    return (2 * z.atanh() - 2 * z - 2 * z**3 / 3 - 2 * z**5 / 5) / z**7


def test_fits_of_exp_and_log() -> None:
    fs = [x for x in interval(-0.3467, 0.3467) if x]
    tail = max(abs((value_of(c.EXP_TAIL, real(x)) - exp_tail(x)) * real(x) ** 6) for x in fs)
    assert abs(math.log2(float(tail.mid())) + 70.90) < 0.02
    fast_errors = max(abs(value_of(c.EXP_FAST, real(x)) - real(x).exp()) for x in fs)
    assert abs(math.log2(float(fast_errors.mid())) + 49.93) < 0.02
    zs = interval(0.001, (math.sqrt(2.0) - 1.0) ** 2)
    logs = max(abs((value_of(c.LOG_TAIL, real(z) ** 2) - log_tail(z)) * real(z) ** 7) for z in zs)
    assert abs(math.log2(float(logs.mid())) + 73.60) < 0.02
    short = max(abs(value_of(c.LOG_FAST, real(z) ** 2) * real(z) + 4 * real(z).atanh()) for z in zs)
    assert abs(math.log2(float(short.mid())) + 52.55) < 0.02


STARTS = {
    ("START_LEFT", None): -21.51,
    ("START_LEFT_FAST", None): -19.40,
    ("START_NUMERATOR", "START_DENOMINATOR"): -23.31,
    ("START_NUMERATOR_FAST", "START_DENOMINATOR_FAST"): -18.91,
}


@pytest.mark.parametrize(("top", "bottom"), STARTS)
def test_fits_of_the_starts(top: str, bottom: str | None) -> None:
    ends = (0.25, 8.0) if bottom else (-3.25, -0.25)
    errors = []
    for x in interval(*ends):
        z = real(x) if bottom else real(x) + real(1.75)
        value = value_of(getattr(c, top), z)
        value = value / value_of(getattr(c, bottom), z) if bottom else value
        value = value if top == "START_NUMERATOR" else value * real(x)
        errors.append(float(abs(value - truth("log_stdplus", x)).mid()))
    assert abs(math.log2(max(errors)) - STARTS[top, bottom]) < 0.03
    assert all(term == struct.unpack("<f", struct.pack("<f", term))[0] for term in getattr(c, top))
