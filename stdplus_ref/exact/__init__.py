"""The true values: arbitrary precision, rigorous enclosures, correct rounding, errors in ULP.

Two ways lead to a value and share nothing but the definition: `enclosure` solves
expm1(2t) − 2t = x² in ball arithmetic; the six functions (`exact.stdplus(x, digits=50)`, …) go
through the Lambert W branches of the paper and are checked against it. `rounded` and `ulp_error`
rest on `enclosure`.

Needs mpmath and python-flint: ``pip install "stdplus-ref[exact]"``.
"""

try:
    import flint as _flint  # noqa: F401
    import mpmath as _mpmath  # noqa: F401
except ImportError as error:
    raise ImportError(
        'stdplus_ref.exact needs mpmath and python-flint: pip install "stdplus-ref[exact]"'
    ) from error

from stdplus_ref.exact.intervals import enclosure
from stdplus_ref.exact.lambert import (
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    stdplus,
    stdplus_derivative,
)
from stdplus_ref.exact.rounding import rounded, ulp_error
from stdplus_ref.spec import NAMES

__all__ = [
    "NAMES",
    "enclosure",
    "inv_log_stdplus",
    "inv_stdplus",
    "log_stdplus",
    "log_stdplus_derivative",
    "rounded",
    "stdplus",
    "stdplus_derivative",
    "ulp_error",
]
