"""C has the ufuncs' bits: every compiler and option, in calls, in loops and on arrays."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref import conformance, spec
from tests.c.compilers import (
    HEADER,
    LANGUAGES,
    VECTORS,
    all_differences,
    arguments,
    bits,
    build,
    needs_fma,
    run,
)

NO_FMA = ["-mno-fma"] if platform.machine() == "x86_64" else []
OPTIMISATIONS = ("-O0", "-O1", "-O2", "-O3")


@pytest.mark.parametrize("option", OPTIMISATIONS)
@pytest.mark.parametrize("compiler", ["gcc", "g++", "clang"])
def test_every_optimisation_with_hardware_fma(compiler: str, option: str, tmp_path: Path) -> None:
    needs_fma()
    program = build(tmp_path, compiler, [option, "-mfma"])
    modes = ("call",) if option in ("-O0", "-O1") else ("call", "loop", "array", "place")
    assert all_differences(program, modes) == {}


@pytest.mark.parametrize("compiler", LANGUAGES)
def test_without_hardware_fma(compiler: str, tmp_path: Path) -> None:
    """The C library computes fma then, exactly and slowly."""
    program = build(tmp_path, compiler, ["-O2", *NO_FMA])
    assert all_differences(program, ("call",), step=5) == {}


@pytest.mark.parametrize("options", [VECTORS, ("-O2", "-DSTDPLUS_BRANCHLESS")], ids=" ".join)
@pytest.mark.parametrize("compiler", ["gcc", "clang", "clang++"])
def test_without_branches(compiler: str, options: tuple[str, ...], tmp_path: Path) -> None:
    needs_fma()
    program = build(tmp_path, compiler, options)
    assert all_differences(program, ("loop", "array")) == {}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_contraction_does_no_harm(compiler: str, tmp_path: Path) -> None:
    """-std=gnu99 contracts in GCC; -ffp-contract=fast asks for it, wherever the code allows."""
    needs_fma()
    options = ["-std=gnu99", "-O3", "-march=native", "-ffp-contract=fast"]
    for extra in ([], ["-DSTDPLUS_BRANCHLESS"]):
        program = build(tmp_path, compiler, [*options, *extra])
        assert all_differences(program, ("loop", "array")) == {}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_vectors_of_the_conformance_kit(
    compiler: str, dtype: type[np.floating[Any]], tmp_path: Path
) -> None:
    """Against the correctly rounded results in the files, without the ufuncs."""
    program = build(tmp_path, compiler, ["-O2"])
    for name in spec.NAMES:
        vectors = conformance.load(name, np.dtype(dtype).name)
        x, want = (part.view(dtype) for part in (vectors.inputs, vectors.outputs))
        assert x.size > 1000
        np.testing.assert_array_equal(bits(run(program, name, "call", x)), bits(want))
        np.testing.assert_array_equal(bits(run(program, name, "array", x)), bits(want))


def test_arguments_are_many_and_of_every_kind() -> None:
    for name in spec.NAMES:
        for dtype in (np.float32, np.float64):
            x = arguments(name, dtype)
            assert x.size > 20_000
            tiny = np.finfo(dtype).tiny
            assert ((x != 0) & (np.abs(x) < tiny)).any()
            assert np.isnan(x).any()
            assert np.isinf(x).any()


# A line of the header, and what a fault makes of it.
FAULTS = {
    "a nudged coefficient": (
        "value = sp_fma(value, square, sp_fma(0x1.ed284dc751dbbp-13",
        "value = sp_fma(value, square, sp_fma(0x1.ed285dc751dbbp-13",
    ),
    "a nudged constant": (
        "#define sp_newton_STEP_RIGHT 0x1p+3",
        "#define sp_newton_STEP_RIGHT 32.0",
    ),
    "a dropped low part": (
        "return sp_Pair_of(p, sp_fma(x, bl, sp_fma(x, b, -p)));",
        "return sp_Pair_of(p, sp_fma(x, b, -p));",
    ),
    "a dropped line": ("    dl = dl + sp_fma(s.w, growth, s.wl);\n", ""),
    "a sum rounded to nearest, not to odd": (
        "return sp_from_bits(sp_select(e != 0.0, sp_add(i, towards_zero) | 1, i));",
        "return s;",
    ),
    "the other side of a tie": (
        "return sp_sub(0, sp_ties_phi_sign(x < 0.0, m, em, w, ew, n));",
        "return sp_ties_phi_sign(x < 0.0, m, em, w, ew, n);",
    ),
    "a dropped column of a product": ("out[3] = total & sp_words_MASK;", "out[3] = 0;"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    line, instead = FAULTS[fault]
    text = HEADER.read_text(encoding="utf-8")
    assert text.count(line) == 1
    planted = tmp_path / "stdplus.h"
    planted.write_text(text.replace(line, instead), encoding="utf-8")
    program = build(tmp_path, "gcc", ["-O1", "-Wno-error"], header=planted)
    assert all_differences(program, ("call",)) != {}
