"""Writes ``report.html`` (one file, plots inline) and ``report.json``; prints the claims."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from validation.core import Claim, StepResult, Verdict, as_json, counts
from validation.environment import environment


def print_claims(results: Sequence[StepResult]) -> None:
    """Print every claim with its verdict and figure, as wide as the terminal allows."""
    width = max(72, min(shutil.get_terminal_size((110, 24)).columns, 140))
    for result in results:
        print(f"\n{result.step.name}  ({result.seconds:.1f} s)")
        for claim in result.claims:
            print(_claim_lines(claim, width))
    print(f"\n{counts(results)}")


def _claim_lines(claim: Claim, width: int) -> str:
    """A claim as a row: verdict, statement; then its figure, and the witness of a failure."""
    text = [claim.statement, f"→ {claim.figure}"]
    if claim.verdict is not Verdict.PASS and claim.detail:
        text.append(f"  {claim.detail}")
    lines = [line for part in text for line in textwrap.wrap(part, width - 19)]
    margins = [f"  {claim.verdict!s:<14}   ", *[" " * 19] * (len(lines) - 1)]
    return "\n".join(margin + line for margin, line in zip(margins, lines, strict=True))


def write(results: Sequence[StepResult], out: Path, seed: int) -> None:
    """Write ``report.json`` and ``report.html`` into `out`."""
    from validation.report_page import page  # sympy, behind the errata, takes a second to import

    made_with = environment()
    about: dict[str, Any] = {
        "environment": made_with,
        "seconds": {result.step.name: round(result.seconds, 2) for result in results},
    }
    measured = {"measured": as_json(results, seed), "run": about}
    text = json.dumps(measured, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    (out / "report.html").write_text(page(results, seed, made_with), encoding="utf-8")
