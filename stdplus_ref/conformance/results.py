"""What a port made of the vectors, and a mistake that was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from stdplus_ref import spec
from stdplus_ref.conformance.formats import Bits, Bools, Doubles, Format
from stdplus_ref.conformance.judge import FAULTS, Fault, Judged
from stdplus_ref.conformance.regions import edge
from stdplus_ref.conformance.vectors import Vectors

FEW: Final = 3
"""A pattern needs this many results."""

MOST: Final = 0.9
"""And this part of those it speaks of."""

_NEAR: Final = 1e-2  # relative distance within which a wrong formula is recognised


@dataclass(frozen=True)
class Finding:
    """A mistake: its name, how it shows, what to look at, and one result that shows it."""

    name: str
    text: str
    look: str
    witness: str = ""


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

    @cached_property
    def ordinary(self) -> Bools:
        """Where neither the argument nor the right result is extreme."""
        near = (np.abs(self.x) > 0.04) & (np.abs(self.x) < 8)
        return near & is_normal(self.vectors.format, self.want)

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

    def witness(self, where: Bools) -> str:
        """Argument, result and right result of the middle one of some vectors."""
        found = np.flatnonzero(where)
        return self.shown(int(found[found.size // 2])) if found.size else ""

    def shown(self, index: int) -> str:
        """Argument, result and right result of a vector."""
        return shown(
            self.vectors.format,
            self.vectors.inputs[index],
            self.got[index],
            self.vectors.outputs[index],
        )

    def are(self, other: Doubles, where: Bools) -> Bools | None:
        """Where the results show to be the numbers `other` and not the right ones.

        None unless they are `other` nearly everywhere in `where`, and enough tell the two apart.
        """
        fmt = self.vectors.format
        where = where & is_normal(fmt, other)
        alike = _NEAR + 8 * 2.0**-fmt.precision  # what steep functions make of a rounded argument
        telling = where & (np.abs(other - self.want) > 5 * alike * np.abs(self.want))
        if telling.sum() < 20 or telling.sum() < 0.1 * where.sum():
            return None
        same = near(self.y, other, alike)
        return telling & same if min(same[telling].mean(), same[where].mean()) >= MOST else None


def shown(fmt: Format, x: object, got: object, want: object) -> str:
    """An argument, its result and the right one, as bits."""
    return f"{fmt.hex(x)} gave {fmt.hex(got)}, want {fmt.hex(want)}"


def is_normal(fmt: Format, value: Doubles) -> Bools:
    """Where a value is a number, not subnormal, and not near overflow."""
    return np.asarray((np.abs(value) >= fmt.tiny) & (np.abs(value) < fmt.max / 4))


def pattern(holds: Bools, where: Bools) -> bool:
    """Whether something holds for most of the results spoken of, and those are not too few."""
    return bool(where.sum() >= FEW and holds[where].mean() >= MOST)


def near(one: Doubles, other: Doubles, alike: float = _NEAR) -> Bools:
    """Where two numbers are alike to two digits, or as `alike` says."""
    return np.asarray(np.abs(one - other) <= alike * np.abs(other))
