"""A scalar call in C raises what the contract says, and nothing else but underflow and inexact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stdplus_ref import spec
from tests.c.compilers import Array, arguments, build, needs_fma, run, wanted

OVERFLOW, DIVIDE, INVALID, UNDERFLOW = 1, 2, 4, 8
OPTIONS = ("-O0", "-O1", "-O2", "-O3", "-O3 -march=native")


def deserved(name: str, x: Array, y: Array) -> Array:
    """The exceptions of the contract."""
    flags = np.where(np.isfinite(x) & np.isinf(y), OVERFLOW, 0)
    if name == "inv_stdplus":
        flags = np.where(x == 0, DIVIDE, np.where(x < 0, INVALID, flags))
    return flags


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("compiler", ["gcc", "g++", "clang"])
def test_divide_overflow_and_invalid(compiler: str, option: str, tmp_path: Path) -> None:
    if "native" in option:
        needs_fma()
    program = build(tmp_path, compiler, option.split())
    step = 1 if "native" in option else 3
    for name in spec.NAMES:
        for dtype in (np.float32, np.float64):
            x, y = arguments(name, dtype)[::step], wanted(name, dtype)[::step]
            flags = run(program, name, "flags", x)
            want = deserved(name, x, y)
            wrong = np.flatnonzero((flags & (OVERFLOW | DIVIDE | INVALID)) != want)
            shown = [(float(x[i]).hex(), int(flags[i]), int(want[i])) for i in wrong[:3]]
            assert shown == [], f"{name} {np.dtype(dtype)}: argument, raised, deserved"
            assert (want & OVERFLOW).any() == (name in OVERFLOWING[dtype])


OVERFLOWING = {
    np.float32: ("log_stdplus", "inv_log_stdplus"),
    np.float64: ("log_stdplus", "inv_log_stdplus"),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_underflow_is_raised_where_the_page_says(compiler: str, tmp_path: Path) -> None:
    """docs/c.md: subnormal or zero results; x < −18; in double also |x| < 2^-480."""
    program = build(tmp_path, compiler, ["-O2"])
    for name in spec.NAMES:
        for dtype in (np.float32, np.float64):
            x, y = arguments(name, dtype), wanted(name, dtype)
            raised = (run(program, name, "flags", x) & UNDERFLOW) != 0
            expected = (np.abs(y) < np.finfo(dtype).tiny) | (x < -18)
            if dtype is np.float64:
                expected |= np.abs(x) < 2.0**-480
            outside = x[raised & ~expected]
            assert outside.size == 0, [float(value).hex() for value in outside[:3]]
