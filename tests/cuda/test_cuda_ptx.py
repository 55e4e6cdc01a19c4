"""The GPU code seen without a GPU: what its PTX computes, and what ptxas makes of it."""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import njit

import stdplus_ref
from stdplus_ref import exact, spec
from stdplus_ref.cuda.float32 import PAIRS
from stdplus_ref.cuda.float32.pairs import decided
from stdplus_ref.source import KERNELS, coefficients, ties
from stdplus_ref.source.kernel import Kernel
from stdplus_ref.source.operations import Double, Single, mul, select
from stdplus_ref.source.pairs import differ
from stdplus_ref.source.routes import double_routes, evaluate_full, evaluate_short, single_routes
from tests.cpu.test_correct_rounding import REGIMES, drawn
from tests.cuda.cuda_graph import Graph
from tests.source.test_source_ties import (
    Point,
    below,
    hardest,
    near_ties,
    points,
    settled_at,
    truth,
)
from validation.cuda import ptx as cuda_ptx
from validation.cuda.ptx import CAPABILITIES
from validation.worst_cases import records

GENERATORS = [(8, 6), (10, 0)]
"""The compiler has two code generators: one up to 9.0, one from 10.0 on."""
LARGER = 2.0**11 / 1.5
"""By which the bounds of the first phase's error are larger in a test, to leave more in doubt."""
capabilities = pytest.mark.parametrize(
    "capability", CAPABILITIES, ids=map(cuda_ptx.capability_name, CAPABILITIES)
)


@cache
def route(name: str, path: str, type_name: str) -> Callable[[Double], Any]:
    """The short or the full route of a function: source without a branch."""
    routes = (single_routes if type_name == "float32" else double_routes)(KERNELS[name])
    return evaluate_short(routes.short) if path == "short" else evaluate_full(routes.full)


@cache
def graph(name: str, path: str, type_name: str) -> Graph:
    return Graph(route(name, path, type_name))


@cache
def pairs_graph(name: str) -> Graph:
    """What float32 arithmetic does for one element, its test included."""
    pair = PAIRS[name].value

    def first_look(x: Single) -> Single:
        hi, lo, scale = pair(x)
        return select(decided(hi, lo), mul(hi, scale), x)

    return Graph(first_look)


@pytest.fixture(params=spec.DTYPES)
def type_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    """`stdplus_ref.cuda._kernels`, if it can compile here."""
    install = "pip install numba-cuda nvidia-cuda-nvrtc nvidia-cuda-nvcc"
    pytest.importorskip("numba_cuda", reason=f"needs numba-cuda: {install}")
    from numba import cuda, types

    try:
        cuda.compile(lambda x: x, types.float64(types.float64), cc=(9, 0))
    except ImportError as error:  # of NVVM or NVRTC
        pytest.skip(f"needs NVIDIA's compilers: {install} ({type(error).__name__})")
    except RuntimeError as error:
        if "Failure finding" not in str(error):
            raise
        pytest.skip(f"needs NVIDIA's compilers: {install}")
    return import_module("stdplus_ref.cuda._kernels")


@pytest.fixture(scope="module")
def ptxas() -> str:
    program = cuda_ptx.ptxas()
    if program is None:
        pytest.skip("needs ptxas: pip install nvidia-cuda-nvcc")
    return program


@cache
def route_assemblies(name: str, path: str, type_name: str) -> dict[cuda_ptx.Capability, str]:
    """PTX of a route, by GENERATORS."""
    from numba import types

    from stdplus_ref.cuda._intrinsics import link

    function = link(route(name, path, type_name)).py_func
    single = path == "short" and type_name == "float32"
    result = types.float64 if single else types.UniTuple(types.float64, 2)
    return cuda_ptx.assemblies(function, result(types.float64), True, GENERATORS)


# What the source asks for. These need no GPU compiler.


@pytest.mark.parametrize("path", ["short", "full"])
def test_no_product_is_left_that_a_compiler_could_contract(name, path, type_name) -> None:
    assert not graph(name, path, type_name).contractible


def test_none_is_left_in_the_pairs(name) -> None:
    assert not pairs_graph(name).contractible


def contracted(x: float) -> float:
    return x * x + 1.0


def opaque(x: float) -> float:
    return mul(x, x) + 1.0


def test_a_bare_product_that_feeds_a_sum_is_found() -> None:
    assert [place.split(":")[0] for place in Graph(contracted).contractible] == ["test_cuda_ptx.py"]
    assert not Graph(opaque).contractible
    assert Graph(contracted).count() == Graph(opaque).count() == {"mul": 1, "add": 1}


# What the PTX says.


def test_the_operations_are_those_of_the_source(compiler, name, type_name) -> None:
    check_operations(name, "short", type_name)


def test_so_they_are_on_the_way_round(compiler, type_name) -> None:
    """For one function: `test_kernels` bounds those of all, and compiling `full` takes long."""
    check_operations("log_stdplus", "full", type_name)


def check_operations(name: str, path: str, type_name: str) -> None:
    wanted = graph(name, path, type_name)
    assert wanted.count()["fma"] > 20
    for ptx in route_assemblies(name, path, type_name).values():
        assert cuda_ptx.operations(ptx) == wanted.count()
        assert cuda_ptx.operations(ptx, 32) == wanted.count(32)


def test_a_contracted_product_changes_the_operations(compiler) -> None:
    """With the processor's `mul` the compiler does contract: the test above would see it."""
    from numba import types

    from stdplus_ref._intrinsics import OPERATIONS
    from stdplus_ref.cuda._intrinsics import inlined
    from stdplus_ref.source.linker import Linker

    function = Linker(inlined, OPERATIONS)(route("stdplus", "short", "float64")).py_func
    pair = types.UniTuple(types.float64, 2)
    found = cuda_ptx.assemblies(function, pair(types.float64), True, GENERATORS)
    wanted = graph("stdplus", "short", "float64").count()
    assert all(cuda_ptx.operations(ptx)["fma"] > wanted["fma"] for ptx in found.values())


@capabilities
def test_kernels(compiler, name, type_name, capability) -> None:
    """Nothing but IEEE arithmetic on registers; no operation that is not in the source.

    In float64 there is one call besides, of the last phase, and room for what it returns.
    """
    whole = cuda_ptx.kernel_assemblies(name, type_name)[capability]
    ptx = cuda_ptx.first_phase(whole)
    assert f".target sm_{capability[0]}{capability[1]}" in whole
    in_float32 = compiler.first_in_float32(np.dtype(type_name), capability)
    assert in_float32 == (type_name == "float32" and capability in [(7, 5), (8, 6)])
    assert cuda_ptx.inexact(ptx) == []
    if type_name == "float32":
        assert cuda_ptx.faults(whole) == []
    else:
        assert (cuda_ptx.calls(ptx), cuda_ptx.local_bytes(ptx)) == (1, 8)
        assert re.search(r"call[^;]*settle", ptx)
    pairs = pairs_graph(name).count() if in_float32 else Counter[str]()
    for bits, more in ((64, Counter[str]()), (32, pairs)):
        short, full = (graph(name, path, type_name).count(bits) for path in ("short", "full"))
        found = cuda_ptx.operations(ptx, bits)
        # what both routes begin with may be shared
        assert (short | full) + more <= found <= short + full + more


def test_the_pairs_alone(compiler, name) -> None:
    """The kernel whose operations and instructions docs/cuda.md counts."""
    ptx = cuda_ptx.only_in_float32(name)
    assert cuda_ptx.operations(ptx, 32) == pairs_graph(name).count()
    assert not cuda_ptx.operations(ptx)
    assert cuda_ptx.faults(ptx) == []


@pytest.mark.parametrize(
    "line",
    [
        "div.approx.f32 %f1, %f2, %f3;",
        "mul.ftz.f32 %f1, %f2, %f3;",
        "fma.rz.f64 %fd1, %fd2, %fd3, %fd4;",
        "sqrt.approx.ftz.f32 %f1, %f2;",
        "div.full.f32 %f1, %f2, %f3;",
        "ld.local.f64 %fd1, [%rd1];",
        ".local .align 8 .b8 __local_depot0[24];",
        "call.uni (retval0), __nv_exp, (param0);",
        "mul.f32 %f1, %f2, %f3;",  # may be contracted
    ],
)
def test_forbidden_instructions_are_found(line) -> None:
    ptx = f"\tmov.u32 \t%r1, %tid.x;\n\t{line}\n"
    assert cuda_ptx.faults(ptx) == [line]


@pytest.mark.parametrize("line", ["mul.rn.f32 %f1, %f2, %f3;", "add.f32 %f1, %f2, %f3;"])
def test_allowed_instructions_are_not(line) -> None:
    assert cuda_ptx.faults(f"\t{line}\n") == []


def test_one_inference_of_types_gives_the_same_code_as_five(compiler) -> None:
    """`assemblies` saves time by a short cut; this is the long way, by numba-cuda's public name."""
    for capability in GENERATORS:
        direct = compiler.assembly("inv_log_stdplus", np.dtype(np.float32), capability)
        short = cuda_ptx.kernel_assemblies("inv_log_stdplus", "float32")[capability]
        assert [unnamed(line) for line in direct.splitlines()] == [
            unnamed(line) for line in short.splitlines()
        ]


def unnamed(line: str) -> str:
    """The line without mangled names, which number the compilations."""
    return re.sub(r"\w{60,}", "NAME", line)


# What the PTX computes, run on the processor.


def hard_arguments(name: str, dtype: np.dtype) -> np.ndarray:
    """Every binade, both ends, zero, seams, and ordinary numbers; random last places."""
    rng = np.random.default_rng(6)
    unsigned = {4: np.uint32, 8: np.uint64}[dtype.itemsize]
    anything = rng.integers(0, 2 ** (8 * dtype.itemsize), 8000, np.uint64).astype(unsigned)
    ordinary = np.concatenate([rng.normal(0, 2, 8000), rng.uniform(-45, 45, 4000)])
    seams = np.array([-40, -38.6, -26, -14.4, -13.2, -13, -3, -0.25, 0, 0.25, 0.375, 1, 8, 40])
    near = [seams.astype(dtype)]
    for direction in (-np.inf, np.inf):
        for _ in range(4):
            near.append(np.nextafter(near[-1], dtype.type(direction)))
    ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan]).astype(dtype)
    top = np.array([np.finfo(dtype).max, np.finfo(dtype).tiny, np.finfo(dtype).smallest_subnormal])
    parts = [anything.view(dtype), ordinary, *near, ends, top, -top]
    x = np.concatenate([np.asarray(part).astype(dtype) for part in parts])
    return np.concatenate([x, np.abs(x)]) if name == "inv_stdplus" else x


@pytest.mark.parametrize("capability", GENERATORS, ids=["8.6", "10.0"])
def test_the_bits_are_those_of_numpy(compiler, name, type_name, capability, same) -> None:
    from validation.cuda.ptx_machine import load

    kernel = load(cuda_ptx.kernel_assemblies(name, type_name)[capability])
    x = hard_arguments(name, np.dtype(type_name))
    y = np.full_like(x, 7.0)
    kernel(-(-x.size // 256), 256, x.ctypes.data, y.ctypes.data, x.size)
    with np.errstate(all="ignore"):
        expected = getattr(stdplus_ref, name)(x)
    y[np.isnan(y)] = expected[np.isnan(expected)] = np.nan  # a NaN's sign and payload may differ
    same(y, expected)


# The last phase.


@cache
def settle_assemblies(name: str, part: str) -> dict[cuda_ptx.Capability, str]:
    """PTX of a kernel that does nothing but settle (x, y, z), or tell the side of (x, c, n)."""
    from numba import cuda, types

    from stdplus_ref.cuda._intrinsics import link

    function = link(last_phase_part(name, part))
    real = types.float64
    kind = real if part == "settle" else types.int64

    def kernel(x, y, z, out, size):
        i = cuda.grid(1)
        if i < size:
            out[i] = function(x[i], y[i], z[i])

    signature = types.void(*map(types.CPointer, (real, real, kind, kind)), types.int64)
    return cuda_ptx.assemblies(kernel, signature, False)


def last_phase_part(name: str, part: str) -> Callable[..., Any]:
    return KERNELS[name].settle if part == "settle" else getattr(ties, f"{name}_side")


def settle_arguments(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, and the result's two neighbours to either side, the one nearer to 0 first."""
    from validation.cuda.gpu import hard_float64

    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(0, 2, 60), hard_float64(name)[:60], rng.uniform(-8, 20, 60)])
    x = np.abs(x) if name == "inv_stdplus" else x
    with np.errstate(over="ignore"):
        y = getattr(stdplus_ref, name)(x)
    # beside 1, which is the value at 0, the last phase takes only what lies on the side of x
    ordinary = (y != 1) & (abs(y) > 1e-290) & np.isfinite(y)
    ordinary &= [math.isfinite(value) and settled_at(name, value) for value in x.tolist()]
    x, y = x[ordinary], y[ordinary]
    nearer = np.nextafter(y, 0.0)
    further = np.nextafter(y, np.copysign(np.inf, y))
    return np.tile(x, 2), np.concatenate([nearer, y]), np.concatenate([y, further])


def run_on_processor(ptx: str, *arrays: np.ndarray) -> None:
    from validation.cuda.ptx_machine import load

    size = arrays[0].size
    load(ptx)(-(-size // 256), 256, *(a.ctypes.data for a in arrays), size)


@pytest.mark.parametrize("capability", GENERATORS, ids=["8.6", "10.0"])
def test_the_last_phase_settles_as_on_the_processor(compiler, name, capability, same) -> None:
    """Also where there is no doubt: the right one of two neighbours is the result."""
    x, y, z = settle_arguments(name)
    out = np.full_like(x, 7.0)
    run_on_processor(settle_assemblies(name, "settle")[capability], x, y, z, out)
    half = x.size // 2
    assert half > 100
    same(out, np.concatenate([z[:half], y[half:]]))


@pytest.mark.parametrize("capability", GENERATORS, ids=["8.6", "10.0"])
def test_it_has_the_same_sides_in_any_precision(compiler, name, capability, same) -> None:
    """With 6, 12 and 24 words, the most there are on a GPU."""
    from stdplus_ref.cuda._intrinsics import MOST_WORDS

    x, c, _ = settle_arguments(name)
    n = np.resize(np.array([6, 12, 24]), x.size)
    assert n.max() == MOST_WORDS
    out = np.full(x.size, 7)
    run_on_processor(settle_assemblies(name, "side")[capability], x, c, n, out)
    side = last_phase_part(name, "side")
    triples = zip(x.tolist(), c.tolist(), n.tolist(), strict=True)
    same(out, np.array([side(*arguments) for arguments in triples]))
    assert {-1, 1} <= set(out) <= {-1, 0, 1}


@pytest.mark.parametrize("capability", GENERATORS, ids=["8.6", "10.0"])
def test_it_is_on_the_right_side_of_every_midpoint(compiler, name, capability) -> None:
    """In every regime, next to where the function passes midpoints, and for the worst cases.

    The truth is Arb's. 6 words do not tell all sides, 12 and 24 do; settling goes on until they do.
    """
    some = midpoints(name)
    x, c = (np.array([point[i] for point in some]) for i in (1, 2))
    right = np.array([truth(*point) for point in some])
    for n in (6, 12, 24):
        out = np.full(x.size, 7)
        run_on_processor(settle_assemblies(name, "side")[capability], x, c, np.full(x.size, n), out)
        assert ((out == right) | ((out == 0) & (n == 6))).all(), n
    settled = np.full_like(x, 7.0)
    z = np.nextafter(c, np.inf)
    run_on_processor(settle_assemblies(name, "settle")[capability], x, c, z, settled)
    assert (settled == np.where(right > 0, z, c)).all()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("shr.s64", "shr.u64"), ("268435455", "268435439")],
    ids=["a shift that loses the sign", "a mask that loses a bit"],
)
def test_a_fault_in_the_last_phase_of_the_ptx_is_seen(compiler, right, wrong) -> None:
    text = settle_assemblies("inv_stdplus", "settle")[(8, 6)]
    first, last = cuda_ptx.first_phase(text), cuda_ptx.last_phase(text)
    assert right in last
    some = midpoints("inv_stdplus")
    x, c = (np.array([point[i] for point in some]) for i in (1, 2))
    z, settled = np.nextafter(c, np.inf), np.full_like(x, 7.0)
    run_on_processor(first + "\n" + last.replace(right, wrong), x, c, z, settled)
    assert (settled != np.where([truth(*point) > 0 for point in some], z, c)).any()


def midpoints(name: str) -> tuple[Point, ...]:
    """Arguments and midpoints near their values."""
    worst = [float.fromhex(case.input) for case in records.known() if case.function == name]
    assert len(worst) > 50
    found = ((name, x, below(exact.enclosure(name, x, 200))) for x in worst)
    return (*points(name), *near_ties(name), *hardest(name), *found)


def test_it_decides_right_in_every_regime(compiler, name, same, monkeypatch) -> None:
    """With larger bounds of the first phase's error one argument in some eight is in doubt."""
    from numba import types

    from validation.cuda.ptx_machine import load

    kernel = KERNELS[name]._replace(error=larger(KERNELS[name].error))
    monkeypatch.setattr(compiler, "KERNELS", {**KERNELS, name: kernel})
    lane = compiler.lane.__wrapped__(name, np.dtype(np.float64), False)
    function, signature = compiler.grid_function(f"{name}_larger", lane, types.float64)
    ptx = cuda_ptx.assemblies(function, signature, False, [(8, 6)])[(8, 6)]
    x = np.concatenate([drawn(low, high, 400) for low, high in REGIMES[name]])
    y = np.empty_like(x)
    load(ptx)(-(-x.size // 256), 256, x.ctypes.data, y.ctypes.data, x.size)
    same(y, exact.rounded(name, x, np.float64))
    found = in_doubt(kernel, x).reshape(len(REGIMES[name]), -1).sum(axis=1)
    if name == "log_stdplus":  # there is a closed form far on the right, which leaves no doubt
        found = found[[low < 2.0**60 for low, _ in REGIMES[name]]]
    assert (found > 20).all(), found


def larger(error: Callable[[Double], Double]) -> Callable[[Double], Double]:
    """A bound some 1400 times as large."""

    def more(x: Double) -> Double:
        return LARGER * error(x)

    return more


@capabilities
def test_the_last_phase_compiles(compiler, name, capability) -> None:
    """Its few products in float64 have a power of two for a factor: contracted they are the same.

    It is in functions of its own, and asks for 4 KiB of local memory at most.
    """
    ptx = cuda_ptx.last_phase(cuda_ptx.kernel_assemblies(name, "float64")[capability])
    assert cuda_ptx.calls(ptx) > 20
    assert cuda_ptx.inexact(ptx) == []
    assert cuda_ptx.inexact_products(ptx) == []
    assert 4 * 24 * 8 <= cuda_ptx.local_bytes(ptx) <= 4096
    assert cuda_ptx.last_phase(cuda_ptx.kernel_assemblies(name, "float32")[capability]) == ""


def test_a_product_that_is_not_exact_is_found() -> None:
    exact = "fma.rn.f64 %fd1, %fd2, 0d4020000000000000, 0dC020000000000000;"
    other = "mul.f64 %fd1, %fd2, 0d4024000000000000;"
    assert cuda_ptx.inexact_products(f"\t{exact}\n\t{other}\n") == [other]


def test_exactly_what_is_in_doubt_is_settled(compiler, name) -> None:
    """A last phase that only returns NaN shows who calls it."""
    from validation.cuda.ptx_machine import load

    text = cuda_ptx.kernel_assemblies(name, "float64")[(8, 6)]
    first, changed = re.subn(
        r"(call\.uni \(retval0\),[^;]*;\s*ld\.param\.b32[^;]*;[^;]*?)"
        r"ld\.local\.f64\s+(%fd\d+), \[%rd\d+\];",
        r"\1mov.f64 \2, 0d7FF8000000000000;",
        cuda_ptx.first_phase(text),
    )
    assert changed == 1
    x = np.random.default_rng(11).normal(0, 2, 100_000)
    x = np.abs(x) if name == "inv_stdplus" else x
    y = np.empty_like(x)
    ptx = first + "\n" + cuda_ptx.last_phase(text)
    load(ptx)(-(-x.size // 256), 256, x.ctypes.data, y.ctypes.data, x.size)
    expected = in_doubt(KERNELS[name], x)
    assert 0 < expected.sum() < 0.01 * x.size
    assert (np.isnan(y) == expected).all()


def in_doubt(kernel: Kernel, x: np.ndarray) -> np.ndarray:
    """For which arguments the first phase leaves two results, by the source on the processor."""
    from stdplus_ref.cpu.ufunc import link

    routes = double_routes(kernel)
    holds, short = link(routes.short.holds), link(evaluate_short(routes.short))
    full, doubt = link(evaluate_full(routes.full)), link(differ)

    @njit(error_model="numpy")
    def over(x, out):
        for i in range(x.size):
            a, b = short(x[i]) if holds(x[i]) else full(x[i])
            out[i] = doubt(a, b)

    found = np.empty(x.size, bool)
    over(x, found)
    return found


def test_a_constant_nudged_in_the_ptx_alone_is_seen(compiler) -> None:
    from validation.cuda.ptx_machine import load

    ptx = cuda_ptx.kernel_assemblies("log_stdplus", "float64")[(8, 6)]
    digits, nudged = (
        struct.pack(">d", number).hex().upper()[1:]  # without the one that holds the sign
        for number in (coefficients.LN2_HI, np.nextafter(coefficients.LN2_HI, 1.0))
    )
    assert ptx.count(digits) > 1
    x = np.linspace(1.0, 8.0, 5000)
    results = []
    for text in (ptx, ptx.replace(digits, nudged)):
        y = np.empty_like(x)
        load(text)(-(-x.size // 256), 256, x.ctypes.data, y.ctypes.data, x.size)
        results.append(y)
    assert (results[0] != results[1]).any()


def test_the_machine_refuses_what_it_does_not_know() -> None:
    from validation.cuda.ptx_machine import load

    text = """.visible .entry k(.param .u64 k_param_0)
{
    .reg .f64 %fd<3>;
    cos.approx.f64 %fd1, %fd2;
    ret;
}"""
    with pytest.raises(ValueError, match=r"unknown PTX instruction cos\.approx\.f64"):
        load(text)


# What ptxas makes of it.


def record(title: str) -> dict:
    """What validation/data/cuda_ptx.json has of a kernel; stale? python -m validation.cuda.ptx"""
    return json.loads(cuda_ptx.DATA.read_text("utf-8"))["kernels"][title]


def check_resources(type_name: str, found: dict[str, int]) -> None:
    """Four blocks of 256 threads fit a multiprocessor; local memory is for the last phase."""
    assert 16 <= found["registers"] <= 64
    assert not cuda_ptx.excessive(type_name, found)


@capabilities
def test_resources_are_those_recorded(compiler, ptxas, name, type_name, capability) -> None:
    """Where the compilers are those of the record, to the register."""
    ptx = cuda_ptx.kernel_assemblies(name, type_name)[capability]
    elf, told = cuda_ptx.assemble(ptx, capability)
    found = cuda_ptx.resources(told)
    check_resources(type_name, found)
    if json.loads(cuda_ptx.DATA.read_text("utf-8"))["versions"] == cuda_ptx.versions():
        recorded = record(f"{name} {type_name}")["ptxas"][cuda_ptx.capability_name(capability)]
        assert found == recorded, "stale: python -m validation.cuda.ptx"
    if capability in GENERATORS:  # all: python -m validation --only cuda-ptx
        uncontracted, _ = cuda_ptx.assemble(ptx, capability, contract=False)
        assert cuda_ptx.same_operations(elf, uncontracted)


def test_ptxas_does_contract_what_is_not_rounded_on_its_own(compiler, ptxas) -> None:
    ptx = cuda_ptx.kernel_assemblies("stdplus", "float64")[(8, 6)].replace("mul.rn", "mul")
    assert cuda_ptx.contracted(ptx, (8, 6))


def test_the_record_is_of_these_kernels(name, type_name) -> None:
    recorded = record(f"{name} {type_name}")
    assert recorded["core"] == graph(name, "short", type_name).count()
    if type_name == "float32":
        assert recorded["pairs"] == pairs_graph(name).count()
        assert recorded["pairs, instructions"] > sum(recorded["pairs"].values())
    assert list(recorded["ptxas"]) == [cuda_ptx.capability_name(cc) for cc in CAPABILITIES]
    for found in recorded["ptxas"].values():
        check_resources(type_name, found)


def test_the_way_ends_at_the_exit() -> None:
    """Not at one with a condition, nor behind it."""
    operation = [0x7223, 0x094D, 0x7223, 0x794D, 0x7223]  # FFMA, @P0 EXIT, FFMA, EXIT, FFMA
    code = b"".join(number.to_bytes(16, "little") for number in operation)
    assert cuda_ptx.on_the_way(code) == 4
    with pytest.raises(ValueError, match="must have an end"):
        cuda_ptx.on_the_way(code[:48])
