"""Float64 results are those that were examined: no change of a bit goes unnoticed."""

from __future__ import annotations

from stdplus_ref import spec
from tests.source import float64_bits


def test_results_have_the_bits_that_are_kept(name: str) -> None:
    kept = float64_bits.kept()[name]
    assert set(kept) == set(float64_bits.arguments(name))
    assert float64_bits.digests(name) == kept


def test_digests_are_kept_of_every_function() -> None:
    assert set(float64_bits.kept()) == set(spec.NAMES)
    for digests in float64_bits.kept().values():
        assert len(set(digests.values())) == len(digests) > 5
