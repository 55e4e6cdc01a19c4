"""The proof of the float64 bounds: of this source, of the whole line, and by a sound checker."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from flint import arb

from derivations.core import DerivationError
from derivations.proof import arithmetic, far, line, model, number, record
from derivations.proof.driver import Piece, Prover, Region, frame_of
from derivations.proof.regions import all_regions, functions
from derivations.proof.truths import plain
from stdplus_ref.source import KERNELS, newton, pairs
from tests.derivations.shadow import Shadow, beside

REGIONS = {region.where: region for region in all_regions()}
SLOW = 200  # pieces: regions of more are run on their worst piece only


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with model.precision():
        yield


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record.load()["bounds"]
    return found


def region(where: str, function: str) -> Region:
    return next(r for r in all_regions() if r.where == where and function in r.functions)


# The record


def test_the_record_is_of_this_source_and_this_proof() -> None:
    assert record.load()["fingerprint"] == record.fingerprint(), "python -m derivations.proof --all"


def test_the_record_has_every_region() -> None:
    expected = [(r.where, name) for r in all_regions() for name in r.functions]
    expected += [(f.where, f.function) for f in far.forms()]
    assert [(row["region"], row["function"]) for row in rows()] == expected


FAST = [
    r
    for r in all_regions()
    if all(
        row["pieces"] < SLOW
        for row in rows()
        if row["region"] == r.where and row["function"] in r.functions
    )
]


@pytest.mark.parametrize("each", FAST, ids=lambda r: f"{r.functions[0]}-{r.where}")
def test_bounds_are_those_of_the_record(each: Region) -> None:
    for name, bound in Prover(each, functions(each)).prove().items():
        assert record.row(each.where, name, bound) == record.pinned(each.where, name)


@pytest.mark.parametrize(
    "each", [r for r in all_regions() if r not in FAST], ids=lambda r: f"{r.functions[0]}-{r.where}"
)
def test_worst_pieces_have_the_bound_of_the_record(each: Region) -> None:
    prover = Prover(each, functions(each))
    for name in each.functions:
        kept = record.pinned(each.where, name)
        piece = Piece(*map(float.fromhex, kept["worst"]))
        found = record.row(each.where, name, prover.prove([piece])[name])
        assert found["relative"] == kept["relative"]


@pytest.mark.parametrize("form", far.forms(), ids=lambda f: f"{f.function}-{f.where}")
def test_closed_forms_have_the_bound_of_the_record(form: far.Far) -> None:
    found = record.row(form.where, form.function, far.prove(form))
    assert found == record.pinned(form.where, form.function)


# The line


@pytest.mark.parametrize("name", KERNELS)
def test_regions_cover_the_line_and_the_program_agrees(name: str) -> None:
    line.covered(name)
    line.routed(name)


def test_a_gap_in_the_line_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    regions = [r for r in all_regions() if r.where != "8 < x ≤ 256"]
    monkeypatch.setattr(line, "all_regions", lambda: regions)
    with pytest.raises(DerivationError, match="nothing between"):
        line.covered("stdplus")


# The checker, beside exact fractions


def argument_in(piece: Piece, draw: random.Random) -> float:
    low, high = piece.least, piece.greatest
    if low > 0 and high > 4 * low:
        return math.exp(draw.uniform(math.log(low), math.log(high)))
    return min(max(draw.uniform(low, high), low), high)


def watched(each: Region, draw: random.Random, shadow: Shadow) -> None:
    """One argument of a region, run both ways."""
    prover = Prover(each, functions(each))
    piece = draw.choice(each.pieces)
    x = argument_in(piece, draw)
    width = abs(x) * 2.0**-8
    piece = Piece(max(piece.least, x - width), min(piece.greatest, x + width))
    original = prover.once

    def once(piece: Piece, frame: Any, choices: list[int]) -> Any:
        from derivations.proof import driver

        made = driver.argument

        def argument(*operands: Any) -> Any:
            value = made(*operands)
            shadow.give(value, x)
            return value

        driver.argument = argument
        try:
            return original(piece, frame, choices)
        finally:
            driver.argument = made

    # a piece without an answer is cut; what was computed up to there has been checked
    with contextlib.suppress(number.Undecided, model.Unbounded):
        once(piece, frame_of(each, piece), [])


def test_what_the_proof_says_of_numbers_holds_of_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow, draw = beside(monkeypatch), random.Random(1)
    for each in all_regions():
        for _ in range(3):
            watched(each, draw, shadow)
    assert shadow.faults == []
    assert shadow.checked > 5000
    assert shadow.exact > 1000


def unsound_grid(*operands: Any) -> Any:
    """`rounded`, but with a grid a bit too coarse."""
    found = SOUND["rounded"](*operands)
    if isinstance(found, number.Number) and found.grid > -1000:
        found.grid += 1
    return found


SOUND = {"rounded": number.rounded}
UNSOUND: dict[str, Callable[..., Any]] = {
    "_neighbours": lambda a, b: True,
    "_remainder": lambda a, b, c: True,
    "_lost": lambda a, b: True,
    "rounded": unsound_grid,
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_rule_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, name, UNSOUND[name])
    shadow, draw = beside(monkeypatch), random.Random(2)
    for each in (REGIONS["1/4 ≤ x ≤ 8"], REGIONS["|x| < 1/4"], REGIONS["2^-6 ≤ y ≤ 4/5"]):
        for _ in range(2):
            watched(each, draw, shadow)
    assert shadow.faults


def test_bounds_hold_where_pairs_are_computed() -> None:
    """Pairs of the source at random arguments against the exact value, by the same frame."""
    draw = random.Random(3)
    regions = {(each.where, name) for each in all_regions() for name in each.functions}
    for row in rows():
        here = (row["region"], row["function"])
        if row["relative"] is None or here not in regions:
            continue  # a closed form
        each = region(*here)
        if each.left or each.over:
            continue
        for _ in range(4):
            x = argument_in(draw.choice(each.pieces), draw)
            result = functions(each)[row["function"]](x)
            hi, lo, k = result if len(result) == 3 else (*result, 0)
            got = Fraction(hi) + Fraction(lo)
            frame = frame_of(each, Piece(x, x))
            exact = plain(row["function"], frame).interval()
            value = arb(got.numerator) / got.denominator * arb(2) ** k
            assert abs(value / exact - 1) < 2.0 ** row["relative"]


# Faults planted in the source


def log_step_without_square(s: Any) -> Any:
    return s.v


def swapped_fast_two_sum(a: Any, b: Any) -> Any:
    s = a + b
    return s, a - (s - b)


def wrong_pow2(k: int) -> float:
    return math.ldexp(1.0, k + (k == 1))


FAULTS = {
    "the step without its square": (newton.log_step, log_step_without_square, "1/4 ≤ x ≤ 8"),
    "fast_two_sum with its terms swapped": (
        pairs.fast_two_sum,
        swapped_fast_two_sum,
        "6/5 ≤ y ≤ 64",
    ),
    "a wrong power of two": (pairs.pow2, wrong_pow2, "1/4 ≤ x ≤ 8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_source_moves_its_bound(fault: str) -> None:
    function, wrong, where = FAULTS[fault]
    each = REGIONS[where]
    name = "log_stdplus" if "log_stdplus" in each.functions else each.functions[0]
    prover = Prover(each, functions(each))
    from derivations.proof.entry import Program

    linked = Program({"wrong": wrong}).functions["wrong"] if wrong is not wrong_pow2 else wrong
    prover.program = Program(functions(each), {function: linked})
    kept = record.pinned(where, name)
    piece = each.pieces[len(each.pieces) // 2]
    try:
        bound = prover.prove([piece])[name]
    except DerivationError:
        return
    assert math.log2(bound.relative) > kept["relative"] + 1
