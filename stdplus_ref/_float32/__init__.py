"""The float32 functions in float32 arithmetic, for processors whose float64 units are few.

Pairs of float32 hold 48 bits; `settled` says whether those that are right decide the rounding. They
do but for one argument in 2^16 or so. The rest is for the kernels in float64: their results are
correctly rounded, as these are, so that together they have the bits of the kernels alone.
"""

from typing import Final

PAIRS: Final = {
    "stdplus": ("forward", "within"),
    "log_stdplus": ("forward", "within_log"),
    "stdplus_derivative": ("forward", "within"),
    "log_stdplus_derivative": ("forward", "within"),
    "inv_stdplus": ("inverse", "within"),
    "inv_log_stdplus": ("inverse", "within_log"),
}
"""By function: the module that has it as a pair, and what tells where that is right."""
