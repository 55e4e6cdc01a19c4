"""The proof that float64 results are correctly rounded: of this source, by a sound checker."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from flint import arb

from derivations.core import DerivationError
from derivations.proof import (
    __main__,
    arithmetic,
    certain,
    driver,
    far,
    left,
    line,
    model,
    number,
    record,
)
from derivations.proof.driver import Piece, Prover, Region, frame_of
from derivations.proof.regions import all_regions, functions
from derivations.proof.truths import plain
from stdplus_ref import source
from stdplus_ref.source import KERNELS, log_stdplus, newton, pairs, stdplus
from stdplus_ref.source.operations import fma
from stdplus_ref.source.pairs import between, differ
from stdplus_ref.source.stdplus import beyond, regime, settle
from stdplus_ref.source.stdplus import far as far_of_stdplus
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


def careless(x: float) -> float:
    """stdplus, which takes its pair to be exact."""
    if beyond(x):
        return far_of_stdplus(x)
    hi, lo, k = regime(x)
    y, z = between(hi, lo, k, 0.0)
    if differ(y, z):
        return settle(x, y, z)
    return y


def test_another_way_through_the_program_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdplus, "float64", careless)
    with pytest.raises(DerivationError, match="from"):
        line.routed("stdplus")


# What the program takes the bounds to be


def test_no_bound_is_more_than_the_program_takes_it_to_be() -> None:
    for row in rows():
        assert row["needed"] is None or row["needed"] < row["allowed"], row


@pytest.mark.parametrize("name", KERNELS)
def test_a_smaller_error_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = max(
        (row for row in rows() if row["function"] == name and row["relative"] is not None),
        key=lambda row: row["relative"],
    )
    each, piece = region(kept["region"], name), Piece(*map(float.fromhex, kept["worst"]))
    monkeypatch.setattr(getattr(source, name), "ERROR", 2.0 ** (kept["relative"] - 0.01))
    assert not Prover(each, functions(each)).prove([piece])[name].enough


def test_the_command_fails_for_an_error_too_small(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(source.log_stdplus, "ERROR", 2.0**-80)
    assert __main__.main(["--region", "2^-5 ≤ x < 1/4"]) == 1
    assert "FAIL  the program takes it to be less" in capsys.readouterr().out


def test_between_encloses_what_its_error_allows() -> None:
    """`doubt`, in exact fractions: the largest error of a pair that `error` covers."""
    draw = random.Random(4)
    for _ in range(500):
        hi = math.ldexp(draw.uniform(1.0, 2.0), draw.choice((0, -900)))
        lo = hi * draw.uniform(-1.0, 1.0) * 2.0 ** -draw.randrange(19, 54)
        error = stdplus.ERROR
        lost = driver.doubt(0.0, error, arb(abs(lo)) / hi, arb(hi))
        relative = Fraction((error - lost) * (1 - 2.0**-15))
        assert driver.doubt(float(relative), error, arb(abs(lo)) / hi, arb(hi)) <= error
        least, most = (Fraction(fma(hi, e, lo)) for e in (-error, error))
        pair = Fraction(hi) + Fraction(lo)
        assert Fraction(hi) + least <= pair / (1 + relative)
        assert pair / (1 - relative) <= Fraction(hi) + most


def test_a_closed_form_that_lacks_too_much_is_refused() -> None:
    for form in far.forms():
        if form.where == "x > 2^64":
            assert not far.prove(dataclasses.replace(form, least=2.0**20)).enough


def test_the_far_left_needs_its_form_and_little_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(left, "FORM", left.FORM.replace("-LEAST_NUMBER", "LEAST_NUMBER"))
        with pytest.raises(DerivationError, match="form"):
            left.prove()
    monkeypatch.setattr(left, "exact_t", lambda *_: arb(-30))
    with pytest.raises(DerivationError, match="log_stdplus"):
        left.prove()


def test_the_far_left_is_rounded_as_the_value_is() -> None:
    draw = random.Random(5)
    for n in range(400):
        x = -math.ldexp(draw.randrange(2**26, 2**27) | 1, draw.randrange(-22, 400))
        x = x if n % 2 else -math.ldexp(draw.uniform(9.0, 16.0), draw.randrange(500))
        exact = (Fraction(x) ** 2 + 1) / 2
        nearest = exact.numerator / exact.denominator
        below = math.nextafter(nearest, 0.0)
        if Fraction(below) + Fraction(nearest) == 2 * exact:  # a tie, but for δ
            nearest = below
        assert log_stdplus.float64(x) == -nearest


def test_no_doubt_where_the_last_phase_is_not_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    certain.checked()
    monkeypatch.setattr(certain, "near_numbers", lambda: [("stdplus", 1 + arb(0, 2.0**-53))])
    with pytest.raises(DerivationError, match="far out"):
        certain.checked()


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
    for each in (REGIONS["1/4 ≤ x ≤ 8"], REGIONS["|x| < 1/4"], REGIONS["2^-6 ≤ y ≤ 17/20"]):
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
        "23/20 ≤ y ≤ 64",
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
    assert not bound.enough
