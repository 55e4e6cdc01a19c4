"""The last phase: on the right side of every midpoint, and honest about what n words can tell."""

from __future__ import annotations

import csv
import math
import random
import signal
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flint import arb

from stdplus_ref import exact
from stdplus_ref.exact.intervals import working_precision
from stdplus_ref.source import KERNELS, ties
from tests.source.planted import room, ties_with, words_with
from tests.source.points import few, hard_cases, number
from tests.source.test_source_words import filled, tails, unit, value

MAX = 1.7976931348623157e308
LEAST = 5e-324
INVERSES = {"stdplus": "inv_stdplus", "log_stdplus": "inv_log_stdplus"}
INVERSES |= {b: a for a, b in INVERSES.items()}

Point = tuple[str, float, float]
"""(name, x, c): whether |f(x)| lies beyond the midpoint after |c|."""

_SIZES = ((2.0**-1022, 2.0**-900), (2.0**-900, 2.0**-100), (2.0**-100, 2.0**-20))
_NEAR = ((2.0**-20, 2.0**-3), (2.0**-3, 0.25), (0.25, 1.0), (1.0, 3.3), (3.3, 9.0))
_ODD = ((LEAST, 2.0**-1022), *_SIZES, *_NEAR)


def mirrored(regimes: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Of −x."""
    return tuple((-high, -low) for low, high in regimes)


REGIMES: dict[str, tuple[tuple[float, float], ...]] = {
    "stdplus": (
        *_NEAR, (9.0, 64.0), (64.0, 2.0**30), (2.0**-60, 2.0**-20),
        *mirrored((*_NEAR, (9.0, 26.0), (26.0, 38.6), (2.0**-60, 2.0**-20))),
    ),
    "log_stdplus": (
        *_ODD, (9.0, 64.0), (64.0, 2.0**64), (2.0**64, MAX),
        *mirrored((*_ODD, (9.0, 26.0), (26.0, 2.0**20), (2.0**20, 1e154))),
    ),
    "stdplus_derivative": (
        *_NEAR, (9.0, 64.0), (64.0, 2.0**30), (2.0**-99, 2.0**-20),
        *mirrored((*_NEAR, (9.0, 26.0), (26.0, 38.6), (2.0**-99, 2.0**-20))),
    ),
    "log_stdplus_derivative": (
        *_NEAR, (9.0, 64.0), (64.0, 2.0**64), (2.0**-99, 2.0**-20),
        *mirrored((*_NEAR, (9.0, 26.0), (26.0, 100.0), (2.0**-99, 2.0**-20))),
    ),
    "inv_stdplus": (
        *_ODD, (1.0, 1.01), (1.01, 2.0), (2.0, 64.0), (64.0, 2.0**40), (0.99, 1.0),
        (1.0 - 2.0**-40, 1.0), (1.0, 1.0 + 2.0**-40),
    ),
    "inv_log_stdplus": (
        *_ODD, (9.0, 64.0), (64.0, 709.0), (709.0, 709.7827), (709.78270, 709.78272),
        *mirrored((*_ODD, (9.0, 64.0), (64.0, 2.0**60), (2.0**60, 2.0**600))),
    ),
}  # fmt: skip


def drawn(low: float, high: float, count: int, rng: random.Random) -> Iterator[float]:
    """Random numbers of an interval, every binade of it alike if there are many."""
    if low < 0.0:
        yield from (-x for x in drawn(-high, -low, count, rng))
    elif low > 0.0 and high >= 8.0 * low:
        ends = math.log2(low), math.log2(high)
        for _ in range(count):
            size = math.ldexp(rng.uniform(0.5, 1.0), math.ceil(rng.uniform(*ends)))
            yield min(max(size, low), high)
    else:
        yield from (rng.uniform(low, high) for _ in range(count))


def below(number_: arb) -> float:
    """The largest float64 that is not above |number_|, but the largest of all."""
    with working_precision(400):
        rounded = abs(float(number_.mid()))
        if math.isinf(rounded):
            return MAX
        return math.nextafter(rounded, 0.0) if number(rounded) > abs(number_) else rounded


@cache
def points(name: str, count: int = 4) -> tuple[Point, ...]:
    """Arguments of every regime, and midpoints next to their values and one further on."""
    rng = random.Random(f"{name} points")
    found = []
    for low, high in REGIMES[name]:
        for x in drawn(low, high, few(count), rng):
            c = below(exact.enclosure(name, x, 150))
            around = [c, math.nextafter(c, 0.0), math.nextafter(c, math.inf)]
            if name == "stdplus":
                around = [y for y in around if (y < 1.0) == (x < 0.0)]
            found += [(name, x, y) for y in around if 0.0 <= y <= MAX]
    return tuple(found)


@cache
def near_ties(name: str, count: int = 8) -> tuple[Point, ...]:
    """Midpoints, and the arguments on either side of where the function passes them."""
    rng = random.Random(f"{name} ties")
    found = []
    for low, high in REGIMES[name]:
        for start in drawn(low, high, few(count) if name in INVERSES else 3, rng):
            c = below(exact.enclosure(name, start, 150))
            if not 0.0 < c < 1e307 or start * c == 0.0:
                continue
            found += [(name, x, c) for x in passing(name, start, c)]
    return tuple(found)


def passing(name: str, start: float, c: float) -> Iterator[float]:
    """The two arguments between which |f| passes the midpoint after c, near the start."""
    m = midpoint_after(c)
    if name not in INVERSES:  # a secant between neighbours far enough apart, then by halves
        yield from bracket(name, start, c)
        return
    signed = -m if "log" not in INVERSES[name] and name.startswith("inv") and start < 1.0 else m
    if "log_stdplus" in (name, INVERSES[name]) and start < 0.0:
        signed = -m
    x = exact.rounded(INVERSES[name], signed, "float64")
    if math.isinf(x) or x in (0.0, 1.0):
        return
    yield float(x)
    value_ = exact.enclosure(INVERSES[name], signed, 200)
    yield math.nextafter(float(x), math.inf if value_ > number(float(x)) else -math.inf)


def bracket(name: str, start: float, c: float) -> Iterator[float]:
    """`passing` by halving an interval about the start, if it holds the place."""
    low, high = (start * (1.0 + side * 2.0**-40) for side in (-1, 1))
    side = truth(name, low, c)
    if truth(name, high, c) == side or abs(start) > 2.0**29:
        return
    while (middle := low + (high - low) / 2) not in (low, high):
        if truth(name, middle, c) == side:
            low = middle
        else:
            high = middle
    yield low
    yield high


def midpoint_after(c: float) -> Fraction:
    """Half-way between c ≥ 0 and the next number."""
    return Fraction(c) + Fraction(math.ulp(c)) / 2


@cache
def truth(name: str, x: float, c: float) -> int:
    """The sign of |f(x)| − m, by Arb."""
    bits = 160
    while True:
        ball = exact.enclosure(name, x, bits)
        with working_precision(bits + 2400):
            difference = abs(ball) - number(midpoint_after(c))
            if difference > 0:
                return 1
            if difference < 0:
                return -1
        bits *= 2
        assert bits < 10000, (name, x.hex(), c.hex())


WORST = Path(__file__).parent / "worst_cases.csv"


@cache
def hardest(name: str) -> tuple[Point, ...]:
    """Arguments with values within 2^-45 of a last place of a tie, and the other hard cases."""
    with WORST.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    texts = [r["input"] for r in rows if r["function"] == name]
    assert len(texts) >= 9
    found = []
    for x in map(float.fromhex, [*texts, *(case[0] for case in hard_cases(name))]):
        if math.isfinite(x) and settled_at(name, x):
            c = below(exact.enclosure(name, x, 200))
            found.append((name, x, c))
    return tuple(found)


def settled_at(name: str, x: float) -> bool:
    """Whether the function's side is defined there, and is not that of an exact tie."""
    if "derivative" in name:
        return 2.0**-100 < abs(x) < 2.0**30 and x > -38.0
    ends = {"stdplus": (-38.6, 2.0**40), "inv_stdplus": (LEAST, 2.0**40)}
    ends |= {"log_stdplus": (-9.0, MAX), "inv_log_stdplus": (-(2.0**600), 709.78)}
    return ends[name][0] <= x <= ends[name][1] and x != (1.0 if name == "inv_stdplus" else 0.0)


def side_of(module: ModuleType, name: str) -> Callable[[float, float, int], int]:
    """One of the six sides."""
    found: Callable[[float, float, int], int] = getattr(module, f"{name}_side")
    return found


def check_sides(module: ModuleType, some: tuple[Point, ...], n: int = 6) -> None:
    """No sign is wrong."""
    for name, x, c in some:
        sign = side_of(module, name)(x, c, n)
        assert sign in (0, truth(name, x, c)), (name, x.hex(), c.hex(), n)


def check_settles(module: ModuleType, some: tuple[Point, ...]) -> None:
    """The neighbour on the right side is chosen."""
    for name, x, c in some:
        settle = module.settling(side_of(module, name))
        y, z = c, math.nextafter(c, math.inf)
        assert settle(x, y, z) == (z if truth(name, x, c) > 0 else y), (name, x.hex(), c.hex())


@pytest.fixture
def checked() -> ModuleType:
    """`ties` on words that must fit an int64."""
    return ties_with()


@pytest.mark.parametrize("some", [points, near_ties, hardest])
def test_signs_are_right(name: str, some: Any, checked: ModuleType) -> None:
    found = some(name)
    print(name, some.__name__, len(found))
    check_sides(checked, found)
    check_settles(checked, found)


def test_more_words_decide_what_few_leave_open(name: str, checked: ModuleType) -> None:
    some = (*points(name)[::4], *near_ties(name)[::3], *hardest(name)[::4])
    undecided = 0
    for n in (3, 12, 24):
        check_sides(checked, some, n)
    for _, x, c in some:
        undecided += side_of(checked, name)(x, c, 3) == 0
        assert side_of(checked, name)(x, c, 24) != 0
    assert undecided > 0


@pytest.mark.parametrize("fewest", [3, 4])
def test_the_doubling_gives_the_same(name: str, fewest: int, checked: ModuleType) -> None:
    checked.FEWEST = fewest
    check_settles(checked, (*points(name)[::4], *near_ties(name)[::3], *hardest(name)[::4]))


def test_larger_bounds_give_the_same_with_more_words(name: str, checked: ModuleType) -> None:
    used: list[int] = []
    small = checked.sign_beyond

    def beyond(a: list[int], n: int, units: int, j: int) -> int:
        used.append(n)
        return small(a, n, units, j + 28 * 11)

    checked.sign_beyond = beyond
    check_settles(checked, (*points(name)[::7], *hardest(name)[::9]))
    assert 24 in used


# The bound of the error


class Seen(list[tuple[Fraction, int, int]]):
    """What `sign_beyond` is given, and the exponent that goes with it."""

    def watch(self, module: ModuleType) -> None:
        exponents = [0]
        exp, sign_beyond = module.exp, module.sign_beyond

        def watched_exp(*args: Any) -> Any:
            e, j = exp(*args)
            exponents[0] = e
            return e, j

        def watched(a: list[int], n: int, units: int, j: int) -> int:
            self.append((value(a, n), units << j, exponents[0]))
            sign: int = sign_beyond(a, n, units, j)
            return sign

        module.exp, module.sign_beyond = watched_exp, watched


def largest_part(module: ModuleType, some: tuple[Point, ...], n: int) -> float:
    """The largest part of `error` that the difference of n words is off, by that of 4n words."""
    seen = Seen()
    seen.watch(module)
    largest = 0.0
    for name, x, c in some:
        seen.clear()
        for count in (n, 4 * n):
            side_of(module, name)(x, c, count)
        if len(seen) == 2 and seen[0][2] == seen[1][2]:
            (a, units, _), (b, _, _) = seen
            off = abs(a - b) / unit(n)
            assert off <= units, (name, x.hex(), c.hex(), float(off), units)
            largest = max(largest, float(off / units))
    return largest


@pytest.mark.parametrize("n", [3, 6, 12])
def test_the_error_is_bounded(name: str, n: int, checked: ModuleType) -> None:
    some = (*points(name), *near_ties(name), *hardest(name))
    part = largest_part(checked, some[:: n // 3 if n < 12 else 10], n)
    print(f"{name}, {n} words: 2^{math.log2(part):.2f} of the bound")
    assert 0.0 < part < 0.25


# The parts


def test_numbers() -> None:
    rng = random.Random(1)
    some = [LEAST, 2.0**-1022, math.nextafter(2.0**-1022, 0.0), 1.0, MAX, 1.5, 2.0**-1074 * 3]
    some += [math.ldexp(rng.uniform(0.5, 1.0), rng.randint(-1073, 1024)) for _ in range(few(400))]
    for x in some:
        for signed in (x, -x):
            m, e = ties.number(signed)
            assert 2**53 <= m < 2**54
            assert Fraction(m) * Fraction(2) ** e == Fraction(x)
            m, e = ties.midpoint(signed)
            assert 2**53 <= m < 2**54
            assert Fraction(m) * Fraction(2) ** e == midpoint_after(x)
    m, e = ties.midpoint(0.0)
    assert Fraction(m) * Fraction(2) ** e == Fraction(2) ** -1075


def mantissas(rng: random.Random) -> int:
    return rng.choice((2**53, 2**54 - 1, rng.randrange(2**53, 2**54)))


def check_squares_and_ratios(module: ModuleType) -> None:
    rng = random.Random(2)
    for _ in range(few(400)):
        n = rng.choice((3, 6, 12, 24))
        m, e, d, ed = mantissas(rng), rng.randrange(-90, 60), mantissas(rng), rng.randrange(-90, 60)
        out = room()
        top = module.square_top(e) + rng.choice((0, 0, 5, 80))
        assert module.square_top(e) == max(0, 2 * (e + 53))
        module.square(out, n, m, e, top, room())
        want = Fraction(m) ** 2 * Fraction(2) ** (2 * e - top)
        assert 0 <= (want - value(out, n)) / unit(n) <= (1 if n >= 6 else 6)
        k = module.ratio(out, n, m, e, d, ed)
        assert 1 <= value(out, n) < 2
        want = Fraction(m, d) * Fraction(2) ** (e - ed - k)
        assert 0 <= (want - value(out, n)) / unit(n) <= 1


def check_roots_and_reciprocals(module: ModuleType) -> tuple[float, float]:
    """The largest parts of 11n + 48 and 2n + 8 units that are seen."""
    rng = random.Random(3)
    parts = [0.0, 0.0]
    for _ in range(few(300)):
        n = rng.choice((3, 6, 6, 12, 24, 96))
        a = filled(1, rng.choice(tails(rng)), n)
        k = rng.choice((0, 1, -1, rng.randrange(-90, 90), rng.randrange(-400, 400)))
        out = room()
        module.root(out, a, k, n)
        with working_precision(8000):
            x = number(value(a, n))
            want = (1 + x**2 * number(Fraction(4) ** k)).sqrt() * number(Fraction(2) ** -max(k, 0))
            off = abs(number(value(out, n)) - want) / number(unit(n))
            parts[0] = max(parts[0], float(off.mid()) / (11 * n + 48))
            a = filled(rng.choice((1, 2, 3)), rng.choice(tails(rng)), n)
            module.reciprocal(out, a, n)
            off = abs(number(value(out, n)) - 1 / number(value(a, n))) / number(unit(n))
            parts[1] = max(parts[1], float(off.mid()) / (2 * n + 8))
    assert max(parts) <= 1.0
    return parts[0], parts[1]


def test_squares_and_ratios(checked: ModuleType) -> None:
    check_squares_and_ratios(checked)


def test_roots_and_reciprocals(checked: ModuleType) -> None:
    print(check_roots_and_reciprocals(checked))


def test_doublings() -> None:
    for n in (2, 3, 6, 12, 24, 48, 96):
        known = 47
        for _ in range(ties.doublings(n)):
            assert known < 28 * n
            known = 2 * known - 1
        assert known >= 28 * n


def test_the_kernels_settle_by_these_sides(name: str) -> None:
    for _, x, c in hardest(name)[:3]:
        got = KERNELS[name].settle(x, c, math.nextafter(c, math.inf))
        assert got == (math.nextafter(c, math.inf) if truth(name, x, c) > 0 else c)


# Faults


LONGEST = 3.0
"""Seconds of this process after which a side does not end: 96 words need less than one."""


@pytest.fixture
def _sides_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A side that does not end fails."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("nothing here would end what does not end")

    unbounded = side_of

    def fail(*_: Any) -> None:
        raise AssertionError("this does not end")

    def ending_side_of(module: ModuleType, name: str) -> Callable[[float, float, int], int]:
        side = unbounded(module, name)

        def ending(x: float, c: float, n: int) -> int:
            signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
            try:
                return side(x, c, n)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)

        return ending

    before = signal.signal(signal.SIGVTALRM, fail)
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "side_of", ending_side_of)
        yield
    signal.signal(signal.SIGVTALRM, before)


def all_checks(module: ModuleType) -> None:
    """What the tests above look at, a part of the points."""
    check_squares_and_ratios(module)
    check_roots_and_reciprocals(module)
    for name in KERNELS:
        some = (*points(name)[::7], *near_ties(name)[::7], *hardest(name)[::9])
        check_sides(module, some)
        assert largest_part(module, some, 6) < 0.25
        module.FEWEST = 3
        check_settles(module, some)


FAULTS = (
    ("return select(x < 0.0, sign, -sign)", "return sign"),
    ("return -phi_sign(x < 0.0", "return phi_sign(x < 0.0"),
    ("negate(s, n)\n    e, j = exp(g, s, n, t)", "e, j = exp(g, s, n, t)"),
    ("scale(r, n, er - e)", "scale(r, n, er - e + 1)"),
    ("add_integer(t, n, -1, -(er + e))", "add_integer(t, n, -1, -er)"),
    ("if er - e > APART:", "if er - e > -1:"),
    ("top = 2 * (eu + FIRST) + 1", "top = 2 * (eu + FIRST)"),
    ("series(b, a, n, 3, 2, t)", "series(b, a, n, 2, 2, t)"),
    ("add_integer(r, n, -u, eu + 1 - top)", "add_integer(r, n, -u, eu - top)"),
    ("scale(s, n, top - 1)  #", "scale(s, n, top)  #"),
    ("add_integer(s, n, -1, -top)", "pass"),
    ("if r[0] >= APART:", "if r[0] >= 0:\n        shift_right(r, n, 1)\n    if r[0] >= APART:"),
    ("er = select(k < 0, 0, k)", "er = k"),
    ("square(a, n, x, ex, 2 * up + 1, t)", "square(a, n, x, ex, 2 * up, t)"),
    ("shift_right(s, n, 1)  # (z²", "pass  # (z²"),
    ("multiply(d, a, s, n)  # z", "multiply(d, a, a, n)  # z"),
    ("return ea - eb - less", "return ea - eb"),
    ("return 16 * n + 128", "return 0"),
    ("error(n), j + lost + APART", "error(n), j // 2"),
    ("while known < WORD * n:", "while 2 * known < WORD * n:"),
    ("return normal(2 * significand(c) + 1", "return normal(2 * significand(c)"),
    ("return select(e == 0, LEAST, e + LEAST - 1)", "return e + LEAST - 1"),
    ("return select(sign > 0, z, y)", "return select(sign > 0, y, z)"),
    ("n = 2 * n\n            sign = side(x, y, n)", "n = 2 * n"),
)


planted = pytest.mark.usefixtures("_sides_end")


@planted
@pytest.mark.parametrize(("before", "after"), FAULTS)
def test_faults_are_seen(before: str, after: str) -> None:
    with pytest.raises((AssertionError, OverflowError, ValueError, ZeroDivisionError)):
        all_checks(ties_with(before, after))


WORDS_FAULTS = (
    ("total = (total >> WORD) + a0 * b3", "total = a0 * b3"),
    ("k = terms(n, small) + first", "k = terms(n, small) // 2 + first"),
    ("a[0] = a[0] + over", "pass"),
    ("e = 2 * e\n", "e = 2 * e + 1\n"),
)


@planted
@pytest.mark.parametrize(("before", "after"), WORDS_FAULTS)
def test_faults_of_words_are_seen_here(before: str, after: str) -> None:
    with pytest.raises((AssertionError, OverflowError, ValueError, ZeroDivisionError)):
        all_checks(ties_with(words_used=words_with(before, after)))


@planted
def test_without_a_fault_all_is_well() -> None:
    all_checks(ties_with())
