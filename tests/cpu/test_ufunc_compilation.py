"""How kernels become compiled loops: the linker, vector code, one set of bits on every path."""

from __future__ import annotations

import platform
import re

import llvmlite.binding as llvm
import numpy as np
import pytest
from numba import njit

from stdplus_ref import spec
from stdplus_ref.cpu import ufunc
from stdplus_ref.source import KERNELS
from stdplus_ref.source.linker import Linker
from stdplus_ref.source.pairs import differ
from stdplus_ref.source.routes import double_routes, evaluate, evaluate_short, single_routes

STEP = 3.0


def inner(x):
    return x * STEP


def outer(x):
    return inner(x) + max(inner(y) for y in (x,))


def left(x):
    return right(x)


def right(x):
    return left(x)


class Decorated:
    def __init__(self, function) -> None:
        self.function = function

    def __call__(self, x):
        return self.function(x)


def test_linker_decorates_everything_reached_once() -> None:
    link = Linker(Decorated)
    copy = link(outer)
    assert isinstance(copy, Decorated)
    reached = copy.function.__globals__["inner"]
    assert isinstance(reached, Decorated)
    assert link(inner) is reached
    assert link(outer) is copy
    assert copy(2.0) == outer(2.0) == 12.0


def test_linker_leaves_the_originals_alone() -> None:
    Linker(Decorated)(outer)
    assert outer.__globals__["inner"] is inner
    assert not isinstance(inner, Decorated)


def test_linker_binds_templates_and_tags_names() -> None:
    link = Linker(Decorated, bindings={"STEP": 5.0}, tag="five")
    assert link(outer)(2.0) == 20.0
    assert link(inner).function.__qualname__ == "inner_five"
    assert outer(2.0) == 12.0


def test_linker_refuses_recursion() -> None:
    with pytest.raises(ValueError, match="recursive: left -> right -> left"):
        Linker(Decorated)(left)


def test_linker_replaces_operations() -> None:
    assert Linker(Decorated, {inner: lambda x: x - 1.0})(outer)(2.0) == 2.0


def multiplied(factor):
    def by_inner(x):
        return factor(x) * factor(x)

    return by_inner


def test_linker_follows_closures() -> None:
    link = Linker(Decorated)
    copy = link(multiplied(inner))
    assert copy(2.0) == 36.0
    assert copy.function.__closure__[0].cell_contents is link(inner)


def assembly(name: str, dtype) -> str:
    loop = ufunc.compile_loop(KERNELS[name], np.dtype(dtype), cache=False)
    return loop._library.get_asm_str()


needs_avx2 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not llvm.get_host_cpu_features().get("avx2"),
    reason="reads x86 assembly with AVX2",
)


def bodies(text: str) -> dict[str, str]:
    """name -> assembly of the functions, without the wrapper for C."""
    pieces = re.findall(r"^([A-Za-z_]\S*):\n(.*?)^\.Lfunc_end", text, re.M | re.S)
    return {name: body for name, body in pieces if not name.startswith("cfunc.")}


def called(body: str) -> set[str]:
    """The functions that a function calls by name."""
    return set(re.findall(r"\b(?:movabsq\s+\$|call\w*\s+)([A-Za-z_][\w.]*)", body))


@needs_avx2
@pytest.mark.parametrize("name", ["stdplus", "inv_stdplus"])
def test_loops_are_vector_code_without_calls(name, dtype) -> None:
    functions = bodies(assembly(name, dtype))
    loop, *parts = functions.values()
    # all that is not inlined are the loop's own functions for whole blocks, and copies of blocks
    assert all(function.startswith("_ZN11stdplus_ref3cpu4loop") for function in functions)
    assert set().union(*map(called, functions.values())) <= {*functions, "memcpy", "memset"}
    # through the table: the status, twice, and the last phase, where a result is in doubt
    through = [re.findall(r"\bcallq?\s+\*(\d*)\(", body) for body in (loop, *parts)]
    assert through[0].count("") == 2
    assert set().union(*through) == {"", "8"}
    assert not any("" in offsets for offsets in through[1:])
    # for lanes that fill no vector there is scalar code, which is never reached, but no more
    counts = [
        [len(re.findall(rf"\bvfn?m(?:add|sub)\w*{p}d\b", body)) for p in "ps"]
        for body in functions.values()
    ]
    assert sum(packed for packed, _ in counts) > 50
    assert all(packed >= scalar for packed, scalar in counts)


@pytest.fixture(params=[single_routes, double_routes], ids=["float32", "float64"])
def routes_of(request):
    return request.param


def settled(pair, settle):
    """The route with its doubts settled."""

    def result(x):
        y, z = pair(x)
        if differ(y, z):
            return settle(x, y, z)
        return y

    return result


def test_short_and_full_agree(name, routes_of, same) -> None:
    """A lane's result does not depend on the route its block takes in the end."""
    routes = routes_of(KERNELS[name])
    short, full = evaluate_short(routes.short), ufunc.link(evaluate(routes))
    short = ufunc.link(short if routes_of is single_routes else settled(short, routes.settle))
    holds = ufunc.link(routes.short.holds)

    @njit(error_model="numpy")
    def both(x, a, b, relied):
        for i in range(x.size):
            a[i] = short(x[i])
            b[i] = full(x[i])
            relied[i] = holds(x[i])

    rng = np.random.default_rng(7)
    ends = rng.choice([-1.0, 1.0], 20_000) * 2.0 ** rng.uniform(-1060, 60, 20_000)
    x = np.concatenate([rng.normal(0, 4, 20_000), rng.uniform(-50, 50, 20_000), ends, [0.0, -0.0]])
    result = np.float32 if routes_of is single_routes else np.float64
    x = x.astype(result).astype(np.float64)
    a, b, relied = np.empty_like(x), np.empty_like(x), np.empty(x.shape, bool)
    both(x, a, b, relied)
    assert relied.mean() > 0.2
    same(a[relied].astype(result), b[relied].astype(result))


def test_no_short_route_holds_for_a_nan(name, routes_of) -> None:
    assert not routes_of(KERNELS[name]).short.holds(np.nan)


def test_the_source_has_the_functions_of_the_contract() -> None:
    assert tuple(KERNELS) == spec.NAMES
