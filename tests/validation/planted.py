"""Modules of the worst-case search with a fault planted in them, as plain Python without numba."""

from __future__ import annotations

import sys
import types
from pathlib import Path

from validation import worst_cases

FOLDER = Path(worst_cases.__file__).parent


def module(name: str, *changes: tuple[str, str]) -> types.ModuleType:
    """The module `validation.worst_cases.<name>` after replacements in its text.

    Every text to be replaced must be there once: a fault that is not planted is no test.
    """
    path = FOLDER / f"{name}.py"
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path.name}"
        text = text.replace(old, new)
    made = types.ModuleType(f"planted_{name}")
    sys.modules[made.__name__] = made  # dataclasses look there
    text = text.replace("np.uint64(k)", "np.uint64(int(k) % 2**64)")  # numba wraps, NumPy refuses
    exec(compile(text.replace("@compiled\n", ""), str(path), "exec"), made.__dict__)
    return made
