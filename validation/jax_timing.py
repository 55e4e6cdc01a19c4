"""Times of `stdplus_ref.jax` on the CPU, as multiples of those of jnp.exp and jax.nn.softplus.

    python -m validation.jax_timing

All are compiled, values and gradients, for 10⁵ numbers from a normal distribution of standard
deviation 2. Prints a table; its last column has gradients, as multiples of those of softplus.
"""

# mypy: ignore-missing-imports

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import numpy as np

from stdplus_ref.spec import NAMES
from validation.timing import Call, paired

COUNT: Final = 100_000
ROUNDS: Final = 101


def main() -> None:
    """Print the table."""
    jax: Any = import_module("jax")
    port: Any = import_module("stdplus_ref.jax")
    jax.config.update("jax_enable_x64", True)

    def call(function: Any, x: Any) -> Call:
        compiled = jax.jit(function)
        return lambda: compiled(x).block_until_ready()

    def gradient(function: Any) -> Callable[[Any], Any]:
        found: Callable[[Any], Any] = jax.grad(lambda x: function(x).sum())
        return found

    print("| function | type | ns per number | of `exp` | of `softplus` | gradients |")
    print("|---|---|---|---|---|---|")
    for dtype in ("float32", "float64"):
        drawn = np.random.default_rng(0).normal(0.0, 2.0, COUNT).astype(dtype)
        for name in NAMES:
            x = jax.device_put(abs(drawn) if name == "inv_stdplus" else drawn)
            function, softplus = getattr(port, name), jax.nn.softplus
            of_exp = paired(call(function, x), call(jax.numpy.exp, x), ROUNDS)
            of_softplus = paired(call(function, x), call(softplus, x), ROUNDS)
            slope = paired(call(gradient(function), x), call(gradient(softplus), x), ROUNDS)
            print(
                f"| `{name}` | {dtype} | {1e9 * of_exp.seconds / COUNT:.1f} | {of_exp.ratio:.1f}× "
                f"| {of_softplus.ratio:.1f}× | {slope.ratio:.1f}× |"
            )


if __name__ == "__main__":
    main()
