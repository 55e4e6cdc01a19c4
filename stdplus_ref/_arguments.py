"""Argument checks that need no array: a failure names the argument and what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np


def choice(name: str, value: Any, options: tuple[Any, ...]) -> Any:
    """Return `value` if it is one of `options`."""
    if isinstance(value, np.ndarray) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def count(name: str, value: Any, least: int) -> int:
    """Return `value` as an integer that is at least `least`."""
    if not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} must be at least {least}, an integer, got {value!r}")
    return int(value)
