"""Ball arithmetic of enough digits for every test of the source; float32 may overflow silently."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from stdplus_ref.exact.intervals import working_precision
from tests.source.points import BITS


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with working_precision(BITS), np.errstate(all="ignore"):
        yield
