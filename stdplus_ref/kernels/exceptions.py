"""Codes of the IEEE exceptions a kernel reports: a bit mask per lane, 0 for none.

Kernels report what a result deserves (`exceptions_f64(x, y)`, x the argument, y the result)
rather than rely on the flags their arithmetic happens to raise, because SIMD code evaluates
every arm of every choice.
"""

from typing import Final

OVERFLOW: Final = 1
"""A finite argument has an infinite result."""
DIVIDE: Final = 2
"""The argument is a pole."""
INVALID: Final = 4
"""The argument is outside the domain."""
