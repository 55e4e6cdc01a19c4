"""Input of the exact functions: any real number, kept exactly, and the checks on it.

A number is held as num/den · 2^exp with integers of any size, so that nothing is rounded on the way
in: 0.1 is the float64 0.1, "0.1" is one tenth, and 2^(−7·10⁹) (the size of stdplus(−10⁵)) is cheap.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from stdplus_ref.spec import NAMES

# The limits at −∞ and +∞; None where the argument is outside the domain.
AT_INFINITY: dict[str, tuple[float | None, float]] = {
    "stdplus": (0.0, math.inf),
    "log_stdplus": (-math.inf, math.inf),
    "stdplus_derivative": (0.0, 1.0),
    "log_stdplus_derivative": (math.inf, 0.0),
    "inv_stdplus": (None, math.inf),
    "inv_log_stdplus": (-math.inf, math.inf),
}

# The values at 0 that are rational; both derivatives are 1/√2 there.
AT_ZERO = {"stdplus": 1.0, "log_stdplus": 0.0, "inv_stdplus": -math.inf, "inv_log_stdplus": 0.0}

_HEX = re.compile(r"([+-]?)0x([0-9a-f]+)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?", re.IGNORECASE)


class NotANumber(ValueError):
    """A NaN of any type where a real number is needed."""


@dataclass(frozen=True, slots=True)
class Real:
    """The rational number num/den · 2^exp in lowest terms; den is odd and positive.

    A number with a finite binary expansion has den = 1, and an odd num unless exp ≥ 0.
    """

    num: int
    exp: int = 0
    den: int = 1

    @property
    def mag(self) -> int:
        """log₂|x| rounded down where den is 1, and within 1 of that otherwise (x ≠ 0)."""
        return self.num.bit_length() - self.den.bit_length() + self.exp

    def minus_one(self) -> Real:
        """x − 1, exactly; for x near 1, where the integers stay short."""
        if self.exp >= 0:
            return Real((self.num << self.exp) - self.den, 0, self.den)
        return Real(self.num - (self.den << -self.exp), self.exp, self.den)


def check_name(name: str) -> None:
    """Raise ValueError unless `name` is one of the six functions."""
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")


def check_positive_int(value: Any, argument: str) -> int:
    """The value as an int; TypeError or ValueError unless it is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{argument} must be a positive int, got {value!r}")
    if value < 1:
        raise ValueError(f"{argument} must be a positive int, got {value}")
    return int(value)


def parse(x: Any, argument: str = "x") -> Real | float:
    """The exact value of a real number, or the float ±∞.

    Parameters
    ----------
    x : int, float, str, fractions.Fraction, decimal.Decimal, mpmath.mpf or NumPy scalar
        A string is a decimal ("0.1" is exactly one tenth), a quotient ("1/3") or a hexadecimal
        float ("0x1.8p-3").

    Raises
    ------
    TypeError
        If x is not a real scalar.
    ValueError
        If x is NaN (`NotANumber`), or a string that is not a number.
    """
    if isinstance(x, np.ndarray) and x.ndim == 0:
        x = x[()]
    if isinstance(x, float):
        return _from_ratio(x, argument)
    if isinstance(x, str):
        return _from_string(x, argument)
    if isinstance(x, np.generic):
        x = _from_numpy(x, argument)
    if hasattr(x, "_mpf_"):
        return _from_mpf(x._mpf_, argument)
    if isinstance(x, bool) or not hasattr(x, "as_integer_ratio"):
        raise TypeError(f"{argument} must be a real number, got {type(x).__name__}")
    return _from_ratio(x, argument)


def checked(name: str, x: Any) -> Real | float:
    """`parse(x)`, after checking that the function exists and that x is in its domain."""
    check_name(name)
    value = parse(x, "y" if name == "inv_stdplus" else "x")
    if name == "inv_stdplus" and is_negative(value):
        raise ValueError(f"y must be at least 0 (the range of stdplus is (0, inf)), got {x!r}")
    return value


def is_negative(x: Real | float) -> bool:
    """x < 0; false for both zeros."""
    return x.num < 0 if isinstance(x, Real) else x < 0


def special_value(name: str, x: Real | float) -> float | None:
    """The value where it is rational or infinite (x = 0, ±∞; y = 1), None elsewhere.

    By the theorem of Lindemann nothing else is: for algebraic x ≠ 0 (y ≠ 0, 1) each of the six
    values is transcendental, so no value but these is a floating-point number or a midpoint of two.
    """
    if isinstance(x, float):
        return AT_INFINITY[name][x > 0]
    if x.num == 0:
        return AT_ZERO.get(name)
    if name == "inv_stdplus" and x.mag == 0 and x.minus_one().num == 0:
        return 0.0
    return None


def _from_numpy(x: Any, argument: str) -> Any:
    """A NumPy scalar as a Python number of the same value; long double stays as it is."""
    if isinstance(x, (np.complexfloating, np.bool_)):
        raise TypeError(f"{argument} must be a real number, got {type(x).__name__}")
    if isinstance(x, np.integer):
        return int(x)
    if isinstance(x, np.longdouble):
        return x
    try:
        return float(x)  # float16, float32, bfloat16: exact
    except (TypeError, ValueError):
        raise TypeError(f"{argument} must be a real number, got {type(x).__name__}") from None


def _from_ratio(x: Any, argument: str) -> Real | float:
    try:
        num, den = x.as_integer_ratio()
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:
        raise NotANumber(f"{argument} must be a number, got nan") from None
    shift = (den & -den).bit_length() - 1
    return Real(num, -shift, den >> shift)


def _from_string(text: str, argument: str) -> Real | float:
    body = text.strip()
    match = _HEX.fullmatch(body)
    if match:
        sign, whole, part, exp = match.groups()
        part = part or ""
        return _lowest(int(sign + whole + part, 16), int(exp or 0) - 4 * len(part))
    try:
        return _from_ratio(Fraction(body), argument)
    except (ValueError, ZeroDivisionError):
        pass
    try:
        value = float(body)  # "inf", "-infinity", "nan"
    except ValueError:
        raise ValueError(f"{argument} must be a number, got the string {text!r}") from None
    return _from_ratio(value, argument)


def _lowest(num: int, exp: int) -> Real:
    """num·2^exp with an odd num, or zero."""
    shift = (num & -num).bit_length() - 1 if num else 0
    return Real(num >> shift, exp + shift)


def _from_mpf(data: tuple[int, int, int, int], argument: str) -> Real | float:
    sign, man, exp, _ = data
    if man or not exp:
        return Real(-int(man) if sign else int(man), int(exp))
    if exp == -123:  # mpmath's tag of NaN; +inf has −456 and −inf −789
        raise NotANumber(f"{argument} must be a number, got nan")
    return math.inf if exp == -456 else -math.inf
