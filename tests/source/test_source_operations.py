"""The operations in plain Python are exactly rounded."""

from __future__ import annotations

import math
import random
import struct
from fractions import Fraction

import numpy as np
import pytest

from stdplus_ref.source import operations
from tests.source.points import bits_of, few

F = Fraction
INF, NAN = math.inf, math.nan


def nearest(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return INF if value > 0 else -INF


def nearest_single(value: Fraction) -> np.float32:
    """To float32 at once, by comparing with the midpoints."""
    y = np.float32(nearest(value))
    if not np.isfinite(y):
        return y
    best = y
    for other in (np.nextafter(y, np.float32(-np.inf)), np.nextafter(y, np.float32(np.inf))):
        if np.isfinite(other):
            a, b = abs(F(float(other)) - value), abs(F(float(best)) - value)
            even = not int(other.view(np.int32)) & 1
            if a < b or (a == b and even):
                best = other
    return best


def cases(seed: int, kind: type) -> list[tuple[float, float, float]]:
    rng = random.Random(seed)
    top = 500 if kind is float else 60

    def one(size: int) -> float:
        return float(
            kind(rng.choice((-1, 1)) * rng.uniform(1, 2) * 2.0 ** rng.randint(-size, size))
        )

    rows = []
    for _ in range(few(1500)):
        a, b = one(20), one(20)
        p = float(kind(a * b))
        rows += [(a, b, one(30)), (a, b, -p), (a, b, p), (a, b, 0.0), (a, b, -p * 2.0**-24)]
        rows += [(a, b, float(kind(p * 2.0 ** rng.choice((-25, -29, -54, 24, 53)))))]
        rows += [(one(top), one(top), one(top))]
    return rows


def test_fma_rounds_once() -> None:
    for a, b, c in cases(1, float):
        want = F(a) * F(b) + F(c)
        got = operations.fma(a, b, c)
        assert got == nearest(want)
        assert type(got) is float
    assert operations.fma(1e300, 1e300, -1e300) == INF
    assert operations.fma(-1e300, 1e300, 0.0) == -INF
    assert operations.fma(1e300, 1e300, -INF) == -INF
    assert math.isnan(operations.fma(0.0, INF, 1.0))
    assert math.isnan(operations.fma(1.0, NAN, 1.0))
    assert math.isnan(operations.fma(1.0, 1.0, NAN))
    assert math.isnan(operations.fma(INF, 1.0, -INF))
    assert operations.fma(INF, 1.0, 3.0) == INF
    assert bits_of(operations.fma(-1.0, 0.0, -0.0)) == bits_of(-0.0)
    assert bits_of(operations.fma(1.0, 0.0, -0.0)) == bits_of(0.0)
    assert bits_of(operations.fma(3.0, 5.0, -15.0)) == bits_of(0.0)


def test_fma_of_float32_rounds_once() -> None:
    for row in cases(2, np.float32):
        a, b, c = map(np.float32, row)
        want = nearest_single(F(float(a)) * F(float(b)) + F(float(c)))
        got = operations.fma(a, b, c)
        assert type(got) is np.float32
        assert got == want, (a, b, c)
    # the product's rounding to float64 is a tie of float32 that the sum is not
    a, b = np.float32(1.0 + 2.0**-12), np.float32(1.0 + 2.0**-12)
    small = (0.0, 2.0**-60, 0.75 * 2.0**-52, 1.25 * 2.0**-52, 0.25 * 2.0**-52, 0.75 * 2.0**-53)
    for c in (sign * size for size in small for sign in (-1.0, 1.0)):
        want = nearest_single(F(float(a)) * F(float(b)) + F(c))
        assert operations.fma(a, b, np.float32(c)) == want


def test_small_operations() -> None:
    for kind in (float, np.float32):
        assert operations.mul(kind(3.0), kind(0.1)) == kind(3.0) * kind(0.1)
        assert operations.sqrt(kind(2.0)) == kind(math.sqrt(2.0))
        assert math.isnan(operations.sqrt(kind(-1.0)))
        assert bits_of(operations.sqrt(kind(0.0))) == bits_of(0.0)
        assert type(operations.sqrt(kind(2.0))) is kind
    assert operations.select(True, 1.0, 2.0) == 1.0
    assert operations.select(np.bool_(False), 1.0, 2.0) == 2.0
    rng = random.Random(3)
    for _ in range(few(300)):
        i = rng.getrandbits(64) - 2**63
        x = struct.unpack("<d", struct.pack("<q", i))[0]
        assert bits_of(operations.from_bits(i)) == bits_of(x)
        assert bits_of(operations.from_bits(i + 2**64)) == bits_of(x)
        if x == x:
            assert operations.bits(x) == i
    assert operations.narrow(0.1) == np.float32(0.1)
    assert type(operations.narrow(0.1)) is np.float32
    assert operations.narrow(1e300) == np.float32(INF)
    assert type(operations.widen(np.float32(0.1))) is float
    assert operations.widen(np.float32(0.1)) == float(np.float32(0.1))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 10, 11, 15])
def test_horner2_is_pairs_and_a_square(count: int) -> None:
    """With exact operations it is the polynomial; with rounded ones Horner's in x²."""
    rng = random.Random(count)
    terms = [rng.uniform(-1, 1) for _ in range(count)]
    x = rng.uniform(-1, 1)
    exact = operations.horner2_scheme(
        F(x), [F(t) for t in terms], lambda a, b, c: a * b + c, lambda a, b: a * b
    )
    assert exact == sum(F(t) * F(x) ** k for k, t in enumerate(terms))
    fma = operations.fma
    rows = [fma(b, x, a) for a, b in zip(terms[::2], terms[1::2], strict=False)]
    rows += terms[-1:] if count % 2 else []
    value = rows[-1]
    for row in reversed(rows[:-1]):
        value = fma(value, x * x, row)
    assert operations.horner2(x, tuple(terms)) == value
    single = operations.horner2(np.float32(x), tuple(terms))
    assert type(single) is np.float32
    assert abs(float(single) - float(exact)) < 1e-5
