"""The source as plain Python, without numba: the conformance vectors and the hard cases.

The vectors hold the correctly rounded results and how far those are from the true values, so that
nothing has to be computed anew: float32 must have their bits, float64 an error within the promise.
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

LIMITS = {"inv_stdplus": 0.55}
DEFAULT_LIMIT = 0.51  # ULP


def spacing(y: np.ndarray) -> np.ndarray:
    """The last place of the correctly rounded results."""
    with np.errstate(all="ignore"):
        return np.ldexp(1.0, np.maximum(np.frexp(y)[1], -1021) - 53)


def check_float64(name: str, x: np.ndarray, right: np.ndarray, residual: np.ndarray) -> None:
    """Specials have their bits; the rest errs by no more than the promise, in ULP."""
    function = KERNELS[name].float64
    got = np.array([function(v) for v in x.tolist()])
    assert len(got) > 100
    special = ~np.isfinite(right) | (right == 0.0) | ~np.isfinite(residual)
    for v, g, r in zip(x[special], got[special], right[special], strict=True):
        assert bits_of(g) == bits_of(r), (name, v.hex(), g, r)
    x, got, right, residual = (a[~special] for a in (x, got, right, residual))
    errors = (got - right) / spacing(right) + residual
    bad = ~(abs(errors) <= LIMITS.get(name, DEFAULT_LIMIT) + 0.001)
    assert not bad.any(), [(v.hex(), e) for v, e in zip(x[bad], errors[bad], strict=True)][:5]


@pytest.mark.parametrize("name", KERNELS)
def test_float64_on_the_vectors(name: str) -> None:
    held = vectors.load(name, "float64")
    with np.errstate(all="ignore"):
        x, right = held.inputs.view(np.float64), held.outputs.view(np.float64)
        check_float64(name, *(a[:: share()] for a in (x, right, held.residuals)))


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
    """Right, or off by one where the file keeps an error of half a last place or more."""
    cases = hard_cases(name)
    assert cases
    for case in cases:
        x, right, error = float.fromhex(case[0]), float.fromhex(case[1]), float(case[2])
        got = KERNELS[name].float64(x)
        if np.isfinite(right) and right != 0.0:
            off = (got - right) / float(spacing(np.float64(right)))
            hard = abs(error) > 0.4999 or abs(right) == 1.0
            assert abs(off) <= hard, case
        else:
            assert bits_of(got) == bits_of(right), case


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
