"""The libraries whose arrays are recognised: results of their kind, on their current stream."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, Protocol

from stdplus_ref.cuda import _runtime
from stdplus_ref.cuda._layout import Memory


class Kind(Protocol):
    """A library of arrays on the GPU."""

    def device(self, x: Any) -> int | None:
        """The number of the GPU that holds x; None for the current one."""

    def current_stream(self, x: Any, memory: Memory) -> int:
        """The stream the caller is working on."""

    def empty_like(self, x: Any, memory: Memory, stream: int) -> Any:
        """A new array of the shape and type of x, to be written on `stream`."""


class Torch:
    """PyTorch tensors."""

    def device(self, x: Any) -> int | None:
        return int(x.device.index)

    def current_stream(self, x: Any, memory: Memory) -> int:
        return int(import_module("torch").cuda.current_stream(x.device).cuda_stream)

    def empty_like(self, x: Any, memory: Memory, stream: int) -> Any:
        torch = import_module("torch")
        on: AbstractContextManager[Any] = nullcontext()
        if stream != self.current_stream(x, memory):
            # The allocator reuses memory in the order of the stream it was made on.
            other = torch.cuda.ExternalStream(stream, device=x.device)
            x.record_stream(other)
            on = torch.cuda.stream(other)
        with on:
            return torch.empty_like(x)


class CuPy:
    """CuPy arrays."""

    def device(self, x: Any) -> int | None:
        return int(x.device.id)

    def current_stream(self, x: Any, memory: Memory) -> int:
        return int(import_module("cupy").cuda.get_current_stream().ptr)

    def empty_like(self, x: Any, memory: Memory, stream: int) -> Any:
        cupy = import_module("cupy")
        if stream == self.current_stream(x, memory):
            return cupy.empty_like(x)
        with cupy.cuda.ExternalStream(stream):
            return cupy.empty_like(x)


class Other:
    """Anything else, numba device arrays included: gives numba device arrays."""

    def device(self, x: Any) -> int | None:
        return None

    def current_stream(self, x: Any, memory: Memory) -> int:
        return memory.stream or 0

    def empty_like(self, x: Any, memory: Memory, stream: int) -> Any:
        strides = [abs(s) for n, s in zip(memory.shape, memory.strides, strict=True) if n > 1]
        order = "F" if strides == sorted(strides) else "C"
        return _runtime.runtime.array(memory.shape, memory.dtype, order, stream)


_KINDS: dict[str, Kind] = {"torch": Torch(), "cupy": CuPy()}


def kind_of(x: Any) -> Kind:
    """The library x belongs to."""
    for base in type(x).__mro__:
        if found := _KINDS.get(base.__module__.partition(".")[0]):
            return found
    return Other()
