"""`stdplus_ref.jax` where JAX is not installed."""

from __future__ import annotations

import importlib
import sys

import pytest


def test_the_import_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in [m for m in sys.modules if m.startswith("stdplus_ref.jax")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r'needs JAX: pip install "stdplus-ref\[jax\]"'):
        importlib.import_module("stdplus_ref.jax")
