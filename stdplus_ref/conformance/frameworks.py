"""A Python callable as a function of bits: its framework's array in, results checked, bits out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from stdplus_ref.conformance.formats import FORMATS, Bits, Format
from stdplus_ref.conformance.port import PortError

FRAMEWORKS: Final = ("numpy", "torch", "jax")

OnBits = Callable[[Bits], Bits]

After = Callable[[Bits, Bits], None]
"""Told the bits of the argument before and after a call."""


def _unheard(before: Bits, after: Bits) -> None:
    """Tell nobody."""


def on_bits(
    function: Callable[[Any], Any],
    fmt: Format,
    framework: str = "numpy",
    device: str = "cpu",
    derivative: bool = False,
    after: After = _unheard,
) -> OnBits:
    """Wrap a callable that takes and returns one-dimensional arrays of `framework`.

    Parameters
    ----------
    function : callable
    fmt : Format
        Type of its argument and result.
    framework : {"numpy", "torch", "jax"}
    device : str
        As torch spells it (``"cuda:0"``), or a platform of JAX (``"gpu"``).
    derivative : bool
        Judge not the result but its derivative by the framework's automatic differentiation
        (reverse mode; the argument is a leaf, the cotangent is 1).
    after : callable
        Called after each call with the bits of the argument before and after; not for JAX, whose
        arrays cannot be changed.

    Returns
    -------
    callable
        From bits to bits. It raises `PortError` when the result is of another type, shape or
        framework, and passes on what `function` raises.

    Raises
    ------
    PortError
        The framework, the device or the type is not there.
    """
    builders = {"numpy": _numpy, "torch": _torch, "jax": _jax}
    return builders[framework](function, fmt, device, derivative, after)


def _numpy(
    function: Callable[[Any], Any], fmt: Format, device: str, derivative: bool, after: After
) -> OnBits:
    if derivative:
        raise PortError("numpy has no automatic differentiation: --derivative needs torch or jax.")
    if device != "cpu":
        raise PortError(f"numpy computes on the cpu; it has no device {device!r}.")
    dtype = np.dtype(_bfloat16() if fmt.name == "bfloat16" else fmt.name)

    def compute(bits: Bits) -> Bits:
        argument = bits.copy()
        with np.errstate(all="ignore"):
            result = function(argument.view(dtype))
        _expect_array(result, np.ndarray, "numpy.ndarray")
        if isinstance(result, np.ma.MaskedArray):
            raise PortError(
                "it must return a numpy.ndarray, but it returned a masked array: look at numpy.ma "
                f"on the way, which hides {int(np.ma.getmaskarray(result).sum())} results here."
            )
        found = result.dtype  # that of another byte order has the same name
        _expect(found.name if found.isnative else str(found), fmt.name, result.shape, bits.shape)
        after(bits, argument)
        return np.ascontiguousarray(result).view(fmt.unsigned)

    return compute


def _torch(
    function: Callable[[Any], Any], fmt: Format, device: str, derivative: bool, after: After
) -> OnBits:
    torch = _module("torch")
    dtype = getattr(torch, fmt.name)
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise PortError(f"torch has no device {device!r} here: {_first_line(error)}") from None
    signed = np.dtype(f"i{fmt.width // 8}")

    def on_host(y: Any) -> Bits:
        array: Bits = y.detach().cpu().contiguous().view(getattr(torch, signed.name)).numpy()
        return array.view(fmt.unsigned)

    def compute(bits: Bits) -> Bits:
        x = torch.from_numpy(bits.copy().view(signed)).view(dtype).to(device)
        x.requires_grad_(derivative)
        y = function(x)
        _expect_array(y, torch.Tensor, "torch.Tensor")
        _expect(str(y.dtype).removeprefix("torch."), fmt.name, tuple(y.shape), bits.shape)
        if derivative:
            (y,) = torch.autograd.grad(y, x, torch.ones_like(y))
            _expect(str(y.dtype).removeprefix("torch."), fmt.name, tuple(y.shape), bits.shape)
        after(bits, on_host(x))
        return on_host(y)

    return compute


def _jax(
    function: Callable[[Any], Any], fmt: Format, device: str, derivative: bool, after: After
) -> OnBits:
    jax = _module("jax")
    if fmt.name == "float64":
        jax.config.update("jax_enable_x64", True)
    try:
        place = jax.devices(device)[0]
    except RuntimeError as error:
        raise PortError(f"jax has no device {device!r} here: {_first_line(error)}") from None
    dtype = np.dtype(_bfloat16() if fmt.name == "bfloat16" else fmt.name)

    def compute(bits: Bits) -> Bits:
        x = jax.device_put(bits.copy().view(dtype), place)
        if derivative:
            y, pullback = jax.vjp(function, x)
            (y,) = pullback(jax.numpy.ones_like(y))
        else:
            y = function(x)
        _expect_array(y, jax.Array, "jax.Array")
        _expect(y.dtype.name, fmt.name, y.shape, bits.shape)
        return np.ascontiguousarray(np.asarray(y)).view(fmt.unsigned)

    return compute


def _expect_array(result: Any, kind: type, name: str) -> None:
    if not isinstance(result, kind):
        raise PortError(f"it must return a {name}, but it returned a {type(result).__name__}.")


def _expect(got: str, dtype: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if shape != wanted:
        raise PortError(f"given an array of shape {wanted} it returned one of shape {shape}.")
    if got != dtype:
        raise PortError(
            f"given {dtype} it must return {dtype}, but it returned {got}. {_hint(got)}"
        )


def _hint(got: str) -> str:
    """What to look at when results have the type `got`."""
    if got.startswith((">", "<")):
        return "Look at the byte order: it is that of another machine."
    if got in FORMATS:
        return f"Look at the casts on the way; a port for {got} is judged with --dtype {got}."
    return "Look at the casts on the way."


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PortError(f"--framework {name} needs {name}: pip install {name} ({error}).") from None


def _bfloat16() -> Any:
    try:
        return importlib.import_module("ml_dtypes").bfloat16
    except ImportError:
        raise PortError(
            "NumPy has no bfloat16 of its own; the kit takes that of ml_dtypes: "
            "pip install ml_dtypes."
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
