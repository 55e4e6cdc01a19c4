"""A Python callable in a process of its own, seen from outside, and what that process reports."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from stdplus_ref.conformance.calls import Answers
from stdplus_ref.conformance.formats import Bits, Format
from stdplus_ref.conformance.port import Port, PortError
from stdplus_ref.conformance.results import Finding

REFUSAL: Final = 3
"""Exit status after a `PortError`, whose message is the last line of standard error."""

_MODULE: Final = "stdplus_ref.conformance.child"


class Child:
    """A Python callable that is run in a process of its own.

    Parameters
    ----------
    target : str
        ``package.module:function``.
    framework, dtype, device : str
    derivative : bool
        Judge its derivative.
    timeout : float
        As for `Port`.
    """

    def __init__(
        self,
        target: str,
        framework: str,
        dtype: str,
        device: str,
        derivative: bool,
        timeout: float,
    ) -> None:
        words = target, framework, dtype, device, "derivative" if derivative else "value"
        self._argv = [sys.executable, "-m", _MODULE, *words]
        self._timeout = timeout

    def ask(self, fmt: Format, calls: list[Bits]) -> Answers:
        """Results of calls, all in one process.

        Raises
        ------
        PortError
            The callable is not there, the first call fails, or the process crashes or hangs.
        """
        lengths = [call.size for call in calls]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "report.json"
            port = self._port(str(file), ",".join(map(str, lengths)))
            try:
                whole = port.answer(np.concatenate(calls).tobytes())
            except PortError as error:
                if not (number := read(file).call):
                    raise
                length = f"{lengths[number]} value{'s' * (lengths[number] != 1)}"
                raise PortError(f"in call {number + 1}, with {length}: {error}") from None
            report = read(file)
        parts = np.split(np.frombuffer(whole, fmt.unsigned), np.cumsum(lengths)[:-1])
        got = [None if n in report.failed else part for n, part in enumerate(parts)]
        return Answers(got, report.broken)

    def stream(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Results for each chunk in turn, as `Port.stream`."""
        return self._port().stream(chunks)

    def _port(self, *more: str) -> Port:
        return Port([*self._argv, *more], self._timeout, refusal=REFUSAL)


@dataclass(frozen=True)
class Report:
    """The call that runs, None at the end; the calls that failed; what was found."""

    call: int | None
    failed: list[int] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)


def write(file: Path, report: Report) -> None:
    """Write a report."""
    file.write_text(json.dumps(asdict(report)), encoding="utf-8")


def read(file: Path) -> Report:
    """The report in a file; that of no call if there is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Report(None)
    broken = [Finding(**each) for each in found["broken"]]
    return Report(found["call"], found["failed"], broken)
