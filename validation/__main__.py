"""The command ``python -m validation``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from derivations import command

command.need(
    "validation", "validation", ("mpmath", "flint", "sympy", "scipy", "matplotlib", "tqdm")
)
from stdplus_ref import exact  # noqa: E402  (after the check, which names the cure)
from validation import core, report, resume  # noqa: E402
from validation.worst_cases import units  # noqa: E402


def main(argv: Sequence[str] | None = None, steps: Mapping[str, core.Step] | None = None) -> int:
    """Run the validation and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The command line without the program's name.
    steps : mapping of str to Step, optional
        The steps to choose from; those in `validation.steps` by default.

    Returns
    -------
    int
        1 when a claim of this library failed, 130 after Ctrl-C, else 0 (also when the paper is
        wrong).

    Raises
    ------
    SystemExit
        With code 2 on a wrong command line, after a message.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    steps = core.discover() if steps is None else steps
    if options.list:
        _print_steps(steps)
        return command.OK
    chosen = core.select(steps, parser.chosen(options.only, list(steps)))
    chosen = _with_interval(parser, options, chosen)
    try:
        _make(options.out)
    except (FileExistsError, NotADirectoryError):
        parser.error(f"argument --out: {str(options.out)!r} is not a directory")
    except OSError as error:
        parser.error(f"argument --out: cannot write to {str(options.out)!r}: {error.strerror}")
    results: list[core.StepResult] = []
    try:
        for result in core.run_steps(chosen, options.out, options.seed, options.workers):
            results.append(result)
    except KeyboardInterrupt:
        return command.interrupted(_kept(results, chosen, options))
    report.write(results, options.out, options.seed)
    report.print_claims(results)
    print(f"The report is in {options.out.resolve()}: report.html, report.json and the plots.")
    return command.FAILED if core.failed(results) else command.OK


def _with_interval(
    parser: command.Parser, options: argparse.Namespace, chosen: Sequence[core.Step]
) -> list[core.Step]:
    """The steps, of which that of the worst cases searches what the options say."""
    if options.function is None and options.interval is None:
        return list(chosen)
    if options.function is None or options.interval is None:
        parser.error("--function and --interval go together")
    if units.STEP not in [step.name for step in chosen]:
        parser.error(f"argument --function: only {units.STEP} takes one")
    option = "--function"
    try:
        name = _one_of(options.function)
        option = "--interval"
        interval = _interval(name, options.interval)
    except ValueError as error:
        parser.error(f"argument {option}: {error}")

    def bound(step: core.Step) -> core.Step:
        run: Callable[..., Sequence[core.Claim]] = step.run
        return replace(step, run=partial(run, interval=interval))

    return [bound(step) if step.name == units.STEP else step for step in chosen]


def _one_of(text: str) -> str:
    """The function that is named.

    Raises
    ------
    ValueError
        Nothing has such a name (the message suggests one), or several have.
    """
    names = command.chosen([text], exact.NAMES)
    if len(names) > 1:
        raise ValueError(f"expected one function, got {', '.join(names)}")
    return names[0]


def _interval(name: str, texts: Sequence[str]) -> units.Interval:
    """Reads ``A B`` or ``A,B``: decimal or hexadecimal.

    Raises
    ------
    ValueError
        It is no interval, or cannot be searched.
    """
    ends = [part for text in texts for part in text.split(",") if part.strip()]
    if len(ends) != 2:
        raise ValueError(f"expected two numbers, A B or A,B; got {len(ends)}")
    low, high = (_number(text) for text in ends)
    interval = units.Interval(name, low, high)
    units.check(interval)
    return interval


def _number(text: str) -> float:
    try:
        return float.fromhex(text) if "0x" in text.lower() else float(text)
    except ValueError:
        raise ValueError(f"expected a number, got {text!r}") from None


def _make(out: Path) -> None:
    """Make the folder, and see that a file can be written there, before the work is done."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=out):
        pass


def _kept(
    results: list[core.StepResult], chosen: Sequence[core.Step], options: argparse.Namespace
) -> str:
    """Write the report of the steps that are done, and say what is kept."""
    kept = "No step was finished, so there is no report."
    if results:
        report.write(results, options.out, options.seed)
        done = f"{len(results)} of {len(chosen)} steps"
        kept = f"Kept: the report of {done} in {options.out.resolve()}."
    if resume.root().is_dir():
        kept += f" Finished pieces of long steps are in {resume.root()}."
    return kept


def _parser() -> command.Parser:
    what = "Measure every claim of stdplus_ref and of the paper on this machine."
    parser = command.Parser("python -m validation", what)
    parser.add_argument("--list", action="store_true", help="list the steps and stop")
    parser.add_only("steps")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("validation-report"),
        help="folder of the report (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=_at_least(0), default=0, help="random seed (default: 0)"
    )
    parser.add_argument(
        "--workers", metavar="N", type=_at_least(1), default=min(2, os.cpu_count() or 1),
        help="processes to compute the truth with (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--function", metavar="F", help=f"of {units.STEP}: the function to search")
    parser.add_argument(
        "--interval", metavar=("A", "B"), nargs="+",
        help=f"of {units.STEP}: search all float64 arguments x, A ≤ x < B; decimal or hexadecimal; "
        "with a minus sign write --interval=A,B",
    )  # fmt: skip
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    """Reads an integer of at least `least`."""

    def read(text: str) -> int:
        try:
            if (value := int(text)) >= least:
                return value
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"expected an integer of at least {least}, got {text!r}")

    return read


def _print_steps(steps: Mapping[str, core.Step]) -> None:
    width = max(map(len, steps))
    for step in steps.values():
        note = "" if step.quick else "  (only with --only)"
        print(f"{step.name:<{width}}  {step.title}{note}")


if __name__ == "__main__":
    sys.exit(main())
