"""Network modules: from raw outputs to Slashed Normals, at a free or at a fixed rate."""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from stdplus_ref._arguments import choice, count
from stdplus_ref.torch.distribution import SlashedNormal
from stdplus_ref.torch.functions import HALF_TYPES

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
    prior_mean : Tensor, Parameter or float, default 0
        Mean μ0 of the prior, broadcast against (..., K). A `torch.nn.Parameter` becomes one of the
        module's parameters and is trained with it; anything else is saved with it, not trained.
    prior_std : Tensor, Parameter or float, default 1
        Standard deviation σ0 > 0 of the prior. A Parameter's sign is checked here only: keep it
        positive while you train it.

    Raises
    ------
    ValueError
        If `prior_mean` is not finite or `prior_std` not positive and finite.
    TypeError
        If one of them is not a real tensor or number.

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
        self._keep("prior_mean", prior_mean, torch.isfinite, "finite")
        self._keep("prior_std", prior_std, _is_positive, "positive and finite")

    def _keep(
        self, name: str, value: Any, check: Callable[[Tensor], Tensor], expected: str
    ) -> None:
        """Make a part of the prior a parameter if it is one, else a buffer."""
        if not isinstance(value, Tensor | Real):
            raise TypeError(f"{name} must be a real tensor or number, got {type(value).__name__}")
        tensor = value if isinstance(value, Tensor) else torch.as_tensor(float(value))
        if tensor.is_complex():
            raise TypeError(f"{name} must be real, got {tensor.dtype}")
        if not tensor.is_meta and not bool(check(tensor).all()):
            raise ValueError(f"{name} must be {expected}, got {value!r}")
        if isinstance(value, nn.Parameter):
            self.register_parameter(name, value)
        else:
            self.register_buffer(name, tensor)

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
        Mean rate δ ≥ 0 per instance, E‖ψ‖² = δ (Eq. 43): a number or a tensor of one element.
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
        scaled. The first batch sets it. It stays float32 where the module is cast to a 16-bit type.
    batches_seen : Tensor
        How many batches it has learned from. A batch whose mean square is not finite is scaled like
        any other, NaN to NaN, but not learned from.

    Raises
    ------
    ValueError
        If `rate_per_instance`, `momentum` or `dimensions` is out of range, or a name is unknown.
    TypeError
        If `rate_per_instance` or `momentum` is not a real number.

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
        rate = _number("rate_per_instance", rate_per_instance)
        nats = rate * _NATS[choice("unit", unit, tuple(_NATS))]
        if not 0 <= nats < math.inf:
            raise ValueError(f"rate_per_instance must be finite and ≥ 0, got {rate_per_instance!r}")
        if momentum is not None and not 0 < _number("momentum", momentum) <= 1:
            raise ValueError(f"momentum must lie in (0, 1], got {momentum!r}")
        if mode == "feature" and dimensions is None:
            raise ValueError('mode "feature" needs `dimensions`, the number of features')
        self.momentum = None if momentum is None else float(momentum)
        self.dimensions = None if dimensions is None else count("dimensions", dimensions, 1)
        root = math.sqrt(nats)
        learned = choice("learnable", learnable, (False, True))
        self.root = nn.Parameter(torch.tensor(root)) if learned else root
        shape = (self.dimensions,) if mode == "feature" and self.dimensions is not None else ()
        dtype = torch.promote_types(torch.get_default_dtype(), torch.float32)
        self.register_buffer("running_mean_square", torch.zeros(shape, dtype=dtype))
        self.register_buffer("batches_seen", torch.zeros((), dtype=torch.long))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> RateNorm:
        """Move and cast as any module, but keep the statistics out of 16-bit types."""

        def careful(tensor: Tensor) -> Tensor:
            moved = fn(tensor)
            if tensor is not self.running_mean_square or moved.dtype not in HALF_TYPES:
                return moved
            return tensor.to(moved.device, torch.promote_types(tensor.dtype, torch.float32))

        super()._apply(careful, recurse)
        return self

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
        if active.dtype in HALF_TYPES:
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
        _check(
            self.batches_seen > 0,
            "no running statistics yet: call in training mode first, with finite batches",
        )
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
        """Update the running statistics with Σ|ψ̃|² of each set, if all are finite."""
        known = self.running_mean_square
        mean_square = (total / instances).reshape(known.shape).to(known.dtype)
        finite = mean_square.isfinite().all()
        self.batches_seen += finite
        if self.momentum is None:
            weight = 1 / self.batches_seen.to(known.dtype)
        else:
            later = known.new_full((), self.momentum)
            weight = torch.where(self.batches_seen == 1, torch.ones_like(later), later)
        known.copy_(torch.where(finite, known.lerp(mean_square, weight), known))

    def _check_direction(self, zero: Tensor) -> None:
        if self.on_zero == "keep":
            return
        _check(
            ~zero | (self.root == 0),
            f"raw has sets (mode {self.mode!r}) that are all zero and so have no direction to give "
            "a positive rate; on_zero='keep' leaves them at rate 0",
        )


def _check(holds: Tensor, message: str) -> None:
    """Raise ValueError unless it holds everywhere; in compiled code a RuntimeError, when run.

    The message becomes C++ text there, and Inductor does not escape it: no double quotes.
    """
    if torch.compiler.is_compiling():
        torch._assert_async(holds.all(), message)
    elif not holds.is_meta and not bool(holds.all()):
        raise ValueError(message)


def _is_positive(x: Tensor) -> Tensor:
    return torch.isfinite(x) & (x > 0)


def _number(name: str, value: Any) -> float:
    """A real number, or what a tensor of one element holds, as a float."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        if value.requires_grad:
            raise TypeError(
                f"{name} must be a number, got a tensor that requires a gradient and would not get "
                "one; learnable=True makes √δ a parameter"
            )
        return float(value)
    if isinstance(value, Real):
        return float(value)
    got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
    raise TypeError(f"{name} must be a real number, got {got}")


def _check_raw(raw: Any) -> None:
    if not isinstance(raw, Tensor) or not raw.is_floating_point():
        raise TypeError(f"raw must be a real floating-point tensor, got {type(raw).__name__}")
    if raw.dim() == 0 or raw.shape[-1] % 2:
        raise ValueError(
            f"raw must have an even last dimension 2K (real parts, then imaginary parts), "
            f"got shape {tuple(raw.shape)}"
        )
