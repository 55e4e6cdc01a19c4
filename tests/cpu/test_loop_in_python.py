"""The inner loop as plain Python, over a memory that knows what may be read and written.

The template runs through the `Linker` with made-up parts, so that a result tells the route that
it came by, and with pointers that refuse what lies outside an array and notice overlaps.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stdplus_ref.cpu import flags, loop
from stdplus_ref.source.exceptions import DIVIDE, INVALID, OVERFLOW
from stdplus_ref.source.linker import Linker

DISJOINT = {
    "run_start",
    "run_step",
    "run_finish",
    "run_start_single",
    "run_step_single",
    "run_finish_single",
    "run_far",
    "run_full_start",
    "run_full_step",
    "run_full_finish",
}


@dataclass
class Memory:
    """Bytes, and which of them may be read and written."""

    data: bytearray
    readable: set[int] = field(default_factory=set)
    writable: set[int] = field(default_factory=set)


@dataclass
class Pointer:
    """A place in a memory, for elements of one type."""

    memory: Memory
    offset: int
    size: int

    def span(self, index: int) -> slice:
        start = self.offset + index * self.size
        return slice(start, start + self.size)


def code(size: int) -> str:
    return "<f" if size == 4 else "<d"


def load(pointer: Pointer, index: int) -> float:
    span = pointer.span(index)
    assert set(range(span.start, span.stop)) <= pointer.memory.readable, "read outside"
    return float(struct.unpack(code(pointer.size), pointer.memory.data[span])[0])


def store(pointer: Pointer, index: int, value: float) -> None:
    span = pointer.span(index)
    touched = set(range(span.start, span.stop))
    assert touched <= pointer.memory.writable, "written outside"
    pointer.memory.data[span] = struct.pack(code(pointer.size), value)
    pointer.memory.readable |= touched


def advance(pointer: Pointer, offset: int) -> Pointer:
    return Pointer(pointer.memory, pointer.offset + offset, pointer.size)


def distance(a: Pointer, b: Pointer) -> int:
    return a.offset - b.offset if a.memory is b.memory else 1 << 40


def stack_buffer(pointer: Pointer, length: int) -> Pointer:
    """Fresh memory that may be read only where it has been written."""
    size = length * pointer.size
    return Pointer(Memory(bytearray(size), set(), set(range(size))), 0, pointer.size)


def copy(target: Pointer, source: Pointer, count: int) -> None:
    for i in range(count):
        store(target, i, load(source, i))


# Made-up parts: x is a small integer; the fraction of a result tells the route.

SHORT, FULL, FAR = 0.25, 0.5, 0.75


def short_holds(x: float) -> bool:
    return 0.0 <= x < 100.0


def far_holds(x: float) -> bool:
    return x >= 1000.0


def exceptions(x: float, y: float) -> int:
    assert math.floor(y) == x
    return {-1: 1, -2: 2, -3: 4, 2001: 1, 2002: 2}.get(x, 0)


DOUBLE = loop.Parts(
    short_holds=short_holds,
    short_start=lambda x: (x + 1.0, x + 2.0),
    short_step=lambda x, a, b: (a + 2.0 * x, 10.0 * b),
    short_finish=lambda x, a, b: x + SHORT if (a, b) == (3.0 * x + 1.0, 10.0 * x + 20.0) else -99.0,
    full_start=lambda x: (x + 3.0, x + 4.0, x + 5.0),
    full_step=lambda x, a, b, c: (a + 2.0 * c, 7.0 * b),
    full_finish=lambda x, a, b, c: (
        x + FULL if (a, b, c) == (3.0 * x + 13.0, 7.0 * x + 28.0, x + 5.0) else -99.0
    ),
    far_holds=far_holds,
    far_value=lambda x: x + FAR,
    exceptions=exceptions,
)
SINGLE = DOUBLE._replace(
    short_start=lambda x: x + 1.0,
    short_step=lambda a: 10.0 * a,
    short_finish=lambda x, a, b: x + SHORT if (a, b) == (x + 1.0, 10.0 * x + 10.0) else -99.0,
)
OF_SIZE = {4: (SINGLE, loop.run_short_single), 8: (DOUBLE, loop.run_short_double)}


def checking(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is said to have disjoint arguments has them, in all of its groups."""
    if function.__name__ not in DISJOINT:
        return function

    def call(*arguments: Any) -> Any:
        places = [a for a in arguments if isinstance(a, Pointer)]
        size = loop.GROUP * arguments[-1]
        for i, a in enumerate(places):
            for b in places[:i]:
                assert abs(distance(a, b)) >= size * a.size, "overlap"
        return function(*arguments)

    return call


def run(
    source: Pointer, target: Pointer, length: int, steps: tuple[int, int]
) -> tuple[list[Any], int]:
    """Run the loop; what `replace` was given."""
    calls: list[Any] = []

    def take(table: Any) -> int:
        calls.append("take")
        return 64

    def replace(table: Any, before: int, raised: int) -> None:
        calls.append(("replace", before, raised))

    parts, run_short = OF_SIZE[source.size]
    bindings = {
        "load": load,
        "store": store,
        "advance": advance,
        "distance": distance,
        "stack_buffer": stack_buffer,
        "copy": copy,
        "assume_disjoint": lambda: None,
        "take": take,
        "replace": replace,
        "types": SimpleNamespace(float64=float),
        "parts": parts,
        "REAL": float,
        "ITEM_SIZE": source.size,
    }
    bindings["run_short"] = Linker(checking, bindings=bindings)(run_short)
    table = Pointer(Memory(bytearray(80)), 0, 8)
    Linker(checking, bindings=bindings).undecorated(loop.loop)(
        (source, target), (length,), steps, table
    )
    return calls


def wanted(values: list[float]) -> tuple[list[float], int]:
    """Results by the rules of the module: block for block of 128 lanes."""
    results, raised = [], 0
    for start in range(0, len(values), loop.BLOCK):
        block = values[start : start + loop.BLOCK]
        if all(map(short_holds, block)):
            route = SHORT
        elif all(map(far_holds, block)):
            route = FAR
        else:
            route = FULL
        results += [x + route for x in block]
        if route != SHORT:
            for x in block:
                raised |= exceptions(x, x)
    return results, raised


KINDS = {
    "short": lambda rng: float(rng.randint(6, 99)),
    "far": lambda rng: float(rng.randint(1000, 2010)),
    "full": lambda rng: float(rng.randint(-3, 300)),
    "any": lambda rng: float(rng.choice((rng.randint(6, 99), rng.randint(6, 99), -1, 5, 1500))),
}


def fill(rng: random.Random, length: int) -> list[float]:
    values: list[float] = []
    while len(values) < length:
        draw = KINDS[rng.choice(list(KINDS))]
        values += [draw(rng) for _ in range(rng.choice((1, 100, 128, 128, 250)))]
    return values[:length]


LENGTHS = (0, 1, 2, 7, 8, 9, 63, 120, 121, 127, 128, 129, 136, 255, 256, 257, 300, 391)


def place(size: int, step: int, length: int) -> tuple[int, int, int]:
    """Bytes of a memory for an array with that step, its first element, and their count."""
    extent = abs(step) * max(length - 1, 0) + size
    first = 16 + (extent - size if step < 0 else 0)
    return extent + 32, first, extent


def elements(first: int, step: int, size: int, length: int) -> set[int]:
    return {first + i * step + k for i in range(length) for k in range(size)}


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize(
    ("step_in", "step_out"), [(1, 1), (1, 2), (2, 1), (-1, 1), (3, -2), (0, 1)]
)
def test_every_length_and_step(size: int, step_in: int, step_out: int) -> None:
    rng = random.Random(size + 10 * step_in + step_out)
    steps = (step_in * size, step_out * size)
    for length in (*LENGTHS, *(rng.randint(1, 700) for _ in range(12))):
        values = fill(rng, length) if step_in else fill(rng, 1) * length
        total, first, _ = place(size, steps[0], length)
        memory = Memory(bytearray(total))
        memory.readable = elements(first, steps[0], size, length)
        for i, x in enumerate(values):
            start = first + i * steps[0]
            memory.data[start : start + size] = struct.pack(code(size), x)
        total, begin, _ = place(size, steps[1], length)
        output = Memory(bytearray(b"\xaa" * total))
        output.writable = elements(begin, steps[1], size, length)
        calls = run(Pointer(memory, first, size), Pointer(output, begin, size), length, steps)
        check(calls, output, begin, steps[1], size, values)


def check(
    calls: list[Any], output: Memory, begin: int, step: int, size: int, values: list[float]
) -> None:
    results, raised = wanted(values)
    got = [
        struct.unpack(code(size), output.data[begin + i * step : begin + i * step + size])[0]
        for i in range(len(values))
    ]
    assert got == results
    assert calls == ["take", ("replace", 64, raised)]


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("step", [1, 2, -1])
def test_in_place(size: int, step: int) -> None:
    rng = random.Random(size * step)
    for length in (*LENGTHS, *(rng.randint(1, 700) for _ in range(8))):
        values = fill(rng, length)
        total, first, _ = place(size, step * size, length)
        memory = Memory(bytearray(total))
        memory.readable = elements(first, step * size, size, length)
        memory.writable = set(memory.readable)
        for i, x in enumerate(values):
            start = first + i * step * size
            memory.data[start : start + size] = struct.pack(code(size), x)
        pointer = Pointer(memory, first, size)
        calls = run(pointer, pointer, length, (step * size, step * size))
        check(calls, memory, first, step * size, size, values)


@pytest.mark.parametrize("shift", [-200, -128, -127, -64, -8, -1])
def test_results_before_their_arguments(shift: int) -> None:
    """Overlapping arrays, the results ahead: no argument is overwritten before it is read."""
    rng = random.Random(shift)
    for length in (128, 256, 300, 384):
        values = fill(rng, length)
        memory = Memory(bytearray(16 + 8 * (length - shift)))
        first = 8 * -shift
        for i, x in enumerate(values):
            memory.data[first + 8 * i : first + 8 * i + 8] = struct.pack("<d", x)
        memory.readable = elements(first, 8, 8, length)
        memory.writable = elements(0, 8, 8, length)
        calls = run(Pointer(memory, first, 8), Pointer(memory, 0, 8), length, (8, 8))
        check(calls, memory, 0, 8, 8, values)


def test_sizes_of_blocks_and_groups() -> None:
    """Whole groups fit a block; a group is a vector of 512 bits of float64."""
    assert loop.BLOCK % loop.GROUP == 0
    assert loop.GROUP * 8 == 64


# Flags

NUMPY = {"divide": 1, "overflow": 2, "underflow": 4, "invalid": 8}  # NPY_FPE_* of npy_math.h
OURS = {"divide": DIVIDE, "overflow": OVERFLOW, "invalid": INVALID}


@pytest.mark.parametrize("before", range(16))
@pytest.mark.parametrize("raised", range(8))
def test_replace_raises_what_was_there_and_what_is_deserved(before: int, raised: int) -> None:
    loaded: list[int] = []
    kept: list[tuple[int, float]] = []
    status: list[int] = []
    fields = flags.new_table(0)
    values = [0.0, 0.0, *fields.divide, *fields.overflow, *fields.underflow, *fields.invalid]

    def take_value(table: int, index: int) -> np.float64:
        assert status, "flags are cleared first"
        loaded.append(index)
        return np.float64(values[index])

    bindings = {
        "load": take_value,
        "keep": lambda pointer, value: kept.append((pointer, float(value))),
        "advance": lambda pointer, offset: pointer + offset,
        "call_status": lambda table: status.append(table) or 8,
    }
    seen: set[str] = set()
    with np.errstate(all="call", call=lambda kind, _: seen.add(kind)):
        Linker(lambda f: f, bindings=bindings).undecorated(flags.replace)(1000, before, raised)
        kinds = {"divide": "divide by zero", "invalid": "invalid value"}
        assert status == [1000]
        wanted = {
            name for name in NUMPY if before & NUMPY[name] or (name in OURS and raised & OURS[name])
        }
        assert len(kept) == bool(before | raised)
        raising = {"divide": 3, "overflow": 5, "underflow": 7, "invalid": 9}
        assert {name for name, index in raising.items() if index in loaded} == wanted
        assert seen == {kinds.get(name, name) for name in wanted}
        if before | raised:
            assert kept[0][0] == 1008
            assert sorted(loaded) == sorted(i if n in wanted else i - 1 for n, i in raising.items())
            assert np.isfinite(kept[0][1]) == (not wanted & {"divide", "overflow", "invalid"})


def test_the_table_raises_what_it_should() -> None:
    table = flags.new_table(123)
    assert table.take_status == 123
    assert [name for name, *_ in table._fields_] == ["take_status", "sink", *NUMPY]
    one, raising = zip(table.divide, table.overflow, table.underflow, table.invalid, strict=True)
    assert one == (1.0, 1.0, 1.0, 1.0)
    divide, large, small, infinity = map(np.float64, raising)
    for kind, operation in (
        ("divide", lambda: 1.0 / divide),
        ("over", lambda: large * large),
        ("under", lambda: small * small),
        ("invalid", lambda: infinity - infinity),
    ):
        others = dict.fromkeys(("divide", "over", "under", "invalid"), "ignore")
        with np.errstate(**(others | {kind: "raise"})), pytest.raises(FloatingPointError):
            operation()
        ones = dict.fromkeys(others, "raise") | {kind: "ignore"}
        with np.errstate(**ones):
            operation()


def test_take_returns_the_flags() -> None:
    bound = {"call_status": lambda table: table + 3}
    assert Linker(lambda f: f, bindings=bound).undecorated(flags.take)(5) == 8
