"""Run the step `cuda` alone, and keep what was found with the card, driver, versions and date.

    python -m validation.cuda --out FILE.json

It needs NumPy, numba-cuda, a GPU and its driver; no network, and nothing else of the validation.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import stdplus_ref
from derivations import command
from validation import core
from validation.cuda import gpu
from validation.digests import SHARDS
from validation.steps import cuda


def machine() -> dict[str, str]:
    """Card, driver, versions and date."""
    query = "--query-gpu=name,driver_version,compute_cap,clocks.max.sm,clocks.max.memory"
    try:
        done = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader"], capture_output=True, text=True
        )
        card = done.stdout.strip() or done.stderr.strip()
    except OSError as error:
        card = f"unknown: {error}"
    found = {"card, driver, capability, clocks": card, "processor": platform.processor()}
    for package in ("stdplus-ref", "numba-cuda", "numba", "numpy", "torch", "stdplus-ext"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    found["stdplus-ref"] = stdplus_ref.__version__
    found["python"] = platform.python_version()
    found["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the step `cuda`; 1 if a claim fails, 2 if there is no GPU or FILE cannot be written."""
    parser = argparse.ArgumentParser(
        prog="python -m validation.cuda",
        description="Bits and speed of stdplus_ref.cuda on this machine's GPU.",
    )
    parser.add_argument("--out", type=Path, default=Path("cuda.json"), metavar="FILE")
    parser.add_argument(
        "--shards", type=int, default=SHARDS, help="of the 256 of all float32 numbers"
    )
    parser.add_argument("--count", type=int, default=10**9, help="float64 inputs a function")
    parser.add_argument("--size", type=int, default=1 << 28, help="elements in the arrays timed")
    options = parser.parse_args(argv)
    command.writable(parser, options.out)
    if reason := gpu.missing():
        print(f"Nothing was run: {reason}.")
        return 2
    context = core.Context(options.out.parent, 0, np.random.default_rng(0))
    claims = cuda.on_gpu(context, range(options.shards), options.count, options.size)
    step = core.Step(cuda.NAME, cuda.TITLE, cuda.QUICK, cuda.run)
    result = core.StepResult(step, tuple(claims), (), tuple(context.tables), 0.0)
    record = {"machine": machine(), **core.as_json([result], 0)}
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for claim in claims:
        print(f"{claim.verdict}: {claim.statement} {claim.figure}. {claim.detail}")
    for table in context.tables:
        print(table.caption, *table.rows, sep="\n")
    return 1 if core.failed([result]) else 0


if __name__ == "__main__":
    sys.exit(main())
