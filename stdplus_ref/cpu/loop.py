"""The inner loop of a ufunc, f->f or d->d, for any kernel: blocks of contiguous lanes.

A call is cut into blocks that fit the first-level cache. A block is read where it lies if it is
contiguous and otherwise gathered; it is written where it belongs if that is contiguous and does
not overlap what is still to be read, and otherwise through a buffer. So each kernel is compiled
only for contiguous, disjoint arrays, in loops which LLVM vectorises, by the four routes of
`source.routes`: step, centre, far and full. In every block the route of most lanes runs over all of
them; what lies on another is gathered, computed by that and put back. The few results that a route
leaves in doubt are settled one by one.
The buffers live on the stack: loops run without the GIL, many at once.

The step and the full route run in three passes over a block, start, step and finish, that hand two
or three float64 a lane to the next through buffers. One pass would have a chain of operations so
long, and so many constants to fetch, that the processor cannot overlap enough lanes; three take
two thirds of its time. The step of float32 hands on a float32, where the results go later, and a
float64: its first pass has twice as many lanes to a vector.

The functions here are templates. Their names `parts`, `differ`, `settle`, `sort`, `run_step`,
`run_centre`, `REAL` and `ITEM_SIZE` are bound for one kernel and one type by
`stdplus_ref.cpu.ufunc`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

from numba import types

from stdplus_ref.cpu.flags import replace, take
from stdplus_ref.cpu.memory import (
    advance,
    assume_disjoint,
    call_settle,
    copy,
    distance,
    load,
    population,
    stack_buffer,
    store,
    trailing_zeros,
)

BLOCK: Final = 512  # lanes: enough that those on other routes fill vectors
GROUP: Final = 8  # lanes are computed in multiples of this, a vector of 512 bits
SET: Final = 64  # lanes to an int64, one bit for each
SETS: Final = BLOCK // SET  # to a route
FULL, STEP, CENTRE, FAR = range(4)  # the routes
ROUTES: Final = 4
ALL_SETS: Final = ROUTES * SETS


class Parts(NamedTuple):
    """What a loop is made of: compiled functions of `source.routes.Routes`, and the exceptions."""

    short_holds: Any
    start: Any
    step: Any
    finish: Any
    near: Any
    centre: Any
    far_holds: Any
    far_value: Any
    full_start: Any
    full_step: Any
    full_finish: Any
    exceptions: Any


# Placeholders, see above.
parts = cast(Parts, None)
differ: Any = None
settle: Any = None
sort: Any = None
run_step: Any = None
run_centre: Any = None
REAL: Any = None
ITEM_SIZE: Any = None


# The routes: from source into target, by way of a, b and c. Each returns whether any of its results
# is in doubt, between target and a. What it makes of lanes on other routes is of no account.


def step_first(source: Any, a: Any, b: Any, lanes: Any) -> None:
    """The first pass of float64, into a and b."""
    assume_disjoint()
    for i in range(lanes):
        start_a, start_b = parts.start(types.float64(load(source, i)))
        store(a, i, start_a)
        store(b, i, start_b)


def step_second(source: Any, a: Any, b: Any, lanes: Any) -> None:
    """The second pass, from a and b into a and b."""
    assume_disjoint()
    for i in range(lanes):
        x = types.float64(load(source, i))
        step_a, step_b = parts.step(x, load(a, i), load(b, i))
        store(a, i, step_a)
        store(b, i, step_b)


def step_third(source: Any, a: Any, b: Any, target: Any, lanes: Any) -> Any:
    """The third pass, from a and b; whether any result is in doubt."""
    assume_disjoint()
    doubt = False
    for i in range(lanes):
        y, z = parts.finish(types.float64(load(source, i)), load(a, i), load(b, i))
        doubt |= differ(y, z)
        store(target, i, y)
    return doubt


def step_other(source: Any, a: Any, b: Any, lanes: Any) -> None:
    """The other results that `step_third` leaves possible, into a."""
    assume_disjoint()
    for i in range(lanes):
        _, z = parts.finish(types.float64(load(source, i)), load(a, i), load(b, i))
        store(a, i, z)


def run_step_double(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The step of float64."""
    step_first(source, a, b, lanes)
    step_second(source, a, b, lanes)
    doubt = step_third(source, a, b, target, lanes)
    if doubt:
        step_other(source, a, b, lanes)
    return doubt


def run_centre_double(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The polynomial of float64."""
    assume_disjoint()
    doubt = False
    for i in range(lanes):
        y, z = parts.centre(load(source, i))
        doubt |= differ(y, z)
        store(target, i, y)
        store(a, i, z)
    return doubt


def single_first(source: Any, target: Any, lanes: Any) -> None:
    """The first pass of float32, into the target."""
    assume_disjoint()
    for i in range(lanes):
        store(target, i, parts.start(types.float64(load(source, i))))


def single_second(target: Any, a: Any, lanes: Any) -> None:
    """The second pass, from the target into a."""
    assume_disjoint()
    for i in range(lanes):
        store(a, i, parts.step(load(target, i)))


def single_third(source: Any, a: Any, target: Any, lanes: Any) -> None:
    """The third pass, from the target and a."""
    assume_disjoint()
    for i in range(lanes):
        y = parts.finish(types.float64(load(source, i)), load(target, i), load(a, i))
        store(target, i, REAL(y))


def run_step_single(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The step of float32, which leaves no doubt."""
    single_first(source, target, lanes)
    single_second(target, a, lanes)
    single_third(source, a, target, lanes)
    return False


def run_nothing(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The centre of float32, where no lane is."""
    return False


def run_far(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The closed form."""
    assume_disjoint()
    doubt = False
    for i in range(lanes):
        y, z = parts.far_value(types.float64(load(source, i)))
        doubt |= differ(REAL(y), REAL(z))
        store(target, i, REAL(y))
        store(a, i, z)
    return doubt


def full_first(source: Any, a: Any, b: Any, c: Any, lanes: Any) -> None:
    """The first pass of the full route, into a, b and c."""
    assume_disjoint()
    for i in range(lanes):
        start_a, start_b, start_c = parts.full_start(types.float64(load(source, i)))
        store(a, i, start_a)
        store(b, i, start_b)
        store(c, i, start_c)


def full_second(source: Any, a: Any, b: Any, c: Any, lanes: Any) -> None:
    """The second pass, from a, b and c into a and b."""
    assume_disjoint()
    for i in range(lanes):
        x = types.float64(load(source, i))
        step_a, step_b = parts.full_step(x, load(a, i), load(b, i), load(c, i))
        store(a, i, step_a)
        store(b, i, step_b)


def full_third(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The third pass; whether any result is in doubt, between target and a."""
    assume_disjoint()
    doubt = False
    for i in range(lanes):
        x = types.float64(load(source, i))
        y, z = parts.full_finish(x, load(a, i), load(b, i), load(c, i))
        doubt |= differ(REAL(y), REAL(z))
        store(target, i, REAL(y))
        store(a, i, z)
    return doubt


def run_full(source: Any, a: Any, b: Any, c: Any, target: Any, lanes: Any) -> Any:
    """The full route, which holds everywhere."""
    full_first(source, a, b, c, lanes)
    full_second(source, a, b, c, lanes)
    return full_third(source, a, b, c, target, lanes)


def settle_doubts(route: Any, source: Any, a: Any, target: Any, lanes: Any, table: Any) -> None:
    """Settle the results of a route that are in doubt, between target and a, one by one."""
    for i in range(lanes):
        y, z = types.float64(load(target, i)), types.float64(REAL(load(a, i)))
        if differ(y, z):
            x = types.float64(load(source, i))
            if route == FULL or route_of(x) == route:
                store(target, i, REAL(call_settle(table, x, y, z)))


def route_of(x: Any) -> Any:
    """The route of one lane."""
    if parts.short_holds(x):
        return CENTRE if parts.near(x) else STEP
    return FAR if parts.far_holds(x) else FULL


def settled(x: Any, y: Any, z: Any) -> Any:
    """The last phase, compiled by itself: the loops find its address in their table."""
    return settle(x, y, z)


# Which lanes lie where


def lanes_where(source: Any, first: Any, count: Any) -> Any:
    """Of so many lanes from `first` on, those for which short, near and far hold, as sets."""
    short, near, far = 0, 0, 0
    for i in range(count):
        x = types.float64(load(source, first + i))
        short |= types.int64(parts.short_holds(x)) << i
        near |= types.int64(parts.near(x)) << i
        far |= types.int64(parts.far_holds(x)) << i
    return short, near, far


def all_short(source: Any, lanes: Any) -> Any:
    """Whether the short route holds for every lane."""
    outside = False
    for i in range(lanes):
        outside |= not parts.short_holds(types.float64(load(source, i)))
    return not outside


def all_far(source: Any, lanes: Any) -> Any:
    """Whether the far route holds for every lane."""
    outside = False
    for i in range(lanes):
        outside |= not parts.far_holds(types.float64(load(source, i)))
    return not outside


def all_on(route: Any, counts: Any, lanes: Any) -> Any:
    """Write down that all lanes are on one route; return it."""
    for other in range(ROUTES):
        store(counts, other, 0)
    store(counts, route, lanes)
    return route


def sort_lanes(source: Any, sets: Any, counts: Any, lanes: Any) -> Any:
    """Write down which lanes are on which route, and how many; return the route of most."""
    if parts.far_holds(types.float64(load(source, 0))) and all_far(source, lanes):
        return all_on(FAR, counts, lanes)
    for word in range((lanes + SET - 1) // SET):
        first = word * SET
        count = min(SET, lanes - first)
        short, near, far = lanes_where(source, first, count)
        every = -1 if count == SET else (1 << count) - 1
        store(sets, FULL * SETS + word, every & ~(short | far))
        store(sets, STEP * SETS + word, short & ~near)
        store(sets, CENTRE * SETS + word, short & near)
        store(sets, FAR * SETS + word, far)
    most = FULL
    for route in range(ROUTES):
        some = 0
        for word in range((lanes + SET - 1) // SET):
            some += population(load(sets, route * SETS + word))
        store(counts, route, some)
        if some > load(counts, most):
            most = route
    return most


def sort_lanes_single(source: Any, sets: Any, counts: Any, lanes: Any) -> Any:
    """The same for float32: without a centre, mostly all lanes are on one route."""
    if all_short(source, lanes):
        return all_on(STEP, counts, lanes)
    return sort_lanes(source, sets, counts, lanes)


def gather_lanes(
    route: Any, source: Any, sets: Any, places: Any, gathered: Any, lanes: Any
) -> None:
    """Gather the lanes of a route, and where they were."""
    count = 0
    for word in range((lanes + SET - 1) // SET):
        found = load(sets, route * SETS + word)
        while found != 0:
            place = word * SET + trailing_zeros(found)
            store(places, count, place)
            store(gathered, count, load(source, place))
            found &= found - 1
            count += 1


def put_back(results: Any, places: Any, target: Any, count: Any) -> None:
    """Put so many results where they belong."""
    for i in range(count):
        store(target, load(places, i), load(results, i))


# The loop


def exceptions_of(source: Any, target: Any, lanes: Any) -> Any:
    """The exceptions the results deserve."""
    assume_disjoint()
    raised = 0
    for i in range(lanes):
        raised |= parts.exceptions(types.float64(load(source, i)), types.float64(load(target, i)))
    return raised


def fill(block: Any, count: Any) -> Any:
    """Repeat the last of `count` elements to fill the groups; return the number of lanes."""
    lanes = (count + GROUP - 1) // GROUP * GROUP
    for i in range(count, lanes):
        store(block, i, load(block, count - 1))
    return lanes


def gather(source: Any, step: Any, target: Any, count: Any) -> None:
    """Copy `count` elements `step` bytes apart, and fill the groups."""
    if step == ITEM_SIZE:
        copy(target, source, count)
    else:
        for i in range(count):
            store(target, i, load(advance(source, i * step), 0))
    fill(target, count)


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
    read = stack_buffer(arguments[0], BLOCK)
    written = stack_buffer(arguments[1], BLOCK)
    gathered = stack_buffer(arguments[0], BLOCK)
    results = stack_buffer(arguments[1], BLOCK)
    sets = stack_buffer(dimensions, ALL_SETS)
    counts = stack_buffer(dimensions, ROUTES)
    places = stack_buffer(dimensions, BLOCK)
    a = stack_buffer(table, BLOCK)
    b = stack_buffer(table, BLOCK)
    c = stack_buffer(table, BLOCK)
    before = take(table)
    raised = 0
    for start in range(0, length, BLOCK):
        count = min(BLOCK, length - start)
        lanes = (count + GROUP - 1) // GROUP * GROUP
        place = advance(arguments[0], start * step_in)
        destination = advance(arguments[1], start * step_out)
        apart = abs(distance(destination, place)) >= count * ITEM_SIZE
        direct = count == lanes and step_out == ITEM_SIZE
        source = place
        if step_in != ITEM_SIZE or count != lanes or (direct and not apart):
            gather(place, step_in, read, count)
            source = read
        target = destination
        if not direct:
            target = written
        most = sort(source, sets, counts, lanes)
        for turn in range(ROUTES):  # the route of most lanes first, over all of them
            route = (most + turn) % ROUTES
            some = load(counts, route)
            if some == 0:
                continue
            x, y, on_it = source, target, lanes
            if turn != 0:
                gather_lanes(route, source, sets, places, gathered, lanes)
                x, y, on_it = gathered, results, fill(gathered, some)
            if route == STEP:
                doubt = run_step(x, a, b, c, y, on_it)
            elif route == CENTRE:
                doubt = run_centre(x, a, b, c, y, on_it)
            elif route == FAR:
                doubt = run_far(x, a, b, c, y, on_it)
            else:
                doubt = run_full(x, a, b, c, y, on_it)
            if doubt:
                settle_doubts(route, x, a, y, on_it, table)
            if turn != 0:
                put_back(results, places, target, some)
        if load(counts, FAR) + load(counts, FULL) != 0:
            raised |= exceptions_of(source, target, lanes)
        if not direct:
            scatter(written, destination, step_out, count)
    replace(table, before, raised)
