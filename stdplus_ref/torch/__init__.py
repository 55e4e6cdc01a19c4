"""The six functions and the Slashed Normal for PyTorch, differentiable any number of times.

>>> import torch
>>> from stdplus_ref.torch import stdplus
>>> x = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
>>> stdplus(x)
tensor([0.0824, 1.0000, 2.6338], grad_fn=<_DerivativeBackward>)

Functions take and return tensors of float16, bfloat16, float32 or float64 on any device. Eager
calls on the CPU run the NumPy ufuncs on the tensor's memory; everything else, `torch.compile`
included, is made of plain tensor operations that fuse. float16 and bfloat16 are computed in
float32. `torch.compile`, `torch.export`, `torch.func`, forward mode and meta tensors work; in
compiled code derivatives are those of reverse mode.

Needs PyTorch: ``pip install "stdplus-ref[torch]"``.
"""

# mypy: ignore-missing-imports

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        'stdplus_ref.torch needs PyTorch: pip install "stdplus-ref[torch]"'
    ) from error

from stdplus_ref.torch.distribution import SlashedNormal
from stdplus_ref.torch.functions import (
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    stdplus,
    stdplus_derivative,
)
from stdplus_ref.torch.modules import RateNorm, SlashedNormalHead

__all__ = [
    "RateNorm",
    "SlashedNormal",
    "SlashedNormalHead",
    "inv_log_stdplus",
    "inv_stdplus",
    "log_stdplus",
    "log_stdplus_derivative",
    "stdplus",
    "stdplus_derivative",
]
