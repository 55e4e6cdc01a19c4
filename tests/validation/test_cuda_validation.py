"""The validation of the GPU: planted faults are found, and without a GPU nothing is claimed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import spec
from validation.core import Claim, Context, Verdict
from validation.cuda import gpu, limits, ptx
from validation.cuda.__main__ import main
from validation.steps import cuda, cuda_ptx_bits

COUNT = 1000


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, 0, np.random.default_rng(0))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "_BLOCK", 1 << 16)


def one_bit_off(name: str, at: float):
    """The ufunc, with a last place more at one input."""

    def function(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            y = getattr(stdplus_ref, name)(x)
            return np.where(x == at, np.nextafter(y, np.inf, dtype=y.dtype), y)

    return function


def verdicts(claims: list[Claim]) -> dict[str, Verdict]:
    return {claim.name: claim.verdict for claim in claims}


@pytest.mark.parametrize("name", ["stdplus", "inv_log_stdplus"])
def test_the_right_bits_pass(name, context, small) -> None:
    function = one_bit_off(name, np.nan)
    found = list(cuda.bits(context, name, function, [63], COUNT))
    assert verdicts(found) == {f"{name} float32": Verdict.PASS, f"{name} float64": Verdict.PASS}
    assert found[0].figure == "0 of 1 shards of 2^24 inputs differ"


def test_one_wrong_bit_in_float32_fails(context, small) -> None:
    found = list(cuda.bits(context, "stdplus", one_bit_off("stdplus", 1.25), [63, 64], COUNT))
    assert found[0].verdict is Verdict.FAIL
    assert "the first are [63]; input 0x1.4000000000000p+0, on the GPU " in found[0].detail
    assert found[1].verdict is Verdict.PASS


def test_one_wrong_bit_in_a_hard_case_fails(context, small) -> None:
    hard = gpu.hard_float64("log_stdplus")
    at = hard[np.isfinite(hard) & (np.abs(hard) > 0.1)][0]
    function = one_bit_off("log_stdplus", at)
    found = gpu.compare_float64("log_stdplus", function, COUNT)
    assert found.differing >= 1
    assert found.witness.startswith(f"input {float(at).hex()}, on the GPU ")


def test_inputs_are_as_many_as_claimed_and_of_every_kind(name, small) -> None:
    x = gpu.random_float64(name, 0, 3000)
    assert x.size == np.unique(x.view(np.uint64)).size == 3000
    assert (np.abs(x) > 1e100).any()
    assert (np.abs(x) < 1e-100).any()
    moderate = np.round(x[np.abs(x) < 45])
    assert np.isin(np.arange(0 if name == "inv_stdplus" else -44, 45), moderate).all()
    assert (x != gpu.random_float64(name, 1, 3000)).any()
    assert gpu.hard_float64(name).size > 10
    right = one_bit_off(name, np.nan)
    assert gpu.compare_float64(name, right, 100_000).count >= 100_000


def test_a_nan_is_a_nan() -> None:
    x = np.array([np.nan])
    other = np.array([0xFFF8000000000001], np.uint64).view(np.float64)
    assert gpu.compare("stdplus", lambda x: other, x) == gpu.Comparison(1)
    assert gpu.compare("stdplus", np.zeros_like, x).differing == 1


def test_the_ptx_passes(context, small, monkeypatch) -> None:
    """The real kernels on the model of a GPU, through the host's path."""
    pytest.importorskip("numba_cuda", reason="needs numba-cuda")
    pytest.importorskip("cuda.bindings.nvvm")
    from stdplus_ref.cuda import _runtime
    from tests.cuda.cuda_model import Model

    monkeypatch.setattr(_runtime, "runtime", Model())
    function = gpu.cuda_functions()["inv_log_stdplus"]
    found = list(cuda.bits(context, "inv_log_stdplus", function, [64], COUNT))
    assert {claim.verdict for claim in found} == {Verdict.PASS}


def test_the_ptx_step(context, monkeypatch) -> None:
    """Right bits pass; a wrong one in either type fails, and so does a contracted product."""
    planted = {"float32": np.nan, "float64": np.nan}
    monkeypatch.setattr(spec, "NAMES", ("stdplus",))
    monkeypatch.setattr(cuda_ptx_bits, "_PIECE", COUNT)
    monkeypatch.setattr(ptx, "kernel_assemblies", lambda name, dtype: {(8, 6): dtype})
    monkeypatch.setattr(ptx, "contracted", lambda ptx, capability: False)
    monkeypatch.setattr(
        cuda_ptx_bits, "function", lambda name, dtype, cc: one_bit_off(name, planted[dtype])
    )
    found = cuda_ptx_bits.run(context, [63], 2)
    names = ["contraction", "stdplus float32 8.6", "stdplus float32 9.0", "stdplus float64 8.6"]
    assert verdicts(found) == dict.fromkeys(names, Verdict.PASS)
    assert found[1].figure == f"0 shards differ, of {1 << 24} inputs"
    planted |= {"float32": 1.25, "float64": gpu.random_float64("stdplus", 1, COUNT)[-1]}
    monkeypatch.setattr(ptx, "contracted", lambda ptx, capability: ptx == "float32")
    found = cuda_ptx_bits.run(context, [63], 2)
    assert {claim.verdict for claim in found} == {Verdict.FAIL}
    assert [claim.detail for claim in found[:2]] == [
        "stdplus float32 8.6",
        "shard 63 has another digest",
    ]


def test_without_a_gpu_nothing_is_claimed_of_one(context, monkeypatch, capsys) -> None:
    monkeypatch.setattr(gpu, "missing", lambda: "there is no GPU")
    (claim,) = cuda.run(context)
    assert (claim.name, claim.verdict) == ("resources", Verdict.PASS)
    assert claim.detail == "nothing was run on a GPU: there is no GPU"
    assert "nothing was run on a GPU: there is no GPU" in capsys.readouterr().err
    assert [table.name for table in context.tables] == ["cuda-registers", "cuda-limits"]
    assert main([]) == 2
    assert capsys.readouterr().out == "Nothing was run: there is no GPU.\n"


def test_a_spill_fails(context, monkeypatch, tmp_path) -> None:
    record = json.loads(ptx.DATA.read_text("utf-8"))
    record["kernels"]["stdplus float64"]["ptxas"]["8.6"]["spill_stores"] = 80
    monkeypatch.setattr(ptx, "DATA", tmp_path / "record.json")
    ptx.DATA.write_text(json.dumps(record), "utf-8")
    monkeypatch.setattr(gpu, "missing", lambda: "there is no GPU")
    (claim,) = cuda.run(context)
    assert claim.verdict is Verdict.FAIL
    assert claim.detail.startswith("stdplus float64 on 8.6; ")


def test_limits() -> None:
    operations = {"fma": 60, "add": 10, "mul": 10, "div": 1, "rcp": 1, "sqrt": 1}
    assert limits.cost(operations) == 100
    kernel = {"core": operations, "pairs, instructions": 200}
    card = limits.Card("even", 1.0, 4.0, tera_bytes=0.16, in_float32=False)
    assert limits.limits(card, kernel, "float64") == pytest.approx((5e9, 1e10))
    assert limits.limits(card, kernel, "float32") == pytest.approx((5e9, 2e10))
    card = dataclasses.replace(card, in_float32=True)
    assert limits.limits(card, kernel, "float64") == pytest.approx((5e9, 1e10))
    # 100 ps in float32, and for 32 of 10^4 elements 200 ps in float64
    assert limits.limits(card, kernel, "float32") == pytest.approx((9.936e9, 2e10), rel=2e-4)


def test_the_table_on_the_page_is_of_the_record() -> None:
    """docs/cuda.md; stale? python -m validation.cuda.ptx"""
    page = limits.PAGE.read_text("utf-8")
    kernels = json.loads(ptx.DATA.read_text("utf-8"))["kernels"]
    assert limits.with_table(page, kernels) == page
    with pytest.raises(ValueError, match="one place for the table"):
        limits.with_table("no table", kernels)


def test_speed_claims(context, monkeypatch) -> None:
    def rates(size: int):
        for name in spec.NAMES:
            for dtype in spec.DTYPES:
                fast = 0.95 if (name, dtype) == ("stdplus", "float32") else 0.5
                yield gpu.Rate("stdplus_ref", name, dtype, 1e9, fast)

    monkeypatch.setattr(gpu, "our_rates", rates)
    monkeypatch.setattr(gpu, "peer_rates", lambda size: [])
    monkeypatch.setattr(gpu, "cuda_functions", dict)
    claims = cuda.on_gpu(context, [], COUNT, 1 << 20)
    assert verdicts(claims) == {
        "speed stdplus float32": Verdict.PASS,
        "speed stdplus float64": Verdict.FAIL,
        "speed log_stdplus float32": Verdict.FAIL,
        "speed log_stdplus float64": Verdict.FAIL,
    }
    assert claims[0].figure == "95.0% of a copy, 1.0·10^9 a second"
    assert len(context.tables[0].rows) == 12


def test_the_record_of_a_run(monkeypatch, tmp_path, capsys) -> None:
    def on_gpu(context: Context, shards, count: int, size: int) -> list[Claim]:
        context.add_table("t", "A table", ("who",), [("us",)])
        holds = (len(shards), count, size) == (2, 3, 4)
        return [Claim.of_library("bits", "The bits agree.", holds, "0 differ")]

    monkeypatch.setattr(gpu, "missing", lambda: None)
    monkeypatch.setattr(cuda, "on_gpu", on_gpu)
    out = tmp_path / "record.json"
    options = ["--out", str(out), "--shards", "2", "--count", "3", "--size", "4"]
    assert main(options) == 0
    record = json.loads(out.read_text("utf-8"))
    assert record["steps"]["cuda"]["claims"][0]["verdict"] == "pass"
    assert set(record["machine"]) >= {"numba-cuda", "date", "card, driver, capability, clocks"}
    assert "pass: The bits agree. 0 differ" in capsys.readouterr().out
    assert main([*options, "--count", "5"]) == 1


def test_timing_alternates_and_takes_medians() -> None:
    clock = iter(np.arange(1000.0))
    log: list[str] = []

    class Event:
        def record(self) -> None:
            self.at = next(clock)

        def synchronize(self) -> None:
            pass

        def elapsed_time(self, end: Event) -> float:
            return end.at - self.at

    found = gpu._paired(lambda: log.append("f"), lambda: log.append("c"), Event, 3)
    assert found == (1e-3, 1.0)
    assert "".join(log) == "fcfc" + 3 * "fc"


def test_out_that_cannot_be_written_to_is_found_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--out", str(tmp_path / "missing" / "cuda.json")])
    assert end.value.code == 2
    assert "argument --out: cannot write" in capsys.readouterr().err


def test_out_that_can_be_written_to_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "missing", lambda: "a planted reason")
    assert main(["--out", str(tmp_path / "cuda.json")]) == 2
    assert not list(tmp_path.iterdir())
