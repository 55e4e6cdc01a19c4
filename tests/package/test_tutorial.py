"""The tutorial's code, and the examples of the docstrings, run and print what they say."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.blocks import run

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_tutorial_prints_what_it_shows():
    text = PAGE.read_text(encoding="utf-8")
    blocks = FENCE.findall(text)
    kinds = [kind for kind, _ in blocks]
    assert kinds == ["python", "text"] * (len(blocks) // 2)
    assert len(blocks) >= 16
    assert run(text, str(PAGE)) == len(blocks) // 2


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
