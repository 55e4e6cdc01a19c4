"""The seams that the contract lists are those of the kernels, and no function steps back there."""

from __future__ import annotations

import numpy as np
import pytest
from stdplus_ref.kernels.source import inv_log_stdplus, inv_stdplus

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref.kernels import newton, range

FORWARD = (
    *(range.FAR_LEFT, range.CORE_LEFT, range.CORE_LEFT_SINGLE, newton.LEFT),
    *(-range.CENTRE, range.CENTRE, newton.RIGHT, range.FAR_RIGHT),
)
TINY = (-range.TINY_SINGLE, -range.TINY, range.TINY, range.TINY_SINGLE)


def test_seams_are_those_of_the_kernels() -> None:
    for name in ("stdplus", "stdplus_derivative", "log_stdplus_derivative"):
        assert spec.SEAMS[name] == FORWARD
    assert spec.SEAMS["log_stdplus"] == tuple(sorted((*FORWARD, *TINY)))
    y = inv_stdplus
    around_one = (1 - y.CENTRE, 1 + y.CENTRE)
    assert spec.SEAMS["inv_stdplus"] == (y.LEAST, *around_one, y.GREATEST)
    t = inv_log_stdplus
    assert spec.SEAMS["inv_log_stdplus"] == (
        *(-t.HUGE, -t.HUGE_SINGLE, t.FAR_LEFT, -t.CENTRE, *TINY),
        *(t.CENTRE, t.FAR_RIGHT, t.OVERFLOWED),
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
