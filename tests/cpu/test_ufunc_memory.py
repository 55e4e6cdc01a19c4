"""Any layout of memory: lengths, strides, overlap, alignment, byte order, threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

LENGTHS = range(601)  # passes several blocks and every remainder


@pytest.fixture(autouse=True)
def _overflow_is_not_the_subject():
    with np.errstate(over="ignore"):
        yield


@pytest.fixture
def computed(function, arguments):
    """Arguments and their results computed one at a time."""
    x = arguments(601)
    return x, np.array([function(value) for value in x])


def test_every_length(function, computed, same) -> None:
    x, y = computed
    for length in LENGTHS:
        same(function(x[:length]), y[:length])
        same(function(x[601 - length :]), y[601 - length :])


def test_nothing_is_written_beyond_the_end(function, computed, same) -> None:
    x, y = computed
    for length in LENGTHS:
        out = np.full(620, -7, x.dtype)
        function(x[:length], out=out[8 : 8 + length])
        assert (out[:8] == -7).all()
        assert (out[8 + length :] == -7).all()
        same(out[8 : 8 + length], y[:length])


@pytest.mark.parametrize("step_out", [1, 2, -1, -3])
@pytest.mark.parametrize("step_in", [1, 2, 7, -1, -2])
@pytest.mark.parametrize("length", [1, 5, 128, 300])
def test_strides(function, arguments, same, length, step_in, step_out) -> None:
    x = arguments(length * 7)[::step_in][:length]
    out = np.full(length * 3, -7, x.dtype)
    view = out[::step_out][:length]
    function(x, out=view)
    same(view, function(x.copy()))
    untouched = np.ones(out.size, bool)
    untouched[::step_out][:length] = False
    assert (out[untouched] == -7).all()


def test_zero_stride(function, arguments, same) -> None:
    x = np.broadcast_to(arguments(1), (400,))
    assert x.strides == (0,)
    same(function(x), np.full(400, function(x[0])))


def test_strides_that_are_no_multiple_of_the_size(function, arguments, same) -> None:
    x = arguments(300)
    records = np.zeros(300, [("a", np.int8), ("x", x.dtype), ("b", np.int16)])
    records["x"] = x
    assert records["x"].strides[0] % x.itemsize
    same(function(records["x"]), function(x))
    function(x, out=records["x"])
    same(records["x"], function(x))
    assert not records["a"].any()
    assert not records["b"].any()


def test_several_dimensions(function, arguments, same) -> None:
    x = arguments(8 * 9 * 10).reshape(8, 9, 10)
    for view in (x, x.T, x[::2, ::-1, 1::3], x.swapaxes(0, 1), np.asfortranarray(x), x[:, None]):
        same(function(view), function(view.ravel()).reshape(view.shape))


def test_in_place(function, arguments, same) -> None:
    for length in LENGTHS:
        x = arguments(length)
        expected = function(x.copy())
        function(x, out=x)
        same(x, expected)


@pytest.mark.parametrize("length", [10, 129, 500])
def test_overlap(function, arguments, same, length) -> None:
    """Every kind of overlap gives what separate memory gives."""
    cases = [
        (start_in, step_in, start_out, step_out)
        for step_in in (1, 2, -1)
        for step_out in (1, 2, -1)
        for start_in in (1100, 1101)
        for start_out in (1100 - 130, 1099, 1100, 1101, 1105, 1100 + length)
    ]
    for start_in, step_in, start_out, step_out in cases:
        buffer = arguments(3000)
        x = buffer[start_in::step_in][:length]
        out = buffer[start_out::step_out][:length]
        assert x.size == out.size == length
        expected = function(x.copy())
        function(x, out=out)
        same(out, expected)


@pytest.mark.parametrize("offset", [1, 2, 3, 5, 7])
def test_misaligned(function, arguments, same, offset) -> None:
    x = arguments(500)
    raw = np.zeros(x.nbytes + 8, np.uint8)
    shifted = raw[offset : offset + x.nbytes].view(x.dtype)
    shifted[:] = x
    assert not shifted.flags.aligned
    same(function(shifted), function(x))
    function(shifted, out=shifted)
    same(shifted, function(x))


def test_other_byte_order(function, arguments, same) -> None:
    x = arguments(500)
    swapped = x.astype(x.dtype.newbyteorder())
    assert not swapped.dtype.isnative
    same(function(swapped), function(x))
    out = np.empty_like(swapped)
    function(x, out=out)
    assert not out.dtype.isnative
    same(out, function(x))


def test_empty(function, dtype) -> None:
    for shape in ((0,), (3, 0), (0, 5, 0)):
        y = function(np.empty(shape, dtype))
        assert y.shape == shape
        assert y.dtype == dtype


def test_no_dimensions(function, dtype, same) -> None:
    out = np.array(-7, dtype)
    function(np.array(0.5, dtype), out=out)
    same(out, np.asarray(function(dtype(0.5))))


def test_read_only(function, arguments, same) -> None:
    x = arguments(100)
    x.flags.writeable = False
    before = x.copy()
    function(x)
    same(x, before)
    with pytest.raises(ValueError, match="read-only"):
        function(x, out=x)


def test_threads(function, arguments, same) -> None:
    """Many threads at once, contiguous and strided, get what one gets."""
    x = arguments(40_000)
    expected = function(x)
    shared, results = x[::2], {}
    ready = threading.Barrier(8)

    def work(index: int) -> None:
        ready.wait()
        for _ in range(5):
            mine = np.concatenate([x, x])[::2][: x.size]
            with np.errstate(over="ignore"):
                results[index] = function(mine), function(shared)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    twice = np.concatenate([expected, expected])[::2]
    assert len(results) == 8
    for own, common in results.values():
        same(own, twice)
        same(common, expected[::2])
