"""`stdplus_ref.torch` where PyTorch is not installed, and `stdplus_ref` where it is."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_the_import_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in [m for m in sys.modules if m.startswith("stdplus_ref.torch")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r'needs PyTorch: pip install "stdplus-ref\[torch\]"'):
        __import__("stdplus_ref.torch")


def test_the_library_imports_no_framework() -> None:
    program = (
        "import stdplus_ref, stdplus_ref.rate, stdplus_ref.conformance, sys\n"
        "stdplus_ref.stdplus(1.0)\n"
        "print([m for m in ('torch', 'jax', 'stdplus_ref.torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
