"""The six functions for JAX, differentiable any number of times.

>>> import jax, jax.numpy as jnp
>>> from stdplus_ref.jax import stdplus
>>> stdplus(jnp.array([-2.0, 0.0, 2.0]))
Array([0.0823639, 1.       , 2.6337895], dtype=float32)
>>> jax.grad(jax.grad(stdplus))(0.0)
Array(0.16666667, dtype=float32, weak_type=True)

Functions take what those of `jax.numpy` take, with 64-bit numbers enabled or not, and are compiled
at the first call with each shape and type. float16 and bfloat16 are computed in float32. `jit`,
`vmap`, `grad`, `jvp`, `hessian` and all other transformations work, to any order of derivative.

On the CPU JAX takes subnormal numbers for 0 (`docs/ports.md`).

Needs JAX: ``pip install "stdplus-ref[jax]"``.
"""

# mypy: ignore-missing-imports

try:
    import jax as _jax  # noqa: F401
except ImportError as error:
    raise ImportError('stdplus_ref.jax needs JAX: pip install "stdplus-ref[jax]"') from error

from stdplus_ref.jax.functions import (
    inv_log_stdplus,
    inv_stdplus,
    log_stdplus,
    log_stdplus_derivative,
    stdplus,
    stdplus_derivative,
)

__all__ = [
    "inv_log_stdplus",
    "inv_stdplus",
    "log_stdplus",
    "log_stdplus_derivative",
    "stdplus",
    "stdplus_derivative",
]
