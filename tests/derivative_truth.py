"""Derivatives of any order of the four functions, by differences of many digits."""

from __future__ import annotations

import mpmath as mp

from stdplus_ref import exact

_DIGITS = 300  # of which a derivative far out loses most to cancellation


def derivative(name: str, order: int, x: float) -> float:
    """The derivative of an order ≥ 1 of a function at a finite x where it has one."""
    function = getattr(exact, name)
    with mp.workdps(_DIGITS):
        value = mp.diff(
            lambda u: function(u, digits=mp.mp.dps + 10), mp.mpf(x), order, relative=abs(x) > 1
        )
        return float(value)
