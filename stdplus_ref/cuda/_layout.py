"""Arrays in memory: where elements lie, and walking two arrays of one shape together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

Integers = tuple[int, ...]


@dataclass(frozen=True)
class Memory:
    """An array, on a GPU or in main memory.

    Attributes
    ----------
    pointer : int
        Address of the first element.
    shape : tuple of int
    strides : tuple of int
        By how many bytes each axis advances.
    dtype : numpy.dtype
    writable : bool
    stream : int or None
        The stream on which the contents are being written; None if they are there.
    """

    pointer: int
    shape: Integers
    strides: Integers
    dtype: np.dtype[Any]
    writable: bool = True
    stream: int | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def steps(self) -> Integers:
        """By how many elements each axis advances."""
        return tuple(stride // self.dtype.itemsize for stride in self.strides)

    @property
    def span(self) -> tuple[int, int]:
        """The addresses of the first byte used and behind the last; equal if empty."""
        if not self.size:
            return self.pointer, self.pointer
        reach = [(size - 1) * step for size, step in zip(self.shape, self.strides, strict=True)]
        low = sum(min(r, 0) for r in reach)
        high = sum(max(r, 0) for r in reach) + self.dtype.itemsize
        return self.pointer + low, self.pointer + high

    @property
    def repeats(self) -> bool:
        """Whether elements may share memory, as in a broadcast array.

        Exact for what slicing, transposing and broadcasting make; True in doubt.
        """
        reach = self.dtype.itemsize
        for step, size in sorted((abs(s), n) for n, s in self._axes()):
            if step < reach:
                return self.size > 0
            reach += (size - 1) * step
        return False

    def overlaps(self, other: Memory) -> bool:
        """Whether the bytes from the first to the last used by each have some in common."""
        (low, high), (other_low, other_high) = self.span, other.span
        return low < other_high and other_low < high

    def same_place(self, other: Memory) -> bool:
        """Whether element for element they are the same memory."""
        return self.pointer == other.pointer and self._axes() == other._axes()

    def _axes(self) -> list[tuple[int, int]]:
        """(size, stride) of the axes with more than one element."""
        return [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if n > 1]


def c_strides(shape: Integers, itemsize: int) -> Integers:
    """Strides of a C-contiguous array."""
    return tuple(itemsize * prod(shape[axis + 1 :]) for axis in range(len(shape)))


@dataclass(frozen=True)
class Walk:
    """How to visit the elements of two arrays of one shape, the fastest axis first.

    No axes means that both are contiguous, or have a single element.
    """

    size: int
    shape: Integers = ()
    source_steps: Integers = ()
    target_steps: Integers = ()


def walk(source: Memory, target: Memory) -> Walk:
    """The shortest walk: axes sorted by the target's steps, and merged where both arrays allow."""
    axes = sorted(
        (abs(t), n, s, t)
        for n, s, t in zip(source.shape, source.steps, target.steps, strict=True)
        if n > 1
    )
    merged = list(_merged([(n, s, t) for _, n, s, t in axes]))
    if merged in ([], [(source.size, 1, 1)]):
        return Walk(source.size)
    shape, source_steps, target_steps = zip(*merged, strict=True)
    return Walk(source.size, shape, source_steps, target_steps)


def _merged(axes: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Join each axis to the faster one before it if both arrays continue there."""
    while axes:
        size, source, target = axes.pop(0)
        while axes and axes[0][1:] == (size * source, size * target):
            size *= axes.pop(0)[0]
        yield size, source, target
