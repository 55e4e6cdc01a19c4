"""The functions under test. Steps take them as a parameter, so that a faulty one can be planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import stdplus_ref
from stdplus_ref import exact

Function = Callable[..., Any]
Functions = Mapping[str, Function]


def functions() -> Functions:
    """The six NumPy ufuncs of this library by name, in the order of the contract."""
    return {name: getattr(stdplus_ref, name) for name in exact.NAMES}
