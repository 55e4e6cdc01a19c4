"""How fast the GPU code can be at most, from its instructions and the makers' peak rates.

    elements a second ≤ min(arithmetic, bandwidth / (2·bytes an element)).

In float64, arithmetic is the peak rate, in which an fma counts as two, over 2·N. N counts the fma,
sums and products in the PTX of the way most elements go, and a quotient as 8, a reciprocal as 5 and
a square root as 7, which is how many of those ptxas makes of it for 8.6 and 9.0 when nothing is
subnormal. Comparisons, conversions and integers come on top.

In float32 arithmetic these would be too many to leave out. I counts every machine instruction on
the way, and they are issued at half the float32 peak rate, one a clock and unit. An element costs
I/issue rate, and of LEFT of all elements in float64 what the whole warp of 32 waits for them.

Nothing here is measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from stdplus_ref import spec

PAGE: Final = Path(__file__).parents[2] / "docs" / "cuda.md"
"""Where the table stands between two comments."""

COST: Final = {"fma": 1, "add": 1, "mul": 1, "div": 8, "rcp": 5, "sqrt": 7}
"""Operations of the float64 units, see above."""


LEFT: Final = 1e-4
"""The part of N(0, 2²) that float32 arithmetic leaves open, or is not made for, at most (observed:
`python -m validation --only cuda-float32`)."""

WARP: Final = 32


@dataclass(frozen=True)
class Card:
    """A GPU and its peak rates as its maker states them."""

    name: str
    tera_float64: float  # float64 operations a second, an fma being two, in 10^12
    tera_float32: float  # the same in float32
    tera_bytes: float  # bytes a second to and from memory, in 10^12
    in_float32: bool  # float32 arguments go through float32 arithmetic first


CARDS: Final = (
    Card("RTX 3090", 0.556, 35.6, 0.936, True),
    Card("H100 SXM", 33.5, 66.9, 3.35, False),
)

HEADER: Final = (
    "function",
    "type",
    "N",
    "I",
    *(f"{card.name}, {what}" for card in CARDS for what in ("arithmetic", "memory", "ratio")),
)

Row = tuple[str | int | float, ...]


def cost(operations: Mapping[str, int]) -> int:
    """N of the head of this file."""
    return sum(COST[operation] * count for operation, count in operations.items())


def limits(card: Card, kernel: Mapping[str, Any], dtype: str) -> tuple[float, float]:
    """Elements a second that arithmetic and that memory allows at most."""
    seconds = cost(kernel["core"]) / (card.tera_float64 * 1e12 / 2)
    if dtype == "float32" and card.in_float32:
        first = kernel["pairs, instructions"] / (card.tera_float32 * 1e12 / 2)
        seconds = first + (1 - (1 - LEFT) ** WARP) * seconds
    return 1 / seconds, card.tera_bytes * 1e12 / (2 * np.dtype(dtype).itemsize)


def rows(kernels: Mapping[str, Any]) -> list[Row]:
    """The table under HEADER, from the kernels in validation/data/cuda_ptx.json."""
    return [
        _row(name, dtype, kernels[f"{name} {dtype}"])
        for name in spec.NAMES
        for dtype in spec.DTYPES
    ]


def _row(name: str, dtype: str, kernel: Mapping[str, Any]) -> Row:
    found: list[float] = []
    for card in CARDS:
        arithmetic, memory = limits(card, kernel, dtype)
        found += [arithmetic / 1e9, memory / 1e9, min(1.0, arithmetic / memory)]
    return (name, dtype, cost(kernel["core"]), kernel.get("pairs, instructions", ""), *found)


def table(kernels: Mapping[str, Any]) -> str:
    """The same as a table in Markdown."""
    lines = [HEADER, ("---",) * len(HEADER), *map(_cells, rows(kernels))]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    name, dtype, in_float64, in_float32, *numbers = row
    ratios = (
        f"{number:.0%}" if i % 3 == 2 else f"{number:.3g}" for i, number in enumerate(numbers)
    )
    return (f"`{name}`", str(dtype), str(in_float64), str(in_float32), *ratios)


_PLACE = re.compile(r"(<!-- limits -->\n).*?(\n<!-- end -->)", re.DOTALL)


def with_table(page: str, kernels: Mapping[str, Any]) -> str:
    """The page with the table put in."""
    changed, count = _PLACE.subn(lambda found: found[1] + table(kernels) + found[2], page)
    if count != 1:
        raise ValueError("the page must have one place for the table")
    return changed
