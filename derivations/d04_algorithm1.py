"""Algorithm 1: its Newton step, its start, its loop count (appendix A.2, Figure 3)."""

from __future__ import annotations

import functools
from typing import Any

import sympy

from derivations import paper
from derivations.core import derivation, equal, require
from derivations.numeric import figure, log_stdplus, mp, text

r, x, a, e = sympy.symbols("r x a e", real=True)
p, q = sympy.symbols("p q", positive=True)

RESIDUAL = sympy.exp(r) - r - 1 - x**2


@derivation(
    "Algorithm 1",
    "the update is Newton's on f(r) = e^r − r − 1 − x² with r = 2t",
    "algorithm1: _newton",
)
def newton_step() -> str:
    newton = r - RESIDUAL / sympy.diff(RESIDUAL, r)
    equal(paper.algorithm1_update(r, x, a), newton, "the a of the printed form cancels")
    equal(paper.algorithm1_update(r, x, sympy.S.Zero), newton, "a = 0")
    return "symbolic identity for any a"


@derivation(
    "Algorithm 1",
    "with a = max(r, 0) no exponential exceeds 1 and the denominator is "
    "1 − e^(−|r|), with the sign of r",
    "algorithm1: _newton",
)
def overflow_safe() -> str:
    for at in (p, -p):
        shift = sympy.Max(at, 0)
        exponents = (at - shift, -shift)
        require(all(v.is_nonpositive for v in exponents), "exponents are at most 0")
        require(sympy.S.Zero in exponents, "one of the two is 0")
        denominator = sympy.exp(exponents[0]) - sympy.exp(exponents[1])
        equal(denominator, sympy.sign(at) * (1 - sympy.exp(-p)), f"denominator at r = {at}")
    return "cases r > 0 and r < 0"


@derivation(
    "A.2",
    "log squareplus(x) = asinh(x/2), which does not cancel for x < 0",
    "exact.intervals: asinh",
)
def start() -> str:
    equal(sympy.asinh(x / 2).rewrite(sympy.log), sympy.log(paper.squareplus(x)), "asinh form")
    equal(paper.squareplus(x) * paper.squareplus(-x), 1, "odd")
    return "symbolic identity"


@derivation(
    "A.2",
    "the start cancels in floating point for large negative x: "
    "“it suffices” holds in exact arithmetic only",
)
def start_cancels() -> str:
    first = {}
    for bits, square in ((24, 25), (53, 54)):
        with mp.workprec(bits):
            at = -mp.sqrt(mp.mpf(2) ** square)
            here, nearer = ((v + mp.sqrt(v * v + 4)) / 2 for v in (at, at / 2))
        require(here == 0 and nearer > 0, f"squareplus cancels at −2^({square}/2) in {bits} bits")
        first[bits] = mp.nstr(at, 9)
    step = paper.algorithm1_update(-sympy.oo, x, sympy.S.Zero)
    require(step is sympy.nan, "the step from r = −∞")
    return (
        f"squareplus(x) rounds to 0, its log to −∞ and the step to NaN at x = {first[53]} "
        f"(float64), x = {first[24]} (float32)"
    )


@derivation(
    "Algorithm 1",
    "x² overflows from x = 1.34e154 (float32 1.84e19) on, where stdplus(x) is about x: the step is "
    "∞ − ∞",
)
def square_overflows() -> str:
    found = []
    for bits, exponent, printed in ((53, 1024, "1.34e154"), (24, 128, "1.84e19")):
        # from the middle between the largest number and 2^exponent on, rounding gives ∞
        limit = mp.mpf(2) ** exponent * (1 - mp.mpf(2) ** -(bits + 1))
        at = mp.sqrt(limit)
        require(abs(log_stdplus(at) - mp.log(at)) < mp.mpf("1e-30"), "stdplus(x) is finite there")
        found.append(figure(at, printed, "overflow of x²"))
    require(sympy.exp(sympy.oo - sympy.oo) is sympy.nan, "r = a = ∞ in e^(r − a)")
    return f"x² = ∞ from {found[0]} (float64), {found[1]} (float32)"


@derivation(
    "Algorithm 1",
    "convergence is quadratic: e' = e²·y²/(2(y² − 1)) + O(e³)",
)
def quadratic() -> str:
    at_root = sympy.exp(r) - r - 1  # x² when r is the root
    update = paper.algorithm1_update(r + e, sympy.sqrt(at_root), sympy.S.Zero)
    error = sympy.series(update - r, e, 0, 3).removeO()
    equal(error.coeff(e, 0), 0, "a root stays")
    equal(error.coeff(e, 1), 0, "no linear term")
    equal(error.coeff(e, 2), sympy.exp(r) / (2 * (sympy.exp(r) - 1)), "quadratic term")
    return "expansion of the update at the root"


@derivation(
    "Algorithm 1",
    "n steps are promised to reach 2^(−2^(n+1)); float32 asks for 4 steps, float64 for 5",
    "algorithm1: iterations",
)
def loop_count() -> str:
    for n in range(1, 7):
        require(paper.algorithm1_steps(2 ** (n + 1)) == n, f"n = {n} at eps = 2^−{2 ** (n + 1)}")
        require(paper.algorithm1_steps(2 ** (n + 1) + 1) == n + 1, "and no smaller eps")
    for bits, steps in ((23, 4), (24, 4), (52, 5), (53, 5)):
        require(paper.algorithm1_steps(bits) == steps, f"{steps} steps for eps = 2^−{bits}")
    return "eps = 2^−23, 2^−24: 4; 2^−52, 2^−53: 5"


@derivation(
    "Algorithm 1",
    "after one step the error tends to −½ as x → −∞, promised is 2⁻⁴: "
    "the loop count is wrong for n = 1",
)
def first_step() -> str:
    # With q = squareplus(x): x = q − 1/q, r = 2·log q, and x → −∞ is q → 0+.
    at = q - 1 / q
    start_value = paper.squareplus(x)
    equal(start_value**2 - x * start_value, 1, "squareplus is the positive root of q² − x·q = 1")
    equal(q**2 - at * q, 1, "x in terms of q")
    step = paper.algorithm1_update(2 * sympy.log(q), at, sympy.S.Zero)
    limit = sympy.limit(sympy.expand(step + at**2 + 1), q, 0, "+")
    equal(limit / 2, -sympy.Rational(1, 2), "error of r/2; the root is −(x² + 1) + O(e^(−x²))")
    return f"limit −½; at x = −40 the error is {text(largest_errors()[0][0], 4)}"


@functools.cache
def largest_errors() -> tuple[tuple[Any, Any], ...]:
    """For n = 1 … 6 steps the largest error of log stdplus over a grid of 0.04 ≤ |x| ≤ "
    "40, and x."""
    sizes = [mp.mpf(4) / 100 * mp.mpf(1000) ** (mp.mpf(n) / 120) for n in range(121)]
    found: list[tuple[Any, Any]] = [(mp.zero, mp.zero)] * 6
    with mp.workdps(70):
        for at in (sign * size for size in sizes for sign in (-1, 1)):
            root, current = log_stdplus(at), 2 * mp.asinh(at / 2)
            for n in range(6):
                growth = mp.expm1(current)
                current -= (growth - current - at * at) / growth
                found[n] = max(found[n], (abs(current / 2 - root), at))
    return tuple(found)


@derivation(
    "Figure 3",
    "from n = 2 on the promise 2^(−2^(n+1)) is kept on 0.04 ≤ |x| ≤ 40; "
    "“4 for float32, 5 for float64” is right in exact arithmetic",
)
def promise_kept() -> str:
    logs = [mp.log10(error) for error, _ in largest_errors()]
    promised = [-(mp.mpf(2) ** (n + 1)) * mp.log10(2) for n in range(1, 7)]
    require(logs[0] > promised[0], "one step misses its promise")
    for n, (measured, promise) in enumerate(zip(logs, promised, strict=True), start=1):
        require(n == 1 or measured < promise, f"{n} steps keep their promise")
    require(logs[3] < mp.log10(mp.mpf(2) ** -24), "4 steps: below float32's half ULP at 1")
    require(logs[4] < mp.log10(mp.mpf(2) ** -53), "5 steps: below float64's half ULP at 1")
    figure(logs[0], "-0.303", "one step")
    return "log10 of the largest error on 242 points: " + ", ".join(text(v, 4) for v in logs)
