"""Last bits of the float32 fast path, chosen so that no float32 argument rounds wrongly.

With every coefficient rounded to nearest, these are wrong of 2^32 (their true values lie within
2^-51 of half-way between two float32, nearer than plain float64 can tell):

    EXP_FAST                  stdplus_derivative -0x1.451666p-1, log_stdplus 0x1.2a2f6p-2
    LOG_STDPLUS_FAST          log_stdplus 0x1.1ceb24p-20
    STDPLUS_DERIVATIVE_FAST   stdplus_derivative -0x1.0df6ccp-22
    MINUS_TWO_LN2_FAST        inv_stdplus 0x1.64f516p-32

The nudges were found by trying random ones on all float32 arguments whose true value lies within
2^-40 of half-way. That none of 2^32 is wrong with them is exhaustive (`validation.exhaustive`), and
`tests/source/test_source_fast.py` looks at those above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from mpmath import mpf

NUDGES: Final[dict[str, dict[int, int]]] = {
    "EXP_FAST": {2: -16, 4: 1624, 6: 413711},
    "LOG_STDPLUS_FAST": {0: -1},
    "STDPLUS_DERIVATIVE_FAST": {0: 1},
    "MINUS_TWO_LN2_FAST": {0: -1},
}
"""Coefficient -> how many last places to add to it."""


def rounded(name: str, row: Sequence[mpf]) -> list[float]:
    """The coefficients rounded to nearest, and nudged."""
    nudges = NUDGES.get(name, {})
    plain = [float(value) for value in row]
    return [value + nudges.get(i, 0) * math.ulp(value) for i, value in enumerate(plain)]
