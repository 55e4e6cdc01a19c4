"""Bit set float64/1: 2^28 arguments of each function, defined by integers and fixed for good, and
the SHA-256 of their results in 64 shards, which any port can compare with its own.

The digests must be those that are kept in `stdplus_ref/conformance/bit_sets`. A digest of wrong
results would be worth nothing, so Arb computes a random sample of each shard (another with another
`--seed`) and the hard arguments that the set was made around, with their neighbours.

Finished shards are kept in the folder that is printed, and not computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from stdplus_ref import exact
from stdplus_ref.conformance import bit_set
from validation import digests_float64
from validation.core import Claim, Context

NAME = digests_float64.STEP
TITLE = "The bit set of float64: digests of 2^28 results of each function"
QUICK = False


def run(context: Context, shards: Sequence[int] = range(bit_set.SHARDS)) -> Sequence[Claim]:
    """Compute the digests of the library's results, of all shards by default."""
    claims = []
    for name in exact.NAMES:
        pieces = [digests_float64.Shard(name, number, context.seed) for number in shards]
        digests, found = digests_float64.records(context, name, pieces)
        claims += [_right(name, found), _digests(name, digests, shards)]
    return claims


def _right(name: str, found: digests_float64.Findings) -> Claim:
    detail = "hard arguments, and a random sample of every shard, by Arb"
    if found.wrong:
        detail = "argument {}, got {}, correctly rounded {}".format(*found.witnesses[0])
    return Claim.of_library(
        name,
        f"{name}, float64: the results of {bit_set.NAME} that Arb checks are correctly rounded.",
        not found.wrong,
        f"{found.wrong} of {found.checked} results wrong",
        detail,
    )


def _digests(name: str, digests: Sequence[str], shards: Sequence[int]) -> Claim:
    kept = bit_set.kept_digests()[name]["shards"]
    differ = [
        number for number, digest in zip(shards, digests, strict=True) if digest != kept[number]
    ]
    whole = len(digests) == bit_set.SHARDS
    return Claim.of_library(
        f"{name} digest",
        f"{name}, float64: the digests of {bit_set.NAME} are those kept in the repository.",
        not differ,
        f"SHA-256 {bit_set.function_digest(digests)}" if whole else "not all shards",
        f"other digests: shards {differ[:8]}" if differ else f"{len(digests)} shards agree",
    )
