"""Plant every fault of the catalogue and see which test finds it.

    python -m tests.meta.faults                     # all of them, in some hours of one core
    python -m tests.meta.faults --only newton       # those whose key contains a word
    python -m tests.meta.faults --list
    python -m tests.meta.faults --random 20 --jobs 2

A fault is planted in a copy of the checkout. The fast tests run there, the cheapest first and plain
Python before anything that is compiled, until one fails. Each fault is a process forked from one
that has imported what takes long. Tests that compare a hash of the source's text are not among
them. The record of the last full run is `faults.json`; a fault that no test finds needs a reason in
`harmless.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.meta import catalogue, harmless
from tests.meta.catalogue import Fault

RECORD = Path(__file__).with_name("faults.json")
NEEDED = ("stdplus_ref", "tests", "validation", "pyproject.toml")
TIMEOUT = 1800.0  # seconds: a loop without end is found, too

# By what a fault is in: the tests that find most come first. All run for every fault.
PLAIN = (
    "tests/source/test_source_pairs.py",
    "tests/source/test_source_constants.py",
    "tests/source/test_source_elementary.py",
    "tests/source/test_source_functions.py",
    "tests/source/test_source_newton.py",
    "tests/source/test_source_fast.py",
    "tests/source/test_source_vectors.py",
    "tests/source/test_source_preconditions.py",
    "tests/source/test_source_operations.py",
    "tests/source/test_source_words.py",
    "tests/source/test_source_ties.py",
)
COMPILED = (
    "tests/source/test_source_float64_bits.py",
    "tests/source/test_source_dense.py",
    "tests/source/test_source_ufunc.py",
)
FULL_ROUTE = f"{COMPILED[0]}::test_the_full_route_has_the_bits_that_are_kept"
OF_ONE_FUNCTION = (
    "{bits}::test_the_full_route_has_the_bits_that_are_kept[{name}]",
    "{dense}::test_results_are_those_of_numpy[{name}-float64]",
    "{dense}::test_results_are_those_of_numpy[{name}-float32]",
    "{dense}::test_short_routes_have_the_bits_of_the_full_ones[{name}-float64]",
    "{dense}::test_short_routes_have_the_bits_of_the_full_ones[{name}-float32]",
    "{ufunc}::test_ufunc_and_source_have_the_same_bits[{name}-float32]",
    "{ufunc}::test_ufunc_and_source_have_the_same_bits[{name}-float64]",
    "{ufunc}::test_new_float32_arguments_are_rounded_correctly[{name}]",
    "{ufunc}::test_digests_of_shards_drawn_anew[{name}]",
)
"""Of COMPILED, what a fault in the file of one function can fail."""

LOOPS = (
    "tests/cpu/test_loop_in_python.py",
    "tests/cpu/test_ufunc_memory.py",
    "tests/cpu/test_ufunc_flags.py",
)
LOOP_PLAN = [(1, LOOPS[:1])]
SOURCE = "tests/source/test_source_"
FIRST = {
    "coefficients": ("constants", "vectors", "elementary"),
    "elementary": ("elementary", "constants", "vectors"),
    "newton": ("newton", "constants", "vectors"),
    "fast": ("fast", "constants", "vectors"),
    "words": ("words", "ties"),
    "ties": ("ties",),
    "routes": ("preconditions",),
    "operations": ("operations",),
    "exceptions": ("functions", "constants"),
    "pairs": ("pairs", "constants", "vectors"),
    **dict.fromkeys(
        catalogue.FUNCTIONS, ("vectors", "functions", "fast", "constants", "preconditions")
    ),
}


Stage = tuple[int, tuple[str, ...]]
"""Which share of the points, and the files of tests."""


def stages(fault: Fault) -> list[Stage]:
    """What runs for a fault, one after another: few points first."""
    name = Path(fault.file).stem
    if fault.kind == "bump":  # in a window that few points meet
        return [(1, COMPILED[1:2]), (1, PLAIN), (1, COMPILED)]
    if name in ("memory", "ufunc", "_intrinsics"):
        return [(1, LOOPS[1:]), (1, COMPILED)]
    if "/cpu/" in fault.file:
        return [(1, LOOPS[:1]), (1, LOOPS[1:])]
    first = tuple(f"{SOURCE}{test}.py" for test in FIRST.get(name, ()))
    rest = tuple(test for test in PLAIN if test not in first)
    compiled = COMPILED
    if name in catalogue.FUNCTIONS:
        bits, dense, ufunc = COMPILED
        places = {"bits": bits, "dense": dense, "ufunc": ufunc, "name": name}
        compiled = tuple(test.format(**places) for test in OF_ONE_FUNCTION)
    bits = compiled[:1] if name in catalogue.FUNCTIONS else (FULL_ROUTE,)
    return [(30, first), (2, bits), (12, rest), (1, PLAIN), (1, compiled)]


class FirstFailure:
    """A plugin of pytest: which test failed, and that the tests ran on the copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.failed is None:
            self.failed = f"{report.nodeid} (import)"

    def pytest_sessionfinish(self) -> None:
        module = sys.modules.get("stdplus_ref.source")
        assert module is None or Path(str(module.__file__)).is_relative_to(self.folder)


def import_what_takes_long() -> None:
    """In the process that is forked, so that no fault pays for it; of the library the truth."""
    import numba  # noqa: F401

    from stdplus_ref.conformance import vectors
    from tests.source import points  # noqa: F401

    for name in catalogue.FUNCTIONS:
        for kind in ("float32", "float64"):
            vectors.load(name, kind)


def forget_what_may_be_faulty(folder: Path) -> None:
    """What is imported from now on comes from the copy; the truth and the vectors stay."""
    import stdplus_ref

    kept = (
        "stdplus_ref.exact",
        "stdplus_ref.spec",
        "stdplus_ref.conformance",
        "tests.source.points",
    )
    for name in list(sys.modules):
        root = name.partition(".")[0]
        if root in ("tests", "validation", "stdplus_ref") and not name.startswith(kept):
            del sys.modules[name]
    stdplus_ref.__path__[:] = [str(folder / "stdplus_ref")]
    for name in ("source", "cpu", "_intrinsics", "kernels", *catalogue.FUNCTIONS):
        vars(stdplus_ref).pop(name, None)
    sys.modules["stdplus_ref"] = stdplus_ref


def copy_checkout(folder: Path) -> None:
    """What the tests need, without compiled files, which could be those of another fault."""
    for name in NEEDED:
        place = catalogue.ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, folder / name)


def child(folder: Path, plan: Sequence[Stage], log: Path) -> None:
    """Run the tests in the copy; the answer is a file. Never returns."""
    own = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(own, 1)
    os.dup2(own, 2)
    os.chdir(folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder / "cache")
    os.environ["PYTHONPATH"] = str(folder)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    forget_what_may_be_faulty(folder)
    elsewhere = {"", str(catalogue.ROOT)}
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in elsewhere)]
    import pytest

    plugin = FirstFailure(folder)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--no-header", "--tb=line"]
    answer = ""
    for share, tests in plan:
        os.environ["STDPLUS_REF_TEST_SHARE"] = str(share)
        code = pytest.main([*options, *tests], plugins=[plugin]) if tests else 0
        answer = plugin.failed or ("" if code == 0 else f"pytest ended with {int(code)}")
        if answer:
            break
    log.with_suffix(".answer").write_text(answer, "utf-8")
    sys.stdout.flush()
    os._exit(0)


def run(fault: Fault | None, folder: Path, plan: Sequence[Stage]) -> tuple[str, float]:
    """What found the fault, "" for nothing, and the seconds it took."""
    log = folder / "log"
    answer = log.with_suffix(".answer")
    answer.unlink(missing_ok=True)
    shutil.rmtree(folder / "cache", ignore_errors=True)
    place = folder / (fault.file if fault else "pyproject.toml")
    whole = place.read_bytes()
    start = time.perf_counter()
    if fault:
        place.write_bytes(fault.planted(whole))
    try:
        pid = os.fork()
        if not pid:
            try:
                child(folder, plan, log)
            finally:
                os._exit(1)
        while True:
            done, _ = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            if time.perf_counter() - start > TIMEOUT:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return f"ended after {TIMEOUT:.0f} s", time.perf_counter() - start
            time.sleep(0.01)
    finally:
        place.write_bytes(whole)
    took = time.perf_counter() - start
    return (answer.read_text("utf-8") if answer.exists() else "the process died"), took


def run_all(
    faults: Sequence[Fault], jobs: int, shares: set[int], keep: Any = None
) -> list[dict[str, Any]]:
    """A record for each fault, in the order of the catalogue; each is given to `keep`, too."""
    import_what_takes_long()
    folders: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        for number in range(jobs):
            folder = Path(place) / str(number)
            copy_checkout(folder)
            folders.put(folder)

        def one(fault: Fault) -> dict[str, Any]:
            folder = folders.get()
            try:
                plan = [stage for stage in stages(fault) if stage[0] in shares] or LOOP_PLAN
                caught, seconds = run(fault, folder, plan)
            finally:
                folders.put(folder)
            record = {"key": fault.key, "kind": fault.kind, "fault": str(fault)}
            record |= {"caught by": short(caught), "seconds": round(seconds, 1)}
            reason = harmless.reason(fault) if not caught else None
            if reason:
                record["harmless"] = reason
            verdict = record["caught by"] or (f"harmless: {reason}" if reason else "SURVIVED")
            print(f"{seconds:6.1f} s  {fault}\n          {verdict}", flush=True)
            if keep:
                keep(record)
            return record

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, faults))


def short(nodeid: str) -> str:
    """file::test without folders."""
    return nodeid.rpartition("/")[2] if "::" in nodeid else nodeid


def summary(records: Iterable[dict[str, Any]]) -> str:
    """Counts by kind and by test, and the survivors."""
    records = list(records)
    caught = [r for r in records if r["caught by"]]
    kept = [r for r in records if not r["caught by"]]
    tests = Counter(r["caught by"].partition("[")[0] for r in caught)
    lines = [f"{len(records)} faults, {len(caught)} caught"]
    lines += [f"{count:6d}  {test}" for test, count in tests.most_common()]
    lines += [f"harmless: {r['fault']}: {r['harmless']}" for r in kept if "harmless" in r]
    lines += [f"SURVIVED: {r['fault']}" for r in kept if "harmless" not in r]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", help="faults whose key or kind contains this")
    parser.add_argument("--key", action="append", help="the fault with this key")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--random", type=int, help="as many, drawn at random")
    parser.add_argument("--list", action="store_true", help="list the faults, plant none")
    parser.add_argument("--survivors", action="store_true", help="those that the record has alive")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="plain Python and few points only, and only the tests next to the fault",
    )
    parser.add_argument("--bits", action="store_true", help="only the kept bits of float64")
    parser.add_argument("--new", action="store_true", help="those that are not in --record")
    parser.add_argument("--but", action="append", default=[], help="not those of this kind")
    parser.add_argument("--every", type=int, default=1, help="each n-th fault of a kind")
    parser.add_argument(
        "--record", type=Path, help=f"merge the results into this file, {RECORD.name}"
    )
    options = parser.parse_args(arguments)
    faults = catalogue.all_faults()
    if options.only:
        faults = [f for f in faults if any(w in f.key or w == f.kind for w in options.only)]
    if options.key:
        faults = [f for f in faults if f.key in options.key]
    faults = [f for f in faults if f.kind not in options.but]
    if options.new and options.record and options.record.exists():
        known = {r["key"] for r in json.loads(options.record.read_text("utf-8"))}
        faults = [f for f in faults if f.key not in known]
    if options.survivors:
        rows = json.loads((options.record or RECORD).read_text("utf-8"))
        alive = {r["key"] for r in rows if not r["caught by"]}
        faults = [f for f in faults if f.key in alive]
    if options.every > 1:
        faults = list(stratified(faults, options.every))
    if options.random:
        faults = random.sample(faults, min(options.random, len(faults)))
    if options.list:
        print("\n".join(map(str, faults)))
        print(f"{len(faults)} faults: {dict(Counter(f.kind for f in faults))}")
        return 0
    finished: list[dict[str, Any]] = []

    def keep(record: dict[str, Any]) -> None:
        finished.append(record)
        if options.record and (len(finished) % 20 == 0 or len(finished) == len(faults)):
            merge(options.record, finished)

    shares = {30} if options.quick else {2} if options.bits else {1, 2, 12, 30}
    records = run_all(faults, options.jobs, shares, keep)
    print(summary(records))
    return any(not r["caught by"] and "harmless" not in r for r in records)


def stratified(faults: Iterable[Fault], every: int) -> Iterable[Fault]:
    """Each n-th of every kind and file."""
    seen: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        if seen[fault.kind, fault.file] % every == 0:
            yield fault
        seen[fault.kind, fault.file] += 1


def merge(file: Path, records: Iterable[dict[str, Any]]) -> None:
    """Put results into a record, in the order of the catalogue, without faults that are no more."""
    known = {r["key"]: r for r in json.loads(file.read_text("utf-8"))} if file.exists() else {}
    known |= {r["key"]: r for r in records}
    rows = [known[f.key] for f in catalogue.all_faults() if f.key in known]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text(f"[\n{text}\n]\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
