"""Time of the PyTorch port on this machine, for 10^5 numbers from N(0, 2²) (|N(0, 2²)| for
inv_stdplus), on one thread, as ratios of interleaved pairs. Eager calls beside the NumPy ufunc on
the same memory, both making a new array for the results, and beside eager stdplus-ext where that is
installed; calls under torch.compile beside stdplus-ext under torch.compile, values and gradients.

Without PyTorch nothing is run. How accurate the ports are is measured by `python -m
validation.ports`; times of the JAX port by `python -m validation.jax_timing`.
"""

# mypy: ignore-missing-imports

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

import stdplus_ref
from stdplus_ref import spec
from validation.core import Cell, Claim, Context
from validation.timing import Call, Timing, paired

NAME = "ports"
TITLE = "Ports: speed of the PyTorch port beside NumPy and stdplus-ext"
QUICK = False

SIZE: Final = 100_000
ROUNDS: Final = 41
EAGER_BAR: Final = 1.5
COMPILED_BAR: Final = 1.0
FAMILIES: Final = ("stdplus", "log_stdplus", "inv_stdplus", "inv_log_stdplus")

Function = Callable[[Any], Any]


def run(context: Context, size: int = SIZE, rounds: int = ROUNDS) -> Sequence[Claim]:
    """Measure what is installed."""
    if find_spec("torch") is None:
        context.progress('nothing was run: PyTorch is missing, pip install ".[torch]"')
        return []
    torch: Any = import_module("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        claims = list(_eager(context, size, rounds))
        if find_spec("stdplus_ext") is None:
            context.progress("no comparison with stdplus-ext: it is not installed")
        else:
            claims += _compiled(context, size, rounds)
    finally:
        torch.set_num_threads(threads)
    return claims


def _arguments(context: Context, name: str, dtype: str, size: int) -> Any:
    x = context.rng.normal(0, 2, size).astype(dtype)
    return import_module("torch").from_numpy(np.abs(x) if name == "inv_stdplus" else x)


def _theirs(name: str) -> Function | None:
    """The function of stdplus-ext, if it is there and has it."""
    if find_spec("stdplus_ext") is None or name not in FAMILIES:
        return None
    found: Function = getattr(import_module("stdplus_ext"), name)
    return found


def _eager(context: Context, size: int, rounds: int) -> Iterator[Claim]:
    rows: list[list[Cell]] = []
    for name in spec.NAMES:
        ours = getattr(import_module("stdplus_ref.torch"), name)
        for dtype in spec.DTYPES:
            context.progress(f"{name} {dtype}")
            x = _arguments(context, name, dtype, size)
            time = _time(ours, getattr(stdplus_ref, name), x, rounds, x.numpy())
            theirs = _theirs(name)
            beside = None if theirs is None else _time(theirs, ours, x, rounds).ratio
            nanoseconds = 1e9 * time.seconds / size
            rows.append([name, dtype, nanoseconds, time.ratio, "" if beside is None else beside])
            yield Claim.of_library(
                f"{name} {dtype} eager",
                f"An eager call of {name}, {dtype}, takes at most {EAGER_BAR} × the ufunc's time.",
                time.ratio <= EAGER_BAR,
                f"{time.ratio:.2f} × the ufunc",
                f"{size} numbers, {nanoseconds:.2f} ns each",
            )
    header = ("function", "type", "ns/element", "× the ufunc", "stdplus-ext, × ours")
    context.add_table(f"{NAME}-eager", "Eager calls of the PyTorch port", header, rows)


def _compiled(context: Context, size: int, rounds: int) -> Iterator[Claim]:
    torch: Any = import_module("torch")
    rows: list[list[Cell]] = []
    for name in FAMILIES:
        pair = [
            getattr(import_module(module), name) for module in ("stdplus_ref.torch", "stdplus_ext")
        ]
        for dtype in spec.DTYPES:
            context.progress(f"{name} {dtype}, compiled")
            torch.compiler.reset()
            x = _arguments(context, name, dtype, size)
            values = [torch.compile(function, fullgraph=True) for function in pair]
            slopes = [_gradient(function) for function in values]
            value = _time(values[0], values[1], x, rounds)
            slope = _time(slopes[0], slopes[1], x.requires_grad_(), rounds)
            seconds = value.seconds, slope.seconds
            rows.append([name, dtype, *(1e9 * s / size for s in seconds), value.ratio, slope.ratio])
            for what, time in (("", value), (" with its gradient", slope)):
                yield Claim.of_library(
                    f"{name} {dtype} compiled{what}",
                    f"{name}{what}, {dtype}, is no slower than stdplus-ext, both compiled.",
                    time.ratio <= COMPILED_BAR,
                    f"{time.ratio:.2f} × stdplus-ext",
                    f"{size} numbers, {1e9 * time.seconds / size:.2f} ns each",
                )
    header = ("function", "type", "ns/element", "with gradient", "× stdplus-ext", "with gradient")
    context.add_table(f"{NAME}-compiled", "The PyTorch port under torch.compile", header, rows)


def _time(
    function: Function, reference: Function, x: Any, rounds: int, other: Any = None
) -> Timing:
    """`function` of x beside `reference` of x, or of `other`."""
    return paired(_call(function, x), _call(reference, x if other is None else other), rounds)


def _call(function: Function, x: Any) -> Call:
    return lambda: function(x)


def _gradient(function: Function) -> Function:
    """Value and gradient, forwards and backwards."""
    torch: Any = import_module("torch")

    def evaluate(x: Any) -> Any:
        y = function(x)
        return torch.autograd.grad(y, x, torch.ones_like(y))

    return evaluate
