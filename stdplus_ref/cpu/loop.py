"""The inner loop of a ufunc, f->f or d->d, for any kernel: blocks of contiguous lanes.

A call is cut into blocks that fit the first-level cache. A block is read where it lies if it is
contiguous and otherwise gathered; it is written where it belongs if that is contiguous and does
not overlap what is still to be read, and otherwise through a buffer. So each kernel is compiled
only for contiguous, disjoint arrays, in loops which LLVM vectorises, by the routes of
`source.routes`: the short one, for blocks where it holds for all arguments; the far one, cheaper
still, for blocks of far arguments; and the full one, right for every input.
The buffers live on the stack: loops run without the GIL, many at once.

The short and the full route run in three passes over a block, start, step and finish, that hand two
or three float64 a lane to the next through buffers. One pass would have a chain of operations so
long, and so many constants to fetch, that the processor cannot overlap enough lanes; three take
two thirds of its time. The short route of float32 hands on a float32, where the results go later,
and a float64: its first pass has twice as many lanes to a vector.

The functions here are templates. Their names `parts`, `run_short`, `REAL` and `ITEM_SIZE` are bound
for one kernel and one type by `stdplus_ref.cpu.ufunc`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

from numba import types

from stdplus_ref.cpu.flags import replace, take
from stdplus_ref.cpu.memory import (
    advance,
    assume_disjoint,
    copy,
    distance,
    load,
    stack_buffer,
    store,
)

BLOCK: Final = 128  # lanes
GROUP: Final = 8  # lanes are computed in multiples of this, a vector of 512 bits


class Parts(NamedTuple):
    """What a loop is made of: compiled functions of `source.routes.Routes`, and the exceptions."""

    short_holds: Any
    short_start: Any
    short_step: Any
    short_finish: Any
    full_start: Any
    full_step: Any
    full_finish: Any
    far_holds: Any
    far_value: Any
    exceptions: Any


# Placeholders, see above.
parts = cast(Parts, None)
run_short: Any = None
REAL: Any = None
ITEM_SIZE: Any = None


def all_short(source: Any, groups: Any) -> Any:
    """Whether the short route holds for every lane."""
    outside = False
    for i in range(GROUP * groups):
        outside |= not parts.short_holds(types.float64(load(source, i)))
    return not outside


def run_start(source: Any, a: Any, b: Any, groups: Any) -> None:
    """The first pass of the short route, into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        start_a, start_b = parts.short_start(types.float64(load(source, i)))
        store(a, i, start_a)
        store(b, i, start_b)


def run_step(source: Any, a: Any, b: Any, groups: Any) -> None:
    """The second pass of the short route, from a and b into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        step_a, step_b = parts.short_step(x, load(a, i), load(b, i))
        store(a, i, step_a)
        store(b, i, step_b)


def run_finish(source: Any, a: Any, b: Any, target: Any, groups: Any) -> None:
    """The third pass of the short route, from a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        y = parts.short_finish(types.float64(load(source, i)), load(a, i), load(b, i))
        store(target, i, REAL(y))


def run_short_double(source: Any, a: Any, b: Any, target: Any, groups: Any) -> None:
    """The short route of float64."""
    run_start(source, a, b, groups)
    run_step(source, a, b, groups)
    run_finish(source, a, b, target, groups)


def run_start_single(source: Any, target: Any, groups: Any) -> None:
    """The first pass of the short route of float32, into the target."""
    assume_disjoint()
    for i in range(GROUP * groups):
        store(target, i, parts.short_start(types.float64(load(source, i))))


def run_step_single(target: Any, a: Any, groups: Any) -> None:
    """The second pass, from the target into a."""
    assume_disjoint()
    for i in range(GROUP * groups):
        store(a, i, parts.short_step(load(target, i)))


def run_finish_single(source: Any, a: Any, target: Any, groups: Any) -> None:
    """The third pass, from the target and a."""
    assume_disjoint()
    for i in range(GROUP * groups):
        y = parts.short_finish(types.float64(load(source, i)), load(target, i), load(a, i))
        store(target, i, REAL(y))


def run_short_single(source: Any, a: Any, b: Any, target: Any, groups: Any) -> None:
    """The short route of float32; b is not needed."""
    run_start_single(source, target, groups)
    run_step_single(target, a, groups)
    run_finish_single(source, a, target, groups)


def all_far(source: Any, groups: Any) -> Any:
    """Whether the far route holds for every lane."""
    outside = False
    for i in range(GROUP * groups):
        outside |= not parts.far_holds(types.float64(load(source, i)))
    return not outside


def run_far(source: Any, target: Any, groups: Any) -> Any:
    """Apply the far route; the exceptions the results deserve."""
    assume_disjoint()
    raised = 0
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        y = REAL(parts.far_value(x))
        store(target, i, y)
        raised |= parts.exceptions(x, types.float64(y))
    return raised


def run_full_start(source: Any, a: Any, b: Any, c: Any, groups: Any) -> None:
    """The first pass of the full route, into a, b and c."""
    assume_disjoint()
    for i in range(GROUP * groups):
        start_a, start_b, start_c = parts.full_start(types.float64(load(source, i)))
        store(a, i, start_a)
        store(b, i, start_b)
        store(c, i, start_c)


def run_full_step(source: Any, a: Any, b: Any, c: Any, groups: Any) -> None:
    """The second pass of the full route, from a, b and c into a and b."""
    assume_disjoint()
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        step_a, step_b = parts.full_step(x, load(a, i), load(b, i), load(c, i))
        store(a, i, step_a)
        store(b, i, step_b)


def run_full_finish(source: Any, a: Any, b: Any, c: Any, target: Any, groups: Any) -> Any:
    """The third pass of the full route, from a, b and c; the exceptions the results deserve."""
    assume_disjoint()
    raised = 0
    for i in range(GROUP * groups):
        x = types.float64(load(source, i))
        y = REAL(parts.full_finish(x, load(a, i), load(b, i), load(c, i)))
        store(target, i, y)
        raised |= parts.exceptions(x, types.float64(y))
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
        if all_short(source, groups):
            run_short(source, a, b, target, groups)
        elif all_far(source, groups):
            raised |= run_far(source, target, groups)
        else:
            run_full_start(source, a, b, c, groups)
            run_full_step(source, a, b, c, groups)
            raised |= run_full_finish(source, a, b, c, target, groups)
        if not direct:
            scatter(results, destination, step_out, count)
    replace(table, before, raised)
