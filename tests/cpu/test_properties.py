"""Properties that hold for every argument, tried on what hypothesis thinks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import stdplus_ref
from stdplus_ref import exact, spec

LIMITS = {
    (name, a.dtype): a.limit for name in spec.NAMES for a in spec.FUNCTIONS[name].accuracy("numpy")
}
INCREASING = [name for name in spec.NAMES if name != "log_stdplus_derivative"]


def domain(name: str, width: int) -> st.SearchStrategy[float]:
    """Every number of the type in the domain of a function, ±∞ and NaN apart."""
    least = 0.0 if name == "inv_stdplus" else None
    return st.floats(least, allow_nan=False, allow_infinity=False, width=width)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", spec.NAMES)
def test_error_is_within_the_promise(name: str, dtype: Any) -> None:
    @settings(max_examples=150, deadline=None)
    @given(domain(name, np.dtype(dtype).itemsize * 8))
    def check(value: float) -> None:
        x = np.array([value], dtype)
        with np.errstate(divide="ignore", over="ignore"):
            error = exact.ulp_error(name, x, getattr(stdplus_ref, name)(x))
        assert abs(error[0]) <= LIMITS[name, np.dtype(dtype).name]

    check()


@pytest.mark.parametrize("name", spec.NAMES)
def test_order_is_kept(name: str) -> None:
    """x ≤ x' gives f(x) ≤ f(x'), or ≥ for log_stdplus_derivative, in whole arrays."""

    @settings(max_examples=100, deadline=None)
    @given(hnp.arrays(np.float64, st.integers(2, 300), elements=domain(name, 64)))
    def check(x: np.ndarray[Any, Any]) -> None:
        with np.errstate(divide="ignore", over="ignore"):
            y = getattr(stdplus_ref, name)(np.sort(x))
        following, before = y[1:], y[:-1]
        assert (following >= before if name in INCREASING else following <= before).all()

    check()


@pytest.mark.parametrize("name", spec.NAMES)
def test_a_lane_does_not_depend_on_its_neighbours(name: str) -> None:
    @settings(max_examples=100, deadline=None)
    @given(hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(width=64)))
    def check(x: np.ndarray[Any, Any]) -> None:
        f = getattr(stdplus_ref, name)
        with np.errstate(all="ignore"):
            whole, single = f(x), np.array([f(value) for value in x])
        np.testing.assert_array_equal(whole.view(np.int64), single.view(np.int64))

    check()


@settings(max_examples=300, deadline=None)
@given(st.floats(-30, 1e6))
def test_inverses_lead_back(x: float) -> None:
    """x ↦ t ↦ x is off by no more than t's last place allows: |dx/dt|·ulp(t) and one of x."""
    t = stdplus_ref.log_stdplus(x)
    slope = 1 / stdplus_ref.log_stdplus_derivative(x)
    allowed = 0.52 * slope * np.spacing(abs(t)) + 1.04 * np.spacing(abs(x))
    assert abs(stdplus_ref.inv_log_stdplus(t) - x) <= allowed


@settings(max_examples=300, deadline=None)
@given(st.floats(-700, 700))
def test_definition(t: float) -> None:
    """expm1(2t) − 2t = x² for x = inv_log_stdplus(t), in 60 digits."""
    x = exact.inv_log_stdplus(t, digits=60)
    assert abs(exact.log_stdplus(x, digits=40) - t) <= abs(t) * 10**-38
