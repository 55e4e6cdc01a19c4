"""Network modules: from raw outputs to Slashed Normals, at a free or at a fixed rate."""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from stdplus_ref._arguments import choice
from stdplus_ref.torch.distribution import SlashedNormal

Mode: TypeAlias = Literal["batch", "instance", "feature"]
Part: TypeAlias = Literal["complex", "real"]
Unit: TypeAlias = Literal["nats", "bits"]
OnZero: TypeAlias = Literal["raise", "keep"]

_AXES: dict[str, tuple[int, ...]] = {"batch": (0, 1), "instance": (1,), "feature": (0,)}
_NATS: dict[str, float] = {"nats": 1.0, "bits": math.log(2)}


class SlashedNormalHead(nn.Module):
    """Reads a network's raw output as KL amplitudes: the last layer of an encoder.

    The last dimension, 2K long, holds K real parts and then K imaginary parts.

    Parameters
    ----------
    prior_mean : Tensor or float, default 0
        Mean μ0 of the prior, broadcast against (..., K). Saved with the module, not trained.
    prior_std : Tensor or float, default 1
        Standard deviation σ0 > 0 of the prior.

    Examples
    --------
    >>> import torch
    >>> from stdplus_ref.torch import SlashedNormalHead
    >>> encoder = torch.nn.Sequential(torch.nn.Linear(64, 16), SlashedNormalHead())
    >>> posterior = encoder(torch.zeros(5, 64))
    >>> posterior.rsample().shape, posterior.kl().shape
    (torch.Size([5, 8]), torch.Size([5, 8]))
    """

    prior_mean: Tensor
    prior_std: Tensor

    def __init__(self, prior_mean: Tensor | float = 0.0, prior_std: Tensor | float = 1.0) -> None:
        super().__init__()
        self.register_buffer("prior_mean", torch.as_tensor(prior_mean))
        self.register_buffer("prior_std", torch.as_tensor(prior_std))
        if not self.prior_std.is_meta and not bool((self.prior_std > 0).all()):
            raise ValueError(f"prior_std must be positive, got {prior_std!r}")

    def forward(self, raw: Tensor) -> SlashedNormal:
        """Return the distribution of shape (..., K) for `raw` of shape (..., 2K).

        Raises
        ------
        ValueError
            If the last dimension is missing or odd.
        """
        _check_raw(raw)
        a, b = raw.chunk(2, dim=-1)
        mean, std = self.prior_mean.to(raw.dtype), self.prior_std.to(raw.dtype)
        return SlashedNormal(a, b, mean, std, validate_args=False)


class RateNorm(nn.Module):
    """Scales raw KL amplitudes to a given rate, as `stdplus_ref.rate.RateNormalizer` does (Eq. 20).

    ψ = √δ·ψ̃/‖ψ̃‖ over all amplitudes of the batch, over each instance, or over each feature. In
    training the statistics are those of the batch, and running ones are learned; in evaluation
    (`eval()`) the running ones are used. ``instance`` needs none.

    Parameters
    ----------
    rate_per_instance : float
        Mean rate δ ≥ 0 per instance, E‖ψ‖² = δ (Eq. 43).
    mode : {"batch", "instance", "feature"}
        ``feature`` gives every dimension δ/K.
    dimensions : int, optional
        K; required for ``feature``.
    part : {"complex", "real"}
        With "real" only the real part is scaled; the rate is then δ + E‖b‖².
    unit : {"nats", "bits"}
        Unit of the rate.
    on_zero : {"raise", "keep"}
        What to do with a set of zeros, which has no direction: raise (on a GPU this waits for the
        result), or keep it at rate 0.
    momentum : float or None, default 0.1
        Weight of a new batch in the running statistics; None averages all equally.
    learnable : bool, default False
        Whether √δ is a parameter, the learnable rate of §6.2.

    Attributes
    ----------
    root : float or Parameter
        √δ in the square root of nats: a number, or a parameter if learnable.
    running_mean_square : Tensor
        Running mean of ‖ψ̃‖² per instance (shape ()) or of |ψ̃_k|² (shape (K,)), of the part that is
        scaled. The first batch sets it.
    batches_seen : Tensor

    Examples
    --------
    >>> import torch
    >>> from stdplus_ref.torch import RateNorm, SlashedNormalHead
    >>> encoder = torch.nn.Sequential(RateNorm(2.0, "instance"), SlashedNormalHead())
    >>> encoder(torch.ones(3, 8)).kl().sum(-1)
    tensor([2.0000, 2.0000, 2.0000])
    """

    root: float | nn.Parameter
    running_mean_square: Tensor
    batches_seen: Tensor

    def __init__(
        self,
        rate_per_instance: float,
        mode: Mode,
        *,
        dimensions: int | None = None,
        part: Part = "complex",
        unit: Unit = "nats",
        on_zero: OnZero = "raise",
        momentum: float | None = 0.1,
        learnable: bool = False,
    ) -> None:
        super().__init__()
        self.mode: Mode = choice("mode", mode, tuple(_AXES))
        self.part: Part = choice("part", part, ("complex", "real"))
        self.on_zero: OnZero = choice("on_zero", on_zero, ("raise", "keep"))
        nats = rate_per_instance * _NATS[choice("unit", unit, tuple(_NATS))]
        if not 0 <= nats < math.inf:
            raise ValueError(f"rate_per_instance must be finite and ≥ 0, got {rate_per_instance!r}")
        if momentum is not None and not 0 < momentum <= 1:
            raise ValueError(f"momentum must lie in (0, 1], got {momentum!r}")
        if mode == "feature" and dimensions is None:
            raise ValueError('mode "feature" needs `dimensions`, the number of features')
        self.momentum = momentum
        self.dimensions = dimensions
        root = math.sqrt(nats)
        self.root = nn.Parameter(torch.tensor(root)) if learnable else root
        shape = (dimensions,) if mode == "feature" and dimensions is not None else ()
        self.register_buffer("running_mean_square", torch.zeros(shape))
        self.register_buffer("batches_seen", torch.zeros((), dtype=torch.long))

    def extra_repr(self) -> str:
        """Show the settings."""
        rate = f"{float(self.root) ** 2:g} nats"
        return f"{rate}, mode={self.mode!r}, part={self.part!r}, on_zero={self.on_zero!r}"

    def forward(self, raw: Tensor) -> Tensor:
        """Return amplitudes of the given mean rate, for `raw` of shape (N, 2K), in that layout.

        Raises
        ------
        ValueError
            If the shape does not fit, a set is zero (see `on_zero`), or in evaluation if no batch
            has been seen.
        """
        _check_raw(raw)
        if raw.dim() != 2 or raw.numel() == 0:
            raise ValueError(f"raw must have shape (N, 2K), not empty, got {tuple(raw.shape)}")
        pairs = raw.unflatten(-1, (2, -1))  # (N, 2, K)
        if self.dimensions not in (None, pairs.shape[-1]):
            raise ValueError(f"raw must have {self.dimensions} dimensions, got {pairs.shape[-1]}")
        active = pairs if self.part == "complex" else pairs[:, :1]
        if active.dtype in (torch.float16, torch.bfloat16):
            active = active.to(torch.float32)  # for the sums of squares
        if self.mode == "instance" or self.training:
            scaled = self._by_batch(active)
        else:
            scaled = self._by_running_statistics(active)
        scaled = scaled.to(raw.dtype)
        if self.part == "real":
            scaled = torch.cat([scaled, pairs[:, 1:]], dim=1)
        return scaled.flatten(1)

    def _by_batch(self, active: Tensor) -> Tensor:
        axes = tuple(2 * axis for axis in _AXES[self.mode])  # of (N, 2, K)
        share = {
            "batch": active.shape[0],
            "instance": 1,
            "feature": active.shape[0] / active.shape[-1],
        }[self.mode]
        largest = active.detach().abs().amax((1, *axes), keepdim=True)
        zero = largest == 0
        self._check_direction(zero)
        unscaled = active / torch.where(zero, 1.0, largest)  # no overflow or underflow in squares
        total = (unscaled * unscaled).sum((1, *axes), keepdim=True)
        factor = self._root(active) * share**0.5 / torch.where(zero, 1.0, total).sqrt()
        if self.mode != "instance":
            self._learn(total.detach() * largest * largest, active.shape[0])
        return unscaled * torch.where(zero, 0.0, factor)

    def _by_running_statistics(self, active: Tensor) -> Tensor:
        seen = self.batches_seen
        if not (torch.compiler.is_compiling() or seen.is_meta) and int(seen) == 0:
            raise ValueError("no running statistics yet: call in training mode first")
        spread = self.running_mean_square.to(active.dtype)
        share = active.shape[-1] if self.mode == "feature" else 1
        zero = spread == 0
        self._check_direction(zero)
        factor = self._root(active) / (share**0.5 * torch.where(zero, 1.0, spread).sqrt())
        return active * torch.where(zero, 0.0, factor)

    def _root(self, active: Tensor) -> Tensor | float:
        return self.root if isinstance(self.root, float) else self.root.abs().to(active.dtype)

    @torch.no_grad()
    def _learn(self, total: Tensor, instances: int) -> None:
        """Update the running statistics with Σ|ψ̃|² of each set."""
        mean_square = (total / instances).reshape(self.running_mean_square.shape)
        self.batches_seen += 1
        known = self.running_mean_square
        if self.momentum is None:
            weight = 1 / self.batches_seen.to(known.dtype)
        else:
            later = known.new_full((), self.momentum)
            weight = torch.where(self.batches_seen == 1, torch.ones_like(later), later)
        known.lerp_(mean_square.to(known.dtype), weight)

    def _check_direction(self, zero: Tensor) -> None:
        if self.on_zero == "keep" or zero.is_meta:
            return
        bad = zero & (self.root != 0)
        message = (
            f"raw has sets (mode {self.mode!r}) that are all zero and so have no direction to give "
            'a positive rate; on_zero="keep" leaves them at rate 0'
        )
        if torch.compiler.is_compiling():
            torch._assert_async(~bad.any(), message)
        elif bool(bad.any()):
            raise ValueError(message)


def _check_raw(raw: Any) -> None:
    if not isinstance(raw, Tensor) or not raw.is_floating_point():
        raise TypeError(f"raw must be a real floating-point tensor, got {type(raw).__name__}")
    if raw.dim() == 0 or raw.shape[-1] % 2:
        raise ValueError(
            f"raw must have an even last dimension 2K (real parts, then imaginary parts), "
            f"got shape {tuple(raw.shape)}"
        )
