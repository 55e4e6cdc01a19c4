"""What the conformance kit (`python -m stdplus_ref.conformance`, see docs/conformance.md) says of
this library and of the world outside: Algorithm 1, SciPy's Lambert W (with Eq. 31 for the
derivatives), the definition written in NumPy for the inverses, and stdplus-ext where it is
installed. Each is asked for at most two ULP, on the kit's own test vectors; the table says what
it meets and which mistakes the kit recognises. This library is asked for what it promises.

`none` under *meets* means that a special value, the sign of a zero, or a NaN or infinity is wrong
somewhere, which no tier allows.
"""

from __future__ import annotations

from collections.abc import Sequence

from stdplus_ref import spec
from stdplus_ref.conformance import Tier, Verdict, check
from validation import library
from validation.core import Cell, Claim, Context
from validation.peers import Function, Peer, peers

NAME = "conformance"
TITLE = "Conformance: this library and its peers, judged by the kit"
QUICK = True

_DTYPES = ("float32", "float64")
_PEERS_TIER = "ulp:2"
_KNOWN = {  # mistakes that the other parts of this report establish without the kit
    "Algorithm 1": ("stdplus", ("x² overflows", "cancelling start")),
    "SciPy lambertw": ("stdplus", ("gives out early", "cancellation")),
    "NumPy, definition": ("inv_log_stdplus", ("cancellation",)),
}


def run(context: Context, functions: library.Functions | None = None) -> Sequence[Claim]:
    """Judge `functions` (the library's by default) and the peers."""
    functions = library.functions() if functions is None else functions
    ours = {
        (name, dtype): check(function, name, dtype, _promised(name, dtype), port="stdplus_ref")
        for name, function in functions.items()
        for dtype in _DTYPES
    }
    theirs = {
        (peer.name, name, dtype): check(_call(peer, name), name, dtype, _PEERS_TIER, port=peer.name)
        for peer in peers()
        for name in peer.functions
        for dtype in _DTYPES
    }
    _tables(context, ours, theirs)
    return [
        *(_keeps_its_promise(verdict) for verdict in ours.values()),
        *(_names(peer, theirs) for peer in _KNOWN),
    ]


def _call(peer: Peer, name: str) -> Function:
    return lambda x: peer(name, x)


def _promised(name: str, dtype: str) -> Tier:
    """What `stdplus_ref.spec` promises, and that no result steps back."""
    promises = spec.FUNCTIONS[name].accuracy("numpy")
    limit = next(promise.limit for promise in promises if promise.dtype == dtype)
    return Tier(None if limit == 0.5 else limit, monotone=True)


def _keeps_its_promise(verdict: Verdict) -> Claim:
    judge = verdict.judge
    return Claim.of_library(
        f"{judge.function} {judge.format.name}",
        f"{judge.function}, {judge.format.name}, passes the kit at tier {judge.tier}.",
        verdict.passed,
        f"meets {judge.meets() or 'no tier'} on {judge.inputs} vectors",
        "" if judge.first is None else f"{judge.first[0]}: {verdict.values(judge.first[1])}",
    )


def _names(peer: str, theirs: dict[tuple[str, str, str], Verdict]) -> Claim:
    """The claim that the kit recognises the mistakes that a peer is known for."""
    function, known = _KNOWN[peer]
    found = [
        {finding.name for finding in theirs[peer, function, dtype].findings} for dtype in _DTYPES
    ]
    missed = {name for name in known for names in found if name not in names}
    return Claim.of_library(
        peer,
        f"The kit names the mistakes of {peer} in {function}: {', '.join(known)}.",
        not missed,
        f"missed: {', '.join(sorted(missed))}" if missed else "named in float32 and float64",
    )


def _tables(
    context: Context,
    ours: dict[tuple[str, str], Verdict],
    theirs: dict[tuple[str, str, str], Verdict],
) -> None:
    header = ("who", "function", "type", "tier", "verdict", "meets", "misrounded", "of",
              "first to break", "recognised")  # fmt: skip
    verdicts = [*ours.values(), *theirs.values()]
    caption = "Verdicts of the conformance kit"
    context.add_table("conformance", caption, header, map(_row, verdicts))


def _row(verdict: Verdict) -> Sequence[Cell]:
    judge = verdict.judge
    first = "" if judge.first is None else judge.format.hex(judge.first[1].input)
    return (
        verdict.port,
        judge.function,
        judge.format.name,
        str(judge.tier),
        "pass" if verdict.passed else "fail",
        judge.meets() or "none",
        judge.misrounded,
        judge.inputs,
        first,
        ", ".join(finding.name for finding in verdict.findings),
    )
