"""How one normal distribution differs from another, without cancellation when they are close.

Everything rests on one identity: ½·(r² − 1 − log r²) = ½·inv_log_stdplus(log r)², whose right-hand
side keeps its relative accuracy as r → 1.
"""

from __future__ import annotations

import numpy as np

import stdplus_ref
from stdplus_ref._arguments import Real

SQRT2 = 1.4142135623730951


def relative_mean(mean: Real, prior_mean: Real, prior_std: Real) -> Real:
    """Return (μ − μ0)/σ0; 0 where both the difference and σ0 are 0, infinite where only σ0 is."""
    difference = mean - prior_mean
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = difference / prior_std
    return np.where(difference == 0, 0, quotient)


def relative_std(std: Real, prior_std: Real) -> Real:
    """Return x with stdplus(x) = σ/σ0, to 4 ULP also near σ = σ0.

    0 where both are 0; −∞ where only σ is 0; +∞ where only σ0 is, or where σ/σ0 overflows.
    """
    sigma, sigma0 = np.broadcast_arrays(std, prior_std)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = sigma / sigma0
        # For |σ/σ0 − 1| < ½ the subtraction is exact (Sterbenz).
        excess = (sigma - sigma0) / sigma0
        near = np.abs(excess) < 0.5
        ratio = np.where((sigma == sigma0) | near, 1, ratio)
        x = np.asarray(stdplus_ref.inv_stdplus(ratio))
        if near.any():
            logarithm = np.log1p(np.where(near, excess, 0))
            x = np.where(near, stdplus_ref.inv_log_stdplus(logarithm), x)
        lost = (ratio < np.finfo(sigma.dtype).tiny) & (sigma > 0)  # σ/σ0 underflows
        if lost.any():
            logarithm = np.log(sigma) - np.log(sigma0)
            x = np.where(lost, stdplus_ref.inv_log_stdplus(np.where(lost, logarithm, 0)), x)
    return x
