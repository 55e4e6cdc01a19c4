"""Fixtures shared by all tests: the six functions, the two types, arguments of every kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec


@pytest.fixture(autouse=True)
def _jax_as_it_starts() -> Iterator[None]:
    """The conformance kit switches 64-bit numbers on in JAX, for the whole process."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", False)


@pytest.fixture(params=spec.NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each of the six functions by name."""
    return str(request.param)


@pytest.fixture
def function(name: str) -> np.ufunc:
    """The ufunc called `name`."""
    return getattr(stdplus_ref, name)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> type[np.floating[Any]]:
    """Each of the types computed in."""
    return request.param


@pytest.fixture
def arguments(name: str, dtype: type[np.floating[Any]]) -> Callable[[int], np.ndarray]:
    """`arguments(n)`: n seeded numbers in the domain; ordinary ones, and one in eight extreme."""

    def draw(count: int) -> np.ndarray:
        rng = np.random.default_rng(20240)
        x = rng.normal(0.0, 2.0, count)
        rare = rng.random(count) < 1 / 8
        x[rare] = (rng.choice([-1.0, 1.0], count) * 10.0 ** rng.uniform(-37, 18, count))[rare]
        if name == "inv_stdplus":
            x = np.abs(x)
        return x.astype(dtype)

    return draw


def bits(x: Any) -> np.ndarray:
    """The bits of floating-point numbers, so that -0 differs from +0 and NaN equals itself."""
    x = np.ascontiguousarray(x)
    return x.view({4: np.uint32, 8: np.uint64}[x.dtype.itemsize])


@pytest.fixture
def same() -> Callable[[Any, Any], None]:
    """`same(a, b)` asserts that two results have the same type, shape and bits."""

    def check(a: Any, b: Any) -> None:
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype.newbyteorder("="), a.shape) == (b.dtype.newbyteorder("="), b.shape)
        a, b = (v.astype(v.dtype.newbyteorder("=")) for v in (a, b))
        np.testing.assert_array_equal(bits(a), bits(b))

    return check
