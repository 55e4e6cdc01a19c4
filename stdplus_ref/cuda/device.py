"""The six functions for kernels of your own.

>>> from numba import cuda
>>> from stdplus_ref.cuda import device
>>> @cuda.jit
... def kernel(psi, sigma):
...     i = cuda.grid(1)
...     if i < psi.size:
...         sigma[i] = device.stdplus(2.0**0.5 * psi[i].imag)

float32 gives float32; float64, integers and bool give float64; the bits are those of the ufuncs.
They keep to IEEE arithmetic whatever your kernel is compiled with, except under `fastmath`.

In float64 the rare element whose rounding is in doubt is settled in a function that is called. It
needs up to 2 KiB of local memory a thread and many registers: `cuda.jit(max_registers=64)` keeps
your kernel from paying for those.
"""

from __future__ import annotations

from stdplus_ref.cuda._kernels import device_function

# Not made on first use: numba must know them before it looks at a kernel.
stdplus = device_function("stdplus")
log_stdplus = device_function("log_stdplus")
stdplus_derivative = device_function("stdplus_derivative")
log_stdplus_derivative = device_function("log_stdplus_derivative")
inv_stdplus = device_function("inv_stdplus")
inv_log_stdplus = device_function("inv_log_stdplus")

__all__ = [
    "inv_log_stdplus",
    "inv_stdplus",
    "log_stdplus",
    "log_stdplus_derivative",
    "stdplus",
    "stdplus_derivative",
]
