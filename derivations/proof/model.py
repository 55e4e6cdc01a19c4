"""Real functions of a piece, enclosed: Taylor models in τ and d, linear in rounding errors.

A model stands for

    P0(τ) + d·P1(τ) + … + d^J·PJ(τ) + ε1·C1(τ) + ε2·C2(τ) + …,     τ, d and all ε in [−1, 1],

its polynomials with ball coefficients of Arb. Whatever a computation drops (high powers of τ and
of d, products of two ε, of ε and d) is bounded and added to the radius of the constant of P0, so
that the true value lies in the model for every τ, d and ε. Nothing here knows of floats.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flint
from flint import arb, arb_poly, arb_series

TERMS = 17  # coefficients kept of the Pj
ERROR_TERMS = 7  # of the Ci
POWERS = 5  # of d: 0 to 4
BITS = 128  # working precision
NEGLIGIBLE = arb(2) ** -44
"""Of the largest ε of a model: a smaller one becomes a radius, which loses nothing but its name."""

UNIT = arb(0, 1)
ZERO, ONE = arb_poly([0]), arb_poly([1])


class Unbounded(Exception):
    """No bound was found on so wide a piece."""


@contextmanager
def precision() -> Iterator[None]:
    """The working precision of the models."""
    bits, cap = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = BITS, TERMS
    try:
        yield
    finally:
        flint.ctx.prec, flint.ctx.cap = bits, cap


def within(size: Any) -> Any:
    """The ball of all numbers of at most this size."""
    return arb(0, arb(size).abs_upper())


def trimmed(poly: Any, terms: int) -> Any:
    """The polynomial without its high powers, which become a radius."""
    if poly.length() <= terms:
        return poly
    return poly.truncate(terms) + within(poly.right_shift(terms)(UNIT))


def midpoints(poly: Any) -> Any:
    """The polynomial of the coefficients' midpoints."""
    return arb_poly([c.mid() for c in poly.coeffs()])


class Model:
    """The function that the head of this file describes."""

    __slots__ = ("_short", "_size", "errors", "powers")

    def __init__(self, powers: list[Any], errors: dict[int, Any] | None = None) -> None:
        self.powers = powers
        self.errors = errors or {}
        self._short: Any = None
        self._size: Any = None

    # Its size

    @property
    def size(self) -> Any:
        """A bound of its size."""
        if self._size is None:
            self._size = arb(self.interval().abs_upper())
        return self._size

    @property
    def low(self) -> Any:
        """A lower bound of its size."""
        return arb(self.interval().abs_lower())

    def interval(self) -> Any:
        """A ball that contains its values."""
        rest = arb(0)
        for poly in itertools.chain(self.powers[1:], self.errors.values()):
            rest += poly(UNIT).abs_upper()
        return self.powers[0](UNIT) + within(rest)

    def moved(self, tau: Any) -> Model:
        """The model on a part of the piece: τ taken for a polynomial in another τ."""
        errors = {i: c(tau) for i, c in self.errors.items()}
        return Model([p(tau) for p in self.powers], errors)

    def centred(self) -> tuple[Model, Any]:
        """The same without the radius of its constant, and that radius: what was dropped so far."""
        first = arb_poly(self.powers[0])
        constant = first[0]
        first[0] = constant.mid()
        return Model([first, *self.powers[1:]], self.errors), arb(constant.rad())

    def error_size(self) -> Any:
        """A bound of what the ε contribute."""
        return sum((p(UNIT).abs_upper() for p in self.errors.values()), arb(0))

    @property
    def short(self) -> Any:
        """P0 with as few terms as an error has."""
        if self._short is None:
            self._short = trimmed(self.powers[0], ERROR_TERMS)
        return self._short

    # Arithmetic

    def __neg__(self) -> Model:
        return Model([-p for p in self.powers], {i: -c for i, c in self.errors.items()})

    def __add__(self, other: Any) -> Model:
        if not isinstance(other, Model):
            return Model([self.powers[0] + other, *self.powers[1:]], self.errors)
        a, b = self.powers, other.powers
        powers = [p + q for p, q in zip(a, b, strict=False)]
        powers += a[len(b) :] or b[len(a) :]
        return Model(powers, _merged(self.errors, other.errors))

    __radd__ = __add__

    def __sub__(self, other: Model) -> Model:
        return self.__add__(-other)

    def times(self, factor: Any) -> Model:
        """This times a number."""
        errors = {i: factor * c for i, c in self.errors.items()}
        return Model([factor * p for p in self.powers], errors)

    def __mul__(self, other: Any) -> Model:
        if not isinstance(other, Model):
            return self.times(other)
        powers, dropped = _product(self.powers, other.powers)
        errors = {i: trimmed(c * other.short, ERROR_TERMS) for i, c in self.errors.items()}
        second = {i: trimmed(c * self.short, ERROR_TERMS) for i, c in other.errors.items()}
        dropped += _crossed(self, other)
        powers[0] = powers[0] + within(dropped)
        return Model(powers, _merged(errors, second)).pruned()

    def pruned(self) -> Model:
        """The same, its least ε made a radius."""
        if len(self.errors) < 2:
            return self
        sizes = {i: arb(c(UNIT).abs_upper()) for i, c in self.errors.items()}
        limit = max(sizes.values(), key=float) * NEGLIGIBLE
        small = [i for i, size in sizes.items() if size < limit]
        if not small:
            return self
        errors = {i: c for i, c in self.errors.items() if i not in small}
        radius = within(sum((sizes[i] for i in small), arb(0)))
        return Model([self.powers[0] + radius, *self.powers[1:]], errors)

    # Quotients and roots: a polynomial near the result, and a series in what it misses

    def inverse(self) -> Model:
        """1/self."""
        near = _of_series(1 / arb_series(midpoints(self.powers[0]).coeffs(), TERMS))
        return _series(-(self * near + (-1)), lambda n: arb(1)) * near

    def sqrt(self) -> Model:
        """√self for a positive model, as a·n·(a·n²)^(−1/2) with n near 1/√a, n > 0.

        n has no zero where |a·n² − 1| < 1/4, and is positive in the middle.
        """
        series = arb_series(midpoints(self.powers[0]).coeffs(), TERMS).sqrt()
        near = _of_series(1 / series)
        product = self * near
        return _series(product * near + (-1), _inverse_root) * product


def constant(value: Any) -> Model:
    """The constant function."""
    return Model([arb_poly([arb(value)])])


def error(index: int, size: Any) -> Model:
    """ε times a number."""
    return Model([ZERO], {index: arb_poly([arb(size)])})


def _of_series(series: Any) -> Model:
    return Model([midpoints(arb_poly([series[k] for k in range(TERMS)]))])


def _inverse_root(n: int) -> Any:
    """The coefficients of 1/√(1 + r)."""
    value = arb(1)
    for k in range(n):
        value = value * (arb(-1) / 2 - k) / (k + 1)
    return value


def _series(r: Model, coefficient: Callable[[int], Any]) -> Model:
    """Σ coefficient(n)·r^n; coefficients are at most 1."""
    size = r.size
    if not size < 0.25:
        raise Unbounded("a quotient or root on too wide a piece")
    n = 1
    while not size ** (n + 1) < arb(2) ** -100 and n < 12:
        n += 1
    total = constant(coefficient(n))
    for k in reversed(range(n)):
        total = (total * r).__add__(coefficient(k))
    return total.__add__(within(size ** (n + 1) / (1 - size)))


def _merged(a: dict[int, Any], b: dict[int, Any]) -> dict[int, Any]:
    """Sums by name."""
    if not b:
        return a
    merged = dict(a)
    for i, c in b.items():
        known = merged.get(i)
        merged[i] = c if known is None else known + c
    return merged


def _product(a: list[Any], b: list[Any]) -> tuple[list[Any], Any]:
    """The product of two polynomials in d, and a bound of what it lacks."""
    count = min(len(a) + len(b) - 1, POWERS)
    powers = []
    for j in range(count):
        terms = [a[i] * b[j - i] for i in range(max(0, j - len(b) + 1), min(j + 1, len(a)))]
        powers.append(trimmed(sum(terms[1:], terms[0]), TERMS))
    lost = arb(0)
    if len(a) + len(b) - 1 > count:
        sizes_a = [arb(p(UNIT).abs_upper()) for p in a]
        sizes_b = [arb(p(UNIT).abs_upper()) for p in b]
        for i, j in itertools.product(range(len(a)), range(len(b))):
            if i + j >= count:
                lost += sizes_a[i] * sizes_b[j]
    return powers, lost


def _crossed(a: Model, b: Model) -> Any:
    """A bound of ε·ε and ε·d in a product."""
    if not a.errors and not b.errors:
        return arb(0)
    of_a, of_b = a.error_size(), b.error_size()
    rest_a = sum((p(UNIT).abs_upper() for p in a.powers[1:]), arb(0))
    rest_b = sum((p(UNIT).abs_upper() for p in b.powers[1:]), arb(0))
    return of_a * of_b + of_a * rest_b + of_b * rest_a
