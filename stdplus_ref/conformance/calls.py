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

from stdplus_ref.conformance.formats import Bits, Format
from stdplus_ref.conformance.frameworks import After, OnBits
from stdplus_ref.conformance.judge import Judge
from stdplus_ref.conformance.port import PortError
from stdplus_ref.conformance.results import Finding
from stdplus_ref.conformance.vectors import Vectors

BLOCKS: Final = (1, 2, 3, 7, 9, 63, 65)
"""Lengths of short calls: about those of vector registers and unrolled loops."""

_ROUNDS: Final = {1: 16, 2: 8, 3: 8, 7: 6, 9: 6, 63: 4, 65: 4}  # short calls of each length
_TAIL: Final = 64  # values that a remainder loop may be in charge of
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
    repeats : Part, optional
        The earlier part that it sends again.
    """

    call: int
    start: int
    index: Indices
    repeats: Part | None = None


@dataclass
class Answers:
    """Results of each call, None where it failed, and what is wrong but no number."""

    got: list[Bits | None] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)


Ask = Callable[[list[Bits]], Answers]


def plan(vectors: Vectors, runs: bool = False, long_only: bool = False) -> list[Part]:
    """What is sent, call by call; `runs` for a program, `long_only` for the long call alone.

    An empty call is a part without vectors.
    """
    count = vectors.inputs.size
    in_order, shuffled = np.arange(count), np.random.default_rng(0).permutation(count)
    long = [Part(0, 0, in_order), Part(0, count, shuffled)]
    again = [Part(0, 2 * count + part.start, part.index, part) for part in long] if runs else []
    short: list[Part] = []
    if long_only:
        again = again or [Part(1, part.start, part.index, part) for part in long]
        return [*long, *again]
    taken, special = 1, np.flatnonzero(vectors.flagged("special"))
    for turn in range(1 if runs else max(_ROUNDS.values())):
        for length in (each for each in BLOCKS if turn < _ROUNDS[each]):
            places = (np.arange(taken, taken + length) * _GOLDEN) % 1.0
            index = (places * count).astype(np.intp)
            if turn == 0 and length > 2 * special.size:
                rest = index[~np.isin(index, special)]
                index = np.concatenate([special, rest[: length - special.size]])
            short.append(Part(1 + len(short), 0, index))
            taken += length
    for alone in () if runs else special:
        short.append(Part(1 + len(short), 0, in_order[alone : alone + 1]))
    short.append(Part(1 + len(short), 0, in_order[:0]))
    if not runs:
        first = 2 * short[: len(BLOCKS)]  # twice: an odd number of calls later and an even one
        again = [Part(1 + len(short) + k, 0, part.index, part) for k, part in enumerate(first)]
        last = 1 + len(short) + len(again)
        again += [Part(last, part.start, part.index, part) for part in long]
        return [*long, *short, *again]
    return [*long, *again, *short]


def bits_of(parts: list[Part], vectors: Vectors) -> list[Bits]:
    """The arguments of each call."""
    calls: list[list[Bits]] = [[] for _ in range(1 + parts[-1].call)]
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
    """Where the results of a part are not those of an earlier one, so that either breaks the tier.

    `end` is the place of each in its call, counted from the end; `got` and `before` are results.
    """

    part: Part
    index: Indices
    end: Indices
    got: Bits
    before: Bits


def compare(judge: Judge, vectors: Vectors, parts: list[Part], answers: Answers) -> Compared:
    """Judge the results of each vector against each other."""
    assert answers.got[0] is not None
    first = answers.got[0][: vectors.inputs.size]
    worst, unsteady = first.copy(), np.zeros(first.shape, bool)
    others, repeats = list[_Other](), list[_Other]()
    for part in parts[1:]:
        got = _of(part, answers)
        if got is None:
            continue
        at = _differ(vectors.format, got, first[part.index])
        if at.size:
            index = part.index[at]
            unsteady[index] = True
            sizes = (_size(judge, vectors, index, each) for each in (got[at], worst[index]))
            worse = np.greater(*sizes)
            worst[index[worse]] = got[at][worse]
        others += _other(judge, vectors, part, answers, first[part.index])
        if part.repeats and (earlier := _of(part.repeats, answers)) is not None:
            repeats += _other(judge, vectors, part, answers, earlier)
    finding = _why(vectors, parts, answers, others, repeats) if others or repeats else None
    return Compared(worst, first, int(unsteady.sum()), [finding] if finding else [])


def _of(part: Part, answers: Answers) -> Bits | None:
    """The results of a part."""
    whole = answers.got[part.call]
    return None if whole is None else whole[part.start : part.start + part.index.size]


def _differ(fmt: Format, one: Bits, other: Bits) -> Indices:
    return np.flatnonzero((one != other) & ~(fmt.is_nan(one) & fmt.is_nan(other)))


def _other(
    judge: Judge, vectors: Vectors, part: Part, answers: Answers, before: Bits
) -> list[_Other]:
    """At most one."""
    whole, got = answers.got[part.call], _of(part, answers)
    assert whole is not None
    assert got is not None
    at = _differ(vectors.format, got, before)
    if not at.size:
        return []
    broken = [np.isinf(_size(judge, vectors, part.index[at], each[at])) for each in (got, before)]
    at = at[broken[0] | broken[1]]
    end = whole.size - part.start - at
    return [_Other(part, part.index[at], end, got[at], before[at])] if at.size else []


def _size(judge: Judge, vectors: Vectors, index: Indices, got: Bits) -> Any:
    """Errors, infinite where the tier is broken."""
    inputs, outputs = vectors.inputs[index], vectors.outputs[index]
    judged, _ = judge.classify(inputs, got, outputs, vectors.residuals[index])
    return np.where(judged.faults >= 0, np.inf, np.abs(judged.errors))


def _why(
    vectors: Vectors,
    parts: list[Part],
    answers: Answers,
    others: list[_Other],
    repeats: list[_Other],
) -> Finding:
    """What a result depends on beside its argument."""
    runs = any(part.repeats and not part.call for part in parts)
    look = "what one call leaves for the next: caches, buffers, a set-up in the first call"
    if (length := _stale(vectors.format, parts, answers, others)) is not None:
        text = f"a call gives the results of an earlier call with {length} values"
        return Finding("state between calls", text, look, _shown(vectors, others[0], "later"))
    if runs:  # there the two are parts of one stream, whose end alone a remainder loop sees
        repeats = [other for other in repeats if other.end.max() > _TAIL]
    if repeats:
        text = "the same array, given again, gives other results"
        if runs:
            text = "the same values, later in the stream, give other results"
            look = "what one block leaves for the next: buffers, counters, a set-up for the first"
        return Finding("state between calls", text, look, _shown(vectors, repeats[0], "later"))
    ends = max(int(other.end.max()) for other in others)
    short = [other for other in others if other.part.call]
    if short or ends <= _TAIL:
        found = short or others
        lengths = sorted({_length(other, answers) for other in found})
        *most, last = (str(length) for length in lengths)
        listed = f"{', '.join(most)} and {last}" if most else last
        text = f"results are wrong in arrays of {listed} value{'s' * (lengths != [1])}"
        if ends < lengths[-1]:
            text += ", of each only the last" + (f" {ends}" if ends > 1 else "")
        look = "the loop over what is left of a block, and the path for few values"
        word = f"in an array of {_length(found[0], answers)}"
        return Finding("depends on the length", text, look, _shown(vectors, found[0], word))
    text = "given in another order, the same values have other results"
    look = "what a value takes from its neighbours: lanes, masks, branches for a whole block"
    return Finding("depends on neighbours", text, look, _shown(vectors, others[0], "then"))


def _length(other: _Other, answers: Answers) -> int:
    whole = answers.got[other.part.call]
    return 0 if whole is None else whole.size


def _shown(vectors: Vectors, other: _Other, word: str) -> str:
    """A result that differs."""
    fmt, index = vectors.format, other.index[0]
    before, got, want = (
        fmt.hex(b) for b in (other.before[0], other.got[0], vectors.outputs[index])
    )
    return f"{fmt.hex(vectors.inputs[index])} gave {before} first and {got} {word}, want {want}"


def _stale(fmt: Format, parts: list[Part], answers: Answers, others: list[_Other]) -> int | None:
    """The length of an array for which the results of an earlier one came back."""
    right: dict[int, Bits] = {}
    wrong = {other.part.call for other in others}
    for part in (part for part in parts if not part.repeats and part.index.size > 2):
        got = answers.got[part.call]
        if got is None or not part.call:
            continue
        if part.call not in wrong:
            right.setdefault(got.size, got)
        elif got.size in right and not _differ(fmt, right[got.size], got).size:
            return got.size
    return None
