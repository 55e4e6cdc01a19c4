"""Docstrings: generated from the contract, and their examples run."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

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


def test_contract_is_consistent() -> None:
    assert list(spec.FUNCTIONS) == list(spec.NAMES)
    promised = {(a.function, a.target, a.dtype) for a in spec.ACCURACY}
    assert len(promised) == len(spec.ACCURACY)
    assert {(n, "numpy", d) for n in spec.NAMES for d in spec.DTYPES} <= promised
    for accuracy in spec.ACCURACY:
        assert accuracy.limit >= 0.5
        for found in accuracy.evidence:
            assert found.worst <= accuracy.limit
            assert found.scanned
            assert found.word == "proved" or found.witness


@pytest.mark.parametrize(
    ("interval", "text"),
    [(spec.REALS, "ℝ"), (spec.POSITIVE, "(0, ∞)"), (spec.Interval(0.0, 1.0), "(0, 1)")],
)
def test_intervals_print_as_mathematics(interval, text) -> None:
    assert str(interval) == text


def test_domains_are_what_gives_numbers(name, function) -> None:
    domain = spec.FUNCTIONS[name].domain
    x = np.array([-1e3, -1.0, -1e-300, 1e-300, 1.0, 7.0])
    with np.errstate(all="ignore"):
        inside = ~np.isnan(function(x))
    np.testing.assert_array_equal(inside, (x >= domain.lower) & (x <= domain.upper))
