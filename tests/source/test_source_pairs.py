"""Every function of `pairs` returns what it says, in exact fractions."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from stdplus_ref.source import coefficients as c
from stdplus_ref.source import pairs
from tests.source.points import few, number, real

F = Fraction
U = F(1, 2**53)  # half a last place of 1
COUNT = 1500


def randoms(seed: int, count: int = COUNT, spread: float = 60.0) -> list[tuple[float, ...]]:
    rng = random.Random(seed)

    def one() -> float:
        return rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0) * 2.0 ** rng.uniform(-spread, spread)

    return [tuple(one() for _ in range(6)) for _ in range(few(count))]


def rounded(value: Fraction) -> float:
    """To nearest, ties to even, subnormals included."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def rounded_to_odd(value: Fraction) -> float:
    """The number itself if it is one, else its neighbour with an odd last bit."""
    y = rounded(value)
    if F(y) == value:
        return y
    below, above = sorted((y, math.nextafter(y, math.inf if F(y) < value else -math.inf)))
    return below if np.float64(below).view(np.int64) & 1 else above


def test_two_sum_is_exact_in_any_order() -> None:
    for a, b, *_ in randoms(1):
        for first, second in ((a, b), (b, a), (a, a * 1e-3), (a, -a)):
            s, e = pairs.two_sum(first, second)
            assert s == first + second
            assert F(s) + F(e) == F(first) + F(second)


def test_fast_two_sum_is_exact_for_the_larger_first() -> None:
    for a, b, *_ in randoms(2):
        first, second = sorted((a, b), key=abs, reverse=True)
        for large, small in ((first, second), (0.0, b), (a, -a), (a, math.nextafter(-a, 0.0))):
            s, e = pairs.fast_two_sum(large, small)
            assert s == large + small
            assert F(s) + F(e) == F(large) + F(small)


def halved(x: float, b: float, hi: float) -> float:
    """b scaled so that |x·b| ≤ |hi|/2."""
    while abs(F(x) * F(b)) > abs(F(hi)) / 2:
        b *= 0.5
    return b


def test_first_step_keeps_its_rounding_error() -> None:
    for x, b, hi, lo, *_ in randoms(3, spread=10.0):
        b, lo = halved(x, b, hi), lo * 2.0**-70
        s, sl = pairs.first_step(x, b, hi, lo)
        exact = F(hi) + F(lo) + F(x) * F(b)
        e = F(hi) + F(x) * F(b) - F(s)
        assert abs(e) <= U * 2 ** (math.frexp(s)[1])
        assert abs(F(s) + F(sl) - exact) <= U * (abs(e) + abs(e + F(lo))) * (1 + U)


def test_horner_step_keeps_its_rounding_error() -> None:
    for x, b, hi, lo, e, _ in randoms(4, spread=10.0):
        b, lo, e = halved(x, b, hi), lo * 2.0**-70, e * 2.0**-70
        s, sl = pairs.horner_step(x, b, e, hi, lo)
        error = F(hi) + F(x) * F(b) - F(s)
        rest = F(x) * F(e) + F(lo)
        exact = F(s) + error + rest
        limit = U * (abs(error) + abs(rest) + abs(error + rest)) * (1 + 2 * U)
        assert abs(F(s) + F(sl) - exact) <= limit


SETS = {
    "STDPLUS": 0.25,
    "LOG_STDPLUS": 0.25,
    "STDPLUS_DERIVATIVE": 0.25,
    "LOG_STDPLUS_DERIVATIVE": 0.25,
    "INV_STDPLUS": 0.15,
    "INV_LOG_STDPLUS": 0.25,
}


@pytest.mark.parametrize("name", SETS)
def test_horner_pair_is_its_polynomial(name: str) -> None:
    """Up to about 2^-53·|c4·x⁴| as stated; three times that is never reached."""
    head, tail = getattr(c, f"{name}_HEAD"), getattr(c, f"{name}_TAIL")
    rng = random.Random(5)
    for _ in range(few(300)):
        x = rng.uniform(-1, 1) * SETS[name] * 2.0 ** -rng.choice((0, 0, 0, 3, 20))
        hi, lo = pairs.horner_pair(x, head, tail)
        exact = sum(
            (F(v) * F(x) ** k for k, (h, low) in enumerate(head) for v in (h, low)), F(0)
        ) + sum((F(v) * F(x) ** (k + 4) for k, v in enumerate(tail)), F(0))
        off = abs(F(hi) + F(lo) - exact)
        assert off <= 3 * U * abs(F(tail[0]) * F(x) ** 4) + F(2) ** -103, x.hex()


def test_times_is_exact_up_to_its_low_part() -> None:
    for x, b, bl, *_ in randoms(6):
        bl = bl * 2.0**-53 * abs(b) / 2.0**60
        p, pl = pairs.times(x, b, bl)
        assert p == x * b
        exact = F(x) * (F(b) + F(bl))
        assert abs(F(p) + F(pl) - exact) <= U * abs(exact - F(p)) * (1 + 2 * U)


def test_quotient_is_good_to_2_100() -> None:
    for n, d, e, nl, dl, _ in randoms(7, spread=30.0):
        nl, dl = (v * 2.0**-54 / 2.0**31 * abs(of) for v, of in ((nl, n), (dl, d)))
        exact = (F(n) + F(nl)) / (F(d) + F(dl))
        inverse = 1 / (F(d) + F(dl)) * (1 + F(math.copysign(2.0**-51, e)))
        q, ql = pairs.quotient(n, nl, d, dl, rounded(inverse))
        assert abs(F(q) + F(ql) - exact) <= F(2) ** -99 * abs(exact)
        q, ql = pairs.quotient(n, 0.0, d, dl, rounded(inverse))
        exact = F(n) / (F(d) + F(dl))
        assert abs(F(q) + F(ql) - exact) <= F(2) ** -99 * abs(exact)


@pytest.mark.parametrize(("low_bits", "limit"), [(-50, -101.5), (-53, -104.7)])
def test_sqrt_pair_is_as_good_as_it_says(low_bits: int, limit: float) -> None:
    for a, al, *_ in randoms(8, 600):
        a = abs(a)
        al = math.copysign(a, al) * 2.0**low_bits
        s, sl = pairs.sqrt_pair(a, al)
        want = real(a, al).sqrt()
        assert s == math.sqrt(a)
        assert float(abs(real(s, sl) / want - 1).mid()) <= 2.0**limit


def test_pow2_and_scale_are_exact() -> None:
    for k in range(-1022, 1024):
        assert pairs.pow2(k) == math.ldexp(1.0, k)
    rng = random.Random(9)
    for _ in range(few(COUNT)):
        k = rng.randint(-2044, 2044)
        a = rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0)
        e = rng.randint(max(-1022, -1021 - k), min(1022, 1022 - k)) if -2043 < k < 2043 else -k
        e = min(max(e, -1022), 1022)
        value = F(a) * F(2) ** (e + k)
        if F(2) ** -1022 <= abs(value) < F(2) ** 1023:
            assert F(pairs.scale(math.ldexp(a, e), k)) == value
    assert pairs.scale(1.5, 2044) == math.inf
    assert pairs.scale(-1.5, 1024) == -math.inf
    assert pairs.scale(1.5, -1074) == 1e-323
    assert pairs.scale(1.5, -2044) == 0.0


def test_odd_sum_rounds_to_odd() -> None:
    rng = random.Random(10)
    for a, b, *_ in randoms(11):
        c = a * rng.uniform(-1, 1) * 2.0 ** -rng.randint(50, 58)
        for x, y in ((a, b), (a, c), (c, a), (a, math.ldexp(a, -54)), (1.0 + a * 2.0**-60, -c)):
            if x + y != 0.0:
                assert pairs.odd_sum(x, y) == rounded_to_odd(F(x) + F(y)), (x.hex(), y.hex())
        assert pairs.odd_sum(a, 0.0) == a


def scaled_cases() -> list[tuple[float, float, int]]:
    rng = random.Random(12)
    cases = []
    for _ in range(few(4000)):
        hi = rng.choice((-1.0, 1.0)) * rng.uniform(0.7, 1.5)
        lo = hi * rng.uniform(-1, 1) * 2.0 ** -rng.choice((53, 54, 56, 60, 80, 10))
        k = rng.choice(
            (0, 0, rng.randint(-70, 70), rng.randint(-1090, -1000), rng.randint(-1080, -1020), 1024)
        )
        cases.append((hi, lo, k))
        # ties of a subnormal result, and next to them
        k = rng.randint(-1074, -1023)
        unit = -1074 - k
        units = rng.randint(1, 2 ** min(k + 1074, 50))
        tie = (units + 0.5) * 2.0**unit
        for off in (0.0, tie * 2.0**-60, -tie * 2.0**-60, 5e-324, -5e-324):
            cases += [(tie, off, k), (-tie, off, k)]
    # the least normal result, and its neighbours
    for k in (-1080, -1022, -1023, -500, -61, -60, -59):
        for y in (2.0**-1022, math.nextafter(2.0**-1022, 0.0), 2.0**-1023, 2.0**-1074):
            hi = math.ldexp(y, -k) if -1022 - k >= -1022 else None
            if hi is not None and 2.0**-961 < abs(hi) < 2.0**500:
                cases += [(hi, s * hi * 2.0**-54, k) for s in (-1, 0, 1)]
                cases += [(-hi, s * hi * 2.0**-54, k) for s in (-1, 0, 1)]
    # a hi that is not the rounded sum
    cases += [(1.0, 2.0**-5, -3), (1.0, 1.0, 0), (-1.0, 0.75, -1070), (1.0, -(2.0**-20), -1074)]
    return cases


def test_round_scaled_rounds_once() -> None:
    for hi, lo, k in scaled_cases():
        want = rounded((F(hi) + F(lo)) * F(2) ** k)
        assert pairs.round_scaled(hi, lo, k) == want, (hi.hex(), lo.hex(), k)


def test_round_scaled_takes_the_ends_of_its_range() -> None:
    assert pairs.round_scaled(1.0, 0.0, -1074) == 5e-324
    assert pairs.round_scaled(1.5, 0.0, 1024) == math.inf
    assert pairs.round_scaled(-1.5, 0.0, 1024) == -math.inf
    assert pairs.round_scaled(1.0, 2.0**-53, -2044) == 0.0
    assert pairs.round_scaled(0.0, 0.0, 0) == 0.0
    for size in (2.0**-962, 2.0**-900, 2.0**1000):  # nothing is lost above −60
        assert pairs.round_scaled(size, size * 2.0**-54, -60) == size * 2.0**-60
        assert pairs.round_scaled(size, size * 2.0**-53, 0) == size
    assert pairs.round_scaled(math.inf, 0.0, 0) in (math.inf,)


def between_cases() -> list[tuple[float, float, int, float]]:
    """Pairs and errors: near ties of the result, subnormal ones too, and anywhere."""
    rng = random.Random(14)
    cases = []
    for hi, lo, k in scaled_cases():
        if abs(lo) <= abs(hi) * 2.0**-50:
            cases.append((hi, lo, k, rng.choice((1.0, 1.5, 1.75)) * 2.0**-67))
    for _ in range(few(2000)):
        hi = rng.choice((-1.0, 1.0)) * rng.uniform(1.0, 2.0)
        tie = rng.choice((-1, 1)) * 2.0**-53  # just above 1, or next to another tie
        off = rng.choice((0.0, rng.uniform(-4.0, 4.0), rng.uniform(-4.0, 4.0) * 2.0**5))
        lo = tie + off * 2.0**-67 * abs(hi)
        cases.append((hi, lo, rng.choice((0, 0, -60, -61, 7, 1000, -1000)), 1.5 * 2.0**-67))
    return cases


def test_between_holds_what_is_possible() -> None:
    """Every number of the interval rounds to y or to z: those at its ends do."""
    doubts = 0
    for hi, lo, k, error in between_cases():
        y, z = pairs.between(hi, lo, k, error)
        middle, reach = F(hi) + F(lo), F(error) * abs(F(hi))
        near, far = sorted((middle - reach, middle + reach), key=abs)
        # the ends themselves are rounded to 2^-53 of lo
        slack = abs(F(lo)) * U + reach * U
        slack = slack if middle > 0 else -slack
        scaled = [rounded(v * F(2) ** k) for v in (near - slack, near + slack)]
        assert y in scaled, (hi.hex(), lo.hex(), k)
        scaled = [rounded(v * F(2) ** k) for v in (far - slack, far + slack)]
        assert z in scaled, (hi.hex(), lo.hex(), k)
        assert abs(y) <= abs(z)
        assert z in (y, math.nextafter(y, math.copysign(math.inf, hi)))
        assert pairs.differ(y, z) == (y != z)
        doubts += y != z
    assert doubts > 100


def test_between_leaves_no_doubt_without_an_error() -> None:
    for hi, lo, k in scaled_cases():
        y = pairs.round_scaled(hi, lo, k)
        assert pairs.between(hi, lo, k, 0.0) == (y, y)


def test_differ_tells_numbers_apart() -> None:
    some = (0.0, 5e-324, 1.0, math.nextafter(1.0, 2.0), math.inf)
    for y, z in itertools.product((*some, *(-v for v in some)), repeat=2):
        assert pairs.differ(y, z) == (y != z)
    for y in (*some, math.nan):
        assert not pairs.differ(y, math.nan)
        assert not pairs.differ(math.nan, y)


def test_round_odd_scaled_rounds_to_odd() -> None:
    for hi, lo, *_ in randoms(13):
        lo = lo * abs(hi) * 2.0**-54 / 2.0**60
        k = random.Random(hi).randint(-300, 300)
        want = rounded_to_odd(F(hi) + F(lo))
        assert pairs.round_odd_scaled(hi, lo, k) == math.ldexp(want, k)


def test_number_is_exact() -> None:
    assert number(F(3, 8)) == real(0.25, 0.125)
