"""How kernels become compiled loops: the linker, vector code, one set of bits on every path."""

from __future__ import annotations

import pkgutil
import platform
import re
from importlib import import_module

import llvmlite.binding as llvm
import numpy as np
import pytest
from numba import njit
from stdplus_ref.targets import cpu
from stdplus_ref.targets.binding import Linker

from stdplus_ref import spec

PARTS = ("core", "full", "in_core", "certain", "exceptions", "in_far", "far")
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
    link = Linker(Decorated, {"STEP": 5.0}, tag="five")
    assert link(outer)(2.0) == 20.0
    assert link(inner).function.__qualname__ == "inner_five"
    assert outer(2.0) == 12.0


def test_linker_refuses_recursion() -> None:
    with pytest.raises(ValueError, match="recursive: left -> right -> left"):
        Linker(Decorated)(left)


def test_kernels_are_plain_functions(name) -> None:
    module = import_module(f"stdplus_ref.kernels.source.{name}")
    for suffix in ("f32", "f64"):
        for part in PARTS:
            assert type(getattr(module, f"{part}_{suffix}")) is type(inner)


def assembly(name: str, dtype) -> str:
    kernel = import_module(f"stdplus_ref.kernels.source.{name}")
    return cpu.compile_loop(kernel, np.dtype(dtype), cache=False)._library.get_asm_str()


needs_avx2 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not llvm.get_host_cpu_features().get("avx2"),
    reason="reads x86 assembly with AVX2",
)


@needs_avx2
@pytest.mark.parametrize("name", ["stdplus", "inv_stdplus"])
def test_loops_are_vector_code_without_calls(name, dtype) -> None:
    text = assembly(name, dtype)
    loop = text[: text.index(".Lfunc_end0")]  # the loop itself comes before numba's wrapper
    assert not re.search(r"\b(fma|exp|log|sqrt|memset)f?\b", loop)
    # through pointers: the two status calls and the copies of whole blocks, nothing for a lane
    assert len(re.findall(r"\bcall", loop)) <= 6
    packed, scalar = (len(re.findall(rf"\bvfn?m(?:add|sub)\w*{p}d\b", loop)) for p in "ps")
    assert packed > 50
    assert packed > scalar


@pytest.mark.parametrize("suffix", ["f32", "f64"])
def test_core_and_full_agree(name, suffix, same) -> None:
    """A lane's result does not depend on whether its block ended with `core` or with `full`."""
    module = import_module(f"stdplus_ref.kernels.source.{name}")
    core, full, in_core, certain = (
        cpu.link(getattr(module, f"{part}_{suffix}")) for part in PARTS[:4]
    )

    @njit(error_model="numpy")
    def both(x, a, b, settled):
        for i in range(x.size):
            a[i] = core(x[i])
            b[i] = full(x[i])
            settled[i] = in_core(x[i]) and certain(a[i])

    rng = np.random.default_rng(7)
    ends = rng.choice([-1.0, 1.0], 20_000) * 2.0 ** rng.uniform(-1060, 60, 20_000)
    x = np.concatenate([rng.normal(0, 4, 20_000), rng.uniform(-50, 50, 20_000), ends, [0.0, -0.0]])
    if suffix == "f32":
        x = x.astype(np.float32).astype(np.float64)
    a, b, settled = np.empty_like(x), np.empty_like(x), np.empty(x.shape, bool)
    both(x, a, b, settled)
    assert settled.mean() > 0.2
    result = np.float32 if suffix == "f32" else np.float64
    same(a[settled].astype(result), b[settled].astype(result))


def test_a_nan_is_never_in_the_core(name) -> None:
    module = import_module(f"stdplus_ref.kernels.source.{name}")
    for suffix in ("f32", "f64"):
        assert not getattr(module, f"in_core_{suffix}")(np.nan)


def test_the_contract_names_what_is_there() -> None:
    source = import_module("stdplus_ref.kernels.source")
    assert {m.name for m in pkgutil.iter_modules(source.__path__)} == set(spec.NAMES)
