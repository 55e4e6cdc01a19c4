"""The exhaustive float32 run: kept digests, a part of it computed anew, planted faults, resuming.

The whole run is `python -m validation --only exhaustive-float32`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref import spec
from validation import exhaustive, library, resume
from validation.core import Context, Verdict
from validation.steps import exhaustive_float32

RECOMPUTED = (63, 192)  # 0.5 … 2 and −2 … −8
SMALL = 1 << 11  # inputs of a shard where the size does not matter


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A context whose cache of finished pieces is empty."""
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    return Context(tmp_path, 0, np.random.default_rng(0))


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustive, "SHARD_SIZE", SMALL)
    monkeypatch.setattr(exhaustive, "_BLOCK", SMALL // 2)


def plant(monkeypatch: pytest.MonkeyPatch, name: str, function: Callable[..., Any]) -> None:
    """Put `function` in the place of `name`."""
    functions = {**library.functions(), name: function}
    monkeypatch.setattr(library, "functions", lambda: functions)


def one_bit_off(function: Callable[..., Any], where: float) -> Callable[..., Any]:
    """The function with the last bit of one result changed."""

    def faulty(x: np.ndarray) -> np.ndarray:
        y = function(x)
        y.view(np.uint32)[x == np.float32(where)] ^= 1
        return y

    return faulty


def test_digests_are_kept_of_every_shard() -> None:
    kept = exhaustive.kept_digests()
    assert tuple(kept) == spec.NAMES
    for digests in kept.values():
        assert len(digests["shards"]) == exhaustive.SHARDS
        assert len(set(digests["shards"])) > 2
        assert exhaustive.function_digest(digests["shards"]) == digests["all"]


@pytest.mark.parametrize("number", RECOMPUTED)
def test_some_shards_again(name: str, number: int) -> None:
    found = exhaustive.digest(library.functions()[name], exhaustive.Shard(name, number))
    assert found == exhaustive.kept_digests()[name]["shards"][number]


def test_the_digest_of_a_shard_whose_results_are_known() -> None:
    kept = exhaustive.kept_digests()
    zeros = exhaustive.digest(np.zeros_like, exhaustive.Shard("stdplus", 250))
    assert kept["stdplus"]["shards"][250] == zeros
    nans = exhaustive.digest(lambda x: np.full_like(x, -np.nan), exhaustive.Shard("stdplus", 250))
    assert kept["inv_stdplus"]["shards"][250] == nans


def test_a_sample_of_every_shard_is_right(name: str) -> None:
    function, found = library.functions()[name], exhaustive.NOTHING
    for number in range(exhaustive.SHARDS):
        x = exhaustive.inputs(number * exhaustive.SHARD_SIZE, 512)
        found = found.merge(exhaustive.judge(name, x, exhaustive.evaluate(function, x)))
    assert found.wrong == 0
    assert found.balls > 0  # 0 and ±∞


def test_one_wrong_bit_is_found(name: str) -> None:
    function = library.functions()[name]
    x = exhaustive.inputs(0x3FA00000, 4096)  # from 1.25
    right = exhaustive.judge(name, x, exhaustive.evaluate(function, x))
    faulty = exhaustive.evaluate(one_bit_off(function, 1.25), x)
    found = exhaustive.judge(name, x, faulty)
    assert (right.wrong, found.wrong) == (0, 1)
    assert found.witnesses[0][0] == (1.25).hex()
    assert found.witnesses[0][1] != found.witnesses[0][2]
    assert exhaustive.canonical(faulty) != exhaustive.canonical(function(x))


def test_a_wrong_bit_fails_the_step(
    context: Context, small_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = float.fromhex("0x1p-149")
    plant(monkeypatch, "inv_stdplus", one_bit_off(library.functions()["inv_stdplus"], tiny))
    monkeypatch.setattr(exhaustive, "kept_digests", lambda: dict.fromkeys(spec.NAMES, NO_DIGESTS))
    claims = exhaustive_float32.run(context, shards=(0,))
    verdicts = {claim.name: claim.verdict for claim in claims}
    assert {name: verdicts[name] for name in spec.NAMES} == {
        name: Verdict.FAIL if name == "inv_stdplus" else Verdict.PASS for name in spec.NAMES
    }
    assert all(verdicts[f"{name} digest"] is Verdict.FAIL for name in spec.NAMES)
    wrong = next(claim for claim in claims if claim.name == "inv_stdplus")
    assert f"1 of {SMALL} results wrong" in wrong.figure
    assert tiny.hex() in wrong.detail


NO_DIGESTS = {"shards": ["0" * 64] * exhaustive.SHARDS}


def test_an_interrupted_run_goes_on_where_it_stopped(
    context: Context, small_shards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, calls = library.functions()["stdplus"], []

    def interrupted(x: np.ndarray) -> np.ndarray:
        calls.append(x[0])
        if len(calls) == 5:  # in the third shard of two blocks
            raise KeyboardInterrupt
        return function(x)

    plant(monkeypatch, "stdplus", interrupted)
    shards = [exhaustive.Shard("stdplus", number) for number in range(4)]
    folder = exhaustive.cache_folder()

    def run() -> list[resume.Record]:
        return resume.finish(context, exhaustive.examine, shards, folder, "stdplus")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert sorted(path.name for path in folder.iterdir()) == [
        "stdplus-000.json",
        "stdplus-001.json",
    ]
    records = run()
    assert len(calls) == 5 + 4  # the third and the fourth shard
    assert len(records) == 4
    run()
    assert len(calls) == 9
    assert not list(folder.glob("*.part"))


def test_records_of_other_sources_are_not_used(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exhaustive.cache_folder()
    assert folder == exhaustive.cache_folder()
    monkeypatch.setattr(resume, "fingerprint", lambda: "other")
    assert exhaustive.cache_folder() != folder


def test_digests_are_not_kept_of_an_unfinished_run(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(exhaustive, "DIGESTS", Path("never written"))
    assert exhaustive.main() == 1
    assert "256 shards are unfinished" in capsys.readouterr().out
    assert not exhaustive.DIGESTS.exists()
