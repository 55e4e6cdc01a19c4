"""Array types of other libraries, and pickling."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec


@pytest.fixture
def x(dtype) -> np.ndarray:
    return np.array([[0.25, 0.5, 1.0], [2.0, 3.0, 5.0]], dtype)


def test_subclass(function, x, same) -> None:
    class Marked(np.ndarray):
        def __array_finalize__(self, other) -> None:
            self.mark = getattr(other, "mark", "new")

    marked = x.view(Marked)
    marked.mark = "kept"
    y = function(marked)
    assert type(y) is Marked
    assert y.mark == "kept"
    same(y, function(x))
    assert type(function(marked, subok=False)) is np.ndarray


def test_array_ufunc(function) -> None:
    class Other:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return ufunc, method, len(inputs), kwargs

    assert function(Other(), where=True) == (function, "__call__", 1, {"where": True})


def test_anything_with_the_array_protocol(function, x, same) -> None:
    class Holder:
        def __array__(self, dtype=None, copy=None):
            return x

    same(function(Holder()), function(x))


def test_masked_array(function, x, same) -> None:
    masked = np.ma.array(x, mask=x > 2)
    y = function(masked)
    assert isinstance(y, np.ma.MaskedArray)
    np.testing.assert_array_equal(y.mask, x > 2)
    same(y.compressed(), function(x[x <= 2]))


def test_dask(function, x, same) -> None:
    dask_array = pytest.importorskip("dask.array")
    lazy = function(dask_array.from_array(x, chunks=(1, 2)))
    assert isinstance(lazy, dask_array.Array)
    assert lazy.dtype == x.dtype
    same(lazy.compute(scheduler="threads"), function(x))


def test_xarray(function, x, same) -> None:
    xarray = pytest.importorskip("xarray")
    labelled = xarray.DataArray(x, dims=("row", "column"), coords={"row": [7, 8]})
    y = function(labelled)
    assert isinstance(y, xarray.DataArray)
    assert y.dims == ("row", "column")
    assert y.row.to_numpy().tolist() == [7, 8]
    same(y.to_numpy(), function(x))
    same(xarray.apply_ufunc(function, labelled).to_numpy(), function(x))


def test_pandas(function, x, same) -> None:
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(x[0], index=["a", "b", "c"], name="values")
    y = function(column)
    assert isinstance(y, pandas.Series)
    assert y.index.tolist() == ["a", "b", "c"]
    assert y.name == "values"
    same(y.to_numpy(), function(x[0]))
    frame = function(pandas.DataFrame(x, columns=["a", "b", "c"]))
    assert frame.columns.tolist() == ["a", "b", "c"]
    same(frame.to_numpy(), function(x))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_by_name(name, function, protocol) -> None:
    data = pickle.dumps(function, protocol)
    assert len(data) < 100
    assert b"stdplus_ref" in data
    assert pickle.loads(data) is function


def test_copies_are_the_same_object(function) -> None:
    assert copy.copy(function) is function
    assert copy.deepcopy(function) is function


def test_unpickled_in_another_process() -> None:
    functions = [getattr(stdplus_ref, name) for name in spec.NAMES]
    program = (
        "import pickle, sys\n"
        "functions = pickle.loads(sys.stdin.buffer.read())\n"
        "import stdplus_ref\n"
        "assert all(f is getattr(stdplus_ref, f.__name__) for f in functions)\n"
        "print(*(float(f(0.75)).hex() for f in functions))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(functions), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().split() == [float(f(0.75)).hex() for f in functions]
