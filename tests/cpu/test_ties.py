"""log_stdplus on the far left in float32: (x² + 1)/2 is a tie for many arguments.

The value is −(x² + 1)/2 + e^{2t}/2, above the tie by next to nothing, so that a kernel decides
right only if it has (x² + 1)/2 exactly. Left of −7 the ties in a binade of x are among the
multiples of a power of two, few enough to try all.
"""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact


@pytest.mark.parametrize(("low", "bits"), [(7, 9), (16, 8), (26, 8), (32, 8), (64, 7), (1024, 3)])
def test_ties_of_the_left_tail(low: int, bits: int) -> None:
    steps = np.arange(low << bits, (2 * low) << bits, dtype=np.float64)
    x = (-steps / 2**bits).astype(np.float32)
    half = (x.astype(np.float64) ** 2 + 1) / 2  # exact
    rounded = half.astype(np.float32).astype(np.float64)
    ties = abs(half - rounded) == np.spacing(half.astype(np.float32)).astype(np.float64) / 2
    assert ties.any()
    x = x[ties]
    np.testing.assert_array_equal(
        stdplus_ref.log_stdplus(x), exact.rounded("log_stdplus", x, np.float32)
    )
