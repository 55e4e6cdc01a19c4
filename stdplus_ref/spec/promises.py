"""The accuracy that is promised, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from stdplus_ref.spec import evidence, port_evidence
from stdplus_ref.spec.records import NAMES, Accuracy, Evidence, Found, Witness

_ROUNDED: Final = {"float32": 0.5, "float64": 0.5}
"""Limits of the ufuncs: correctly rounded."""

_ROUNDED_TWICE: Final = {"float16": 0.501, "bfloat16": 0.501}
"""Limits of the ports in types that they compute in float32 and round once more."""

PORTS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "torch": {},
        "torch compiled": {"float32": 1.0, "float64": 1.5},
        "jax": {"float32": 1.0, "float64": 1.5},
    }
)
"""The ports on the CPU, PyTorch eager and compiled, JAX compiled: limits unlike the ufuncs'."""

_FLUSHING: Final = ("jax",)


def _promises() -> tuple[Accuracy, ...]:
    """Every accuracy that is promised."""
    ufuncs = [
        Accuracy(name, "numpy", dtype, limit, _evidence(evidence.EVIDENCE.get((name, dtype), ())))
        for name in NAMES
        for dtype, limit in _ROUNDED.items()
    ]
    ports = [
        Accuracy(name, target, dtype, limit, _found(target, name, dtype), target in _FLUSHING)
        for target, limits in PORTS.items()
        for name in NAMES
        for dtype, limit in {**_ROUNDED_TWICE, **_ROUNDED, **limits}.items()
    ]
    return (*ufuncs, *ports)


def _found(target: str, name: str, dtype: str) -> tuple[Evidence, ...]:
    """What has been measured of a port."""
    return _evidence(port_evidence.EVIDENCE.get((target, name, dtype), ()))


def _evidence(found: tuple[Found, ...]) -> tuple[Evidence, ...]:
    """Evidence from the generated files."""
    return tuple(
        Evidence(word, scanned, worst, Witness(*witness) if witness else None)
        for word, scanned, worst, witness in found
    )


ACCURACY: Final = _promises()
"""Accuracy limits: the tables in the README and in docs/ports.md."""

SAME_BITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "numba": "the same source, compiled; the tests compare bits",
        "c": "translated from the same source; `python -m validation --only c` compares all 2³² "
        "float32 and 10⁹ float64 arguments of each function",
        "cuda": "compiled from the same source; `python -m validation --only cuda-ptx` runs the "
        "code instruction by instruction on the processor, for all 2³² float32 and 10⁸ float64 "
        "arguments of each function; never run on a GPU",
    }
)
"""Targets that have the bits of the NumPy functions, hence their promises: how that is known."""
