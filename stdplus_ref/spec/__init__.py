"""The contract as data: what each of the six functions is and what is promised about it.

Domains, special values, exceptions and accuracy limits are written here once. The ufuncs'
docstrings and the README's table are generated from this package, and the tests read it. It
imports nothing but the standard library.

`functions` says what each function is, `promises` how accurate it is; `records` are the types that
these are made of. `evidence` and `port_evidence`
are generated: what was proved and measured.
"""

from stdplus_ref.spec.docstrings import docstring
from stdplus_ref.spec.functions import FUNCTIONS, Function
from stdplus_ref.spec.promises import ACCURACY, PORTS, SAME_BITS
from stdplus_ref.spec.records import (
    DTYPES,
    INFINITY,
    NAMES,
    NAN,
    POSITIVE,
    REALS,
    SQRT_HALF,
    Accuracy,
    Evidence,
    Example,
    Found,
    Interval,
    Raises,
    SpecialValue,
    Witness,
    Word,
)

__all__ = [
    "ACCURACY",
    "DTYPES",
    "FUNCTIONS",
    "INFINITY",
    "NAMES",
    "NAN",
    "PORTS",
    "POSITIVE",
    "REALS",
    "SAME_BITS",
    "SQRT_HALF",
    "Accuracy",
    "Evidence",
    "Example",
    "Found",
    "Function",
    "Interval",
    "Raises",
    "SpecialValue",
    "Witness",
    "Word",
    "docstring",
]
