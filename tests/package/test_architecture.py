"""CONTRIBUTING's table says who may import whom; this is what holds the code to it.

A room is a folder (`cpu/`) or a module (`kernels.py`) of `stdplus_ref`, or a folder beside it. A
room's row names all that it imports, at the top of a module or inside a function, and nothing else.
Arrows go one way.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("stdplus_ref", "derivations", "validation", "docs", "examples")
PACKAGE = "stdplus_ref"
Rooms = dict[str, set[str]]


def table(text: str) -> Rooms:
    """room -> what it may import, from the rows `| `room` | what | imports |` of the page."""
    rows: Rooms = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            for room in re.findall(r"`([^`]+)`", cells[0]):
                assert room not in rows, f"{room} is in the table twice"
                rows[room] = set(re.findall(r"`([^`]+)`", cells[2]))
    return rows


def room_of(path: Path) -> str:
    """The room a file lies in, as the table names it."""
    parts = path.relative_to(ROOT).parts
    if parts[0] != PACKAGE:
        return f"{parts[0]}/"
    return f"{PACKAGE}/" if parts[1] == "__init__.py" else parts[1] + "/" * (len(parts) > 2)


FILES = {path: room_of(path) for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))}
NAMES = {room.removesuffix("/").removesuffix(".py"): room for room in FILES.values()}
"""Rooms by the name they are imported by."""


def target(name: str) -> str:
    """The room, or the other package, that a module belongs to."""
    first, _, rest = name.partition(".")
    if first == PACKAGE:
        return NAMES[rest.partition(".")[0]] if rest else f"{PACKAGE}/"
    return NAMES[first] if first in TOPS else first


def imported(tree: ast.AST) -> Iterator[str]:
    """Rooms and other packages that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (target(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                inner = node.module == PACKAGE and alias.name in NAMES
                yield target(f"{PACKAGE}.{alias.name}" if inner else node.module)
        elif isinstance(node, ast.Call) and _called(node) == "import_module":
            yield from (target(a.value) for a in node.args if isinstance(a, ast.Constant))


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def arrows() -> Rooms:
    """room -> what it imports, the standard library left out."""
    found: Rooms = {room: set() for room in FILES.values()}
    for path, room in FILES.items():
        found[room] |= set(imported(ast.parse(path.read_text("utf-8")))) - sys.stdlib_module_names
    return {room: targets - {room} for room, targets in found.items()}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Rooms that import each other in a circle; empty if none do."""
    done: set[str] = set()

    def visit(room: str, way: list[str]) -> list[str]:
        if room in way:
            return [*way[way.index(room) :], room]
        if room in done:
            return []
        done.add(room)
        return next(filter(None, (visit(r, [*way, room]) for r in graph.get(room, ()))), [])

    return next(filter(None, (visit(room, []) for room in graph)), [])


ARROWS = arrows()
ALLOWED = table((ROOT / "CONTRIBUTING.md").read_text("utf-8"))


def test_every_room_is_in_the_table() -> None:
    assert len(ARROWS) > 15
    assert set(ALLOWED) - {"tests/"} == set(ARROWS)


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_a_room_imports_what_its_row_says(room: str) -> None:
    assert ARROWS[room] == ALLOWED[room]


def test_no_circle() -> None:
    assert not circle(ARROWS)


def test_the_source_knows_no_target_and_the_library_no_test() -> None:
    assert ARROWS["source/"] == {"numpy"}
    outside = {f"{top}/" for top in TOPS} - {f"{PACKAGE}/"}
    for room in set(ARROWS) - outside:
        assert not ARROWS[room] & outside


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_imports_are_found_wherever_they_are() -> None:
    text = (
        "import stdplus_ref.cpu.loop\nfrom stdplus_ref import spec, stdplus\n"
        "def f():\n    import_module('stdplus_ref.torch.functions')\n    import jax.numpy\n"
    )
    found = set(imported(ast.parse(text)))
    assert found == {"cpu/", "spec/", f"{PACKAGE}/", "torch/", "jax"}
