"""Where the start ends and the step begins: `elementary.split`.

t0 = kf·ln 2 + f + rest. kf is an integer and everything after it depends on which, while f is only
known to lie near t − kf·ln 2. So the real `split` is run on the piece, three facts are read off it,

    B  the integers that kf may be,
    D  |kf·ln 2 + f − t| at most, t the exact solution that the step moves to,
    S  |t0 − (kf·LN2_HI + f + kf·LN2_LO + rest)| at most,

and the program goes on, for each integer k by itself, with any f = t − k·ln 2 + D·d on the grid
that f had. Nothing else of the start is trusted or used.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import arb, arb_poly

from derivations.proof.model import Model, error
from derivations.proof.number import Number, Undecided, _birth, lifted, plain
from derivations.proof.operations import ends
from stdplus_ref.source import coefficients as c


class Seam:
    """Stands for `split` on a piece."""

    def __init__(self, real: Callable[[Any], Any], linked: Callable[[Any], Any]) -> None:
        self.real, self.linked = real, linked
        self.border: Any = None
        self.exact: Any = None  # the model of t
        self.choices: list[int] = []  # the k to take, one for each call
        self.open: list[list[int]] = []  # the k that each call had to choose from
        self.reached: list[tuple[int, Any]] = []  # (k, D) of each call

    def begin(self, exact: Model, choices: list[int], border: Any = None) -> None:
        """Before a run; `border` says where to cut a piece that allows several k, if at all."""
        self.border = border
        self.exact, self.choices, self.open, self.reached = exact, choices, [], []

    def __call__(self, t0: Any) -> Any:
        if not isinstance(t0, Number):
            return self.real(t0)
        if self.open:
            raise Undecided("a second seam: d is one variable")
        kf, f, rest = self.linked(t0)
        if not (isinstance(kf, Number) and isinstance(f, Number) and kf.grid >= 0):
            raise Undecided("kf is not known to be an integer")
        k = self._chosen(kf)
        ln2, t = arb.const_log2(), self.exact
        off = (kf.model * ln2 + f.model - t).size
        if not off < 2.0**-10:
            raise Undecided("a start too far off")
        low, high = arb(c.LN2_HI), arb(c.LN2_LO)
        lost = (plain(t0) - kf.model * (low + high) - f.model - rest.model).size
        self.reached.append((k, off))
        model = t + Model([arb_poly([-k * ln2]), arb_poly([arb(off.upper())])])
        short = Number(model, f.grid, f.bits)
        left = plain(t0) - model - lifted(float(k), f.bits).model * (low + high)
        return float(k), short, Number(left + error(_birth(), lost), rest.grid, rest.bits)

    def _chosen(self, kf: Number) -> int:
        """The k of this call."""
        low, high = _integers(kf)
        if low > high:
            raise Undecided("no integer")
        options = list(range(low, high + 1))
        if len(options) > 1 and self.border is not None:
            raise Undecided("two k on a wide piece", self.border(options))
        call = len(self.open)
        self.open.append(options)
        if call < len(self.choices):
            return self.choices[call]
        self.choices.append(options[0])
        return options[0]


def _integers(kf: Number) -> tuple[int, int]:
    """The least and the greatest integer in the range of kf."""
    low, high = ends(kf)
    return math.ceil(low), math.floor(high)
