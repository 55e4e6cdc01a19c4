"""`stdplus_ref.cuda`: arguments, layouts, streams, kinds of arrays, host arrays in pieces.

Arrays are on a model of a GPU (`cuda_model`), so that all but the driver's calls is tested here.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import pickle
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec

INSTALL = "pip install numba-cuda nvidia-cuda-nvrtc nvidia-cuda-nvcc"
pytest.importorskip("numba_cuda", reason=f"needs numba-cuda and NVIDIA's compilers: {INSTALL}")

from numba import cuda as numba_cuda  # noqa: E402
from numba import types  # noqa: E402

from stdplus_ref import cuda  # noqa: E402
from stdplus_ref.cuda import _host, _kinds, _runtime, device  # noqa: E402
from stdplus_ref.cuda._layout import Memory, Walk, walk  # noqa: E402
from tests.cuda.cuda_model import DeviceArray, Model  # noqa: E402
from validation.cuda import ptx as cuda_ptx  # noqa: E402

try:
    numba_cuda.compile(lambda x: x, types.float64(types.float64), cc=(9, 0))
except (ImportError, RuntimeError) as failure:
    pytest.skip(f"needs NVIDIA's compilers: {INSTALL} ({failure!r})", allow_module_level=True)

rng = np.random.default_rng(3)


def numbers(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return rng.normal(0, 2, shape).astype(dtype)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model in place of the GPU."""
    found = Model()
    monkeypatch.setattr(_runtime, "runtime", found)
    return found


# Results


def test_device_arrays(model: Model, name, function, dtype, arguments, same) -> None:
    x = arguments(3000)
    y = getattr(cuda, name)(DeviceArray(x))
    with np.errstate(all="ignore"):
        same(y.array, function(x))


def test_host_arrays(model: Model, name, function, dtype, arguments, same) -> None:
    x = arguments(3000)
    y = getattr(cuda, name)(x)
    assert type(y) is np.ndarray
    with np.errstate(all="ignore"):
        same(y, function(x))


LAYOUTS = {
    "contiguous": numbers(4, 5, 6),
    "Fortran": np.asfortranarray(numbers(4, 5, 6)),
    "transposed": numbers(4, 5, 6).transpose(1, 2, 0),
    "every other": numbers(8, 10)[::2, ::2],
    "every other row": numbers(9, 6)[::2],
    "columns": numbers(9, 6)[:, 1:4],
    "backwards": numbers(50)[::-1],
    "backwards both ways": numbers(7, 8)[::-1, ::-1],
    "broadcast": np.broadcast_to(numbers(5), (3, 5)),
    "repeated": np.broadcast_to(numbers(3, 1), (3, 5)),
    "four axes": numbers(4, 6, 4, 6)[::2, ::3, ::-1, ::2],
    "no axes": numbers(),
    "axes of one": numbers(3, 8)[:, None, ::2, None],
    "one element": numbers(1, 1, 1),
    "empty": numbers(3, 0, 5),
    "empty slice": numbers(10)[5:5:2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(model: Model, layout, same) -> None:
    x = LAYOUTS[layout]
    expected = stdplus_ref.stdplus(x)
    y = cuda.stdplus(DeviceArray(x))
    same(y.array, expected)
    assert y.array.flags.f_contiguous or layout != "Fortran"
    assert len(model.launches) == (x.size > 0)
    host = cuda.stdplus(x)
    same(host, expected)
    out = np.full((*x.shape, 2), 7.0, np.float32)
    assert cuda.stdplus(DeviceArray(x), DeviceArray(out[..., 0])) is not None
    same(out[..., 0], expected)
    cuda.stdplus(x, out[..., 1])
    same(out[..., 1], expected)


@pytest.mark.parametrize("place", [DeviceArray, lambda array: array], ids=["device", "host"])
def test_in_place(model: Model, place, same) -> None:
    whole = numbers(6, 8)
    expected = whole.copy()
    expected[::2, ::-1] = stdplus_ref.stdplus(whole[::2, ::-1])
    x = place(whole[::2, ::-1])
    assert cuda.stdplus(x, out=x) is x
    same(whole, expected)


def test_walks_are_short() -> None:
    def between(x: np.ndarray, y: np.ndarray) -> Walk:
        return walk(*(Memory(0, a.shape, a.strides, a.dtype) for a in (x, y)))

    x = numbers(4, 5, 6)
    assert between(x, np.empty_like(x)) == Walk(120)
    assert between(x.T, np.empty_like(x.T)) == Walk(120)
    assert between(x[:, :1, :1], np.empty((4, 1, 1), np.float32)) == Walk(4, (4,), (30,), (1,))
    assert between(x[:2], np.empty((2, 5, 6), np.float32)) == Walk(60)
    assert between(x.T, np.empty((6, 5, 4), np.float32)) == Walk(
        120, (4, 5, 6), (30, 6, 1), (1, 4, 20)
    )
    assert between(x[..., ::2], np.empty((4, 5, 3), np.float32)) == Walk(60, (60,), (2,), (1,))


@pytest.mark.parametrize("seed", range(30))
def test_a_walk_visits_every_element_once(seed) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 5, random.integers(0, 5)))

    def layout() -> np.ndarray:
        room = np.arange(np.prod([2 * n for n in shape], dtype=int))
        axes = random.permutation(len(shape))
        room = room.reshape([2 * shape[axis] for axis in axes])
        steps = random.choice([-2, -1, 1, 2], len(shape))
        cut = room[tuple(slice(None, None, step) for step in steps)]
        cut = cut[tuple(slice(shape[axis]) for axis in axes)]
        return cut.transpose(np.argsort(axes))

    x, y = layout(), layout()
    first = [int(a.flat[0]) for a in (x, y)]
    found = walk(*(Memory(0, a.shape, a.strides, a.dtype) for a in (x, y)))
    visited = set()
    for number in range(found.size):
        places, rest = list(first), number
        steps = found.source_steps, found.target_steps
        for axis, size in enumerate(found.shape):
            rest, place = divmod(rest, size)
            places = [p + place * s[axis] for p, s in zip(places, steps, strict=True)]
        if not found.shape:
            places = [p + number for p in places]
        visited.add(tuple(places))
    assert visited == set(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))


# Host arrays in pieces


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(_host, "PIECE", 100)
    return 100


@pytest.mark.parametrize("size", [1, 99, 100, 101, 300, 301, 1234])
def test_pieces(model: Model, small_pieces, size, same) -> None:
    x = numbers(size)
    same(cuda.stdplus(x), stdplus_ref.stdplus(x))
    assert len(model.launches) == -(-size // small_pieces)
    assert len(model.pieces) == min(len(model.launches), _host.AHEAD)
    assert all(piece.host.size == min(size, small_pieces) for piece in model.pieces)


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(numbers(30, 40)),
        numbers(30, 40)[::2, ::-1],
        numbers(30, 40).T[3:],
        numbers(1200).astype(">f4"),
        numbers(1200, dtype=np.float64).astype(">f8").reshape(30, 40)[::3],
    ],
    ids=["Fortran", "strided", "transposed", "big-endian float32", "big-endian float64"],
)
def test_pieces_of_any_layout(model: Model, small_pieces, x, same) -> None:
    y = cuda.stdplus(x)
    same(y, stdplus_ref.stdplus(x))
    assert y.dtype.isnative
    assert y.flags.f_contiguous == np.empty_like(x).flags.f_contiguous
    out = np.empty(x.shape[::-1], x.dtype).T
    assert cuda.stdplus(x, out) is out
    same(out, stdplus_ref.stdplus(x))


def test_unaligned_host_arrays(model: Model, same) -> None:
    x = numbers(50)
    packed = np.zeros(50, np.dtype([("flag", "u1"), ("x", "f4")]))
    packed["x"] = x
    same(cuda.stdplus(packed["x"]), stdplus_ref.stdplus(x))


# Streams


class Stream:
    """A stream object of some library."""

    def __init__(self, **attributes) -> None:
        self.__dict__.update(attributes)


class ProtocolStream:
    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, 77


@pytest.mark.parametrize(
    ("stream", "number"),
    [
        (None, 0),
        (5, 5),
        (ProtocolStream(), 77),
        (Stream(cuda_stream=6), 6),
        (Stream(ptr=8), 8),
        (Stream(__cuda_stream__=(0, 9)), 9),
    ],
)
def test_streams(model: Model, stream, number) -> None:
    y = cuda.stdplus(DeviceArray(numbers(4)), stream=stream)
    assert [launch[2] for launch in model.launches] == [number]
    assert y.stream == number
    assert model.waits == []


def test_without_a_stream_work_goes_where_the_array_is_written(model: Model) -> None:
    y = cuda.stdplus(DeviceArray(numbers(4), stream=11))
    assert model.launches[0][2] == y.stream == 11
    assert model.waits == []


def test_a_stream_waits_for_the_arrays(model: Model) -> None:
    x, out = DeviceArray(numbers(4), stream=11), DeviceArray(numbers(4), stream=12)
    cuda.stdplus(x, out, stream=13)
    assert sorted(model.waits) == [(13, 11), (13, 12)]
    assert model.launches[0][2] == 13


@pytest.mark.parametrize("stream", [True, 1.0, "default", object()])
def test_what_is_no_stream(model: Model, stream) -> None:
    with pytest.raises(TypeError, match="stream must be a cudaStream_t as int or a stream of"):
        cuda.stdplus(DeviceArray(numbers(4)), stream=stream)
    assert not model.launches


def test_host_arrays_take_no_stream(model: Model) -> None:
    with pytest.raises(TypeError, match="stream is for arrays on the GPU"):
        cuda.stdplus(numbers(4), stream=0)


# Kinds of arrays


class Library(ModuleType):
    """A model of PyTorch or CuPy: its arrays, its current stream, its allocator."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stream, self.made_on = 21, []
        library = self

        class Array(DeviceArray):
            device = SimpleNamespace(index=1, id=1)
            waiting: list[int]

            def record_stream(self, stream) -> None:
                self.waiting = [stream.number]

        class External:
            def __init__(self, number: int, device=None) -> None:
                self.number = number

            def __enter__(self) -> None:
                self.before, library.stream = library.stream, self.number

            def __exit__(self, *_) -> None:
                library.stream = self.before

        def empty_like(x: DeviceArray) -> DeviceArray:
            library.made_on.append(library.stream)
            return Array(np.full_like(x.array, -999.0), library.stream)

        Array.__module__ = f"{name}.core"
        self.array, self.empty_like = Array, empty_like
        self.cuda = SimpleNamespace(
            current_stream=lambda device: SimpleNamespace(cuda_stream=library.stream),
            get_current_stream=lambda: SimpleNamespace(ptr=library.stream),
            ExternalStream=External,
            stream=lambda stream: stream,
        )


@pytest.fixture(params=["torch", "cupy"])
def library(request, monkeypatch: pytest.MonkeyPatch) -> Library:
    found = Library(request.param)
    monkeypatch.setitem(sys.modules, request.param, found)
    return found


def test_results_are_of_the_callers_kind(model: Model, library: Library, same) -> None:
    x = library.array(numbers(3, 4).T)
    y = cuda.stdplus(x)
    assert type(y) is library.array
    same(y.array, stdplus_ref.stdplus(x.array))
    assert y.array.flags.f_contiguous
    assert library.made_on == [21]
    assert model.launches[0][2] == 21
    assert model.devices == [1]


def test_results_are_made_on_the_stream_they_are_written_on(model: Model, library) -> None:
    x = library.array(numbers(4))
    cuda.stdplus(x, stream=33)
    assert library.made_on == [33]
    assert library.stream == 21
    assert model.launches[0][2] == 33
    if library.__name__ == "torch":
        assert x.waiting == [33]


def test_subclasses_are_of_the_same_kind(model: Model, library: Library) -> None:
    class Parameter(library.array):
        pass

    assert type(cuda.stdplus(Parameter(numbers(3)))) is library.array


def test_out_on_another_gpu(model: Model, library: Library) -> None:
    x, out = library.array(numbers(3)), library.array(numbers(3))
    out.device = SimpleNamespace(index=0, id=0)
    with pytest.raises(ValueError, match="out must be on the same GPU as the argument"):
        cuda.stdplus(x, out)
    assert not model.launches


def test_unknown_kinds_give_numba_arrays(model: Model) -> None:
    assert isinstance(_kinds.kind_of(DeviceArray(numbers(3))), _kinds.Other)


# Wrong arguments


@pytest.mark.parametrize("x", [1.0, [1.0], None, np.float32(1), "x"])
def test_what_is_no_array(name, x) -> None:
    argument = spec.FUNCTIONS[name].argument
    message = f"{argument} must be a NumPy array or have __cuda_array_interface__, not "
    with pytest.raises(TypeError, match=message):
        getattr(cuda, name)(x)


@pytest.mark.parametrize("place", [DeviceArray, lambda array: array], ids=["device", "host"])
@pytest.mark.parametrize("dtype", ["f2", "i4", "i8", "?", "c8", "O", "M8[s]", "U3"])
def test_other_types(name, place, dtype) -> None:
    argument = spec.FUNCTIONS[name].argument
    message = f"{argument} must be float32 or float64 on the GPU, not "
    with pytest.raises(TypeError, match=message):
        getattr(cuda, name)(place(np.zeros(3, dtype)))


def test_byte_order_on_the_device() -> None:
    with pytest.raises(TypeError, match="x must be float32 or float64 on the GPU, not >f4"):
        cuda.stdplus(DeviceArray(numbers(3).astype(">f4")))


def test_masks() -> None:
    x = DeviceArray(numbers(3))
    x.changes["mask"] = DeviceArray(np.ones(3, bool))
    with pytest.raises(TypeError, match="x must not have a mask"):
        cuda.stdplus(x)
    with pytest.raises(TypeError, match="x must not have a mask"):
        cuda.stdplus(np.ma.array(numbers(3)))


@pytest.mark.parametrize("changes", [{"strides": (6,)}, {"data": (1002, False)}])
def test_unaligned_device_arrays(changes) -> None:
    x = DeviceArray(numbers(3))
    x.changes = changes
    with pytest.raises(ValueError, match="x must have all elements aligned to 4 bytes"):
        cuda.stdplus(x)


def frozen(x: np.ndarray) -> np.ndarray:
    x.flags.writeable = False
    return x


SHARED = numbers(10)


@pytest.mark.parametrize("place", [DeviceArray, lambda array: array], ids=["device", "host"])
@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (numbers(8, dtype=np.float64), TypeError, "out must be float32 like the argument, not f"),
        (numbers(8, dtype=np.float16), TypeError, "out must be float32 or float64 on the GPU"),
        (numbers(2, 4), ValueError, r"out must have the shape \(8,\), not \(2, 4\)"),
        (numbers(1), ValueError, r"out must have the shape \(8,\), not \(1,\)"),
        (frozen(numbers(8)), ValueError, "out must be writable"),
        (
            np.lib.stride_tricks.as_strided(numbers(8), (8,), (0,)),
            ValueError,
            "out must not have elements that share memory",
        ),
        (SHARED[1:9], ValueError, "out must be the argument itself or not overlap it"),
        (SHARED[7::-1], ValueError, "out must be the argument itself or not overlap it"),
    ],
)
def test_wrong_out(place, out, error, message) -> None:
    with pytest.raises(error, match=message):
        cuda.stdplus(place(SHARED[:8]), place(out))


def test_out_elsewhere() -> None:
    with pytest.raises(TypeError, match="out must be an array on the GPU like the argument, not"):
        cuda.stdplus(DeviceArray(numbers(3)), numbers(3))
    with pytest.raises(TypeError, match="out must be a NumPy array like the argument, not"):
        cuda.stdplus(numbers(3), DeviceArray(numbers(3)))


def test_neighbours_do_not_overlap(model: Model, same) -> None:
    both = numbers(20)
    expected = stdplus_ref.stdplus(both[:10])
    cuda.stdplus(DeviceArray(both[:10]), DeviceArray(both[10:]))
    same(both[10:], expected)


# What is missing


def test_without_numba_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "stdplus_ref.cuda")
    with pytest.raises(ImportError, match=r'needs numba-cuda: pip install "stdplus-ref\[cuda\]"'):
        importlib.import_module("stdplus_ref.cuda")


@pytest.mark.parametrize(
    ("available", "error", "told"),
    [
        (True, None, None),
        (False, "\nCUDA driver library cannot be found.\nEnsure", "no NVIDIA driver .* install"),
        (
            False,
            "Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)",
            "sees no GPU: look at `nvidia-smi` and CUDA_VISIBLE_DEVICES",
        ),
        (False, "Call to cuInit results in\nCUDA_ERROR_UNKNOWN", "does not start: Call to cuInit "),
        (False, None, r'without the CUDA compiler \(NVVM\): pip install "numba-cuda\[cu13\]"'),
    ],
)
def test_what_is_missing_is_told(monkeypatch, available, error, told) -> None:
    monkeypatch.setattr(numba_cuda, "is_available", lambda: available)
    monkeypatch.setattr(numba_cuda, "cuda_error", lambda: error)
    if told is None:
        assert _runtime.missing() is None
        return
    for x in (numbers(3), DeviceArray(numbers(3))):
        with pytest.raises(RuntimeError, match=rf"stdplus_ref\.cuda\.stdplus cannot run: .*{told}"):
            cuda.stdplus(x)


@pytest.mark.parametrize(
    ("setting", "variable"),
    [("ENABLE_CUDASIM", "NUMBA_ENABLE_CUDASIM"), ("DISABLE_CUDA", "NUMBA_DISABLE_CUDA")],
)
def test_what_is_switched_off_is_told(monkeypatch, setting, variable) -> None:
    monkeypatch.setattr(_runtime.config, setting, 1)
    with pytest.raises(RuntimeError, match=f"cannot run: .*unset {variable}"):
        cuda.stdplus(numbers(3))


@pytest.mark.skipif(_runtime.missing() is None, reason="there is a GPU")
def test_on_a_machine_without_a_gpu() -> None:
    with pytest.raises(RuntimeError, match=r"stdplus_ref\.cuda\.stdplus cannot run: .*NVIDIA"):
        cuda.stdplus(numbers(3))


# What numba makes of it


class Driver:
    """In place of what numba asks of the driver when it compiles and launches a kernel."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from numba.cuda import codegen, dispatcher

        library, text = codegen.CUDACodeLibrary, codegen.CUDACodeLibrary.get_asm_str
        gpu = SimpleNamespace(compute_capability=(8, 6))
        monkeypatch.setattr(dispatcher, "get_current_device", lambda: gpu)
        monkeypatch.setattr(numba_cuda, "get_current_device", lambda: gpu)
        monkeypatch.setattr(dispatcher, "launch", self.launch)
        monkeypatch.setattr(dispatcher.driver, "_to_core_stream", lambda stream: stream)
        monkeypatch.setattr(dispatcher._Kernel, "bind", lambda kernel: None)
        monkeypatch.setattr(library, "get_asm_str", lambda code, cc=(8, 6): text(code, cc))
        monkeypatch.setattr(library, "get_cufunc", lambda code: SimpleNamespace(kernel=code))
        monkeypatch.setattr(_runtime, "handle", lambda stream: stream)
        self.launches: list[tuple[int, int]] = []

    def launch(self, stream, config, kernel, *arguments) -> None:
        from validation.cuda.ptx_machine import load

        (blocks, *_), (threads, *_) = config.grid, config.block
        self.launches.append((stream, blocks))
        numbers = [getattr(argument, "value", argument) for argument in arguments]
        load(kernel.get_asm_str())(blocks, threads, *numbers)


@pytest.mark.parametrize("step", [1, -2])
def test_a_launch_by_way_of_numba(monkeypatch, step, same) -> None:
    """Signature, launch configuration and arguments go through numba as on a real GPU."""
    driver = Driver(monkeypatch)
    x, y = numbers(50_000)[::step], np.zeros(50_000, np.float32)[::step]
    source, target = (Memory(a.ctypes.data, a.shape, a.strides, a.dtype) for a in (x, y))
    _runtime.Runtime().launch(
        "stdplus", x.dtype, source.pointer, target.pointer, walk(source, target), 42
    )
    same(y, stdplus_ref.stdplus(x))
    assert driver.launches == [(42, 196 if step == 1 else 128)]  # numba warns of fewer than 128


# Names


def test_names(name) -> None:
    function = getattr(cuda, name)
    assert function.__name__ == function.__qualname__ == name
    assert pickle.loads(pickle.dumps(function)) is function
    assert list(inspect.signature(function).parameters)[1:] == ["out", "stream"]
    assert spec.FUNCTIONS[name].summary in function.__doc__
    assert f"    {spec.FUNCTIONS[name].argument} : array\n" in function.__doc__
    assert {name, "device"} < set(dir(cuda))
    assert name in device.__all__


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'softplus'"):
        _ = cuda.softplus


# Device functions


def test_the_first_use_may_be_in_a_kernel() -> None:
    """numba resolves names while it compiles, and does not see what is registered then."""
    program = """
        import numba.cuda.dispatcher
        from types import SimpleNamespace
        from numba import cuda, types
        from stdplus_ref.cuda import device

        gpu = SimpleNamespace(compute_capability=(8, 6))
        numba.cuda.dispatcher.get_current_device = lambda: gpu

        def kernel(x):
            x[0] = device.stdplus(x[0])

        pointer = types.CPointer(types.float64)
        cuda.compile(kernel, types.void(pointer), device=False, abi="numba", cc=(8, 6))
    """
    path = str(Path(stdplus_ref.__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        check=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba-cuda asks the current GPU for its capability when it compiles a call."""
    gpu = SimpleNamespace(compute_capability=(8, 6))
    monkeypatch.setattr("numba.cuda.dispatcher.get_current_device", lambda: gpu)


@pytest.mark.parametrize(
    ("argument", "result"),
    [("float32", "float32"), ("float64", "float64"), ("int32", "float64"), ("boolean", "float64")],
)
def test_device_functions(offline, argument, result, same) -> None:
    from validation.cuda.ptx_machine import load

    def kernel(x, out, size):
        i = numba_cuda.grid(1)
        if i < size:
            out[i] = device.log_stdplus(x[i])

    numba_type, numpy_type = getattr(types, argument), np.dtype(argument.replace("boolean", "?"))
    pointers = (types.CPointer(t) for t in (numba_type, getattr(types, result)))
    signature = types.void(*pointers, types.int64)
    ptx, _ = numba_cuda.compile(kernel, signature, device=False, abi="numba", cc=(8, 6))
    # of float64 the last phase is called, from one place; nothing else is
    called = re.findall(r"^\s*call\b[^;]*", cuda_ptx.first_phase(ptx), re.MULTILINE)
    assert ["settle" in call for call in called] == [True] * (result == "float64")
    if argument.startswith("float"):
        x = (5 * numbers(500)).astype(numpy_type)
        y = np.empty(500, result)
        load(ptx)(2, 256, x.ctypes.data, y.ctypes.data, 500)
        same(y, stdplus_ref.log_stdplus(x))


def test_device_functions_refuse_other_types(offline) -> None:
    def kernel(x):
        x[0] = device.stdplus(x[0])

    signature = types.void(types.CPointer(types.complex64))
    with pytest.raises(
        Exception, match="stdplus takes float32, float64, an integer or bool, not complex64"
    ):
        numba_cuda.compile(kernel, signature, device=False, abi="numba", cc=(8, 6))


def test_device_functions_are_for_kernels(name) -> None:
    with pytest.raises(TypeError, match=f"device.{name} is for code under numba.cuda.jit"):
        getattr(device, name)(1.0)
