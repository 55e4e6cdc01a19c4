"""Writes ``report.html`` (one file, plots inline) and ``report.json``; prints the claims."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from validation.core import Cell, Claim, Plot, StepResult, Table, Verdict, as_json
from validation.environment import environment

_CLASSES = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.PAPER_IS_WRONG: "paper"}

_CSS = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1c1c1c;
  background: #fff; max-width: 66rem; margin: 0 auto; padding: 1.5rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem;
  padding-top: 1rem; border-top: 1px solid #ddd; } h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
p { max-width: 46rem; } .muted { color: #5c5c5c; font-size: .88rem; }
nav a { margin-right: 1rem; }
table { border-collapse: collapse; font-size: .86rem; margin: .4rem 0 1rem; }
th { text-align: left; border-bottom: 2px solid #bbb; } th, td { padding: .25rem .7rem .25rem 0;
  vertical-align: top; } td { border-bottom: 1px solid #eee; } td.number { text-align: right;
  font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
.wide table { white-space: nowrap; }
code, td.hex { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .8rem; }
figure { margin: 1rem 0 1.8rem; } figure img { max-width: 100%; height: auto; }
figcaption { max-width: 46rem; color: #333; font-size: .92rem; }
.verdict { white-space: nowrap; font-weight: 600; font-size: .82rem; padding: .1rem .5rem;
  border-radius: .7rem; } .pass { background: #dff2e6; color: #0b5a2b; }
.fail { background: #fbdcd8; color: #8f1508; } .paper { background: #fdeecb; color: #6d4800; }
"""


def counts(results: Iterable[StepResult]) -> str:
    """How many claims came to which verdict, in words: ``31 pass, 0 fail, 6 paper is wrong``."""
    tally = Counter(claim.verdict for result in results for claim in result.claims)
    return ", ".join(f"{tally[verdict]} {verdict!s}" for verdict in Verdict)


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
    about: dict[str, Any] = {
        "environment": environment(),
        "seconds": {result.step.name: round(result.seconds, 2) for result in results},
    }
    measured = {"measured": as_json(results, seed), "run": about}
    text = json.dumps(measured, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    (out / "report.html").write_text(_page(results, seed), encoding="utf-8")


def _page(results: Sequence[StepResult], seed: int) -> str:
    seconds = sum(result.seconds for result in results)
    versions = ", ".join(f"{name} {version}" for name, version in environment().items())
    links = "".join(
        f'<a href="#{_escape(r.step.name)}">{_escape(r.step.name)}</a>' for r in results
    )
    sections = "\n".join(_section(result) for result in results)
    noted = [c for result in results for c in result.claims if c.verdict is not Verdict.PASS]
    notable = f"<h2>What did not pass</h2>\n{_claims_html(noted)}" if noted else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>stdplus_ref: validation report</title>
<style>{_CSS}</style>
</head>
<body>
<h1>stdplus_ref: validation report</h1>
<p><strong>{_escape(counts(results))}.</strong> Every figure below was measured in this run.
<em>Paper is wrong</em> marks a statement of the paper that the measurement refutes; it is a
finding, not a failure of this library.</p>
<p class="muted">Seed {seed}; {seconds:.0f} s; {_escape(versions)}.<br>
An ULP is the spacing of floating-point numbers in the binade of the correctly rounded result,
subnormals included. A result is correctly rounded when its error is at most 0.5 ULP.</p>
<nav>{links}</nav>
{notable}
{sections}
</body>
</html>
"""


def _section(result: StepResult) -> str:
    step = result.step
    parts = [f'<h2 id="{_escape(step.name)}">{_escape(step.title)}</h2>']
    parts += [f"<p>{_prose(paragraph)}</p>" for paragraph in re.split(r"\n\s*\n", step.summary)]
    parts.append(_claims_html(result.claims))
    parts += [_plot_html(plot) for plot in result.plots]
    parts += [_table_html(table) for table in result.tables]
    return "\n".join(parts)


def _claims_html(claims: Iterable[Claim]) -> str:
    rows = "\n".join(
        f'<tr><td><span class="verdict {_CLASSES[claim.verdict]}">{claim.verdict!s}</span></td>'
        f"<td>{_escape(claim.statement)}</td><td>{_escape(claim.figure)}"
        + (f'<br><span class="muted">{_escape(claim.detail)}</span>' if claim.detail else "")
        + "</td></tr>"
        for claim in claims
    )
    head = "<tr><th>verdict</th><th>claim</th><th>figure behind it</th></tr>"
    return f"<table>{head}\n{rows}</table>"


def _plot_html(plot: Plot) -> str:
    image = base64.b64encode(plot.path.read_bytes()).decode()
    caption = _escape(plot.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{image}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _table_html(table: Table) -> str:
    head = "".join(f"<th>{_escape(name)}</th>" for name in table.header)
    rows = "\n".join(f"<tr>{''.join(map(_cell_html, row))}</tr>" for row in table.rows)
    return (
        f'<h3>{_escape(table.caption)}</h3>\n<div class="wide"><table><tr>{head}</tr>\n'
        f"{rows}</table></div>"
    )


def _cell_html(cell: Cell) -> str:
    if isinstance(cell, str):
        style = ' class="hex"' if re.fullmatch(r"-?(0x.*|nan|inf)", cell) else ""
        return f"<td{style}>{_escape(cell)}</td>"
    text = f"{cell:.4g}" if isinstance(cell, float) else str(cell)
    return f'<td class="number">{text}</td>'


def _prose(text: str) -> str:
    """Text of a docstring: what stands in backticks is code."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", _escape(text))


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
