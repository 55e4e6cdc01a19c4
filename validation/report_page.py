"""``report.html``: one file, plots inline, without scripts and without anything from elsewhere."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from derivations.errata import ERRATA, Erratum
from derivations.listing import listed
from validation.core import Cell, Claim, Plot, StepResult, Table, Verdict, counts

_STYLE: Final = Path(__file__).with_name("report.css")
_CLASSES: Final = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.PAPER_IS_WRONG: "paper"}


def page(results: Sequence[StepResult], seed: int, made_with: Mapping[str, str]) -> str:
    """The page; `made_with` is day, commit, machine and packages."""
    noted = [c for result in results for c in result.claims if c.verdict is not Verdict.PASS]
    contents = _contents(results, noted)
    sections = "\n".join(_section(result) for result in results)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>stdplus_ref: validation report</title>
<style>{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<nav class="short"><details><summary>Contents</summary>{contents}</details></nav>
<nav class="long" aria-label="Contents">{contents}</nav>
<main>
<h1 id="top">stdplus_ref: validation report</h1>
<p><strong>{_escape(counts(results))}.</strong> Every figure below was measured in this run.
<em>Paper is wrong</em> marks a statement of the paper that the measurement refutes; it is a
finding, not a failure of this library.</p>
<p class="muted">An ULP is the spacing of floating-point numbers in the binade of the correctly
rounded result, subnormals included. A result is correctly rounded when its error is at most
0.5 ULP.</p>
{_made_html(results, seed, made_with)}
{_noted_html(noted)}
{sections}
{_errata_html(noted)}
</main>
</body>
</html>
"""


def _contents(results: Sequence[StepResult], noted: Sequence[Claim]) -> str:
    links = [("made-with", "made with")]
    links += [("not-passed", "what did not pass")] if noted else []
    links += [(result.step.name, result.step.name) for result in results]
    links += [("errata", "errata")] if _cited(noted) else []
    items = (f'<li><a href="#{_escape(to)}">{_escape(text)}</a></li>' for to, text in links)
    return f"<ul>{''.join(items)}</ul>"


def _made_html(results: Sequence[StepResult], seed: int, made_with: Mapping[str, str]) -> str:
    seconds = sum(result.seconds for result in results)
    facts = {**made_with, "seed": str(seed), "time": f"{seconds:.0f} s"}
    rows = "\n".join(f"<dt>{_escape(n)}</dt><dd>{_escape(v)}</dd>" for n, v in facts.items())
    return f'<h2 id="made-with">Made with</h2>\n<dl class="made">\n{rows}\n</dl>'


def _noted_html(noted: Sequence[Claim]) -> str:
    """What did not pass: this library's claims, then the paper's with their errata."""
    if not noted:
        return ""
    parts = ['<h2 id="not-passed">What did not pass</h2>']
    for title, ours in (("This library", True), ("The paper", False)):
        claims = [claim for claim in noted if claim.ours is ours]
        found = _claims_html(claims) if claims else "<p>Every claim that was measured passed.</p>"
        parts.append(f"<h3>{title}</h3>\n{found}")
    return "\n".join(parts)


def _section(result: StepResult) -> str:
    step = result.step
    parts = [f'<h2 id="{_escape(step.name)}">{_escape(step.title)}</h2>']
    parts += [f"<p>{_prose(paragraph)}</p>" for paragraph in re.split(r"\n\s*\n", step.summary)]
    parts.append(_claims_html(result.claims))
    parts += [_plot_html(plot) for plot in result.plots]
    parts += [_table_html(table) for table in result.tables]
    return "\n".join(parts)


def _claims_html(claims: Iterable[Claim]) -> str:
    rows = "\n".join(_claim_html(claim) for claim in claims)
    head = "<tr><th>verdict</th><th>claim</th><th>figure behind it</th></tr>"
    return f'<div class="box"><table>{head}\n{rows}</table></div>'


def _claim_html(claim: Claim) -> str:
    figure = _escape(claim.figure)
    if claim.detail:
        figure += f'<br><span class="muted">{_escape(claim.detail)}</span>'
    if claim.verdict is Verdict.PAPER_IS_WRONG:
        links = (f'<a href="#{_anchor(e)}">{_escape(e.where)}</a>' for e in _cited([claim]))
        figure += f"<br>Erratum: {', '.join(links)}" if claim.errata else ""
    verdict = f'<span class="verdict {_CLASSES[claim.verdict]}">{claim.verdict!s}</span>'
    return f"<tr><td>{verdict}</td><td>{_escape(claim.statement)}</td><td>{figure}</td></tr>"


def _cited(claims: Iterable[Claim]) -> list[Erratum]:
    """The errata of claims, in the order of the list of errata."""
    wanted = {place for claim in claims for place in claim.errata}
    return [erratum for erratum in ERRATA if erratum.check.place in wanted]


def _anchor(erratum: Erratum) -> str:
    return "erratum-" + erratum.check.place.replace(":", "-")


def _errata_html(noted: Sequence[Claim]) -> str:
    """The errata that the claims cite, and the equations that the derivations have for them."""
    errata = _cited(noted)
    if not errata:
        return ""
    head = "<tr><th>where</th><th>printed</th><th>correct</th><th>derived by</th></tr>"
    rows = "\n".join(
        f'<tr id="{_anchor(e)}"><td>{_escape(e.where)}</td><td>{_escape(e.printed)}</td>'
        f"<td>{_escape(e.correct)}</td><td>{_equation_links(e)}</td></tr>"
        for e in errata
    )
    return (
        '<h2 id="errata">Errata, and the equations behind them</h2>\n'
        "<p>Those that the claims above cite; <code>derivations/ERRATA.md</code> has all.</p>\n"
        f'<div class="box"><table>{head}\n{rows}</table></div>\n{_equations_html(errata)}'
    )


def _equation_links(erratum: Erratum) -> str:
    place = erratum.check.place
    return f'<a href="#equation-{_escape(place.replace(":", "-"))}">{_escape(place)}</a>'


def _equations_html(errata: Sequence[Erratum]) -> str:
    places = {erratum.check.place for erratum in errata}
    rows = "\n".join(
        f'<tr id="equation-{_escape(claim.place.replace(":", "-"))}"><td>{_escape(claim.equation)}'
        f"</td><td>{_prose(claim.statement)}</td><td>{_prose(claim.witness)}</td></tr>"
        for claim in listed()
        if claim.place in places
    )
    head = "<tr><th>equation</th><th>what is derived</th><th>shown by</th></tr>"
    return f'<div class="box"><table>{head}\n{rows}</table></div>'


def _plot_html(plot: Plot) -> str:
    image = base64.b64encode(plot.path.read_bytes()).decode()
    caption = _escape(plot.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{image}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _table_html(table: Table) -> str:
    head = "".join(f"<th>{_escape(name)}</th>" for name in table.header)
    rows = "\n".join(f"<tr>{''.join(_cells_html(row))}</tr>" for row in table.rows)
    return (
        f"<h3>{_escape(table.caption)}</h3>\n"
        f'<div class="box"><table class="numbers"><tr>{head}</tr>\n{rows}</table></div>'
    )


def _cells_html(row: Sequence[Cell]) -> Iterator[str]:
    for cell in row:
        if isinstance(cell, str):
            style = ' class="hex"' if re.fullmatch(r"-?(0x.*|nan|inf)", cell) else ""
            yield f"<td{style}>{_escape(cell)}</td>"
        else:
            text = f"{cell:.4g}" if isinstance(cell, float) else str(cell)
            yield f'<td class="number">{text}</td>'


def _prose(text: str) -> str:
    """Text of a docstring: what stands in backticks is code."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", _escape(text))


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
