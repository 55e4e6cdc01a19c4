"""Floating-point exceptions: those results deserve, and no other, whatever the other lanes hold."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec

KINDS = ("divide", "over", "under", "invalid")
MESSAGES = {"divide": "divide by zero", "over": "overflow", "invalid": "invalid value"}


def deserved(name: str, dtype) -> dict[str, list[float]]:
    """Arguments that must raise, by kind."""
    info = np.finfo(dtype)
    if name == "inv_stdplus":
        return {
            "divide": [0.0, -0.0],
            "invalid": [-np.inf, -1.0, -float(info.max), -float(info.smallest_subnormal)],
        }
    if name == "log_stdplus":
        return {"over": [-float(info.max), -1e200 if dtype == np.float64 else -1e20]}
    if name == "inv_log_stdplus":
        return {"over": [float(info.max), 710.0 if dtype == np.float64 else 89.0]}
    return {}


def harmless(name: str, dtype) -> np.ndarray:
    """Arguments of every size that must not raise anything."""
    info = np.finfo(dtype)
    exponents = np.arange(info.minexp - info.nmant, info.maxexp)
    with np.errstate(under="ignore"):
        sizes = np.ldexp(np.ones(1, dtype), exponents).astype(dtype)
    ordinary = np.linspace(-60.0, 60.0, 1201, dtype=dtype)
    every = [sizes, -sizes, ordinary, np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)]
    x = np.concatenate([*every, np.array([info.max, -info.max], dtype)])
    outside = {
        "inv_stdplus": x <= 0.0,
        "log_stdplus": np.isfinite(x) & (x < (-1.8e154 if dtype == np.float64 else -2.6e19)),
        "inv_log_stdplus": np.isfinite(x) & (x > (709.0 if dtype == np.float64 else 88.0)),
    }
    return x[~outside.get(name, np.zeros(x.shape, bool))]


DESERVED = [
    (name, dtype, kind, x)
    for name in spec.NAMES
    for dtype in (np.float32, np.float64)
    for kind, xs in deserved(name, dtype).items()
    for x in xs
]


def test_every_exception_of_the_contract_is_tried() -> None:
    listed = {(f.name, s.raises) for f in spec.FUNCTIONS.values() for s in f.special if s.raises}
    assert listed <= {(name, kind) for name, _, kind, _ in DESERVED}
    assert {kind for _, _, kind, _ in DESERVED} == set(MESSAGES)


@pytest.mark.parametrize("order", [1, -1])
def test_nothing_else_is_raised(name, function, dtype, order) -> None:
    x = harmless(name, dtype)[::order]
    with np.errstate(all="raise"):
        function(x)
        function(np.repeat(x, 2)[::2])
        for value in x[:: max(1, len(x) // 150)]:
            function(value)


@pytest.mark.parametrize(("name", "dtype", "kind", "x"), DESERVED)
def test_deserved(name, dtype, kind, x) -> None:
    function = getattr(stdplus_ref, name)
    others = harmless(name, dtype)
    for position in (0, 1, 127, 128, 700, len(others) - 1):
        long = others.copy()
        long[position] = x
        with np.errstate(all="ignore", **{kind: "raise"}):
            with pytest.raises(FloatingPointError, match=f"{MESSAGES[kind]} .*{name}"):
                function(long)
            with pytest.raises(FloatingPointError, match=MESSAGES[kind]):
                function(dtype(x))
        with np.errstate(all="raise", **{kind: "ignore"}):
            function(long)


def test_a_warning_by_default() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in inv_stdplus"):
        assert stdplus_ref.inv_stdplus(0.0) == -np.inf
    with pytest.warns(RuntimeWarning, match="overflow encountered in log_stdplus"):
        assert stdplus_ref.log_stdplus(-1e200) == -np.inf


def test_all_kinds_at_once() -> None:
    seen = []
    with np.errstate(all="call", call=lambda kind, flags: seen.append(kind)):
        stdplus_ref.inv_stdplus([0.0, -1.0, 2.0])
    assert sorted(seen) == ["divide by zero", "invalid value"]


@pytest.mark.parametrize("position", [0, 5000, 10_000, 99_999])
def test_kept_between_the_parts_of_a_buffered_call(position) -> None:
    x = np.ones(100_000, np.int32)  # converted by NumPy, 8192 at a time
    x[position] = 0
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide"):
        stdplus_ref.inv_stdplus(x)


def test_kept_between_the_rows_of_an_array() -> None:
    x = np.ones((50, 6), np.float32)[:, ::2]
    x[0, 0] = 0
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide"):
        stdplus_ref.inv_stdplus(x)


def test_exceptions_of_numpys_own_conversions_survive() -> None:
    x = np.ones(100_000)
    x[0] = 1e300  # too large for float32
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        stdplus_ref.stdplus(x, dtype=np.float32, casting="same_kind")


def test_masked_lanes_raise_nothing(dtype) -> None:
    x = np.array([0.0, 1.0, -1.0, 2.0] * 100, dtype)
    with np.errstate(all="raise"):
        stdplus_ref.inv_stdplus(x, out=np.zeros_like(x), where=x > 0)
