"""The validation step `ports`: it measures what is installed, and says what is not."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from stdplus_ref import spec
from validation.core import Context, Verdict
from validation.steps import ports


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, 0, np.random.default_rng(0))


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if these were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(ports, "find_spec", lambda name: None if name in names else find(name))


def test_without_pytorch_nothing_is_run(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hide(monkeypatch, "torch")
    assert ports.run(context) == []
    assert "nothing was run: PyTorch is missing, pip install" in capsys.readouterr().err


class TestWithPyTorch:
    """Short runs; nothing is asserted of the times."""

    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        self.torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def test_eager_calls(
        self,
        context: Context,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        hide(monkeypatch, "stdplus_ext")
        claims = ports.run(context, size=50, rounds=1)
        names = {f"{name} {dtype} eager" for name in spec.NAMES for dtype in spec.DTYPES}
        assert {claim.name for claim in claims} == names
        assert "no comparison with stdplus-ext" in capsys.readouterr().err
        (table,) = context.tables
        assert [row[:2] for row in table.rows] == [
            (name, dtype) for name in spec.NAMES for dtype in spec.DTYPES
        ]
        assert all(row[2] > 0 and row[3] > 0 and row[4] == "" for row in table.rows)

    def test_beside_stdplus_ext(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a slow stand-in for it, and nothing really compiled."""

        def slow(x: Any) -> Any:
            for _ in range(3000):
                x = x + 1e-9
            return x

        rival = ModuleType("stdplus_ext")
        rival.__dict__.update(dict.fromkeys(ports.FAMILIES, slow))
        monkeypatch.setitem(sys.modules, "stdplus_ext", rival)
        monkeypatch.setattr(ports, "find_spec", lambda name: name)
        monkeypatch.setattr(self.torch, "compile", lambda function, fullgraph: function)
        threads = self.torch.get_num_threads()
        compiled = [claim for claim in ports.run(context, 50, 1) if "compiled" in claim.name]
        assert self.torch.get_num_threads() == threads
        assert len(compiled) == 16
        assert {claim.verdict for claim in compiled} == {Verdict.PASS}
        assert len(context.tables[1].rows) == 8
