"""One set of bits on every processor: kernels compiled for other targets give the same digests."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest
from llvmlite import binding as llvm

from stdplus_ref import spec

PROGRAM = """
import hashlib
import numpy as np
import stdplus_ref

rng = np.random.default_rng(11)
wide = rng.integers(0, 2**64, 6000, np.uint64).view(np.float64)
ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan])
x = np.concatenate([rng.normal(0, 2, 6000), rng.uniform(-45, 45, 3000), wide, ends])
for name in stdplus_ref.spec.NAMES:
    for dtype in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            y = getattr(stdplus_ref, name)(x.astype(dtype))
        y[np.isnan(y)] = np.nan  # the sign of a NaN may differ
        print(name, dtype.__name__, hashlib.sha256(y.tobytes()).hexdigest())
"""
FEATURES = {
    "generic": "",
    "generic with fma": "+avx2,+fma",
    "haswell": "+avx2,+fma,+bmi,+bmi2",
    "skylake-avx512": "+avx512f,+avx512dq,+avx512vl,+avx512bw,+avx2,+fma",
}
HOST = llvm.get_host_cpu_features()


def digests(environment: dict[str, str]) -> list[str]:
    """What PROGRAM prints, compiled afresh in a process of its own."""
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/x", "HOME": "/dev/null"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True, text=True, check=True, env={**os.environ, **nowhere, **environment},
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def native() -> list[str]:
    found = digests({})
    assert len(found) == 2 * len(spec.NAMES)
    return found


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="x86 processor names")
@pytest.mark.parametrize("target", FEATURES)
def test_other_processors_give_the_same_bits(target: str, native: list[str]) -> None:
    missing = [f for f in FEATURES[target].replace("+", "").split(",") if f and not HOST.get(f)]
    if missing:
        pytest.skip(f"this processor cannot run {target}: no {', '.join(missing)}")
    name = target.split()[0]
    assert digests({"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": FEATURES[target]}) == native
