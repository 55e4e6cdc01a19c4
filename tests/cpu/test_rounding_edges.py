"""Float64 results at ties of −(x² + 1)/2 and at the ends of the range, by rational numbers."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from stdplus_ref import exact
from stdplus_ref.source import KERNELS
from stdplus_ref.source.log_stdplus import LAST_FINITE
from tests.cpu.test_correct_rounding import Array, assert_right, right, ufunc
from tests.source.points import few


def left_tail(x: float) -> float:
    """log_stdplus(x) for x < −9: −(x² + 1)/2 rounded, ties towards 0."""
    size = (Fraction(x) ** 2 + 1) / 2
    exponent = size.numerator.bit_length() - size.denominator.bit_length() - 54
    while size >= Fraction(2) ** (exponent + 53):
        exponent += 1
    whole, rest = divmod(size, Fraction(2) ** exponent)
    whole += 2 * rest > Fraction(2) ** exponent
    found = whole * Fraction(2) ** exponent
    return -math.inf if found >= Fraction(2) ** 1024 else -float(found)


def left_tails(x: Array) -> Array:
    return np.array([left_tail(v) for v in x.tolist()])


def test_ties_of_the_left_tail() -> None:
    rng = random.Random(5)
    found = []
    for e in range(-17, 481):
        for _ in range(few(8) if e > 1 else few(100)):
            found.append(-math.ldexp(rng.randrange(math.ceil(2**26.5), 2**27) | 1, e))
    x = np.array(found)
    want = left_tails(x)
    assert_right("log_stdplus", x, ufunc("log_stdplus", x), want)
    for value, result in list(zip(x.tolist(), want.tolist(), strict=True))[::11]:
        assert KERNELS["log_stdplus"].float64(value) == result


def test_ties_among_ordinary_arguments() -> None:
    """Between −26 and −9, whatever stands beside them in a block."""
    rng = random.Random(6)
    x = -np.array([math.ldexp(rng.randrange(9 << 23, 1 << 27) | 1, -23) for _ in range(few(4000))])
    x = np.append(x, float.fromhex("-0x1.a000000000004p+3"))
    want = left_tails(x)
    assert_right("log_stdplus", x, right("log_stdplus", x), want)
    for other in (-1.0, -20.0, -30.0, 1e30):
        both = np.full(2 * x.size, other)
        both[::2] = x
        assert_right("log_stdplus", x, ufunc("log_stdplus", both)[::2], want)


def around(x: float, count: int = 40) -> Array:
    """x and its neighbours."""
    at = int(np.float64(x).view(np.int64)) + np.arange(-count, count + 1)
    return at.astype(np.int64).view(np.float64)


def raises_overflow(name: str, x: float) -> bool:
    """Whether the ufunc raises the flag."""
    import stdplus_ref

    with np.errstate(all="ignore", over="raise"):
        try:
            getattr(stdplus_ref, name)(np.array([x]))
        except FloatingPointError:
            return True
    return False


def test_overflow_of_log_stdplus() -> None:
    x = around(LAST_FINITE)
    want = left_tails(x)
    assert want[40] > -math.inf == want[41]
    assert_right("log_stdplus", x, ufunc("log_stdplus", x), want)
    for value, result in zip(x.tolist(), want.tolist(), strict=True):
        assert raises_overflow("log_stdplus", value) == math.isinf(result)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("stdplus", -38.7, -37.5), ("stdplus_derivative", -38.7, -37.5),
     ("inv_log_stdplus", 709.7826, 709.7828)],
)  # fmt: skip
def test_ends_of_the_range(name: str, low: float, high: float) -> None:
    x = np.random.default_rng(7).uniform(low, high, few(3000))
    assert_right(name, x, ufunc(name, x), np.asarray(exact.rounded(name, x, np.float64)))
