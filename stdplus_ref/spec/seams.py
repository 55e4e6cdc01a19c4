"""Where the kernels change their method."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_FORWARD_SEAMS: Final = (-40.0, -26.0, -13.0, -3.25, -0.25, 0.25, 8.0, 2.0**64)
_TINY: Final = (-(2.0**-125), -(2.0**-900), 2.0**-900, 2.0**-125)

SEAMS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "stdplus": _FORWARD_SEAMS,
        "log_stdplus": tuple(sorted((*_FORWARD_SEAMS, *_TINY))),
        "stdplus_derivative": _FORWARD_SEAMS,
        "log_stdplus_derivative": _FORWARD_SEAMS,
        "inv_stdplus": (2.0**-1022, 0.8, 1.2, 2.0**100),
        "inv_log_stdplus": (-(2.0**600), -(2.0**60), -40.0, -0.375, *_TINY, 0.375, 40.0, 720.0),
    }
)
"""Where the kernels change their method: the inputs next to these deserve a look."""
