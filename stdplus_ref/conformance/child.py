"""The process in which a Python callable is judged, so that it may crash, hang or print.

    python -m stdplus_ref.conformance.child TARGET FRAMEWORK DTYPE DEVICE WHAT [REPORT LENGTHS]

speaks as any port does: values on standard input, results on standard output. What the callable
itself prints goes to standard error. With LENGTHS, numbers with commas between them, the values are
those of so many calls, and the file REPORT says how they went: the number of the call that runs, or
at the end what `process.Report` holds.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final

import numpy as np

from stdplus_ref.conformance.calls import ask
from stdplus_ref.conformance.formats import FORMATS, Bits
from stdplus_ref.conformance.frameworks import on_bits
from stdplus_ref.conformance.port import PortError
from stdplus_ref.conformance.process import REFUSAL, Report, write

BLOCK: Final = 1 << 20
"""Most values handed to the callable at a time."""


def main(argv: Sequence[str]) -> int:
    """Serve one stream of values."""
    target, framework, dtype, device, derivative, *rest = argv
    values, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    fmt = FORMATS[dtype]
    try:
        arguments = find(target), fmt, framework, device, derivative == "derivative"
        if rest:
            report, lengths = Path(rest[0]), [int(length) for length in rest[1].split(",")]
            answers = ask(
                lambda after: on_bits(*arguments, after),
                split(np.frombuffer(values.read(), fmt.unsigned), lengths),
                lambda number: write(report, Report(number)),
            )
            for got, length in zip(answers.got, lengths, strict=True):
                results.write(bytes(length * fmt.width // 8) if got is None else got.tobytes())
            failed = [number for number, got in enumerate(answers.got) if got is None]
            write(report, Report(None, failed, answers.broken))
            results.flush()
            return 0
        function = on_bits(*arguments)
        while block := values.read(BLOCK * fmt.width // 8):
            results.write(function(np.frombuffer(block, fmt.unsigned)).tobytes())
            results.flush()
    except PortError as error:
        print(error, file=sys.stderr)
        return REFUSAL
    return 0


def split(bits: Bits, lengths: Sequence[int]) -> list[Bits]:
    """Values cut into calls."""
    return np.split(bits, np.cumsum(lengths)[:-1])


def find(target: str) -> Callable[[Any], Any]:
    """The callable that ``package.module:name`` names.

    Raises
    ------
    PortError
        It is not there, or is not callable.
    """
    module, _, name = target.partition(":")
    if not module or not name:
        raise PortError(f"expected package.module:function, got {target!r}.")
    try:
        found: Any = reduce(getattr, name.split("."), importlib.import_module(module))
    except ModuleNotFoundError as error:
        raise PortError(f"{target}: {error}.") from None
    except AttributeError as error:
        raise PortError(f"{target}: {error}.") from None
    if not callable(found):
        raise PortError(f"{target} is not callable, it is a {type(found).__name__}.")
    function: Callable[[Any], Any] = found
    return function


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
