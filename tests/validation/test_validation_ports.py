"""`validation.ports`: what it writes is what the kit saw, and a port that is wrong is told so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact, spec
from stdplus_ref.conformance import FORMATS, load
from stdplus_ref.spec.port_evidence import EVIDENCE
from validation import ports


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`planted(function)` makes a NumPy function the eager port of PyTorch; the file to write."""
    file = tmp_path / "evidence.py"
    file.write_text("head\n\nEVIDENCE: dict = {}\n", encoding="utf-8")

    def plant(function: ports.Function) -> Path:
        target = ports.Target("numpy", lambda _: function)
        monkeypatch.setattr(ports.Target, "function", lambda self, name: function)
        monkeypatch.setattr(ports, "TARGETS", {"torch": target})
        kept = [a for a in spec.ACCURACY if (a.function, a.target) == ("stdplus", "torch")]
        monkeypatch.setattr(spec, "ACCURACY", tuple(a for a in kept if "b" not in a.dtype))
        monkeypatch.setattr(ports, "FILE", file)
        return file

    return plant


def _half_by_float32(x: np.ndarray) -> np.ndarray:
    return stdplus_ref.stdplus(x).astype(x.dtype)


def test_the_file_holds_what_was_seen(planted: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = planted(_half_by_float32)
    assert ports.main(["torch"]) == 0
    assert capsys.readouterr().out.count("PASS") == 3
    text = file.read_text(encoding="utf-8")
    assert text.startswith("head\n\nEVIDENCE")
    found: dict[str, Any] = {}
    exec(text.replace("head", "from stdplus_ref.spec import Found"), found)
    ((word, scanned, worst, (x, got, _)),) = found["EVIDENCE"]["torch", "stdplus", "float16"]
    assert (word, scanned) == ("exhaustive", "all 65536 arguments")
    argument, result = (np.array([float.fromhex(each)], np.float16) for each in (x, got))
    assert _half_by_float32(argument) == result
    assert abs(exact.ulp_error("stdplus", argument, result)[0]) == pytest.approx(worst, abs=1e-3)


def test_a_broken_promise_is_the_exit_code(planted: Any) -> None:
    planted(lambda x: np.nextafter(_half_by_float32(x), x.dtype.type(np.inf)))
    assert ports.main(["torch"]) == 1


def test_unknown_targets(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ports.main(["tensorflow"])
    assert "expected torch, torch compiled, jax, got tensorflow" in capsys.readouterr().err


def test_what_is_not_installed_is_skipped(
    planted: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = planted(_half_by_float32)
    monkeypatch.setattr(ports.Target, "installed", lambda self: False)
    assert ports.main([]) == 0
    assert "torch: skipped, numpy is not installed" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8").count("ULP") == 0


@pytest.mark.parametrize("target", spec.PORTS)
def test_every_promise_was_measured(target: str) -> None:
    promises = [a for a in spec.ACCURACY if a.target == target]
    assert len(promises) == 24
    for each in promises:
        assert EVIDENCE[target, each.function, each.dtype]


@pytest.mark.parametrize(("target", "name", "dtype"), EVIDENCE)
def test_witnesses_are_true(target: str, name: str, dtype: str) -> None:
    ((_, _, worst, witness),) = EVIDENCE[target, name, dtype]
    assert witness is not None
    x, got, want = witness
    assert ports.exact_value(name, float.fromhex(x)) == want
    if dtype != "bfloat16":
        argument, result = (np.array([float.fromhex(each)], dtype) for each in (x, got))
        error = abs(exact.ulp_error(name, argument, result)[0])
        assert error == pytest.approx(worst, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arguments_beyond_the_vectors_count(
    dtype: str, planted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wrong result, at a number that is not among the vectors."""
    monkeypatch.setattr(ports, "STEP", 2**22)
    monkeypatch.setattr(ports, "RANDOM", 500)
    (promise,) = [
        a for a in spec.FUNCTIONS["stdplus"].accuracy("torch compiled") if a.dtype == dtype
    ]
    planted(None)
    (bits,) = ports.survey_of(FORMATS[dtype])
    surveyed = bits.view(dtype)
    assert (np.diff(surveyed) > 0).all()
    new = ~np.isin(bits, load("stdplus", dtype).inputs) & (surveyed > 0.3) & (surveyed < 5)
    where = surveyed[new][0]

    def faulty(x: np.ndarray) -> np.ndarray:
        y = stdplus_ref.stdplus(x)
        y[x == where] *= dtype_of(1 + 4 * np.finfo(dtype).eps)
        return y

    dtype_of = np.dtype(dtype).type
    monkeypatch.setattr(ports, "TARGETS", {"torch compiled": ports.Target("numpy", lambda f: f)})
    for function, passed in ((stdplus_ref.stdplus, True), (faulty, False)):
        monkeypatch.setattr(ports.Target, "function", lambda self, name, f=function: f)
        verdict = ports.judge(promise, every=False)
        assert verdict.passed == passed
        word, scanned, worst, (x, *_) = ports.evidence(verdict)
        assert word == "observed"
        assert scanned.endswith(f" vectors and {bits.size} more arguments")
        assert passed or (worst > 2 and float.fromhex(x) == where)
