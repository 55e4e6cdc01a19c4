"""Correctly rounded results and residuals as bits, from `stdplus_ref.exact`.

Needs ml_dtypes for bfloat16.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stdplus_ref import exact
from stdplus_ref.conformance.formats import Bits, Doubles, Format
from stdplus_ref.conformance.vectors import FAR, is_exact


def rounded(function: str, fmt: Format, inputs: Bits) -> Bits:
    """Correctly rounded results."""
    results = exact.rounded(function, fmt.value(inputs), _dtype(fmt))
    bits = fmt.array(results.view(fmt.unsigned))
    return np.where(fmt.is_nan(bits), fmt.array(fmt.infinity | (fmt.infinity >> 1)), bits)


def errors(function: str, fmt: Format, inputs: Bits, got: Bits) -> Doubles:
    """(got − true value) in ULP, as `stdplus_ref.exact.ulp_error` defines it."""
    x, y = (np.ascontiguousarray(bits).view(_dtype(fmt)) for bits in (inputs, got))
    return exact.ulp_error(function, x, y)


def residuals(function: str, fmt: Format, inputs: Bits, outputs: Bits) -> Doubles:
    """`Vectors.residuals` of correctly rounded results."""
    known = np.where(is_exact(function, fmt, inputs, outputs), np.nan, 0.0)
    infinite = np.isinf(fmt.value(outputs))
    found = errors(function, fmt, inputs, outputs)
    for i in np.flatnonzero(infinite & ~np.isnan(known)).tolist():
        found[i] = _beyond(function, fmt, float(fmt.value(inputs[i : i + 1])[0]))
    return np.asarray(known + found)


def _beyond(function: str, fmt: Format, x: float) -> float:
    """Of an overflowed result: (the number after the largest − true value) in ULP, signed."""
    from flint import arb

    top = fmt.max_exponent + 1
    far = FAR / 1000
    if function == "inv_log_stdplus" and x > 2 * top:  # about e^x
        return -far
    value = exact.enclosure(function, x, 80)
    sign = 1 if value > 0 else -1
    units = (sign * arb((1, top)) - value) * arb((1, fmt.precision - 1 - fmt.max_exponent))
    return float(np.clip(float(units), -far, far))


def _dtype(fmt: Format) -> np.dtype[Any]:
    if fmt.name != "bfloat16":
        return np.dtype(fmt.name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise ImportError("bfloat16 needs ml_dtypes: pip install ml_dtypes") from error
    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return bfloat16
