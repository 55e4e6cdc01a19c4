"""σ0·stdplus(x) and its inverse where stdplus(x) = σ/σ0 alone underflows, or is all but 1."""

# mypy: ignore-missing-imports
# mypy: disable-error-code="no-untyped-call,no-any-return"

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor

from stdplus_ref.torch.functions import inv_log_stdplus, inv_stdplus, is_plain, stdplus

SQRT2: Final = math.sqrt(2)
_GRID: Final = 128.0  # multiples of 1/128 up to 55 (float32: 20) have exact squares


class _Deep(NamedTuple):
    """Where stdplus(x) is subnormal or 0, but may not be times a scale."""

    least: float  # x below: even the largest number times stdplus(x) is 0
    most: float  # x below: stdplus(x) = exp(−(x² + 1)/2) to all digits; above it is normal


_DEEP: Final = {torch.float32: _Deep(-20.0, -13.125), torch.float64: _Deep(-55.0, -37.5)}


def scaled_stdplus(scale: Tensor, x: Tensor) -> Tensor:
    """scale·stdplus(x), of float32 or float64, to 5 ULP wherever the product is representable.

    Where stdplus(x) is subnormal it is e1·e2·e1 with factors that are not: with h near x on a grid,
    (x² + 1)/2 = (h² + 1)/4 + (x − h)·(x + h)/2 + (h² + 1)/4, and the first and last are exact.
    """
    least, most = _DEEP[x.dtype]
    deep = (x < most) & (x > least)
    near = scale * stdplus(x)
    if _can_look(scale, x) and not bool(deep.any()):
        return near
    z = torch.where(deep, x, most)
    h = torch.round(z.detach() * _GRID) / _GRID
    e1 = torch.exp(-0.25 * (h * h + 1.0))
    e2 = torch.exp(-0.5 * ((z - h) * (z + h)))
    return torch.where(deep, ((scale * e1) * e2) * e1, near)


def _can_look(*tensors: Tensor) -> bool:
    """Whether values may decide, at no cost: not while compiling, transforming or on a GPU."""
    return not torch.compiler.is_compiling() and all(
        t.device.type == "cpu" and is_plain(t) for t in tensors
    )


def relative_std(std: Tensor, prior_std: Tensor) -> Tensor:
    """x with stdplus(x) = σ/σ0, to 3 ULP also near σ = σ0 and where σ/σ0 underflows.

    As `stdplus_ref.distribution.relative.relative_std`, and differentiable.
    """
    ratio = std / prior_std
    small = (ratio < torch.finfo(ratio.dtype).tiny) & (std > 0)
    ratio = torch.where(small, 1.0, ratio)
    x = inv_stdplus(ratio)
    x = x + _lost(std.detach(), prior_std.detach(), ratio.detach(), x.detach())
    logarithm = torch.where(small, std, 1.0).log() - torch.where(small, prior_std, 1.0).log()
    return torch.where(small, inv_log_stdplus(logarithm), x)


def _lost(std: Tensor, prior_std: Tensor, ratio: Tensor, x: Tensor) -> Tensor:
    """What the rounding of the ratio has lost of x.

    σ − σ0 is exact for ½ ≤ σ/σ0 ≤ 2 (Sterbenz) and tells the error of the ratio; a Newton step
    takes it into account: dx/dy = (y² − 1)/(x·y), √2 at y = 1.
    """
    excess = ratio - 1.0
    error = (std - prior_std) / prior_std - excess
    slope = torch.where(x == 0, SQRT2, excess * (ratio + 1.0) / (x * ratio))
    close = (excess.abs() <= 0.5) & (std != prior_std)
    return torch.where(close, slope * error, 0.0)
