"""How one normal distribution differs from another, without cancellation when they are close.

Everything rests on one identity: ½·(r² − 1 − log r²) = ½·inv_log_stdplus(log r)², whose right-hand
side keeps its relative accuracy as r → 1. Standard deviations are found also where their ratio r
underflows.
"""

from __future__ import annotations

import numpy as np

from stdplus_ref import cpu
from stdplus_ref.distribution.arguments import Real

SQRT2 = 1.4142135623730951
_LEAST = -60.0  # x below: even the largest number times stdplus(x) is 0
_GRID = 128.0  # multiples of 1/128 up to 60 have exact squares


def relative_mean(mean: Real, prior_mean: Real, prior_std: Real) -> Real:
    """Return (μ − μ0)/σ0; 0 where both the difference and σ0 are 0, infinite where only σ0 is."""
    difference = mean - prior_mean
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = difference / prior_std
    return np.where(difference == 0, 0, quotient)


def relative_std(std: Real, prior_std: Real) -> Real:
    """Return x with stdplus(x) = σ/σ0, to 3 ULP also near σ = σ0.

    0 where both are 0; −∞ where only σ is 0; +∞ where only σ0 is, or where σ/σ0 overflows.
    """
    sigma, sigma0 = np.broadcast_arrays(std, prior_std)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = np.where(sigma == sigma0, 1, sigma / sigma0)
        x = np.asarray(cpu.inv_stdplus(ratio))
        # σ − σ0 is exact for ½ ≤ σ/σ0 ≤ 2 (Sterbenz), so this is the rounding error of `ratio`,
        excess = ratio - 1
        lost = (sigma - sigma0) / sigma0 - excess
        # and a Newton step takes it into account: dx/dy = (y² − 1)/(x·y), √2 at y = 1.
        slope = np.where(x == 0, SQRT2, excess * (ratio + 1) / (x * ratio))
        close = (np.abs(excess) <= 0.5) & (sigma != sigma0)
        x = np.where(close, x + slope * lost, x)
        small = (ratio < np.finfo(sigma.dtype).tiny) & (sigma > 0)  # σ/σ0 underflows
        if small.any():
            logarithm = np.where(small, np.log(sigma) - np.log(sigma0), 0)
            x = np.where(small, cpu.inv_log_stdplus(logarithm), x)
    return x


def absolute_std(x: Real, prior_std: Real) -> Real:
    """Return σ0·stdplus(x), to 4 ULP wherever the product is representable."""
    with np.errstate(under="ignore"):  # as it may, also on the way
        ratio = cpu.stdplus(x)
        std: Real = prior_std * ratio
    deep = (ratio < np.finfo(std.dtype).tiny) & (x > _LEAST)
    if not deep.any():
        return std
    z = np.where(deep, x, -1.0).astype(np.float64)
    return np.where(deep, _deep_std(z, prior_std).astype(std.dtype), std)[()]


def _deep_std(x: Real, prior_std: Real) -> Real:
    """σ0·exp(−(x² + 1)/2), which σ0·stdplus(x) is to all digits where stdplus(x) is subnormal.

    As e1·e2·e1 with factors that do not underflow: with h near x on a grid, (x² + 1)/2 =
    (h² + 1)/4 + (x − h)·(x + h)/2 + (h² + 1)/4, and the first and last are exact.
    """
    h = np.round(x * _GRID) / _GRID
    with np.errstate(under="ignore"):
        e1 = np.exp(-0.25 * (h * h + 1))
        e2 = np.exp(-0.5 * ((x - h) * (x + h)))
        std: Real = ((prior_std * e1) * e2) * e1
    return std
