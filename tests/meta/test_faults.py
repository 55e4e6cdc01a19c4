"""The tests of the source find planted faults: a sample of the catalogue, and the kept record.

The whole catalogue is `python -m tests.meta.faults`.
"""

from __future__ import annotations

import ast
import json
import random
import secrets
import subprocess
import sys
from collections import Counter

from tests.meta import catalogue, faults, harmless

SAMPLE = 6
SECONDS = 2.5  # faults that took longer are not in the sample


def record() -> list[dict[str, str]]:
    return json.loads(faults.RECORD.read_text("utf-8"))


def test_every_fault_is_one_change_of_a_program() -> None:
    planted = catalogue.all_faults()
    assert len(planted) >= 1500
    assert len({fault.key for fault in planted}) == len(planted)
    draw = random.Random(1)
    for fault in draw.sample(planted, 200):
        text = (catalogue.ROOT / fault.file).read_bytes()
        ast.parse(fault.planted(text))


def test_the_catalogue_has_every_kind() -> None:
    kinds = Counter(fault.kind for fault in catalogue.all_faults())
    for kind in ("proof.md", "bump", "loops", "fast_two_sum swapped", "compensation dropped",
                 "term dropped", "addend dropped", "constant nudged", "threshold moved",
                 "threshold mistyped", "arms exchanged", "row shortened", "order", "sign",
                 "condition turned", "coefficient nudged"):  # fmt: skip
        assert kinds[kind] >= 4, kind


def test_no_fault_of_the_record_survived_without_a_reason() -> None:
    rows = record()
    assert len(rows) >= 600
    by_key = {fault.key: fault for fault in catalogue.all_faults()}
    alive = [row for row in rows if not row["caught by"] and row["key"] in by_key]
    unknown = [row["fault"] for row in alive if harmless.reason(by_key[row["key"]]) is None]
    assert not unknown


def test_a_sample_of_the_faults_is_found() -> None:
    """Other ones in every run."""
    quick = {row["key"] for row in record() if row["caught by"] and float(row["seconds"]) < SECONDS}
    here = [f.key for f in catalogue.all_faults() if f.key in quick and "/source/" in f.file]
    drawn = random.Random(secrets.randbits(64)).sample(here, SAMPLE)
    keys = [word for key in drawn for word in ("--key", key)]
    command = [sys.executable, "-m", "tests.meta.faults", "--quick", *keys]
    done = subprocess.run(command, cwd=catalogue.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SAMPLE} faults, {SAMPLE} caught" in done.stdout
