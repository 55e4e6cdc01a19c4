"""Figures in 50 digits: the function from its definition, without Lambert W and without floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import mpmath

from derivations.core import require

mp = mpmath.mp.clone()
mp.dps = 60
DIGITS = 50


def log_stdplus(x: Any) -> Any:
    """The t of the sign of x with expm1(2t) − 2t = x², to 50 digits (Newton, then a "
    "sign change)."""
    x = mp.mpf(x)
    if not x:
        return mp.zero
    guard = 4 * max(0, int(-mp.log(abs(x), 2))) + 40
    with mp.workprec(mp.prec + guard):
        t = mp.asinh(x / 2)
        for _ in range(200):
            step = (mp.expm1(2 * t) - 2 * t - x * x) / (2 * mp.expm1(2 * t))
            t -= step
            if abs(step) <= abs(t) * mp.mpf(10) ** -(DIGITS + 5):
                break
        margin = abs(t) * mp.mpf(10) ** -DIGITS
        low, high = (mp.expm1(2 * s) - 2 * s - x * x for s in (t - margin, t + margin))
        require(low * high < 0, f"log stdplus({mp.nstr(x)}) is not enclosed to {DIGITS} digits")
    return +t


def stdplus(x: Any) -> Any:
    """exp(log_stdplus(x)), to 50 digits."""
    return mp.exp(log_stdplus(x))


def agree(got: Any, want: Any, message: str, digits: int = DIGITS - 5) -> None:
    """Raise DerivationError unless two figures agree to `digits` significant digits."""
    scale = max(abs(got), abs(want))
    require(
        abs(got - want) <= scale * mp.mpf(10) ** -digits,
        f"{message}: {mp.nstr(got, 20)} and {mp.nstr(want, 20)} differ",
    )


def figure(value: Any, printed: str, what: str) -> str:
    """`printed`, having checked that `value` rounds to it in its last digit."""
    decimal = Decimal(printed)
    unit = mp.mpf(10) ** int(decimal.as_tuple().exponent)
    require(
        abs(value - mp.mpf(printed)) <= unit / 2,
        f"{what}: printed {printed}, computed {mp.nstr(mp.mpf(value), 20)}",
    )
    return printed


def rounded(value: Any, bits: int) -> Any:
    """`value` rounded to nearest even in `bits` bits of significand (no range limits)."""
    with mp.workprec(bits):
        return +mp.mpf(value)


def text(value: Any, digits: int = 10) -> str:
    """A figure for a witness column."""
    return str(mp.nstr(mp.mpf(value), digits))
