"""A Sphinx extension: docstrings in which a bar is that of |x| and no substitution."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_LITERAL = re.compile(r"(``.*?``|`[^`]*`)")


def _escape_bars(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    for i, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...")) or "|" not in line:
            continue
        parts = _LITERAL.split(line)
        parts[::2] = (part.replace("|", r"\|") for part in parts[::2])
        lines[i] = "".join(parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", _escape_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
