"""Numbers of many words: each operation against rational numbers, within the units it states."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import ModuleType

import pytest
from flint import arb

from stdplus_ref.exact.intervals import working_precision
from stdplus_ref.source import words
from tests.source.planted import Checked, room, words_with
from tests.source.points import few, number

LENGTHS = (2, 3, 6, 12, 24, 96)
WORD, MASK = 28, 2**28 - 1
BITS = 12000


def value(a: list[int], n: int) -> Fraction:
    """What the words stand for."""
    whole = 0
    for word in a[:n]:
        whole = (whole << WORD) + word
    return Fraction(whole, 1 << (WORD * (n - 1)))


def unit(n: int) -> Fraction:
    """The last place."""
    return Fraction(1, 1 << (WORD * (n - 1)))


def filled(top: int, rest: Iterator[int], n: int) -> Checked:
    """The number of these words."""
    a = room()
    a[0] = top
    for i in range(1, n):
        a[i] = next(rest)
    for i in range(n, len(a)):
        a[i] = MASK  # beyond the number nothing may be read
    return a


def tails(rng: random.Random) -> list[Iterator[int]]:
    """Words behind the first: all 0, all ones, a 1 at the end, at random, and mixed."""
    return [
        itertools.repeat(0),
        itertools.repeat(MASK),
        iter(lambda: rng.choice((0, 0, 1, MASK, MASK, MASK - 1)), None),
        iter(lambda: rng.randrange(MASK + 1), None),
    ]


def numbers(n: int, tops: tuple[int, ...], rng: random.Random) -> list[Checked]:
    """Numbers with these first words."""
    return [filled(top, tail, n) for top in tops for tail in tails(rng)]


def copy(a: Checked) -> Checked:
    return Checked(a)


def proper(a: list[int], n: int) -> None:
    """Every word but the first is one of 28 bits."""
    assert all(0 <= word <= MASK for word in a[1:n])


def short_by(got: list[int], want: Fraction, n: int) -> Fraction:
    """By how many units it is too small."""
    proper(got, n)
    return (want - value(got, n)) / unit(n)


def random_n(rng: random.Random, count: int) -> Iterator[int]:
    """Lengths, the small ones more often."""
    for i in range(few(count)):
        yield LENGTHS[i % len(LENGTHS)] if i % 4 == 0 else rng.choice((2, 3, 6, 6, 12))


# What each must do, for a module of such functions


def check_carry(w: ModuleType) -> None:
    rng = random.Random(1)
    for n in random_n(rng, 200):
        a = filled(rng.randrange(-(2**60), 2**60), iter(lambda: 0, None), n)
        for i in range(1, n):
            a[i] = rng.choice((0, -1, 2**62 - 1, -(2**62) + 1, rng.randrange(-(2**61), 2**61)))
        want = value(a, n)
        w.carry(a, n)
        assert short_by(a, want, n) == 0


def check_setting(w: ModuleType) -> None:
    rng = random.Random(2)
    for n in random_n(rng, 800):
        b = rng.randrange(1, 58)
        m = rng.choice((1, -1)) * rng.choice((2**b - 1, rng.randrange(2**b), 2 ** (b - 1)))
        e = rng.randrange(-WORD * n - 90, min(59 - b, 33))
        want = Fraction(m) * Fraction(2) ** e
        a = filled(MASK, itertools.repeat(MASK), n)
        w.put(a, n, m, e)
        assert -2 <= short_by(a, want, n) <= 2
        assert short_by(a, want, n) >= 0 or m < 0
        a = filled(rng.randrange(-(2**40), 2**40), tails(rng)[3], n)
        want += value(a, n)
        w.add_integer(a, n, m, e)
        assert -2 <= short_by(a, want, n) <= 2


def check_sums(w: ModuleType) -> None:
    rng = random.Random(3)
    for n in LENGTHS:
        some = numbers(n, (0, -1, 5, -(2**40), 2**55), rng)
        for a, b in itertools.product(some, some):
            x, y = value(a, n), value(b, n)
            for function, want in ((w.add, x + y), (w.subtract, x - y)):
                out = copy(a)
                function(out, b, n)
                assert short_by(out, want, n) == 0
        for a in some:
            out = copy(a)
            w.negate(out, n)
            assert short_by(out, -value(a, n), n) == 0
            w.copy(out, a, n)
            assert out[:n] == a[:n]
            w.clear(out, n)
            assert value(out, n) == 0


def check_products(w: ModuleType) -> None:
    rng = random.Random(4)
    tops = (0, 1, -1, 7, -(2**29), 2**29)
    for n in LENGTHS:
        some = numbers(n, tops if n <= 12 else tops[:3], rng)
        for a, b in itertools.product(some, some):
            want = value(a, n) * value(b, n)
            out = filled(MASK, itertools.repeat(MASK), n)
            w.multiply(out, a, b, n)
            assert 0 <= short_by(out, want, n) <= n + 2
            if n == 6:
                other = room()
                w.multiply_any(other, a, b, n)
                assert other[:n] == out[:n]


def check_quotients(w: ModuleType) -> None:
    rng = random.Random(5)
    for n in random_n(rng, 600):
        a = filled(rng.choice((0, 1, 5, 2**33, rng.randrange(2**29))), rng.choice(tails(rng)), n)
        d = rng.choice((1, 2, 3, 2**30 - 1, rng.randrange(1, 2**30)))
        want = value(a, n) / d
        w.divide(a, n, d)
        assert 0 <= short_by(a, want, n) < 1
        m = rng.choice((0, 1, 2**62 - 1, rng.randrange(2**62)))
        d = rng.choice((1, 2**55 - 1, 2**54 + 1, rng.randrange(2**53, 2**54), rng.randrange(1, 99)))
        w.quotient(a, n, m, d)
        assert 0 <= short_by(a, Fraction(m, d), n) < 1


def check_powers_of_two(w: ModuleType) -> None:
    rng = random.Random(6)
    for n in random_n(rng, 800):
        top = rng.choice((0, 1, -1, -7, 2**40 + 3, -(2**50), 2**28, rng.randrange(-99, 99)))
        a = filled(top, rng.choice(tails(rng)), n)
        x = value(a, n)
        e = rng.choice((0, 1, 27, 28, 29, 56, 84, WORD * n, rng.randrange(WORD * n + 200)))
        if e >= WORD * n:
            a[0] = max(min(a[0], 2**28 - 1), -(2**28))
            x = value(a, n)
        b, both = copy(a), copy(a)
        w.shift_right(b, n, e)
        assert (-1 if x < 0 and e >= WORD * n else 0) <= short_by(b, x / 2**e, n) < 1
        w.scale(both, n, -e)
        assert both[:n] == b[:n]
        # anything below 2^62 may be shifted there
        small = copy(a)
        w.shift_right(small, n, rng.randrange(51, WORD * n + 60))
        x, e = value(small, n), 0
        while abs(x) * 2 ** (e + 1) < 2**62 and e < WORD * n + 60:
            e += 1
        e = rng.randrange(e + 1)
        both = copy(small)
        w.shift_left(small, n, e)
        assert short_by(small, x * 2**e, n) == 0
        w.scale(both, n, e)
        assert both[:n] == small[:n]


def units_off(got: list[int], want: arb, n: int) -> float:
    """The error in units."""
    proper(got, n)
    return float(abs((number(value(got, n)) - want) * number(1 / unit(n))).mid())


def check_terms(w: ModuleType) -> None:
    for n, small in itertools.product(LENGTHS, (1, 2, 5, 8, 14, 26, 98)):
        k = w.terms(n, small)
        assert k * small + math.log2(math.factorial(k)) >= WORD * n


def check_series(w: ModuleType) -> float:
    """The largest part of 2n + 12 units that is seen."""
    rng, largest = random.Random(7), 0.0
    for n in random_n(rng, 250):
        first, small = rng.choice(((1, n + 2), (1, 1), (3, 2), (3, 1)))
        z = filled(rng.choice((0, -1)), rng.choice(tails(rng)), n)
        w.shift_right(z, n, small)
        if rng.random() < 0.3:
            w.shift_right(z, n, rng.randrange(WORD * n))
        out = room()
        w.series(out, z, n, first, small, room())
        with working_precision(BITS):
            x = number(value(z, n))
            want = x.exp()
            if first == 3:
                want = 2 * (x.exp() - 1 - x) / x**2 if value(z, n) != 0 else number(1)
            largest = max(largest, units_off(out, want, n) / (2 * n + 12))
    assert largest <= 1.0
    return largest


def check_exp(w: ModuleType) -> float:
    """The largest part of (4n + 32)·2^j units that is seen."""
    rng, largest = random.Random(8), 0.0
    for n in random_n(rng, 250):
        top = rng.choice((0, 0, 1, 2, 40, rng.randrange(2**10), 2**20, rng.randrange(2**20)))
        s = filled(top, rng.choice(tails(rng)), n)
        if rng.random() < 0.3:
            w.shift_right(s, n, rng.randrange(WORD * n))
        x = value(s, n)
        out = room()
        e, j = w.exp(out, s, n, room())
        assert out[0] == 1
        assert j >= n + 2
        assert x < 2 ** (j - n - 2)
        with working_precision(BITS):
            want = number(x).exp() / number(Fraction(2)) ** e
            largest = max(largest, units_off(out, want, n) / ((4 * n + 32) * 2.0**j))
    assert largest <= 1.0
    return largest


def check_plain(w: ModuleType) -> None:
    rng = random.Random(9)
    for n, top in itertools.product((3, 6), range(1, 8)):
        for tail in tails(rng) * 20:
            a = filled(top, tail, n)
            assert abs(Fraction(w.plain(a)) - value(a, n)) <= Fraction(2) ** -50


def check_signs(w: ModuleType) -> None:
    rng = random.Random(10)
    for n in random_n(rng, 300):
        few_units, j = rng.choice(((1, 0), (7, 0), (1, 20), (224, 45), (2**20 - 1, 40)))
        units = few_units << j
        for off in (-(2**61), -units - 1, -units + 1, -1, 0, 1, units - 1, units + 1, 2**61):
            if abs(off) == units:
                continue
            a = filled(0, itertools.repeat(0), n)
            a[n - 1] = off
            w.carry(a, n)
            want = 0 if abs(off) <= units else 1 if off > 0 else -1
            assert w.sign_beyond(a, n, few_units, j) == want
        for sign in (1, -1):  # more than all that a number may be
            a = filled(sign * 2**20, itertools.repeat(0), n)
            assert w.sign_beyond(a, n, few_units, WORD * (n - 1) + 41 + j) == 0
            a = filled(sign * 2**20, itertools.repeat(0), n)
            assert w.sign_beyond(a, n, 1, WORD * (n - 1) + 19) == sign


CHECKS: tuple[Callable[[ModuleType], object], ...] = (
    check_carry, check_setting, check_sums, check_products, check_quotients, check_powers_of_two,
    check_terms, check_series, check_exp, check_plain, check_signs,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_words(check: Callable[[ModuleType], object]) -> None:
    print(check.__name__, check(words))


FAULTS: tuple[tuple[Callable[[ModuleType], object], str, str], ...] = (
    (check_carry, "over = v >> WORD", "over = 0"),
    (check_setting, "a[i - 1] = a[i - 1] + (v >> WORD)", "pass"),
    (check_setting, "m >> WORD, e + WORD", "m >> WORD, e"),
    (check_sums, "out[i] = out[i] - a[i]", "out[i] = out[i] + a[i]"),
    (check_sums, "a[i] = -a[i]", "a[i] = a[i]"),
    (check_products, "in range(1, n):\n        total =", "in range(1, 0):\n        total ="),
    (check_products, "total = (total >> WORD) + a0 * b3", "total = a0 * b3"),
    (check_products, "(total >> WORD) + a0 * b4 + a1 * b3", "(total >> WORD) + a0 * b4 - a1 * b3"),
    (check_products, "total = total >> WORD", "total = 0"),
    (check_quotients, "rest = v - q * d\n        a[i] = q", "rest = 0\n        a[i] = q"),
    (check_powers_of_two, "if i > skip:", "if i > skip + 1:"),
    (check_powers_of_two, "a[n - 1] = 0", "a[n - 1] = a[n - 2]"),
    (check_terms, "have = have + small + size", "have = have + small + 2 * size"),
    (check_series, "k = terms(n, small) + first", "k = terms(n, small) // 2 + first"),
    (check_series, "divide(out, n, d)", "divide(out, n, d + 1)"),
    (check_exp, "e = 2 * e", "e = e"),
    (check_exp, "shift_right(s, n, j)", "shift_right(s, n, j - 1)"),
    (check_plain, "(a[2] >> 4)", "0"),
    (check_signs, "2 * units", "units"),
    (check_signs, "add_integer(a, n, -units, e)", "pass"),
    (check_signs, "if e > LARGEST_ERROR:", "if e > 1000:"),
)


@pytest.mark.parametrize(("check", "before", "after"), FAULTS)
def test_faults_are_seen(check: Callable[[ModuleType], object], before: str, after: str) -> None:
    with pytest.raises((AssertionError, IndexError, ValueError)):
        check(words_with(before, after))
