"""Runs a port on the test vectors, and on many more arguments if asked, and brings in the verdict.

Of float64 these are the bit set, of the other types every number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from stdplus_ref.conformance import bit_set_run, exhaustive
from stdplus_ref.conformance.calls import (
    Answers,
    Ask,
    Part,
    ask,
    ask_program,
    bits_of,
    compare,
    plan,
)
from stdplus_ref.conformance.diagnosis import diagnose
from stdplus_ref.conformance.formats import Bits, Format
from stdplus_ref.conformance.frameworks import on_bits
from stdplus_ref.conformance.judge import Judge
from stdplus_ref.conformance.port import Port
from stdplus_ref.conformance.process import Child
from stdplus_ref.conformance.results import Results
from stdplus_ref.conformance.tier import Tier
from stdplus_ref.conformance.vectors import Vectors, load
from stdplus_ref.conformance.verdict import Verdict

DERIVATIVES: Final = {
    "stdplus": "stdplus_derivative",
    "log_stdplus": "log_stdplus_derivative",
}
"""What the derivative of a function is judged as."""

Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def check(
    function: Callable[[Any], Any],
    name: str,
    dtype: str,
    tier: str | Tier = "exact",
    *,
    framework: str = "numpy",
    device: str = "cpu",
    derivative: bool = False,
    port: str = "",
    every: bool = False,
    long_only: bool = False,
) -> Verdict:
    """Judge a Python callable in this process.

    Parameters
    ----------
    function : callable
        Takes and returns a one-dimensional array of `framework`, of type `dtype`.
    name : str
        Which of the six functions it should be (with `derivative`, whose derivative it has).
    dtype : {"float16", "bfloat16", "float32", "float64"}
    tier : str or Tier
        ``"exact"``, or ``"ulp:K"`` for an error of at most K ULP.
    framework : {"numpy", "torch", "jax"}
    device : str
    derivative : bool
        Judge its derivative by the framework's automatic differentiation.
    port : str, optional
        What to call it in the verdict.
    every : bool
        Judge all numbers of the type beside the vectors; of float64 the bit set, at tier exact.
    long_only : bool
        Call it with arrays of one length alone: where each length is compiled anew, which is slow.

    Returns
    -------
    Verdict

    Raises
    ------
    PortError
        It returned something of another type, shape or framework.
    ValueError
        An unknown function, type or tier, or `every` for float64 at another tier than exact.
    """
    vectors = load(judged_as(name, derivative), dtype)
    tier = Tier.parse(tier) if isinstance(tier, str) else tier
    port = port or f"{getattr(function, '__name__', type(function).__name__)} ({framework})"
    fmt = vectors.format
    expect_exact(dtype, tier, every)
    wrapped = partial(on_bits, function, fmt, framework, device, derivative)
    parts = plan(vectors, long_only=long_only)
    verdict = _judge_vectors(partial(ask, wrapped), parts, vectors, tier, port)
    return _judge_more(lambda chunks: map(wrapped(), chunks), verdict) if every else verdict


def expect_exact(dtype: str, tier: Tier, every: bool) -> None:
    """Refuse the bit set at a tier that does not ask for bits.

    Raises
    ------
    ValueError
        It is asked for.
    """
    if every and dtype not in exhaustive.TYPES and tier.limit is not None:
        raise ValueError(f"the bit set of {dtype} is judged at tier exact alone, not at {tier}")


def judged_as(name: str, derivative: bool) -> str:
    """The function that a port of `name`, or its derivative, is judged as.

    Raises
    ------
    ValueError
        The function has no derivative among the six.
    """
    if not derivative:
        return name
    if name not in DERIVATIVES:
        raise ValueError(f"the derivative of {', '.join(DERIVATIVES)} can be judged, not of {name}")
    return DERIVATIVES[name]


def check_port(
    port: Port | Child,
    name: str,
    dtype: str,
    tier: Tier,
    label: str,
    every: bool = False,
    progress: Progress = _silent,
    long_only: bool = False,
) -> Verdict:
    """Judge a program, or a callable in its process; `every` and `long_only` are those of `check`.

    Raises
    ------
    PortError
        It could not be run to its end.
    """
    vectors = load(name, dtype)
    fmt = vectors.format

    parts = plan(vectors, isinstance(port, Port), long_only)
    how: Ask = partial(_run, port, fmt) if isinstance(port, Port) else partial(port.ask, fmt)
    verdict = _judge_vectors(how, parts, vectors, tier, label)

    def stream(chunks: Iterable[Bits]) -> Iterator[Bits]:
        answers = port.stream(_pack(fmt, bits) for bits in chunks)
        return (_unpack(fmt, each) for each in answers)

    return _judge_more(stream, verdict, progress) if every else verdict


def _run(port: Port, fmt: Format, calls: list[Bits]) -> Answers:
    """Ask a program."""
    return ask_program(lambda bits: _unpack(fmt, port.answer(_pack(fmt, bits))), calls)


def _judge_vectors(how: Ask, parts: list[Part], vectors: Vectors, tier: Tier, port: str) -> Verdict:
    """Judge results on the vectors; each is asked for several times, and the worst counts."""
    answers = how(bits_of(parts, vectors))
    judge = Judge(vectors.function, vectors.format, tier)
    found = compare(judge, vectors, parts, answers)
    judge.add(vectors.inputs, found.got, vectors.outputs, lambda index: vectors.residuals[index])

    def results(got: Bits) -> Results:
        judged, _ = judge.classify(vectors.inputs, got, vectors.outputs, vectors.residuals)
        return Results(vectors, got, judged)

    findings = tuple(diagnose(results(found.first), found.findings))
    broken = tuple(answers.broken)
    short = len({part.index.size for part in parts}) > 1
    return Verdict(port, judge, results(found.got), findings, found.unsteady, False, broken, short)


def _judge_more(
    stream: Callable[[Iterable[Bits]], Iterable[Bits]],
    verdict: Verdict,
    progress: Progress = _silent,
) -> Verdict:
    """The verdict on every number of the type, or the bit set, too; `stream` gives results."""
    judge = verdict.judge
    if judge.format.name in exhaustive.TYPES:
        _sweep(stream(exhaustive.chunks(judge.format)), judge, progress)
        return replace(verdict, exhaustive=True)
    results = stream(bit_set_run.chunks(judge.function))
    return replace(verdict, bit_set=bit_set_run.run(results, judge, progress))


def _sweep(results: Iterable[Bits], judge: Judge, progress: Progress = _silent) -> None:
    """Judge the results for all `exhaustive.chunks`."""
    fmt, done, total = judge.format, 0, 1 << judge.format.width
    judge.restart()
    for bits, got in zip(exhaustive.chunks(fmt), results, strict=True):
        outputs = exhaustive.truth(judge.function, fmt, bits)
        residuals = exhaustive.residuals(judge.function, fmt, bits, outputs)
        judge.add(bits, got, outputs, residuals)
        done += bits.size
        progress(done, total)


def _pack(fmt: Format, bits: Bits) -> bytes:
    return bits.astype(fmt.unsigned.newbyteorder("<")).tobytes()


def _unpack(fmt: Format, answer: bytes) -> Bits:
    return np.frombuffer(answer, fmt.unsigned.newbyteorder("<")).astype(fmt.unsigned)
