"""Runs a proof beside the same program on one argument, in exact fractions, and compares.

Every operation on abstract numbers is done on the floats of one argument as well. What the proof
says of the number must hold of the float: an operation that is called exact is, another errs by no
more than its ε allows, the float is a multiple of the grid and lies in the box.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb

from derivations.proof import arithmetic, operations
from derivations.proof.number import SINGLE, Number
from derivations.proof.seam import Seam
from stdplus_ref.source import elementary, pairs
from stdplus_ref.source import operations as real


def fraction(value: Any) -> Any:
    """An exact ball of Arb as a fraction."""
    mantissa, power = arb(value).man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(power)


def rounded(exact: Fraction, bits: int) -> float:
    """The nearest float of the format."""
    if bits == SINGLE:
        return float(real.narrow(real._rounded(*exact.as_integer_ratio(), True)))
    return real._rounded(*exact.as_integer_ratio(), False)


class Shadow:
    """The floats beside the numbers of one run."""

    def __init__(self) -> None:
        self.values: dict[int, float] = {}
        self.kept: list[Any] = []
        self.checked = self.exact = 0
        self.faults: list[str] = []

    def of(self, a: Any) -> Fraction | None:
        """The value of an operand, if it has one."""
        if isinstance(a, Number):
            if a.source[:1] == ("constant",):
                return Fraction(a.source[1])
            found = self.values.get(id(a))
            return None if found is None else Fraction(found)
        if isinstance(a, float | int | np.floating) and math.isfinite(a):
            return Fraction(float(a))
        return None

    def give(self, number: Any, value: float) -> None:
        """Remember the float beside a number."""
        if isinstance(number, Number) and id(number) not in self.values:
            self.values[id(number)] = value
            self.kept.append(number)

    def watch(self, exact: Callable[..., Fraction], name: str, original: Any) -> Any:
        """The operation, checked."""

        def checked(*operands: Any) -> Any:
            result = original(*operands)
            values = [self.of(a) for a in operands]
            if isinstance(result, Number) and None not in values:
                self.check(name, result, exact(*values), operands)
            return result

        return checked

    def check(self, name: str, result: Number, exact: Fraction, operands: Any) -> None:
        """Hold one result to what the proof says of it."""
        if id(result) in self.values or result.source[:1] == ("constant",):
            return
        value = rounded(exact, result.bits)
        self.give(result, value)
        old = {i for a in operands if isinstance(a, Number) for i in a.model.errors}
        new = [i for i in result.model.errors if i not in old]
        off = abs(Fraction(value) - exact)
        self.checked += 1
        if not new:
            self.exact += 1
        allowed = sum(
            (fraction(result.model.errors[i](arb(0, 1)).abs_upper()) for i in new), Fraction(0)
        )
        if result.unit:
            allowed *= fraction(result.unit.most)
        if off > allowed:
            self.faults.append(f"{name}: off by {float(off)}, allowed {float(allowed)}")
        if value and Fraction(value) % (Fraction(2) ** result.grid) != 0:
            self.faults.append(f"{name}: {value.hex()} is no multiple of 2^{result.grid}")
        if not (result.lower <= value <= result.upper):
            self.faults.append(f"{name}: {value!r} not in {result.box}")

    def seam(self, original: Any) -> Any:
        """`Seam.__call__`, taking the k that the argument has."""

        def taken(seam: Seam, t0: Any) -> Any:
            value = self.of(t0)
            if value is None or not isinstance(t0, Number):
                return original(seam, t0)
            kf, f, rest = elementary.split(float(value))
            seam.choices[:] = [int(kf)]
            k, short, left = original(seam, t0)
            if int(kf) not in seam.open[0]:
                self.faults.append(f"seam: k = {kf} is not among {seam.open[0]}")
            for number, found in ((short, f), (left, rest)):
                self.give(number, found)
                if not (number.lower <= found <= number.upper):
                    self.faults.append(f"seam: {found!r} not in {number.box}")
            return k, short, left

        return taken


def beside(monkeypatch: pytest.MonkeyPatch) -> Shadow:
    """Watch every operation from now on."""
    shadow = Shadow()
    exact: dict[str, Callable[..., Fraction]] = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "fma": lambda a, b, c: a * b + c,
        "div": lambda a, b: a / b,
        "negative": lambda a: -a,
        "scaled": lambda a, k, sign=Fraction(1): a * Fraction(2) ** int(k) * sign,
    }
    for name, function in exact.items():
        watched = shadow.watch(function, name, getattr(arithmetic, name))
        monkeypatch.setattr(arithmetic, name, watched)
    two_sum, root = arithmetic.two_sum, arithmetic.sqrt

    def both(a: Any, b: Any) -> Any:
        s, e = two_sum(a, b)
        x, y = shadow.of(a), shadow.of(b)
        if x is not None and y is not None:
            _, error = pairs.two_sum(float(x), float(y))
            shadow.give(e, error)
        return s, e

    def rooted(a: Any) -> Any:
        result, value = root(a), shadow.of(a)
        if value is not None:
            shadow.give(result, math.sqrt(value))
        return result

    monkeypatch.setattr(arithmetic, "two_sum", both)
    monkeypatch.setattr(arithmetic, "sqrt", rooted)
    for name in ("narrow", "widen"):
        key = getattr(real, name)
        watched = shadow.watch(lambda a: a, name, operations.TABLE[key])
        monkeypatch.setitem(operations.TABLE, key, watched)
    monkeypatch.setattr(Seam, "__call__", shadow.seam(Seam.__call__))
    return shadow
