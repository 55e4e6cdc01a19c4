"""Time per element of the six ufuncs as a ratio to np.exp on the same array in the same run: the
median of interleaved pairs, 10^5 numbers from N(0, 2²) (|N(0, 2²)| for inv_stdplus), on one core.
Then, as ratios to that plain call: in place; with steps of 2 and of −1; on finite numbers of the
domain drawn uniformly from all bit patterns ("any bits") and from the real interval ("any size").
Then calls with one number, and the start of a process with and without compiled loops in the cache.

Beside them what else there is: np.logaddexp(0, x), SciPy's Wright omega and Lambert W, Algorithm 1
in NumPy, and where installed stdplus-ext and PyTorch's softplus; and the distributions beside
scipy.stats and, where installed, torch.distributions. A verdict here is about this
machine as it is now: other load on it makes ratios worse.
"""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.axes import Axes

import stdplus_ref.kernels
from stdplus_ref import exact
from validation import distribution_timing, library, plotting
from validation.core import Cell, Claim, Context
from validation.peers import peers
from validation.sampling import FloatArray, FloatType, between
from validation.timing import Timing, paired

NAME = "speed"
TITLE = "Speed: time per element against np.exp, in every layout, and of the peers"
QUICK = False

_DTYPES = (np.float32, np.float64)
_SIZE = 100_000
_ROUNDS = 41
_SLOW_ROUNDS = 7
_LATENTS, _MATRICES = 10**6, 10**3
_BARS = {"stdplus": 5.0, "log_stdplus": 5.0}
_OTHER_BAR = 7.0
_LAYOUT_BARS = {"in place": 1.1, "step 2": 2.0, "step −1": 2.0, "any size": 2.0}
_LAYOUTS = (*_LAYOUT_BARS, "any bits")  # the last has no bar: blocks of all regimes at once
_SCALAR_BAR = 0.2  # µs
_COLD_BAR, _CACHED_BAR = 20.0, 0.6  # seconds
# SciPy, which numba imports where it is, is no part of a plain installation.
_START = """
import sys, time, numpy
sys.modules["scipy"] = None
start = time.perf_counter()
import stdplus_ref
for name in stdplus_ref.spec.NAMES:
    getattr(stdplus_ref, name)(0.5)
print(time.perf_counter() - start)
"""

Array = FloatArray
Key = tuple[str, str]
Function = Callable[..., Any]


def run(
    context: Context, size: int = _SIZE, rounds: int = _ROUNDS, start: bool = True
) -> list[Claim]:
    """Measure; `size` elements, `rounds` pairs; `start` also times new processes."""
    plain: dict[Key, Timing] = {}
    layouts: dict[Key, dict[str, Timing]] = {}
    for name, function in library.functions().items():
        for dtype in _DTYPES:
            context.progress(f"{name} {dtype.__name__}")
            x = ordinary(name, dtype, context.rng, size)
            plain[name, dtype.__name__] = _against_exp(function, x, rounds)
            layouts[name, dtype.__name__] = _layouts(name, function, x, context.rng, rounds)
    rows: list[list[Cell]] = [
        [*key, _ns(timing, size), timing.ratio, *(t.ratio for t in layouts[key].values())]
        for key, timing in plain.items()
    ]
    header = (
        "function",
        "type",
        "ns/element",
        "× np.exp",
        *(f"{t}, × plain" for t in _LAYOUTS),
    )
    context.add_table(NAME, "Time of the ufuncs", header, rows)
    _draw(context, plain, _peers(context, size), size)
    context.progress("distributions")
    latents, matrices = (_LATENTS, _MATRICES) if size >= _SIZE else (size, 10)
    context.add_table(
        f"{NAME}-distributions",
        f"Time of the distributions: {latents} diagonal latents; {matrices} matrices of dimension "
        f"{distribution_timing.DIMENSION}, also as a ratio to np.linalg.cholesky of as many",
        ("what", "who", "ms", "× cholesky"),
        distribution_timing.rows(context.rng, latents, matrices),
    )
    return [
        *(_price(*key, timing) for key, timing in plain.items()),
        *(_layout_claim(title, layouts) for title in _LAYOUT_BARS),
        _scalar_calls(context, rounds),
        *(_starts() if start else []),
    ]


def ordinary(name: str, dtype: FloatType, rng: np.random.Generator, size: int) -> Array:
    """Numbers from N(0, 2²), for `inv_stdplus` their absolute values."""
    x = rng.normal(0, 2, size).astype(dtype)
    return np.abs(x) if name == "inv_stdplus" else x


def any_bits(name: str, dtype: FloatType, rng: np.random.Generator, size: int) -> Array:
    """Finite numbers of the domain, each as likely as another."""
    top = float(np.finfo(dtype).max)
    return between(0.0 if name == "inv_stdplus" else -top, top, dtype, rng, size)


def any_size(name: str, dtype: FloatType, rng: np.random.Generator, size: int) -> Array:
    """Uniform numbers between the ends of the domain: nearly all of them huge."""
    top = float(np.finfo(dtype).max)
    return (top * rng.uniform(0.0 if name == "inv_stdplus" else -1.0, 1.0, size)).astype(dtype)


def _quietly(call: Callable[[], object]) -> Callable[[], object]:
    """The call without warnings about overflow and the like."""
    return np.errstate(all="ignore")(call)


def _against_exp(function: Function, x: Array, rounds: int) -> Timing:
    out = np.empty_like(x)
    return paired(lambda: function(x, out), lambda: np.exp(x, out), rounds)


def _layouts(
    name: str, function: Function, x: Array, rng: np.random.Generator, rounds: int
) -> dict[str, Timing]:
    """Each layout, or kind of numbers, against the plain call on ordinary numbers."""
    out, copy = np.empty_like(x), np.empty_like(x)
    twice, results = np.repeat(x, 2)[::2], np.empty(2 * x.size, x.dtype)
    back = x[::-1].copy()
    bits, large = (draw(name, x.dtype.type, rng, x.size) for draw in (any_bits, any_size))

    def plain() -> object:
        return function(x, out)

    def fresh() -> None:
        copy[:] = x

    return {
        "in place": paired(
            lambda: function(copy, copy), lambda: function(copy, out), 3 * rounds, fresh
        ),
        "step 2": paired(lambda: function(twice, results[::2]), plain, rounds),
        "step −1": paired(lambda: function(back[::-1], results[x.size - 1 :: -1]), plain, rounds),
        "any size": paired(_quietly(lambda: function(large, out)), _quietly(plain), rounds),
        "any bits": paired(_quietly(lambda: function(bits, out)), _quietly(plain), rounds),
    }


def _price(name: str, kind: str, timing: Timing) -> Claim:
    bar = _BARS.get(name, _OTHER_BAR)
    return Claim.of_library(
        f"{name} {kind}",
        f"{name}, {kind}: an element takes at most {bar:g} times as long as in np.exp.",
        timing.ratio <= bar,
        f"{timing.ratio:.2f} × np.exp",
    )


def _layout_claim(title: str, layouts: dict[Key, dict[str, Timing]]) -> Claim:
    bar = _LAYOUT_BARS[title]
    ratios = {key: timings[title].ratio for key, timings in layouts.items()}
    slow = {key: ratio for key, ratio in ratios.items() if ratio > bar}
    worst = max(ratios, key=lambda key: ratios[key])
    return Claim.of_library(
        title,
        f"{title}: at most {bar:g} times the time of the plain call, for all six functions.",
        not slow,
        f"{ratios[worst]:.2f} × plain",
        f"{worst[0]} {worst[1]}; {len(slow)} of {len(ratios)} above the limit",
    )


def _peers(context: Context, size: int) -> dict[Key, Timing]:
    """Everyone else's time, with its ratio to np.exp."""
    found: dict[Key, Timing] = {}
    for dtype in _DTYPES:
        x = ordinary("stdplus", dtype, context.rng, size)
        reference = partial(np.exp, x, np.empty_like(x))
        for who, call in _peer_calls(x).items():
            context.progress(f"{who} {dtype.__name__}")
            found[who, dtype.__name__] = paired(_quietly(call), reference, _SLOW_ROUNDS)
    rows: list[list[Cell]] = [
        [*key, _ns(timing, size), timing.ratio] for key, timing in found.items()
    ]
    context.add_table(
        f"{NAME}-peers", "Time of the peers", ("who", "type", "ns/element", "× np.exp"), rows
    )
    return found


def _peer_calls(x: Array) -> dict[str, Callable[[], object]]:
    """One call for each peer, all with the result allocated anew but for NumPy's."""
    from scipy.special import wrightomega

    out, zero = np.empty_like(x), x.dtype.type(0)
    offered = {peer.name: peer.functions for peer in peers()}
    calls: dict[str, Callable[[], object]] = {
        "np.exp": lambda: np.exp(x, out),
        "np.logaddexp(0, x)": lambda: np.logaddexp(zero, x, out),
        "scipy wrightomega": lambda: wrightomega(x, out),
        "Algorithm 1 (NumPy)": lambda: offered["Algorithm 1"]["stdplus"](x),
        "stdplus by scipy lambertw": lambda: offered["SciPy lambertw"]["stdplus"](x),
    }
    if "stdplus-ext" in offered:
        calls["stdplus-ext"] = lambda: offered["stdplus-ext"]["stdplus"](x)
    if find_spec("torch") is not None:
        torch = import_module("torch")
        torch.set_num_threads(1)
        tensor = torch.from_numpy(x)
        calls["torch softplus"] = lambda: torch.nn.functional.softplus(tensor)
    return calls


def _ns(timing: Timing, size: int) -> float:
    return 1e9 * timing.seconds / size


def _draw(
    context: Context,
    ours: dict[Key, Timing],
    others: dict[Key, Timing],
    size: int,
) -> None:
    """Bars of everyone's time per element, one panel a type."""
    with plotting.subplots(1, 2, size=(11, 5.2), sharey=True) as (figure, panels):
        for axes, dtype in zip(panels, _DTYPES, strict=True):
            kind = dtype.__name__
            times = {who: _ns(t, size) for (who, of), t in (ours | others).items() if of == kind}
            _bars(axes, times, set(exact.NAMES))
            plotting.label(axes, "ns per element (logarithmic)", "implementation", kind)
        context.save_figure(
            figure,
            NAME,
            f"Time per element of {size} numbers from N(0, 2²) on one core: this library (blue) "
            "between np.exp and what else there is (grey); the dashed line is np.exp.",
        )


def _bars(axes: Axes, times: dict[str, float], blue: set[str]) -> None:
    order = sorted(times, key=lambda who: -times[who])
    values = [times[who] for who in order]
    colors = [plotting.BLUE if who in blue else plotting.GREY for who in order]
    bars = axes.barh(order, values, color=colors)
    axes.bar_label(bars, [f"{value:.3g}" for value in values], padding=3, fontsize=8)
    axes.set(xscale="log", xlim=(min(values) / 2, 4 * max(values)))
    axes.axvline(times["np.exp"], color=plotting.GREY, ls="--", lw=1)
    axes.grid(axis="y", visible=False)


def _scalar_calls(context: Context, rounds: int) -> Claim:
    """Calls with one Python float: of the ufunc, and of the scalar numba function."""
    rows: list[list[Cell]] = []
    slowest = 0.0
    for name, function in library.functions().items():
        scalar = getattr(stdplus_ref.kernels, name)
        micro = [_microseconds(f, rounds) for f in (function, scalar, np.exp)]
        rows.append([name, *micro])
        slowest = max(slowest, micro[0])
    context.add_table(
        f"{NAME}-scalar",
        "Time of a call with one Python float, in µs",
        ("function", "ufunc", "kernels", "np.exp"),
        rows,
    )
    return Claim.of_library(
        "scalar",
        f"A call of a ufunc with one number takes at most {_SCALAR_BAR:g} µs.",
        slowest <= _SCALAR_BAR,
        f"{slowest:.3f} µs",
        "the slowest of the six",
    )


def _microseconds(function: Function, rounds: int) -> float:
    """Of a call with one number, the best of some rounds of many calls."""
    calls = 200 * rounds
    timed = timeit.repeat("f(1.5)", globals={"f": function}, number=calls, repeat=rounds)
    return 1e6 * min(timed) / calls


def _starts() -> list[Claim]:
    """A new process that calls all six: with an empty cache, then, at its best, with a full one."""
    with TemporaryDirectory() as folder:
        cold, cached = _start_time(folder), min(_start_time(folder) for _ in range(3))
    return [
        Claim.of_library(
            f"{title} start",
            f"Beside `import numpy` a process without SciPy needs at most {bar:g} s to import and "
            f"call all six functions, {how}.",
            seconds <= bar,
            f"{seconds:.2f} s",
        )
        for title, how, bar, seconds in (
            ("cold", "compiling all twelve loops", _COLD_BAR, cold),
            ("cached", "with the loops in numba's cache", _CACHED_BAR, cached),
        )
    ]


def _start_time(cache: str) -> float:
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-c", _START]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)
