"""The six functions to any number of digits, through the Lambert W branches of the paper.

Definition   stdplus(x)² = −W₀(−e^{−x²−1}) for x < 0 and −W₋₁(−e^{−x²−1}) for x ≥ 0 (Eq. 8, 13).
Method       mpmath's `lambertw` with guard digits; the two derivatives by Eq. 31 from the same W,
             the two inverses by Eq. 4–6 (x² = y² − 1 − 2 log y), which need no W.
Guard digits Near x = 0 the argument of W is x²/e away from the branch point −1/e and W is √2·|x|
             away from −1, so 2·log₁₀(1/|x|) digits cancel. For x → −∞ the exponent x² + 1 must be
             right to the last digit asked for, which takes 2·log₁₀|x| more. Both are added.
Check        mpmath's `lambertw` has lost digits near the branch point before (mpmath #563). So each
             result is compared with the enclosure of `intervals.py`, which shares nothing with it;
             on disagreement the guard digits are doubled, up to a limit, then ArithmeticError is
             raised. The result is never replaced by the enclosure or improved with it.
Limits       mpmath has one zero: where the contract says −0 the result is 0. Nothing underflows
             or overflows; for very large or small |x| time and memory grow as |log |x||.
State        the work is done in a private mpmath context under a lock; `mpmath.mp` is not touched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import mpmath
from flint import arb
from mpmath.ctx_mp import MPContext
from mpmath.libmp import dps_to_prec

from stdplus_ref.exact._numbers import Real, check_positive_int, checked, special_value
from stdplus_ref.exact.intervals import enclose, working_precision

_LOCK = threading.RLock()
_CONTEXT = MPContext()
_GUARD = 32
_ATTEMPTS = 4


def stdplus(x: Any, digits: int = 50) -> mpmath.mpf:
    """The standard deviation y = stdplus(x), to `digits` digits (Eq. 13).

    Parameters
    ----------
    x : real number
        Taken exactly: int, float, str ("0.1" is one tenth; "1/3"; "0x1.8p-3"), Fraction, Decimal,
        mpf or NumPy scalar.
    digits : int
        Significant decimal digits: the relative error is below 10^−digits.

    Returns
    -------
    mpmath.mpf
        Print it with ``mpmath.nstr(value, digits)``; its repr follows ``mpmath.mp.dps``.

    Raises
    ------
    TypeError
        x is not a real scalar, or digits is not an int.
    ValueError
        x is NaN, or digits < 1.

    Examples
    --------
    >>> import mpmath
    >>> from stdplus_ref import exact
    >>> mpmath.nstr(exact.stdplus(1), 30)
    '1.77375117212662683704234549553'
    """
    return _evaluate("stdplus", x, digits)


def log_stdplus(x: Any, digits: int = 50) -> mpmath.mpf:
    """t = log stdplus(x) in nats, to `digits` digits; arguments and errors as for `stdplus`."""
    return _evaluate("log_stdplus", x, digits)


def stdplus_derivative(x: Any, digits: int = 50) -> mpmath.mpf:
    """dy/dx = x·y/(y² − 1), 1/√2 at 0 (Eq. 31); arguments and errors as for `stdplus`."""
    return _evaluate("stdplus_derivative", x, digits)


def log_stdplus_derivative(x: Any, digits: int = 50) -> mpmath.mpf:
    """dt/dx = x/(y² − 1), 1/√2 at 0 (from Eq. 26); arguments and errors as for `stdplus`."""
    return _evaluate("log_stdplus_derivative", x, digits)


def inv_stdplus(y: Any, digits: int = 50) -> mpmath.mpf:
    """The x with stdplus(x) = y: sign(y − 1)·√(y² − 1 − 2 log y) (from Eq. 4).

    Arguments and errors as for `stdplus`; y < 0 raises ValueError, y = 0 gives −∞.
    """
    return _evaluate("inv_stdplus", y, digits)


def inv_log_stdplus(t: Any, digits: int = 50) -> mpmath.mpf:
    """The x with log stdplus(x) = t: sign(t)·√(expm1(2t) − 2t) (from Eq. 4).

    Arguments and errors as for `stdplus`.
    """
    return _evaluate("inv_log_stdplus", t, digits)


def _evaluate(name: str, x: Any, digits: int) -> mpmath.mpf:
    prec = dps_to_prec(check_positive_int(digits, "digits"))
    value = checked(name, x)
    special = special_value(name, value)
    if special is not None:
        return mpmath.mpf(special)
    assert isinstance(value, Real)
    guard = _GUARD
    truth = enclose(name, value, prec + 16)
    for _ in range(_ATTEMPTS):
        result = through_lambert_w(name, value, prec, guard)
        if _agrees(result, truth, prec):
            return result
        guard *= 2
    raise ArithmeticError(
        f"{name}({x!r}) by Lambert W and the enclosure {truth.str(20)} disagree; please report this"
    )


def through_lambert_w(name: str, x: Real, prec: int, guard: int = _GUARD) -> mpmath.mpf:
    """The unchecked value, rounded to `prec` bits, with guard bits for what cancels."""
    with _LOCK:
        ctx = _CONTEXT
        ctx.prec = prec + guard + _lost(name, x)
        value = _FORMULAS[name](ctx, x)
        ctx.prec = prec
        return mpmath.mp.make_mpf((+value)._mpf_)


def _lost(name: str, x: Real) -> int:
    """The bits that cancel, see *Guard digits* above."""
    if x.num == 0:
        return 0
    if name == "inv_stdplus":
        return 2 * abs(x.minus_one().mag) if -1 <= x.mag <= 0 else 0
    return 2 * abs(x.mag)


def _agrees(result: mpmath.mpf, truth: arb, prec: int) -> bool:
    """Whether the result is within one unit in the last of `prec` bits of all of the enclosure."""
    sign, man, exp, _ = result._mpf_
    with working_precision(prec + 64):
        error = arb((-int(man) if sign else int(man), exp)) / truth - 1
        return bool(abs(error) < arb((1, 1 - prec)))


def _from_real(ctx: Any, x: Real) -> Any:
    return ctx.ldexp(ctx.mpf(x.num), x.exp) / x.den


def _variance(ctx: Any, x: Real) -> Any:
    """y² = M₀ or M₁ of −x² (Eq. 8)."""
    k = -(_from_real(ctx, x) ** 2)
    return -ctx.lambertw(-ctx.exp(k - 1), 0 if x.num < 0 else -1)


def _stdplus(ctx: Any, x: Real) -> Any:
    return ctx.sqrt(_variance(ctx, x))


def _log_stdplus(ctx: Any, x: Real) -> Any:
    return ctx.ln(_variance(ctx, x)) / 2


def _stdplus_derivative(ctx: Any, x: Real) -> Any:
    if x.num == 0:
        return 1 / ctx.sqrt(2)
    variance = _variance(ctx, x)
    return _from_real(ctx, x) * ctx.sqrt(variance) / (variance - 1)


def _log_stdplus_derivative(ctx: Any, x: Real) -> Any:
    if x.num == 0:
        return 1 / ctx.sqrt(2)
    return _from_real(ctx, x) / (_variance(ctx, x) - 1)


def _inv_stdplus(ctx: Any, x: Real) -> Any:
    y = _from_real(ctx, x)
    return ctx.sign(y - 1) * ctx.sqrt(y * y - 1 - 2 * ctx.ln(y))


def _inv_log_stdplus(ctx: Any, x: Real) -> Any:
    t = _from_real(ctx, x)
    return ctx.sign(t) * ctx.sqrt(ctx.exp(2 * t) - 1 - 2 * t)


_FORMULAS: dict[str, Callable[[Any, Real], Any]] = {
    "stdplus": _stdplus,
    "log_stdplus": _log_stdplus,
    "stdplus_derivative": _stdplus_derivative,
    "log_stdplus_derivative": _log_stdplus_derivative,
    "inv_stdplus": _inv_stdplus,
    "inv_log_stdplus": _inv_log_stdplus,
}
