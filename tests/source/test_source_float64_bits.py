"""Float64 results are those that were examined: no change of a bit goes unnoticed."""

from __future__ import annotations

import numpy as np

from stdplus_ref import spec
from stdplus_ref.source import KERNELS
from stdplus_ref.source.routes import double_routes, evaluate_full
from tests.source import float64_bits
from tests.source.compiled import compiled


def test_the_full_route_has_the_bits_that_are_kept(name: str) -> None:
    function = compiled(evaluate_full(double_routes(KERNELS[name]).full))
    assert float64_bits.digests(name, function) == float64_bits.kept()[name]


def test_the_ufunc_has_the_bits_that_are_kept(name: str, function: np.ufunc) -> None:
    assert float64_bits.digests(name, function) == float64_bits.kept()[name]


def test_digests_are_kept_of_every_function() -> None:
    assert set(float64_bits.kept()) == set(spec.NAMES)
    for name, digests in float64_bits.kept().items():
        assert set(digests) == set(float64_bits.arguments(name))
        assert len(set(digests.values())) == len(digests) > 5
