"""The float32 functions in float32 arithmetic, for processors whose float64 units are few.

Pairs of float32 hold 48 bits; `pairs.decided` says whether those that are right decide the
rounding. They do but for one argument in 2^16 or so. The rest is for the source in float64: its
results are correctly rounded, as these are, so that together they have the bits of it alone.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from stdplus_ref.cuda.float32 import forward, inverse
from stdplus_ref.cuda.float32.operations import Triple
from stdplus_ref.source.operations import Single, Truth


class InPairs(NamedTuple):
    """A function as a pair of float32."""

    holds: Callable[[Single], Truth]  # whether `value` is right for the argument
    value: Callable[[Single], Triple]  # (hi, lo, scale): (hi + lo)·scale


PAIRS: Final[Mapping[str, InPairs]] = {
    "stdplus": InPairs(forward.holds, forward.stdplus),
    "log_stdplus": InPairs(forward.holds_log, forward.log_stdplus),
    "stdplus_derivative": InPairs(forward.holds, forward.stdplus_derivative),
    "log_stdplus_derivative": InPairs(forward.holds, forward.log_stdplus_derivative),
    "inv_stdplus": InPairs(inverse.holds, inverse.inv_stdplus),
    "inv_log_stdplus": InPairs(inverse.holds_log, inverse.inv_log_stdplus),
}
"""The six functions by name."""
