"""How a port is called, and what its calls show: long arrays, short ones, an empty one, all again.

The first call holds every vector in order and then shuffled; short ones follow, of each length in
`BLOCKS`; then an empty one; then the first again. A program is run once for each length instead, on
all of it the first time: its calls are the runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stdplus_ref.conformance.formats import Bits, Bools, Format
from stdplus_ref.conformance.frameworks import After, OnBits
from stdplus_ref.conformance.judge import Judge
from stdplus_ref.conformance.port import PortError
from stdplus_ref.conformance.results import Finding
from stdplus_ref.conformance.vectors import Vectors

BLOCKS: Final = (1, 2, 3, 7, 9, 63, 65)
"""Lengths of short calls: about those of vector registers and unrolled loops."""

_ROUNDS: Final = {1: 16, 2: 8, 3: 8, 7: 6, 9: 6, 63: 4, 65: 4}  # short calls of each length
_GOLDEN: Final = (5**0.5 - 1) / 2

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Part:
    """Vectors, each at most once, that were sent one after the other.

    Attributes
    ----------
    call, start : int
        In which call, and from where on.
    index : ndarray of int
    word : str
        ``"first"``, ``"shuffled"``, ``"short"`` or ``"again"``.
    """

    call: int
    start: int
    index: Indices
    word: str


@dataclass
class Answers:
    """Results of each call, None where it failed, and what is wrong but no number."""

    got: list[Bits | None] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)


Ask = Callable[[list[Bits]], Answers]


def plan(vectors: Vectors, runs: bool = False) -> list[Part]:
    """What is sent, call by call; `runs` for a program.

    An empty call is a part without vectors.
    """
    count = vectors.inputs.size
    in_order, shuffled = np.arange(count), np.random.default_rng(0).permutation(count)
    parts = [Part(0, 0, in_order, "first"), Part(0, count, shuffled, "shuffled")]
    if runs:
        parts += [Part(0, 2 * count, in_order, "again"), Part(0, 3 * count, shuffled, "again")]
    taken = 0
    for turn in range(1 if runs else max(_ROUNDS.values())):
        for length in (each for each in BLOCKS if turn < _ROUNDS[each]):
            places = (np.arange(taken, taken + length) * _GOLDEN) % 1.0
            parts.append(Part(parts[-1].call + 1, 0, (places * count).astype(np.intp), "short"))
            taken += length
    parts.append(Part(parts[-1].call + 1, 0, in_order[:0], "short"))
    if not runs:
        last = parts[-1].call + 1
        parts += [Part(last, 0, in_order, "again"), Part(last, count, shuffled, "again")]
    return parts


def bits_of(parts: list[Part], vectors: Vectors) -> list[Bits]:
    """The arguments of each call."""
    calls: list[list[Bits]] = [[] for _ in range(parts[-1].call + 1)]
    for part in parts:
        calls[part.call].append(vectors.inputs[part.index])
    return [np.concatenate(each) for each in calls]


def ask(
    build: Callable[[After], OnBits],
    calls: list[Bits],
    tell: Callable[[int], None] = lambda number: None,
) -> Answers:
    """Call a Python callable.

    Parameters
    ----------
    build : callable
        Wraps it, given what to call with the argument's bits before and after each call.
    calls : list of ndarray
    tell : callable
        Given the number of each call before it begins.

    Raises
    ------
    Exception
        What the first call raises.
    """
    answers, overwritten, raw = Answers(), [], list[Bits | None]()
    failed: dict[int, str] = {}

    def after(before: Bits, now: Bits) -> None:
        changed = np.flatnonzero(before != now)
        if changed.size:
            overwritten.append((before[changed[0]], now[changed[0]]))

    compute = build(after)
    for number, bits in enumerate(calls):
        tell(number)
        try:
            result = compute(bits)
        except Exception as error:
            if number == 0:
                raise
            name = "" if isinstance(error, PortError) else f"{type(error).__name__}: "
            failed.setdefault(bits.size, name + str(error))
            raw.append(None)
            answers.got.append(None)
        else:
            raw.append(result)
            answers.got.append(result.copy())
    answers.broken += [_failure(failed, calls)] if failed else []
    if overwritten:
        (was, now), digits = overwritten[0], calls[0].itemsize * 2
        text = "it overwrites its argument"
        look = "the first operation on the argument, and out=: work on a copy"
        witness = f"0x{was:0{digits}x} held 0x{now:0{digits}x} after the call"
        answers.broken.append(Finding("argument overwritten", text, look, witness))
    kept = [_same(one, other) for one, other in zip(raw, answers.got, strict=True)]
    if not all(kept):
        text = "a later call overwrites the result of an earlier one"
        look = "a buffer that is kept and returned: return an array of the caller's own"
        number = kept.index(False)
        answers.broken.append(
            Finding("result overwritten", text, look, f"a result of {calls[number].size} values")
        )
    return answers


def _same(one: Bits | None, other: Bits | None) -> bool:
    return one is None or other is None or bool((one == other).all())


def ask_program(run: Callable[[Bits], Bits], calls: list[Bits]) -> Answers:
    """Run a program; after a short run that fails there is only the empty one.

    Raises
    ------
    PortError
        The first run fails.
    """
    answers, failed = Answers([run(calls[0])]), dict[int, str]()
    for bits in calls[1:]:
        result = None
        if not failed or not bits.size:
            try:
                result = run(bits)
            except PortError as error:
                failed[bits.size] = str(error)
        answers.got.append(result)
    answers.broken += [_failure(failed, calls)] if failed else []
    return answers


def _failure(failed: dict[int, str], calls: list[Bits]) -> Finding:
    """What to say of calls that gave no results, by their length."""
    long = calls[0].size
    if long in failed:
        text = f"given the same array a second time, it fails: {_one_line(failed[long])}"
        return Finding("fails later", text, "what the first call leaves behind")
    if list(failed) == [0]:
        text = f"given no values, it fails: {_one_line(failed[0])}"
        return Finding("fails on empty", text, "what takes a first element, a maximum or a shape")
    lengths = ", ".join(str(length) for length in failed if length)
    least = min(length for length in failed if length)
    text = f"given few values ({lengths}), it fails: {_one_line(failed[least])}"
    look = "squeeze, scalars in place of arrays, and the loop over what a block leaves"
    if 0 in failed:
        text += "; given none, too"
    return Finding("fails on short arrays", text, look)


def _one_line(message: str) -> str:
    words = " ".join(message.split()).rstrip(".")
    return words if len(words) <= 300 else words[:300] + " …"


@dataclass(frozen=True)
class Compared:
    """What all calls gave.

    Attributes
    ----------
    got : ndarray
        For each vector the worst result.
    first : ndarray
        For each vector the result when it was first sent.
    unsteady : int
        Vectors with more than one result.
    findings : list of Finding
        Why a result depends on more than its argument, if that breaks the tier.
    """

    got: Bits
    first: Bits
    unsteady: int
    findings: list[Finding]


@dataclass(frozen=True)
class _Other:
    """Where a part differs from the results of the first, so that either breaks the tier."""

    part: Part
    at: Indices
    result: Bits


def compare(judge: Judge, vectors: Vectors, parts: list[Part], answers: Answers) -> Compared:
    """Judge the results of each vector against each other."""
    fmt = vectors.format
    assert answers.got[0] is not None
    first = answers.got[0][: vectors.inputs.size]
    worst, unsteady = first.copy(), np.zeros(first.shape, bool)
    others: list[_Other] = []
    for part in parts[1:]:
        whole = answers.got[part.call]
        if whole is None:
            continue
        result = whole[part.start : part.start + part.index.size]
        known = first[part.index]
        at = np.flatnonzero((result != known) & ~(fmt.is_nan(result) & fmt.is_nan(known)))
        if not at.size:
            continue
        index = part.index[at]
        unsteady[index] = True
        size = _size(judge, vectors, index, result[at])
        before = _size(judge, vectors, index, known[at])
        worse = size > _size(judge, vectors, index, worst[index])
        worst[index[worse]] = result[at][worse]
        matters = np.isinf(size) | np.isinf(before)
        if matters.any():
            others.append(_Other(part, at[matters], result[at][matters]))
    finding = _why(vectors, parts, answers, first, others) if others else None
    return Compared(worst, first, int(unsteady.sum()), [finding] if finding else [])


def _size(judge: Judge, vectors: Vectors, index: Indices, got: Bits) -> Any:
    """Errors, infinite where the tier is broken."""
    inputs, outputs = vectors.inputs[index], vectors.outputs[index]
    judged, _ = judge.classify(inputs, got, outputs, vectors.residuals[index])
    return np.where(judged.faults >= 0, np.inf, np.abs(judged.errors))


def _why(
    vectors: Vectors, parts: list[Part], answers: Answers, first: Bits, others: list[_Other]
) -> Finding:
    """What a result depends on beside its argument."""
    fmt, words = vectors.format, {other.part.word for other in others}
    short = [other for other in others if other.part.word == "short"]
    other = next(iter(short or others))
    i = other.part.index[other.at[0]]
    start = f"{fmt.hex(vectors.inputs[i])} gave {fmt.hex(first[i])} first and "
    end = f"{fmt.hex(other.result[0])} {{}}, want {fmt.hex(vectors.outputs[i])}"
    look = "what one call leaves for the next: caches, buffers, a set-up in the first call"
    if (length := _stale(parts, answers, others, fmt)) is not None:
        text = f"a call gives the results of an earlier call with {length} values"
        return Finding("state between calls", text, look, start + end.format("later"))
    if "again" in words:
        run = parts[-1].word != "again"
        text = "the same values again, later in the stream, give other results" if run else (
            "the same array, given again, gives other results"
        )  # fmt: skip
        if run:
            look = "what one block leaves for the next: buffers, counters, a set-up for the first"
        return Finding("state between calls", text, look, start + end.format("later"))
    if short:
        lengths = sorted({other.part.index.size for other in short})
        text = "the results depend on the length of the array: wrong among " + ", ".join(
            map(str, lengths)
        )
        from_end = max(int((o.part.index.size - o.at).max()) for o in short)
        if from_end < max(lengths):
            text += f", and only in the last {from_end}" if from_end > 1 else ", only the last"
        look = "the loop over what is left of a block, and the path for single values"
        word = f"in an array of {other.part.index.size}"
        return Finding("depends on the length", text, look, start + end.format(word))
    text = f"{sum(o.at.size for o in others)} results are others in another order"
    look = "what a value takes from its neighbours: lanes, masks, branches for a whole block"
    return Finding("depends on neighbours", text, look, start + end.format("in another order"))


def _stale(parts: list[Part], answers: Answers, others: list[_Other], fmt: Format) -> int | None:
    """The length of an array for which the results of an earlier one came back."""
    last: dict[int, Bits] = {}
    wrong = {other.part.call for other in others}
    for part in (part for part in parts if part.word == "short" and part.index.size > 2):
        got = answers.got[part.call]
        if got is None:
            continue
        earlier = last.setdefault(got.size, got)
        if part.call in wrong and earlier is not got and _alike(fmt, earlier, got).all():
            return got.size
    return None


def _alike(fmt: Format, one: Bits, other: Bits) -> Bools:
    return np.asarray((one == other) | (fmt.is_nan(one) & fmt.is_nan(other)))
