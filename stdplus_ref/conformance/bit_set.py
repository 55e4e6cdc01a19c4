"""Bit set float64/1: 2²⁸ arguments of each function, and the SHA-256 of their results by shard.

Correct rounding fixes every bit, but 2⁶⁴ results cannot be computed. These are computed instead:
64 shards of 2²² arguments, made of integers as below, so that any language makes the same ones. A
port that finds the digests in ``bit_sets/float64-1.json`` meets the set. The set never changes;
another would be float64/2.

With f the number of the function, 0 … 5 in the contract's order, and i that of the argument,
0 … 2²⁸ − 1, all modulo 2⁶⁴ and >> without sign:

    z = (2⁴⁰ + 2³²·f + i)·0x9e3779b97f4a7c15
    z = (z ^ (z >> 30))·0xbf58476d1ce4e5b9
    z = (z ^ (z >> 27))·0x94d049bb133111eb
    r = z ^ (z >> 31)

is a random word (that of splitmix64). Shard i >> 22 belongs to one of `KINDS`; p is the place of
the argument among those of its kind, counted from 0. What each kind makes of p and r is in its
function below. Of ``inv_stdplus`` the sign is cleared afterwards, where the kind says so.

Shard digests are the SHA-256 of the results as little-endian float64, in order, every NaN written
as 0x7ff8000000000000; the digest of a function is the SHA-256 of its 64 digests, 32 bytes each.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stdplus_ref import spec
from stdplus_ref.conformance.formats import FORMATS, Bits

VERSION: Final = 1
NAME: Final = f"float64/{VERSION}"
SHARDS: Final = 64
SHARD_SIZE: Final = 1 << 22

FOLDER: Final = Path(__file__).parent / "bit_sets"
CENTRES: Final = FOLDER / f"float64-{VERSION}-centres.csv"
DIGESTS: Final = FOLDER / f"float64-{VERSION}.json"

Words = npt.NDArray[np.uint64]
Make = Callable[[Words, Words, str], Words]

_BLOCK: Final = 1 << 16  # arguments in memory at a time, few enough for the processor's cache
_FORMAT: Final = FORMATS["float64"]
_NAN: Final = 0x7FF8000000000000
_UNSIGNED: Final = (1 << 63) - 1

_GAMMA: Final = 0x9E3779B97F4A7C15
_MIX: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))

ENDS: Final = MappingProxyType(
    {
        "stdplus": ((-37.0, -39.0), (2.0**20, 2.0**30)),
        "log_stdplus": ((-(2.0**512), -(2.0**513)), (0.0, 2.0**-1020)),
        "stdplus_derivative": ((-37.0, -39.0), (2.0**20, 2.0**30)),
        "log_stdplus_derivative": ((-4.0, -16.0), (2.0**1021, np.inf)),
        "inv_stdplus": ((0.0, 2.0**-1020), (2.0**20, 2.0**30)),
        "inv_log_stdplus": ((709.0, 710.0), (0.0, 2.0**-1020)),
    }
)
"""Where results become 0, 1, ∞, ±x or subnormal: from a number, included, outwards to another."""


def words(function: str, first: int, count: int) -> Words:
    """The random words r of arguments number `first` … first + count − 1."""
    number = (VERSION << 40) + (spec.NAMES.index(function) << 32) + first
    z = np.arange(number, number + count, dtype=np.uint64) * np.uint64(_GAMMA)
    for shift, factor in _MIX:
        z ^= z >> np.uint64(shift)
        z *= np.uint64(factor)
    return z ^ (z >> np.uint64(31))


def _binades(p: Words, r: Words, function: str) -> Words:
    """Every sign and exponent in turn, those of subnormal numbers and NaN too."""
    return _packed(_digit(p, 1, 4096), r)


def _middle(p: Words, r: Words, function: str) -> Words:
    """Signs, p mod 2, and exponents, (p div 2) mod 128 − 64, in turn."""
    return _packed(2048 * _digit(p, 1, 2) + 959 + _digit(p, 2, 128), r)


def _uniform(scale: float) -> Make:
    """r as a signed integer, rounded to float64, times a power of two."""

    def make(p: Words, r: Words, function: str) -> Words:
        return _bits(r.view(np.int64).astype(np.float64) * scale)

    return make


def _beside(p: Words, r: Words, function: str) -> Words:
    """c + d, rounded: c is 1 for ``inv_stdplus``, else 0; d has exponent −1 − (p div 2) mod 64."""
    d = _packed(2048 * _digit(p, 1, 2) + 1022 - _digit(p, 2, 64), r)
    return _bits(d.view(np.float64) + (1.0 if function == "inv_stdplus" else 0.0))


def _ends(p: Words, r: Words, function: str) -> Words:
    """low + r mod (high − low) on bits, in interval number p mod 2 of `ENDS`."""
    low, high = _bits(np.array(ENDS[function])).T
    which = _digit(p, 1, 2)
    bits: Words = low[which] + r % (high - low)[which]
    return bits


def _short_binades(p: Words, r: Words, function: str) -> Words:
    """As `_binades`, with all but the first (p div 4096) mod 32 bits of the fraction cleared."""
    return _shortened(_binades(p, r, function), _digit(p, 4096, 32))


def _short_middle(p: Words, r: Words, function: str) -> Words:
    """As `_middle`, with all but the first (p div 256) mod 32 bits of the fraction cleared."""
    return _shortened(_middle(p, r, function), _digit(p, 256, 32))


def _neighbours(p: Words, r: Words, function: str) -> Words:
    """Bits of the centre number p mod n, plus p div n − (2²⁴ div n) div 2; n centres in all."""
    around = centres(function)
    count = around.size
    return around[p % count] + p // count - np.uint64((_PLACES_OF_NEIGHBOURS // count) // 2)


def _digit(p: Words, unit: int, count: int) -> Words:
    """(p div unit) mod count."""
    return p // np.uint64(unit) % np.uint64(count)


def _packed(top: Words, r: Words) -> Words:
    """Sign and exponent, twelve bits, and a random fraction."""
    return top << np.uint64(52) | r >> np.uint64(12)


def _shortened(bits: Words, kept: Words) -> Words:
    cleared: Words = np.uint64(52) - kept
    return bits >> cleared << cleared


def _bits(values: npt.NDArray[np.float64]) -> Words:
    return values.view(np.uint64)


@dataclass(frozen=True)
class Kind:
    """A kind of arguments.

    Parameters
    ----------
    title : str
    shards : int
        How many it has.
    make : callable
        From p, r and the name of the function to bits.
    both_signs : bool
        Whether ``inv_stdplus`` too has them with their sign.
    """

    title: str
    shards: int
    make: Make
    both_signs: bool = False


KINDS: Final = (
    Kind("every binade", 8, _binades, both_signs=True),
    Kind("binades from 2^−64 to 2^63", 16, _middle),
    Kind("uniform in [−8, 8]", 16, _uniform(2.0**-60)),
    Kind("uniform in [−64, 64]", 8, _uniform(2.0**-57)),
    Kind("beside 0, or 1 for inv_stdplus", 4, _beside),
    Kind("ends of the range", 4, _ends),
    Kind("few bits, every binade", 2, _short_binades),
    Kind("few bits, binades from 2^−64 to 2^63", 2, _short_middle),
    Kind("neighbours of hard arguments", 4, _neighbours, both_signs=True),
)
"""In the order of their shards."""

_PLACES_OF_NEIGHBOURS: Final = KINDS[-1].shards * SHARD_SIZE


def kind_of(shard: int) -> tuple[Kind, int]:
    """The kind of a shard, and the first shard of that kind."""
    first = 0
    for kind in KINDS:
        if shard < first + kind.shards:
            return kind, first
        first += kind.shards
    raise ValueError(f"bit set {NAME} has shards 0 … {SHARDS - 1}; got {shard}")


def arguments(function: str, shard: int, start: int = 0, count: int = SHARD_SIZE) -> Bits:
    """Bits of the arguments number `start` … start + count − 1 of a shard."""
    kind, first = kind_of(shard)
    place = shard * SHARD_SIZE + start
    p = np.arange(place, place + count, dtype=np.uint64) - np.uint64(first * SHARD_SIZE)
    bits = kind.make(p, words(function, place, count), function)
    if function == "inv_stdplus" and not kind.both_signs:
        bits &= np.uint64(_UNSIGNED)
    return bits


def blocks(function: str, shard: int) -> Iterator[Bits]:
    """The arguments of a shard, some at a time."""
    return (arguments(function, shard, at, _BLOCK) for at in range(0, SHARD_SIZE, _BLOCK))


def whole(function: str, shard: int) -> Bits:
    """The arguments of a shard."""
    return np.concatenate(list(blocks(function, shard)))


@cache
def centres(function: str) -> Words:
    """Special values, seams and hard arguments known when the set was made, ascending by bits."""
    rows = csv.DictReader(CENTRES.read_text("utf-8").splitlines())
    found = [int(row["argument"], 16) for row in rows if row["function"] == function]
    return np.array(found, dtype=np.uint64)


def digest(results: Iterable[Bits]) -> str:
    """The SHA-256 of the results of a shard, given in pieces."""
    sha = hashlib.sha256()
    for bits in results:
        sha.update(canonical(bits))
    return sha.hexdigest()


def canonical(results: Bits) -> bytes:
    """The bytes that are hashed."""
    nan = _FORMAT.is_nan(results)
    return np.where(nan, np.uint64(_NAN), results).astype("<u8").tobytes()


def function_digest(shard_digests: Iterable[str]) -> str:
    """The SHA-256 of the digests of all shards."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, shard_digests))).hexdigest()


def kept_digests() -> dict[str, dict[str, Any]]:
    """By function: "all", its digest, and "shards", those of its shards."""
    functions: dict[str, dict[str, Any]] = json.loads(DIGESTS.read_text("utf-8"))["functions"]
    return functions
