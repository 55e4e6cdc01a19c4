"""The contract is consistent, says what the ufuncs do, and needs the standard library alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stdplus_ref import spec

ROOT = Path(__file__).parents[2]


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


def test_it_imports_the_standard_library_alone() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import stdplus_ref.spec\n"
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {"__main__", "stdplus_ref"}
