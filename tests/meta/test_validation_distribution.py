"""Planted faults: the distribution's validation steps must notice them. And they pass without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stdplus_ref.distribution.multivariate import MultivariateSlashedNormal
from stdplus_ref.distribution.slashed_normal import SlashedNormal
from validation.core import Context, Verdict
from validation.steps import identities, information, linear_models


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, 0, np.random.default_rng(5))


def failures(claims: Any) -> set[str]:
    return {claim.name for claim in claims if claim.verdict is Verdict.FAIL}


def scaled(function: Callable[[Any], Any], factor: float) -> Callable[[Any], Any]:
    """The method with its result off by a factor, in its own type."""

    def faulty(self: Any) -> Any:
        value = function(self)
        return (value * value.dtype.type(factor)).astype(value.dtype)

    return faulty


@pytest.mark.parametrize("step", [identities, information])
def test_without_a_fault_nothing_fails(step: Any, context: Context) -> None:
    assert not failures(step.run(context))


@pytest.mark.parametrize(
    ("method", "factor", "caught"),
    [
        ("factor", 1 + 1e-3, {"float32", "float64"}),
        ("factor", 1 + 1e-9, {"float64"}),
        ("mean", 1 + 1e-3, {"float32", "float64"}),
        ("mean", 1.3, {"Eq. 22"}),
        ("kl", 1 + 1e-10, {"singular prior", "tall prior"}),
        ("covariance", 1.2, {"Eq. 22"}),
    ],
)
def test_identities_notice(
    method: str, factor: float, caught: set[str], context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(MultivariateSlashedNormal, method)
    monkeypatch.setattr(MultivariateSlashedNormal, method, scaled(right, factor))
    assert caught <= failures(identities.run(context))


def test_information_notices_a_wrong_standard_deviation(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = SlashedNormal.standard_deviation
    monkeypatch.setattr(SlashedNormal, "standard_deviation", scaled(right, 1 + 1e-9))
    assert {"BN-VAE", "δ-VAE"} <= failures(information.run(context))


def test_linear_models_notice_a_wrong_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    assert linear_models._vae(rng) < 1e-5
    right = linear_models._vae_formula

    def faulty(theta: Any, s: Any) -> Any:
        return right(theta, linear_models.Scales(s.beta * (1 + 1e-3), s.dec, s.enc))

    monkeypatch.setattr(linear_models, "_vae_formula", faulty)
    assert linear_models._vae(rng) > 1e-5
