"""The command ``python -m stdplus_ref.conformance``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from stdplus_ref import spec
from stdplus_ref.conformance import plot
from stdplus_ref.conformance.formats import FORMATS
from stdplus_ref.conformance.frameworks import FRAMEWORKS
from stdplus_ref.conformance.kit import Progress, check_port, expect_exact, judged_as
from stdplus_ref.conformance.port import Port, PortError
from stdplus_ref.conformance.process import Child
from stdplus_ref.conformance.tier import Tier
from stdplus_ref.conformance.verdict import COULD_NOT_RUN

_LINE_EVERY: Final = 5.0  # seconds between lines of progress

_EPILOG: Final = """\
what a port must do:
  A program (--command) reads raw little-endian values from standard input until it ends, writes
  one result for each, of the same type, to standard output and nothing else, and ends with exit
  status 0. Standard error is free. A value of float16 or bfloat16 is two bytes, of float32 four, of
  float64 eight; there is no header and no length. It is run on some thousands of values, on 1, 2,
  3, 7, 9, 63 and 65 of them, and on no values at all.
  A Python callable is given a one-dimensional array of --framework in --dtype, and must not change
  it. It returns a new array of the same type and shape. It is called with arrays of the same
  lengths, the empty one too, and with the first array again.

examples:
  python -m stdplus_ref.conformance mypackage.mymodule:stdplus --function stdplus --dtype float32
  python -m stdplus_ref.conformance mypackage.mymodule:stdplus --function stdplus --dtype float64 \\
      --framework torch --derivative --tier ulp:2
  python -m stdplus_ref.conformance --command "./my_port" --function stdplus --dtype float32

exit code: 0 pass, 1 fail, 2 the port could not be run. The page docs/conformance.md says more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    _check(parser, options)
    try:
        function = judged_as(options.function, options.derivative)
        tier = Tier.parse(options.tier, options.flush_to_zero, options.monotone)
        expect_exact(options.dtype, tier, options.exhaustive)
    except ValueError as error:
        parser.error(str(error))
    label = options.target or options.command
    if options.target:
        label += f" ({options.framework} on {options.device}{', derivative' * options.derivative})"
    try:
        verdict = check_port(
            _port(options), function, options.dtype, tier, label, options.exhaustive, _progress(),
            options.long_only,
        )  # fmt: skip
    except PortError as error:
        print(f"{label} could not be run, so it does not pass: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    print(verdict)
    if options.json:
        text = json.dumps(verdict.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        plot.draw(verdict, options.plot)
    return verdict.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stdplus_ref.conformance",
        description="Judge a port of one of the six functions against correctly rounded results.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("target", nargs="?", metavar="package.module:function", help="a Python callable")
    add("--command", metavar="LINE", help="a program: values on its input, results on its output")
    add("--function", required=True, choices=spec.NAMES, help="what it should be")
    add("--dtype", required=True, choices=tuple(FORMATS), help="type of arguments and results")
    add("--tier", default="exact", help="exact (the default), or ulp:K for at most K ULP")
    add("--flush-to-zero", action="store_true", help="subnormal numbers may be taken for 0")
    add("--monotone", action="store_true", help="results must not step back; exact implies it")
    add("--exhaustive", action="store_true",
        help="every number of the type; of float64 the 2^28 arguments of the bit set")  # fmt: skip
    add("--long-only", action="store_true", help="no short arrays: where each length is compiled")
    add("--framework", choices=FRAMEWORKS, default="numpy", help="what the callable computes on")
    add("--device", default="cpu", help="torch: cuda:0, …; jax: a platform (default: cpu)")
    add("--derivative", action="store_true", help="judge its derivative by autodiff")
    add("--timeout", metavar="S", type=float, default=120.0,
        help="seconds without a byte after which it counts as hung (default: 120)")  # fmt: skip
    add("--json", metavar="FILE", type=Path, help="write the verdict")
    add("--plot", metavar="FILE", type=Path, help="draw the errors over the range (matplotlib)")
    return parser


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse what does not go together, before anything is run."""
    if bool(options.target) == bool(options.command):
        parser.error("give either package.module:function or --command")
    if options.command:
        _check_command(parser, options)
    if options.derivative and options.framework == "numpy":
        parser.error("--derivative needs --framework torch or jax: numpy has no autodiff")
    if not options.timeout > 0:
        parser.error(f"argument --timeout: expected a positive number, got {options.timeout:g}")
    for file in filter(None, (options.json, options.plot)):
        if file.is_dir() or not file.parent.is_dir():
            parser.error(f"{file} cannot be written: expected a file in a folder that exists")
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error('--plot needs matplotlib: pip install "stdplus-ref[validation]"')
    if options.plot and options.plot.suffix not in plot.SUFFIXES:
        parser.error(f"--plot: expected a name that ends in {', '.join(plot.SUFFIXES)}")


def _check_command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if (options.derivative, options.framework, options.device) != (False, "numpy", "cpu"):
        parser.error("--derivative, --framework and --device are for Python callables")
    try:
        words = _words(options.command)
    except ValueError as error:
        parser.error(f"argument --command: {error} in {options.command!r}")
    if not words:
        parser.error("argument --command: expected a program and its arguments, got a blank line")


def _port(options: argparse.Namespace) -> Port | Child:
    if options.command:
        return Port(_words(options.command), options.timeout)
    how = options.framework, options.dtype, options.device, options.derivative
    return Child(options.target, *how, options.timeout)


def _words(line: str) -> list[str]:
    return shlex.split(line, posix=os.name == "posix")


def _progress() -> Progress:
    """Prints how far an exhaustive run is, now and then."""
    start = shown = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown > _LINE_EVERY and done < total:
            shown = now
            left = (now - start) * (total - done) / done
            print(f"{done / total:.1%} judged, {left:.0f} s to go", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
