"""Polynomial and rational approximation by interpolation at Chebyshev nodes, to 60 digits.

Interpolation there is within a small factor of the best approximation, needs one linear solve
and gives the same digits on every machine. The error of a fit is measured, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpmath import mp, mpf

Function = Callable[[mpf], mpf]


def nodes(a: mpf, b: mpf, count: int) -> list[mpf]:
    """Return the Chebyshev nodes of [a, b], none of which is an endpoint."""
    return [
        (a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)
    ]


def rational(f: Function, a: mpf, b: mpf, m: int, n: int) -> tuple[list[mpf], list[mpf]]:
    """Return (p, q), coefficients from the constant up, q[0] = 1, with p/q = f at the nodes."""
    points = nodes(a, b, m + n + 1)
    matrix = mp.matrix(len(points))
    values = mp.matrix(len(points), 1)
    for i, x in enumerate(points):
        values[i] = f(x)
        for j in range(m + 1):
            matrix[i, j] = x**j
        for j in range(1, n + 1):
            matrix[i, m + j] = -values[i] * x**j
    solution = mp.lu_solve(matrix, values)
    return list(solution[: m + 1]), [mpf(1), *solution[m + 1 :]]


def polynomial(f: Function, a: mpf, b: mpf, degree: int) -> list[mpf]:
    """Return the coefficients, from the constant up, of the polynomial that agrees at the nodes."""
    return rational(f, a, b, degree, 0)[0]


def evaluate(coefficients: Sequence[mpf], x: mpf) -> mpf:
    """Return c0 + c1·x + …"""
    return mp.polyval(list(coefficients)[::-1], x)


def largest_error(
    approximant: Function, f: Function, a: mpf, b: mpf, *, relative: bool, count: int = 500
) -> mpf:
    """Return the largest |approximant − f| (over |f| if relative) on a grid dense at the ends."""
    errors = []
    for x in [a, b, *nodes(a, b, count)]:
        want = f(x)
        error = abs(approximant(x) - want)
        errors.append(error / abs(want) if relative else error)
    return max(errors)


def single(value: mpf) -> float:
    """The nearest float32 number; none is subnormal."""
    with mp.workprec(24):
        return float(+value)
