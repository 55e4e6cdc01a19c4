"""The SHA-256 of all float32 results.

Shard i holds the inputs with the bit patterns i·2^24 … (i + 1)·2^24 − 1 in ascending order, so that
256 shards are all inputs. Its digest is the SHA-256 of the results as little-endian float32, every
NaN written as 0x7fc00000; the digest of a function is the SHA-256 of the 256 digests, 32 bytes
each, one after another. Correct rounding fixes every bit: a port has to find the same digests.

Needs nothing but NumPy, unlike `validation.exhaustive`, which judges the results and writes the
digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SHARDS = 256
SHARD_SIZE = 1 << 24
DIGESTS = Path(__file__).parent / "data" / "float32_digests.json"

_NAN = 0x7FC00000


def inputs(first: int, count: int) -> Array:
    """The float32 numbers with the bit patterns first … first + count − 1."""
    return np.arange(first, first + count, dtype=np.uint32).view(np.float32)


def canonical(results: Array) -> bytes:
    """The bytes that are hashed."""
    bits = results.view(np.uint32)
    return np.where(np.isnan(results), np.uint32(_NAN), bits).astype("<u4").tobytes()


def function_digest(shard_digests: Sequence[str]) -> str:
    """The SHA-256 of the digests of all shards."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, shard_digests))).hexdigest()


def kept_digests() -> dict[str, dict[str, Any]]:
    """By function: "all", its digest, and "shards", those of its shards, from the repository."""
    functions: dict[str, dict[str, Any]] = json.loads(DIGESTS.read_text("utf-8"))["functions"]
    return functions
