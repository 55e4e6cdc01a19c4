"""The search of worst cases: a lower bound that is one, a window that is wide enough, faults seen.

Brute force is by exact integers: every argument of a short interval, or every point of a line.
"""

from __future__ import annotations

import functools
import math
import random
import sys
import types
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from flint import arb

from stdplus_ref import exact
from tests.validation import planted
from validation.worst_cases import grid, lefevre, polynomial, search, taylor, ties, walk, window
from validation.worst_cases.grid import Cell
from validation.worst_cases.lefevre import LANES
from validation.worst_cases.polynomial import FRACTION, Polynomial

CIRCLE = 1 << 52

# Places of every function where the search is compared with all arguments: bends of every size,
# both signs, results of large and small slope.
PLACES = {
    **dict.fromkeys(
        ("stdplus", "log_stdplus", "stdplus_derivative", "log_stdplus_derivative"),
        (1.0625, 4.3, -2.1, 0.01, -0.3, -20.3, -37.5, 25.0, 1e-9, 1e10),
    ),
    "stdplus": (1.0625, 4.3, -2.1, 0.01, -0.3, -20.3, -38.0, 25.0, 1e10),  # −38: subnormal
    "inv_stdplus": (1.5, 4.3, 0.7, 0.01, 1.0078125, 300.0, 1e-300),
    "inv_log_stdplus": (1.0625, 4.3, -2.1, 0.01, -0.3, -20.3, 300.0, 709.5),
}


# The lower bound.


def lines(count: int) -> Iterator[tuple[list[int], list[int], int]]:
    """Slopes, targets and numbers of points: random ones, and those next to simple fractions."""
    rng = random.Random(5)
    for _ in range(count):
        steps, targets = [], []
        for _ in range(LANES):
            near = CIRCLE * rng.randrange(1, 30) // rng.randrange(1, 30) + rng.randrange(-99, 99)
            some = (rng.randrange(CIRCLE), rng.randrange(2000), -rng.randrange(2000), near)
            steps.append(rng.choice(some) % CIRCLE | 1)
            point = rng.randrange(40) * steps[-1] % CIRCLE
            targets.append(rng.choice((0, 1, point, rng.randrange(CIRCLE))))
        yield steps, targets, rng.choice((3, 4, 8, 31, 64, 200))


def bound_is_wrong(module: Any, count: int) -> str:
    """Empty, or the first line whose bound is not the distance of the nearest point above."""
    state = np.empty(6 * LANES)
    for steps, targets, n in lines(count):
        module.start(state, np.array(steps, float), np.array(targets, float))
        module.follow(state, float(n))
        for lane in range(LANES):
            u, v, distance, index = (int(state[lane + k * LANES]) for k in (2, 3, 4, 5))
            a, target = steps[lane], targets[lane]
            # At least n points, and fewer before the last cut.
            if not max(u, v) < n <= u + v:
                return f"{a}, {target}, {n}: {u + v} points"
            want = min(((k * a - target) % CIRCLE, k) for k in range(u + v))
            if (distance, index) != want:
                return f"{a}, {target}, {n}: {distance} of {index}, not {want}"
    return ""


def test_the_bound_is_the_distance_to_the_nearest_point() -> None:
    assert bound_is_wrong(lefevre, 400) == ""


def test_the_points_above_follow_one_another() -> None:
    state = np.empty(6 * LANES)
    for steps, targets, n in lines(60):
        lefevre.start(state, np.array(steps, float), np.array(targets, float))
        lefevre.follow(state, float(n))
        for lane in range(LANES):
            u, v, distance, index = (int(state[lane + k * LANES]) for k in (2, 3, 4, 5))
            order = []
            for _ in range(u + v):
                order.append((distance, index))
                distance += int(lefevre.gap_above(state, lane, index))
                index = int(lefevre.above(state, lane, index))
            points = [(k * steps[lane] - targets[lane]) % CIRCLE for k in range(u + v)]
            assert order == sorted((d, k) for k, d in enumerate(points))


BOUND_FAULTS = (
    ("busy += 1 if u + v < n else 0", "busy += 1 if u + v < n - 1 else 0"),
    ("need = np.ceil((n - u - v) / v)", "need = np.ceil((n - u - v) / v) + 1.0"),
    ("piece = np.floor(d / y)", "piece = np.ceil(d / y)"),
    ("piece = piece if i >= u else 0.0", "piece = piece if i > u else 0.0"),
    ("inside = (i < u) & (d >= y)", "inside = (i < u) & (d > y)"),
    ("inside = (i < u) & (d >= y)", "inside = (i <= u) & (d >= y)"),
    ("end = i + v + (count - piece) * u", "end = i + v + piece * u"),
    ("first = (target <= a) & (target > 0.0)", "first = target <= a"),
    ("end = end if target > 0.0 else 0.0", "end = end"),
    ("            i += piece * v\n", ""),
    ("state[k + LANES] = CIRCLE - a", "state[k + LANES] = CIRCLE - a - 1.0"),
)  # fmt: skip


@pytest.mark.parametrize("fault", BOUND_FAULTS, ids=lambda fault: fault[1].strip() or "left out")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_fault_in_the_bound_is_seen(fault: tuple[str, str]) -> None:
    with np.errstate(all="ignore"):
        ends = ("while True:", "for _ in range(60):")  # some faults never come to an end
        assert bound_is_wrong(planted.module("lefevre", ends), 1) == ""
        assert bound_is_wrong(planted.module("lefevre", ends, fault), 100) != ""


# The window, on polynomials that bend much more than the functions do.


def bent(seed: int) -> tuple[Polynomial, Callable[[int], int], int]:
    """A polynomial, the function that it stands for, in units of 2^-FRACTION, and its length.

    The function is as far from the polynomial as the polynomial's error allows.
    """
    rng = random.Random(seed)
    length = 1 << 11
    sizes = [0.5, 0.5, 2.0 ** -rng.randrange(11, 26), 2.0 ** -rng.randrange(21, 34), 2.0**-44]
    sizes = [size * rng.uniform(-1, 1) for size in sizes]
    terms = tuple(int(size * 2.0**60) << (FRACTION - 60) for size in sizes[:2])
    terms += tuple(int(math.ldexp(size, 120)) << (FRACTION - 120) for size in sizes[2:])
    error = rng.choice((0.0, 2.0**-13, 2.0**-11))
    off = int(rng.choice((-1, 1)) * error * 2.0**60) << (FRACTION - 60)
    p = Polynomial(length // 2, length + 64 * LANES, terms, error)
    return p, lambda x: polynomial._at(terms, x - length // 2) + off, length


def signed(value: int) -> int:
    """value mod 1, between −½ and ½, in units of 2^-FRACTION."""
    half = 1 << (FRACTION - 1)
    return (value + half) % (2 * half) - half


@functools.cache
def distances(seed: int) -> Any:
    """How far the function of `bent` is from a tie at each of its arguments, in ULP."""
    _, value, length = bent(seed)
    return np.array([abs(signed(value(x))) * 2.0**-FRACTION for x in range(length)])


def missed(near: float, seed: int) -> tuple[int, int, int]:
    """Arguments near a tie; those of them that are no candidates; candidates too far from a tie."""
    p, _, length = bent(seed)
    found = search.Findings()
    candidates = search._search_part(Cell("stdplus", 0, length, -52, -52), p, near, found)
    off = distances(seed)
    true = set(np.flatnonzero(off <= near).tolist())
    extra = [x for x in candidates if off[x] > near + 2.1 * p.error + 2.0**-30]
    return (
        len(true),
        len(true - set(candidates)),
        len(extra) + len(candidates) - len(set(candidates)),
    )


NEAR = 2.0**-11
SEEDS = 400


def of_near(seed: int) -> tuple[int, int, int]:
    """`missed` for NEAR."""
    return missed(NEAR, seed)


def seen(seeds: int) -> bool:
    """Whether some polynomial has arguments missed, or too many."""
    return any(any(of_near(seed)[1:]) for seed in range(seeds))


def test_no_argument_of_bent_polynomials_is_missed() -> None:
    wanted, lost, extra = (sum(counts) for counts in zip(*map(of_near, range(SEEDS)), strict=True))
    assert wanted > SEEDS
    assert (lost, extra) == (0, 0)


def faulty_search(monkeypatch: pytest.MonkeyPatch, name: str, *changes: tuple[str, str]) -> None:
    """Plant faults in `window` or `walk`, and let `search` use that."""
    made = planted.module(name, *changes)
    if name == "window":
        monkeypatch.setattr(search, "best", made.best)
    else:
        monkeypatch.setattr(search, "walk", made.walk)


_LINE = "error = (rest + p.error + tables + half * 2.0**-52 + 2.0**-50) * _ROUND"
WINDOW_FAULTS = {
    "no remainder": ((_LINE, _LINE.replace("p.error", "0.0")),),
    "no curvature below": (("+ max(high, 0.0) * half**2) * _ROUND", ") * _ROUND"),),
    "no curvature above": (("- min(low, 0.0) * half**2) * _ROUND", ") * _ROUND"),),
    "wrong sides": (("max(high, 0.0) * half**2) * _ROUND", "-min(low, 0.0) * half**2) * _ROUND"),),
    "curvature at the centre alone": (
        ("low, high = p.curvature()", "low = high = p.terms[2] * 2.0**-384"),
    ),
    "half of the arguments": (
        ("high, 0.0) * half**2) * _ROUND", "high, 0.0) * (half / 2)**2) * _ROUND"),
    ),
    "no second look's remainder": (("second = rest + p.error", "second = rest + 0.0"),),
}
WALK_FAULTS = {
    "curvature of the wrong sign": (("np.rint((second +", "np.rint(-(second +"),),
    "one argument to the right": (("k = index - half", "k = index - half + 1"),),
    "one too few": (("start(state, steps, targets)\n        rounds += follow(state, float(n))",
                     "start(state, steps, targets)\n        rounds += follow(state, float(n - 1))"),
                    ("if index < n:", "if index < n - 1:")),
    "target not at the first argument": (
        ("* np.uint64(half) - value_high[0]", "* np.uint64(half - 1) - value_high[0]"),
    ),
    "one point above the tie": (("while distance <= width:", "if distance <= width:"),),
}  # fmt: skip


@pytest.mark.parametrize("fault", WINDOW_FAULTS)
def test_a_fault_in_the_window_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty_search(monkeypatch, "window", *WINDOW_FAULTS[fault])
    assert seen(SEEDS)


@pytest.mark.parametrize("fault", WALK_FAULTS)
def test_a_fault_in_the_walk_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty_search(monkeypatch, "walk", *WALK_FAULTS[fault])
    with np.errstate(over="ignore"):
        assert seen(40)


def second_look_is_wrong(module: Any) -> bool:
    """Whether `near_tie` is further off than the limit of candidates allows for."""
    rng = random.Random(2)
    for seed in range(200):
        p, _, _ = bent(seed)
        line = (rng.getrandbits(FRACTION), rng.getrandbits(FRACTION), 0, 0)
        p = Polynomial(p.centre, p.reach, p.terms if seed % 2 else line, 0.0)
        middle, half = rng.randrange(-p.reach, p.reach), 1 << rng.randrange(1, 20)
        terms = p.moved(middle)
        value = polynomial.differences(terms, 1)
        slope = polynomial.differences(polynomial.derivative(terms), 1)
        while window.window(p, half, 1, 2.0**-200).width >= 0.25:
            half //= 2
        bound = window.window(p, half, 1, 2.0**-200).limit
        for k in (-half, half - 1, rng.randrange(-half, half)):
            got = module.near_tie(
                value[0, 0], slope[0, 0], slope[1, 0], search._bend(p), float(middle), k
            )
            off = signed((int(got) << (FRACTION - 64)) - polynomial._at(terms, k))
            if abs(off) * 2.0**-FRACTION > bound:
                return True
    return False


def test_the_second_look_is_right_to_its_bound() -> None:
    assert not second_look_is_wrong(walk)


LOOK_FAULTS = (
    ("second + third * step", "second"),
    ("np.rint((second +", "np.rint(-(second +"),
    (" + np.uint64(rest)", ""),
    ("second = second * middle + bend[0, j]", "second = bend[0, bend.shape[1] - 1]"),
)


@pytest.mark.parametrize("fault", LOOK_FAULTS, ids=lambda fault: fault[1].strip() or "left out")
def test_a_fault_in_the_second_look_is_seen(fault: tuple[str, str]) -> None:
    with np.errstate(over="ignore"):
        assert not second_look_is_wrong(planted.module("walk"))
        assert second_look_is_wrong(planted.module("walk", fault))


def test_the_walk_as_plain_python_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty_search(monkeypatch, "walk")
    with np.errstate(over="ignore"):
        assert not seen(40)


def test_room_for_candidates_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_ROOM", 3)
    with pytest.raises(ArithmeticError, match="candidates, but room for 3"):
        missed(2.0**-5, 0)


# Taylor coefficients, tables, cells, ties.


def polynomial_is_wrong(name: str, module: Any) -> bool:
    """Whether a value within reach is further from the polynomial than its error says."""
    rng = random.Random(3)
    for x in PLACES[name]:
        (cell, *_) = grid.cells(name, x, x + math.ulp(x))
        for reach, degree in ((1 << 30, 4), (1 << 34, 6)):
            p = module.of(cell, cell.first, reach, degree)
            for u in (-reach, reach, *(rng.randrange(-reach, reach) for _ in range(5))):
                value = exact.enclosure(name, cell.argument(cell.first + u), 300)
                with exact.intervals.working_precision(300):
                    off = value * arb((1, -cell.ulp)) - arb(1) / 2
                    off -= arb((polynomial._at(p.terms, u), -FRACTION))
                    if not abs(off) <= p.error:
                        return True
    return False


def test_polynomials_hold_the_function(name: str) -> None:
    """At random arguments within reach, and at the ends."""
    assert not polynomial_is_wrong(name, polynomial)


POLYNOMIAL_FAULTS = {
    "no remainder": ("polynomial", ("error = abs(last * scale[-1])", "error = arb(0)")),
    "remainder of a smaller interval": (
        "polynomial", ("* reach ** (degree + 1)", "* (reach // 2) ** (degree + 1)"),
    ),
    "denominator": ("taylor", ("(slopes, values, n) / (n + 1)", "(slopes, values, n) / (n + 2)")),
    "no rounding of the terms": ("polynomial", ("FRACTION = 384", "FRACTION = 96")),
}  # fmt: skip


@pytest.mark.parametrize("fault", POLYNOMIAL_FAULTS)
def test_a_fault_in_the_polynomial_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, change = POLYNOMIAL_FAULTS[fault]
    made = planted.module(name, change)
    if name == "taylor":
        monkeypatch.setattr(polynomial, "taylor", made)
        made = polynomial
    assert polynomial_is_wrong("stdplus", made)


def test_the_remainder_is_that_of_the_next_coefficient(name: str) -> None:
    for x in PLACES[name]:
        low = Fraction(x) * (1 - Fraction(1, 1 << 20))
        high = Fraction(x) * (1 + Fraction(1, 1 << 20))
        ends = sorted((low, high))
        ball = taylor.remainder(name, *ends, 6)
        assert ball.is_finite()
        for inside in (ends[0], Fraction(x), ends[1]):
            assert ball.contains(taylor.coefficients(name, inside, 6)[6].mid())


def test_sizes_and_curvature_bound_the_coefficients_within_reach() -> None:
    for seed in range(50):
        p, *_ = bent(seed)
        low, high = p.curvature()
        for shift in (-p.reach, -p.reach // 3, 0, p.reach // 2, p.reach):
            moved = [float(Fraction(term, 1 << FRACTION)) for term in p.moved(shift)]
            assert all(abs(c) <= size for c, size in zip(moved, p.sizes(), strict=True))
            assert low <= moved[2] <= high


def table_is_wrong(advance: Callable[[Any, Any], None]) -> bool:
    """Whether a table is further off than its bound says, on one of 500 lines."""
    p, *_ = bent(1)
    table = polynomial.differences(p.terms, 64)
    lines = 500
    bound = polynomial.table_error(len(p.terms) - 1, lines)
    for k in range(lines):
        got = Fraction((int(table[0, 0]) << 64) + int(table[1, 0]), 1 << 128)
        off = (got - Fraction(polynomial._at(p.terms, 64 * k), 1 << FRACTION)) % 1
        if min(off, 1 - off) > bound:
            return True
        advance(table[0], table[1])
    return False


def test_tables_are_right_to_their_bound() -> None:
    assert not table_is_wrong(walk.advance)


def test_a_carry_that_is_lost_is_seen() -> None:
    with np.errstate(over="ignore"):
        assert not table_is_wrong(planted.module("walk").advance)
        faulty = planted.module("walk", ("high[j + 1] + carry", "high[j + 1]"))
        assert table_is_wrong(faulty.advance)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("stdplus", 0.5, 3.0),
        ("stdplus", -3.0, -0.75),
        ("log_stdplus_derivative", -2.5, -1.0),
        ("inv_stdplus", 0.25, 0.875),
    ],
)
def test_cells_cover_an_interval_and_have_one_spacing(name: str, low: float, high: float) -> None:
    cells = sorted(grid.cells(name, low, high), key=lambda cell: cell.argument(cell.first))
    assert cells[0].argument(cells[0].first) == Fraction(low)
    assert cells[-1].argument(cells[-1].stop) == Fraction(high)
    for cell, following in pairwise(cells):
        assert cell.argument(cell.stop) == following.argument(following.first)
    for cell in cells:
        for x in (cell.first, cell.stop - 1):
            value = float(cell.argument(x))
            assert Fraction(value) == cell.argument(x)
            assert math.ulp(value) == 2.0**cell.spacing or abs(value) == 2.0 ** round(
                math.log2(abs(value))
            )
            result = float(exact.rounded(name, value, np.float64))
            assert math.ulp(result) in (2.0**cell.ulp, 2.0 ** (cell.ulp + 1))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("stdplus", 2.0, 1.0),
        ("stdplus", 1.0, math.inf),
        ("stdplus", -1.0, 1.0),
        ("stdplus", -50.0, -49.0),
        ("inv_stdplus", -1.0, 0.5),
        ("inv_stdplus", 0.5, 1.5),
        ("inv_log_stdplus", 800.0, 900.0),
    ],
)
def test_what_cannot_be_searched_is_refused(name: str, low: float, high: float) -> None:
    with pytest.raises(ValueError, match=r"expected|inside|searched|infinite"):
        grid.cells(name, low, high)


def test_a_distance_is_that_of_the_exact_error(name: str) -> None:
    for x in PLACES[name]:
        rounded = exact.rounded(name, x, np.float64)
        if math.frexp(abs(rounded))[0] == 0.5:
            continue  # the value may have the smaller ULP of the binade below
        error = float(exact.ulp_error(name, np.array([x]), np.array([rounded]))[0])
        # The value is `error` ULP below its rounding: the tie is on that side.
        want = -error + math.copysign(0.5, error)
        off = ties.distance(name, x) - want
        assert off == pytest.approx(round(off), abs=1e-9)  # ½ is −½
        assert abs(ties.distance(name, x)) <= 0.5


# All of it: every argument of short intervals.


def brute(cell: Cell, near: float) -> list[str]:
    """Arguments of a cell within `near` ULP of a tie, each by an exact polynomial."""
    length = cell.stop - cell.first
    p = polynomial.of(cell, cell.first + length // 2, length, 5)
    assert p.error < near * 2.0**-30
    found = []
    for x in range(cell.first, cell.stop):
        if abs(signed(polynomial._at(p.terms, x - p.centre))) * 2.0**-FRACTION <= near:
            found.append(float(cell.argument(x)).hex())
    return found


def test_the_search_finds_what_brute_force_finds(name: str) -> None:
    """2^13 arguments at several places: none missed, none too many."""
    near, total = 2.0**-8, 0
    for x in PLACES[name]:
        for cell in grid.cells(name, x, x + math.ulp(x) * (1 << 13)):
            found = search.search(cell, near)
            assert [hit for hit, _ in found.hits] == brute(cell, near)
            assert found.arguments == cell.stop - cell.first
            total += len(found.hits)
    assert total > 150


@pytest.mark.slow
def test_the_search_finds_what_brute_force_finds_in_longer_intervals(name: str) -> None:
    """2^18 arguments at one place, in sub-intervals as long as the search chooses."""
    near = 2.0**-13
    x = PLACES[name][0]
    (cell,) = grid.cells(name, x, x + math.ulp(x) * (1 << 18))
    found = search.search(cell, near)
    assert [hit for hit, _ in found.hits] == brute(cell, near)
    assert len(found.hits) > 30


def test_a_search_in_parts_finds_the_same() -> None:
    x = PLACES["stdplus"][0]
    (cell,) = grid.cells("stdplus", x, x + math.ulp(x) * 40_000)
    whole = search.search(cell, 2.0**-8)
    found = search.Findings()
    edges = [cell.first, cell.first + 1, cell.first + 77, cell.first + 30_011, cell.stop]
    for first, stop in pairwise(edges):
        found = found.merge(search.search(cell.part(first, stop), 2.0**-8))
    assert found.hits == whole.hits
    assert found.arguments == 40_000


def test_planting_needs_its_text() -> None:
    with pytest.raises(AssertionError, match="0 times"):
        planted.module("lefevre", ("not there", ""))
    assert isinstance(planted.module("window"), types.ModuleType)
    assert "validation.worst_cases.window" in sys.modules
    assert window.units(0.75, 1) == 2
