"""Names the mistake behind wrong results, where they have the pattern of a known one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance.formats import Bits, Bools, Doubles
from stdplus_ref.conformance.judge import FAULTS, Fault, Judged
from stdplus_ref.conformance.regions import edge
from stdplus_ref.conformance.vectors import Vectors, load

_FEW: Final = 3  # a pattern needs this many results
_MOST: Final = 0.9  # and this part of those it speaks of
_NEAR: Final = 1e-2  # relative distance within which a wrong formula is recognised


@dataclass(frozen=True)
class Finding:
    """A mistake: its name, and how it shows."""

    name: str
    text: str


@dataclass(frozen=True)
class Results:
    """What a port made of the vectors."""

    vectors: Vectors
    got: Bits
    judged: Judged

    @cached_property
    def x(self) -> Doubles:
        """Arguments."""
        return self.vectors.format.value(self.vectors.inputs)

    @cached_property
    def y(self) -> Doubles:
        """Results."""
        return self.vectors.format.value(self.got)

    @cached_property
    def want(self) -> Doubles:
        """Correctly rounded results."""
        return self.vectors.format.value(self.vectors.outputs)

    @cached_property
    def bad(self) -> Bools:
        """Where the tier is broken."""
        return np.asarray(self.judged.faults >= 0)

    @cached_property
    def gross(self) -> Bools:
        """Where a result is of the wrong kind, or not one digit of it is right."""
        digits = self.vectors.format.precision
        return self.bad & ~(np.abs(self.judged.errors) < 2.0 ** (digits - 2))

    @property
    def argument(self) -> str:
        """The name of the argument."""
        return spec.FUNCTIONS[self.vectors.function].argument

    @property
    def forward(self) -> bool:
        """Whether the function is one of x, not an inverse."""
        return not self.vectors.function.startswith("inv_")

    def fault(self, fault: Fault) -> Bools:
        """Where a fault was found."""
        return np.asarray(self.judged.faults == FAULTS.index(fault))

    def edge(self, word: str) -> float:
        """An edge of `regions`."""
        return edge(word, self.vectors.function, self.vectors.format)

    def hex(self, index: int) -> str:
        """An argument as bits."""
        return self.vectors.format.hex(self.vectors.inputs[index])


def diagnose(results: Results) -> list[Finding]:
    """The known mistakes whose pattern the results have."""
    if not results.bad.any():
        return []
    with np.errstate(all="ignore"):
        return [finding for look in _LOOKS if (finding := look(results)) is not None]


def _nan_swallowed(r: Results) -> Finding | None:
    lost = np.isnan(r.x) & ~np.isnan(r.y)
    if not lost.any():
        return None
    i = int(np.flatnonzero(lost)[0])
    return Finding("NaN swallowed", f"the argument {r.hex(i)} is NaN, but the result is {r.y[i]:g}")


def _outside_domain(r: Results) -> Finding | None:
    lost = (r.x < 0) & np.isnan(r.want) & ~np.isnan(r.y)
    if not lost.any():
        return None
    i = int(np.flatnonzero(lost)[0])
    return Finding("domain ignored", f"y = {r.x[i]:g} has no inverse, but the result is {r.y[i]:g}")


def _zero_over_zero(r: Results) -> Finding | None:
    if r.vectors.function.endswith("_derivative") and np.isnan(r.y[r.x == 0]).any():
        return Finding("0/0 at x = 0", "the derivative there is 1/√2, but the result is NaN")
    return None


def _sign_of_zero(r: Results) -> Finding | None:
    wrong = r.fault(Fault.ZERO_SIGN)
    if not wrong.any():
        return None
    i = int(np.flatnonzero(wrong)[np.abs(r.x[wrong]).argmin()])
    want = "−0" if np.signbit(r.want[i]) else "+0"
    return Finding("wrong sign of zero", f"at {r.hex(i)} the zero must be {want}")


def _flushed(r: Results) -> Finding | None:
    """Zero for subnormal numbers, and for no normal ones."""
    tiny, at_zero = r.vectors.format.tiny, np.median(r.want[r.x == 0])
    patterns = (
        ("subnormal results come as 0", r.want, r.y == 0),
        ("subnormal arguments are taken for 0", r.x, r.y == at_zero),
    )
    for text, number, flushed in patterns:
        subnormal = (number != 0) & (np.abs(number) < tiny) & r.bad
        normal = (np.abs(number) >= tiny) & r.bad
        if _pattern(flushed, subnormal) and not flushed[normal].any():
            return Finding("flush to zero", f"{text} (allow it: --flush-to-zero)")
    return None


def _unrelated(r: Results) -> Finding | None:
    if r.gross.mean() < _MOST:
        return None
    return Finding("unrelated numbers", "hardly a result has one right digit")


def _another_function(r: Results) -> Finding | None:
    function, inputs = r.vectors.function, r.vectors.inputs
    for name in (name for name in spec.NAMES if name != function):
        other = load(name, r.vectors.format.name)
        _, mine, its = np.intersect1d(inputs, other.inputs, return_indices=True)
        want = other.format.value(other.outputs[its])
        ordinary = r.bad[mine] & (np.abs(r.x[mine]) > 0.04) & (np.abs(r.x[mine]) < 8)
        if _pattern(_near(r.y[mine], want) & ~_near(r.y[mine], r.want[mine]), ordinary):
            return Finding("another function", f"the results are those of {name}")
    return None


def _swapped_branches(r: Results) -> Finding | None:
    centre, sides = float(r.vectors.function == "inv_stdplus"), []
    if r.forward:
        place = dict(zip(r.x.tolist(), r.want.tolist(), strict=True))
        other = np.array([place.get(-x, np.nan) for x in r.x.tolist()])
        text = "the results are those of −x (W₀ where W₋₁ belongs, or the reverse)"
    else:
        other, text = -r.want, "the results have the other sign"
    ordinary = (np.abs(r.x) > 0.04) & (np.abs(r.x) < 8) & ~np.isnan(other)
    swapped = _near(r.y, other) & ~_near(r.y, r.want)
    for side, word in ((r.x < centre, "<"), (r.x > centre, ">")):
        if _pattern(swapped, ordinary & side):
            sides.append(f"{r.argument} {word} {centre:g}")
    if not sides:
        return None
    return Finding("swapped branches", f"for {' and '.join(sides)} {text}")


def _square_overflows(r: Results) -> Finding | None:
    limit, sides = r.edge("square"), []
    for side, word in ((1, r.argument), (-1, f"−{r.argument}")):
        size = side * r.x
        beyond = (limit < size) & (size < np.inf) & np.isfinite(r.want)
        below = (limit**0.5 < size) & (size < limit / 2)
        if _pattern(r.gross, beyond) and not r.gross[below].any():
            sides.append(word)
    if not sides or r.vectors.function == "inv_log_stdplus":
        return None
    where = " and ".join(f"{side} ≥ {limit:.4g}" for side in sides)
    return Finding("x² overflows", f"NaN, ∞ or worse for {where}, where the square is infinite")


def _cancelling_start(r: Results) -> Finding | None:
    digits = r.vectors.format.precision
    first, always = 2.0 ** ((digits - 3) / 2), 2.0 ** ((digits + 3) / 2)
    beyond = (-r.edge("square") < r.x) & (r.x <= -always)
    if not r.forward or not _pattern(r.gross, beyond) or r.gross[(r.x < -1) & (r.x > -first)].any():
        return None
    text = f"NaN, 0 or ∞ from x ≤ −{always:.4g}, where x + √(x² + 4) cancels to 0 (Algorithm 1)"
    return Finding("cancelling start", text)


def _factor_two(r: Results) -> Finding | None:
    wrong, x = r.bad & (np.abs(r.x) > 0.1) & (np.abs(r.x) < 40), r.x
    cases: dict[str, tuple[Doubles, str]] = {
        "inv_log_stdplus": (np.copysign(np.sqrt(np.expm1(x) - x), x), "expm1(t) − t"),
        "inv_stdplus": (np.copysign(np.sqrt(x - 1 - np.log(x)), x - 1), "y − 1 − log y"),
        "log_stdplus": (2 * r.want, "the logarithm of the variance, not of the deviation"),
        "stdplus": (r.want**2, "the variance, not the deviation"),
    }
    if r.vectors.function not in cases:
        return None
    other, what = cases[r.vectors.function]
    if _pattern(_near(r.y, other) & ~_near(r.y, r.want), wrong):
        return Finding("factor 2 missing", f"the results are those of {what}")
    return None


def _gives_out(r: Results) -> Finding | None:
    """All results useless from some argument outwards, nearer than squares and sums explain."""
    fmt, ends = r.vectors.format, []
    nearer = 2.0 ** ((fmt.precision - 3) / 2)
    ordinary = (np.abs(r.want) >= fmt.tiny) & (np.abs(r.want) < fmt.max / 4)
    for side, sign in ((1, "≥ "), (-1, "≤ −")):
        size = side * r.x
        counted = (size > 0) & ordinary
        good = size[counted & ~r.gross].max(initial=0.0)
        beyond = counted & (size > good)
        if beyond.sum() >= _FEW and good > 1 and size[beyond].min() < nearer:
            ends.append(f"x {sign}{size[beyond].min():.4g}")
    if not ends or r.vectors.function == "inv_stdplus":
        return None
    text = f"useless for all {' and '.join(ends)}: an intermediate result underflows or overflows"
    return Finding("gives out early", text.replace("x ", r.argument + " "))


def _single(r: Results) -> Finding | None:
    if r.bad.sum() != 1:
        return None
    i = int(np.flatnonzero(r.bad)[0])
    places = r.vectors.format.ordinal(np.array([r.got[i], r.vectors.outputs[i]]))
    away = f"{int(places[0] - places[1]):+d} numbers from the correctly rounded one"
    return Finding("a single wrong result", f"only that at {r.hex(i)} breaks the tier, {away}")


def _cancels_at_centre(r: Results) -> Finding | None:
    """Errors that grow towards the double root of the defining equation."""
    at_one = r.vectors.function == "inv_stdplus"
    distance = np.abs(np.log(r.x)) if at_one else np.abs(r.x)
    size = np.where(r.bad, np.abs(r.judged.errors), 0.0)
    near = (distance > r.vectors.format.tiny) & (distance < 3e-3)
    middle = (distance > 3e-3) & (distance < 0.03)
    far = (distance > 0.3) & (distance < 3)
    beside = max(8.0, 8 * size[far].max(), size[middle].max())
    if (r.bad & near).sum() < _FEW or size[near].max() < beside or r.gross[far].any():
        return None
    where = "y = 1" if at_one else "0"
    return Finding("cancellation", f"accuracy is lost towards {where}: a difference cancels there")


def _exponential_of_rounded(r: Results) -> Finding | None:
    """The error of e^t with a rounded t is about |t|/4 ULP: it grows like x² on the left."""
    if r.vectors.function != "stdplus":
        return None
    end, size = r.edge("underflow"), np.abs(r.judged.errors)
    left = size[(end < r.x) & (r.x < end / 2)].max()
    middle = size[(r.x > -1) & (r.x < -0.3)].max()
    if not 4 * max(1.0, middle) < left < end**2:
        return None
    return Finding("exponential of a rounded logarithm", "the error grows like x² towards −∞")


def _pattern(holds: Bools, where: Bools) -> bool:
    """Whether something holds for most of the results spoken of, and those are not too few."""
    return bool(where.sum() >= _FEW and holds[where].mean() >= _MOST)


def _near(one: Doubles, other: Doubles) -> Bools:
    return np.asarray(np.abs(one - other) <= _NEAR * np.abs(other))


_LOOKS: Final[tuple[Callable[[Results], Finding | None], ...]] = (
    _nan_swallowed,
    _outside_domain,
    _zero_over_zero,
    _sign_of_zero,
    _flushed,
    _unrelated,
    _another_function,
    _swapped_branches,
    _factor_two,
    _square_overflows,
    _cancelling_start,
    _gives_out,
    _cancels_at_centre,
    _exponential_of_rounded,
    _single,
)
