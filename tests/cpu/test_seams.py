"""No function steps back where its method changes."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from validation.seams import SEAMS


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", spec.NAMES)
def test_monotone_across_every_seam(name: str, dtype: type) -> None:
    """2000 neighbours on either side; log_stdplus_derivative falls, the other five rise."""
    sign = -1 if name == "log_stdplus_derivative" else 1
    for seam in SEAMS[name]:
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
