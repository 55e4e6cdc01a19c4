"""Judges results: what is wrong with each, and what comes of them all, region by region."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from stdplus_ref import spec
from stdplus_ref.conformance.formats import Bits, Bools, Doubles, Format
from stdplus_ref.conformance.regions import assign, regions
from stdplus_ref.conformance.tier import SLACK, Tier, errors, units


class Fault(StrEnum):
    """The ways in which a result can break the tier."""

    SPECIAL = "special value"
    ZERO_SIGN = "sign of zero"
    KIND = "NaN or infinite"
    ACCURACY = "accuracy"
    STEP_BACK = "not monotone"


FAULTS: Final = tuple(Fault)


@dataclass(frozen=True)
class Witness:
    """One result: bits of the argument, of what came and of what should have come; ULP."""

    input: int
    got: int
    want: int
    error: float


@dataclass
class Row:
    """What was seen in one region."""

    title: str
    inputs: int = 0
    misrounded: int = 0
    failed: int = 0
    worst: Witness | None = None


@dataclass
class Problem:
    """One way in which the tier was broken: how often, and where first going out from 0."""

    fault: Fault
    count: int
    first: Witness


@dataclass(frozen=True)
class Judged:
    """Results with what was found: faults are indices into `FAULTS`, −1 for none."""

    errors: Doubles
    faults: npt.NDArray[np.int8]


@dataclass
class Judge:
    """Takes results in ascending order of their arguments, in pieces, and keeps the account."""

    function: str
    format: Format
    tier: Tier
    rows: dict[str, Row] = field(init=False)
    problems: dict[Fault, Problem] = field(init=False, default_factory=dict)
    inputs: int = field(init=False, default=0)
    misrounded: int = field(init=False, default=0)
    flushed: int = field(init=False, default=0)
    steps_back: int = field(init=False, default=0)
    worst: Witness | None = field(init=False, default=None)
    unsure: float = field(init=False, default=0.0)
    """How much larger than it says the worst error may be, in ULP."""

    def __post_init__(self) -> None:
        self._regions = regions(self.function, self.format)
        self.rows = {region.title: Row(region.title) for region in self._regions}
        self._last: tuple[int, int, int] | None = None

    @property
    def first(self) -> tuple[Fault, Witness] | None:
        """The first to break, going out from 0 (from 1 for ``inv_stdplus``)."""
        if not self.problems:
            return None
        found = min(self.problems.values(), key=lambda p: self._distance(p.first))
        return found.fault, found.first

    def meets(self) -> str | None:
        """The strictest tier that the results meet; None if they break what every tier asks."""
        if any(fault in self.problems for fault in (Fault.SPECIAL, Fault.ZERO_SIGN, Fault.KIND)):
            return None
        if self.misrounded == 0:
            return "exact"
        assert self.worst is not None
        worst = self.worst.error + self.unsure
        return f"ulp:{max(0.501, np.ceil(1000 * worst) / 1000):.3f}"

    def restart(self) -> None:
        """Expect arguments from the least on again."""
        self._last = None

    def classify(
        self, inputs: Bits, got: Bits, outputs: Bits, residuals: Doubles
    ) -> tuple[Judged, Bools]:
        """Errors and faults of single results, and where a result was flushed as allowed."""
        fmt, tier = self.format, self.tier
        error = errors(fmt, got, outputs, residuals)
        value, want = fmt.value(got), fmt.value(outputs)
        same = (got == outputs) | (np.isnan(value) & np.isnan(want))
        flushed = ~same & self._may_flush(inputs, got, value, want)
        limit = 0.0 if tier.limit is None else tier.limit + SLACK
        size = np.abs(error)
        wrong_zero = (value == 0) & (np.signbit(value) != np.signbit(want)) & (size < max(1, limit))
        conditions: list[tuple[Bools, Fault]] = [
            (wrong_zero, Fault.ZERO_SIGN),
            (np.isnan(residuals), Fault.SPECIAL),
            (np.isinf(error), Fault.KIND),
            (size > limit, Fault.ACCURACY),
        ]
        found = np.select(
            [same | flushed, *(condition for condition, _ in conditions)],
            [-1, *(FAULTS.index(fault) for _, fault in conditions)],
            -1,
        )
        return Judged(np.where(flushed, 0.0, error), found.astype(np.int8)), flushed

    def _may_flush(self, inputs: Bits, got: Bits, value: Doubles, want: Doubles) -> Bools:
        """Where flush to zero, of the result or of the argument, explains and excuses a result."""
        if not self.tier.flush_to_zero:
            return np.zeros(got.shape, bool)
        fmt = self.format
        x, tiny = fmt.value(inputs), np.full(1, fmt.tiny)
        above_subnormal = units(fmt, np.abs(want), want) - units(fmt, tiny, want)
        result = (value == 0) & (np.signbit(value) == np.signbit(want))
        result &= above_subnormal < (self.tier.limit or 0.5)
        of_zero = [fmt.bits_of(s.value) for s in _at_zero(self.function)]
        argument = (x != 0) & (np.abs(x) < fmt.tiny)
        argument &= got == np.where(np.signbit(x), *of_zero)
        return np.asarray(result | argument)

    def add(
        self,
        inputs: Bits,
        got: Bits,
        outputs: Bits,
        residuals: Callable[[npt.NDArray[np.intp]], Doubles],
    ) -> None:
        """Take in results.

        Parameters
        ----------
        inputs, got, outputs : ndarray of unsigned integers
            Arguments in ascending order, results, and correctly rounded results.
        residuals : callable
            From indices to (output − true value) in ULP, NaN where the output is exact; asked for
            only where the result is not the correctly rounded one.
        """
        ordinals = self.format.ordinal(inputs)
        self.count(ordinals)
        self._monotone(inputs, ordinals, got, outputs)
        nan = self.format.is_nan(got) & self.format.is_nan(outputs)
        wrong = np.flatnonzero((got != outputs) & ~nan)
        if wrong.size:
            self._account(inputs[wrong], got[wrong], outputs[wrong], residuals(wrong))

    def count(self, ordinals: npt.NDArray[np.int64]) -> None:
        """Take in arguments, by their ordinals, whose results are known to be right."""
        counts = np.bincount(assign(ordinals, self._regions), minlength=len(self._regions))
        self.inputs += ordinals.size
        for region, count in zip(self._regions, counts.tolist(), strict=True):
            self.rows[region.title].inputs += count

    def _account(self, inputs: Bits, got: Bits, outputs: Bits, residuals: Doubles) -> None:
        """Enter results that are not the correctly rounded ones."""
        judged, flushed = self.classify(inputs, got, outputs, residuals)
        self.flushed += int(flushed.sum())
        counted = np.flatnonzero(~flushed)
        place = assign(self.format.ordinal(inputs), self._regions)
        size = np.abs(judged.errors)

        def witness(i: int) -> Witness:
            return Witness(int(inputs[i]), int(got[i]), int(outputs[i]), float(size[i]))

        self.misrounded += counted.size
        for index, region in enumerate(self._regions):
            here = counted[place[counted] == index]
            if here.size:
                row = self.rows[region.title]
                row.misrounded += here.size
                row.failed += int((judged.faults[here] >= 0).sum())
                row.worst = _worse(row.worst, witness(int(here[size[here].argmax()])))
                self.worst = _worse(self.worst, row.worst)
        distance = self._distances(inputs)
        for code, fault in enumerate(FAULTS):
            there = np.flatnonzero(judged.faults == code)
            if there.size:
                self._enter(fault, there.size, witness(int(there[distance[there].argmin()])))

    def _monotone(
        self, inputs: Bits, ordinals: npt.NDArray[np.int64], got: Bits, outputs: Bits
    ) -> None:
        """Count steps back from one argument to the next; NaN has been judged elsewhere."""
        fmt = self.format
        ordered = ~(fmt.is_nan(got) | fmt.is_nan(outputs))
        x, y, want = inputs[ordered], fmt.ordinal(got[ordered]), outputs[ordered]
        if self._last is not None:
            x, y, want = (
                np.concatenate([np.array([last], part.dtype), part])
                for last, part in zip(self._last, (x, y, want), strict=True)
            )
        if not x.size:
            return
        self._last = int(x[-1]), int(y[-1]), int(want[-1])
        falling = self.function == "log_stdplus_derivative"
        back = np.flatnonzero(y[1:] > y[:-1] if falling else y[1:] < y[:-1]) + 1
        self.steps_back += back.size
        if back.size and (self.tier.monotone or self.tier.limit is None):
            i = int(back[self._distances(x[back]).argmin()])
            step = float(abs(y[i] - y[i - 1]))
            bits = int(fmt.from_ordinal(int(y[i])))
            self._enter(Fault.STEP_BACK, back.size, Witness(int(x[i]), bits, int(want[i]), step))

    def _enter(self, fault: Fault, count: int, first: Witness) -> None:
        known = self.problems.setdefault(fault, Problem(fault, 0, first))
        known.count += count
        known.first = min(known.first, first, key=self._distance)

    def _distance(self, witness: Witness) -> float:
        return float(self._distances(self.format.array([witness.input]))[0])

    def _distances(self, inputs: Bits) -> Doubles:
        """How far out an argument is: from 0, by value; from 1 for ``inv_stdplus``, by ratio."""
        x = self.format.value(inputs)
        if self.function == "inv_stdplus":
            with np.errstate(all="ignore"):
                x = np.log(x)
        return np.where(np.isnan(x), np.inf, np.abs(x))


def _worse(one: Witness | None, other: Witness | None) -> Witness | None:
    if one is None or other is None:
        return one or other
    return other if other.error > one.error else one


def _at_zero(function: str) -> list[spec.SpecialValue]:
    """The special values at −0 and +0."""
    found = [s for s in spec.FUNCTIONS[function].special if s.argument == 0]
    return sorted(found, key=lambda s: math.copysign(1.0, s.argument))
