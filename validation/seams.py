"""Where the functions of the source change their method: arguments next to these deserve a look."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from stdplus_ref.source import (
    elementary,
    fast,
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    newton,
    pairs,
)

_FORWARD: Final = (
    *(newton.FAR_LEFT, newton.STEP_LEFT, fast.FAST_LEFT, newton.START_LEFT),
    *(-newton.CENTRE, newton.CENTRE, newton.STEP_RIGHT, newton.FAR_RIGHT),
)
_TINY: Final = (-fast.FAST_TINY, -pairs.TINY, pairs.TINY, fast.FAST_TINY)
_T: Final = inv_log_stdplus
_Y: Final = inv_stdplus

SEAMS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "stdplus": _FORWARD,
        "log_stdplus": tuple(sorted((*_FORWARD, log_stdplus.LEFT, *_TINY))),
        "stdplus_derivative": _FORWARD,
        "log_stdplus_derivative": _FORWARD,
        "inv_stdplus": (
            *(elementary.MIN_NORMAL, 1 - _Y.CENTRE_FAST, 1 - _Y.CENTRE, 1 + _Y.CENTRE),
            *(1 + _Y.CENTRE_FAST, _Y.GREATEST),
        ),
        "inv_log_stdplus": (
            *(-_T.HUGE, -_T.HUGE_FLOAT32, _T.EXP_LEFT, -_T.CENTRE_FAST, -_T.CENTRE, *_TINY),
            *(_T.CENTRE, _T.CENTRE_FAST, _T.EXP_RIGHT, _T.OVERFLOWED),
        ),
    }
)
"""By function, in ascending order."""
