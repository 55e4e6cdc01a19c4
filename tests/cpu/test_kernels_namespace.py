"""`stdplus_ref.kernels`: scalar functions inside users' own numba code, and from Python."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

import stdplus_ref
from stdplus_ref import kernels, spec
from stdplus_ref.kernels import inv_stdplus, stdplus


@pytest.fixture
def scalar(name):
    """The scalar function called `name`."""
    return getattr(kernels, name)


def compiled(scalar):
    """A user's function that calls `scalar`."""

    @numba.njit
    def use(x):
        return scalar(x)

    return use


def test_same_bits_as_the_ufunc_in_a_users_loop(function, scalar, arguments, same) -> None:
    @numba.njit
    def loop(x, out):
        for i in range(x.size):
            out[i] = scalar(x[i])

    x = np.concatenate([arguments(3000), np.array([np.inf, np.nan, 0.0, 1e37], arguments(1).dtype)])
    out = np.empty_like(x)
    loop(x, out)
    with np.errstate(over="ignore", divide="ignore"):
        same(out, function(x))


@pytest.mark.parametrize(
    ("argument", "result"),
    [
        (numba.float32, numba.float32),
        (numba.float64, numba.float64),
        (numba.int8, numba.float64),
        (numba.int64, numba.float64),
        (numba.uint32, numba.float64),
        (numba.boolean, numba.float64),
    ],
)
def test_types_in_numba(scalar, argument, result) -> None:
    use = compiled(scalar)
    use.compile((argument,))
    assert use.nopython_signatures[0].return_type == result


def test_integers_have_the_bits_of_float64(function, scalar) -> None:
    assert compiled(scalar)(3) == function(3.0)
    assert compiled(scalar)(np.int16(3)) == function(3.0)
    assert compiled(scalar)(True) == function(1.0)


@pytest.mark.parametrize("x", [1j, "1.0", None, np.ones(3)])
def test_other_types_are_refused_by_numba(name, scalar, x) -> None:
    with pytest.raises(TypingError, match=f"{name} takes float32, float64, an integer or bool"):
        compiled(scalar)(x)


def test_called_from_python(function, scalar, dtype, same) -> None:
    same(scalar(dtype(0.75)), function(dtype(0.75)))
    assert type(scalar(dtype(0.75))) is dtype
    assert type(scalar(0.75)) is np.float64
    assert type(scalar(np.int8(2))) is np.float64
    assert scalar(2) == scalar(np.int8(2)) == function(2.0)
    assert scalar(True) == function(1.0)


@pytest.mark.parametrize("x", [1j, "1.0", None, np.float16(1), np.longdouble(1)])
def test_other_types_are_refused_by_python(name, scalar, x) -> None:
    if np.asarray(x).dtype == np.float64:
        pytest.skip("long double is double here")
    with pytest.raises(TypeError, match=f"{name} takes float32, float64, an integer or bool"):
        scalar(x)


def test_arrays_are_refused_by_python(name, scalar) -> None:
    with pytest.raises(TypeError, match=rf"{name} takes a scalar, not an array of shape \(3,\)"):
        scalar(np.ones(3))


def test_division_by_zero_does_not_raise_under_numbas_python_error_model() -> None:
    assert compiled(inv_stdplus)(0.0) == -np.inf


def test_in_other_decorators(same) -> None:
    x = np.linspace(-4.0, 4.0, 100)

    @numba.vectorize(["float64(float64)", "float32(float32)"])
    def both(v):
        return stdplus(v) * 2

    with np.errstate(all="ignore"):  # the flags of a user's ufunc are the user's
        same(both(x), stdplus_ref.stdplus(x) * 2)

    @numba.cfunc("float64(float64)")
    def callback(v):
        return stdplus(v)

    assert callback.ctypes(0.75) == stdplus_ref.stdplus(0.75)

    @numba.njit(fastmath=False, nogil=True)
    def nested(v):
        def inner(w):
            return inv_stdplus(stdplus(w))

        return inner(v)

    assert nested(1.5) == pytest.approx(1.5, rel=1e-14)


def test_names_and_pickling(name, scalar) -> None:
    assert scalar.__name__ == scalar.__qualname__ == name
    assert scalar.__module__ == "stdplus_ref.kernels"
    assert spec.FUNCTIONS[name].summary in scalar.__doc__
    assert getattr(kernels, name) is scalar
    assert pickle.loads(pickle.dumps(scalar)) is scalar


def test_in_a_users_cached_function(tmp_path) -> None:
    """`cache=True` on the user's side works and is used."""
    (tmp_path / "users.py").write_text(
        textwrap.dedent(
            """
            import numba
            from stdplus_ref.kernels import inv_stdplus

            @numba.njit(cache=True)
            def use(x):
                return inv_stdplus(x) + 1.0

            value = use(0.75)
            print(value.hex(), sum(use.stats.cache_hits.values()))
            """
        )
    )
    path = os.pathsep.join([str(tmp_path), str(Path(stdplus_ref.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    expected = (stdplus_ref.inv_stdplus(0.75) + 1.0).hex()
    for hits in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", "import users"],
            capture_output=True,
            text=True,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [expected, hits]


def test_by_the_name_of_the_module() -> None:
    """Also when numba asks for the name first, in the midst of compiling."""
    program = (
        "import numba; from stdplus_ref import kernels\n"
        "use = numba.njit(lambda x: kernels.stdplus(x) + kernels.inv_log_stdplus(x))\n"
        "print(use(0.75).hex())"
    )
    root = str(Path(stdplus_ref.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.returncode == 0, done.stderr
    expected = stdplus_ref.stdplus(0.75) + stdplus_ref.inv_log_stdplus(0.75)
    assert done.stdout.strip() == expected.hex()


def test_import_compiles_nothing() -> None:
    program = "import sys, stdplus_ref.kernels; print('numba' in sys.modules)"
    root = str(Path(stdplus_ref.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["False"]
