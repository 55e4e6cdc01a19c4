"""`stdplus_ref.cuda` where numba-cuda is not installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest


def test_the_import_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "stdplus_ref.cuda", raising=False)
    with pytest.raises(ImportError, match=r'needs numba-cuda: pip install "stdplus-ref\[cuda\]"'):
        importlib.import_module("stdplus_ref.cuda")
