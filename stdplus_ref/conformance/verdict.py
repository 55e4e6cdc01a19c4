"""The verdict on a port: as text, as JSON, as exit code."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from stdplus_ref._version import __version__
from stdplus_ref.conformance import bit_set
from stdplus_ref.conformance.bit_set_run import Outcome
from stdplus_ref.conformance.formats import Format
from stdplus_ref.conformance.judge import Fault, Judge, Witness
from stdplus_ref.conformance.results import Finding, Results

PASS: Final = 0
FAIL: Final = 1
COULD_NOT_RUN: Final = 2

_WIDTH: Final = 100
_LISTED: Final = 8  # shards named at most


@dataclass(frozen=True)
class Verdict:
    """What came of judging a port.

    Attributes
    ----------
    port : str
        What was judged, in the words of whoever asked.
    judge : Judge
        The account, region by region.
    results : Results
        The results on the test vectors one by one, for plots.
    findings : tuple of Finding
        Mistakes that were recognised.
    unsteady : int
        Vectors whose result depended on where in which array they stood, or on earlier calls.
    exhaustive : bool
        Whether every number of the type was judged beside the vectors.
    broken : tuple of Finding
        What is wrong beside numbers: an argument overwritten, a call that fails, and the like.
    short : bool
        Whether the port was called with short arrays too.
    bit_set : Outcome or None
        What came of the bit set of float64, if that was asked for.
    """

    port: str
    judge: Judge
    results: Results
    findings: tuple[Finding, ...]
    unsteady: int
    exhaustive: bool
    broken: tuple[Finding, ...] = ()
    short: bool = True
    bit_set: Outcome | None = None

    @property
    def passed(self) -> bool:
        """Whether the tier is met by every result, and nothing else is wrong."""
        doubtful = self.bit_set is not None and self.bit_set.doubtful
        return not (self.judge.problems or self.broken or doubtful)

    @property
    def exit_code(self) -> int:
        """0 for a pass, 1 for a failure."""
        return PASS if self.passed else FAIL

    @property
    def format(self) -> Format:
        """The type of arguments and results."""
        return self.judge.format

    def __str__(self) -> str:
        judge = self.judge
        word = "PASS" if self.passed else "FAIL"
        scanned = f"{judge.inputs} arguments: {self._scanned()}"
        sentences = [*self._problems(), *self._special_values(), *self._diagnoses(), *self._notes()]
        lines = [line for sentence in sentences for line in _wrapped(sentence)]
        head = f"{judge.function} {judge.format.name}, tier {judge.tier}: {word}"
        return "\n".join([head, f"{self.port}; {scanned}", "", *self._table(), "", *lines])

    def _scanned(self) -> str:
        ways = "in order, shuffled, in short arrays, and again"
        if not self.short:
            ways = "in order, shuffled, and again, but not in short arrays"
        if self.exhaustive:
            return "every number of the type, and the test vectors"
        if self.bit_set:
            return f"bit set {bit_set.NAME}, and the test vectors"
        return f"the test vectors, {ways}"

    def _problems(self) -> list[str]:
        """Sentences on what broke the tier."""
        fmt, judge, said = self.format, self.judge, []
        for problem in judge.problems.values():
            first = problem.first
            size = f"{_ulp(first.error)} ULP"
            if problem.fault is Fault.STEP_BACK:
                size = f"{first.error:.0f} numbers back"
            elif not 0 < first.error < np.inf:
                size = ""
            said.append(
                f"Broken: {problem.fault}, {_counted(problem.count)}; first, going out from "
                f"{'1' if judge.function == 'inv_stdplus' else '0'}, at {self.values(first)}"
                + (f" ({size})." if size else ".")
            )
        if judge.first is not None and len(judge.problems) > 1:
            fault, first = judge.first
            said.append(f"First of all broke: {fault}, at {fmt.hex(first.input)}.")
        return said

    def _special_values(self) -> list[str]:
        """A sentence for each special value that is wrong."""
        return [f"Special value: {self.values(witness)}." for witness in self._special()]

    def _special(self) -> list[Witness]:
        """The special values that are wrong."""
        results = self.results
        wrong = np.flatnonzero(results.bad & results.vectors.flagged("special"))
        values = results.vectors.inputs, results.got, results.vectors.outputs
        found = [[int(bits[i]) for bits in values] for i in wrong]
        return [Witness(x, got, want, np.inf) for x, got, want in found]

    def _diagnoses(self) -> list[str]:
        """What is wrong, what to look at, and a result that shows it."""
        said = []
        kinds = [("Broken", f) for f in self.broken] + [("Diagnosis", f) for f in self.findings]
        for word, finding in kinds:
            said.append(f"{word}: {finding.name}: {finding.text}.")
            said.append(f"  Look at {finding.look}.")
            if finding.witness:
                said.append(f"  Witness: {finding.witness}.")
        if self.judge.problems and not self.findings:
            said.append("Diagnosis: none of the known mistakes; see the table for where.")
        return said

    def _notes(self) -> list[str]:
        """Sentences on what is worth knowing, pass or fail."""
        judge, said = self.judge, []
        if self.unsteady:
            said.append(
                f"Given in another order, in shorter arrays or again, {_counted(self.unsteady)} "
                "came out differently; the worst counts."
            )
        if judge.flushed:
            said.append(f"Flushed to zero, as the tier allows: {_counted(judge.flushed)}.")
        if judge.steps_back and Fault.STEP_BACK not in judge.problems:
            said.append(
                f"Steps back where the function does not: {judge.steps_back}; the tier allows it."
            )
        met = judge.meets()
        if met is not None and not self.broken:
            said.append(f"The strictest tier met here: {met}.")
        return [*said, *self._bits()]

    def _bits(self) -> list[str]:
        """Sentences on the bit set of float64."""
        found, name = self.bit_set, f"Bit set {bit_set.NAME}"
        if found is None:
            asked = self.format.name == "float64" and self.judge.tier.limit is None
            return [f"{name}: not run; --exhaustive runs it."] if asked else []
        if found.met:
            return [f"{name}: met, {found.shards} of {found.shards} shards."]
        listed = ", ".join(map(str, found.differ[:_LISTED])) + " …" * (len(found.differ) > _LISTED)
        said = [f"{name}: not met, {len(found.differ)} of {found.shards} shards differ: {listed}."]
        if found.first:
            first = found.first
            witness = Witness(first.input, first.got, first.want, np.inf)
            said.append(
                f"  {_counted(found.results)} not right; the first in the set, shard "
                f"{first.shard}, place {first.place}: {self.values(witness)}."
            )
        if found.doubtful:
            said.append(
                f"Broken: in {_shards(found.doubtful)} the results are those of this library's "
                "ufuncs, but the digest is not the one kept: the library is damaged, or wrong on "
                "this machine, so the port is not judged there."
            )
        return said

    def values(self, witness: Witness) -> str:
        """A witness in bits and decimals."""
        fmt = self.format
        pairs = [("input", witness.input), ("got", witness.got), ("want", witness.want)]
        return ", ".join(f"{word} {fmt.hex(bits)} ({_decimal(fmt, bits)})" for word, bits in pairs)

    def _table(self) -> list[str]:
        fmt, digits = self.format, self.format.width // 4 + 2
        header = ("region", "inputs", "misrounded", "worst ULP", "input", "got", "want", "")
        rows: list[Sequence[str]] = [header]
        for row in self.judge.rows.values():
            if not row.inputs:
                continue
            witness = ["", "", ""]
            if row.worst is not None:
                found = row.worst
                witness = [fmt.hex(bits) for bits in (found.input, found.got, found.want)]
            size = "≤ 0.5" if row.worst is None else _ulp(row.worst.error)
            word = "FAIL" if row.failed else "ok"
            rows.append((row.title, str(row.inputs), str(row.misrounded), size, *witness, word))
        widths = [max(len(row[i]) for row in rows) for i in range(4)] + [digits] * 3 + [0]
        left = (0, 4, 5, 6, 7)
        return [
            "  ".join(
                cell.ljust(width) if i in left else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]

    def as_json(self) -> dict[str, Any]:
        """Everything in it as plain data; infinite errors are the text ``"inf"``."""
        judge = self.judge
        return {
            "kit": f"stdplus-ref {__version__}",
            "port": self.port,
            "function": judge.function,
            "dtype": judge.format.name,
            "tier": str(judge.tier),
            "passed": self.passed,
            "meets": judge.meets(),
            "inputs": judge.inputs,
            "exhaustive": self.exhaustive,
            "misrounded": judge.misrounded,
            "flushed": judge.flushed,
            "steps_back": judge.steps_back,
            "unsteady": self.unsteady,
            "vectors": {k: v for k, v in self.results.vectors.about.items() if k != "flags"},
            "first": judge.first and {"fault": judge.first[0], **self._witness(judge.first[1])},
            "problems": [
                {"fault": p.fault, "count": p.count, "first": self._witness(p.first)}
                for p in judge.problems.values()
            ],
            "special": [self._witness(witness) for witness in self._special()],
            "short": self.short,
            "bit_set": self.bit_set and self.bit_set.as_json(),
            "broken": [asdict(finding) for finding in self.broken],
            "findings": [asdict(finding) for finding in self.findings],
            "regions": [
                {
                    "region": row.title,
                    "inputs": row.inputs,
                    "misrounded": row.misrounded,
                    "failed": row.failed,
                    "worst": row.worst and self._witness(row.worst),
                }
                for row in judge.rows.values()
                if row.inputs
            ],
        }

    def _witness(self, witness: Witness) -> dict[str, Any]:
        fmt = self.format
        found = {"input": witness.input, "got": witness.got, "want": witness.want}
        size = witness.error if np.isfinite(witness.error) else "inf"
        return {**{word: fmt.hex(bits) for word, bits in found.items()}, "ulp": size}


def _counted(results: int) -> str:
    return f"{results} result{'s' * (results != 1)}"


def _shards(numbers: Sequence[int]) -> str:
    return f"shard{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"


def _ulp(error: float) -> str:
    return f"{error:.3f}" if error < 1000 else f"{error:.3g}"


def _decimal(fmt: Format, bits: int) -> str:
    value = float(fmt.value(fmt.array([bits]))[0])
    return f"{value:.{5 if fmt.width == 16 else 9 if fmt.width == 32 else 17}g}"


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
