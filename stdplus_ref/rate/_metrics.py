"""Metrics of an encoder over a data set: mean KL, active units, mutual information (F.1).

Each takes the posteriors of all N instances as one `SlashedNormal` of shape (N, K), of NumPy or of
PyTorch: anything with a `prior_std` whose method `numpy` returns a `stdplus_ref.SlashedNormal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from stdplus_ref._arguments import count
from stdplus_ref.distribution.arguments import Random, Real
from stdplus_ref.distribution.slashed_normal import SlashedNormal
from stdplus_ref.rate._functions import Unit, from_nats

_CHUNK = 1 << 21  # numbers held at once when comparing samples with all instances


@runtime_checkable
class _HasNumpy(Protocol):
    prior_std: Any

    def numpy(self) -> SlashedNormal: ...


Posterior: TypeAlias = SlashedNormal | _HasNumpy


@dataclass(frozen=True)
class InformationEstimate:
    """Mutual information I_q of instance and latent, with its Monte Carlo error; nats."""

    mutual_information: float
    standard_error: float
    mean_kl: float  # exact
    samples: int  # in total

    @property
    def marginal_kl(self) -> float:
        """KL(q(z) ‖ p(z)) = mean KL − I_q, with the same standard error (Eq. 48)."""
        return self.mean_kl - self.mutual_information


def mean_kl(posterior: Posterior, unit: Unit = "nats") -> float:
    """Return the KL from the prior, summed over dimensions, mean over instances (Eq. 46).

    Parameters
    ----------
    posterior : SlashedNormal of shape (N, K)
    unit : {"nats", "bits"}
    """
    posterior = _numpy(posterior)
    return float(from_nats(posterior.kl(axis=-1).mean(dtype=np.float64), unit))


def unit_activity(posterior: Posterior) -> Real:
    """Return AU_k = Var_x(E[z_k | x]) over the N instances, shape (K,) (Eq. 47, corrected).

    The paper prints Cov(E[z]) without the condition on x. The variance divides by N.
    """
    activity: Real = _numpy(posterior).mean().var(axis=0, dtype=np.float64)
    return activity


def active_units(posterior: Posterior, threshold: float = 0.01) -> int:
    """Return how many dimensions have an activity above `threshold` (F.1)."""
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, got {threshold!r}")
    return int((unit_activity(posterior) > threshold).sum())


def mutual_information(
    posterior: Posterior, *, samples: int = 4, rng: Random = None
) -> InformationEstimate:
    """Estimate I_q = E_x KL(q(z|x) ‖ q(z)), q(z) the mean of all N posteriors (Eq. 48).

    From every instance `samples` latents are drawn, and log q(z|x) − log q(z) is averaged. The
    aggregate posterior q(z) is the exact mixture over all N instances, not over a minibatch, so
    the only error is that of sampling z: the estimate is unbiased, and its standard error comes
    from the variance within each instance (stratified sampling). Time O(samples·N²·K), memory
    bounded.

    Parameters
    ----------
    posterior : SlashedNormal of shape (N, K)
    samples : int, default 4
        Latents drawn per instance, at least 2 for a standard error.
    rng : numpy.random.Generator or int or None
        A generator, or what `numpy.random.default_rng` makes one from.

    Returns
    -------
    InformationEstimate
        I_q lies between 0 and log N; an estimate may leave that range by its error.

    Raises
    ------
    ValueError
        If `posterior` is not of shape (N, K), `samples` < 2, or a standard deviation is 0.
    """
    posterior = _numpy(posterior)
    count("samples", samples, 2)
    mean = posterior.mean().astype(np.float64)
    log_std = posterior.log_standard_deviation().astype(np.float64)
    if np.isneginf(log_std).any():
        raise ValueError("posterior must have positive standard deviations: a prior_std is 0")
    std = np.exp(log_std)
    if (std == 0).any():
        raise ValueError("posterior must have positive standard deviations: one has underflowed")
    generator = np.random.default_rng(rng)
    ratios = np.empty((len(mean), samples))
    rows = max(1, _CHUNK // (samples * mean.size))
    for start in range(0, len(mean), rows):
        part = slice(start, start + rows)
        noise = generator.standard_normal((len(mean[part]), samples, mean.shape[1]))
        conditional = -(0.5 * noise**2 + log_std[part, None]).sum(-1)
        ratios[part] = conditional - _log_mixture(part, noise, mean, std, log_std)
    spread = ratios.var(axis=1, ddof=1).sum() / samples
    return InformationEstimate(
        mutual_information=float(ratios.mean()),
        standard_error=float(np.sqrt(spread)) / len(mean),
        mean_kl=mean_kl(posterior),
        samples=ratios.size,
    )


def _log_mixture(part: slice, noise: Real, mean: Real, std: Real, log_std: Real) -> Real:
    """Return log of the mean density over all instances, up to −K/2·log 2π, by log-sum-exp.

    At the latents μ + σ·noise of the instances in `part`, which are never formed: where σ is far
    below μ they would round to μ.
    """
    distance = mean[part, None, None] - mean
    with np.errstate(over="ignore"):  # density 0
        score = (distance + (std[part, None] * noise)[..., None, :]) / std
        logs = -(0.5 * score**2 + log_std).sum(-1)
    largest = logs.max(-1, keepdims=True)
    total = np.exp(logs - largest).mean(-1)
    mixture: Real = np.log(total) + largest[..., 0]
    return mixture


def _numpy(posterior: Posterior) -> SlashedNormal:
    """The posterior as that of NumPy, of shape (N, K)."""
    got = posterior.numpy() if isinstance(posterior, _HasNumpy) else posterior
    if not isinstance(got, SlashedNormal):
        kind = type(posterior)
        raise TypeError(
            "posterior must be a stdplus_ref.SlashedNormal or a stdplus_ref.torch.SlashedNormal, "
            f"got {kind.__module__}.{kind.__qualname__}"
        )
    if len(got.shape) != 2 or 0 in got.shape:
        raise ValueError(f"posterior must have shape (N, K), not empty, got {got.shape}")
    return got
