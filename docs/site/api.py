"""The pages of the API: every public name with its docstring."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any, Final

import numpy as np

from docs.site.staging import Staging

FOLDER: Final = PurePosixPath("api")
MODULES: Final = (
    "stdplus_ref",
    "stdplus_ref.kernels",
    "stdplus_ref.rate",
    "stdplus_ref.exact",
    "stdplus_ref.algorithm1",
    "stdplus_ref.conformance",
    "stdplus_ref.c",
    "stdplus_ref.torch",
    "stdplus_ref.jax",
    "stdplus_ref.spec",
)
_MISSING: Final = """\
# {name}

This page was built where what it needs was not installed: {error}
"""


def write(staging: Staging) -> None:
    """A page for each module; one that lacks its extra says so."""
    for name in MODULES:
        try:
            text = "\n".join(_page(name, import_module(name)))
        except ImportError as error:
            text = _MISSING.format(name=name, error=error)
        staging.write(place(name), text)


def place(name: str) -> PurePosixPath:
    """The page of a module."""
    return FOLDER / f"{name}.md"


def _page(name: str, module: ModuleType) -> Iterator[str]:
    yield from (f"# {name}", "", "```{eval-rst}", f".. automodule:: {name}", "   :no-members:", "")
    for public in _public(module):
        kind = _kind(getattr(module, public))
        yield from (f".. {kind}:: {name}.{public}", *_options(kind), "")
    yield "```"


def _public(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
    found = (n for n in names if n != "__version__" and _is_shown(getattr(module, n)))
    return sorted(found, key=str.lower)


def _is_shown(value: Any) -> bool:
    """Not modules, which have pages, nor names for types, which are no objects to describe."""
    return not inspect.ismodule(value) and typing.get_origin(value) is None


def _kind(value: Any) -> str:
    if inspect.isclass(value):
        return "autoclass"
    if inspect.isroutine(value) or isinstance(value, np.ufunc) or hasattr(value, "py_func"):
        return "autofunction"
    return "autodata"


def _options(kind: str) -> tuple[str, ...]:
    return {"autoclass": ("   :members:",), "autodata": ("   :no-value:",)}.get(kind, ())
