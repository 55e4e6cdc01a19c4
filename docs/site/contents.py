"""What the site is made of: the order of its pages, and the folder that Sphinx reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from derivations import listing
from docs.site import api, claims, functions, matrix
from docs.site.staging import Staging
from stdplus_ref import spec

SECTIONS: Final[Mapping[str, Sequence[str]]] = {
    "Guide": ("docs/tutorial", "docs/why"),
    "Functions": (*(f"functions/{name}" for name in spec.NAMES), "functions/matrix"),
    "From other code": (
        "docs/numba",
        "docs/pytensor",
        "docs/scipy",
        "docs/arrays",
        "docs/ports",
        "docs/cuda",
        "docs/c",
        "docs/cpp",
        "docs/upstream",
    ),
    "Contract": ("docs/contract", "docs/conformance"),
    "Proof": ("derivations/README", "derivations/ERRATA", "docs/error-budget", "validation/README"),
    "API": tuple(str(api.place(name).with_suffix("")) for name in api.MODULES),
    "Project": ("CONTRIBUTING", "CHANGELOG", "docs/releasing"),
}
"""The contents by section; pages without a suffix."""

INTRODUCTIONS: Final[Mapping[str, str]] = {
    "Guide": "What to do with the library, and what goes wrong without it.",
    "Functions": "A page for each: definition, accuracy, speed, method, how to call it. The matrix "
    "has every function on every target in every type.",
    "From other code": "How to call the functions from where you are.",
    "Contract": "What an implementation promises, and how to test one in any language.",
    "Proof": "The paper, equation by equation, and why the promises hold.",
    "API": "Every public name.",
    "Project": "How to take part, what changed, how to release.",
}


def write(folder: Path) -> None:
    """All pages into an empty folder."""
    staging = Staging(folder)
    staging.copy_pages()
    functions.write(staging)
    staging.write(functions.FOLDER / "matrix.md", matrix.page())
    claims.write(staging)
    api.write(staging)
    for title, pages in SECTIONS.items():
        heading = f"# {title}\n\n{INTRODUCTIONS[title]}\n"
        staging.write(section(title) + ".md", heading + _toctree(pages))
    _append(folder / "index.md", _toctree([section(title) for title in SECTIONS], hidden=True))
    steps = [f"{claims.FOLDER}/{step}" for step in listing.titles()]
    _append(folder / "derivations" / "README.md", _toctree(steps, hidden=True))


def section(title: str) -> str:
    """The page of a section, without a suffix."""
    return title.lower().replace(" ", "-")


def _toctree(pages: Sequence[str], hidden: bool = False) -> str:
    listed = "\n".join(f"/{page}" for page in pages)
    return f"\n```{{toctree}}\n:maxdepth: 1\n{':hidden:' if hidden else ''}\n\n{listed}\n```\n"


def _append(page: Path, text: str) -> None:
    with page.open("a", encoding="utf-8") as file:
        file.write(text)
