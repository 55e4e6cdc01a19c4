"""The header in device code: NVRTC makes PTX of it, with the prefix of the user."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from stdplus_ref import c

CALL = re.compile(r"^\s*call(?:\.uni)?\s+(?:\(\w+\),\s*)?(\w+)", re.MULTILINE)
KERNEL = """\
#include "stdplus.h"
extern "C" __global__ void kernel_{name}(const {real} *x, {real} *y, int n)
{{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = {name}(x[i]);
}}
"""


@pytest.fixture(scope="module")
def nvrtc() -> Any:
    found = pytest.importorskip("cuda.bindings.nvrtc", reason="pip install numba-cuda")
    try:
        found.nvrtcVersion()
    except (RuntimeError, OSError) as error:
        pytest.skip(f"pip install nvidia-cuda-nvrtc: {error}")
    return found


def ptx(nvrtc: Any, source: str, *options: str) -> str:
    """PTX of a source; a compiler's message is the assertion's."""

    def checked(result: Any) -> Any:
        status, *values = result
        assert status == nvrtc.nvrtcResult.NVRTC_SUCCESS, status
        return values[0] if values else None

    program = checked(nvrtc.nvrtcCreateProgram(source.encode(), b"kernel.cu", 0, [], []))
    folder = Path(c.get_include())
    given = [b"--std=c++17", f"-I{folder}".encode(), *(option.encode() for option in options)]
    (status,) = nvrtc.nvrtcCompileProgram(program, len(given), given)
    log = b" " * checked(nvrtc.nvrtcGetProgramLogSize(program))
    checked(nvrtc.nvrtcGetProgramLog(program, log))
    assert status == nvrtc.nvrtcResult.NVRTC_SUCCESS, log.decode()
    text = b" " * checked(nvrtc.nvrtcGetPTXSize(program))
    checked(nvrtc.nvrtcGetPTX(program, text))
    return text.decode()


@pytest.mark.parametrize("real", ["double", "float"])
def test_ptx_of_every_function(nvrtc: Any, real: str, name: str) -> None:
    called = name + ("f" if real == "float" else "")
    text = ptx(nvrtc, KERNEL.format(name=called, real=real))
    assert f".entry kernel_{called}(" in text
    assert "fma.rn.f64" in text
    assert not re.search(r"\.approx|\.ftz", text)
    calls = [found[1] for found in CALL.finditer(text)]
    assert len(calls) == len(re.findall(r"^\s*call\b", text, re.MULTILINE))
    # only the last phase of double is called, all else is inlined
    assert all(re.search(r"sp_(words|ties)_|_settle", each) for each in calls), set(calls)
    assert (real == "double") == bool(calls)


def test_a_prefix_of_ones_own(nvrtc: Any) -> None:
    source = "#define STDPLUS_FUNCTION static __device__\n" + KERNEL.format(
        name="stdplus", real="double"
    )
    assert ".entry kernel_stdplus(" in ptx(nvrtc, source)


def test_fast_math_is_refused(nvrtc: Any) -> None:
    source = KERNEL.format(name="stdplusf", real="float")
    with pytest.raises(AssertionError, match=r"stdplus\.h: no"):
        ptx(nvrtc, source, "--use_fast_math")
