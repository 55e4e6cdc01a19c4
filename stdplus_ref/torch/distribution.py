"""The Slashed Normal as a `torch.distributions.Distribution`."""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import math
from numbers import Real
from typing import Any, ClassVar, Final

import numpy as np
import torch
from torch import Size, Tensor
from torch.distributions import Distribution, Normal, constraints, register_kl

from stdplus_ref.distribution.slashed_normal import SlashedNormal as _NumpySlashedNormal
from stdplus_ref.torch._scaled import SQRT2, relative_std, scaled_stdplus
from stdplus_ref.torch.functions import HALF_TYPES, inv_log_stdplus, log_stdplus

_LOG_2PI: Final = math.log(2 * math.pi)
_TYPES: Final = (*HALF_TYPES, torch.float32, torch.float64)
_LEAST_LOG: Final = {torch.float32: -150.0, torch.float64: -1110.0}
"""With log σ at or below, (z/σ)² overflows for every z ≠ 0; exp(−log σ) of half of it does not."""
_SATURATED: Final = 40.0
"""The normal distribution function is 0 or 1 beyond so many standard deviations."""


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

    Raises
    ------
    TypeError
        If a parameter is not a number or a real tensor.
    ValueError
        If shapes do not broadcast, or with `validate_args` if a value is out of range.

    Notes
    -----
    The four are broadcast to the batch shape and brought to a common type: that of the tensors,
    Python numbers adapt to it; integers alone become floats of the default type. 16-bit types are
    computed in float32. All methods are differentiable in all parameters; standard deviation,
    density and distribution function are right as long as σ is representable, and the latter two
    also where it is not.

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
        self.a, self.b, self.prior_mean, self.prior_std = _alike(
            a=a, b=b, prior_mean=prior_mean, prior_std=prior_std
        )
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
        """Return the Slashed Normal with the given mean and standard deviation (Eq. 15 inverted).

        a = (μ − μ0)/(√2·σ0) and b = inv_stdplus(σ/σ0)/√2, both to within 4 ULP of the exact ones,
        also where σ is close to σ0 or their ratio underflows. Differentiable.

        Parameters
        ----------
        mean, std, prior_mean, prior_std : Tensor or float
            Finite; `std` and `prior_std` > 0.
        validate_args : bool, optional
            Whether to check the values, as in `torch.distributions.Distribution`.

        Raises
        ------
        ValueError
            If a value is out of range or the amplitude overflows (with `validate_args`), or shapes
            do not broadcast.
        TypeError
            If an argument is not a number or a real tensor.
        """
        given = _alike(mean=mean, std=std, prior_mean=prior_mean, prior_std=prior_std)
        if validate := cls._validate_args if validate_args is None else validate_args:
            for name, value in zip(("mean", "std", "prior_mean", "prior_std"), given, strict=True):
                positive = name.endswith("std")
                valid = torch.isfinite(value) & (value > 0) if positive else torch.isfinite(value)
                expected = "positive and finite" if positive else "finite"
                _expect(valid, f"{name} must be {expected} in {value.dtype}", value)
        mu, sigma, mu0, sigma0 = (_wide(value) for value in given)
        a = (mu - mu0) / sigma0 / SQRT2
        b = relative_std(sigma, sigma0) / SQRT2
        a, b = (part.to(given[0].dtype) for part in (a, b))
        if validate:
            finite = torch.isfinite(a) & torch.isfinite(b)
            _expect(finite, "mean and std are too far from the prior: the amplitude overflows")
        return cls(a, b, given[2], given[3], validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> SlashedNormal:
        """Return the distribution with its batch dimensions expanded to `batch_shape`."""
        new: SlashedNormal = self._get_checked_instance(SlashedNormal, _instance)
        for name in self.arg_constraints:
            setattr(new, name, getattr(self, name).expand(batch_shape))
        super(SlashedNormal, new).__init__(Size(batch_shape), validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def _mean(self) -> Tensor:
        shift = _wide(self.prior_std) * (SQRT2 * _wide(self.a))
        return _wide(self.prior_mean) + shift

    @property
    def _std(self) -> Tensor:
        return scaled_stdplus(_wide(self.prior_std), SQRT2 * _wide(self.b))

    def _log_std(self, std: Tensor) -> Tensor:
        """log σ0 + t, and where these may cancel its value, not its derivatives, from σ."""
        t = log_stdplus(SQRT2 * _wide(self.b))
        log_std = _wide(self.prior_std).log() + t
        std = std.detach()
        normal = (std >= torch.finfo(std.dtype).tiny) & torch.isfinite(std)
        lost = std.log() - log_std.detach()
        return log_std + torch.where(normal & (t.abs() > 1), lost, 0.0)

    @property
    def mean(self) -> Tensor:
        """μ0 + √2·σ0·a."""
        return self._mean.to(self.a.dtype)

    @property
    def mode(self) -> Tensor:
        """The mean."""
        return self.mean

    @property
    def stddev(self) -> Tensor:
        """σ0·stdplus(√2·b), right also where stdplus alone underflows."""
        return self._std.to(self.a.dtype)

    @property
    def log_stddev(self) -> Tensor:
        """log σ0 + log_stdplus(√2·b), finite where `stddev` underflows."""
        return self._log_std(self._std).to(self.a.dtype)

    @property
    def variance(self) -> Tensor:
        """The square of `stddev`."""
        return self.stddev**2

    @property
    def prior(self) -> Normal:
        """The prior."""
        return Normal(self.prior_mean, self.prior_std, validate_args=False)

    def numpy(self) -> _NumpySlashedNormal:
        """Return it as a `stdplus_ref.SlashedNormal`, detached; 16-bit types become float32.

        What `stdplus_ref.rate` measures.
        """
        a, b, mean, std = (
            _wide(part.detach()).cpu().numpy()
            for part in (self.a, self.b, self.prior_mean, self.prior_std)
        )
        psi = np.empty(a.shape, np.result_type(a, np.complex64))
        psi.real, psi.imag = a, b
        return _NumpySlashedNormal(psi, mean, std)

    def kl(self) -> Tensor:
        """Return KL(self ‖ prior) = a² + b² in nats, of the batch shape (Eq. 16)."""
        return self.a * self.a + self.b * self.b

    def rsample(self, sample_shape: Any = Size()) -> Tensor:  # noqa: B008
        """Draw z = mean + stddev·ε with ε ~ N(0, 1) (Eq. 22), differentiable."""
        shape = self._extended_shape(Size(sample_shape))
        noise = torch.randn(shape, dtype=self.a.dtype, device=self.a.device)
        return self.mean + self.stddev * noise

    def log_prob(self, value: Tensor | float) -> Tensor:
        """Return the log density at `value`, in nats."""
        value, dtype = self._value(value)
        std = self._std
        log_std = self._log_std(std)
        score = _score(value - self._mean, std, log_std)
        return (-0.5 * (score * score + _LOG_2PI) - log_std).to(dtype)

    def cdf(self, value: Tensor | float) -> Tensor:
        """Return P(z ≤ value)."""
        value, dtype = self._value(value)
        std = self._std
        log_std = self._log_std(std)
        deviation = value - self._mean
        beyond = _score(deviation, std, log_std).abs() > _SATURATED
        # no gradient where it has none, instead of 0·∞
        inner = _score(torch.where(beyond, 0.0, deviation), std, log_std)
        at_end = (deviation > 0).to(deviation.dtype)
        return torch.where(beyond, at_end, torch.special.ndtr(inner)).to(dtype)

    def icdf(self, value: Tensor | float) -> Tensor:
        """Return the quantile of the probability `value`."""
        value, dtype = self._value(value, check=False)
        score = torch.special.ndtri(value)
        at_end = torch.isinf(score)
        inner = self._mean + self._std * torch.where(at_end, 0.0, score)
        return torch.where(at_end, score, inner).to(dtype)

    def entropy(self) -> Tensor:
        """Return the differential entropy in nats."""
        return 0.5 * (1 + _LOG_2PI) + self.log_stddev

    def _value(self, value: Tensor | float, check: bool = True) -> tuple[Tensor, torch.dtype]:
        """An argument of a density as a tensor to compute with, and the type of the result."""
        if not isinstance(value, Tensor):
            if not isinstance(value, Real):
                raise TypeError(f"value must be a real tensor or number, got {_kind(value)}")
            value = torch.as_tensor(float(value), dtype=self.a.dtype, device=self.a.device)
        if self._validate_args and check:
            self._validate_sample(value)
        dtype = torch.promote_types(value.dtype, self.a.dtype)
        if dtype not in _TYPES:
            raise TypeError(f"value must be real, got {value.dtype}")
        return _wide(value.to(dtype)), dtype


def _score(deviation: Tensor, std: Tensor, log_std: Tensor) -> Tensor:
    """deviation/σ, with 1/σ in two factors of exp(−½·log σ) where σ is subnormal or 0."""
    under = std < torch.finfo(std.dtype).tiny
    log_under = torch.where(under, log_std, 0.0).clamp(min=_LEAST_LOG[std.dtype])
    root = torch.exp(-0.5 * log_under)
    return torch.where(under, (deviation * root) * root, deviation / torch.where(under, 1.0, std))


def _wide(x: Tensor) -> Tensor:
    """x in the type computed in."""
    return x.to(torch.float32) if x.dtype in HALF_TYPES else x


def _expect(valid: Tensor, expected: str, got: Tensor | None = None) -> None:
    if not torch._is_all_true(valid):
        bad = "" if got is None else f", got {got[~valid].flatten()[0].item()}"
        raise ValueError(expected + bad)


def _alike(**given: Tensor | float) -> list[Tensor]:
    """Tensors of one shape and type; Python numbers adapt to the type of the tensors."""
    tensors = {name: value for name, value in given.items() if isinstance(value, Tensor)}
    for name, value in given.items():
        if name not in tensors and not isinstance(value, Real):
            raise TypeError(f"{name} must be a real tensor or number, got {_kind(value)}")
    dtype = _common_type(tensors)
    device = next((t.device for t in tensors.values()), None)
    alike = [
        tensors[name].to(dtype)
        if name in tensors
        else torch.as_tensor(float(value), dtype=dtype, device=device)
        for name, value in given.items()
    ]
    try:
        return list(torch.broadcast_tensors(*alike))
    except RuntimeError:
        shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in tensors.items())
        raise ValueError(f"shapes must broadcast together, got {shapes}") from None


def _common_type(tensors: dict[str, Tensor]) -> torch.dtype:
    """Of tensors by name: the type they promote to, or the default one if they are integers."""
    dtype = torch.bool
    for name, tensor in tensors.items():
        if tensor.is_complex():
            raise TypeError(f"{name} must be real, got {tensor.dtype}")
        if tensor.is_floating_point() and tensor.dtype not in _TYPES:
            known = ", ".join(map(str, _TYPES))
            raise TypeError(f"{name} must be of integers or of {known}, got {tensor.dtype}")
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype if dtype.is_floating_point else torch.get_default_dtype()


def _kind(value: Any) -> str:
    return type(value).__name__


def _kl(shift: Tensor, log_ratio: Tensor) -> Tensor:
    """½·d² + ½·(r² − 1 − log r²), the second term from log r: no cancellation as r → 1."""
    change = inv_log_stdplus(log_ratio)
    return 0.5 * (shift * shift + change * change)


def _kl_from(mean: Tensor, log_std: Tensor, q: SlashedNormal) -> Tensor:
    """KL(N(mean, σ²) ‖ q)."""
    std = q._std
    prior_log_std = q._log_std(std)
    shift = _score(_wide(mean) - q._mean, std, prior_log_std)
    return _kl(shift, log_std - prior_log_std)


@register_kl(SlashedNormal, Normal)
def _kl_from_normal(p: SlashedNormal, q: Normal) -> Tensor:
    log_std = p._log_std(p._std)
    scale = _wide(q.scale)
    kl = _kl((p._mean - _wide(q.loc)) / scale, log_std - scale.log())
    return kl.to(torch.promote_types(p.a.dtype, q.loc.dtype))


@register_kl(SlashedNormal, SlashedNormal)
def _kl_from_slashed_normal(p: SlashedNormal, q: SlashedNormal) -> Tensor:
    kl = _kl_from(p._mean, p._log_std(p._std), q)
    return kl.to(torch.promote_types(p.a.dtype, q.a.dtype))


@register_kl(Normal, SlashedNormal)
def _kl_of_normal(p: Normal, q: SlashedNormal) -> Tensor:
    kl = _kl_from(p.loc, _wide(p.scale).log(), q)
    return kl.to(torch.promote_types(p.loc.dtype, q.a.dtype))
