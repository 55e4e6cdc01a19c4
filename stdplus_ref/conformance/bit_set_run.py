"""A port on the bit set of float64: which shards have other digests, and the first other result.

A shard is judged by its digest alone. Only where that is another are the results compared with
those of this library's ufuncs, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stdplus_ref.conformance import bit_set, exhaustive
from stdplus_ref.conformance.formats import FORMATS, Bits, Doubles
from stdplus_ref.conformance.judge import Judge
from stdplus_ref.conformance.vectors import is_exact

_FORMAT: Final = FORMATS["float64"]
_UNSURE: Final = 0.5
"""How far, in ULP, a true value may be from the correctly rounded result it is measured from."""


@dataclass(frozen=True)
class Other:
    """A result that is not the right one, and where in the set it is; bits."""

    shard: int
    place: int
    input: int
    got: int
    want: int


@dataclass
class Outcome:
    """What came of a run.

    Attributes
    ----------
    shards : int
        How many there were.
    differ : list of int
        Shards whose digest is another.
    doubtful : list of int
        Those of them whose results are the ufuncs': here this library itself is not what it was.
    results : int
        How many results are not the ufuncs'.
    first : Other or None
        The first of these.
    """

    shards: int
    differ: list[int]
    doubtful: list[int]
    results: int = 0
    first: Other | None = None

    @property
    def met(self) -> bool:
        """Whether all digests are those that are kept."""
        return not self.differ

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        first = self.first and {
            "shard": self.first.shard,
            "place": self.first.place,
            **{word: _FORMAT.hex(getattr(self.first, word)) for word in ("input", "got", "want")},
        }
        return {
            "name": bit_set.NAME,
            "met": self.met,
            "shards": self.shards,
            "differ": self.differ,
            "doubtful": self.doubtful,
            "results": self.results,
            "first": first,
        }


def chunks(function: str) -> Iterator[Bits]:
    """The arguments, shard by shard."""
    return (bit_set.whole(function, shard) for shard in range(bit_set.SHARDS))


def run(results: Iterable[Bits], judge: Judge, progress: Callable[[int, int], None]) -> Outcome:
    """Judge the results for all `chunks`."""
    outcome, kept = Outcome(bit_set.SHARDS, [], []), bit_set.kept_digests()[judge.function]
    for shard, got in enumerate(results):
        bits = bit_set.whole(judge.function, shard)
        if bit_set.digest([got]) == kept["shards"][shard]:
            judge.count(_FORMAT.ordinal(bits))
        else:
            _compare(outcome, shard, bits, got, judge)
        progress(shard + 1, bit_set.SHARDS)
    return outcome


def _compare(outcome: Outcome, shard: int, bits: Bits, got: Bits, judge: Judge) -> None:
    """Enter a shard with another digest, its results one by one."""
    want = exhaustive.truth(judge.function, _FORMAT, bits)
    other = np.flatnonzero((got != want) & ~(_FORMAT.is_nan(got) & _FORMAT.is_nan(want)))
    outcome.differ.append(shard)
    outcome.results += other.size
    if not other.size:
        outcome.doubtful.append(shard)
    elif outcome.first is None:
        i = int(other[0])
        outcome.first = Other(shard, i, int(bits[i]), int(got[i]), int(want[i]))
    judge.unsure = _UNSURE if outcome.results else 0.0
    order = np.argsort(_FORMAT.ordinal(bits), kind="stable")
    x, right = bits[order], want[order]

    def residuals(index: npt.NDArray[np.intp]) -> Doubles:
        """Errors are counted from the correctly rounded results, in whole numbers."""
        return np.where(is_exact(judge.function, _FORMAT, x[index], right[index]), np.nan, 0.0)

    judge.restart()
    judge.add(x, got[order], right, residuals)
