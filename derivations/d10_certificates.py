"""Every coefficient set as rounded: its error, proved over the whole interval it is used on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import arb

from derivations import certificates, enclose
from derivations.budget.exponential import row_errors
from derivations.budget.newton import FastStep, pieces, start_error
from derivations.budget.regions import OUTER
from derivations.certificates import Pairs, Row
from derivations.core import derivation, require
from derivations.enclose import Bound
from derivations.numeric import text
from stdplus_ref.source import coefficients as c


def proved(what: str, bound: Bound, limit: float) -> str:
    """The bound as text, having checked that it is below 2^limit."""
    require(
        bound.proved <= 2.0**limit,
        f"{what}: the error reaches 2^{math.log2(bound.reached):.2f} at {bound.at}, proved is "
        f"2^{bound.bits:.2f}, claimed 2^{limit}",
    )
    return f"2^{bound.bits:.2f} ({bound.pieces} intervals; reached at {text(bound.at, 4)})"


def both(name: str, head: Pairs, tail: Row, fast: Row, limits: tuple[float, float]) -> str:
    """The witness of a centre: its polynomial for float64 and the one for float32."""
    double = proved(name, certificates.centre(name, head, tail), limits[0])
    short = proved(f"{name}_FAST", certificates.centre_fast(name, fast), limits[1])
    return f"{double}; float32 {short}"


@derivation(
    "Eq. 8, 13",
    "the polynomial for stdplus(x), |x| ≤ 1/4: relative error below 2^−68.55, for float32 2^−50.80",
    "source.stdplus: STDPLUS_HEAD, STDPLUS_TAIL, STDPLUS_FAST",
)
def stdplus(
    head: Pairs = c.STDPLUS_HEAD,
    tail: Row = c.STDPLUS_TAIL,
    fast: Row = c.STDPLUS_FAST,
    limits: tuple[float, float] = (-68.55, -50.8),
) -> str:
    return both("STDPLUS", head, tail, fast, limits)


@derivation(
    "Eq. 13",
    "the polynomial for log stdplus(x)/x, |x| ≤ 1/4: relative error below 2^−70.45, for float32 "
    "2^−51.80",
    "source.log_stdplus: LOG_STDPLUS_HEAD, LOG_STDPLUS_TAIL, LOG_STDPLUS_FAST",
)
def log_stdplus(
    head: Pairs = c.LOG_STDPLUS_HEAD,
    tail: Row = c.LOG_STDPLUS_TAIL,
    fast: Row = c.LOG_STDPLUS_FAST,
    limits: tuple[float, float] = (-70.45, -51.8),
) -> str:
    return both("LOG_STDPLUS", head, tail, fast, limits)


@derivation(
    "Eq. 31",
    "the polynomial for stdplus'(x), |x| ≤ 1/4: relative error below 2^−72.75, for float32 "
    "2^−51.65",
    "source.stdplus_derivative: STDPLUS_DERIVATIVE_HEAD, STDPLUS_DERIVATIVE_TAIL, "
    "STDPLUS_DERIVATIVE_FAST",
)
def stdplus_derivative(
    head: Pairs = c.STDPLUS_DERIVATIVE_HEAD,
    tail: Row = c.STDPLUS_DERIVATIVE_TAIL,
    fast: Row = c.STDPLUS_DERIVATIVE_FAST,
    limits: tuple[float, float] = (-72.75, -51.65),
) -> str:
    return both("STDPLUS_DERIVATIVE", head, tail, fast, limits)


@derivation(
    "Eq. 31",
    "the polynomial for (log stdplus)'(x), |x| ≤ 1/4: relative error below 2^−69.90, for float32 "
    "2^−48.80",
    "source.log_stdplus_derivative: LOG_STDPLUS_DERIVATIVE_HEAD, "
    "LOG_STDPLUS_DERIVATIVE_TAIL, LOG_STDPLUS_DERIVATIVE_FAST",
)
def log_stdplus_derivative(
    head: Pairs = c.LOG_STDPLUS_DERIVATIVE_HEAD,
    tail: Row = c.LOG_STDPLUS_DERIVATIVE_TAIL,
    fast: Row = c.LOG_STDPLUS_DERIVATIVE_FAST,
    limits: tuple[float, float] = (-69.9, -48.8),
) -> str:
    return both("LOG_STDPLUS_DERIVATIVE", head, tail, fast, limits)


@derivation(
    "Eq. 25",
    "the polynomial for inv_stdplus(1 + d)/d, |d| ≤ 3/20: relative error below 2^−67.45, for "
    "float32, |d| ≤ 1/5, 2^−50.05",
    "source.inv_stdplus: INV_STDPLUS_HEAD, INV_STDPLUS_TAIL, INV_STDPLUS_FAST",
)
def inv_stdplus(
    head: Pairs = c.INV_STDPLUS_HEAD,
    tail: Row = c.INV_STDPLUS_TAIL,
    fast: Row = c.INV_STDPLUS_FAST,
    limits: tuple[float, float] = (-67.45, -50.05),
) -> str:
    return both("INV_STDPLUS", head, tail, fast, limits)


@derivation(
    "definition",
    "the polynomial for inv_log_stdplus(t)/t, |t| ≤ 1/4: relative error below 2^−68.25, for "
    "float32, |t| ≤ 3/8, 2^−52.90",
    "source.inv_log_stdplus: INV_LOG_STDPLUS_HEAD, INV_LOG_STDPLUS_TAIL, INV_LOG_STDPLUS_FAST",
)
def inv_log_stdplus(
    head: Pairs = c.INV_LOG_STDPLUS_HEAD,
    tail: Row = c.INV_LOG_STDPLUS_TAIL,
    fast: Row = c.INV_LOG_STDPLUS_FAST,
    limits: tuple[float, float] = (-68.25, -52.9),
) -> str:
    return both("INV_LOG_STDPLUS", head, tail, fast, limits)


@derivation(
    "definition",
    "the starts on [−3.25, −1/4]: absolute error below 2^−21.50, for float32 2^−19.35",
    "source.newton: START_LEFT; source.fast: START_LEFT_FAST",
)
def start_left(
    row: Row = c.START_LEFT,
    fast: Row = c.START_LEFT_FAST,
    limits: tuple[float, float] = (-21.5, -19.35),
) -> str:
    double = proved("START_LEFT", certificates.start_left(row), limits[0])
    short = proved("START_LEFT_FAST", certificates.start_left(fast), limits[1])
    return f"{double}; float32 {short}"


@derivation(
    "definition",
    "the starts on [1/4, 8]: absolute error below 2^−23.30, for float32 2^−18.85",
    "source.newton: START_NUMERATOR, START_DENOMINATOR; source.fast: START_NUMERATOR_FAST, "
    "START_DENOMINATOR_FAST",
)
def start_right(
    numerator: Row = c.START_NUMERATOR,
    denominator: Row = c.START_DENOMINATOR,
    fasts: tuple[Row, Row] = (c.START_NUMERATOR_FAST, c.START_DENOMINATOR_FAST),
    limits: tuple[float, float] = (-23.3, -18.85),
) -> str:
    double = proved("START", certificates.start_right(numerator, denominator), limits[0])
    short = proved("START_FAST", certificates.start_right_fast(*fasts), limits[1])
    return f"{double}; float32 {short}"


@derivation(
    "x → +∞",
    "log1p(s)/(2s) for 0 ≤ s ≤ 0.082, the largest (1 + 2t)/x² for x ≥ 8: absolute error below "
    "2^−29.35",
    "source.newton: LOG1P_HALF",
)
def log1p_half(row: Row = c.LOG1P_HALF, limit: float = -29.35) -> str:
    return proved("LOG1P_HALF", certificates.log1p_half(row), limit)


@derivation(
    "definition",
    "(e^f − 1 − f − … − f⁵/120)/f⁶ for |f| ≤ 0.3467: absolute error below 2^−61.60",
    "source.elementary: EXP_TAIL",
)
def exp_tail(row: Row = c.EXP_TAIL, limit: float = -61.6) -> str:
    return proved("EXP_TAIL", certificates.exp_tail(row), limit)


@derivation(
    "definition",
    "e^r for |r| ≤ 0.3467, float32: absolute error below 2^−49.90",
    "source.fast: EXP_FAST",
)
def exp_fast(row: Row = c.EXP_FAST, limit: float = -49.9) -> str:
    return proved("EXP_FAST", certificates.exp_fast(row), limit)


@derivation(
    "definition",
    "(2·atanh z − 2z − 2z³/3 − 2z⁵/5)/z⁷ for z² ≤ 0.0295: absolute error below 2^−55.75",
    "source.elementary: LOG_TAIL",
)
def log_tail(row: Row = c.LOG_TAIL, limit: float = -55.75) -> str:
    return proved("LOG_TAIL", certificates.log_tail(row, 7), limit)


@derivation(
    "definition",
    "−4·atanh(z)/z for z² ≤ 0.0295, float32: absolute error below 2^−49.90",
    "source.inv_stdplus: LOG_FAST",
)
def log_fast(row: Row = c.LOG_FAST, limit: float = -49.9) -> str:
    return proved("LOG_FAST", certificates.log_fast(row), limit)


@derivation(
    "definition",
    "the pairs for ln 2, 1/6, 1/24, 1/120, 2/3 and 2/5 are those numbers to 2^−98, 2^−110, 2^−112, "
    "2^−114, 2^−108 and 2^−108; "
    "LN2_HI has 42 bits after the point and INV_LN2 is 1/ln 2 to 2^−54",
    "source.elementary: INV_LN2, LN2_HI, LN2_LO, SIXTH_HI, SIXTH_LO, TWENTYFOURTH_HI; "
    "source.elementary: HUNDRED_TWENTIETH_HI, TWO_THIRDS_HI, TWO_THIRDS_LO, TWO_FIFTHS_HI",
)
def constants(
    ln2: tuple[float, float] = (c.LN2_HI, c.LN2_LO),
    sixth: tuple[float, float] = (c.SIXTH_HI, c.SIXTH_LO),
    twentyfourth: tuple[float, float] = (c.TWENTYFOURTH_HI, c.TWENTYFOURTH_LO),
    hundred_twentieth: tuple[float, float] = (c.HUNDRED_TWENTIETH_HI, c.HUNDRED_TWENTIETH_LO),
    thirds: tuple[float, float] = (c.TWO_THIRDS_HI, c.TWO_THIRDS_LO),
    fifths: tuple[float, float] = (c.TWO_FIFTHS_HI, c.TWO_FIFTHS_LO),
    inverse: float = c.INV_LN2,
) -> str:
    found = []
    with enclose.precision():
        log2 = arb.const_log2()
        for name, value, pair, limit in (
            ("ln 2", log2, ln2, -98),
            ("1/6", arb(1) / 6, sixth, -110),
            ("1/24", arb(1) / 24, twentyfourth, -112),
            ("1/120", arb(1) / 120, hundred_twentieth, -114),
            ("2/3", arb(2) / 3, thirds, -108),
            ("2/5", arb(2) / 5, fifths, -108),
            ("1/ln 2", 1 / log2, (inverse, 0.0), -54),
        ):
            error = enclose.above(value - pair[0] - pair[1])
            require(error <= 2.0**limit, f"{name} is off by 2^{math.log2(error):.2f}")
            found.append(f"{name} 2^{math.log2(error):.1f}")
        require((ln2[0] * 2.0**42).is_integer(), "LN2_HI has 42 bits after the point")
    return ", ".join(found)


@derivation(
    "definition",
    "e^f as the pair of `exp_short` is right to 2^−69.45 of itself for every f it can be given, "
    "rounding included",
    "source.elementary: exp_short, EXP_TAIL",
)
def exp_short(limit: float = -69.45) -> str:
    errors = row_errors()
    worst = math.log2(errors.max())
    require(worst <= limit, f"exp_short is off by 2^{worst:.2f}, claimed 2^{limit}")
    return f"2^{worst:.2f}: all {len(errors) << 13} multiples of 2^−25 computed"


def _largest(found: list[tuple[float, float]], what: str, limit: float) -> str:
    size, x = max(found)
    require(size <= 2.0**limit, f"{what}: 2^{math.log2(size):.2f} at {x}, claimed 2^{limit}")
    return f"2^{math.log2(size):.2f} at x = {text(x, 4)} ({len(found)} intervals)"


@derivation(
    "x → +∞; x → −∞",
    "the starts as computed, rounding included: within 2^−19.2 of log stdplus(x) for "
    "−3.25 ≤ x ≤ 8, 2^−22.2 for 8 ≤ x ≤ 2^64, 2^−17.6 for −40 ≤ x ≤ −3.25",
    "source.newton: rough_inside, rough_right",
)
def starts(limits: tuple[float, float, float] = (-19.2, -22.2, -17.6)) -> str:
    covers = (
        (*OUTER["−3.25 ≤ x ≤ −1/4"], *OUTER["1/4 ≤ x ≤ 8"]),
        OUTER["8 < x < 2^64"],
        (*OUTER["−40 ≤ x < −26"], *OUTER["−26 ≤ x < −3.25"]),
    )
    witnesses = []
    with enclose.precision(120):
        for cover, limit in zip(covers, limits, strict=True):
            found = [
                (enclose.above(start_error(a, b, False)), a)
                for part in cover
                for a, b in pieces(*part)
            ]
            witnesses.append(_largest(found, "start", limit))
    return "; ".join(witnesses)


def _steps(of: Callable[[FastStep], Any], what: str, limit: float) -> str:
    with enclose.precision(120):
        found = [
            (enclose.above(of(FastStep(a, b))), a)
            for where, cover in OUTER.items()
            if "8 <" not in where
            for part in cover
            for a, b in pieces(*part)
        ]
        return _largest(found, what, limit)


@derivation(
    "definition",
    "float32: u = v − q·v² from the starts as proved: |u − (t − t0)| below 2^−54.00",
    "source.fast: log_fast",
)
def log_step(limit: float = -54.0) -> str:
    return _steps(lambda p: p.log_left_out, "u", limit)


@derivation(
    "definition",
    "float32: v + (½ − q)·v² from the starts as proved is e^{t − t0} − 1 to 2^−44.50",
    "source.fast: exp_step_fast",
)
def exp_step(limit: float = -44.5) -> str:
    return _steps(lambda p: p.exp_left_out, "e^u − 1", limit)


@derivation(
    "Eq. 31",
    "float32: W − 1 + W·(2u + 2u²) with u = v − q·v² from the starts as proved is y² − 1 to "
    "2^−51.40 of it",
    "source.fast: reciprocal_fast",
)
def denominator(limit: float = -51.4) -> str:
    return _steps(lambda p: p.slope_left_out, "y² − 1", limit)
