"""The seams that the contract lists are those of the kernels, and no function steps back there."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref.source import elementary, fast, inv_log_stdplus, inv_stdplus, newton

FORWARD = (
    *(newton.FAR_LEFT, newton.STEP_LEFT, fast.FAST_LEFT, newton.START_LEFT),
    *(-newton.CENTRE, newton.CENTRE, newton.STEP_RIGHT, newton.FAR_RIGHT),
)
TINY = (-fast.FAST_TINY, -newton.TINY, newton.TINY, fast.FAST_TINY)


def test_seams_are_those_of_the_source() -> None:
    for name in ("stdplus", "stdplus_derivative", "log_stdplus_derivative"):
        assert spec.SEAMS[name] == FORWARD
    assert spec.SEAMS["log_stdplus"] == tuple(sorted((*FORWARD, *TINY)))
    y = inv_stdplus
    around_one = (1 - y.CENTRE, 1 + y.CENTRE)
    assert spec.SEAMS["inv_stdplus"] == (elementary.MIN_NORMAL, *around_one, y.GREATEST)
    t = inv_log_stdplus
    assert spec.SEAMS["inv_log_stdplus"] == (
        *(-t.HUGE, -t.HUGE_FLOAT32, t.EXP_LEFT, -t.CENTRE, *TINY),
        *(t.CENTRE, t.EXP_RIGHT, t.OVERFLOWED),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", spec.NAMES)
def test_monotone_across_every_seam(name: str, dtype: type) -> None:
    """2000 neighbours on either side; log_stdplus_derivative falls, the other five rise."""
    sign = -1 if name == "log_stdplus_derivative" else 1
    for seam in spec.SEAMS[name]:
        info = np.finfo(dtype)
        if not float(info.tiny) <= abs(seam) <= float(info.max):
            continue  # not a number of this type
        bits = np.asarray(dtype(seam)).view(f"i{np.dtype(dtype).itemsize}")
        x = np.sort((bits + np.arange(-2000, 2001)).astype(bits.dtype).view(dtype))
        with np.errstate(over="ignore"):
            y = getattr(stdplus_ref, name)(x)
        with np.errstate(invalid="ignore"):
            steps = np.diff(sign * y)
        assert not (steps < 0).any(), seam
