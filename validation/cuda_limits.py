"""How fast the GPU code can be at most, from its instructions and the makers' peak rates.

With N operations an element in float64,

    elements a second ≤ min(peak rate / (2·N), bandwidth / (2·bytes an element)),

the peak counting an fma as two. N counts the fma, sums and products in the PTX of the way most
elements go, and a quotient as 8, a reciprocal as 5 and a square root as 7, which is how many of
those ptxas makes of it for 8.6 and 9.0 when nothing is subnormal. Comparisons, conversions and
integers come on top. Nothing here is measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from stdplus_ref import spec

PAGE: Final = Path(__file__).parents[1] / "docs" / "cuda.md"
"""Where the table stands between two comments."""

COST: Final = {"fma": 1, "add": 1, "mul": 1, "div": 8, "rcp": 5, "sqrt": 7}
"""Operations of the float64 units, see above."""


@dataclass(frozen=True)
class Card:
    """A GPU and its peak rates as its maker states them."""

    name: str
    tera_float64: float  # float64 operations a second, an fma being two, in 10^12
    tera_bytes: float  # bytes a second to and from memory, in 10^12


CARDS: Final = (Card("RTX 3090", 0.556, 0.936), Card("H100 SXM", 33.5, 3.35))

HEADER: Final = (
    "function",
    "type",
    "N",
    *(f"{card.name}, {what}" for card in CARDS for what in ("arithmetic", "memory", "ratio")),
)

Row = tuple[str | int | float, ...]


def cost(operations: Mapping[str, int]) -> int:
    """N of the head of this file."""
    return sum(COST[operation] * count for operation, count in operations.items())


def limits(card: Card, operations: Mapping[str, int], dtype: str) -> tuple[float, float]:
    """Elements a second that arithmetic and that memory allows at most."""
    arithmetic = card.tera_float64 * 1e12 / (2 * cost(operations))
    memory = card.tera_bytes * 1e12 / (2 * np.dtype(dtype).itemsize)
    return arithmetic, memory


def rows(kernels: Mapping[str, Any]) -> list[Row]:
    """The table under HEADER, from the kernels in validation/data/cuda_ptx.json."""
    return [
        _row(name, dtype, kernels[f"{name} {dtype}"]["core"])
        for name in spec.NAMES
        for dtype in spec.DTYPES
    ]


def _row(name: str, dtype: str, operations: Mapping[str, int]) -> Row:
    found: list[float] = []
    for card in CARDS:
        arithmetic, memory = limits(card, operations, dtype)
        found += [arithmetic / 1e9, memory / 1e9, min(1.0, arithmetic / memory)]
    return (name, dtype, cost(operations), *found)


def table(kernels: Mapping[str, Any]) -> str:
    """The same as a table in Markdown."""
    lines = [HEADER, ("---",) * len(HEADER), *map(_cells, rows(kernels))]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    name, dtype, count, *numbers = row
    ratios = (
        f"{number:.0%}" if i % 3 == 2 else f"{number:.3g}" for i, number in enumerate(numbers)
    )
    return (f"`{name}`", str(dtype), str(count), *ratios)


_PLACE = re.compile(r"(<!-- limits -->\n).*?(\n<!-- end -->)", re.DOTALL)


def with_table(page: str, kernels: Mapping[str, Any]) -> str:
    """The page with the table put in."""
    changed, count = _PLACE.subn(lambda found: found[1] + table(kernels) + found[2], page)
    if count != 1:
        raise ValueError("the page must have one place for the table")
    return changed
