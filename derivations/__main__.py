"""``python -m derivations``: derive everything, then write (or check) the generated files."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from derivations import command

command.need("derivations", "derivations", ("sympy", "mpmath", "flint"))
from derivations import registry  # noqa: E402  (after the check, whose message names the cure)
from derivations.core import DerivationError  # noqa: E402


def _parser() -> command.Parser:
    parser = command.Parser("python -m derivations", __doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a generated file differs"
    )
    parser.add_argument("--list", action="store_true", help="list steps and generators")
    parser.add_only("steps and generators")
    parser.add_argument("--verbose", "-v", action="store_true", help="print every claim")
    return parser


def _derive(name: str, verbose: bool) -> bool:
    start = time.perf_counter()
    try:
        results = registry.derive(registry.steps()[name])
    except DerivationError as failure:
        print(f"FAIL  {failure}")
        return False
    print(f"ok    {name}: {len(results)} claims, {time.perf_counter() - start:.1f} s")
    for result in results if verbose else ():
        print(f"      {result.equation}: {result.statement}\n        {result.witness}")
    return True


def _generate(name: str, check: bool, kept: list[Path]) -> bool:
    start = time.perf_counter()
    generator = registry.generators()[name]
    try:
        faults = registry.differences(generator) if check else []
        written = [] if check else registry.build(generator)
    except DerivationError as failure:
        print(f"FAIL  {name}: {failure}")
        return False
    kept += written
    for fault in faults:
        print(f"FAIL  {name}: {fault}")
    if not faults:
        what = ", ".join(f"wrote {path.as_posix()}" for path in written) or "files up to date"
        print(f"ok    {name}: {what}, {time.perf_counter() - start:.1f} s")
    return not faults


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    steps, generators = registry.steps(), registry.generators()
    if options.list:
        for name, module in (*steps.items(), *generators.items()):
            print(f"{name:24} {(module.__doc__ or '').strip().splitlines()[0]}")
        return command.OK
    names = [*steps, *generators]
    chosen = parser.chosen(options.only, names) or names
    kept: list[Path] = []
    try:
        passed = _run(options, [name for name in names if name in chosen], kept)
    except KeyboardInterrupt:
        files = ", ".join(path.as_posix() for path in kept) or "no file"
        return command.interrupted(f"Written before, and kept: {files}.")
    return command.OK if passed else command.FAILED


def _run(options: argparse.Namespace, chosen: Sequence[str], kept: list[Path]) -> bool:
    """Derive and generate what is chosen; `kept` grows by the files written."""
    steps = registry.steps()
    passed = [
        _derive(name, options.verbose) if name in steps else _generate(name, options.check, kept)
        for name in chosen
    ]
    return all(passed)


if __name__ == "__main__":
    sys.exit(main())
