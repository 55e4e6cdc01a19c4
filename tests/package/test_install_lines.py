"""The install lines that pages and messages print: of one form, of extras there are, and they work.

`pip install "stdplus-ref[NAME]"` adds an extra to a stdplus_ref that is installed, wherever it came
from: pip finds the extra's list in what is installed. Programs that only a clone has, which run
without anything installed, print `pip install ".[NAME]"`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from derivations import command

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
FOLDERS = ("stdplus_ref", "derivations", "validation", "docs", "examples")
FILES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(p for top in FOLDERS for p in (ROOT / top).rglob("*")))
    if path.suffix in (".md", ".py")
)
LINE = re.compile(r"""pip install (?:-\w+ (?:\S+ )?)*(["']?)(\.|stdplus-ref)\[([^\]]*)\](["']?)""")
IN_A_CLONE = ("validation", "derivations")
COMMANDS = ("README.md", "CONTRIBUTING.md")


def lines() -> list[tuple[str, str, str, str]]:
    """file, quotation mark, what is installed, extras."""
    found = []
    for path in FILES:
        for left, what, extras, right in LINE.findall(path.read_text(encoding="utf-8")):
            assert left == right, path
            found.append((path.relative_to(ROOT).as_posix(), left, what, extras))
    return found


def test_lines_are_found() -> None:
    places = {place for place, *_ in lines()}
    assert {"README.md", "docs/ports.md", "stdplus_ref/torch/__init__.py"} <= places
    assert len(lines()) >= 20


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line[0]} {line[3]}")
def test_every_line_is_right(line: tuple[str, str, str, str]) -> None:
    place, quote, what, extras = line
    names = set(extras.split(","))
    assert names <= {*EXTRAS, "NAME", "{extra}"}
    if place not in COMMANDS or what == "stdplus-ref":
        assert quote == '"'  # for sh, PowerShell and cmd alike
    if place not in COMMANDS:
        clone = place.startswith(IN_A_CLONE)
        assert what == ("." if clone else "stdplus-ref")


@pytest.mark.parametrize(
    ("extra", "page"),
    [("torch", "docs/ports.md"), ("jax", "docs/ports.md"), ("cuda", "docs/cuda.md"),
     ("exact", "README.md")],
)  # fmt: skip
def test_message_and_page_say_the_same(extra: str, page: str) -> None:
    said = f'pip install "stdplus-ref[{extra}]"'
    assert said in (ROOT / "stdplus_ref" / extra / "__init__.py").read_text(encoding="utf-8")
    assert said in (ROOT / page).read_text(encoding="utf-8")


def test_the_rule_is_on_the_page() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (
        'To an installed stdplus_ref, wherever it came from, `pip install "stdplus-ref[NAME]"`'
        in text
    )
    (listed,) = re.findall(r"adds the extra NAME \(([^)]*)\)", text)
    assert set(re.findall(r"`(\w+)`", listed)) == set(EXTRAS) - {
        "test",
        "derivations",
        "docs",
        "validation",
    }


def test_a_program_of_a_clone_names_what_is_missing() -> None:
    command.need("this", "exact", ("sys", "json"))
    with pytest.raises(ImportError) as stopped:
        command.need("this", "exact", ("sys", "no_such_module"))
    assert str(stopped.value) == 'this needs no_such_module: pip install ".[exact]"'
