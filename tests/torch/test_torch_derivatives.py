"""Derivatives of `stdplus_ref.torch` in every mode, against differences of many digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from stdplus_ref import exact, spec
from tests.derivative_truth import derivative

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

import stdplus_ref.torch as port  # noqa: E402

FAMILIES = ("stdplus", "log_stdplus", "inv_stdplus", "inv_log_stdplus")
DOUBLE = torch.float64
INFINITY = math.inf

# Regimes, seams and tails, where derivatives of all orders are normal numbers.
MIDDLE = (-30.0, -8.0, -3.25, -2.0, -1.0, -0.5, -0.25, -0.1, -1e-9, 0.0, 1e-9, 0.1, 0.25, 0.5, 0.99,
          1.0, 1.5, 3.0, 8.0, 15.9, 16.1, 100.0)  # fmt: skip
ARGUMENTS = {
    "stdplus": MIDDLE,
    "log_stdplus": MIDDLE,
    "inv_stdplus": (1e-9, 0.1, 0.5, 0.75, 0.8, 0.95, 1 - 1e-9, 1.0, 1 + 1e-9, 1.2, 1.3, 2.0, 50.0),
    "inv_log_stdplus": (*MIDDLE[:19], 20.0, 25.0),
}
# At 0, far out and at the ends: first and second derivative.
ENDS = {
    "stdplus": {-INFINITY: (0.0, 0.0), -60.0: (0.0, 0.0), 1e300: (1.0, 0.0), INFINITY: (1.0, 0.0)},
    "log_stdplus": {
        -INFINITY: (INFINITY, -1.0),
        -1e200: (1e200, -1.0),
        1e100: (1e-100, -1e-200),
        INFINITY: (0.0, 0.0),
    },
    "inv_stdplus": {0.0: (INFINITY, -INFINITY), 1e300: (1.0, 0.0), INFINITY: (1.0, 0.0)},
    "inv_log_stdplus": {
        -INFINITY: (0.0, 0.0),
        -1e200: (1e-100 / math.sqrt(2), 1e-300 / math.sqrt(8)),
        INFINITY: (INFINITY, INFINITY),
    },
}


def leaf(values: Any, dtype: Any = DOUBLE) -> Any:
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def nth(function: Any, order: int, x: Any) -> Any:
    """The derivative of an order by reverse mode."""
    y = function(x)
    for _ in range(order):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return y.detach()


@pytest.mark.parametrize(("order", "relative", "absolute"), [(1, 2, 0), (2, 16, 0), (3, 900, 40)])
@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_are_right(name: str, order: int, relative: float, absolute: float) -> None:
    """In units of the type's epsilon."""
    x = ARGUMENTS[name]
    got = nth(getattr(port, name), order, leaf(x))
    want = np.array([derivative(name, order, each) for each in x])
    bound = (relative * np.abs(want) + absolute) * np.finfo(np.float64).eps
    error = np.abs(got.numpy() - want)
    vanished = np.abs(want) < 1e-180
    assert (error <= np.where(vanished, 1e-180, bound)).all(), (x, error / bound)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_at_the_ends(name: str, dtype: Any) -> None:
    for x, want in ENDS[name].items():
        if math.isinf(torch.tensor(x, dtype=dtype).item()) != math.isinf(x):
            continue  # beyond float32
        for order in (1, 2):
            got = nth(getattr(port, name), order, leaf(x, dtype)).item()
            limit = torch.tensor(want[order - 1], dtype=dtype).item()
            assert got == pytest.approx(limit, rel=1e-6, abs=0), (x, order)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_no_gradient_is_nan(name: str, dtype: Any, order: int) -> None:
    """Nowhere, that is, where the value is finite."""
    if dtype.itemsize == 2:
        bits = torch.arange(-(2**15), 2**15, dtype=torch.int16)
    else:
        kind = {4: torch.int32, 8: torch.int64}[dtype.itemsize]
        generator = torch.Generator().manual_seed(0)
        ends = torch.iinfo(kind)
        bits = torch.randint(ends.min, ends.max, (50_000,), generator=generator, dtype=kind)
    extremes = torch.tensor([0.0, -0.0, 1.0, INFINITY, -INFINITY], dtype=dtype)
    x = torch.cat([bits.view(dtype), extremes]).requires_grad_()
    function = getattr(port, name)
    value, slope = function(x), nth(function, order, x)
    assert not (torch.isfinite(value) & torch.isnan(slope)).any()
    assert torch.isnan(slope[torch.isnan(x)]).all()


@pytest.mark.parametrize("fast", [False, True])
def test_gradcheck(name: str, fast: bool) -> None:
    x = leaf([[0.3, 0.9, 1.0], [1.4, 3.0, 7.0]])
    if not name.startswith("inv_s"):
        x = (x.detach() * torch.tensor([1.0, -1.0, 0.0])).requires_grad_()
    function = getattr(port, name)
    assert torch.autograd.gradcheck(
        function, x, check_forward_ad=True, check_batched_grad=True,
        check_batched_forward_grad=True, fast_mode=fast,
    )  # fmt: skip
    assert torch.autograd.gradgradcheck(
        function, x, check_fwd_over_rev=True, check_rev_over_rev=True, fast_mode=fast
    )


class TestTransforms:
    """`torch.func` on each function against its derivatives by reverse mode."""

    @pytest.fixture
    def x(self) -> Any:
        return leaf([0.3, 0.9, 1.0, 1.4, 3.0])

    def test_grad_of_grad(self, name: str, x: Any) -> None:
        function = getattr(port, name)
        for order in (1, 2, 3):
            function = torch.func.grad(function)
            got = torch.stack([function(each) for each in x.detach()])
            assert torch.equal(got, nth(getattr(port, name), order, x))

    def test_vmap(self, name: str, x: Any) -> None:
        function, batch = getattr(port, name), x.detach().reshape(5, 1) * torch.ones(2)
        for dim in (0, 1):
            got = torch.func.vmap(function, in_dims=dim, out_dims=dim)(batch)
            torch.testing.assert_close(got, function(batch), rtol=1e-15, atol=0)
        nested = torch.func.vmap(torch.func.vmap(torch.func.grad(function)))(batch)
        assert torch.equal(nested[:, 0], nth(function, 1, x))

    def test_forward_mode(self, name: str, x: Any) -> None:
        function = getattr(port, name)
        primal, tangent = x.detach(), torch.arange(1.0, 6.0, dtype=DOUBLE)
        value, got = torch.func.jvp(function, (primal,), (tangent,))
        torch.testing.assert_close(value, function(primal), rtol=1e-15, atol=0)
        assert torch.equal(got, tangent * nth(function, 1, x))
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(primal, tangent)
            unpacked = torch.autograd.forward_ad.unpack_dual(function(dual))
        assert torch.equal(unpacked.tangent, got)

    def test_jacobians_and_hessians(self, name: str, x: Any) -> None:
        function, point = getattr(port, name), x.detach()
        slopes = torch.diag(nth(function, 1, x))
        assert torch.equal(torch.func.jacrev(function)(point), slopes)
        assert torch.equal(torch.func.jacfwd(function)(point), slopes)
        hessian = torch.func.hessian(lambda u: function(u).sum())(point)
        assert torch.equal(hessian, torch.diag(nth(function, 2, x)))


def test_gradients_through_views_and_broadcasts(name: str) -> None:
    x = leaf([0.5, 1.5, 2.5])
    getattr(port, name)(x.expand(4, 3).T[::2]).sum().backward()
    slope = nth(getattr(port, name), 1, x.detach().requires_grad_())
    torch.testing.assert_close(x.grad, 4 * slope * torch.tensor([1.0, 0.0, 1.0]))


def test_lazily_negated_tensors(name: str) -> None:
    """z.conj().imag holds the negative of its numbers in memory; derivatives read that memory."""
    z = torch.tensor([0.5 - 0.25j, 1.5 - 1.25j, -0.5 - 3j], dtype=torch.complex128)
    function, numbers = getattr(port, name), leaf([0.25, 1.25, 3.0])
    lazy = z.conj().imag
    assert lazy.is_neg()
    assert torch.equal(function(lazy), function(numbers).detach())
    for order in (1, 2):
        x = z.conj().imag.detach().requires_grad_()
        assert torch.equal(nth(function, order, x), nth(function, order, numbers))
    z.requires_grad_()
    function(z.conj().imag).sum().backward()
    assert torch.equal(z.grad.imag, -nth(function, 1, numbers))
    slope = torch.func.vmap(torch.func.grad(function))(lazy)
    assert torch.equal(slope, nth(function, 1, numbers))


def test_no_graph_without_need(name: str) -> None:
    x = leaf([0.5, 2.0])
    function = getattr(port, name)
    assert function(x).requires_grad
    assert not function(x.detach()).requires_grad
    with torch.no_grad():
        assert not function(x).requires_grad
    with torch.inference_mode():
        assert not function(torch.ones(2)).requires_grad


def test_parameters_and_subclasses(name: str) -> None:
    parameter = torch.nn.Parameter(torch.tensor([0.5, 2.0]))
    getattr(port, name)(parameter).sum().backward()
    assert torch.isfinite(parameter.grad).all()

    class Tagged(torch.Tensor):
        pass

    tagged = torch.tensor([0.5, 2.0]).as_subclass(Tagged)
    plain = getattr(port, name)(torch.tensor([0.5, 2.0]))
    torch.testing.assert_close(getattr(port, name)(tagged).as_subclass(torch.Tensor), plain)


def test_the_truth_is_the_contracts() -> None:
    for name in ("stdplus", "log_stdplus"):
        for x in MIDDLE:
            want = float(getattr(exact, f"{name}_derivative")(x))
            assert derivative(name, 1, x) == pytest.approx(want, rel=1e-15)
    assert set(FAMILIES) < set(spec.NAMES)
