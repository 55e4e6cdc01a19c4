"""All 2^32 float32 inputs through the six ufuncs, each result decided against the truth.

The truth is the definition expm1(2t) − 2t = x², and shares nothing with the kernels. Most results
are decided by float64 (error below 2^-38), those near a midpoint between two float32 numbers by
pairs of float64 (2^-95), and the rest by Arb: arguments 0 and ±∞, and the far left of log_stdplus,
where −(x² + 1)/2 can be a midpoint and the value is above it by about e^(−x²). The argument is in
`validation/fast_truth`. No input is skipped, saturated or not.

Finished shards are kept in the folder that is printed, and not computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from stdplus_ref import exact
from validation import exhaustive, resume
from validation.core import Claim, Context

NAME = exhaustive.STEP
TITLE = "All 2^32 float32 inputs of the six functions, each result decided"
QUICK = False


def run(context: Context, shards: Sequence[int] = range(exhaustive.SHARDS)) -> Sequence[Claim]:
    """Judge the library's results, of all shards by default."""
    folder = exhaustive.cache_folder()
    claims, rows = [], []
    for name in exact.NAMES:
        pieces = [exhaustive.Shard(name, number) for number in shards]
        records = resume.finish(context, exhaustive.examine, pieces, folder, name)
        digests = [record.pop("sha256") for record in records]
        found = exhaustive.NOTHING
        for record in records:
            found = found.merge(exhaustive.Findings(**record))
        claims += [_all_right(name, found, len(pieces)), _digests(name, digests, shards)]
        rows += [(name, rank, x, ulp) for rank, (ulp, x) in enumerate(found.hardest, start=1)]
    if rows:
        context.add_table(
            NAME,
            "The hardest cases: values nearest to a midpoint of two float32 numbers (without the "
            "left tail of log_stdplus, which Arb decides)",
            ("function", "rank", "input", "distance (ULP)"),
            rows,
        )
    return claims


def _all_right(name: str, found: exhaustive.Findings, shards: int) -> Claim:
    count = shards * exhaustive.SHARD_SIZE
    detail = f"{found.pairs} decided by pairs of float64, {found.balls} by Arb"
    if found.wrong:
        x, got, want = found.witnesses[0]
        detail = f"input {x}, got {got}, correctly rounded {want}; {detail}"
    elif found.hardest:
        ulp, x = found.hardest[0]
        detail = f"hardest input {x}, {ulp:.3g} ULP from a midpoint; {detail}"
    return Claim.of_library(
        name,
        f"{name}, float32: every result is correctly rounded.",
        not found.wrong,
        f"{found.wrong} of {count} results wrong",
        detail,
    )


def _digests(name: str, digests: Sequence[str], shards: Sequence[int]) -> Claim:
    kept = exhaustive.kept_digests()[name] if exhaustive.DIGESTS.exists() else None
    differ = [
        number
        for number, digest in zip(shards, digests, strict=True)
        if kept is None or kept["shards"][number] != digest
    ]
    whole = len(digests) == exhaustive.SHARDS
    figure = f"SHA-256 {exhaustive.function_digest(digests)}" if whole else "not all shards"
    return Claim.of_library(
        f"{name} digest",
        f"{name}, float32: the digests of the results are those kept in the repository.",
        not differ,
        figure,
        f"other digests: shards {differ[:8]}" if differ else f"{len(digests)} shards agree",
    )
