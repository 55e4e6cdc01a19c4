"""Errors of the six functions in float64 over 10^8 random inputs each, in every region from −∞ to
∞, next to every seam, and by a search that climbs towards larger errors from many starts.

The truth is the definition expm1(2t) − 2t = x² in pairs of float64, right to 2^-95 of the value;
Arb confirms the largest errors of every region, and that these results are the correct roundings.
Every random input is evaluated together with the number next to it: results may stall, but not step
back.

STDPLUS_REF_SURVEY_COUNT in the environment sets another number of random inputs per function.
Finished pieces are kept in the folder that is printed, and not computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stdplus_ref import exact
from validation import library, resume, survey
from validation.core import Cell, Claim, Context
from validation.survey import Findings, Piece, Region

NAME = survey.STEP
TITLE = "float64: errors over 10^8 inputs of each function, and a search for the worst"
QUICK = False

_TRUTH_AGREES = 2.0**-30  # ULP; the pairs are right to 2^-40


def run(context: Context, count: int | None = None) -> Sequence[Claim]:
    """Measure the library on about `count` random inputs per function."""
    count = survey.wanted_count() if count is None else count
    claims, rows = [], []
    for name in exact.NAMES:
        work = survey.pieces(name, count, context.seed)
        records = resume.finish(context, survey.examine, work, survey.cache_folder(), name)
        found = _by_region(work, [Findings(**record) for record in records])
        total = Findings()
        for drawn, searched in found.values():
            total = total.merge(drawn).merge(searched)
        claims += [_accuracy(name, total, found), _monotone(name, total)]
        rows += [_row(name, region, *both) for region, both in found.items()]
        claims.append(_confirmed(name, found))
    context.add_table(
        NAME,
        "Largest error in ULP by region: over random inputs (or all neighbours of the seams), and "
        "by the search; the share of random results that are not correctly rounded",
        ("function", "region", "inputs", "misrounded", "largest", "at", "searched", "at "),
        rows,
    )
    return claims


def _by_region(
    work: Sequence[Piece], records: Sequence[Findings]
) -> dict[Region, tuple[Findings, Findings]]:
    """Random findings and those of the searches, by region."""
    found: dict[Region, tuple[Findings, Findings]] = {}
    for piece, record in zip(work, records, strict=True):
        drawn, searched = found.get(piece.region, (Findings(), Findings()))
        if piece.search:
            searched = searched.merge(record)
        else:
            drawn = drawn.merge(record)
        found[piece.region] = (drawn, searched)
    return found


def _accuracy(name: str, total: Findings, found: dict[Region, tuple[Findings, Findings]]) -> Claim:
    """No error above ½ by more than the truth is off, and the largest are correct by Arb."""
    ulp, x = total.worst[0]
    cases = [x for both in found.values() for some in both for _, x in some.worst]
    inputs = np.array([float.fromhex(case) for case in cases])
    wrong = library.functions()[name](inputs) != exact.rounded(name, inputs, np.float64)
    return Claim.of_library(
        name,
        f"{name}, float64: every result is correctly rounded.",
        ulp <= 0.5 + _TRUTH_AGREES and not wrong.any(),
        f"largest error {ulp:.4f} ULP; of the {len(cases)} largest of all regions, by Arb, "
        f"{np.count_nonzero(wrong)} wrong",
        f"input {x}; {total.random} random inputs, {total.count - total.random} in searches",
    )


def _monotone(name: str, total: Findings) -> Claim:
    return Claim.of_library(
        f"{name} monotone",
        f"{name}, float64: no step back between neighbours.",
        not total.back,
        f"{total.back} steps back among {total.steps} pairs of neighbours",
        f"after {total.back_at[0]}" if total.back_at else "",
    )


def _confirmed(name: str, found: dict[Region, tuple[Findings, Findings]]) -> Claim:
    """The worst of every region again, by Arb."""
    cases = [case for both in found.values() for some in both for case in some.worst]
    apart = max(abs(abs(survey.exact_error(name, x)) - ulp) for ulp, x in cases)
    return Claim.of_library(
        f"{name} truth",
        f"{name}, float64: Arb confirms the largest errors of every region.",
        apart <= _TRUTH_AGREES,
        f"largest difference {apart:.2g} ULP",
        f"{len(cases)} inputs",
    )


def _row(name: str, region: Region, drawn: Findings, searched: Findings) -> tuple[Cell, ...]:
    row: list[Cell] = [name, region.title, drawn.count, f"{drawn.misrounded / drawn.random:.2e}"]
    for some in (drawn, searched):
        row += list(some.worst[0]) if some.worst else ["–", "–"]
    return tuple(row)
