"""What is asked of a GPU, each in a few words of numba-cuda. Tests put a model in its place."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import numpy as np
from numba import cuda
from numba.core import config

from stdplus_ref.cuda._layout import Integers, Walk

_NO_GPU: Final = "CUDA_ERROR_NO_DEVICE"
_FEWEST_BLOCKS: Final = 128
"""numba warns of smaller grids; blocks without elements end at once."""


def missing() -> str | None:
    """Why nothing can run here, and what to do; None if it can."""
    if config.ENABLE_CUDASIM:
        return "numba's CUDA simulator is on, which cannot run it: unset NUMBA_ENABLE_CUDASIM"
    if config.DISABLE_CUDA:
        return "numba's CUDA support is off: unset NUMBA_DISABLE_CUDA"
    available, error = cuda.is_available(), cuda.cuda_error()
    if error is None:
        return None if available else _NO_COMPILER
    if "cannot be found" in error:
        return (
            "there is no NVIDIA driver (libcuda): install the one for your GPU, or use the NumPy "
            "functions of stdplus_ref"
        )
    if _NO_GPU in error:
        return (
            "the NVIDIA driver sees no GPU: look at `nvidia-smi` and CUDA_VISIBLE_DEVICES, or use "
            "the NumPy functions of stdplus_ref"
        )
    return f"the NVIDIA driver does not start: {' '.join(error.split())}"


_NO_COMPILER: Final = (
    "numba-cuda is there without the CUDA compiler (NVVM): "
    'pip install "numba-cuda[cu13]", or [cu12] for a driver older than 580'
)


def handle(stream: Any) -> Any:
    """numba's stream for a `cudaStream_t` as int."""
    return cuda.external_stream(stream) if stream else 0


class Runtime:
    """The GPUs of this machine.

    Streams are `cudaStream_t` as int, 0 being the default stream.
    """

    def require(self, name: str) -> None:
        """Raise RuntimeError if `name` cannot run here."""
        if reason := missing():
            raise RuntimeError(f"stdplus_ref.cuda.{name} cannot run: {reason}")

    def device(self, index: int | None) -> AbstractContextManager[Any]:
        """Context in which GPU `index` is the current one; None changes nothing."""
        return nullcontext() if index is None else cuda.gpus[index]

    def launch(
        self, name: str, dtype: np.dtype[Any], source: int, target: int, walk: Walk, stream: int
    ) -> None:
        """Start the kernel on two addresses."""
        from stdplus_ref.cuda._kernels import THREADS, compiled

        axes = (walk.shape, walk.source_steps, walk.target_steps) if walk.shape else ()
        blocks = max(_FEWEST_BLOCKS, -(-walk.size // THREADS))
        kernel = compiled(name, dtype, len(walk.shape))
        kernel[blocks, THREADS, handle(stream)](source, target, walk.size, *axes)

    def wait(self, stream: int, earlier: int) -> None:
        """Let `stream` wait for what is in the stream `earlier`."""
        event = cuda.event(timing=False)
        event.record(handle(earlier))
        event.wait(handle(stream))

    def array(self, shape: Integers, dtype: np.dtype[Any], order: str, stream: int) -> Any:
        """A new numba device array, uninitialised."""
        return cuda.device_array(shape, dtype, order=order, stream=handle(stream))

    def piece(self, size: int, dtype: np.dtype[Any]) -> Piece:
        """Room for a piece of a host array on its way through the GPU."""
        return Piece(size, dtype)


class Piece:
    """A piece of a host array on the GPU: pinned memory, device memory and a stream."""

    def __init__(self, size: int, dtype: np.dtype[Any]) -> None:
        self.host = cuda.pinned_array(size, dtype)
        self._device = cuda.device_array(size, dtype)
        self._stream = cuda.stream()

    def start(self, name: str, size: int) -> None:
        """Put `host[:size]` through the function, in place; returns at once."""
        part, stream = self._device[:size], self._stream
        part.copy_to_device(self.host[:size], stream=stream)
        address = part.device_ctypes_pointer.value
        number = int(stream.handle)
        runtime.launch(name, part.dtype, address, address, Walk(size), number)
        part.copy_to_host(self.host[:size], stream=stream)

    def finish(self) -> None:
        """Wait until `host` holds the results."""
        self._stream.synchronize()


runtime: Runtime = Runtime()
