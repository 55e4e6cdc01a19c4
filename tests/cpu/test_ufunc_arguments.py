"""They are ufuncs: attributes, out=, where=, dtype=, casting, types in and types refused."""

from __future__ import annotations

import numpy as np
import pytest

import stdplus_ref


def test_is_a_ufunc(name, function) -> None:
    assert type(function) is np.ufunc
    assert (function.nin, function.nout, function.nargs) == (1, 1, 2)
    assert function.types == ["f->f", "d->d"]
    assert function.__name__ == name
    assert function.signature is None
    assert function.identity is None
    assert repr(function) == f"<ufunc {name!r}>"


def test_the_same_object_every_time(name, function) -> None:
    assert getattr(stdplus_ref, name) is function


def test_scalars_give_numpy_scalars(function, dtype) -> None:
    assert type(function(dtype(0.5))) is dtype
    assert type(function(0.5)) is np.float64
    assert type(function(1)) is np.float64
    assert type(function(np.array(0.5, dtype))) is dtype


def test_sequences_and_broadcasting_by_out(function, same) -> None:
    same(function([0.5, 1.5]), function(np.array([0.5, 1.5])))
    out = np.empty((3, 2))
    function([0.5, 1.5], out=out)
    same(out, np.broadcast_to(function([0.5, 1.5]), (3, 2)))


def test_out(function, arguments, same) -> None:
    x = arguments(1000)
    with np.errstate(over="ignore"):
        out = np.full_like(x, -7)
        assert function(x, out) is out
        same(out, function(x))
        assert function(x, out=(out,)) is out
    with pytest.raises(ValueError, match="broadcast"):
        function(x, out=np.empty(7, x.dtype))
    with pytest.raises(TypeError):
        function(x, out=[0.0] * 1000)


def test_where(function, arguments, same) -> None:
    x = arguments(3000)
    with np.errstate(over="ignore"):
        y = function(x)
        for mask in (x > 0.7, x > 1e9, np.arange(3000) % 2 == 0, np.ones(3000, bool), np.False_):
            out = np.full_like(x, -7)
            assert function(x, out=out, where=mask) is out
            same(out, np.where(mask, y, x.dtype.type(-7)))


@pytest.mark.parametrize(
    ("argument", "result"),
    [
        ("bool", "float32"),
        ("int8", "float32"),
        ("uint8", "float32"),
        ("int16", "float32"),
        ("uint16", "float32"),
        ("float16", "float32"),
        ("int32", "float64"),
        ("uint32", "float64"),
        ("int64", "float64"),
        ("uint64", "float64"),
    ],
)
def test_other_real_types(function, argument, result, same) -> None:
    x = np.array([0, 1, 1, 0] * 100).astype(argument)
    if x.dtype != bool:
        x[::2] += 5
    with np.errstate(divide="ignore"):
        y = function(x)
        same(y, function(x.astype(result)))
        assert type(function(x[0])) is np.dtype(result).type
    assert y.dtype == result


@pytest.mark.parametrize(
    "x",
    [
        np.ones(3, complex),
        np.ones(3, np.complex64),
        np.ones(3, object),
        np.array(["1.0", "2.0"]),
        np.array([b"1"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.ones(3, "m8[s]"),
        np.zeros(3, "f4,f4"),
        pytest.param(
            np.ones(3, np.longdouble),
            marks=pytest.mark.skipif(
                np.dtype(np.longdouble) == np.float64, reason="long double is double here"
            ),
        ),
        None,
        "1.0",
        1 + 2j,
    ],
    ids=lambda x: f"{type(x).__name__}-{getattr(x, 'dtype', '')}",
)
def test_refused_types(name, function, x) -> None:
    with pytest.raises(TypeError, match=f"ufunc '{name}' (not supported|did not contain a loop)"):
        function(x)


def test_dtype(function, arguments, same) -> None:
    x = arguments(500)
    with np.errstate(over="ignore"):
        same(function(x, dtype=np.float64), function(x.astype(np.float64)))
        with pytest.raises(TypeError, match="Cannot cast"):
            function(np.ones(3), dtype=np.float32, casting="safe")
        single = function(np.ones(3), dtype=np.float32)
        same(single, function(np.ones(3, np.float32)))
        same(function(1.0, signature="f->f"), function(np.float32(1.0)))
    with pytest.raises(TypeError):
        function(x, dtype=np.longdouble)


def test_casting_of_the_result(function, same) -> None:
    x = np.array([0.5, 1.5, 2.5])
    out = np.empty(3, np.float32)
    function(x, out=out)
    same(out, function(x).astype(np.float32))
    half = np.empty(3, np.float16)
    function(x.astype(np.float32), out=half)
    np.testing.assert_array_equal(half, function(x.astype(np.float32)).astype(np.float16))
    with pytest.raises(TypeError, match="Cannot cast"):
        function(x, out=np.empty(3, np.int64))
    function(x, out=(integers := np.empty(3, np.int64)), casting="unsafe")
    np.testing.assert_array_equal(integers, function(x).astype(np.int64))


def test_order(function, arguments) -> None:
    x = np.asfortranarray(arguments(600).reshape(20, 30))
    with np.errstate(over="ignore"):
        assert function(x).flags.f_contiguous
        assert function(x, order="C").flags.c_contiguous


def test_methods_of_binary_ufuncs_are_refused(function) -> None:
    with pytest.raises(ValueError, match="binary"):
        function.reduce([1.0])
    with pytest.raises(ValueError, match="binary"):
        function.outer([1.0], [1.0])


def test_at(function, same) -> None:
    x = np.array([0.5, 1.5, 2.5])
    expected = np.array([0.5, function(1.5), function(function(2.5))])
    function.at(x, [1, 2, 2])
    same(x, expected)
