"""The claims of the derivations, as pages with formulas, from the table that they wrote."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from derivations import registry
from derivations.listing import Claim, listed, titles
from docs.site.formulas import typeset
from docs.site.staging import Staging

FOLDER: Final = PurePosixPath("derivations")


def link(claim: Claim, up: str) -> str:
    """A link to a claim from a page so far down."""
    return f"[{claim.equation}]({up}{FOLDER}/{claim.step}.md#{claim.function})"


def used_by(name: str) -> list[Claim]:
    """The claims that the source of a function rests on."""
    return [claim for claim in listed() if re.search(rf"\bsource\.{name}:", claim.used_by)]


def write(staging: Staging) -> None:
    """A page for each step."""
    for step, title in titles().items():
        staging.write(FOLDER / f"{step}.md", "\n".join(_page(step, title)))


def _page(step: str, title: str) -> Iterator[str]:
    module = registry.steps()[step]
    yield from (f"# {title.rstrip('.')}", "")
    yield from ("Each claim is derived by the program below it, which raises if it does not hold.",)
    yield from (f"`python -m derivations --only {step}` runs them all.", "")
    for claim in (claim for claim in listed() if claim.step == step):
        code = inspect.getsource(getattr(module, claim.function).function)
        yield from (f"## {claim.function}", "")
        yield from (f"**{claim.equation}.** {typeset(claim.statement)}", "")
        yield from (f"*Shown by:* {_plain(claim.witness)}", "")
        if claim.used_by:
            yield from (f"*Used by:* {_plain(claim.used_by)}", "")
        yield from ("<details><summary>The derivation</summary>", "")
        yield from ("````python", code.rstrip("\n"), "````", "", "</details>", "")


def _plain(text: str) -> str:
    """Text in which Markdown finds nothing to do."""
    return re.sub(r"([*_|<>\[\]\\])", r"\\\1", text)
