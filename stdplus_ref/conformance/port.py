"""A port behind a pipe: raw little-endian values to its standard input, results from its output."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import IO, Final

_PIECE: Final = 1 << 16
_LONGEST: Final = 1e9  # seconds; waiting without end is refused by some platforms
_HUNG: Final = (
    "it did nothing for {:g} seconds and was stopped; if it is only slow, give it longer with "
    "--timeout"
)
_LAST_WORDS: Final = 6  # lines of standard error that a message quotes
_KEPT: Final = 1 << 16  # bytes of output that are searched for text
_MOST: Final = 1 << 22  # bytes beyond those expected that are waited for
_TEXT: Final = re.compile(rb"[\t\r\n\x20-\x7e]+")
_LINE: Final = re.compile(rb"[\w \t,.:;/()=+-]{8,}[.!?]?\r?\n", re.ASCII)
_QUOTED: Final = 60


class PortError(Exception):
    """The port could not be run, and so not be judged. The message is for its author."""


class Port:
    """A program that is run once for every stream of values.

    Parameters
    ----------
    argv : sequence of str
        The program and its arguments; no shell.
    timeout : float
        Seconds without a byte in either direction after which it counts as hung.
    refusal : int, optional
        Exit status with which the last line of its standard error says all there is to say.
    """

    def __init__(self, argv: Sequence[str], timeout: float, refusal: int | None = None) -> None:
        self.argv = list(argv)
        self.timeout = min(timeout, _LONGEST)
        self.refusal = refusal

    def answer(self, values: bytes) -> bytes:
        """All results for all values.

        Raises
        ------
        PortError
            See `stream`.
        """
        return b"".join(self.stream([values]))

    def stream(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Results for each chunk of values in turn, as many bytes as the chunk has.

        Raises
        ------
        PortError
            The program does not start, hangs, writes fewer or more bytes than it was given, or
            ends with anything but 0.
        """
        with tempfile.TemporaryFile() as errors:
            process = self._start(errors)
            try:
                with _Conversation(process, self.timeout) as conversation:
                    try:
                        yield from conversation.run(chunks)
                        self._expect_success(process)
                    except _Broken as broken:
                        raise PortError(self._explain(process, broken, errors)) from None
            finally:
                _close(process)

    def _start(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(
                self.argv, stdin=pipe, stdout=pipe, stderr=errors, start_new_session=True
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise PortError(f"{self.argv[0]} could not be started: {reason}.") from None

    def _expect_success(self, process: subprocess.Popen[bytes]) -> None:
        try:
            status = process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            what = f"it gave all results but did not end within {self.timeout:g} seconds"
            raise _Hung(what) from None
        if status:
            raise _Broken("it gave all results but did not end well")

    def _explain(self, process: subprocess.Popen[bytes], broken: _Broken, errors: IO[bytes]) -> str:
        status = "" if isinstance(broken, _Hung) else _status(process)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _PIECE))
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()[-_LAST_WORDS:]
        if lines and process.returncode is not None and process.returncode == self.refusal:
            return lines[-1]
        quoted = "".join(f"\n    {line}" for line in lines)
        ending = f" ({status})" if status else ""
        return f"{broken}{ending}." + (f" Its standard error ends:{quoted}" if lines else "")


class _Broken(Exception):
    """What the port did wrong, in words."""


class _Hung(_Broken):
    """The same, of a port that still runs."""


class _Conversation:
    """Feeds a process in one thread and reads it in another, so that neither side can block."""

    def __init__(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        self._process = process
        self._timeout = timeout
        self._pieces: queue.Queue[bytes] = queue.Queue(maxsize=256)
        self._lengths: queue.Queue[int | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._active = time.monotonic()
        self._over = False

    def __enter__(self) -> _Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        _stop(self._process)
        for thread in self._threads:
            thread.join()

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for work in (lambda: self._feed(chunks), self._read):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()
        expected, got, waiting, head = 0, 0, b"", b""
        while (length := self._lengths.get()) is not None:
            expected += length
            parts, size = [waiting], len(waiting)
            while size < length:
                piece = self._next()
                head += piece[: max(0, _KEPT - len(head))]
                if not piece:
                    what = f"it ended after {got} bytes of results; expected {expected}"
                    if 2 * got == expected:
                        what += ": it writes a narrower type, or every other result"
                    raise _Broken(what + _stray(head, b""))
                parts.append(piece)
                size, got = size + len(piece), got + len(piece)
            whole = b"".join(parts)
            yield whole[:length]
            waiting = whole[length:]
        if waiting or (
            waiting := self._next("it gave all results but did not end within {:g} seconds")
        ):
            rest = waiting
            most = min(expected, _MOST) + 1
            while len(rest) < most and (piece := self._next()):
                rest += piece
            what = f"it wrote more than the {expected} bytes expected"
            if len(rest) < most:
                what += f", {expected + len(rest)}"
            if len(rest) == expected:
                what += ": it writes a wider type, or every result twice"
            raise _Broken(what + _stray(head + rest[: _KEPT - len(head)], rest))

    def _next(self, hung: str = _HUNG) -> bytes:
        """The next piece of output, empty at its end; `hung` is what to say if none comes."""
        called = time.monotonic()
        while True:
            deadline = max(self._active, called) + self._timeout
            try:
                return self._pieces.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                if time.monotonic() > max(self._active, called) + self._timeout:
                    raise _Hung(hung.format(self._timeout)) from None

    def _feed(self, chunks: Iterable[bytes]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        for chunk in chunks:
            self._lengths.put(len(chunk))
            try:
                for start in range(0, len(chunk), _PIECE):
                    stdin.write(chunk[start : start + _PIECE])
                    stdin.flush()
                    self._active = time.monotonic()
            except OSError:  # it ended early: what it wrote tells the rest
                break
        self._lengths.put(None)
        with suppress(OSError):
            stdin.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        piece = b"-"
        while piece and not self._over:
            piece = os.read(stdout.fileno(), _PIECE)
            self._active = time.monotonic()
            self._hand_over(piece)

    def _hand_over(self, piece: bytes) -> None:
        """Put `piece` where `_next` finds it, as soon as there is room."""
        while not self._over:
            with suppress(queue.Full):
                self._pieces.put(piece, timeout=0.1)
                return


def _stray(head: bytes, rest: bytes) -> str:
    """What to say of text in the output: at its beginning, at its end or anywhere.

    Parameters
    ----------
    head, rest : bytes
        The first bytes of the output, and those beyond the ones expected.
    """
    found = _text(_TEXT.match(head), 3)
    found = found or _text(re.search(rb"[\t\r\n\x20-\x7e]+\Z", rest), 3)
    found = found or max((_text(line, 8) for line in _LINE.finditer(head)), key=len, default="")
    if not found:
        return ""
    quoted = found if len(found) <= _QUOTED else found[:_QUOTED] + "…"
    return f". Among the results is the text {quoted!r}: print such things to standard error"


def _text(match: re.Match[bytes] | None, least: int) -> str:
    """A match, if it is long enough to be text, up to its last end of line."""
    found = match.group() if match else b""
    found = found[: found.rfind(b"\n") + 1] or found
    return found.decode("ascii").strip() if len(found) >= least else ""


def _status(process: subprocess.Popen[bytes]) -> str:
    """How the process ended, in words; empty if it ended well or runs on."""
    try:
        status = process.wait(1.0)
    except subprocess.TimeoutExpired:
        return ""
    if status >= 0:
        return f"exit status {status}" if status else ""
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and whatever it started, if it still runs."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _close(process: subprocess.Popen[bytes]) -> None:
    _stop(process)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        with suppress(OSError):
            stream.close()
