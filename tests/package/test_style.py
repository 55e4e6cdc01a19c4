"""ruff (lint and format) and mypy (strict) have nothing to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
OLD_STUBS = np.lib.NumpyVersion(np.__version__) < "2.4.0"


def run(*command: str) -> None:
    """Run a module in the repository's root; what it prints is the message if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint() -> None:
    run("ruff", "check", "--no-cache")


def test_format() -> None:
    run("ruff", "format", "--check", "--no-cache")


@pytest.mark.skipif(OLD_STUBS, reason="the type hints are written for the stubs of NumPy 2.4")
def test_types() -> None:
    run("mypy")
