"""Copies of `words` and `ties` with a line changed, for tests that must fail with it."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from stdplus_ref.source import ties, words

INT64 = 1 << 63


class Checked(list[int]):
    """Words that must fit an int64, as they do in all languages but Python."""

    def __setitem__(self, at: Any, value: Any) -> None:
        assert -INT64 <= value < INT64, f"word {at} overflows"
        super().__setitem__(at, value)


def room() -> Checked:
    """What `operations.words` gives, checked."""
    return Checked([0] * 96)


def copied(module: ModuleType, before: str, after: str, **names: Any) -> ModuleType:
    """A copy of the module with one text replaced, and with these names instead of its own."""
    text = inspect.getsource(module)
    assert before in text, before
    copy = ModuleType(f"{module.__name__}_planted")
    copy.__dict__["__file__"] = module.__file__
    exec(compile(text.replace(before, after, 1), module.__file__ or "", "exec"), copy.__dict__)
    copy.__dict__.update(names)
    return copy


def words_with(before: str = "", after: str = "") -> ModuleType:
    """`words` with the first `before` replaced."""
    return copied(words, before, after)


def ties_with(before: str = "", after: str = "", words_used: ModuleType = words) -> ModuleType:
    """`ties` with the first `before` replaced, on these words, which are checked."""
    shared = [name for name in vars(words) if hasattr(ties, name) and not name.startswith("_")]
    used = {name: getattr(words_used, name) for name in shared}
    return copied(ties, before, after, **(used | {"words": room}))
