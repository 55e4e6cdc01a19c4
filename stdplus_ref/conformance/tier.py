"""What is asked of a port: the tier, and the error in ULP that it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stdplus_ref.conformance.formats import Bits, Doubles, Format

SLACK: Final = 0.0005
"""Errors are known to this many ULP: a result is refused only if it surely misses the tier."""

_FAR: Final = 1000.0  # ULP from the largest number beyond which ∞ is of the wrong kind


@dataclass(frozen=True)
class Tier:
    """The accuracy asked for.

    Parameters
    ----------
    limit : float or None
        Largest error in ULP, above 0.5; None for correctly rounded, bit for bit.
    flush_to_zero : bool
        Whether 0 may stand for subnormal results, and subnormal arguments be taken for 0.
    monotone : bool
        Whether results must never step back; correctly rounded ones never do.
    """

    limit: float | None = None
    flush_to_zero: bool = False
    monotone: bool = False

    @classmethod
    def parse(cls, text: str, flush_to_zero: bool = False, monotone: bool = False) -> Tier:
        """Read ``exact`` or ``ulp:K``.

        Raises
        ------
        ValueError
            Another text, or a K that is not a number above 0.5.
        """
        if text == "exact":
            return cls(None, flush_to_zero, monotone)
        word, _, number = text.partition(":")
        try:
            limit = float(number)
        except ValueError:
            limit = 0.0
        if word != "ulp" or not 0.5 < limit < np.inf:
            raise ValueError(f"expected exact, or ulp:K with a number K above 0.5; got {text!r}")
        return cls(limit, flush_to_zero, monotone)

    def __str__(self) -> str:
        parts = ["exact" if self.limit is None else f"ulp:{self.limit:g}"]
        parts += ["flush to zero"] * self.flush_to_zero + ["monotone"] * self.monotone
        return ", ".join(parts)


def errors(fmt: Format, got: Bits, outputs: Bits, residuals: Doubles) -> Doubles:
    """(got − true value) in ULP of the correctly rounded result's binade.

    Parameters
    ----------
    fmt : Format
    got, outputs : ndarray of unsigned integers
        Results to judge and correctly rounded ones.
    residuals : ndarray of float64
        (output − true value) in ULP; NaN where the output is the exact value.

    Returns
    -------
    ndarray of float64
        Infinite where `got` is of the wrong kind: NaN for a number or the reverse, or ∞ for a
        number. Only beside the largest number ∞ counts as the number after it.
    """
    value, want = fmt.value(got), fmt.value(outputs)
    with np.errstate(all="ignore"):
        error = units(fmt, value, want) - units(fmt, want, want) + np.nan_to_num(residuals)
    one_infinite = np.isinf(value) != np.isinf(want)
    opposite = np.isinf(value) & np.isinf(want) & (value != want)
    nan = np.isnan(value) | np.isnan(want)
    error = np.where(nan | opposite | (one_infinite & (np.abs(error) > _FAR)), np.inf, error)
    settled = (np.isinf(value) & (value == want)) | (np.isnan(value) & np.isnan(want))
    return np.where(settled, 0.0, error)


def units(fmt: Format, value: Doubles, want: Doubles) -> Doubles:
    """Values in ULP of the binade of `want`; ∞ as if it were the number after the largest."""
    place = fmt.place(want)
    with np.errstate(over="ignore", invalid="ignore"):  # far off is infinitely far; NaN is NaN
        after = np.copysign(np.ldexp(1.0, fmt.max_exponent + 1 - place), value)
        return np.where(np.isinf(value), after, np.ldexp(value, -place))
