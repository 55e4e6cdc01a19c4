"""The regions of the six functions: what is run where, and the pieces it is cut into to begin with.

The ends are floats; where the program itself draws a line, the end is the first float beyond it.
Further cuts are made by the driver and need not be known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from derivations.proof.driver import Region
from stdplus_ref import source
from stdplus_ref.source import inv_log_stdplus, inv_stdplus, log_stdplus, newton, pairs

FORWARD = ("stdplus", "log_stdplus", "stdplus_derivative", "log_stdplus_derivative")
SCALED = ("stdplus", "stdplus_derivative", "log_stdplus_derivative")  # others than log_stdplus
SMALL = 2.0**-5  # centres within this of a zero are bounded relative to the distance from it
LARGEST = 1.7976931348623157e308
LEAST = 5e-324


def after(x: float) -> float:
    """The next float."""
    return math.nextafter(x, math.inf)


def before(x: float) -> float:
    """The float before."""
    return math.nextafter(x, -math.inf)


def even(low: float, high: float, count: int) -> tuple[float, ...]:
    """So many equal steps."""
    inner = (low + (high - low) * n / count for n in range(1, count))
    return (low, *inner, high)


def geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    """So many steps of one ratio."""
    ratio = math.log(high / low)
    inner = (low * math.exp(ratio * n / count) for n in range(1, count))
    return (low, *inner, high)


def binades(low: float, high: float) -> tuple[float, ...]:
    """Steps from one power of two to the next, for positive or negative ends."""
    sign = math.copysign(1.0, low)
    small, large = sorted((abs(low), abs(high)))
    first, last = math.frexp(small)[1], math.frexp(large)[1]
    powers = [math.ldexp(1.0, k) for k in range(first, last + 1) if k < 1024]
    inner = sorted(sign * p for p in powers if small < p < large)
    return (low, *inner, high)


C, L, R = newton.CENTRE, newton.STEP_LEFT, newton.STEP_RIGHT
TINY = pairs.TINY
FAR = newton.FAR_RIGHT
LEFT, LAST = log_stdplus.LEFT, log_stdplus.LAST_FINITE


def forward() -> list[Region]:
    """stdplus, log_stdplus and their derivatives."""
    log = ("log_stdplus",)
    return [
        Region("|x| < 1/4", SCALED, "x", even(after(-C), before(C), 16)),
        Region("0 < x < 2^-900", log, "x", (LEAST, before(TINY)), over=True),
        Region("-2^-900 < x < 0", log, "x", (after(-TINY), -LEAST), over=True),
        Region("2^-900 ≤ x < 2^-5", log, "x", (TINY, before(SMALL)), over=True),
        Region("-2^-5 < x ≤ -2^-900", log, "x", (after(-SMALL), -TINY), over=True),
        Region("2^-5 ≤ x < 1/4", log, "x", even(SMALL, before(C), 8)),
        Region("-1/4 < x ≤ -2^-5", log, "x", even(after(-C), -SMALL, 8)),
        Region("1/4 ≤ x ≤ 8", FORWARD, "x", geometric(C, R, 60)),
        Region("8 < x ≤ 256", FORWARD, "x", geometric(after(R), 256.0, 40)),
        Region("256 < x ≤ 2^64", FORWARD, "x", geometric(after(256.0), FAR, 240)),
        Region("-3.25 ≤ x ≤ -1/4", FORWARD, "x", geometric(newton.START_LEFT, -C, 60)),
        Region("-9 ≤ x < -3.25", FORWARD, "x", halves(LEFT, before(newton.START_LEFT))),
        Region("-26 ≤ x < -9", SCALED, "x", halves(L, before(LEFT))),
        Region("-40 ≤ x < -26", SCALED, "x", halves(newton.FAR_LEFT, before(L))),
        Region("x > 2^64", log, "x", binades(after(FAR), LARGEST)),
    ]


def halves(low: float, high: float) -> tuple[float, ...]:
    """For −40 ≤ x < −3.25: where t passes k·ln 2, and on both sides of (k + ½)·ln 2."""
    ends = [low]
    first = math.floor(-(low * low + 1) / 2 / math.log(2.0)) - 2
    for k in range(first, 0):
        for part, side in ((0.5, -1.0), (0.5, 1.0), (1.0, 0.0)):
            t = (k + part) * math.log(2.0) + side * 2.0**-13
            x = -math.sqrt(max(math.exp(2 * t) - 1 - 2 * t, 0.0))
            if ends[-1] < x < high:
                ends.append(x)
    return (*ends, high)


def inverse() -> list[Region]:
    """inv_stdplus."""
    name, near = ("inv_stdplus",), inv_stdplus.near
    low, high = border(near, 0.9, 0.7), border(near, 1.1, 1.3)
    normal = 2.0**-1022
    return [
        Region("0 < y < 2^-1022", name, "y", binades(LEAST, before(normal))),
        Region("2^-1022 ≤ y < 2^-6", name, "y", binades(normal, before(2.0**-6))),
        Region("2^-6 ≤ y ≤ 17/20", name, "y", geometric(2.0**-6, before(low), 60)),
        Region("17/20 < y ≤ 1 - 2^-5", name, "y", even(low, 1 - SMALL, 8)),
        Region("1 - 2^-5 < y < 1", name, "y", (after(1 - SMALL), before(1.0)), over=True),
        Region("1 < y < 1 + 2^-5", name, "y", (after(1.0), before(1 + SMALL)), over=True),
        Region("1 + 2^-5 ≤ y < 23/20", name, "y", even(1 + SMALL, high, 8)),
        Region("23/20 ≤ y ≤ 64", name, "y", geometric(after(high), 64.0, 60)),
        Region("64 < y < 2^100", name, "y", geometric(after(64.0), before(2.0**100), 200)),
    ]


def log_inverse() -> list[Region]:
    """inv_log_stdplus."""
    name, c = ("inv_log_stdplus",), inv_log_stdplus.CENTRE
    right, left = inv_log_stdplus.EXP_RIGHT, inv_log_stdplus.EXP_LEFT
    return [
        Region("0 < t < 2^-900", name, "t", (LEAST, before(TINY)), over=True),
        Region("-2^-900 < t < 0", name, "t", (after(-TINY), -LEAST), over=True),
        Region("2^-900 ≤ t < 2^-5", name, "t", (TINY, before(SMALL)), over=True),
        Region("-2^-5 < t ≤ -2^-900", name, "t", (after(-SMALL), -TINY), over=True),
        Region("2^-5 ≤ t < 1/4", name, "t", even(SMALL, before(c), 12)),
        Region("-1/4 < t ≤ -2^-5", name, "t", even(after(-c), -SMALL, 12)),
        Region("1/4 ≤ t ≤ 40", name, "t", geometric(c, right, 60)),
        Region("40 < t ≤ 720", name, "t", even(after(right), inv_log_stdplus.OVERFLOWED, 1000)),
        Region("-40 ≤ t ≤ -1/4", name, "t", geometric(left, -c, 60)),
        Region(
            "-2^600 ≤ t < -40", name, "t", binades(-inv_log_stdplus.HUGE, before(left)), left=True
        ),
    ]


def border(condition: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last float from inside on for which a condition holds."""
    while inside not in (after(outside), before(outside)):
        middle = (inside + outside) / 2
        if condition(middle):
            inside = middle
        else:
            outside = middle
    return inside


def all_regions() -> list[Region]:
    """Every region."""
    return [*forward(), *inverse(), *log_inverse()]


def functions(region: Region) -> dict[str, Callable[..., Any]]:
    """What is run on a region."""
    modules = {name: getattr(source, name) for name in region.functions}
    return {name: getattr(module, region.entry) for name, module in modules.items()}
