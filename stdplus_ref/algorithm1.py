"""The paper's Algorithm 1 (appendix A.2) exactly as printed, for comparison only.

Method       |x| ≤ 0.04: the Padé approximant of Eq. 32. Elsewhere r = 2 log((x + √(x² + 4))/2)
             (*squareplus*), then ⌈log₂(−log₂ eps) − 1⌉ Newton steps on e^r − r − 1 = x², each
             divided by e^a with a = max(r, 0); the result is r/2, and stdplus is its exponential.
Arithmetic   float32 or float64: every operation and constant in that type, NumPy's functions,
             NumPy's warnings. "mpmath": 0.04 is 1/25 and √2 has all digits.
Faults       They are the algorithm's and are kept on purpose; tests/test_algorithm1.py shows each.
             1. The Padé error is 3.393e-13 at −0.04 (2971 ULP of stdplus in float64), not
                "< 3.14e-13" (which holds on (−0.03949, 0.04018)); eps has no influence on it.
             2. Not monotone at +0.04: the value drops by 3.05e-13 on leaving the Padé region.
             3. Just outside ±0.04 numerator and denominator of the Newton step cancel: 1.5e-15 or
                more in float64 and 1.5e-6 in float32 (about 20 and 30 ULP of stdplus).
             4. stdplus is the exponential of a rounded logarithm: for x → −∞ about x²/3 ULP,
                490 ULP at x = −36 in float64, 60 at x = −12 in float32.
             5. For x → −∞ the start x + √(x² + 4) cancels to 0 and the result is NaN: at times from
                |x| = 2²⁷, always from 2²⁸ (float32: 2^12.5 and 2^13.5).
             6. For x → +∞ x² overflows and the result is NaN, from 1.34e154 (float32: 1.84e19);
                so it is at ±∞.
             7. One step, which is what 2⁻⁴ ≤ eps < 2⁻² asks for, misses eps: for x → −∞ the error
                is ½. From two steps on the count is right in exact arithmetic (Figure 3).
References   Eq. 32 and Algorithm 1 of the paper; L. Lóczi, "Guaranteed- and high-precision
             evaluation of the Lambert W function", Appl. Math. Comput. 433 (2022).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stdplus_ref._arguments import count


@dataclass(frozen=True)
class _Arithmetic:
    """The functions of one arithmetic, and its 0.04 and √2."""

    sqrt: Callable[[Any], Any]
    log: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    maximum: Callable[[Any, int], Any]
    boundary: Any
    root2: Any


def iterations(eps: float) -> int:
    """Number of Newton steps for a desired precision: ⌈log₂(−log₂ eps) − 1⌉, not below 0.

    Parameters
    ----------
    eps : float
        Desired absolute precision of log stdplus, 0 < eps < 1.

    Raises
    ------
    ValueError
        If eps is not in (0, 1).

    Examples
    --------
    >>> iterations(2.0**-23), iterations(2.0**-52)
    (4, 5)
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps must be in (0, 1), got {eps!r}")
    return max(0, math.ceil(math.log2(-math.log2(eps)) - 1))


def log_stdplus(
    x: Any,
    eps: float | None = None,
    dtype: Any = None,
    *,
    steps: int | None = None,
    digits: int = 50,
) -> Any:
    """LOG_STDPLUS of Algorithm 1 as printed, in nats, faults included.

    Parameters
    ----------
    x : array_like
        Real numbers.
    eps : float, optional
        Desired precision, which sets the number of Newton steps. By default the machine epsilon of
        the arithmetic: 4 steps in float32, 5 in float64; 10^−digits for "mpmath".
    dtype : dtype or "mpmath", optional
        numpy.float32 or numpy.float64: the type all of the arithmetic is done in; by default that
        of x, float64 for integers and Python numbers. "mpmath" for `digits` decimal digits.
    steps : int, optional
        Number of Newton steps, at least 0, in place of `eps`.
    digits : int
        Precision of "mpmath"; unused otherwise.

    Returns
    -------
    scalar or numpy.ndarray
        Of the shape of x; mpmath.mpf or an array of them for "mpmath".

    Raises
    ------
    TypeError
        Another dtype.
    ValueError
        eps outside (0, 1), steps or digits too small or not an integer, or both eps and steps.
    ImportError
        "mpmath" without mpmath installed.
    """
    if isinstance(dtype, str) and dtype == "mpmath":
        return _in_mpmath(x, eps, steps, digits, exponentiate=False)
    x = _as_float_array(x, dtype)
    return _in_numpy(x, _step_count(eps, steps, -math.log2(np.finfo(x.dtype).eps)))[()]


def stdplus(
    x: Any,
    eps: float | None = None,
    dtype: Any = None,
    *,
    steps: int | None = None,
    digits: int = 50,
) -> Any:
    """STDPLUS of Algorithm 1 as printed: the exponential of `log_stdplus`, same parameters."""
    if isinstance(dtype, str) and dtype == "mpmath":
        return _in_mpmath(x, eps, steps, digits, exponentiate=True)
    return np.exp(log_stdplus(x, eps, dtype, steps=steps))


def _step_count(eps: float | None, steps: int | None, default_bits: float) -> int:
    """Number of steps from eps or steps, whichever is given; else for eps = 2^−default_bits."""
    if steps is None:
        if eps is None:
            return max(0, math.ceil(math.log2(default_bits) - 1))
        return iterations(eps)
    if eps is not None:
        raise ValueError("give eps or steps, not both")
    return count("steps", steps, 0)


def _as_float_array(x: Any, dtype: Any) -> np.ndarray:
    array = np.asarray(x)
    if dtype is None:
        dtype = np.float64 if array.dtype.kind in "iu" else array.dtype
    target = np.dtype(dtype).newbyteorder("=")
    if target not in (np.float32, np.float64) or array.dtype.kind not in "fiu":
        raise TypeError(
            f'dtype must be numpy.float32, numpy.float64 or "mpmath" and x real; got {target} '
            f"for an x of {array.dtype}"
        )
    return array.astype(target)


def _in_numpy(x: np.ndarray, steps: int) -> np.ndarray:
    kind = x.dtype.type
    lib = _Arithmetic(np.sqrt, np.log, np.exp, np.maximum, kind(0.04), np.sqrt(kind(2)))
    result = np.empty_like(x)
    small = np.abs(x) <= lib.boundary
    result[small] = _pade(x[small], lib)
    result[~small] = _newton(x[~small], steps, lib)
    return result


def _in_mpmath(
    x: Any, eps: float | None, steps: int | None, digits: int, *, exponentiate: bool
) -> Any:
    """The algorithm with `digits` decimal digits, in an mpmath context of its own."""
    try:
        import mpmath
        from mpmath.ctx_mp import MPContext
    except ImportError as error:
        raise ImportError('"mpmath" needs mpmath: pip install "stdplus-ref[exact]"') from error
    digits = count("digits", digits, 1)
    number = _step_count(eps, steps, digits * math.log2(10))
    ctx = MPContext()
    ctx.dps = digits
    lib = _Arithmetic(ctx.sqrt, ctx.ln, ctx.exp, max, ctx.mpf(1) / 25, ctx.sqrt(2))

    def value(element: Any) -> Any:
        exact = ctx.mpf(element)
        log = _pade(exact, lib) if abs(exact) <= lib.boundary else _newton(exact, number, lib)
        return mpmath.mp.make_mpf((ctx.exp(log) if exponentiate else log)._mpf_)

    array = np.asarray(x, dtype=object)
    result = np.empty(array.shape, dtype=object)
    for index, element in np.ndenumerate(array):
        result[index] = value(element)
    return result[()]


def _pade(x: Any, lib: _Arithmetic) -> Any:
    """Eq. 32."""
    root2 = lib.root2
    square = x * x
    numerator = x / root2 + square / 4 + square * x / (90 * root2)
    return numerator / (1 + 5 * x / (6 * root2) + 17 * square / 180)


def _newton(x: Any, steps: int, lib: _Arithmetic) -> Any:
    """The loop of Algorithm 1, for x outside [−0.04, 0.04]."""
    square = x * x
    r = 2 * lib.log((x + lib.sqrt(square + 4)) / 2)
    for _ in range(steps):
        a = lib.maximum(r, 0)
        grown, one = lib.exp(r - a), lib.exp(-a)  # e^r and 1, both divided by e^a
        r = ((r - 1) * grown + (square + 1) * one) / (grown - one)
    return r / 2
