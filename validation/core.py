"""What a validation step is given (`Context`), what it returns (`Claim`), and how steps are run."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from derivations.command import chosen

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

T = TypeVar("T")
R = TypeVar("R")
Cell = str | int | float

_LINE_EVERY = 5.0  # seconds between lines of progress where there is no terminal


class Verdict(StrEnum):
    """What came of a claim. `PAPER_IS_WRONG` is a finding, not a failure of the library."""

    PASS = "pass"
    FAIL = "fail"
    PAPER_IS_WRONG = "paper is wrong"


@dataclass(frozen=True)
class Claim:
    """One sentence that was tested.

    Parameters
    ----------
    name : str
        Short and unique within its step, such as ``"stdplus float64"``.
    statement : str
        The sentence that is claimed, with its limit.
    verdict : Verdict
        Use `of_library` or `of_paper` rather than choosing one by hand.
    figure : str
        The measured number behind the verdict, with its unit.
    detail : str
        The witness (inputs in hexadecimal) and the set that was scanned.
    ours : bool
        True for a claim of this library, False for one of the paper.
    errata : tuple of str
        For one of the paper: the derivations (``d01_definition:mean_rate_slope``) of the errata
        that say what is right.
    """

    name: str
    statement: str
    verdict: Verdict
    figure: str
    detail: str = ""
    ours: bool = True
    errata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict is (Verdict.PAPER_IS_WRONG if self.ours else Verdict.FAIL):
            owner = "library" if self.ours else "paper"
            raise ValueError(f"claim {self.name!r} of the {owner} cannot be {self.verdict!s}")

    @classmethod
    def of_library(
        cls, name: str, statement: str, holds: bool, figure: str, detail: str = ""
    ) -> Claim:
        """A claim of this library: pass or fail."""
        return cls(name, statement, Verdict.PASS if holds else Verdict.FAIL, figure, detail)

    @classmethod
    def of_paper(
        cls,
        name: str,
        statement: str,
        holds: bool,
        figure: str,
        detail: str = "",
        errata: tuple[str, ...] = (),
    ) -> Claim:
        """A claim of the paper: pass or *paper is wrong*."""
        verdict = Verdict.PASS if holds else Verdict.PAPER_IS_WRONG
        return cls(name, statement, verdict, figure, detail, ours=False, errata=errata)


@dataclass(frozen=True)
class Plot:
    """A picture of the report: its PNG file, and one sentence that says what to see."""

    name: str
    caption: str
    path: Path


@dataclass(frozen=True)
class Table:
    """A table of the report. Cells are text, integers or floats (shown to four digits)."""

    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Step:
    """A unit of validation: `run(context)` returns its claims."""

    name: str
    title: str
    quick: bool
    run: Callable[[Context], Sequence[Claim]]
    summary: str = ""


@dataclass(frozen=True)
class StepResult:
    """Everything a step left behind."""

    step: Step
    claims: tuple[Claim, ...]
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]
    seconds: float


@dataclass
class Context:
    """What a step works with.

    Parameters
    ----------
    out : Path
        Existing folder for everything that is written.
    seed : int
        The run's seed.
    rng : numpy.random.Generator
        The step's own generator. It depends on the seed and the step's name alone, so a step
        gives the same figures alone (``--only``) and in a full run.
    workers : int
        Processes that `map` may use; 1 means none beside this one.
    """

    out: Path
    seed: int
    rng: np.random.Generator
    workers: int = 1
    plots: list[Plot] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pool: ProcessPoolExecutor | None = None

    def progress(self, text: str) -> None:
        """Tell the person who waits what is being done."""
        print(f"    {text}", file=sys.stderr, flush=True)

    def map(
        self, function: Callable[[T], R], items: Iterable[T], label: str = "work",
        sizes: Sequence[int] | None = None,
    ) -> list[R]:  # fmt: skip
        """[function(item) for item in items] in order, over the worker processes, with progress.

        `function` and the items must be picklable: a module-level function and plain data. With
        `sizes`, the arguments that each item stands for, the progress is in arguments a second.
        """
        listed = list(items)
        mapped = map(function, listed) if self.pool is None else self.pool.map(function, listed)
        if sizes is not None:
            return list(_weighed(mapped, sizes, label))
        return list(_watched(mapped, len(listed), label))

    def save_figure(self, figure: MatplotlibFigure, name: str, caption: str) -> Path:
        """Write `figure` as ``<out>/<name>.png``, close it, and put it into the report.

        Raises
        ------
        ValueError
            Axes without a name, or two curves that only hue tells apart.
        """
        from matplotlib import pyplot

        from validation.plotting import check

        check(figure)
        path = self.out / f"{name}.png"
        figure.savefig(path)
        pyplot.close(figure)
        self.plots.append(Plot(name, caption, path))
        return path

    def add_table(
        self, name: str, caption: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
    ) -> None:
        """Put a table into the report."""
        body = tuple(tuple(row) for row in rows)
        if not body:
            raise ValueError(f"table {name!r} has no rows")
        if wrong := [row for row in body if len(row) != len(header)]:
            raise ValueError(f"table {name!r}: {len(header)} columns, but a row is {wrong[0]!r}")
        self.tables.append(Table(name, caption, tuple(header), body))


def _watched(mapped: Iterable[R], total: int, label: str) -> Iterator[R]:
    """Yield from `mapped`; a progress bar on a terminal, a line every few seconds elsewhere."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(mapped, total=total, desc=f"    {label}", leave=False)
        return
    shown = time.monotonic()
    for done, result in enumerate(mapped, start=1):
        if done == total or time.monotonic() - shown > _LINE_EVERY:
            shown = time.monotonic()
            print(f"    {label}: {done}/{total}", file=sys.stderr, flush=True)
        yield result


def _weighed(mapped: Iterable[R], sizes: Sequence[int], label: str) -> Iterator[R]:
    """Yield from `mapped`; a line every few seconds: the share done, arguments a second, the rest.

    A single line is written over on a terminal.
    """
    begun = shown = time.monotonic()
    done, total, terminal = 0, sum(sizes), sys.stderr.isatty()
    for size, result in zip(sizes, mapped, strict=True):
        done += size
        now = time.monotonic()
        if done == total or terminal or now - shown > _LINE_EVERY:
            shown = now
            text = f"    {label}: {_speed(done, total, now - begun)}"
            print(
                text, file=sys.stderr, flush=True, end="\r" if terminal and done < total else "\n"
            )
        yield result


def _speed(done: int, total: int, seconds: float) -> str:
    """Progress in words: ``12.5 %, 6.1e+12 arguments a second, 4 min left``."""
    rate = done / max(seconds, 1e-9)
    left = (total - done) / rate
    wait = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
    return f"{100 * done / total:5.1f} %, {rate:.1e} arguments a second, {wait} left"


def discover(package: ModuleType | None = None) -> dict[str, Step]:
    """Import every module of `package` (default `validation.steps`) and collect the steps.

    Raises
    ------
    ValueError
        A module lacks NAME, TITLE, QUICK or run, or two steps share a name.
    """
    package = package or importlib.import_module("validation.steps")
    found: dict[str, Step] = {}
    for entry in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        step = _step(importlib.import_module(entry.name))
        if step.name in found:
            raise ValueError(f"two validation steps are named {step.name!r}")
        found[step.name] = step
    return found


def _step(module: ModuleType) -> Step:
    """The step that `module` declares."""
    wanted = ("NAME", "TITLE", "QUICK", "run")
    if missing := [name for name in wanted if not hasattr(module, name)]:
        raise ValueError(f"{module.__name__} is no validation step: it lacks {', '.join(missing)}")
    summary = (module.__doc__ or "").strip()
    return Step(module.NAME, module.TITLE, module.QUICK, module.run, summary)


def select(steps: Mapping[str, Step], only: Sequence[str] = ()) -> list[Step]:
    """The steps that `only` names (`derivations.command.chosen`), or the quick ones if it is empty.

    Raises
    ------
    ValueError
        A name is unknown; the message suggests one, and lists them.
    """
    if only:
        return [steps[name] for name in chosen(only, list(steps))]
    return [step for step in steps.values() if step.quick]


def run_steps(
    steps: Sequence[Step], out: Path, seed: int = 0, workers: int = 1
) -> Iterator[StepResult]:
    """Run `steps` one after another, each with its own `Context`, and yield what each leaves."""
    with _workers(workers) as pool:
        for number, step in enumerate(steps, start=1):
            print(f"[{number}/{len(steps)}] {step.name}: {step.title}", file=sys.stderr, flush=True)
            rng = np.random.default_rng([seed, zlib.crc32(step.name.encode())])
            yield _run(step, Context(out, seed, rng, workers, pool=pool))


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor | None]:
    """A pool of `count` processes, or None for one. Spawned: threads do not survive a fork."""
    if count == 1:
        yield None
        return
    deaf = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process
    with ProcessPoolExecutor(count, get_context("spawn"), deaf) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            for worker in active_children():  # their work is lost; do not wait for it
                worker.terminate()
            raise


def _run(step: Step, context: Context) -> StepResult:
    """Run one step. A crash, and a step that claims nothing, are failed claims, not silence."""
    start = time.perf_counter()
    try:
        claims = tuple(step.run(context))
    except Exception as error:
        traceback.print_exc()
        claims = (_did_not_finish(f"{type(error).__name__}: {error}"),)
    else:
        claims = claims or (_did_not_finish("it made no claim"),)
    seconds = time.perf_counter() - start
    return StepResult(step, claims, tuple(context.plots), tuple(context.tables), seconds)


def _did_not_finish(why: str) -> Claim:
    return Claim.of_library("runs", "The step runs to its end and makes a claim.", False, why)


def failed(results: Iterable[StepResult]) -> list[Claim]:
    """The claims of this library that failed."""
    return [claim for result in results for claim in result.claims if claim.verdict is Verdict.FAIL]


def counts(results: Iterable[StepResult]) -> str:
    """How many claims came to which verdict, in words: ``31 pass, 0 fail, 6 paper is wrong``."""
    tally = Counter(claim.verdict for result in results for claim in result.claims)
    return ", ".join(f"{tally[verdict]} {verdict!s}" for verdict in Verdict)


def as_json(results: Sequence[StepResult], seed: int) -> dict[str, Any]:
    """The measured part of ``report.json``: the same for the same seed on the same machine."""
    return {
        "seed": seed,
        "steps": {
            result.step.name: {
                "title": result.step.title,
                "claims": [
                    {
                        "name": claim.name,
                        "statement": claim.statement,
                        "verdict": str(claim.verdict),
                        "figure": claim.figure,
                        "detail": claim.detail,
                        "claimed_by": "this library" if claim.ours else "the paper",
                        "errata": list(claim.errata),
                    }
                    for claim in result.claims
                ],
                "plots": {plot.path.name: plot.caption for plot in result.plots},
                "tables": {
                    table.name: {
                        "caption": table.caption,
                        "header": list(table.header),
                        "rows": [[_json_cell(cell) for cell in row] for row in table.rows],
                    }
                    for table in result.tables
                },
            }
            for result in results
        },
    }


def _json_cell(cell: Cell) -> Cell:
    """JSON has no infinity and no NaN: these become text."""
    return cell if not isinstance(cell, float) or np.isfinite(cell) else repr(float(cell))
