"""`stdplus_ref.jax` judged by the conformance kit: compiled, uncompiled, one number at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stdplus_ref.conformance import FORMATS, Tier, check
from stdplus_ref.conformance.kit import DERIVATIVES
from stdplus_ref.spec import FUNCTIONS

jax = pytest.importorskip("jax", reason='needs JAX: pip install "stdplus-ref[jax]"')
import stdplus_ref.jax as port  # noqa: E402

SINGLE_AND_DOUBLE = pytest.mark.parametrize("dtype", ["float32", "float64"])


def judge(name: str, dtype: str, function: Callable[[Any], Any], **options: bool) -> None:
    """Fail unless the kit says that a function keeps what is promised of `name`."""
    judged_as = DERIVATIVES[name] if options.get("derivative") else name
    (promise,) = [a for a in FUNCTIONS[judged_as].accuracy("jax") if a.dtype == dtype]
    tier = Tier(promise.limit, promise.flush_to_zero)
    verdict = check(function, name, dtype, tier, framework="jax", **options)
    assert verdict.passed, str(verdict)


@pytest.mark.parametrize("dtype", FORMATS)
def test_compiled(name: str, dtype: str) -> None:
    every = dtype in ("float16", "bfloat16")
    # JAX compiles each length of an array anew: one function is called with all of them.
    judge(name, dtype, jax.jit(getattr(port, name)), every=every, long_only=name != "stdplus")


@SINGLE_AND_DOUBLE
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative_by_autodiff(name: str, dtype: str) -> None:
    judge(name, dtype, getattr(port, name), derivative=True, long_only=True)


def test_one_operation_at_a_time(name: str) -> None:
    """Then the compiler neither fuses nor rearranges anything."""

    def uncompiled(x: Any) -> Any:
        with jax.disable_jit():
            return getattr(port, name)(x)

    judge(name, "float64", uncompiled, long_only=True)


@SINGLE_AND_DOUBLE
def test_one_number_at_a_time(name: str, dtype: str) -> None:
    """The code that the compiler makes for scalars is not that for arrays."""
    judge(name, dtype, jax.jit(lambda x: jax.lax.map(getattr(port, name), x)), long_only=True)
