"""How to call a function: a piece of code for each target, which the tests run."""

from __future__ import annotations

from typing import Final, NamedTuple

from stdplus_ref import spec


class Call(NamedTuple):
    """Code that prints the results of a function's example."""

    title: str
    language: str
    note: str
    code: str


_NUMPY = """\
import numpy as np
from stdplus_ref import {name}

print({name}(np.array({arguments})))
"""
_NUMBA = """\
import numba
import numpy as np
from stdplus_ref import kernels

@numba.njit
def loop(x, out):
    for i in range(x.size):
        out[i] = kernels.{name}(x[i])

out = np.empty(3)
loop(np.array({arguments}), out)
print(out)
"""
_C = """\
#include <stdio.h>
#include "stdplus.h"

int main(void)
{{
    const double x[] = {{{values}}};
    for (int i = 0; i < 3; i++) {{
        printf("%.17g\\n", {name}(x[i]));
    }}
    return 0;
}}
"""
_CUDA = """\
#include "stdplus.h"

extern "C" __global__ void loop(const double *x, double *y, int n)
{{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {{
        y[i] = {name}(x[i]);
    }}
}}
"""
_TORCH = """\
import torch
from stdplus_ref.torch import {name}

x = torch.tensor({arguments}, dtype=torch.float64, requires_grad=True)
y = {name}(x)
y.sum().backward()
print(y.detach().numpy())
"""
_JAX = """\
import jax
import jax.numpy as jnp
from stdplus_ref.jax import {name}

print(jax.jit({name})(jnp.array({arguments})))
slope = jax.grad({name})
"""
_CALLS: Final = (
    Call("NumPy", "python", "A ufunc of float32 and float64, with `out=` and the rest.", _NUMPY),
    Call("numba", "python", "In your own compiled code, with the bits of the ufunc.", _NUMBA),
    Call(
        "C",
        "c",
        "Also C++; `{name}f` for `float`. How to compile it: [C](../docs/c.md).",
        _C,
    ),
    Call("CUDA", "cuda", "From Python: `stdplus_ref.cuda`, see [CUDA](../docs/cuda.md).", _CUDA),
    Call(
        "PyTorch",
        "python",
        "Differentiable any number of times; see [PyTorch and JAX](../docs/ports.md).",
        _TORCH,
    ),
    Call(
        "JAX",
        "python",
        "The same for JAX; see [PyTorch and JAX](../docs/ports.md#jax).",
        _JAX,
    ),
)


def calls(name: str) -> list[Call]:
    """The ways to call a function, with its example in place."""
    arguments = spec.FUNCTIONS[name].example.arguments
    words = {"name": name, "arguments": arguments, "values": arguments.strip("[]")}
    return [
        call._replace(note=call.note.format(**words), code=call.code.format(**words))
        for call in _CALLS
    ]
