"""The tutorial's code, and the examples of the docstrings, run and print what they say."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_tutorial_prints_what_it_shows():
    blocks = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    kinds = [kind for kind, _ in blocks]
    assert kinds == ["python", "text"] * (len(blocks) // 2)
    assert len(blocks) >= 16
    namespace: dict[str, object] = {}
    for (_, code), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), namespace)
        assert printed.getvalue() == shown, code


@pytest.mark.parametrize(
    "module",
    [
        "distribution.slashed_normal",
        "distribution.multivariate",
        "distribution.gaussian_kl",
        "rate._normalization",
    ],
)
def test_examples_of_the_docstrings(module):
    results = doctest.testmod(import_module(f"stdplus_ref.{module}"))
    assert results.attempted > 0
    assert results.failed == 0
