"""The Padé approximant of Eq. 32 and its error."""

from __future__ import annotations

from typing import Any

import sympy

from derivations import paper
from derivations.core import derivation, equal, require
from derivations.d02_derivative import log_stdplus_series
from derivations.numeric import figure, log_stdplus, mp, text

x = sympy.Symbol("x")
LEADING_ERROR = sympy.Rational(107, 1360800)


def pade_from_series(top: int, bottom: int) -> tuple[list[Any], list[Any]]:
    """Numerator and denominator coefficients of the [top/bottom] approximant of log stdplus.

    P − Q·t = O(x^(top + bottom + 1)) with Q(0) = 1 is a linear system; its solution is unique.
    """
    series = log_stdplus_series(top + bottom + 1)
    q = [sympy.S.One, *sympy.symbols(f"q1:{bottom + 1}")]

    def product(n: int) -> Any:
        return sum(q[j] * series[n - j] for j in range(min(n, bottom) + 1))

    conditions = [product(n) for n in range(top + 1, top + bottom + 1)]
    (solution,) = sympy.linsolve(conditions, q[1:])
    denominator = [sympy.S.One, *solution]
    known = dict(zip(q[1:], solution, strict=True))
    return [sympy.sympify(product(n)).subs(known) for n in range(top + 1)], denominator


def error(at: Any) -> Any:
    """Eq. 32 minus log stdplus, to 50 digits."""
    at = mp.mpf(at)
    top, bottom = (
        sum(mp.mpf(sympy.N(c, 80)) * at**n for n, c in enumerate(coefficients))
        for coefficients in (paper.PADE_NUMERATOR, paper.PADE_DENOMINATOR)
    )
    return top / bottom - log_stdplus(at)


@derivation(
    "Eq. 32",
    "the printed coefficients are exactly the [3/2] Padé approximant of log stdplus",
    "algorithm1: _pade",
)
def pade_coefficients(
    numerator: tuple[Any, ...] = paper.PADE_NUMERATOR,
    denominator: tuple[Any, ...] = paper.PADE_DENOMINATOR,
) -> str:
    top, bottom = pade_from_series(3, 2)
    for name, derived, printed in (
        ("numerator", top, numerator),
        ("denominator", bottom, denominator),
    ):
        require(len(derived) == len(printed), f"degree of the {name}")
        for n, (ours, theirs) in enumerate(zip(derived, printed, strict=True)):
            equal(ours, theirs, f"{name}, coefficient of x^{n}")
    return "seven coefficients, one by one"


@derivation("Eq. 32", "the error is (107/1360800)·x⁶ + O(x⁷): its leading term")
def leading_error(coefficient: Any = LEADING_ERROR) -> str:
    series = log_stdplus_series(8)
    defect = sympy.expand(
        sum(c * x**n for n, c in enumerate(paper.PADE_NUMERATOR))
        - sum(c * x**n for n, c in enumerate(paper.PADE_DENOMINATOR))
        * sum(c * x**n for n, c in enumerate(series))
    )
    for n in range(6):
        equal(defect.coeff(x, n), 0, f"coefficient of x^{n} of P − Q·t")
    equal(defect.coeff(x, 6), coefficient, "coefficient of x⁶ of P − Q·t (Q(0) = 1)")
    return "P − Q·t vanishes through x⁵"


@derivation(
    "A.2",
    "abs(x) < 0.04 does not give an error < 3.14e-13: the bound holds on (−0.03949, 0.04018)",
)
def claimed_error() -> str:
    right = figure(error("0.04"), "3.058e-13", "error at 0.04")
    left = figure(error("-0.04"), "3.393e-13", "error at −0.04")
    bound = mp.mpf(paper.PADE_ERROR)
    ends = [_crossing(sign, bound) for sign in (-1, 1)]
    inside = [mp.mpf(n) / 1000 * end for end in ends for n in range(1, 1000)]
    require(all(0 < error(at) < bound for at in inside), "below the bound inside (1998 points)")
    low, high = (
        figure(end, p, "end") for end, p in zip(ends, ("-0.03949", "0.04018"), strict=True)
    )
    return f"error {right} at +0.04, {left} at −0.04; crosses {paper.PADE_ERROR} at {low}, {high}"


def _crossing(sign: int, bound: Any) -> Any:
    """Where the error passes `bound` on one side of 0, by bisection to 20 digits."""
    low, high = mp.mpf("0.03"), mp.mpf("0.05")
    require(error(sign * low) < bound < error(sign * high), "the crossing is bracketed")
    while high - low > mp.mpf(10) ** -20:
        middle = (low + high) / 2
        low, high = (middle, high) if error(sign * middle) < bound else (low, middle)
    return sign * high


@derivation("A.2", "“x < 0.04 and x > 0.04” covers only part of the line: x < −0.04 or x > 0.04")
def other_cases() -> str:
    line = sympy.Interval(-paper.PADE_LIMIT, paper.PADE_LIMIT)
    meant = sympy.Union(
        sympy.Interval.open(-sympy.oo, -paper.PADE_LIMIT),
        sympy.Interval.open(paper.PADE_LIMIT, sympy.oo),
    )
    printed = sympy.Intersection(
        sympy.Interval.open(-sympy.oo, paper.PADE_LIMIT),
        sympy.Interval.open(paper.PADE_LIMIT, sympy.oo),
    )
    require(printed == sympy.S.EmptySet, "the printed condition holds nowhere")
    require(line.complement(sympy.S.Reals) == meant, "complement of [−0.04, 0.04]")
    return "the printed condition is the empty set; the complement of [−0.04, 0.04] is meant"


@derivation(
    "Algorithm 1",
    "for abs(x) ≤ 0.04 eps is ignored: no eps gives less than 3.39e-13; "
    "at +0.04 the result drops by 3.06e-13",
)
def accuracy_floor() -> str:
    drop = error("0.04")
    require(drop > 0, "Padé lies above the exact value, which the Newton branch approaches")
    return (
        f"error {text(error('-0.04'), 4)} at −0.04 whatever eps; "
        f"Padé minus exact at +0.04: {text(drop, 4)}"
    )
