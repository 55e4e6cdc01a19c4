"""Errors of `logarithm` and `square_root`, step by step, and sums of errors.

A `Terms` maps the name of a step (a row of the tables) to a bound of what it contributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from flint import arb

from derivations import certificates
from derivations.budget.rounding import (
    Number,
    Pair,
    U,
    half_ulp,
    horner2,
    horner_step,
    magnitude,
)
from derivations.enclose import ball
from stdplus_ref.source import coefficients as c

Terms = dict[str, Any]

LOG_FIT, LOG_ROUNDING, LOG_SUM = "log: fit", "log: rounding", "log: sum"


def scaled(terms: Terms, factor: Any) -> Terms:
    """Every term times |factor|."""
    return {name: size * magnitude(factor) for name, size in terms.items()}


def added(*several: Terms) -> Terms:
    """Terms of the same name summed."""
    total: Terms = {}
    for terms in several:
        for name, size in terms.items():
            total[name] = total.get(name, arb(0)) + size
    return total


def largest(several: Iterable[Terms]) -> Terms:
    """Each term at its largest."""
    worst: Terms = {}
    for terms in several:
        for name, size in terms.items():
            if name not in worst or not size <= worst[name]:
                worst[name] = size
    return worst


def total(terms: Terms) -> Any:
    """The sum of the terms."""
    return sum(terms.values(), arb(0))


def ln2_defect() -> Any:
    """|ln 2 − LN2_HI − LN2_LO|."""
    return magnitude(arb.const_log2() - c.LN2_HI - c.LN2_LO)


def short_parts(t: Any) -> tuple[int, list[Any]]:
    """The largest |k| and the balls of f that `exponential.split` may make of t.

    t·INV_LN2 is right to 2^-40, so |t − k·ln 2| ≤ ln 2·(½ + 2^-40); f is that rounded to 2^-25,
    off by k·(ln 2 − LN2_HI) besides.
    """
    ln2 = arb.const_log2()
    low, high = ((end / ln2 + arb(0.5)) for end in (t.lower(), t.upper()))
    first = math.floor(float((low - arb(2) ** -39).lower()))
    last = math.floor(float((high + arb(2) ** -39).upper()))
    short = ball(-certificates.SHORT, certificates.SHORT)
    near = arb(0, 2.0**-25)
    most = max(abs(first), abs(last))
    if last - first > 2:
        return most, [short]
    parts = [t - k * ln2 + near for k in range(first, last + 1)]
    return most, [part.intersection(short) for part in parts if part.overlaps(short)]


def log_terms(z: Any, k: int) -> Terms:
    """`logarithm.log_pair`, absolute, for z = (m − 1)/(m + 1) in the ball and |k| up to `k`."""
    size = magnitude(z)
    square = size**2
    # z + zl = (m − 1)/(m + 1) but for four roundings at the size of zl
    zl = half_ulp(size) + size * 2 * U
    quotient = 4 * U * zl
    # the polynomial is taken at zz = fl(z²), and x3 from zz + zzl = z² exactly
    zz = Number(z * z, half_ulp(square))
    tail = horner2(zz, c.LOG_TAIL)
    pair = horner_step(zz, Pair(tail.value, tail.error, arb(0)), c.TWO_THIRDS_HI, c.TWO_THIRDS_LO)
    # p + pl = (x3 + x3l)·(b + bl) by remainders, without x3l·bl
    x3 = size**3
    x3l = half_ulp(x3) + half_ulp(square) * size
    cross = x3 * pair.low + x3l * pair.size
    p = x3 * pair.size
    pl = half_ulp(p) + cross
    rounding = U * (x3l + x3l * pair.size + cross + pl) + x3l * pair.low
    thirds = magnitude(arb(2) / 3 - c.TWO_THIRDS_HI - c.TWO_THIRDS_LO)
    series = x3 * (pair.error + thirds) + rounding
    # the slope 2/(1 − ξ²) of log m, taken as 2 + 2·zz
    slope = 2 / (1 - (size + zl) ** 2) - 2 - 2 * square
    pl_all = pl + 2 * zl * (1 + square)
    derivative = zl * (slope + 2 * zz.error) + 3 * U * 2 * zl * (1 + square) + U * pl_all
    e = half_ulp(k * arb.const_log2() + 2 * size) if k else arb(0)
    low = k * arb(c.LN2_LO) + pl_all
    r = half_ulp(k * arb.const_log2() + 2 * size + p)  # what fast_two_sum(s, p) returns
    grown = 1 + 2 * U
    sums = half_ulp(low) + half_ulp((e + low) * grown) + half_ulp((r + e + low) * grown)
    fit = arb(certificates.log_tail(c.LOG_TAIL, 7).proved) * size**5
    return {
        LOG_FIT: fit,
        LOG_ROUNDING: 3 * quotient + series + derivative,
        LOG_SUM: sums + k * ln2_defect(),
    }


def root_rounding() -> Any:
    """`square_root.sqrt_pair`, relative.

    fma(−s, s, a) is a remainder; with r = (a + al − s²)/s², |r| ≤ 2^-49, √(1 + r) = 1 + r/2 but for
    r²/8, and two operations round at the size of r.
    """
    r = arb(2) ** -49
    return r * r / 8 + 3 * U * r
