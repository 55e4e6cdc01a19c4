"""A page for each of the six functions, from contract, evidence, records and the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any, Final

from derivations.contract import argument, number
from derivations.errata import table
from docs import picture
from docs.site import claims, figures
from docs.site.calls import calls
from docs.site.formulas import typeset
from docs.site.matrix import cells
from docs.site.staging import Staging
from stdplus_ref import spec
from validation import speeds

FOLDER: Final = PurePosixPath("functions")
READ_ALONG: Final = ("newton", "elementary", "pairs", "coefficients")

DEFINITION: Final = (
    r"\operatorname{expm1}(2t)-2t=x^2,\qquad \operatorname{sign}\, t=\operatorname{sign}\, x"
)
FORMULAS: Final = {
    "stdplus": r"\operatorname{stdplus}(x)=e^{t}",
    "log_stdplus": r"\log\,\operatorname{stdplus}(x)=t",
    "stdplus_derivative": r"\operatorname{stdplus}'(x)=\frac{x\,e^{t}}{\operatorname{expm1}(2t)},"
    r"\qquad \operatorname{stdplus}'(0)=\frac{1}{\sqrt{2}}",
    "log_stdplus_derivative": r"(\log\,\operatorname{stdplus})'(x)="
    r"\frac{x}{\operatorname{expm1}(2t)},"
    r"\qquad (\log\,\operatorname{stdplus})'(0)=\frac{1}{\sqrt{2}}",
    "inv_stdplus": r"\operatorname{stdplus}^{-1}(y)="
    r"\operatorname{sign}(y-1)\,\sqrt{y^2-1-2\log y}",
    "inv_log_stdplus": r"(\log\,\operatorname{stdplus})^{-1}(t)="
    r"\operatorname{sign}(t)\,\sqrt{\operatorname{expm1}(2t)-2t}",
}


def write(staging: Staging) -> None:
    """All six pages and their pictures."""
    record = picture.load()
    for name in spec.NAMES:
        figures.graph(name, staging.folder / FOLDER / f"{name}.png")
        figures.errors(name, record, staging.folder / FOLDER / f"{name}-errors.png")
        staging.write(FOLDER / f"{name}.md", "\n".join(page(name, staging, record)))


def page(name: str, staging: Staging, record: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a page."""
    function = spec.FUNCTIONS[name]
    yield from (f"# {name}", "", function.summary, "")
    yield from _definition(function)
    yield from ("## Graph", "")
    yield from (f"![{name} and its derivative near 0]({name}.png)", "")
    yield from _special(function)
    yield from _accuracy(function, record)
    yield from _speed(name)
    yield from _regimes(name, staging)
    yield from _calls(name)


def _definition(function: spec.Function) -> Iterator[str]:
    yield from ("## Definition", "")
    if not function.name.startswith("inv_"):
        yield from (f"For {function.argument} ∈ {function.domain} let t be the solution of", "")
        yield from (f"$${DEFINITION}$$", "", "Then", "")
    yield from (f"$${FORMULAS[function.name]}$$", "")
    yield from (f"From {function.domain} to {function.range}.", "")
    others = [line.partition(" : ") for line in function.related]
    yield from (f"- {_link(other)}: {what}" for other, _, what in others)
    yield ""


def _link(name: str) -> str:
    return f"[`{name}`]({name}.md)"


def _special(function: spec.Function) -> Iterator[str]:
    rows = [
        (argument(function, s.argument), number(s.value), s.raises or "") for s in function.special
    ]
    yield from ("## Special values", "")
    yield from (table((function.argument, f"`{function.name}`", "raises"), rows), "")
    yield from (f"{' '.join(function.extremes)} No other exception is raised.".strip(), "")
    yield "What the words mean, and what a NaN gives: [the contract](../docs/contract.md)."
    yield ""


def _accuracy(function: spec.Function, record: Mapping[str, Any]) -> Iterator[str]:
    name, made = function.name, record["environment"]
    yield from ("## Accuracy", "")
    head = ("type", "promised", "largest error", "how it is known")
    rows = [(p.dtype, *cells(p)) for p in function.accuracy("numpy")]
    yield from (table(head, rows), "")
    worst = [f"`{x}` ({dtype})" for dtype, x in figures.worst_inputs(name).items()]
    yield f"Worst inputs known: {', '.join(worst)}. Every other target: [the matrix](matrix.md)."
    yield from ("", f"![Largest error of {name} in float64 by argument]({name}-errors.png)", "")
    yield f"Largest error in float64 over {record['inputs per interval']} random inputs in each"
    yield "narrow interval; a cross at the top: NaN, infinite or beyond the scale. Measured by"
    yield f"`python -m docs.picture` on {made['date']}, commit {made['commit']}."
    yield ""


def _speed(name: str) -> Iterator[str]:
    yield from ("## Speed", "")
    yield "Time of an element of 10⁵ numbers from N(0, 2²), and its ratio to `np.exp` on the same"
    yield "numbers in the same run, one core. `python -m validation --only speed` measures yours,"
    yield from ("`python -m validation.speeds` adds it to the record.", "")
    rows = []
    for machine, found in sorted(speeds.load().items()):
        made = found["environment"]
        for who, dtype, ns, ratio, *_ in found["rows"]:
            if who == name:
                times = f"{ns:.2g} ns", f"{ratio:.1f}"
                rows.append((machine, dtype, *times, made["date"][:10], made["commit"]))
    yield from (table(("machine", "type", "element", "× np.exp", "day", "commit"), rows), "")


def _regimes(name: str, staging: Staging) -> Iterator[str]:
    source = PurePosixPath("stdplus_ref/source")
    files = {stem: staging.code(source / f"{stem}.py") for stem in (name, *READ_ALONG)}
    yield from ("## How it is computed", "")
    for item in method(name):
        numeral, text = re.findall(r"^(\d\. )?(.*)", item)[0]
        yield from (numeral + typeset(text), "")
    yield f"The function is [`{name}.py`](../{files[name]}); it needs"
    yield ", ".join(f"[`{stem}.py`](../{files[stem]})" for stem in READ_ALONG) + "."
    yield "That the errors of all steps add up to the promise is proved in the"
    yield from ("[error budget](../docs/error-budget.md). The derivations behind it:", "")
    for claim in claims.used_by(name):
        yield f"- {claims.link(claim, '../')}: {typeset(claim.statement)}"
    yield ""


def method(name: str) -> list[str]:
    """The numbered regimes in the docstring of the source, and what follows them."""
    text = import_module(f"stdplus_ref.source.{name}").__doc__ or ""
    body = re.findall(r"^Method +(.*?)\n\n", text, re.MULTILINE | re.DOTALL)[0]
    items = re.split(r"\n\s+(?=\d\. |float32: )", body)
    return [" ".join(item.split()) for item in items]


def _calls(name: str) -> Iterator[str]:
    yield from ("## How to call it", "")
    for call in calls(name):
        yield from (f"### {call.title}", "", call.note, "")
        yield from (f"```{call.language}", call.code.rstrip("\n"), "```", "")
