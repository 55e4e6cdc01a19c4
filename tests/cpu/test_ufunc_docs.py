"""Docstrings: generated from the contract, and their examples run."""

from __future__ import annotations

import doctest

import stdplus_ref
import stdplus_ref.kernels
from stdplus_ref import spec

SECTIONS = ("Parameters", "Returns", "See Also", "Notes", "References", "Examples")


def test_ufunc_docstring(name, function) -> None:
    text = function.__doc__
    contract = spec.FUNCTIONS[name]
    assert text.startswith(f"{name}(x, /, out=None")
    assert contract.summary in text
    assert contract.formula in text
    places = [text.index(f"\n{section}\n{'-' * len(section)}\n") for section in SECTIONS]
    assert places == sorted(places)
    for accuracy in contract.accuracy("numpy"):
        assert accuracy.dtype in text
    assert max(map(len, text.splitlines()[1:])) <= 100


def test_examples_in_docstrings(name, function) -> None:
    test = doctest.DocTestParser().get_doctest(function.__doc__, {}, name, None, 0)
    assert test.examples
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_example_of_the_kernels() -> None:
    results = doctest.testmod(stdplus_ref.kernels, extraglobs={}, exclude_empty=True)
    assert results.attempted > 0
    assert results.failed == 0
