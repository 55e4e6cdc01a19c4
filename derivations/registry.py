"""Finds the derivations and the generators, and builds or checks what they write.

A *step* is a module ``derivations/dNN_name.py``; its claims are its `Derivation` objects.
A *generator* is a module of ``derivations`` or ``derivations.coefficients`` with

    NAME: str
    def outputs() -> dict[pathlib.Path, str]    # path relative to the repository root → text

Both are discovered; there is no list to keep.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import derivations
from derivations.core import Derivation, DerivationError, Result, established

ROOT = Path(__file__).resolve().parent.parent
_STEP = re.compile(r"d\d\d_\w+")


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if info.name != "__main__" and not info.ispkg:
            yield importlib.import_module(f"{package.__name__}.{info.name}")


def name_of(module: ModuleType) -> str:
    """The module's own name, without its package."""
    return module.__name__.rpartition(".")[2]


def steps() -> dict[str, ModuleType]:
    """The derivation modules by name, in order."""
    found = {name_of(module): module for module in _modules(derivations)}
    return {name: module for name, module in found.items() if _STEP.fullmatch(name)}


def claims(module: ModuleType) -> list[Derivation[Any]]:
    """The claims a step states, in the order it states them."""
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, Derivation) and value.function.__module__ == module.__name__
    ]
    if not own:
        raise DerivationError(f"{module.__name__} states no claim")
    return own


def derive(module: ModuleType) -> list[Result]:
    """Derive every claim of a step, or raise DerivationError naming the one that fails."""
    results = []
    for claim in claims(module):
        try:
            results.append(established(claim))
        except DerivationError as failure:
            raise DerivationError(f"{claim.place} ({claim.equation}): {failure}") from failure
    return results


def generators() -> dict[str, ModuleType]:
    """The modules that write files, by their NAME."""
    packages = [derivations]
    if (Path(derivations.__path__[0]) / "coefficients" / "__init__.py").exists():
        packages.append(importlib.import_module("derivations.coefficients"))
    found: dict[str, ModuleType] = {}
    for module in (module for package in packages for module in _modules(package)):
        if hasattr(module, "outputs"):
            if module.NAME in found:
                raise DerivationError(f"two generators are called {module.NAME}")
            found[module.NAME] = module
    return found


def build(generator: ModuleType, root: Path = ROOT) -> list[Path]:
    """Write the generator's files that are missing or differ; return those written."""
    written = []
    for path, text in generator.outputs().items():
        target = root / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def differences(generator: ModuleType, root: Path = ROOT) -> list[str]:
    """One line for each file of the generator that is missing or differs."""
    found = []
    for path, text in generator.outputs().items():
        target = root / path
        if not target.exists():
            found.append(f"{path.as_posix()}: missing")
        elif (now := target.read_text(encoding="utf-8")) != text:
            found.append(f"{path.as_posix()}: {_first_difference(now, text)}")
    return found


def _first_difference(now: str, derived: str) -> str:
    old, new = now.splitlines(keepends=True), derived.splitlines(keepends=True)
    line = next(
        (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    show = [
        lines[line].rstrip("\n") if line < len(lines) else "(end of file)" for lines in (old, new)
    ]
    return f"line {line + 1} is {show[0]!r}, derived {show[1]!r}"
