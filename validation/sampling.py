"""Where the functions are measured: zero, subnormals, seams, both ends, and bands in between.

Regions are data: `BANDS` cut each domain into intervals, `seams` lists the numbers whose
neighbours are measured one by one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stdplus_ref import spec
from validation.seams import SEAMS

FloatArray = np.ndarray[Any, np.dtype[Any]]
FloatType = type[np.floating[Any]]

NEIGHBOURS = 12
"""How many floating-point numbers on either side of a seam are measured."""

FORWARD = ("stdplus", "log_stdplus", "stdplus_derivative", "log_stdplus_derivative")

# `underflow` (largest x with a subnormal stdplus), `vanish` (largest x where it is 0), `overflow`
# (the log of the largest number) and `max` depend on the type; the rest are the same for both.
_NEAR_ZERO: tuple[float | str, ...] = (-0.04, -(2.0**-24), 0.0, 2.0**-24, 0.04)
BANDS: dict[str, tuple[float | str, ...]] = {
    **dict.fromkeys(
        FORWARD,
        ("-max", "vanish", "underflow", -5.0, -1.0, *_NEAR_ZERO, 1.0, 8.0, 40.0, "max"),
    ),
    "inv_stdplus": (0.0, 2.0**-24, 0.5, 0.75, 0.96, 1.0, 1.04, 1.25, 8.0, 40.0, "max"),
    "inv_log_stdplus": ("-max", -40.0, -1.0, *_NEAR_ZERO, 1.0, 8.0, 40.0, "overflow"),
}
"""The edges of the bands of each function, ascending; together the bands cover the domain."""

_COMMON_SEAMS: dict[str, tuple[float | str, ...]] = {
    **dict.fromkeys(
        FORWARD,
        (
            *(-37.0, -7.0, -1.0, -0.5, -0.04, 0.04, 0.5, 1.0, 2.0),
            *("underflow", "vanish", "square", "-square"),
        ),
    ),
    "inv_stdplus": (0.5, 0.75, 1.0, 1.25, 2.0, "square"),
    "inv_log_stdplus": (-1.0, -0.5, 0.5, 1.0, "overflow"),
}


def edge(value: float | str, dtype: FloatType) -> float:
    """The number that an entry of `BANDS` stands for in `dtype`."""
    if not isinstance(value, str):
        return value
    info = np.finfo(dtype)
    # log stdplus(x) = −(x² + 1)/2 on the far left, and half the least number rounds to 0.
    log_left = {"underflow": info.minexp, "vanish": info.minexp - info.nmant - 1}
    if value in log_left:
        return -math.sqrt(-2 * log_left[value] * math.log(2) - 1)
    top = float(info.max)
    named = {"max": top, "square": math.sqrt(top), "overflow": math.log(top)}
    return -named[value[1:]] if value[0] == "-" else named[value]


def seams(name: str, dtype: FloatType) -> list[float]:
    """Where a piece of some implementation of `name` ends, or a result changes its kind."""
    info = np.finfo(dtype)
    own = [x for x in SEAMS[name] if float(info.tiny) <= abs(x) <= float(info.max)]
    return sorted({edge(value, dtype) for value in (*_COMMON_SEAMS[name], *own)})


def recorded(name: str, dtype: FloatType) -> list[float]:
    """The worst inputs found so far, which `stdplus_ref.spec` keeps as witnesses."""
    promises = [a for a in spec.FUNCTIONS[name].accuracy("numpy") if a.dtype == dtype.__name__]
    found = [evidence.witness for a in promises for evidence in a.evidence]
    return [float.fromhex(witness.input) for witness in found if witness is not None]


def regions(
    name: str, dtype: FloatType, rng: np.random.Generator, count: int
) -> dict[str, FloatArray]:
    """Inputs of function `name` by region, of type `dtype`.

    Parameters
    ----------
    name : str
        One of the six functions.
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.
    rng : numpy.random.Generator
        Where the random inputs come from.
    count : int
        Random inputs per band; half as many again from N(0, 2²).

    Returns
    -------
    dict of str to ndarray
        Never empty arrays. For ``inv_stdplus``, y < 0 is met among the ends alone.
    """
    found = {"0 and subnormals": _about_zero(dtype, rng, count)}
    found[f"seams ± {NEIGHBOURS} neighbours"] = np.concatenate(
        [neighbours(seam, dtype) for seam in seams(name, dtype)]
    )
    if worst := recorded(name, dtype):
        found["recorded worst inputs"] = np.array(worst, dtype)
    for low, high in zip(BANDS[name], BANDS[name][1:], strict=False):
        title = f"{_text(low, dtype)} … {_text(high, dtype)}"
        found[title] = between(edge(low, dtype), edge(high, dtype), dtype, rng, count)
    scale = np.abs if name == "inv_stdplus" else np.positive
    found["normal, mean 0, sd 2"] = scale(rng.normal(0, 2, 3 * count // 2)).astype(dtype)
    if name == "inv_stdplus":
        found = {title: x[~np.signbit(x)] for title, x in found.items()}
    found["ends, ±∞, NaN"] = _ends(dtype)
    return found


def neighbours(x: float, dtype: FloatType, reach: int = NEIGHBOURS) -> FloatArray:
    """The floating-point numbers up to `reach` steps from x, ascending; finite ones only."""
    below, above = [dtype(x)], [dtype(x)]
    for _ in range(reach):
        with np.errstate(over="ignore"):  # stepping past the largest number is dropped below
            below.append(np.nextafter(below[-1], dtype(-np.inf)))
            above.append(np.nextafter(above[-1], dtype(np.inf)))
    around = np.array(below[:0:-1] + above, dtype)
    return around[np.isfinite(around)]


def between(
    low: float, high: float, dtype: FloatType, rng: np.random.Generator, count: int
) -> FloatArray:
    """`count` random numbers in [low, high], each floating-point number as likely as another."""
    first, last = _ordinal(dtype(low)), _ordinal(dtype(high))
    drawn = rng.integers(first, last, count, dtype=np.int64, endpoint=True)
    unsigned = {4: np.uint32, 8: np.uint64}[dtype().itemsize]
    return np.copysign(np.abs(drawn).astype(unsigned).view(dtype), drawn).astype(dtype)


def _ordinal(x: np.floating[Any]) -> int:
    """The place of x among the floating-point numbers of its type: 0 for 0, odd, increasing."""
    unsigned = {4: np.uint32, 8: np.uint64}[x.itemsize]
    place = int(np.abs(x).view(unsigned))
    return -place if x < 0 else place


def _about_zero(dtype: FloatType, rng: np.random.Generator, count: int) -> FloatArray:
    """±0, the first subnormals, the seam to the normal numbers, and random subnormals."""
    tiny = float(np.finfo(dtype).tiny)
    half = np.concatenate(
        [neighbours(0, dtype), neighbours(tiny, dtype), between(0, tiny, dtype, rng, count // 4)]
    )
    return np.concatenate([half, -half])


def _ends(dtype: FloatType) -> FloatArray:
    """The largest finite arguments of either sign, and what is beyond."""
    top = neighbours(edge("max", dtype), dtype)
    beyond = np.array([np.inf, -np.inf, np.nan], dtype)
    return np.concatenate([top, -top, beyond])


def _text(value: float | str, dtype: FloatType) -> str:
    text = value if value in ("max", "-max") else f"{edge(value, dtype):.4g}"
    return str(text).replace("-", "−")
