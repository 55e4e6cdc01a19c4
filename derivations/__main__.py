"""``python -m derivations``: derive everything, then write (or check) the generated files."""

from __future__ import annotations

import argparse
import fnmatch
import sys
import time
from collections.abc import Sequence

from derivations import registry
from derivations.core import DerivationError


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m derivations", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a generated file differs"
    )
    parser.add_argument("--list", action="store_true", help="list steps and generators")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        default=["*"],
        help="only these steps or generators (shell patterns allowed: 'd0*')",
    )
    parser.add_argument("--verbose", "-v", action="store_true", help="print every claim")
    return parser.parse_args(argv)


def _chosen(patterns: Sequence[str], names: Sequence[str]) -> set[str]:
    chosen: set[str] = set()
    for pattern in patterns:
        matches = fnmatch.filter(names, pattern)
        if not matches:
            raise SystemExit(
                f"no step or generator matches {pattern!r}; there are: " + ", ".join(names)
            )
        chosen.update(matches)
    return chosen


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


def _generate(name: str, check: bool) -> bool:
    start = time.perf_counter()
    generator = registry.generators()[name]
    try:
        faults = registry.differences(generator) if check else []
        written = [] if check else registry.build(generator)
    except DerivationError as failure:
        print(f"FAIL  {name}: {failure}")
        return False
    for fault in faults:
        print(f"FAIL  {name}: {fault}")
    if not faults:
        what = ", ".join(f"wrote {path.as_posix()}" for path in written) or "files up to date"
        print(f"ok    {name}: {what}, {time.perf_counter() - start:.1f} s")
    return not faults


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = _arguments(argv)
    steps, generators = registry.steps(), registry.generators()
    if arguments.list:
        for name, module in (*steps.items(), *generators.items()):
            print(f"{name:24} {(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    chosen = _chosen(arguments.only, [*steps, *generators])
    passed = [_derive(name, arguments.verbose) for name in steps if name in chosen]
    passed += [_generate(name, arguments.check) for name in generators if name in chosen]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
