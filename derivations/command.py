"""What `python -m derivations` and `python -m validation` share: names, exit codes, Ctrl-C."""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
"""128 and the number of SIGINT, as shells have it."""

EXIT_CODES: Final = (
    "Exit code: 0 if all is right, 1 if something failed, 2 if the command line is wrong, "
    "130 after Ctrl-C."
)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose help ends with the exit codes."""

    def __init__(self, prog: str, description: str | None) -> None:
        super().__init__(prog=prog, description=description, epilog=EXIT_CODES)

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: error: {message} (see --help)\n")

    def add_only(self, what: str) -> None:
        """The option --only, whose values `chosen` reads."""
        self.add_argument(
            "--only", metavar="NAME", nargs="+", action="extend", default=[],
            help=f"only these {what}: names or shell patterns, after spaces, after commas, or "
            "with --only again",
        )  # fmt: skip

    def chosen(self, only: Sequence[str], names: Sequence[str]) -> list[str]:
        """`chosen`, with an error of --only if a name is wrong."""
        try:
            return chosen(only, names)
        except ValueError as error:
            self.error(f"argument --only: {error}")


def writable(parser: argparse.ArgumentParser, *files: Path) -> None:
    """See that files can be written, before the work is done; else exit with code 2."""
    for file in files:
        new = not file.exists()
        try:
            with file.open("ab"):
                pass
        except OSError as error:
            parser.error(f"argument --out: cannot write {str(file)!r}: {error.strerror}")
        if new:
            file.unlink()


def chosen(only: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names that `only` asks for, each once, in its order.

    Parameters
    ----------
    only : sequence of str
        Names, shell patterns, and several of them with commas between.
    names : sequence of str
        Those there are.

    Raises
    ------
    ValueError
        Nothing has such a name. The message suggests what was meant, and lists the names.
    """
    wanted = [part.strip() for text in only for part in text.split(",") if part.strip()]
    if only and not wanted:
        raise ValueError(f"expected a name; there are: {', '.join(names)}")
    found: dict[str, None] = {}
    for pattern in wanted:
        matches = fnmatch.filter(names, pattern)
        if not matches:
            raise ValueError(f"{_nothing(pattern, names)} There are: {', '.join(names)}")
        found.update(dict.fromkeys(matches))
    return list(found)


def _nothing(pattern: str, names: Sequence[str]) -> str:
    """That there is no such name, and which one may have been meant."""
    folded = {name.lower(): name for name in names}
    close = difflib.get_close_matches(pattern.lower(), folded, n=1)
    meant = f" Did you mean {folded[close[0]]!r}?" if close else ""
    return f"nothing is named {pattern!r}.{meant}"


def need(program: str, extra: str, modules: Sequence[str]) -> None:
    """Raise ImportError with the line to type, in a clone, if a module is missing."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise ImportError(f'{program} needs {", ".join(missing)}: pip install ".[{extra}]"')


def interrupted(kept: str) -> int:
    """Say in one line what is kept after Ctrl-C; return the exit code."""
    print(f"\nInterrupted. {kept}", file=sys.stderr, flush=True)
    return INTERRUPTED
