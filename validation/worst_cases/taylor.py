"""Taylor coefficients of the six functions as balls, with an enclosure of the remainder.

With y = stdplus(x), w = y² − 1 and s = x/w (from Eq. 31: w·y' = x·y, t' = s) the coefficients of
y, w and s follow one from another; so the four forward functions need one enclosed value, and no
derivative formula. The inverses are explicit, and Arb's power series give theirs.

A ball as the centre gives enclosures over all of that ball: the coefficient after the last one is
the remainder in Lagrange's form.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb, arb_series, ctx

from stdplus_ref import exact
from stdplus_ref.exact.intervals import working_precision

BITS = 192
"""Precision of the balls: 53 bits of the result, 45 to the tie, the rest to spare."""


def coefficients(name: str, centre: Fraction, degree: int) -> list[arb]:
    """f^(i)(centre)/i! for i = 0 … degree.

    Parameters
    ----------
    name : str
        One of the six functions.
    centre : Fraction
        A dyadic number in the domain, not 0 (nor 1 for ``inv_stdplus``).
    degree : int

    Returns
    -------
    list of flint.arb
        Balls of about `BITS` bits.
    """
    with working_precision(BITS):
        return _series(name, _ball(centre), _base(name, centre), degree)


def remainder(name: str, low: Fraction, high: Fraction, degree: int) -> arb:
    """A ball that holds f^(degree)(ξ)/degree! for every ξ in [low, high].

    Arguments as for `coefficients`. The ball is not finite where the interval is too wide for the
    recurrences.
    """
    with working_precision(BITS):
        centre = _ball(low).union(_ball(high))
        base = _base(name, low).union(_base(name, high))  # y is monotone
        return _series(name, centre, base, degree)[degree]


def _ball(x: Fraction) -> arb:
    return arb(x.numerator) / x.denominator


def _base(name: str, x: Fraction) -> arb:
    """The value that a forward function needs: y. The inverses need none."""
    return _ball(x) if name.startswith("inv_") else exact.enclosure("stdplus", x, BITS)


def _series(name: str, x: arb, y: arb, degree: int) -> list[arb]:
    if name == "inv_stdplus":
        return _inverse(_variable(x, degree), x - 1, degree)
    if name == "inv_log_stdplus":
        return _log_inverse(_variable(x, degree), x, degree)
    values, slopes = _forward(x, y, degree + 1)
    if name == "stdplus":
        return values[: degree + 1]
    if name == "stdplus_derivative":
        return [(i + 1) * values[i + 1] for i in range(degree + 1)]
    if name == "log_stdplus_derivative":
        return slopes[: degree + 1]
    return [y.log(), *(slopes[i] / (i + 1) for i in range(degree))]


def _forward(x: arb, y: arb, degree: int) -> tuple[list[arb], list[arb]]:
    """Coefficients of y (to `degree`) and of s = x/w (one fewer)."""
    values, square, slopes = [y], [y * y - 1], list[arb]()
    head = square[0]
    for n in range(degree):
        s = x if n == 0 else arb(1 if n == 1 else 0)
        for j in range(1, n + 1):
            s -= square[j] * slopes[n - j]
        slopes.append(s / head)
        # y' = s·y
        values.append(_product(slopes, values, n) / (n + 1))
        square.append(_product(values, values, n + 1))
    return values, slopes


def _product(a: list[arb], b: list[arb], n: int) -> arb:
    """Coefficient n of the product of two series."""
    return sum((a[j] * b[n - j] for j in range(n + 1)), arb(0))


def _variable(x: arb, degree: int) -> arb_series:
    ctx.cap = degree + 1
    return arb_series([x, 1], prec=degree + 1)


def _inverse(y: arb_series, side: arb, degree: int) -> list[arb]:
    """sign(y − 1)·√(y² − 1 − 2 log y)."""
    return _signed((y * y - 1 - 2 * y.log()).sqrt(), side, degree)


def _log_inverse(t: arb_series, side: arb, degree: int) -> list[arb]:
    """sign(t)·√(e^{2t} − 1 − 2t)."""
    return _signed(((2 * t).exp() - 1 - 2 * t).sqrt(), side, degree)


def _signed(root: arb_series, side: arb, degree: int) -> list[arb]:
    return [-root[i] if side < 0 else root[i] for i in range(degree + 1)]
