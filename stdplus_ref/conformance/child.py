"""The process in which a Python callable is judged, so that it may crash, hang or print.

    python -m stdplus_ref.conformance.child TARGET FRAMEWORK DTYPE DEVICE DERIVATIVE

speaks as any port does: values on standard input, results on standard output. What the callable
itself prints goes to standard error.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Final

import numpy as np

from stdplus_ref.conformance.formats import FORMATS
from stdplus_ref.conformance.frameworks import on_bits
from stdplus_ref.conformance.port import PortError

REFUSAL: Final = 3
"""Exit status after a `PortError`, whose message is the last line of standard error."""

BLOCK: Final = 1 << 20
"""Most values handed to the callable at a time."""


def main(argv: Sequence[str]) -> int:
    """Serve one stream of values."""
    target, framework, dtype, device, derivative = argv
    values, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    fmt = FORMATS[dtype]
    try:
        function = on_bits(find(target), fmt, framework, device, derivative == "derivative")
        while block := values.read(BLOCK * fmt.width // 8):
            results.write(function(np.frombuffer(block, fmt.unsigned)).tobytes())
            results.flush()
    except PortError as error:
        print(error, file=sys.stderr)
        return REFUSAL
    return 0


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
