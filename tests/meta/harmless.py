"""Why faults that no test finds change no result, or none by more than is promised.

A reason stands for a set of faults, by their keys. Where it is a number it is computed here, so
that it cannot be out of date; the others are arguments, and `test_harmless.py` checks what can be
checked of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from tests.meta.catalogue import Fault

UNSEEN = -73.0
"""A pair moved by this power of two of itself stays within the `error` that its kernel promises:
what is proved of it is less by 2^-69.3 or more (docs/error-budget.md: 2^-66.37 of 2^-66.193), and
the cancellation at the ends of the inverses' centres makes 11 times as much of it, at most."""

UNSEEN_FAST = -46.0
"""The fast path moved by so much changes one float32 result in 2^22 or fewer: the exhaustive
validation sees it, the tests but for the hardest arguments do not."""


class Row(NamedTuple):
    """What a row of coefficients multiplies, as powers of two of the greatest relative size."""

    end: float  # of the argument
    first: int  # the power of the argument with the first coefficient
    step: int  # from one coefficient to the next
    least: float  # the value is at least this


ROWS = {
    "STDPLUS": Row(0.25, 0, 1, 0.83),
    "LOG_STDPLUS": Row(0.25, 0, 1, 0.66),
    "STDPLUS_DERIVATIVE": Row(0.25, 0, 1, 0.66),
    "LOG_STDPLUS_DERIVATIVE": Row(0.25, 0, 1, 0.62),
    "INV_STDPLUS": Row(0.15, 0, 1, 1.37),
    "INV_STDPLUS_FAST": Row(0.2, 0, 1, 1.37),
    "INV_LOG_STDPLUS": Row(0.25, 0, 1, 1.25),
    "INV_LOG_STDPLUS_FAST": Row(0.375, 0, 1, 1.25),
    "EXP_TAIL": Row(0.3467, 5, 1, 0.707),
    "EXP_FAST": Row(0.3467, 0, 1, 0.707),
    "LOG_TAIL": Row(0.1716, 4, 2, 2.0),
    "LOG_FAST": Row(0.1716, 1, 2, 0.16),
}


def moved(fault: Fault) -> float | None:
    """log₂ of how far a changed coefficient moves its polynomial, relative to the value."""
    name = fault.key.partition(".")[2].partition(":")[0]
    base = re.sub("_(HEAD|TAIL|FAST)$", "", name) if name not in ROWS else name
    numbers = re.findall(r'_h\("([^"]*)"\)', f"{fault.before} {fault.after}")
    if base not in ROWS or len(numbers) != 2:
        return None
    row, change = ROWS[base], abs(float.fromhex(numbers[1]) - float.fromhex(numbers[0]))
    power = (
        row.first
        + row.step * position(fault)
        + (3 if name.endswith("_TAIL") and base != name else 0)
    )
    if name.endswith("_HEAD"):
        power = position(fault) // 2  # pairs
    return math.log2(change * row.end**power / row.least) if change else -math.inf


def position(fault: Fault) -> int:
    """Which coefficient of its row it is, from 0."""
    from tests.meta.catalogue import ROOT

    text = (ROOT / fault.file).read_bytes()[: fault.start].decode()
    return text[text.rindex("= (") :].count("_h(")


def coefficient(fault: Fault) -> str | None:
    """Last places of coefficients that nothing feels."""
    if not fault.kind.startswith("coefficient"):
        return None
    size = moved(fault)
    name = fault.key.partition(".")[2].partition(":")[0]
    if size is None:
        return None
    if name.endswith("_FAST"):
        if size < UNSEEN_FAST:
            return (
                f"moves the fast path by 2^{size:.0f}: one float32 result in 2^22 or fewer "
                "changes, which `validation.exhaustive` sees"
            )
    elif size < UNSEEN:
        return f"moves the pair by 2^{size:.0f} of itself, less than its error leaves"
    return None


class Reason(NamedTuple):
    """A reason for the faults whose key matches."""

    pattern: str  # a regular expression found in the key
    why: str


REASONS: tuple[Reason, ...] = (
    Reason(
        r"^loops: padding with the first element$",
        "any argument of the block pads as well: results of padding are dropped, and neither the "
        "route nor the exceptions depend on how often an argument occurs",
    ),
    Reason(
        r"^loops: apart on one side only$|loop.loop:abs dropped:abs\(distance",
        "results before their arguments are taken for overlapping, and copied: slower, not wrong",
    ),
    Reason(
        r":unfused:",
        "one rounding more, of a product that is exact (kf·LN2_HI, f/2, 2·log x) or that is a low "
        "part, or of a start: at most 2^-104 of the value, within every bound; "
        "what it changes, the kept bits of float64 show",
    ),
    Reason(
        r":order:",
        "low parts summed in another order: 2^-104 of the value; sums of the high ones are exact",
    ),
    Reason(
        r"newton.clamp:threshold's own side|newton.kept:threshold's own side",
        "at equality both arms are the same number",
    ),
    Reason(
        r"(newton.rough_inside|fast.start_fast):threshold's own side:s < narrow",
        "s is MIDDLE for |x| < 2^-23 only, where the polynomial of the centre serves",
    ),
    Reason(
        r"elementary.log_pair:threshold's own side:y < MIN_NORMAL",
        "2^-1022 lifted by 2^54 has the same m, and k is lowered by 54 again",
    ),
    Reason(
        r"newton.rough_right:(literal|product dropped|term dropped|constant)",
        "in the first two of three steps, each of which divides the error by x² or more: the start "
        "stays within its 2^-22, which tests of the start and of v check",
    ),
    Reason(
        r"pairs.round_scaled:(threshold's own side:k <|condition dropped:.*& below)",
        "decides only for |s| < 2^-962, and no pair is so small unless k is far below −60",
    ),
    Reason(
        r"pairs.round_scaled:(threshold's own side|literal):(s < 0|0.0)",
        "0 is anchored as well above as below, and s is no subnormal number",
    ),
    Reason(
        r"\.(far|step|step_fast|far_pair):(threshold's own side|literal):([xyt] < )?(0\.0|1\.0)",
        "0 and 1 lie in the polynomial's regime, or are special: no argument reaches the choice",
    ),
    Reason(
        r"inv_stdplus.near(_fast)?:threshold's own side",
        "y − 1 is a multiple of 2^-53, and the rounded 3/20 and 1/5 are not: they are never equal",
    ),
    Reason(
        r"log_stdplus.(regime|reduced|regime_selected):threshold's own side:abs\([xt]\) < TINY",
        "at 2^-900 itself low parts are normal with the scale and without",
    ),
    Reason(
        r"^flags.replace:(sign|order|literal:1\.0)",
        "the sum's value goes nowhere; what counts is that its operands are computed",
    ),
    Reason(
        r"^flags.new_table:literal:(0\.0|1e-?300)",
        "what raises an exception still does; the 0 is what the sink holds before anything",
    ),
    Reason(
        r"^operations._rounded:(threshold's own side:numerator|literal:0→1$)",
        "a numerator of 0 or 1 does not overflow",
    ),
    Reason(
        r"^loop.loop:threshold's own side:abs\(distance",
        "arrays that touch are copied, too: slower, not wrong",
    ),
    Reason(
        r"^inv_log_stdplus.exp_pair:literal:0\.0",
        "only `integer` reads it, and the integer of 5e-324 is 0",
    ),
    Reason(
        r"^loop.loop:literal:0→1#[34]$",
        "a buffer takes only the type of the pointer, and both arguments have the same",
    ),
    Reason(
        r"^newton.denominator:addend dropped:fma\(-dl, inv",
        "1 − d·inv is below 2^-51: the inverse stays good to the 2^-50 that the quotient needs",
    ),
    Reason(
        r"^(inv_)?log_stdplus.float(64|32):(condition dropped|and, or):.*((x|t) != |wide != wide)",
        "a NaN goes through the arithmetic and is one still; 0 has the fast path, which keeps it",
    ),
    Reason(
        r"^log_stdplus.float64:abs dropped:abs\(x\)",
        "−∞ is left of LAST_FINITE, where the next line returns −∞",
    ),
    Reason(
        r"^(inv_)?log_stdplus.float32:literal:0\.0",
        "5e-324 is no float32, and 0 itself has the fast path, which keeps its sign",
    ),
    Reason(
        r"^inv_stdplus.step_fast:abs dropped|^inv_log_stdplus.step_fast:abs dropped",
        "positive wherever it is selected; elsewhere it only keeps NaN out of lanes not taken",
    ),
    Reason(
        r"^inv_stdplus.exceptions:threshold's own side:y < 0",
        "0 is answered before",
    ),
    Reason(
        r"^inv_log_stdplus.exp_pair:threshold's own side:t [<>] (EXP_LEFT|OVERFLOWED)",
        "at equality both arms are the same number",
    ),
    Reason(
        r"^inv_log_stdplus.(step_reduced|regime):threshold's own side:t > EXP_RIGHT",
        "at 40 both ways are right to 2^-109",
    ),
    Reason(
        r"^inv_log_stdplus.step_reduced:arm taken always:select\(right, EXP_RIGHT",
        "what it keeps out is not selected, and its flags are thrown away",
    ),
    Reason(
        r"^routes.unchanged(_odd)?:condition dropped:\(x != x\)",
        "a NaN is still one at the end of the route",
    ),
    Reason(
        r"^log_stdplus.regime:threshold's own side:x > FAR_RIGHT",
        "at 2^64 the step and log x are both right to 2^-58",
    ),
    Reason(
        r"^log_stdplus.far_pair:abs dropped:abs\(x\)",
        "`left` itself gives (−∞, 0) at −∞",
    ),
    Reason(
        r"^inv_stdplus.start_anywhere:literal:0\.0",
        "the third number of the start is not used",
    ),
    Reason(
        r"^loop.loop:and, or:direct and not apart",
        "more is copied before it is read: slower, not wrong",
    ),
    Reason(
        r"^loops: distance the wrong way$",
        "the loop takes its absolute value",
    ),
    Reason(
        r"^coefficients.START_(NUMERATOR|DENOMINATOR|LEFT)_FAST:coefficient",
        "a start moved by 2^-20 is near enough: v makes up for it, to a last place of float64, "
        "which `validation.exhaustive` sees where it matters",
    ),
    Reason(
        r"loop\.\w+:call dropped:assume_disjoint",
        "it tells the compiler what is so, for speed: the code is right without",
    ),
    Reason(
        r"pairs.round_scaled:threshold's own side:abs\(s\)",
        "at the least normal number both ways round alike: the last place is the same",
    ),
)

RULES: tuple[Callable[[Fault], str | None], ...] = (coefficient,)


def reason(fault: Fault) -> str | None:
    """Why the fault is harmless, None if nothing is known."""
    for rule in RULES:
        why = rule(fault)
        if why:
            return why
    return next((r.why for r in REASONS if re.search(r.pattern, fault.key)), None)
