"""`stdplus_ref.torch`: values, types, memory, errors. The kit and the ufuncs are the truth."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref.conformance import FORMATS, Tier, check

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

import stdplus_ref.torch as port  # noqa: E402
from stdplus_ref.arrays.higher import evaluate  # noqa: E402
from stdplus_ref.torch import functions  # noqa: E402
from stdplus_ref.torch._operations import OPERATIONS  # noqa: E402

DTYPES = {name: getattr(torch, name) for name in FORMATS}
PLACES = {place: name for place, name in functions._UFUNCS.items() if name in spec.NAMES}


def pure(name: str) -> Callable[[Any], Any]:
    """A function by tensor operations alone."""
    ((family, order),) = [place for place, ufunc in PLACES.items() if ufunc == name]

    def call(x: Any) -> Any:
        operations = OPERATIONS[torch.float64 if x.dtype == torch.float64 else torch.float32]
        return evaluate(operations, family, order, x.to(operations.dtype)).to(x.dtype)

    return call


def tier(name: str, target: str, dtype: str) -> Tier:
    """What `spec` promises."""
    (promise,) = [a for a in spec.FUNCTIONS[name].accuracy(target) if a.dtype == dtype]
    return Tier(None if promise.correctly_rounded else promise.limit)


def bits(x: Any) -> Any:
    """A tensor's bits."""
    return x.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[x.element_size()])


@pytest.mark.parametrize("dtype", FORMATS)
def test_eager_calls_keep_the_promise(name: str, dtype: str) -> None:
    verdict = check(getattr(port, name), name, dtype, tier(name, "torch", dtype), framework="torch")
    assert verdict.passed, verdict


@pytest.mark.parametrize("dtype", FORMATS)
def test_tensor_operations_keep_the_promise(name: str, dtype: str) -> None:
    promised = tier(name, "torch compiled", dtype)
    verdict = check(pure(name), name, dtype, promised, framework="torch")
    assert verdict.passed, verdict


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["stdplus", "log_stdplus"])
def test_derivatives_are_those_of_the_contract(name: str, dtype: str) -> None:
    promised = tier(f"{name}_derivative", "torch", dtype)
    function = getattr(port, name)
    verdict = check(function, name, dtype, promised, framework="torch", derivative=True)
    assert verdict.passed, verdict


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that PyTorch can use")
@pytest.mark.parametrize("dtype", FORMATS)
def test_the_same_on_a_gpu(name: str, dtype: str) -> None:
    promised = tier(name, "torch compiled", dtype)
    verdict = check(getattr(port, name), name, dtype, promised, framework="torch", device="cuda:0")
    assert verdict.passed, verdict


def test_eager_calls_give_the_bits_of_the_ufunc(name: str, dtype: Any, arguments: Any) -> None:
    x = arguments(1000)
    got = getattr(port, name)(torch.from_numpy(x))
    with np.errstate(all="ignore"):
        want = torch.from_numpy(getattr(stdplus_ref, name)(x))
    assert torch.equal(bits(got), bits(want))


def test_the_ufunc_works_on_the_tensors_memory(
    name: str, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def spy(ufunc: np.ufunc) -> Any:
        def call(x: np.ndarray, out: np.ndarray) -> np.ndarray:
            seen.append((ufunc.__name__, x.ctypes.data, x.strides, out.ctypes.data))
            return ufunc(x, out=out)

        return call

    monkeypatch.setattr(functions, "_quiet", spy)
    base = torch.linspace(0.5, 3, 24, dtype=getattr(torch, dtype.__name__)).reshape(4, 6)
    for x in (base, base.T, base[::2, 1::3], base[1].expand(3, 6)):
        y = getattr(port, name)(x)
        strides = tuple(step * x.element_size() for step in x.stride())
        assert seen.pop() == (name, x.data_ptr(), strides, y.data_ptr())


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (2, 3, 4)])
@pytest.mark.parametrize("dtype", FORMATS)
def test_shape_and_type_are_kept(name: str, dtype: str, shape: tuple[int, ...]) -> None:
    x = torch.full(shape, 0.75, dtype=DTYPES[dtype])
    for function in (getattr(port, name), pure(name)):
        y = function(x)
        assert (y.shape, y.dtype, y.device) == (x.shape, x.dtype, x.device)
        assert torch.isfinite(y).all()


def test_no_layout_matters(name: str) -> None:
    x = torch.linspace(0.1, 5, 60, dtype=torch.float64).reshape(3, 4, 5)
    function = getattr(port, name)
    want = function(x)
    assert torch.equal(function(x.permute(2, 0, 1)), want.permute(2, 0, 1))
    assert torch.equal(function(x[:, ::3, 1:4]), want[:, ::3, 1:4])
    assert torch.equal(function(x[0].expand(7, 4, 5)), want[0].expand(7, 4, 5))
    assert torch.equal(function(x.to(memory_format=torch.preserve_format).flip(0)), want.flip(0))


def test_a_negated_view_is_negated() -> None:
    z = torch.complex(torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, -2.0, 3.0]).double())
    x = z.conj().imag
    assert x.is_neg()
    assert torch.equal(port.stdplus(x), port.stdplus(x.clone()))


def test_no_warning_where_the_ufunc_would_give_one(name: str) -> None:
    x = torch.tensor([-1.0, 0.0, -1e300, 1e300, float("nan")], dtype=torch.float64)
    with np.errstate(all="raise"):
        y = getattr(port, name)(x)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(y.numpy(), getattr(stdplus_ref, name)(x.numpy()))


def test_meta_tensors(name: str) -> None:
    for dtype in DTYPES.values():
        x = torch.empty(3, 5, dtype=dtype, device="meta", requires_grad=True)
        y = getattr(port, name)(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
        for t in (y, slope):
            assert (t.shape, t.dtype, t.device.type) == ((3, 5), dtype, "meta")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast(name: str, dtype: Any) -> None:
    """Under autocast a function computes in the type it is given, as exp does on the CPU."""
    weight = torch.eye(4, requires_grad=True)
    with torch.autocast("cpu", dtype=dtype):
        hidden = torch.nn.functional.linear(torch.full((2, 4), 0.75), weight)
        y = getattr(port, name)(hidden)
    assert hidden.dtype == y.dtype == dtype
    y.sum().backward()
    assert torch.isfinite(weight.grad).all()
    assert weight.grad.abs().max() > 0


@pytest.mark.parametrize("wrong", [1.0, np.ones(3), [1.0], None])
def test_other_things_than_tensors(name: str, wrong: Any) -> None:
    argument = spec.FUNCTIONS[name].argument
    with pytest.raises(TypeError, match=rf"^{argument} must be a torch.Tensor, got "):
        getattr(port, name)(wrong)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_other_types(name: str, dtype: Any) -> None:
    with pytest.raises(TypeError, match=f"must be float16, bfloat16, .* got {dtype}"):
        getattr(port, name)(torch.ones(2, dtype=dtype))


def test_sparse_tensors(name: str) -> None:
    with pytest.raises(TypeError, match="must be a dense tensor, got layout"):
        getattr(port, name)(torch.ones(2, 2).to_sparse())


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_nested_tensors(name: str) -> None:
    with pytest.raises(TypeError, match="must be a dense tensor, got a nested one"):
        getattr(port, name)(torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]))


@pytest.mark.parametrize("module", ["", ".functions", ".distribution", ".modules"])
def test_examples_in_docstrings(module: str) -> None:
    found = __import__(f"stdplus_ref.torch{module}", fromlist=["x"])
    assert doctest.testmod(found).failed == 0


def test_the_six_functions_are_there() -> None:
    assert set(spec.NAMES) <= set(port.__all__)
    assert {port.__dict__[name].__name__ for name in spec.NAMES} == set(spec.NAMES)
    assert all(getattr(port, name).__doc__ for name in port.__all__)
