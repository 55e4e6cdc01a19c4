"""The Slashed Normal as a `torch.distributions.Distribution`."""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import functools
import math
from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, Normal, constraints, register_kl
from torch.distributions.utils import broadcast_all

from stdplus_ref.torch.functions import inv_log_stdplus, inv_stdplus, log_stdplus, stdplus

_SQRT2 = math.sqrt(2)
_LOG_2PI = math.log(2 * math.pi)


class SlashedNormal(Distribution):
    """Normal distributions given by KL amplitudes a + bi relative to a normal prior (Eq. 14–16).

    The mean is μ0 + √2·σ0·a, the standard deviation σ0·stdplus(√2·b), and the KL divergence from
    the prior a² + b² nats.

    Parameters
    ----------
    a, b : Tensor or float
        Real and imaginary part of the amplitudes.
    prior_mean : Tensor or float, default 0
        μ0.
    prior_std : Tensor or float, default 1
        σ0 > 0.
    validate_args : bool, optional
        As in `torch.distributions.Distribution`.

    Notes
    -----
    The four are broadcast to the batch shape and brought to a common type. `rsample` is
    differentiable in all of them.

    Examples
    --------
    >>> import torch
    >>> from stdplus_ref.torch import SlashedNormal
    >>> q = SlashedNormal(torch.tensor([0.5, 0.3]), torch.tensor([0.0, -0.4]))
    >>> q.kl()
    tensor([0.2500, 0.2500])
    >>> q.mean, q.stddev
    (tensor([0.7071, 0.4243]), tensor([1.0000, 0.6305]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "a": constraints.real,
        "b": constraints.real,
        "prior_mean": constraints.real,
        "prior_std": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        a: Tensor | float,
        b: Tensor | float,
        prior_mean: Tensor | float = 0.0,
        prior_std: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self.a, self.b, self.prior_mean, self.prior_std = _alike(a, b, prior_mean, prior_std)
        super().__init__(self.a.shape, validate_args=validate_args)

    @classmethod
    def from_mean_std(
        cls,
        mean: Tensor | float,
        std: Tensor | float,
        prior_mean: Tensor | float = 0.0,
        prior_std: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> SlashedNormal:
        """Return the Slashed Normal with the given mean and standard deviation > 0 (Eq. 15)."""
        mean, std, prior_mean, prior_std = _alike(mean, std, prior_mean, prior_std)
        a = (mean - prior_mean) / (_SQRT2 * prior_std)
        b = inv_stdplus(std / prior_std) / _SQRT2
        return cls(a, b, prior_mean, prior_std, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> SlashedNormal:
        """Return the distribution with its batch dimensions expanded to `batch_shape`."""
        new: SlashedNormal = self._get_checked_instance(SlashedNormal, _instance)
        for name in self.arg_constraints:
            setattr(new, name, getattr(self, name).expand(batch_shape))
        super(SlashedNormal, new).__init__(Size(batch_shape), validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def mean(self) -> Tensor:
        """μ0 + √2·σ0·a."""
        return self.prior_mean + self.prior_std * (_SQRT2 * self.a)

    @property
    def mode(self) -> Tensor:
        """The mean."""
        return self.mean

    @property
    def stddev(self) -> Tensor:
        """σ0·stdplus(√2·b)."""
        return self.prior_std * stdplus(_SQRT2 * self.b)

    @property
    def log_stddev(self) -> Tensor:
        """log σ0 + log_stdplus(√2·b), finite where `stddev` underflows."""
        return self.prior_std.log() + log_stdplus(_SQRT2 * self.b)

    @property
    def variance(self) -> Tensor:
        """The square of `stddev`."""
        return self.stddev**2

    @property
    def prior(self) -> Normal:
        """The prior."""
        return Normal(self.prior_mean, self.prior_std, validate_args=False)

    def kl(self) -> Tensor:
        """Return KL(self ‖ prior) = a² + b² in nats, of the batch shape (Eq. 16)."""
        return self.a * self.a + self.b * self.b

    def rsample(self, sample_shape: Any = Size()) -> Tensor:  # noqa: B008
        """Draw z = mean + stddev·ε with ε ~ N(0, 1) (Eq. 22), differentiable."""
        shape = self._extended_shape(Size(sample_shape))
        noise = torch.randn(shape, dtype=self.a.dtype, device=self.a.device)
        return self.mean + self.stddev * noise

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density at `value`, in nats."""
        if self._validate_args:
            self._validate_sample(value)
        deviation = value - self.mean
        score = torch.where(deviation == 0, 0.0, deviation / self.stddev)
        return -0.5 * (score * score + _LOG_2PI) - self.log_stddev

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(z ≤ value)."""
        if self._validate_args:
            self._validate_sample(value)
        return torch.special.ndtr((value - self.mean) / self.stddev)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantile of the probability `value`."""
        return self.mean + self.stddev * torch.special.ndtri(value)

    def entropy(self) -> Tensor:
        """Return the differential entropy in nats."""
        return 0.5 * (1 + _LOG_2PI) + self.log_stddev


def _alike(*values: Tensor | float) -> list[Tensor]:
    """Tensors of one shape and type."""
    tensors = broadcast_all(*values)
    dtype = functools.reduce(torch.promote_types, [t.dtype for t in tensors])
    return [t.to(dtype) for t in tensors]


def _kl(
    mean: Tensor, log_std: Tensor, prior_mean: Tensor, prior_std: Tensor, prior_log_std: Tensor
) -> Tensor:
    """½·d² + ½·(r² − 1 − log r²), the second term from log r: no cancellation as r → 1."""
    shift = (mean - prior_mean) / prior_std
    change = inv_log_stdplus(log_std - prior_log_std)
    return 0.5 * (shift * shift + change * change)


@register_kl(SlashedNormal, Normal)
def _kl_from_normal(p: SlashedNormal, q: Normal) -> Tensor:
    return _kl(p.mean, p.log_stddev, q.loc, q.scale, q.scale.log())


@register_kl(SlashedNormal, SlashedNormal)
def _kl_from_slashed_normal(p: SlashedNormal, q: SlashedNormal) -> Tensor:
    return _kl(p.mean, p.log_stddev, q.mean, q.stddev, q.log_stddev)


@register_kl(Normal, SlashedNormal)
def _kl_of_normal(p: Normal, q: SlashedNormal) -> Tensor:
    return _kl(p.loc, p.scale.log(), q.mean, q.stddev, q.log_stddev)
