"""Intervals that contain the true value, obtained from the definition alone.

Definition   t = log stdplus(x) is the root of F(t) = expm1(2t) − 2t − x² with the sign of x
             (Eq. 5 with σ² = e^{2t}; no Lambert W).
Method       A float64 guess, then interval Newton in Arb ball arithmetic. With m the middle of a
             ball T and N = m − F(m)/F'(T), N ⊂ T proves that T holds exactly one root and that it
             lies in N; its sign tells that it is the one wanted. Later steps only shrink N.
             The other functions are y = eᵗ, dy/dx = x·y/expm1(2t), dt/dx = x/expm1(2t), and the
             inverses ±√(expm1(2t) − 2t) and ±√(y² − 1 − 2 log y).
Precision    F(m) near 0 cancels −log₂|x| bits, eᵗ for x → −∞ needs 2·log₂|x| bits more of t; both
             are added beforehand, and the whole is repeated with more if it was not enough.
Rigour       every ball contains the true value whatever the working precision. python-flint's
             precision (`flint.ctx.prec`) is one per process: it is set under a lock and put back.
             Another thread that changes it meanwhile can make a ball wider, never wrong, and a ball
             that is too wide is computed again.
References   F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
             IEEE Trans. Computers 66 (2017), doi:10.1109/TC.2017.2690633;
             W. Tucker, "Validated Numerics" (2011), chapter 5 (interval Newton).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flint
from flint import arb

from stdplus_ref.exact._numbers import Real, check_positive_int, checked, special_value

_LOCK = threading.RLock()
_GUARD = 16  # bits added to what is asked for: rounding in a dozen operations
_NEWTON_STEPS = 60  # quadratic from a guess of 20 or more bits: 3 to 12 are used
_SMALL = -4  # |x| < 2⁻⁴: start from the power series, where float64 Newton cancels
_LARGE = 28  # x ≥ 2²⁸: x² + 1 + 2 log x is y² to 2⁻⁵⁰ already
_LEFT = -8.0  # x ≤ −8: −(x² + 1)/2 is t to e^{−65}

# log stdplus(x) = x/√2 − x²/6 + √2 x³/36 − x⁴/135 + √2 x⁵/2160 + 2x⁶/8505 − …, for the guess only.
_SERIES = (
    math.sqrt(0.5),
    -1 / 6,
    math.sqrt(2) / 36,
    -1 / 135,
    math.sqrt(2) / 2160,
    2 / 8505,
)


def enclosure(name: str, x: Any, bits: int = 160) -> arb:
    """Enclose one of the six functions at x, from the definition expm1(2t) − 2t = x².

    Parameters
    ----------
    name : str
        One of `NAMES`.
    x : real number
        Taken exactly: int, float, str (decimal, quotient or hexadecimal float), Fraction, Decimal,
        mpf or NumPy scalar. For ``"inv_stdplus"`` it is y ≥ 0, for ``"inv_log_stdplus"`` it is t.
    bits : int
        Relative accuracy: the radius is at most 2^−bits times the value.

    Returns
    -------
    flint.arb
        A ball that contains the true value; exact where the value is 0, 1 or infinite.

    Raises
    ------
    ValueError
        Unknown name, NaN, y < 0, bits < 1.
    TypeError
        x is not a real scalar, or bits is not an int.
    """
    value = checked(name, x)
    return enclose(name, value, check_positive_int(bits, "bits"))


def enclose(name: str, x: Real | float, bits: int) -> arb:
    """`enclosure` for an argument already parsed and checked."""
    special = special_value(name, x)
    if special is not None:
        return arb(special)
    assert isinstance(x, Real)
    wanted = bits
    with working_precision(bits):
        while True:
            ball = _FUNCTIONS[name](x, wanted + _GUARD)
            if ball.rel_accuracy_bits() >= bits:
                return ball
            wanted += bits


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Arb's precision for the block, which may change it further; put back at the end."""
    with _LOCK:
        saved = flint.ctx.prec
        flint.ctx.prec = bits
        try:
            yield
        finally:
            flint.ctx.prec = saved


# Each function below is given the relative accuracy to aim at and sets the precision it needs.


def _stdplus(x: Real, bits: int) -> arb:
    t = _log_stdplus(x, _bits_of_log(x, bits))
    flint.ctx.prec = bits + _GUARD
    return t.exp()


def _stdplus_derivative(x: Real, bits: int) -> arb:
    if x.num == 0:
        return _half_root(bits)
    t = _log_stdplus(x, max(bits, _bits_of_log(x, bits)))
    flint.ctx.prec = bits + _GUARD
    return _ball(x) * t.exp() / (2 * t).expm1()


def _log_stdplus_derivative(x: Real, bits: int) -> arb:
    if x.num == 0:
        return _half_root(bits)
    t = _log_stdplus(x, max(bits, _bits_of_log(x, bits)) if x.num > 0 else bits)
    flint.ctx.prec = bits + _GUARD
    return _ball(x) / (2 * t).expm1()


def _inv_stdplus(y: Real, bits: int) -> arb:
    if -1 <= y.mag <= 0:  # y in (¼, 4): write it with d = y − 1, which is exact
        d = y.minus_one()
        flint.ctx.prec = bits + _GUARD + max(0, -d.mag)
        ball = _ball(d)
        square = ball * (ball + 2) - 2 * ball.log1p()
        negative = d.num < 0
    else:
        flint.ctx.prec = bits + _GUARD
        ball = _ball(y)
        square = ball * ball - 1 - 2 * ball.log()
        negative = y.mag < 0
    root = square.sqrt()
    return -root if negative else root


def _inv_log_stdplus(t: Real, bits: int) -> arb:
    flint.ctx.prec = bits + _GUARD + max(0, -t.mag)
    r = 2 * _ball(t)
    root = (r.expm1() - r).sqrt()
    return -root if t.num < 0 else root


def _half_root(bits: int) -> arb:
    flint.ctx.prec = bits + _GUARD
    return arb(2).rsqrt()


def _bits_of_log(x: Real, bits: int) -> int:
    """The relative accuracy of t that leaves `bits` to eᵗ, which feels the absolute error of t."""
    if x.mag <= 0:
        size = x.mag + 1  # |t| ≤ |x| for |x| < 2
    elif x.num < 0:
        size = 2 * x.mag + 2  # |t| < (x² + 1)/2
    else:
        size = x.mag.bit_length() + 1  # t < log(x + 1)
    return max(_GUARD, bits + size)


def _ball(x: Real) -> arb:
    value = arb((x.num, x.exp))
    return value if x.den == 1 else value / x.den


def _log_stdplus(x: Real, bits: int) -> arb:
    """A ball around t of (about) the relative accuracy asked for; x ≠ 0."""
    flint.ctx.prec = bits + _GUARD + max(0, -x.mag)
    exact = _ball(x)
    square = exact * exact
    middle = _guess(x, exact, square).mid()
    noise = arb((1, -bits))
    ball = None
    accuracy = 0
    for _ in range(_NEWTON_STEPS):
        r = 2 * middle
        slope = r.expm1()  # ½ F'(m)
        half = (slope - r - square) / 2  # ½ F(m)
        # The first trial ball is two plain Newton steps wide, and no narrower than what is asked
        # for, well above rounding; from then on the last enclosure serves.
        trial = arb(middle, 2 * abs(half / slope) + abs(middle) * noise) if ball is None else ball
        newton = middle - half / (2 * trial).expm1()
        if ball is None and not (_proves(newton, trial) and (newton > 0) == (x.num > 0)):
            middle = (middle - half / slope).mid()
            continue
        gained = newton.rel_accuracy_bits()
        if gained >= bits or gained <= accuracy:
            return newton
        ball, middle, accuracy = newton, newton.mid(), gained
    raise ArithmeticError(f"interval Newton did not converge for {x}; please report this")


def _proves(newton: arb, trial: arb) -> bool:
    """Whether the interval Newton step maps the trial ball into itself: it holds one root then.

    A finite `newton` also says that the slope has one sign on the trial ball, which so excludes 0.
    """
    return bool(newton.is_finite() and trial.contains(newton))


def _guess(x: Real, exact: arb, square: arb) -> arb:
    """t to 20 bits or more, from a regime of its own each; nothing depends on its being right."""
    if x.mag < _SMALL:
        value = arb(_SERIES[-1])
        for coefficient in _SERIES[-2::-1]:
            value = value * exact + coefficient
        return value * exact
    if x.mag >= _LARGE and x.num > 0:
        log = exact.log()
        return log + (1 + 2 * log) / (2 * square)
    if x.mag >= _LARGE or (near := float(exact)) <= _LEFT:
        return -(square + 1) / 2
    r = 2 * math.asinh(near / 2)  # the start of Algorithm 1, without its cancellation
    target = near * near
    for _ in range(5):
        slope = math.expm1(r)
        r -= (slope - r - target) / slope
    return arb(r) / 2


_FUNCTIONS = {
    "stdplus": _stdplus,
    "log_stdplus": _log_stdplus,
    "stdplus_derivative": _stdplus_derivative,
    "log_stdplus_derivative": _log_stdplus_derivative,
    "inv_stdplus": _inv_stdplus,
    "inv_log_stdplus": _inv_log_stdplus,
}
