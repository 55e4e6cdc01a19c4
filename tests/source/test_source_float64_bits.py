"""Float64 results are the correct roundings that are kept: no change of a bit goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stdplus_ref import exact, spec
from stdplus_ref.source import KERNELS
from stdplus_ref.source.routes import double_routes, evaluate_full
from tests.source import float64_bits
from tests.source.compiled import compiled_pair, differing, settled
from tests.source.points import bits_of, few


def by_regime(name: str) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """(regime, x, result, whether it was in doubt), settled in plain Python."""
    kernel = KERNELS[name]
    full = compiled_pair(evaluate_full(double_routes(kernel).full))
    for regime, x in float64_bits.arguments(name).items():
        y, z = full(x)
        yield regime, x, settled(kernel.settle, x, y, z), differing(y, z)


def test_the_full_route_has_the_bits_that_are_kept(name: str) -> None:
    found = {regime: float64_bits.digest(y) for regime, _, y, _ in by_regime(name)}
    assert found == float64_bits.kept()[name]


def test_what_is_kept_is_rounded_correctly(name: str) -> None:
    """A sample of every regime, and of what was in doubt there."""
    doubts = 0
    for _, x, y, doubtful in by_regime(name):
        some = np.linspace(0, x.size - 1, few(40)).astype(int)
        hard = np.flatnonzero(doubtful)[: few(40)]
        doubts += hard.size
        for i in (*some, *hard):
            want = exact.rounded(name, float(x[i]), "float64")
            assert bits_of(y[i]) == bits_of(float(want)), float(x[i]).hex()
    assert doubts > 20


def test_the_ufunc_has_the_bits_that_are_kept(name: str, function: np.ufunc) -> None:
    assert float64_bits.digests(name, function) == float64_bits.kept()[name]


def test_digests_are_kept_of_every_function() -> None:
    assert set(float64_bits.kept()) == set(spec.NAMES)
    for name, digests in float64_bits.kept().items():
        assert set(digests) == set(float64_bits.arguments(name))
        assert len(set(digests.values())) == len(digests) > 5
