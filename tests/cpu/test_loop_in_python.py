"""The inner loop as plain Python, over a memory that knows what may be read and written.

The template runs through the `Linker` with made-up parts, so that a result tells the route that
it came by, and with pointers that refuse what lies outside an array and notice overlaps.
"""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from stdplus_ref.cpu import flags, loop
from stdplus_ref.source.exceptions import DIVIDE, INVALID, OVERFLOW
from stdplus_ref.source.linker import Linker
from stdplus_ref.source.pairs import differ

GROUP, SET, BLOCK = 8, 64, 512
FULL, STEP, CENTRE, FAR = range(4)


# Memory


class Word(int):
    """An int64, which wraps around where an int does not."""

    def __new__(cls, value: int) -> Word:
        return super().__new__(cls, (value + 2**63) % 2**64 - 2**63)


def wrapping(name: str) -> Callable[..., Word]:
    return lambda *operands: Word(getattr(int, name)(*operands))


for _name in ("lshift", "and", "rand", "or", "ror", "add", "radd", "sub", "rsub", "invert"):
    setattr(Word, f"__{_name}__", wrapping(f"__{_name}__"))


class Memory:
    """Bytes, and which of them may be read and written: none at first."""

    def __init__(self, size: int, content: bytes = b"\xaa") -> None:
        self.data = bytearray(content * size)
        self.readable = bytearray(size)
        self.writable = bytearray(size)


@dataclass
class Pointer:
    """A place in a memory, for elements of one type: "f", "d" or "q"."""

    memory: Memory
    offset: int
    code: str

    @property
    def size(self) -> int:
        return struct.calcsize(self.code)

    def span(self, index: int) -> slice:
        start = self.offset + index * self.size
        assert start >= 0, "outside"
        return slice(start, start + self.size)

    def __getitem__(self, index: int) -> Any:
        return load(self, index)


def load(pointer: Pointer, index: int) -> Any:
    span = pointer.span(index)
    assert pointer.memory.readable[span] == b"\1" * pointer.size, "read outside"
    value = struct.unpack("<" + pointer.code, pointer.memory.data[span])[0]
    return Word(value) if pointer.code == "q" else value


def store(pointer: Pointer, index: int, value: float) -> None:
    span = pointer.span(index)
    assert pointer.memory.writable[span] == b"\1" * pointer.size, "written outside"
    pointer.memory.data[span] = struct.pack("<" + pointer.code, value)
    pointer.memory.readable[span] = b"\1" * pointer.size


def advance(pointer: Pointer, offset: int) -> Pointer:
    return Pointer(pointer.memory, pointer.offset + offset, pointer.code)


def distance(a: Pointer, b: Pointer) -> int:
    return a.offset - b.offset if a.memory is b.memory else 1 << 40


def stack_buffer(pointer: Pointer, length: int) -> Pointer:
    """Fresh memory that may be read only where it has been written."""
    memory = Memory(length * pointer.size)
    memory.writable[:] = b"\1" * len(memory.data)
    return Pointer(memory, 0, pointer.code)


def copy(target: Pointer, source: Pointer, count: int) -> None:
    for i in range(count):
        store(target, i, load(source, i))


def assume_disjoint() -> None:
    """What is said to have disjoint arguments has them, in whole groups of lanes."""
    arguments = sys._getframe(1).f_locals
    lanes = arguments["lanes"]
    assert lanes % GROUP == 0
    assert "i" not in arguments, "not the first thing"
    places = [a for a in arguments.values() if isinstance(a, Pointer)]
    for k, a in enumerate(places):
        for b in places[:k]:
            assert abs(distance(a, b)) >= lanes * max(a.size, b.size), "overlap"


def trailing_zeros(value: Word) -> int:
    return next(i for i in range(SET) if value >> i & 1)


def population(value: Word) -> int:
    return (value & (2**64 - 1) if value >= 0 else int(value) % 2**64).bit_count()


def constants(*values: int) -> Pointer:
    """What NumPy hands to the loop."""
    memory = Memory(8 * len(values))
    memory.data[:] = struct.pack(f"<{len(values)}q", *values)
    memory.readable[:] = b"\1" * len(memory.data)
    return Pointer(memory, 0, "q")


# Made-up parts: x is a small integer; the eighths of a result tell the route. In doubt are x of
# which the third part leaves 1, and as float64 those of which it leaves 2. `near` holds also where
# it does not count.

DOUBT, SLIGHT, SETTLED = 2.0**-4, 2.0**-40, 2.0**-5


def short_holds(x: float) -> bool:
    return 0.0 <= x < 100.0


def far_holds(x: float) -> bool:
    return x >= 1000.0


def near(x: float) -> bool:
    return x % 5.0 == 0.0


def never(x: float) -> bool:
    return False


def exceptions(x: float, y: float) -> int:
    """Where only the short route is, as for 7, nobody asks."""
    assert math.floor(y) == x
    return {-1: 1, -2: 2, -3: 4, 2001: 1, 2002: 2, 7: 8}.get(int(x), 0)


def pair(route: int, x: float) -> tuple[float, float]:
    """Between what a route leaves the result."""
    y = x + (route + 1) / 8.0
    return y, y + (0.0, DOUBT, SLIGHT)[int(x) % 3]


def right(route: int, x: float, handed: bool) -> tuple[float, float]:
    """The same, if the passes before have handed on what they should."""
    return pair(route, x) if handed else (-99.0, -99.0)


class Made:
    """The parts of a loop; they count the lanes that each route computes."""

    def __init__(self, code: str) -> None:
        self.single = code == "f"
        self.lanes = [0, 0, 0, 0]
        self.settled: set[float] = set()

    def parts(self) -> loop.Parts:
        kind = (self.start_single, step_single, finish_single, never)
        if not self.single:
            kind = (self.start, step, finish, near)
        full = (self.full_start, full_step, full_finish)
        return loop.Parts(
            short_holds, *kind, self.centre, far_holds, self.far_value, *full, exceptions
        )

    def route_of(self, x: float) -> int:
        if short_holds(x):
            return CENTRE if near(x) and not self.single else STEP
        return FAR if far_holds(x) else FULL

    def real(self, x: float) -> float:
        return float(np.float32(x)) if self.single else x

    def start(self, x: float) -> tuple[float, float]:
        self.lanes[STEP] += 1
        return x + 1.0, x + 2.0

    def start_single(self, x: float) -> float:
        self.lanes[STEP] += 1
        return x + 1.0

    def centre(self, x: float) -> tuple[float, float]:
        self.lanes[CENTRE] += 1
        return pair(CENTRE, x)

    def far_value(self, x: float) -> tuple[float, float]:
        self.lanes[FAR] += 1
        return pair(FAR, x)

    def full_start(self, x: float) -> tuple[float, float, float]:
        self.lanes[FULL] += 1
        return x + 3.0, x + 4.0, x + 5.0

    def doubtful(self, route: int, x: float) -> bool:
        """Whether the route leaves the result for x in doubt."""
        y, z = pair(route, x)
        return self.real(y) != self.real(z) and not (self.single and route == STEP)

    def settle(self, x: float, y: float, z: float) -> float:
        """For results in doubt, of the route of x; the full one holds for all, as it would."""
        routes = {FULL, self.route_of(x)}
        assert self.real(y) != self.real(z)
        assert (y, z) in [tuple(map(self.real, pair(route, x))) for route in routes]
        self.settled.add(x)
        return y + SETTLED


def step(x: float, a: float, b: float) -> tuple[float, float]:
    return a + 2.0 * x, 10.0 * b


def finish(x: float, a: float, b: float) -> tuple[float, float]:
    return right(STEP, x, (a, b) == (3.0 * x + 1.0, 10.0 * x + 20.0))


def step_single(a: float) -> float:
    return 10.0 * a


def finish_single(x: float, a: float, b: float) -> float:
    return right(STEP, x, (a, b) == (x + 1.0, 10.0 * x + 10.0))[0]


def full_step(x: float, a: float, b: float, c: float) -> tuple[float, float]:
    return a + 2.0 * c + x, 7.0 * b


def full_finish(x: float, a: float, b: float, c: float) -> tuple[float, float]:
    return right(FULL, x, (a, b, c) == (4.0 * x + 13.0, 7.0 * x + 28.0, x + 5.0))


# The loop


def run(made: Made, arrays: tuple[Pointer, Pointer], length: int, steps: Sequence[int]) -> int:
    """Run the loop; what it raised."""
    calls: list[Any] = []
    table = Pointer(Memory(88), 0, "d")

    def call_settle(place: Pointer, x: float, y: float, z: float) -> float:
        assert place is table
        return made.settle(x, y, z)

    def take(place: Pointer) -> int:
        calls.append(("take", place))
        return 64

    def replace(place: Pointer, before: int, raised: int) -> None:
        calls.append(("replace", place, before, raised))

    memory = (
        load, store, advance, distance, stack_buffer, copy, assume_disjoint, trailing_zeros,
        population, take, replace, call_settle,
    )  # fmt: skip
    bindings: dict[str, Any] = {function.__name__: function for function in memory}
    bindings |= {
        "types": SimpleNamespace(float64=float, int64=Word),
        "parts": made.parts(),
        "differ": differ,
        "REAL": made.real,
        "ITEM_SIZE": arrays[0].size,
    }
    template = Linker(lambda f: f, bindings=bindings)
    suffix = "_single" if made.single else ""
    bindings |= {
        "sort": template(getattr(loop, f"sort_lanes{suffix}")),
        "run_step": template(loop.run_step_single if made.single else loop.run_step_double),
        "run_centre": template(loop.run_nothing if made.single else loop.run_centre_double),
    }
    whole = Linker(lambda f: f, bindings=bindings).undecorated(loop.loop)
    whole(arrays, constants(length), constants(*steps), table)
    assert calls[0] == ("take", table)
    assert calls[1][:3] == ("replace", table, 64)
    assert len(calls) == 2
    return int(calls[1][3])


class Wanted(NamedTuple):
    """What a loop has to do."""

    results: list[float]
    raised: int
    lanes: list[int]
    settled: set[float]


def wanted(made: Made, values: list[float]) -> Wanted:
    """By the rules of the module, block for block."""
    raised, lanes, settled = 0, [0, 0, 0, 0], set[float]()
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        block += block[-1:] * (-len(block) % GROUP)
        counts = [sum(made.route_of(x) == route for x in block) for route in range(4)]
        most = counts.index(max(counts))
        for route, count in enumerate(counts):
            lanes[route] += len(block) if route == most else -(-count // GROUP) * GROUP
            settled |= {
                x
                for x in block
                if made.doubtful(route, x) and (route == made.route_of(x) or route == most == FULL)
            }
        if counts[FAR] or counts[FULL]:
            for x in block:
                raised |= exceptions(x, x)
    routes = [(made.route_of(x), x) for x in values]
    results = [pair(*lane)[0] + SETTLED * made.doubtful(*lane) for lane in routes]
    return Wanted(results, raised, lanes, settled)


KINDS = {
    "step": lambda rng: rng.choice([n for n in range(100) if n % 5]),
    "centre": lambda rng: 5 * rng.randint(0, 19),
    "far": lambda rng: rng.randint(1000, 2010),
    "full": lambda rng: rng.choice((rng.randint(-40, -1), rng.randint(100, 300))),
    "short": lambda rng: rng.randint(0, 99),
    "any": lambda rng: rng.choice((rng.randint(0, 99), rng.randint(0, 99), -1, 5, 1500)),
}


def values_of(rng: random.Random, length: int) -> list[float]:
    values: list[float] = []
    while len(values) < length:
        draw = KINDS[rng.choice(list(KINDS))]
        values += [float(draw(rng)) for _ in range(rng.choice((1, 64, 100, 512, 512, 700)))]
    return values[:length]


LENGTHS = (0, 1, 2, 7, 8, 9, 63, 64, 65, 121, 504, 505, 511, 512, 513, 520, 1023, 1024, 1025, 1191)


def array(memory: Memory, first: int, step: int, code: str, values: list[float]) -> Pointer:
    """Put values into a memory, to be read."""
    size = struct.calcsize(code)
    for i, x in enumerate(values):
        span = slice(first + i * step, first + i * step + size)
        memory.data[span] = struct.pack("<" + code, x)
        memory.readable[span] = b"\1" * size
    return Pointer(memory, first, code)


def output(memory: Memory, first: int, step: int, code: str, length: int) -> Pointer:
    """A place for as many results."""
    size = struct.calcsize(code)
    for i in range(length):
        memory.writable[first + i * step : first + i * step + size] = b"\1" * size
    return Pointer(memory, first, code)


def place(size: int, step: int, length: int) -> tuple[int, int]:
    """Bytes of a memory for an array with that step, and its first element."""
    extent = abs(step) * max(length - 1, 0)
    return extent + size + 32, 16 + (extent if step < 0 else 0)


def check(arrays: tuple[Pointer, Pointer], steps: tuple[int, int], values: list[float]) -> None:
    """Run the loop: results, exceptions and lanes, and what was settled."""
    source, target = arrays
    made = Made(source.code)
    want = wanted(made, values)
    raised = run(made, arrays, len(values), steps)
    results = [load(advance(target, i * steps[1]), 0) for i in range(len(values))]
    assert Wanted(results, raised, made.lanes, made.settled) == want


def check_apart(code: str, steps: tuple[int, int], values: list[float]) -> None:
    """The same, from one memory into another."""
    size = struct.calcsize(code)
    total, first = place(size, steps[0], len(values))
    source = array(Memory(total), first, steps[0], code, values)
    total, first = place(size, steps[1], len(values))
    target = output(Memory(total), first, steps[1], code, len(values))
    check((source, target), steps, values)


codes = pytest.mark.parametrize("code", ["f", "d"])


@codes
@pytest.mark.parametrize(
    ("step_in", "step_out"), [(1, 1), (1, 2), (2, 1), (-1, 1), (3, -2), (0, 1)]
)
def test_every_length_and_step(code: str, step_in: int, step_out: int) -> None:
    size = struct.calcsize(code)
    rng = random.Random(size + 10 * step_in + step_out)
    for length in (*LENGTHS, *(rng.randint(1, 1500) for _ in range(6))):
        values = values_of(rng, length) if step_in else values_of(rng, 1) * length
        check_apart(code, (step_in * size, step_out * size), values)


@codes
@pytest.mark.parametrize("most", ["step", "centre", "far", "full"])
@pytest.mark.parametrize("some", ["step", "centre", "far", "full"])
def test_a_few_lanes_among_others(code: str, most: str, some: str) -> None:
    """One route for most lanes, another for few: on the ends of the sets, and many."""
    rng = random.Random(most + some)
    size = struct.calcsize(code)
    ends = (0, 7, 8, 62, 63, 64, 127, 128, 447, 448, 510, 511)
    for length in (512, 500, 64, 63, 40, 3):
        for lanes in ({0}, {63}, {length - 1}, set(ends), set(rng.sample(range(512), 200))):
            values = [float(KINDS[some if i in lanes else most](rng)) for i in range(length)]
            check_apart(code, (size, size), values)


@codes
@pytest.mark.parametrize("order", list(permutations(("step", "centre", "far", "full"))))
def test_all_four_routes_in_a_block(code: str, order: tuple[str, ...]) -> None:
    """In every order of how many lanes each has, none in doubt or some, as it comes."""
    rng = random.Random("".join(order))
    size = struct.calcsize(code)
    for length, shares in ((512, (300, 150, 50, 12)), (203, (140, 50, 9, 4))):
        kinds = [kind for kind, count in zip(order, shares, strict=True) for _ in range(count)]
        rng.shuffle(kinds)
        assert len(kinds) == length
        check_apart(code, (size, size), [float(KINDS[kind](rng)) for kind in kinds])


@codes
@pytest.mark.parametrize("kind", ["step", "centre", "far", "full"])
def test_one_result_in_doubt(code: str, kind: str) -> None:
    """It is settled in whichever lane it is, and it alone, with its own numbers."""
    size = struct.calcsize(code)
    x = {"step": 1.0, "centre": 10.0, "far": 1501.0, "full": 301.0}[kind]
    for other in (3.0, 15.0, 1500.0, -3.0):
        for lane in (0, 7, 8, 63, 64, 299):
            values = [other] * 300
            values[lane] = x
            check_apart(code, (size, size), values)


@codes
@pytest.mark.parametrize("step", [1, 2, -1])
def test_in_place(code: str, step: int) -> None:
    size = struct.calcsize(code)
    rng = random.Random(size * step)
    for length in (*LENGTHS, *(rng.randint(1, 1500) for _ in range(6))):
        values = values_of(rng, length)
        total, first = place(size, step * size, length)
        source = array(Memory(total), first, step * size, code, values)
        output(source.memory, first, step * size, code, length)
        check((source, source), (step * size, step * size), values)


@pytest.mark.parametrize("shift", [-700, -512, -511, -64, -8, -1])
def test_results_before_their_arguments(shift: int) -> None:
    """Overlapping arrays, the results ahead: no argument is overwritten before it is read."""
    rng = random.Random(shift)
    for length in (512, 520, 1024, 1200, 1536):
        values = values_of(rng, length)
        memory = Memory(16 + 8 * (length - shift))
        source = array(memory, 8 * -shift, 8, "d", values)
        check((source, output(memory, 0, 8, "d", length)), (8, 8), values)


def test_sizes_of_blocks_and_groups() -> None:
    """Whole groups fit a block; a group is a vector of 512 bits of float64; a set is an int64."""
    assert (loop.BLOCK, loop.GROUP, loop.SET) == (BLOCK, GROUP, SET)
    assert BLOCK % GROUP == 0
    assert GROUP * 8 == 64
    assert loop.SETS * SET == BLOCK
    assert (loop.FULL, loop.STEP, loop.CENTRE, loop.FAR) == (FULL, STEP, CENTRE, FAR)
    assert (loop.ROUTES, loop.ALL_SETS) == (4, 4 * loop.SETS)


def test_words_wrap() -> None:
    """The memory's own integers: bit 63 is the sign."""
    last = Word(1) << 63
    assert last == 0 | last == -(2**63)
    assert last & last - 1 == 0
    assert trailing_zeros(last) == 63
    assert (population(last), population(Word(-1)), population(Word(6))) == (1, 64, 2)
    assert -1 & ~last == 2**63 - 1


def test_the_last_phase_is_handed_its_arguments() -> None:
    settle = Linker(lambda f: f, bindings={"settle": lambda *arguments: arguments})
    assert settle.undecorated(loop.settled)(1.0, 2.0, 3.0) == (1.0, 2.0, 3.0)


# Flags

NUMPY = {"divide": 1, "overflow": 2, "underflow": 4, "invalid": 8}  # NPY_FPE_* of npy_math.h
OURS = {"divide": DIVIDE, "overflow": OVERFLOW, "invalid": INVALID}


@pytest.mark.parametrize("before", range(16))
@pytest.mark.parametrize("raised", range(8))
def test_replace_raises_what_was_there_and_what_is_deserved(before: int, raised: int) -> None:
    loaded: list[int] = []
    kept: list[tuple[int, float]] = []
    status: list[int] = []
    fields = flags.new_table(0, 0)
    values = [0.0, 0.0, 0.0, *fields.divide, *fields.overflow, *fields.underflow, *fields.invalid]

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
        raising = {"divide": 4, "overflow": 6, "underflow": 8, "invalid": 10}
        assert {name for name, index in raising.items() if index in loaded} == wanted
        assert seen == {kinds.get(name, name) for name in wanted}
        if before | raised:
            assert kept[0][0] == 1016
            assert sorted(loaded) == sorted(i if n in wanted else i - 1 for n, i in raising.items())
            assert np.isfinite(kept[0][1]) == (not wanted & {"divide", "overflow", "invalid"})


def test_the_table_raises_what_it_should() -> None:
    table = flags.new_table(123, 456)
    assert (table.take_status, table.settle) == (123, 456)
    assert [name for name, *_ in table._fields_] == ["take_status", "settle", "sink", *NUMPY]
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
