"""Every float32 number, 2^24 at a time: results judged, and their SHA-256 (see `digests`).

In this order:

    python -m validation --only exhaustive-float32   # judge all results
    python -m validation.exhaustive                  # then keep their digests in the repository
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref import exact
from validation import fast_truth, library, resume
from validation.digests import DIGESTS as DIGESTS
from validation.digests import SHARD_SIZE as SHARD_SIZE
from validation.digests import SHARDS as SHARDS
from validation.digests import canonical as canonical
from validation.digests import function_digest as function_digest
from validation.digests import inputs as inputs
from validation.digests import kept_digests as kept_digests
from validation.fingerprint import fingerprint

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]

STEP = "exhaustive-float32"

_BLOCK = 1 << 20  # inputs in memory at a time
_KEPT = 5  # hardest cases and witnesses kept of a shard
_WHAT = (
    "SHA-256 of the correctly rounded float32 results: of all inputs, and of the shards of 2^24 "
    "inputs in the order of their bit patterns; written and explained by validation/exhaustive.py; "
    "source is the fingerprint (validation/fingerprint.py) of the program that had them"
)


@dataclass(frozen=True)
class Shard:
    """One function on 2^24 inputs."""

    name: str
    number: int

    @property
    def key(self) -> str:
        """File name of its record."""
        return f"{self.name}-{self.number:03d}"

    def blocks(self) -> Iterator[Array]:
        """The inputs, some at a time."""
        first = self.number * SHARD_SIZE
        for start in range(first, first + SHARD_SIZE, _BLOCK):
            yield inputs(start, _BLOCK)


@dataclass
class Findings:
    """What was found about some results.

    Attributes
    ----------
    wrong : int
        Results that are not the correct rounding.
    witnesses : list of [str, str, str]
        The first of them: input, result, correct rounding, in hexadecimal.
    hardest : list of [float, str]
        Distance from the nearest midpoint in ULP, and the input; the closest first.
    pairs, balls : int
        How many inputs the second stage and the third stage (Arb) decided.
    """

    wrong: int
    witnesses: list[list[str]]
    hardest: list[tuple[float, str]]
    pairs: int
    balls: int

    def merge(self, other: Findings) -> Findings:
        """Both together."""
        return Findings(
            self.wrong + other.wrong,
            (self.witnesses + other.witnesses)[:_KEPT],
            sorted((ulp, x) for ulp, x in (*self.hardest, *other.hardest))[:_KEPT],
            self.pairs + other.pairs,
            self.balls + other.balls,
        )


NOTHING = Findings(0, [], [], 0, 0)


def evaluate(function: Function, x: Array) -> Array:
    """function(x); the exceptions it raises are tested elsewhere."""
    with np.errstate(all="ignore"):
        return np.asarray(function(x))


def digest(function: Function, shard: Shard) -> str:
    """The SHA-256 of the results of a shard, not judged."""
    sha = hashlib.sha256()
    for x in shard.blocks():
        sha.update(canonical(evaluate(function, x)))
    return sha.hexdigest()


def judge(name: str, x: Array, got: Array) -> Findings:
    """Judge float32 results: by float64, by pairs of float64, and the last few by Arb."""
    verdict, close, distance = fast_truth.judge_float32(name, x, got)
    hardest = _hardest(x[close], np.where(verdict[close] == fast_truth.RIGHT, distance, math.inf))
    left = np.flatnonzero(verdict == fast_truth.UNDECIDED)
    verdict[left] = np.where(
        _same(got[left], exact.rounded(name, x[left], np.float32)),
        fast_truth.RIGHT,
        fast_truth.WRONG,
    )
    wrong = np.flatnonzero(verdict == fast_truth.WRONG)
    return Findings(
        int(wrong.size),
        [_witness(name, x[i], got[i]) for i in wrong[:_KEPT]],
        hardest,
        int(close.size),
        int(left.size),
    )


def _same(a: Array, b: Array) -> Array:
    """The same bits; any NaN is the same as any other."""
    same: Array = a.view(np.uint32) == b.view(np.uint32)
    return same | (np.isnan(a) & np.isnan(b))


def _witness(name: str, x: Any, got: Any) -> list[str]:
    return [float(v).hex() for v in (x, got, exact.rounded(name, x, np.float32))]


def _hardest(x: Array, distance: Array) -> list[tuple[float, str]]:
    first = np.argsort(distance, kind="stable")[:_KEPT]
    return [(float(distance[i]), float(x[i]).hex()) for i in first if distance[i] < math.inf]


def examine(shard: Shard) -> resume.Record:
    """Judge a shard of the library's results and hash them: the record of a piece."""
    function = library.functions()[shard.name]
    sha, found = hashlib.sha256(), NOTHING
    for x in shard.blocks():
        got = evaluate(function, x)
        sha.update(canonical(got))
        found = found.merge(judge(shard.name, x, got))
    return {"sha256": sha.hexdigest(), **vars(found)}


def all_shards(name: str) -> list[Shard]:
    """The shards of a function, in order."""
    return [Shard(name, number) for number in range(SHARDS)]


def cache_folder() -> Path:
    """Where the records of finished shards are kept."""
    return resume.cache_folder(STEP, [Path(__file__)])


def main() -> int:
    """Keep the digests of a finished run in which nothing was wrong."""
    folder, functions = cache_folder(), {}
    for name in exact.NAMES:
        records = [resume.load(folder, shard) for shard in all_shards(name)]
        right = [record["sha256"] for record in records if record and not record["wrong"]]
        if len(right) < SHARDS:
            print(f"{name}: {SHARDS - len(right)} shards are unfinished or wrong in {folder}")
            return 1
        functions[name] = {"all": function_digest(right), "shards": right}
    text = json.dumps({"what": _WHAT, "source": fingerprint(), "functions": functions}, indent=1)
    DIGESTS.write_text(text + "\n", encoding="utf-8")
    print(f"wrote {DIGESTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
