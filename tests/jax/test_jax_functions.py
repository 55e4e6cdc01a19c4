"""`stdplus_ref.jax`: what it takes and returns, and its derivatives under all transformations."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from stdplus_ref.conformance import FORMATS
from tests.derivative_truth import derivative

jax = pytest.importorskip("jax", reason='needs JAX: pip install "stdplus-ref[jax]"')
jnp = jax.numpy
import stdplus_ref.jax as port  # noqa: E402

FAMILIES = ("stdplus", "log_stdplus", "inv_stdplus", "inv_log_stdplus")
INFINITY = np.inf


@contextmanager
def set_x64(on: bool) -> Iterator[None]:
    """JAX's default precision, for a while."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", on)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.fixture(params=[False, True], ids=["x64 off", "x64 on"])
def x64(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Both settings of JAX's default precision."""
    with set_x64(request.param):
        yield request.param


@pytest.fixture
def with_x64() -> Iterator[None]:
    """64-bit numbers are there."""
    with set_x64(True):
        yield


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Each of the functions whose derivatives are taken."""
    return str(request.param)


def default_type(x64: bool) -> Any:
    """JAX's default float type."""
    return np.float64 if x64 else np.float32


def ordinary(family: str, dtype: Any) -> np.ndarray:
    """Arguments at which the derivatives up to the third are ordinary numbers."""
    x = np.array([-7.5, -2.0, -1.0, -0.25, -0.1, 1e-3, 0.125, 0.375, 0.7, 1.0, 1.5, 3.0, 11.0])
    if family == "inv_stdplus":
        x = np.abs(x[x != -1.0])
    return x.astype(dtype)


def nth_derivative(family: str, order: int) -> Any:
    """The derivative of an order by reverse mode over reverse mode, of an array."""
    function = getattr(port, family)
    for _ in range(order):
        function = jax.grad(function)
    return jax.jit(jax.vmap(function))


def assert_near(got: Any, want: Any, units: float) -> None:
    """Every number is within so many eps of its type, relative."""
    got = np.asarray(got)
    eps = np.finfo(got.dtype).eps
    np.testing.assert_allclose(got.astype(float), want, rtol=units * float(eps), atol=0)


@pytest.mark.parametrize(("order", "units"), [(1, 2), (2, 16), (3, 500)])
def test_derivatives(family: str, order: int, units: float, x64: bool) -> None:
    x = ordinary(family, default_type(x64))
    want = [derivative(family, order, float(v)) for v in x]
    assert_near(nth_derivative(family, order)(x), want, units)


TAILS = {
    "stdplus": (-37.0, -13.0, 0.0, 1e-8, 40.0, 1e4),
    "log_stdplus": (-1e9, -50.0, 0.0, 1e-8, 40.0, 1e6),
    "inv_stdplus": (5e-20, 1e-12, 1e-6, 1.0, 1.0 + 2.0**-20, 50.0, 1e6),
    "inv_log_stdplus": (-1e6, -100.0, 0.0, 1e-8, 30.0, 80.0),
}


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_at_0_and_in_the_tails(family: str, order: int, x64: bool) -> None:
    x = np.array(TAILS[family], default_type(x64))
    want = np.array([derivative(family, order, float(v)) for v in x])
    tiny = np.finfo(x.dtype).tiny
    want[abs(want) < tiny] = 0.0  # flushed
    assert_near(nth_derivative(family, order)(x), want, 16)


AT_INFINITY = {
    "stdplus": {-INFINITY: (0.0, 0.0), INFINITY: (1.0, 0.0)},
    "log_stdplus": {-INFINITY: (INFINITY, -1.0), INFINITY: (0.0, 0.0)},
    "inv_stdplus": {0.0: (INFINITY, -INFINITY), INFINITY: (1.0, 0.0)},
    "inv_log_stdplus": {-INFINITY: (0.0, 0.0), INFINITY: (INFINITY, INFINITY)},
}
"""Limits of the first and second derivative."""


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_at_infinity_and_at_the_pole(family: str, order: int, x64: bool) -> None:
    limits = AT_INFINITY[family]
    got = nth_derivative(family, order)(np.array(list(limits), default_type(x64)))
    assert np.asarray(got).tolist() == [limit[order - 1] for limit in limits.values()]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.usefixtures("with_x64")
def test_only_nan_has_a_derivative_that_is_nan(family: str, order: int, dtype: str) -> None:
    info = jnp.finfo(dtype)
    exponents = np.linspace(float(info.minexp), float(info.maxexp - 1), 200)
    size = np.concatenate([2.0**exponents, np.linspace(0.0, 50.0, 401)])
    extremes = [float(v) for v in (info.smallest_subnormal, info.tiny, info.max, INFINITY)]
    x = np.concatenate([size, extremes, -size, np.negative(extremes)])
    x = x[x >= 0] if family == "inv_stdplus" else x
    x = jnp.append(jnp.asarray(x).astype(dtype), jnp.nan)
    got = nth_derivative(family, order)(x)
    assert got.dtype == dtype
    assert x[jnp.isnan(got)].size == 1, x[jnp.isnan(got)]
    assert jnp.isnan(got[-1])


def first_derivatives(function: Any, x: Any) -> dict[str, Any]:
    """By every transformation that gives them."""

    def total(v: Any) -> Any:
        return function(v).sum()

    def scanned(v: Any) -> Any:
        return jax.lax.scan(lambda carry, each: (carry + function(each), None), v[0] * 0, v)[0]

    one = jnp.ones_like(x)
    return {
        "grad": jax.grad(total)(x),
        "grad of jit": jax.grad(jax.jit(total))(x),
        "grad of scan": jax.grad(scanned)(x),
        "grad of checkpoint": jax.grad(jax.checkpoint(total))(x),
        "jvp": jax.jvp(function, (x,), (one,))[1],
        "linearize": jax.linearize(function, x)[1](one),
        "vjp": jax.vjp(function, x)[1](one)[0],
        "jacfwd": jnp.diag(jax.jacfwd(function)(x)),
        "jacrev": jnp.diag(jax.jacrev(function)(x)),
        "vmap of vmap": jax.vmap(jax.vmap(jax.grad(function)))(x[None])[0],
    }


def second_derivatives(function: Any, x: Any) -> dict[str, Any]:
    """By every pair of modes."""
    return {
        "hessian": jnp.diag(jax.hessian(lambda v: function(v).sum())(x)),
        "forward over forward": jax.vmap(jax.jacfwd(jax.jacfwd(function)))(x),
        "forward over reverse": jax.vmap(jax.jacfwd(jax.grad(function)))(x),
        "reverse over forward": jax.vmap(jax.grad(jax.jacfwd(function)))(x),
        "reverse over reverse": jax.vmap(jax.grad(jax.grad(function)))(x),
    }


@pytest.mark.parametrize(
    ("order", "ways", "units"), [(1, first_derivatives, 4), (2, second_derivatives, 32)]
)
def test_all_transformations_agree(order: int, ways: Any, units: float, x64: bool) -> None:
    x = jnp.asarray(ordinary("stdplus", default_type(x64)))
    want = [derivative("stdplus", order, float(v)) for v in x]
    results = jax.jit(ways, static_argnums=0)(port.stdplus, x)
    for got in results.values():
        assert_near(got, want, units)


def test_the_derivatives_of_the_derivatives() -> None:
    x = jnp.linspace(-3.0, 3.0, 13)
    for name in ("stdplus", "log_stdplus"):
        got = jax.vmap(jax.grad(getattr(port, f"{name}_derivative")))(x)
        assert np.array_equal(got, nth_derivative(name, 2)(x))


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.usefixtures("with_x64")
def test_the_result_has_the_shape_and_type_of_the_argument(name: str, dtype: str) -> None:
    function = getattr(port, name)
    for shape in [(), (0,), (2, 0, 3), (2, 3, 4)]:
        x = jnp.full(shape, 0.75, dtype)
        gradient = jax.eval_shape(jax.grad(lambda v: function(v).sum()), x)
        for got in (jax.eval_shape(function, x), gradient):
            assert (got.shape, got.dtype) == (shape, x.dtype)


PROMOTED = [
    2, 2.5, True, np.float64(2), np.float16(2), np.int8(2), np.array([1, 2]), np.array([1.5]),
    np.array([True]), np.arange(6, dtype=np.uint16)[::2],
]  # fmt: skip


@pytest.mark.parametrize("x", PROMOTED, ids=repr)
def test_arguments_are_promoted_as_by_jax_numpy(x: Any, x64: bool) -> None:
    calls = [lambda f: f(x), lambda f: jax.jit(f)(x), lambda f: f(jnp.asarray(x))]
    for call in calls:
        got, model = call(port.stdplus), call(jnp.exp)
        assert (got.shape, got.dtype, got.weak_type) == (model.shape, model.dtype, model.weak_type)
        np.testing.assert_allclose(got, stdplus_ref.stdplus(np.asarray(x, float)), rtol=1e-3)


def test_python_numbers_give_way() -> None:
    for gradient in (port.stdplus, jax.grad(port.stdplus)):
        assert (gradient(0.75) * jnp.bfloat16(1)).dtype == jnp.bfloat16


def test_large_integers() -> None:
    assert float(port.stdplus(10**12)) == np.float32(1e12)


def test_an_object_that_is_a_jax_array() -> None:
    class Parameter:
        def __jax_array__(self) -> Any:
            return jnp.float32(0.0)

    assert float(port.stdplus(Parameter())) == 1.0


@pytest.mark.parametrize(
    ("x", "got"),
    [
        ("1.0", "an array or a number, got str"),
        (None, "an array or a number, got NoneType"),
        ([1.0], "an array or a number, got list"),
        (1j, "real: .* got complex128"),
        (np.array([1j], np.complex64), "real: .* got complex64"),
        (np.array(["1"]), "real: .* got str"),
        (np.array([None]), "real: .* got object"),
        (np.array(["2026-01-01"], "M8[D]"), "real: .* got datetime64"),
        (jax.random.key(0), "real: .* got key"),
        (jnp.zeros(1, "float8_e4m3fn"), "real: .* got float8_e4m3fn"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_other_arguments_are_refused(name: str, x: Any, got: str) -> None:
    argument = spec.FUNCTIONS[name].argument
    with pytest.raises(TypeError, match=f"{argument} must be {got}"):
        getattr(port, name)(x)


def test_the_names_are_those_of_the_contract() -> None:
    assert set(port.__all__) == set(spec.NAMES)
    assert all(getattr(port, name).__name__ == name for name in spec.NAMES)


def test_the_example() -> None:
    assert doctest.testmod(port).failed == 0


def test_shards_stay_where_they_are() -> None:
    """Nothing is gathered from the devices that an array is spread over."""
    program = (
        "import jax\n"
        "jax.config.update('jax_num_cpu_devices', 2)\n"
        "import jax.numpy as jnp\n"
        "from jax.sharding import Mesh, NamedSharding, PartitionSpec\n"
        "from stdplus_ref.jax import stdplus\n"
        "place = NamedSharding(Mesh(jax.devices(), 'i'), PartitionSpec('i'))\n"
        "x = jax.device_put(jnp.linspace(-3.0, 3.0, 8), place)\n"
        "gradient = jax.jit(jax.grad(lambda v: stdplus(v).sum()))\n"
        "for y in (stdplus(x), gradient(x)):\n"
        "    assert y.sharding.is_equivalent_to(place, 1), y.sharding\n"
        "text = jax.jit(stdplus).lower(x).compile().as_text()\n"
        "assert 'all-' not in text and 'collective' not in text\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
