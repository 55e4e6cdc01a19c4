"""The step that computes the digests of the bit set: what it checks by Arb, and planted faults.

That the digests are those that are kept is tested in `tests/conformance/test_bit_set.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref import spec
from stdplus_ref.conformance import bit_set
from validation import digests_float64, library, resume
from validation.core import Context, Verdict
from validation.steps import digests_float64 as step

SHARD = 61  # of neighbours of hard arguments


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A context whose cache of finished pieces is empty, and a small sample."""
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(digests_float64, "SAMPLE", 16)
    monkeypatch.setattr(digests_float64, "_AROUND", 0)
    return Context(tmp_path, 0, np.random.default_rng(0))


def off_at_a_centre(name: str) -> tuple[str, Callable[..., Any]]:
    """A hard argument, and the function with the last bit of its result changed."""
    (place, *_) = digests_float64._hard(digests_float64.Shard(name, SHARD))
    (where,) = bit_set.arguments(name, SHARD, int(place), 1)
    function = library.functions()[name]

    def faulty(x: np.ndarray) -> np.ndarray:
        y = function(x)
        y.view(np.uint64)[x.view(np.uint64) == where] ^= np.uint64(1)
        return y

    return f"{int(where):#018x}", faulty


def plant(monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    """Put such a function in the place of the right one; the argument."""
    where, faulty = off_at_a_centre(name)
    functions = {**library.functions(), name: faulty}
    monkeypatch.setattr(library, "functions", lambda: functions)
    return where


def test_every_centre_is_checked(name: str) -> None:
    checked = [
        bit_set.whole(name, shard)[digests_float64._hard(digests_float64.Shard(name, shard))]
        for shard in range(60, 64)
    ]
    found = set(np.concatenate(checked).tolist())
    around = bit_set.centres(name)[None, :] + np.arange(-2, 3)[:, None].astype(np.uint64)
    assert found == set(around.ravel().tolist())


def test_samples_differ_by_shard_and_seed() -> None:
    drawn = [
        tuple(digests_float64.sample(digests_float64.Shard("stdplus", *each)).tolist())
        for each in ((3, 0), (4, 0), (3, 1))
    ]
    assert len(set(drawn)) == 3
    assert min(map(len, drawn)) > 2000


def test_a_wrong_result_fails_the_step(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    where = plant(monkeypatch, "inv_log_stdplus")
    claims = {claim.name: claim for claim in step.run(context, shards=(SHARD,))}
    failed = {name for name, claim in claims.items() if claim.verdict is Verdict.FAIL}
    assert failed == {"inv_log_stdplus", "inv_log_stdplus digest"}
    assert where in claims["inv_log_stdplus"].detail
    assert claims["inv_log_stdplus digest"].detail == f"other digests: shards [{SHARD}]"
    assert len(claims) == 2 * len(spec.NAMES)


def test_digests_of_wrong_results_are_not_kept(
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bit_set, "DIGESTS", tmp_path / "digests.json")
    monkeypatch.setattr(
        digests_float64, "all_shards", lambda name: [digests_float64.Shard(name, SHARD)]
    )
    with monkeypatch.context() as planted:
        where = plant(planted, "stdplus")
        assert digests_float64.main() == 1
    said = capsys.readouterr().out
    assert f"argument {where}, got 0x" in said
    assert "nothing is kept" in said
    assert not bit_set.DIGESTS.exists()
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "another"))
    assert digests_float64.main() == 0
    kept = bit_set.kept_digests()
    assert tuple(kept) == spec.NAMES
