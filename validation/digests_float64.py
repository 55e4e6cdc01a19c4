"""The digests of the bit set of float64 (`stdplus_ref.conformance.bit_set`), and what backs them.

    python -m validation.digests_float64               # compute, check and keep them
    python -m validation --only digests-float64        # are they those that are kept?

The digests are of the ufuncs' results. That these are the correctly rounded ones is not theirs to
say: of every shard a random sample is computed by Arb, and so are all hard arguments that the set
was made around, with their neighbours. If one result is wrong, nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref import exact
from stdplus_ref.conformance import bit_set
from validation import library, resume
from validation.core import Context
from validation.fingerprint import fingerprint

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]

STEP = "digests-float64"
SAMPLE = 2048
"""Arguments of a shard that are checked by Arb, beside the hard ones."""

_KEPT = 5  # witnesses kept of a shard
_AROUND = 2  # neighbours on either side of a hard argument that are checked
_WHAT = (
    "SHA-256 of the correctly rounded float64 results of the arguments that "
    "stdplus_ref/conformance/bit_set.py defines: of each shard, and of these digests; written by "
    "validation/digests_float64.py; source is the fingerprint (validation/fingerprint.py) of the "
    "program that had them"
)


@dataclass(frozen=True)
class Shard:
    """A shard of the set; `seed` is that of its sample."""

    name: str
    number: int
    seed: int = 0

    @property
    def key(self) -> str:
        """File name of its record."""
        return f"{self.name}-{self.number:02d}-seed{self.seed}"


@dataclass(frozen=True)
class Findings:
    """What Arb says of results: how many it was asked for, how many are wrong, the first of them.

    A witness is argument, result and correct rounding, in hexadecimal.
    """

    checked: int = 0
    wrong: int = 0
    witnesses: list[list[str]] = field(default_factory=list)

    def merge(self, other: Findings) -> Findings:
        """Both together."""
        witnesses = (self.witnesses + other.witnesses)[:_KEPT]
        return Findings(self.checked + other.checked, self.wrong + other.wrong, witnesses)


def evaluate(function: Function, bits: Array) -> Array:
    """The bits of the results; the exceptions they raise are tested elsewhere."""
    with np.errstate(all="ignore"):
        return np.asarray(function(bits.view(np.float64))).view(np.uint64)


def digest(function: Function, shard: Shard) -> str:
    """The SHA-256 of the results of a shard, not judged."""
    blocks = bit_set.blocks(shard.name, shard.number)
    return bit_set.digest(evaluate(function, bits) for bits in blocks)


def examine(shard: Shard) -> resume.Record:
    """Hash a shard of the library's results and check a sample of them: the record of a piece."""
    function, sha, found = library.functions()[shard.name], hashlib.sha256(), Findings()
    places, start = sample(shard), 0
    for bits in bit_set.blocks(shard.name, shard.number):
        got = evaluate(function, bits)
        sha.update(bit_set.canonical(got))
        here = places[(places >= start) & (places < start + bits.size)] - start
        found = found.merge(judge(shard.name, bits[here], got[here]))
        start += bits.size
    return {"sha256": sha.hexdigest(), **vars(found)}


def sample(shard: Shard) -> Array:
    """Places in a shard, ascending: random ones, and those of the hard arguments it holds."""
    rng = np.random.default_rng([shard.seed, zlib.crc32(shard.name.encode()), shard.number])
    drawn = rng.integers(0, bit_set.SHARD_SIZE, SAMPLE)
    return np.unique(np.concatenate([drawn, _hard(shard)]))


def _hard(shard: Shard) -> Array:
    """Places of the centres, and of their nearest neighbours, in a shard."""
    kind, first = bit_set.kind_of(shard.number)
    if kind is not bit_set.KINDS[-1]:
        return np.zeros(0, np.int64)
    count = bit_set.centres(shard.name).size
    middle = bit_set.KINDS[-1].shards * bit_set.SHARD_SIZE // count // 2
    places = np.arange((middle - _AROUND) * count, (middle + _AROUND + 1) * count)
    places -= (shard.number - first) * bit_set.SHARD_SIZE
    return places[(places >= 0) & (places < bit_set.SHARD_SIZE)]


def judge(name: str, bits: Array, got: Array) -> Findings:
    """Compare results with the correct roundings by Arb."""
    want = exact.rounded(name, bits.view(np.float64), np.float64).view(np.uint64)
    both_nan = np.isnan(got.view(np.float64)) & np.isnan(want.view(np.float64))
    wrong = np.flatnonzero((got != want) & ~both_nan)
    witnesses = [[f"{int(each[i]):#018x}" for each in (bits, got, want)] for i in wrong[:_KEPT]]
    return Findings(int(bits.size), int(wrong.size), witnesses)


def all_shards(name: str, seed: int = 0) -> list[Shard]:
    """The shards of a function, in order."""
    return [Shard(name, number, seed) for number in range(bit_set.SHARDS)]


def cache_folder() -> Path:
    """Where the records of finished shards are kept."""
    return resume.cache_folder(STEP, [Path(__file__), Path(bit_set.__file__), bit_set.CENTRES])


def records(context: Context, name: str, shards: Iterable[Shard]) -> tuple[list[str], Findings]:
    """The digests of shards, and what Arb says of their results."""
    finished = resume.finish(context, examine, shards, cache_folder(), name)
    digests, found = [], Findings()
    for record in finished:
        digests.append(record.pop("sha256"))
        found = found.merge(Findings(**record))
    return digests, found


def main() -> int:
    """Compute the digests, and keep them if no checked result is wrong."""
    functions: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        context = Context(Path(folder), 0, np.random.default_rng(0))
        for name in exact.NAMES:
            digests, found = records(context, name, all_shards(name))
            print(f"{name}: {found.wrong} of {found.checked} results wrong", flush=True)
            for witness in found.witnesses:
                print("  argument {}, got {}, correctly rounded {}".format(*witness))
            if not found.wrong:
                functions[name] = {"all": bit_set.function_digest(digests), "shards": digests}
    if len(functions) < len(exact.NAMES):
        print("nothing is kept")
        return 1
    write(functions)
    print(f"wrote {bit_set.DIGESTS}")
    return 0


def write(functions: dict[str, dict[str, Any]]) -> None:
    """Keep digests."""
    kept = {"what": _WHAT, "set": bit_set.NAME, "source": fingerprint(), "functions": functions}
    bit_set.DIGESTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
