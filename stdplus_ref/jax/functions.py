"""The six functions of JAX arrays.

Each is one of four families or its derivative, and `_derivative` is the derivative of any order of
any family: its own derivative is itself at the next order, so it can be differentiated without end.
"""

# mypy: ignore-missing-imports, disable-error-code="untyped-decorator,no-any-return"

from __future__ import annotations

import functools
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from stdplus_ref.arrays.higher import evaluate
from stdplus_ref.jax._operations import OPERATIONS

_HALF_TYPES: Final = ("float16", "bfloat16")
_NUMBERS: Final = (jax.Array, np.ndarray, np.generic, bool, int, float, complex)


def stdplus(x: ArrayLike) -> Array:
    """The stdplus function: the standard deviation of the Slashed Normal (Eq. 13).

    Parameters
    ----------
    x : array_like
        An array of float16, bfloat16, float32 or float64, any shape. As in `jax.numpy`, integers
        and booleans are taken for numbers of the default float type, and Python numbers give way
        to the type of what they are combined with.

    Returns
    -------
    jax.Array
        Of the shape and type of `x`. Special values and accuracy: `stdplus_ref.spec`.

    Raises
    ------
    TypeError
        If `x` is not an array or a number, or of another type: complex, say.
    """
    return _call(x, "stdplus", 0, "x")


def log_stdplus(x: ArrayLike) -> Array:
    """Natural logarithm of `stdplus`, for arguments where that underflows.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "log_stdplus", 0, "x")


def stdplus_derivative(x: ArrayLike) -> Array:
    """Derivative of `stdplus` (Eq. 31), 1/√2 at 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "stdplus", 1, "x")


def log_stdplus_derivative(x: ArrayLike) -> Array:
    """Derivative of `log_stdplus`, 1/√2 at 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(x, "log_stdplus", 1, "x")


def inv_stdplus(y: ArrayLike) -> Array:
    """Inverse of `stdplus`: −∞ at 0, NaN for y < 0.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(y, "inv_stdplus", 0, "y")


def inv_log_stdplus(t: ArrayLike) -> Array:
    """Inverse of `log_stdplus`.

    Parameters, result and errors as for `stdplus`.
    """
    return _call(t, "inv_log_stdplus", 0, "t")


def _call(x: Any, family: str, order: int, argument: str) -> Array:
    return _apply(_checked(x, argument), family, order)


def _checked(x: Any, argument: str) -> Array:
    """An argument as an array of a floating-point, integer or boolean type."""
    if not isinstance(x, _NUMBERS) and hasattr(x, "__jax_array__"):
        x = x.__jax_array__()
    if not isinstance(x, _NUMBERS):
        raise TypeError(f"{argument} must be an array or a number, got {type(x).__name__}")
    if type(x) is int:
        x = float(x)  # and so not limited to the integers of JAX
    dtype = getattr(x, "dtype", np.dtype(type(x)))
    whole = jnp.issubdtype(dtype, jnp.integer) or dtype == np.bool_
    if not whole and dtype.name not in (*_HALF_TYPES, *OPERATIONS):
        raise TypeError(
            f"{argument} must be real: float16, bfloat16, float32 or float64, or of an integer "
            f"type; got {dtype.name}"
        )
    return jnp.asarray(x)


@functools.partial(jax.jit, static_argnums=(1, 2))
def _apply(x: Array, family: str, order: int) -> Array:
    dtype = jax.eval_shape(jnp.exp, x).dtype  # that of x, or what integers become
    computed_in = jnp.float32 if dtype.name in _HALF_TYPES else dtype
    y = _derivative(jnp.asarray(x, computed_in), family, order).astype(dtype)
    if x.weak_type:
        y = lax.convert_element_type_p.bind(y, new_dtype=dtype, weak_type=True, sharding=None)
    return y


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _derivative(x: Array, family: str, order: int) -> Array:
    """The derivative of an order of a family."""
    return _values(x, family, order)


@functools.partial(jax.jit, static_argnums=(1, 2))
def _values(x: Array, family: str, order: int) -> Array:
    """The same as numbers, traced once for all the places that need it."""
    return evaluate(OPERATIONS[x.dtype.name], family, order, x)


@_derivative.defjvp
def _next(
    family: str, order: int, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return _derivative(x, family, order), dx * _derivative(x, family, order + 1)
