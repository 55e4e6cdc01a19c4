"""A truth fast enough for 10¹⁰ inputs, from the definition and independent of the kernels.

Definition   expm1(r) − r = x² with r = 2t of the sign of x; y = e^t; dt/dx = x/expm1(r);
             dy/dx = y·dt/dx; and the left side itself for the inverses.
Method       one Newton step of third order on the residual of the definition. The residual is exact
             but for the rounding of this arithmetic, so it does not matter where the step starts:
             the only thing asked of the start, that the step be small, is checked at every input.
             exp is argument reduction and the Taylor series, log is Newton on exp. All constants
             are computed when the module is loaded, from factorials and integer roots.
Stages       `estimate`: float64 and libm, error below 2^-38 of the value;
             `functions`: pairs of float64, error below 2^-95 of the value;
             `stdplus_ref.exact`: balls of any precision, for what the pairs leave undecided.
Evidence     tests/validation/test_fast_truth.py compares both bounds with Arb.
Independence nothing is imported from `stdplus_ref.source` or `stdplus_ref.cpu`; no coefficient
             is fitted.
References   M. Joldes, J.-M. Muller, V. Popescu, "Tight and rigorous error bounds for basic
             building blocks of double-word arithmetic", ACM TOMS 44 (2017),
             doi:10.1145/3121432.
"""

from validation.fast_truth.compare import (
    ESTIMATE_BOUND,
    PAIR_BOUND,
    RIGHT,
    UNDECIDED,
    WRONG,
    estimates,
    judge_float32,
    pairs,
    ulp_errors,
)

__all__ = [
    "ESTIMATE_BOUND",
    "PAIR_BOUND",
    "RIGHT",
    "UNDECIDED",
    "WRONG",
    "estimates",
    "judge_float32",
    "pairs",
    "ulp_errors",
]
