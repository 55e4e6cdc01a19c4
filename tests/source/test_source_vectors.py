"""The source as plain Python, without numba: the conformance vectors and the hard cases.

The vectors hold the correctly rounded results: the source must have their bits.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from stdplus_ref import spec
from stdplus_ref.conformance import vectors
from stdplus_ref.source import KERNELS
from tests.source.points import bits_of, hard_cases, share


@pytest.mark.parametrize("name", KERNELS)
def test_float64_on_the_vectors(name: str) -> None:
    held = vectors.load(name, "float64")
    x, right = (a.view(np.float64)[:: share()].tolist() for a in (held.inputs, held.outputs))
    assert len(x) > 100
    with np.errstate(all="ignore"):
        for v, want in zip(x, right, strict=True):
            got = KERNELS[name].float64(v)
            assert bits_of(got) == bits_of(want), (name, v.hex(), got, want)


@pytest.mark.parametrize("name", KERNELS)
def test_float32_on_the_vectors(name: str) -> None:
    held = vectors.load(name, "float32")
    function = KERNELS[name].float32
    x, right = held.inputs.view(np.float32)[:: share()], held.outputs.view(np.float32)[:: share()]
    with np.errstate(all="ignore"):
        for v, want in zip(x, right, strict=True):
            got = function(v)
            assert type(got) is np.float32
            assert bits_of(got) == bits_of(want), (name, v, got, want)


@pytest.mark.parametrize("name", KERNELS)
def test_float64_on_the_hard_cases(name: str) -> None:
    cases = hard_cases(name)
    assert cases
    for case in cases:
        x, right = float.fromhex(case[0]), float.fromhex(case[1])
        assert bits_of(KERNELS[name].float64(x)) == bits_of(right), case


def test_special_values() -> None:
    for name, kernel in KERNELS.items():
        values = spec.FUNCTIONS[name].special
        assert len(values) > 3
        for value in values:
            x, y = value.argument, value.value
            assert bits_of(kernel.float64(x)) == bits_of(y)
            assert bits_of(kernel.float32(np.float32(x))) == bits_of(np.float32(y))


def test_the_source_needs_no_compiler() -> None:
    code = (
        "import sys, stdplus_ref.source as s\n"
        "print(s.KERNELS['stdplus'].float64(1.0))\n"
        "assert not {'numba', 'llvmlite'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1.7737511721266268\n"
