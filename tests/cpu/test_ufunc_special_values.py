"""Special values, and the ends of the range of each type."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact, spec

CASES = [
    (function, special) for function in spec.FUNCTIONS.values() for special in function.special
]


def test_the_contract_lists_every_usual_argument() -> None:
    for function in spec.FUNCTIONS.values():
        listed = {(s.argument, np.signbit(s.argument)) for s in function.special}
        assert {(-np.inf, True), (-0.0, True), (0.0, False), (np.inf, False)} <= listed
        assert any(np.isnan(s.argument) for s in function.special)


@pytest.mark.parametrize("length", [1, 2, 17, 1000])
@pytest.mark.parametrize(
    ("function", "special"), CASES, ids=[f"{f.name}({s.argument})" for f, s in CASES]
)
def test_special_value(function, special, dtype, length, same) -> None:
    x = np.full(length, special.argument, dtype)
    with np.errstate(all="ignore"):
        got = getattr(stdplus_ref, function.name)(x)
    assert got.dtype == dtype
    if np.isnan(special.value):
        assert np.isnan(got).all()
    else:
        same(got, np.full(length, special.value, dtype))


def test_every_nan_gives_nan(function, dtype) -> None:
    integer, quiet = (np.uint32, 22) if dtype == np.float32 else (np.uint64, 51)
    infinity = dtype(np.inf).view(integer)
    sign = integer(1) << integer(8 * dtype().itemsize - 1)
    payloads = [infinity | integer(1) << integer(shift) for shift in range(quiet + 1)]
    x = np.array([p | s for p in payloads for s in (integer(0), sign)]).view(dtype)
    assert np.isnan(x).all()
    with np.errstate(all="raise"):
        assert np.isnan(function(x)).all()


def edges(name: str, dtype) -> np.ndarray:
    """Where results become subnormal, 0 or infinite, and the extremes of the arguments."""
    info = np.finfo(dtype)
    double = dtype == np.float64
    ends = {
        "stdplus": [-37.627, -38.59, -38.591] if double else [-13.179, -14.386],
        "stdplus_derivative": [-37.7, -38.68, -38.69] if double else [-13.3, -14.55, -14.56],
        "log_stdplus": [-1.8961503816218352e154] if double else [-2.6087635e19],
        "inv_log_stdplus": [np.log(info.max)],
    }.get(name, [])
    starts = np.array([*ends, info.max, 1e300 if double else 1e38, 1.0], dtype)
    starts = np.concatenate([starts, -starts, np.array([0, info.smallest_normal], dtype)])
    near = [starts]
    for direction in (-np.inf, np.inf):
        x = starts
        for _ in range(3):
            with np.errstate(over="ignore"):
                x = np.nextafter(x, dtype(direction))
            near.append(x)
    every = np.unique(np.concatenate(near))
    every = every[np.isfinite(every)]
    return every[every > 0] if name == "inv_stdplus" else every


def test_ends_of_the_range(name, function, dtype) -> None:
    x = edges(name, dtype)
    with np.errstate(over="ignore"):
        got = function(x)
    error = exact.ulp_error(name, x, got)
    worst = np.argmax(np.abs(error))
    assert np.abs(error[worst]) <= 2.0, (x[worst].hex(), got[worst].hex())


def test_subnormal_results_occur() -> None:
    tiny = np.finfo(np.float64).smallest_normal
    assert 0.0 < stdplus_ref.stdplus(-38.0) < tiny
    assert 0.0 < stdplus_ref.stdplus_derivative(-38.2) < tiny
    assert 0.0 < stdplus_ref.log_stdplus_derivative(1.7e308) < tiny
    assert 0.0 < stdplus_ref.log_stdplus(1e-310) < tiny
    assert 0.0 < stdplus_ref.inv_log_stdplus(1e-310) < tiny


def test_results_stay_in_the_range(name, function, arguments) -> None:
    allowed = spec.FUNCTIONS[name].range
    with np.errstate(over="ignore"):
        y = function(arguments(4000))
    assert not np.isnan(y).any()
    # rounding may reach the ends of an open interval, nothing may pass them
    assert (y >= allowed.lower).all()
    assert (y <= allowed.upper).all()
