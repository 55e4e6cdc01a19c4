"""Follows every link between the pages of a built site, to the very heading."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if (name := _ADDRESSES.get(tag)) and name in found:
            self.links.append(found[name])


def html(folder: Path) -> list[Path]:
    """The pages of a site, without the templates that a theme leaves in ``_static``."""
    found = (path for path in folder.rglob("*.html") if "_static" not in path.parts)
    return sorted(found)


def broken(folder: Path) -> Iterator[str]:
    """One line for each link that leads to no file of the folder, or to no place in it."""
    pages = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in html(folder)}
    for path, page in sorted(pages.items()):
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            where = f"{path.relative_to(folder.resolve())}: {link}"
            if not target.is_file():
                yield f"{where}: there is no such file"
            elif parts.fragment and unquote(parts.fragment) not in _anchors(pages.get(target)):
                yield f"{where}: there is no such place in it"


def _anchors(page: _Page | None) -> set[str]:
    return page.anchors if page else set()
