"""The claims of the derivations as derivations/README.md lists them, without deriving them anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from derivations import readme, registry

_HEADING = re.compile(r"^## `(d\d\d_\w+)`: (.*)$")


@dataclass(frozen=True)
class Claim:
    """A row of the table in derivations/README.md."""

    step: str
    equation: str
    statement: str
    witness: str
    function: str
    used_by: str

    @property
    def place(self) -> str:
        """The function that derives it, as `derivations.core` names it."""
        return f"{self.step}:{self.function}"


@cache
def titles() -> dict[str, str]:
    """The steps and their titles."""
    found = (_HEADING.match(line) for line in _lines())
    return {match[1]: match[2] for match in found if match}


@cache
def listed() -> tuple[Claim, ...]:
    """Every claim, in order."""
    found, step = [], ""
    for line in _lines():
        if heading := _HEADING.match(line):
            step = heading[1]
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)][1:-1]
        if len(cells) == 5 and re.fullmatch(r"`\w+`", cells[3]):
            equation, statement, witness, function, used_by = cells
            found.append(Claim(step, equation, statement, witness, function.strip("`"), used_by))
    return tuple(found)


def _lines() -> list[str]:
    return (registry.ROOT / readme.PATH).read_text(encoding="utf-8").splitlines()
