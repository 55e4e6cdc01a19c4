"""Where the last phase is not made for an argument, none comes to it.

`source.ties` takes stdplus to 2^40, its derivative to 2^30, inv_stdplus to 2^40, and derivatives
from 2^-100 on. Beyond, the exact value is so near a number, or so far from midpoints, that both
candidates of `between` are one: they are within 2·error(x) of the exact value, and a little more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flint import arb

from derivations.core import require
from derivations.proof import far, truths
from derivations.proof.driver import exact_t
from derivations.proof.frame import Frame
from stdplus_ref.source import KERNELS

DERIVATIVES = ("stdplus_derivative", "log_stdplus_derivative")


def near_numbers() -> Iterator[tuple[str, Any]]:
    """Balls of value/number from the border on."""
    yield "stdplus", far.grown(exact_t("x", 2.0**40))
    yield "stdplus_derivative", far.right_of(exact_t("x", 2.0**30))
    yield "inv_stdplus", far.shrunk(exact_t("y", 2.0**40))


def candidates(name: str, ball: Any) -> Any:
    """The ball grown by twice the error, and more."""
    return ball * (1 + arb(0, 2.0**-64 + 2 * KERNELS[name].error(1.0)))


def checked() -> None:
    """Require both."""
    for name, ball in near_numbers():
        off = abs(candidates(name, ball) - 1).upper()
        require(bool(off < far.APART["float"]), f"{name}: no doubt far out")
    for name in DERIVATIVES:
        value = candidates(name, truths.plain(name, Frame(arb(0), arb(2.0**-99))).interval())
        places = value * 2.0**53 - 0.5  # in last places of [½, 1), from a midpoint
        require(places.floor().is_integer(), f"{name}: no doubt around 0")
