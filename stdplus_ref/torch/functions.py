"""The six functions of tensors.

Each is one of four families or its derivative, and `_Derivative` is the derivative of any order of
any family: its own derivative is itself at the next order, so it can be differentiated without end.
"""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import functools
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad

from stdplus_ref import cpu
from stdplus_ref.arrays.higher import evaluate
from stdplus_ref.torch._operations import OPERATIONS

_UFUNCS: Final = {
    ("stdplus", 0): "stdplus",
    ("stdplus", 1): "stdplus_derivative",
    ("log_stdplus", 0): "log_stdplus",
    ("log_stdplus", 1): "log_stdplus_derivative",
    ("inv_stdplus", 0): "inv_stdplus",
    ("inv_log_stdplus", 0): "inv_log_stdplus",
}
"""The ufunc that gives the derivative of an order of a family."""

HALF_TYPES: Final = (torch.float16, torch.bfloat16)
"""Computed in float32."""


def stdplus(x: Tensor) -> Tensor:
    """The stdplus function: the standard deviation of the Slashed Normal (Eq. 13).

    Parameters
    ----------
    x : Tensor
        float16, bfloat16, float32 or float64, any shape, on any device.

    Returns
    -------
    Tensor
        Of the shape, type and device of `x`. Special values and accuracy: `stdplus_ref.spec`.

    Raises
    ------
    TypeError
        If `x` is not a dense tensor of one of the four types.
    """
    return _call(x, "stdplus", 0, "x")


def log_stdplus(x: Tensor) -> Tensor:
    """Natural logarithm of `stdplus`, for arguments where that underflows.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "log_stdplus", 0, "x")


def stdplus_derivative(x: Tensor) -> Tensor:
    """Derivative of `stdplus` (Eq. 31), 1/√2 at 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "stdplus", 1, "x")


def log_stdplus_derivative(x: Tensor) -> Tensor:
    """Derivative of `log_stdplus`, 1/√2 at 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "log_stdplus", 1, "x")


def inv_stdplus(y: Tensor) -> Tensor:
    """Inverse of `stdplus`: −∞ at 0, NaN for y < 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(y, "inv_stdplus", 0, "y")


def inv_log_stdplus(t: Tensor) -> Tensor:
    """Inverse of `log_stdplus`.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(t, "inv_log_stdplus", 0, "t")


def _call(x: Tensor, family: str, order: int, argument: str) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"{argument} must be a torch.Tensor, got {type(x).__name__}")
    if x.layout != torch.strided or x.is_nested:
        got = "a nested one" if x.is_nested else f"layout {x.layout}"
        raise TypeError(f"{argument} must be a dense tensor, got {got}")
    x = x.resolve_neg()  # views of bits, and NumPy, ignore or refuse a lazy sign
    if x.dtype in OPERATIONS:
        return _apply(x, family, order)
    if x.dtype in HALF_TYPES:
        return _apply(x.to(torch.float32), family, order).to(x.dtype)
    raise TypeError(f"{argument} must be float16, bfloat16, float32 or float64, got {x.dtype}")


def _apply(x: Tensor, family: str, order: int) -> Tensor:
    if torch.compiler.is_compiling():
        # A Function with a `jvp` cannot be compiled together with its backward.
        result: Tensor = _CompiledDerivative.apply(x, family, order)
    elif _is_constant(x):
        result = _values(x, family, order)
    else:
        result = _Derivative.apply(x, family, order)
    return result


def _is_constant(x: Tensor) -> bool:
    """Whether nothing can ask for a derivative by x: a plain tensor off any graph."""
    if torch.is_grad_enabled() and x.requires_grad:
        return False
    return is_plain(x) and forward_ad._current_level < 0


def is_plain(x: Tensor) -> bool:
    """Whether x is just memory: no subclass, no transform, nobody recording operations."""
    return (
        type(x) in (Tensor, torch.nn.Parameter)
        and torch._C._len_torch_dispatch_stack() == 0
        and not torch._C._functorch.is_functorch_wrapped_tensor(x)
        and torch._C._functorch.maybe_current_level() is None
        and not torch._C._is_tracing()
    )


def _values(x: Tensor, family: str, order: int) -> Tensor:
    """The derivative of an order of a family, as numbers."""
    if not torch.compiler.is_compiling() and x.device.type == "cpu":
        ufunc = _UFUNCS.get((family, order))
        if ufunc is not None and is_plain(x):
            return _by_ufunc(ufunc, x)
    result: Tensor = evaluate(OPERATIONS[x.dtype], family, order, x)
    return result


def _by_ufunc(name: str, x: Tensor) -> Tensor:
    """Run a ufunc from the memory of x into that of a new tensor."""
    x = x.detach()
    result = torch.empty_like(x)
    _quiet(getattr(cpu, name))(x.numpy(), out=result.numpy())
    return result


@functools.cache
def _quiet(ufunc: Any) -> Any:
    """The ufunc without warnings, of which PyTorch gives none."""
    import numpy as np

    return np.errstate(all="ignore")(ufunc)


class _CompiledDerivative(Function):
    """The derivative of order `order` of a family of functions."""

    @staticmethod
    def forward(x: Tensor, family: str, order: int) -> Tensor:
        return _values(x, family, order)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, str, int], output: Tensor) -> None:
        x, ctx.family, ctx.order = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return grad * _apply(x, ctx.family, ctx.order + 1), None, None


class _Derivative(_CompiledDerivative):
    """The same with forward mode and vmap, for eager execution."""

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        (x,) = ctx.saved_tensors
        return tangent * _apply(x, ctx.family, ctx.order + 1)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, None, None], x: Tensor, family: str, order: int
    ) -> tuple[Tensor, int | None]:
        return _apply(x, family, order), in_dims[0]
