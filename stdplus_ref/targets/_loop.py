"""The inner loop of a ufunc, f->f or d->d, for any kernel: blocks of contiguous lanes.

A call is cut into blocks that fit the first-level cache. A block is read where it lies if it is
contiguous and otherwise gathered; it is written where it belongs if that is contiguous and does
not overlap what is still to be read, and otherwise through a buffer. So each kernel is compiled
only for contiguous, disjoint arrays, in loops which LLVM vectorises: `core`, cheap, for blocks
all of whose arguments are `in_core` and all of whose results are `certain`; `far`, cheaper
still, for blocks all of whose arguments are `in_far`; and `full`, right for every input. The
buffers live on the stack: loops run without the GIL, many at once.

`core` and `full` run in three passes over a block, `first`, `second` and `third`, that hand two
or three float64 a lane to the next through buffers. One pass would have a chain of operations so
long, and so many constants to fetch, that the processor cannot overlap enough lanes; three take
two thirds of its time. (A pass with one value to hand on leaves the other as it is.)

The functions here are templates. Their names `first` … `exceptions`, `REAL` and `ITEM_SIZE` are
bound for one kernel and one type by `stdplus_ref.targets.cpu`.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types

from stdplus_ref.targets._memory import (
    advance,
    assume_disjoint,
    copy,
    distance,
    load,
    stack_buffer,
    store,
)
from stdplus_ref.targets._status import replace, take

BLOCK: Final = 128  # lanes
GROUP: Final = 8  # lanes are computed in multiples of this, a vector of 512 bits

# Placeholders, see above.
first: Any = None
second: Any = None
third: Any = None
first_full: Any = None
second_full: Any = None
third_full: Any = None
in_core: Any = None
in_far: Any = None
far: Any = None
certain: Any = None
exceptions: Any = None
REAL: Any = None
ITEM_SIZE: Any = None


def all_in_core(source: Any, groups: Any) -> Any:
    """Whether the three passes are right for every lane."""
    outside = False
    for i in range(GROUP * groups):
        outside |= not in_core(types.float64(load(source, i)))
    return not outside


def run_first(source: Any, a: Any, b: Any, groups: Any) -> None:
    """The first pass, into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        first_a, first_b = first(types.float64(load(source, i)))
        store(a, i, first_a)
        store(b, i, first_b)


def run_second(source: Any, a: Any, b: Any, groups: Any) -> None:
    """The second pass, from a and b into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        second_a, second_b = second(types.float64(load(source, i)), load(a, i), load(b, i))
        store(a, i, second_a)
        store(b, i, second_b)


def run_third(source: Any, a: Any, b: Any, target: Any, groups: Any) -> Any:
    """The third pass, from a and b; whether every result is certain."""
    assume_disjoint()
    doubtful = False
    for i in range(GROUP * groups):
        y = third(types.float64(load(source, i)), load(a, i), load(b, i))
        doubtful |= not certain(y)
        store(target, i, REAL(y))
    return not doubtful


def all_in_far(source: Any, groups: Any) -> Any:
    """Whether `far` is right for every lane."""
    outside = False
    for i in range(GROUP * groups):
        outside |= not in_far(types.float64(load(source, i)))
    return not outside


def run_far(source: Any, target: Any, groups: Any) -> Any:
    """Apply `far`; the exceptions the results deserve."""
    assume_disjoint()
    raised = 0
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        y = REAL(far(x))
        store(target, i, y)
        raised |= exceptions(x, types.float64(y))
    return raised


def run_first_full(source: Any, a: Any, b: Any, c: Any, groups: Any) -> None:
    """The first pass of `full`, into a, b and c."""
    assume_disjoint()
    for i in range(GROUP * groups):
        first_a, first_b, first_c = first_full(types.float64(load(source, i)))
        store(a, i, first_a)
        store(b, i, first_b)
        store(c, i, first_c)


def run_second_full(source: Any, a: Any, b: Any, c: Any, groups: Any) -> None:
    """The second pass of `full`, from a, b and c into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        second_a, second_b = second_full(x, load(a, i), load(b, i), load(c, i))
        store(a, i, second_a)
        store(b, i, second_b)


def run_third_full(source: Any, a: Any, b: Any, c: Any, target: Any, groups: Any) -> Any:
    """The third pass of `full`, from a, b and c; the exceptions the results deserve."""
    assume_disjoint()
    raised = 0
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        y = REAL(third_full(x, load(a, i), load(b, i), load(c, i)))
        store(target, i, y)
        raised |= exceptions(x, types.float64(y))
    return raised


def gather(source: Any, step: Any, target: Any, count: Any, groups: Any) -> None:
    """Copy `count` elements `step` bytes apart, then repeat the last to fill the groups."""
    if step == ITEM_SIZE:
        copy(target, source, count)
    else:
        for i in range(count):
            store(target, i, load(advance(source, i * step), 0))
    for i in range(count, GROUP * groups):
        store(target, i, load(target, count - 1))


def scatter(source: Any, target: Any, step: Any, count: Any) -> None:
    """Copy `count` elements to places `step` bytes apart."""
    if step == ITEM_SIZE:
        copy(target, source, count)
    else:
        for i in range(count):
            store(advance(target, i * step), 0, load(source, i))


def loop(arguments: Any, dimensions: Any, steps: Any, table: Any) -> None:
    """A `PyUFuncGenericFunction`: y[i] = kernel(x[i])."""
    length = dimensions[0]
    step_in = steps[0]
    step_out = steps[1]
    gathered = stack_buffer(arguments[0], BLOCK)
    results = stack_buffer(arguments[1], BLOCK)
    a = stack_buffer(table, BLOCK)
    b = stack_buffer(table, BLOCK)
    c = stack_buffer(table, BLOCK)
    before = take(table)
    raised = 0
    for start in range(0, length, BLOCK):
        count = min(BLOCK, length - start)
        groups = (count + GROUP - 1) // GROUP
        whole = count == groups * GROUP
        place = advance(arguments[0], start * step_in)
        destination = advance(arguments[1], start * step_out)
        apart = abs(distance(destination, place)) >= count * ITEM_SIZE
        direct = whole and step_out == ITEM_SIZE
        source = place
        if step_in != ITEM_SIZE or not whole or (direct and not apart):
            gather(place, step_in, gathered, count, groups)
            source = gathered
        target = destination
        if not direct:
            target = results
        done = False
        if all_in_core(source, groups):
            run_first(source, a, b, groups)
            run_second(source, a, b, groups)
            done = run_third(source, a, b, target, groups)
        elif all_in_far(source, groups):
            raised |= run_far(source, target, groups)
            done = True
        if not done:
            run_first_full(source, a, b, c, groups)
            run_second_full(source, a, b, c, groups)
            raised |= run_third_full(source, a, b, c, target, groups)
        if not direct:
            scatter(results, destination, step_out, count)
    replace(table, before, raised)
