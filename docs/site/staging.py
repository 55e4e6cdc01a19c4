"""Brings the pages of the repository into the folder that Sphinx reads, with all they link to.

A page keeps its path, README.md apart, which becomes the first page. A link to a file that is no
page leads to a page with its text, a link to a folder to a list of its files.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from derivations.registry import ROOT

FOLDERS: Final = ("", "docs", "derivations", "validation")
"""Where pages are."""

CODE: Final = PurePosixPath("code")
"""The folder of the pages with the text of a file."""

_LINK = re.compile(r"(\]\()(?!https?:|#)([^)#\s]+)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_LANGUAGES = {".py": "python", ".pyi": "python", ".c": "c", ".h": "c", ".cpp": "cpp", ".js": "js"}
_PICTURES = (".png", ".svg")


def pages() -> dict[PurePosixPath, PurePosixPath]:
    """The pages of the repository by path: where each lies in the site."""
    found = (
        PurePosixPath(path.relative_to(ROOT).as_posix())
        for folder in FOLDERS
        for path in sorted((ROOT / folder).glob("*.md"))
    )
    return {page: _place(page) for page in found}


def _place(page: PurePosixPath) -> PurePosixPath:
    return PurePosixPath("index.md") if page.name == "README.md" and len(page.parts) == 1 else page


class Staging:
    """The folder that Sphinx reads, while it is filled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = pages()
        self._done: set[PurePosixPath] = set()

    def write(self, place: PurePosixPath | str, text: str) -> None:
        """A page of the site."""
        file = self.folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def copy_pages(self) -> None:
        """Every page of the repository."""
        for page, place in self.places.items():
            self.write(place, self.linked((ROOT / page).read_text(encoding="utf-8"), page))

    def linked(self, text: str, page: PurePosixPath) -> str:
        """The text of a page of the repository, its links leading to where things are here."""

        def link(match: re.Match[str]) -> str:
            target = _normal(page.parent / match[2])
            place = self._placed(target)
            here = self.places.get(page, page)
            return match[1] + (match[2] if place is None else _relative(place, here))

        prose = re.split(_FENCE, text)
        prose[::2] = (_LINK.sub(link, part) for part in prose[::2])
        return "".join(prose)

    def _placed(self, target: PurePosixPath) -> PurePosixPath | None:
        """The place of a file or folder of the repository; None where there is none."""
        if target in self.places:
            return self.places[target]
        if (front := target / "README.md") in self.places:
            return self.places[front]
        if not (ROOT / target).exists():
            return None  # Sphinx finds it missing and says so
        if target.suffix in _PICTURES:
            return self._copied(target)
        return self.code(target)

    def _copied(self, target: PurePosixPath) -> PurePosixPath:
        (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / target, self.folder / target)
        return target

    def code(self, target: PurePosixPath) -> PurePosixPath:
        """The page with the text of a file, or the list of the files of a folder."""
        folder = (ROOT / target).is_dir()
        place = CODE / target / "index.md" if folder else CODE / f"{target}.md"
        if place not in self._done:
            self._done.add(place)
            self.write(place, "\n".join(self._listing(target) if folder else _listed(target)))
        return place

    def _listing(self, target: PurePosixPath) -> Iterator[str]:
        yield from _heading(f"{target}/")
        for path in sorted((ROOT / target).iterdir()):
            if _is_text(path):
                inner = target / path.name
                place = _relative(self.code(inner), CODE / target / "index.md")
                yield f"- [`{path.name}`]({place})"


def _listed(target: PurePosixPath) -> Iterator[str]:
    yield from _heading(str(target))
    text = (ROOT / target).read_text(encoding="utf-8")
    fence = "`" * (3 + max(map(len, re.findall(r"`{3,}", text)), default=0))
    yield from (f"{fence}{_LANGUAGES.get(target.suffix, 'text')}", text.rstrip("\n"), fence, "")


def _heading(title: str) -> Iterator[str]:
    yield from ("---", "orphan: true", "html_theme.sidebar_secondary.remove: true", "---", "")
    yield from (f"# `{title}`", "")


def _is_text(path: Path) -> bool:
    return path.is_file() and path.suffix in (*_LANGUAGES, ".md", ".txt", ".json", ".csv")


def _normal(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(path).replace(os.sep, "/"))


def _relative(place: PurePosixPath, here: PurePosixPath) -> str:
    return os.path.relpath(place, here.parent).replace(os.sep, "/")
