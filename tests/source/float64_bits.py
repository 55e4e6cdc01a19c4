"""Digests of float64 results: any fault that changes one result in a million changes one of these.

Results are the correct roundings: no change of the source may change these, but of the arguments
below. Here a digest is kept for each function and regime, of 2^19 results each; a sample of them,
and of those that the first phase leaves in doubt, is compared with `exact`. Other arguments:

    python -m tests.source.float64_bits
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

import stdplus_ref
from stdplus_ref import spec

FILE = Path(__file__).with_suffix(".json")
COUNT = 1 << 19
_FORWARD = (-39.0, -26.0, -13.0, -3.25, -1.0, -0.25, 0.0, 0.25, 1.0, 8.0, 64.0)
ENDS: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(spec.NAMES[:4], _FORWARD),
    "inv_stdplus": (0.0, 0.25, 0.85, 1.0, 1.15, 2.0, 64.0),
    "inv_log_stdplus": (-64.0, -40.0, -1.0, -0.25, 0.0, 0.25, 1.0, 40.0, 720.0),
}
SIZES = "all sizes"


def arguments(name: str) -> dict[str, np.ndarray]:
    """By regime: evenly spaced numbers of each interval, and bit patterns of all sizes."""
    ends = ENDS[name]
    steps = (np.arange(COUNT) + 0.5) / COUNT
    found = {}
    for low, high in pairwise(ends):
        x = low + (high - low) * steps
        mixed = np.arange(COUNT, dtype=np.uint64) * np.uint64(2654435761) & np.uint64(0xFFFF)
        # without this the low bits of all arguments would be 0
        found[f"{low} … {high}"] = (x.view(np.uint64) ^ mixed).view(np.float64)
    patterns = np.arange(COUNT, dtype=np.uint64) * np.uint64(0x7FF0000000000000 // COUNT)
    patterns += np.uint64(0x123456789)
    sizes = patterns.view(np.float64)
    found[SIZES] = sizes if name == "inv_stdplus" else np.concatenate([sizes, -sizes])
    return found


def digest(y: np.ndarray) -> str:
    """Of the little-endian bits, every NaN the same one."""
    bits = np.where(np.isnan(y), np.uint64(0x7FF8000000000000), y.view(np.uint64))
    return hashlib.sha256(bits.astype("<u8").tobytes()).hexdigest()[:32]


def digests(name: str, function: Callable[[np.ndarray], np.ndarray]) -> dict[str, str]:
    """Of the results of a function that should be the one of that name."""
    with np.errstate(all="ignore"):
        return {regime: digest(function(x)) for regime, x in arguments(name).items()}


def kept() -> dict[str, dict[str, str]]:
    """By function and regime."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text("utf-8"))
    return found


if __name__ == "__main__":
    found = {name: digests(name, getattr(stdplus_ref, name)) for name in spec.NAMES}
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
