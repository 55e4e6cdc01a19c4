"""Polynomials with exact integer coefficients, and their tables of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np
import numpy.typing as npt
from flint import arb

from stdplus_ref.exact.intervals import working_precision
from validation.worst_cases import taylor
from validation.worst_cases.grid import Cell

FRACTION = 384
"""Bits after the point of a coefficient: its rounding stays far below that of the balls."""

_TABLE = 128  # bits after the point of a table


@dataclass(frozen=True)
class Polynomial:
    """The function near a centre: |f(centre + U)/ulp − ½ − Σ cᵢ·Uⁱ| ≤ error for |U| ≤ reach.

    Attributes
    ----------
    centre, reach : int
        In arguments of the cell.
    terms : tuple of int
        cᵢ in units of 2^-FRACTION.
    error : float
        In ULP: Taylor's remainder, the radii of the balls and the rounding to integers.
    """

    centre: int
    reach: int
    terms: tuple[int, ...]
    error: float

    def sizes(self) -> list[float]:
        """bᵢ ≥ |i-th Taylor coefficient| at every centre within reach, in ULP."""
        exact = [abs(term) for term in self.terms]
        return [
            sum(comb(j, i) * exact[j] * self.reach ** (j - i) for j in range(i, len(exact)))
            * 2.0**-FRACTION * (1 + 2.0**-50)
            for i in range(len(exact))
        ]  # fmt: skip

    def curvature(self) -> tuple[float, float]:
        """The least and the greatest second Taylor coefficient within reach."""
        spread = sum(
            comb(j, 2) * abs(self.terms[j]) * self.reach ** (j - 2)
            for j in range(3, len(self.terms))
        )
        low, high = self.terms[2] - spread, self.terms[2] + spread
        return low * 2.0**-FRACTION, high * 2.0**-FRACTION

    def moved(self, shift: int) -> list[int]:
        """The coefficients around centre + shift."""
        terms = list(self.terms)
        for first in range(len(terms) - 1):
            for i in range(len(terms) - 2, first - 1, -1):
                terms[i] += shift * terms[i + 1]
        return terms


def of(cell: Cell, centre: int, reach: int, degree: int) -> Polynomial:
    """The Taylor polynomial of a cell's function in ULP, less ½, so that a tie is a whole number.

    Parameters
    ----------
    cell : Cell
    centre, reach : int
        In arguments; what is within reach may lie beyond the cell, but not at 0.
    degree : int
        At least 3.
    """
    x = cell.argument
    balls = taylor.coefficients(cell.name, x(centre), degree)
    last = taylor.remainder(cell.name, x(centre - reach), x(centre + reach), degree + 1)
    with working_precision(taylor.BITS):
        scale = [_power(i * cell.spacing - cell.ulp) for i in range(degree + 2)]
        values = [ball * factor for ball, factor in zip(balls, scale, strict=False)]
        terms = [_rounded(value * _power(FRACTION)) for value in values]
        error = abs(last * scale[-1]) * reach ** (degree + 1)
        for i, (value, term) in enumerate(zip(values, terms, strict=True)):
            error += abs(value - _power(-FRACTION) * term) * reach**i
        bound = float(error.abs_upper()) * (1 + 2.0**-50)
    terms[0] -= 1 << (FRACTION - 1)
    return Polynomial(centre, reach, tuple(terms), bound)


def _power(exponent: int) -> arb:
    return arb((1, exponent))


def _rounded(ball: arb) -> int:
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    return mantissa << exponent if exponent >= 0 else mantissa >> -exponent


def differences(terms: Sequence[int], step: int) -> npt.NDArray[np.uint64]:
    """The table of p(0), p(step), p(2·step), …: high and low halves of its first line, modulo 1.

    Each entry is right to half a unit of 2^-128.
    """
    line = [_at(terms, step * k) for k in range(len(terms))]
    table = []
    while line:
        table.append(line[0])
        line = [b - a for a, b in pairwise(line)]
    half = 1 << (FRACTION - _TABLE - 1)
    words = [((entry + half) >> (FRACTION - _TABLE)) % (1 << _TABLE) for entry in table]
    mask = (1 << 64) - 1
    return np.array([[w >> 64 for w in words], [w & mask for w in words]], dtype=np.uint64)


def _at(terms: Sequence[int], u: int) -> int:
    value = 0
    for term in reversed(terms):
        value = value * u + term
    return value


def derivative(terms: Sequence[int]) -> list[int]:
    """The coefficients of p'."""
    return [i * term for i, term in enumerate(terms)][1:]


def table_error(degree: int, count: int) -> float:
    """How far a table is off after `count` lines, in its own unit of 1 (that is, of an ULP)."""
    return sum(comb(count, j) for j in range(degree + 1)) * 2.0 ** -(_TABLE + 1)
