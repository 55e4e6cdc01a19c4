"""A GPU in main memory: `stdplus_ref.cuda` runs on it as on a real one, kernels included.

Device arrays are NumPy arrays behind `__cuda_array_interface__`. A launch runs the kernel's PTX on
the processor (`validation.cuda.ptx_machine`). Pieces of host arrays are computed only when they are
waited for, so that code which does not wait sees no results.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from stdplus_ref.cuda._kernels import THREADS, assembly
from stdplus_ref.cuda._layout import Walk
from validation.cuda import ptx, ptx_machine

CAPABILITY = (8, 6)


@cache
def compiled(name: str, dtype: np.dtype, axes: int):
    if axes:
        return ptx_machine.load(assembly(name, dtype, CAPABILITY, axes))
    return ptx_machine.load(ptx.kernel_assemblies(name, dtype.name)[CAPABILITY])


class DeviceArray:
    """An array on the model."""

    def __init__(self, array: np.ndarray, stream: int | None = None) -> None:
        self.array, self.stream = array, stream
        self.changes: dict[str, Any] = {}

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        described = {
            "shape": self.array.shape,
            "strides": None if self.array.flags.c_contiguous else self.array.strides,
            "typestr": self.array.dtype.str,
            "data": (self.array.ctypes.data, not self.array.flags.writeable),
            "version": 3,
            "stream": self.stream,
        }
        return {**described, **self.changes}


class Piece:
    def __init__(self, model: Model, size: int, dtype: np.dtype) -> None:
        self.host = np.full(size, -999.0, dtype)
        self._model, self._started = model, None

    def start(self, name: str, size: int) -> None:
        assert self._started is None, "the piece was not waited for"
        self._started = name, size

    def finish(self) -> None:
        name, size = self._started
        self._started = None
        address = self.host.ctypes.data
        self._model.launch(name, self.host.dtype, address, address, Walk(size), 0)


class Model:
    """What happened is in `launches` (function, walk, stream), `waits`, `devices`, `pieces`."""

    def __init__(self) -> None:
        self.launches: list[tuple[str, Walk, int]] = []
        self.waits: list[tuple[int, int]] = []
        self.devices: list[int | None] = []
        self.pieces: list[Piece] = []

    def require(self, name: str) -> None:
        pass

    @contextmanager
    def device(self, index: int | None):
        self.devices.append(index)
        yield

    def launch(self, name, dtype, source: int, target: int, walk: Walk, stream: int) -> None:
        self.launches.append((name, walk, stream))
        axes = (*walk.shape, *walk.source_steps, *walk.target_steps)
        blocks = -(-walk.size // THREADS)
        kernel = compiled(name, dtype, len(walk.shape))
        kernel(blocks, THREADS, source, target, walk.size, *axes)

    def wait(self, stream: int, earlier: int) -> None:
        self.waits.append((stream, earlier))

    def array(self, shape, dtype, order: str, stream: int) -> DeviceArray:
        return DeviceArray(np.full(shape, -999.0, dtype, order=order), stream)

    def piece(self, size: int, dtype: np.dtype) -> Piece:
        self.pieces.append(Piece(self, size, dtype))
        return self.pieces[-1]
