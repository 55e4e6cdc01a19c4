"""`stdplus_ref.torch` under torch.compile and torch.export."""

from __future__ import annotations

import copy
import math
import shutil
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

import stdplus_ref.torch as port  # noqa: E402

# What PyTorch's tracer does to any autograd.Function.
pytestmark = pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")

ARGUMENTS = [-50.0, -9.0, -2.0, -0.5, -0.0, 0.0, 0.1, 1.0, 1.3, 6.0, 30.0, 1e30, float("inf")]


def arguments(name: str, dtype: Any) -> Any:
    x = torch.tensor(ARGUMENTS, dtype=dtype)
    return x.abs() if name == "inv_stdplus" else x


def value_and_slope(function: Any, x: Any) -> tuple[Any, Any]:
    x = x.detach().clone().requires_grad_()
    y = function(x)
    (slope,) = torch.autograd.grad(y, x, torch.ones_like(y))
    return y.detach(), slope


def assert_same(got: Any, want: Any) -> None:
    """To a few units in the last place."""
    tolerance = 4 * torch.finfo(want.dtype).eps
    torch.testing.assert_close(got, want, rtol=tolerance, atol=0, equal_nan=True)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    torch.compiler.reset()


def test_one_graph_forwards_and_backwards(name: str) -> None:
    """Traced as for any compiler, and run as traced: one graph each, nothing left to Python."""
    function, x = getattr(port, name), arguments(name, torch.float64)
    compiled = torch.compile(function, fullgraph=True, backend="aot_eager")
    for got, want in zip(value_and_slope(compiled, x), value_and_slope(function, x), strict=True):
        assert_same(got, want)


needs_compiler = pytest.mark.skipif(
    shutil.which("gcc") is None, reason="torch.compile needs a C++ compiler"
)


@pytest.mark.slow
@needs_compiler
def test_the_default_compiler() -> None:
    x = arguments("inv_stdplus", torch.float32)
    compiled = torch.compile(port.inv_stdplus, fullgraph=True)
    got, want = (value_and_slope(f, x) for f in (compiled, port.inv_stdplus))
    assert_same(got[0], want[0])
    assert_same(got[1], want[1])


def test_a_compiled_layer() -> None:
    """A function within a model, with parameters upstream, in a short type."""
    layer = torch.nn.Linear(3, 2).to(torch.bfloat16)

    def model(x: Any) -> Any:
        return port.inv_stdplus(layer(x).abs() + 0.5).sum()

    x = torch.ones(4, 3, dtype=torch.bfloat16)
    model(x).backward()
    want = layer.weight.grad.clone()
    layer.zero_grad()
    torch.compile(model, fullgraph=True, backend="aot_eager")(x).backward()
    torch.testing.assert_close(layer.weight.grad, want)


def test_export(name: str) -> None:
    class Model(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return getattr(port, name)(x)

    x = arguments(name, torch.float64)
    size = torch.export.Dim("size", min=2, max=1000)
    program = torch.export.export(Model(), (x,), dynamic_shapes={"x": {0: size}})
    for each in (x, x.repeat(3)):
        assert_same(program.module()(each), getattr(port, name)(each))


def test_modules_compile() -> None:
    torch.manual_seed(0)
    norm = port.RateNorm(3.0, "batch")
    encoder = torch.nn.Sequential(torch.nn.Linear(5, 8), norm, port.SlashedNormalHead())

    def loss(x: Any) -> Any:
        posterior = encoder(x)
        return posterior.stddev.sum() + posterior.mean.sum()

    x = torch.randn(6, 5)
    loss(x).backward()
    want = encoder[0].weight.grad.clone()
    encoder.zero_grad()
    torch.compile(loss, fullgraph=True, backend="aot_eager")(x).backward()
    torch.testing.assert_close(encoder[0].weight.grad, want)
    assert int(norm.batches_seen) == 2


def deviation_and_density(b: Any, z: Any) -> tuple[Any, Any]:
    """With a prior so wide that the first σ is 1e-66, where σ/σ0 is 0 in float64."""
    q = port.SlashedNormal(torch.zeros_like(b), b, 0.0, 1e300)
    return q.stddev, q.log_prob(z)


@pytest.mark.parametrize(
    "backend",
    ["aot_eager", pytest.param("inductor", marks=[pytest.mark.slow, needs_compiler])],
)
def test_the_distribution(backend: str) -> None:
    """In one graph, forwards and backwards; lower tails of stdplus included."""
    z = torch.tensor([0.0, 1e-66, 1e300], dtype=torch.float64)
    results = []
    for function in (
        torch.compile(deviation_and_density, fullgraph=True, backend=backend),
        deviation_and_density,
    ):
        b = torch.tensor([-29.0, -29.0, 0.5], dtype=torch.float64, requires_grad=True)
        std, log_prob = function(b, z)
        (slope,) = torch.autograd.grad(log_prob.sum(), b)
        results.append((std.detach(), log_prob.detach(), slope))
    assert results[1][0][0] == pytest.approx(1e300 * math.exp(-600) * math.exp(-241.5), rel=1e-12)
    for got, want in zip(*results, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-14, atol=0)


@needs_compiler
@pytest.mark.parametrize(
    ("mode", "options"),
    [
        pytest.param("batch", {}, marks=pytest.mark.slow),
        ("instance", {"part": "real"}),
        ("feature", {"learnable": True}),
    ],
)
def test_modules_by_the_default_compiler(mode: str, options: dict[str, Any]) -> None:
    """A rate-controlled encoder as users write it: training, then evaluation, against eager."""
    torch.manual_seed(0)
    norm = port.RateNorm(3.0, mode, dimensions=8, **options)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 16), norm)
    twin = copy.deepcopy(encoder)
    compiled, head = torch.compile(encoder, fullgraph=True), port.SlashedNormalHead()
    x = torch.randn(10, 64)
    got, want = compiled(x), twin(x)
    torch.testing.assert_close(got, want)
    for y in (got, want):
        (head(y).stddev.sum() + y.mean()).backward()
    for (name, mine), theirs in zip(encoder.named_parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, msg=name)
    for (name, mine), theirs in zip(encoder.named_buffers(), twin.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)
    torch.testing.assert_close(compiled.eval()(x), twin.eval()(x))
    rate = head(compiled(x)).kl().sum(-1).mean()
    assert options.get("part") == "real" or rate.item() == pytest.approx(3.0, rel=1e-4)


@needs_compiler
def test_compiled_modules_refuse_what_eager_ones_refuse() -> None:
    x = torch.zeros(4, 6)
    with pytest.raises(RuntimeError, match="no direction to give a positive rate"):
        torch.compile(port.RateNorm(3.0, "batch"))(x)
    with pytest.raises(RuntimeError, match="no running statistics yet"):
        torch.compile(port.RateNorm(3.0, "batch").eval())(x)


NEGATED = torch.tensor([0.5 - 0.25j, 1.5 - 1.25j, -0.5 - 3j])
"""Its conjugate's imaginary part is [0.25, 1.25, 3], of which memory holds the negative."""


def test_lazily_negated_tensors(name: str) -> None:
    """As arguments, and made within the graph."""
    assert NEGATED.conj().imag.is_neg()
    function, want = getattr(port, name), torch.tensor([0.25, 1.25, 3.0])
    for compiled, x in (
        (torch.compile(function, fullgraph=True, backend="aot_eager"), NEGATED.conj().imag),
        (torch.compile(lambda z: function(z.conj().imag), backend="aot_eager"), NEGATED),
    ):
        assert_same(compiled(x), function(want))
