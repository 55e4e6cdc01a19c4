"""The claims of the derivations, as pages with formulas, from the table that they wrote."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from derivations import readme, registry
from docs.site.formulas import typeset
from docs.site.staging import Staging

FOLDER: Final = PurePosixPath("derivations")
_HEADING = re.compile(r"^## `(\w+)`: (.*)$")


@dataclass(frozen=True)
class Claim:
    """A row of the table in derivations/README.md."""

    step: str
    equation: str
    statement: str
    witness: str
    function: str
    used_by: str

    def link(self, up: str) -> str:
        """A link to the claim from a page so far down."""
        return f"[{self.equation}]({up}{FOLDER}/{self.step}.md#{self.function})"


@cache
def titles() -> dict[str, str]:
    """The steps and their titles."""
    lines = (registry.ROOT / readme.PATH).read_text(encoding="utf-8").splitlines()
    found = (_HEADING.match(line) for line in lines)
    return {match[1]: match[2] for match in found if match and match[1] in registry.steps()}


@cache
def listed() -> tuple[Claim, ...]:
    """Every claim, in order."""
    found, step = [], ""
    for line in (registry.ROOT / readme.PATH).read_text(encoding="utf-8").splitlines():
        if heading := _HEADING.match(line):
            step = heading[1]
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)][1:-1]
        if len(cells) == 5 and re.fullmatch(r"`\w+`", cells[3]):
            equation, statement, witness, function, used_by = cells
            found.append(Claim(step, equation, statement, witness, function.strip("`"), used_by))
    return tuple(found)


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
