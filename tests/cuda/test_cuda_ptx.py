"""The GPU code seen without a GPU: what its PTX computes, and what ptxas makes of it."""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref.cuda.float32 import PAIRS
from stdplus_ref.cuda.float32.pairs import decided
from stdplus_ref.source import KERNELS, coefficients
from stdplus_ref.source.operations import Double, Single, mul, select
from stdplus_ref.source.routes import double_routes, evaluate_full, evaluate_short, single_routes
from tests.cuda.cuda_graph import Graph
from validation.cuda import ptx as cuda_ptx
from validation.cuda.ptx import CAPABILITIES

GENERATORS = [(8, 6), (10, 0)]
"""The compiler has two code generators: one up to 9.0, one from 10.0 on."""
capabilities = pytest.mark.parametrize(
    "capability", CAPABILITIES, ids=map(cuda_ptx.capability_name, CAPABILITIES)
)


@cache
def route(name: str, path: str, type_name: str) -> Callable[[Double], Double]:
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
    signature = types.float64(types.float64)
    return cuda_ptx.assemblies(function, signature, True, GENERATORS)


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
    found = cuda_ptx.assemblies(function, types.float64(types.float64), True, GENERATORS)
    wanted = graph("stdplus", "short", "float64").count()
    assert all(cuda_ptx.operations(ptx)["fma"] > wanted["fma"] for ptx in found.values())


@capabilities
def test_kernels(compiler, name, type_name, capability) -> None:
    """Nothing but IEEE arithmetic on registers; no operation that is not in the source."""
    ptx = cuda_ptx.kernel_assemblies(name, type_name)[capability]
    assert f".target sm_{capability[0]}{capability[1]}" in ptx
    in_float32 = compiler.first_in_float32(np.dtype(type_name), capability)
    assert in_float32 == (type_name == "float32" and capability in [(7, 5), (8, 6)])
    assert cuda_ptx.faults(ptx) == []
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


@capabilities
def test_resources_are_those_recorded(compiler, ptxas, name, type_name, capability) -> None:
    """No stack, no spills; where the compilers are those of the record also the same registers."""
    ptx = cuda_ptx.kernel_assemblies(name, type_name)[capability]
    elf, told = cuda_ptx.assemble(ptx, capability)
    found = cuda_ptx.resources(told)
    assert (found["stack"], found["spill_stores"], found["spill_loads"]) == (0, 0, 0)
    assert 16 <= found["registers"] <= 64  # four blocks of 256 threads fit a multiprocessor
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
        assert (found["stack"], found["spill_stores"], found["spill_loads"]) == (0, 0, 0)
        assert 16 <= found["registers"] <= 64


def test_the_way_ends_at_the_exit() -> None:
    """Not at one with a condition, nor behind it."""
    operation = [0x7223, 0x094D, 0x7223, 0x794D, 0x7223]  # FFMA, @P0 EXIT, FFMA, EXIT, FFMA
    code = b"".join(number.to_bytes(16, "little") for number in operation)
    assert cuda_ptx.on_the_way(code) == 4
    with pytest.raises(ValueError, match="must have an end"):
        cuda_ptx.on_the_way(code[:48])
