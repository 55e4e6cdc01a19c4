"""`stdplus_ref.torch.SlashedNormal` against mpmath and `torch.distributions.Normal`."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import pytest

from tests import gaussian_truth as truth

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

from torch.distributions import Independent, Normal, kl_divergence  # noqa: E402

from stdplus_ref.torch import SlashedNormal  # noqa: E402

DOUBLE = torch.float64


@pytest.fixture
def q() -> Any:
    """Narrow and wide, near the prior and far from it."""
    torch.manual_seed(3)
    a = torch.randn(4, 5, dtype=DOUBLE)
    b = torch.linspace(-6, 6, 20, dtype=DOUBLE).reshape(4, 5) ** 3 / 30
    b[0, 0], b[1, 1] = 0.0, 1e-9
    mean, std = torch.linspace(-1, 1, 5), torch.linspace(0.5, 2, 4).unsqueeze(1)
    return SlashedNormal(a, b, mean, std, validate_args=True)  # torch.compile sets another default


def each(*tensors: Any) -> Any:
    """Corresponding elements, as numbers."""
    return zip(*(t.flatten().tolist() for t in torch.broadcast_tensors(*tensors)), strict=True)


def close(got: float, want: Any, ulps: int = 12) -> bool:
    """Relative to the value; the true value is in many digits."""
    return bool(abs(mp.mpf(got) - want) <= ulps * 2**-53 * abs(want))


def test_moments(q: Any) -> None:
    for a, b, m0, s0, mean, std in each(q.a, q.b, q.prior_mean, q.prior_std, q.mean, q.stddev):
        with mp.workdps(truth.DIGITS):
            assert close(std, s0 * truth.stdplus(mp.sqrt(2) * b), 30 + int(60 * b * b))
            shift = mp.sqrt(2) * mp.mpf(s0) * a
            assert abs(mean - (m0 + shift)) <= 2**-51 * (abs(m0) + abs(shift))
    torch.testing.assert_close(q.variance, q.stddev**2)
    assert torch.equal(q.mode, q.mean)
    torch.testing.assert_close(q.log_stddev, q.stddev.log(), rtol=1e-13, atol=1e-15)


def test_kl_from_its_prior(q: Any) -> None:
    for a, b, kl in each(q.a, q.b, q.kl()):
        assert close(kl, mp.mpf(a) ** 2 + mp.mpf(b) ** 2)
    torch.testing.assert_close(kl_divergence(q, q.prior), q.kl(), rtol=1e-12, atol=1e-24)


@pytest.mark.parametrize("kind", ["normal", "slashed", "of a normal"])
def test_kl_divergence(q: Any, kind: str) -> None:
    mean, std = torch.tensor(0.75, dtype=DOUBLE), torch.tensor(1.5, dtype=DOUBLE)
    normal = Normal(mean, std)
    slashed = SlashedNormal.from_mean_std(mean, std, 0.25, 2.0)
    other = normal if kind == "normal" else slashed
    pair = (normal, q) if kind == "of a normal" else (q, other)
    got = kl_divergence(*pair)
    assert got.shape == (4, 5)
    for kl, *of in each(got, pair[0].mean, pair[0].stddev, pair[1].mean, pair[1].stddev):
        with mp.workdps(truth.DIGITS):
            want = truth.kl_std(*of)
            slack = 2**-46 * (abs(want) + abs(of[0] - of[2]) / of[3])
            assert abs(kl - want) <= slack, (of, kl, want)


def test_kl_divergence_does_not_cancel() -> None:
    """Between all but equal distributions, where ½·(r² − 1 − log r²) has lost every digit."""
    b = torch.tensor([1e-9, -3e-8, 1e-12], dtype=DOUBLE)
    kl = kl_divergence(SlashedNormal(torch.zeros_like(b), b), Normal(0.0, 1.0))
    torch.testing.assert_close(kl, b * b, rtol=1e-12, atol=0)


def test_kl_divergence_where_the_deviation_underflows() -> None:
    q = SlashedNormal(torch.tensor(0.0, dtype=DOUBLE), torch.tensor(-40.0, dtype=DOUBLE))
    assert q.stddev == 0
    torch.testing.assert_close(kl_divergence(q, q.prior).item(), 1600.0)


def test_densities_are_those_of_a_normal(q: Any) -> None:
    normal, z = Normal(q.mean, q.stddev), torch.randn(3, 4, 5, dtype=DOUBLE)
    z = q.mean + q.stddev * z
    p = torch.linspace(0.01, 0.99, 5, dtype=DOUBLE)
    for got, want in (
        (q.log_prob(z), normal.log_prob(z)),
        (q.cdf(z), normal.cdf(z)),
        (q.icdf(p), normal.icdf(p)),
        (q.entropy(), normal.entropy()),
    ):
        torch.testing.assert_close(got, want, rtol=1e-11, atol=1e-11)
    centred = SlashedNormal(torch.zeros(4, 5), q.b)
    torch.testing.assert_close(centred.cdf(centred.icdf(p)), p.expand(4, 5), rtol=1e-14, atol=0)


def test_log_prob_against_mpmath(q: Any) -> None:
    z = q.mean + q.stddev * torch.linspace(-3, 3, 5, dtype=DOUBLE)
    for x, mean, std, log_prob in each(z, q.mean, q.stddev, q.log_prob(z)):
        with mp.workdps(40):
            want = mp.log(mp.npdf(mp.mpf(x), mp.mpf(mean), mp.mpf(std)))
            assert abs(log_prob - want) <= 1e-13 * (4 + abs(mp.log(std)))


def test_log_prob_at_the_mean_of_a_point_mass() -> None:
    q = SlashedNormal(torch.tensor(0.0), torch.tensor(-40.0))
    assert q.log_prob(q.mean).item() == pytest.approx(-q.log_stddev.item() - 0.9189385)
    assert q.log_prob(q.mean + 1).item() == -math.inf


def test_samples(q: Any) -> None:
    torch.manual_seed(0)
    z = q.sample((20000,))
    assert z.shape == (20000, 4, 5)
    error = (z.mean(0) - q.mean) / (q.stddev / math.sqrt(20000))
    assert error.abs().max() < 4.5
    torch.testing.assert_close(z.std(0), q.stddev, rtol=0.03, atol=0)
    assert not SlashedNormal(q.a.requires_grad_(), q.b).sample().requires_grad


def test_gradients_of_samples() -> None:
    """z = μ0 + √2·σ0·a + σ0·y(√2·b)·ε: against differences."""

    def draw(*parameters: Any) -> Any:
        torch.manual_seed(1)
        return SlashedNormal(*parameters).rsample((3,))

    parameters = [torch.tensor(v, dtype=DOUBLE) for v in ([0.3, -1.0], [0.0, -0.7], 0.2, 1.5)]
    assert torch.autograd.gradcheck(draw, [p.requires_grad_() for p in parameters])


def test_types_are_brought_together() -> None:
    q = SlashedNormal(torch.zeros(2), torch.zeros(2, dtype=DOUBLE), torch.ones(2).half())
    assert {q.mean.dtype, q.stddev.dtype, q.log_stddev.dtype, q.rsample().dtype} == {DOUBLE}


def test_expand(q: Any) -> None:
    wide = q.expand((3, 4, 5))
    assert isinstance(wide, SlashedNormal)
    assert wide.batch_shape == wide.mean.shape == wide.kl().shape == (3, 4, 5)
    assert torch.equal(wide.stddev[2], q.stddev)
    assert Independent(q, 1).log_prob(q.mean).shape == (4,)


def test_from_mean_std(q: Any) -> None:
    back = SlashedNormal.from_mean_std(q.mean, q.stddev, q.prior_mean, q.prior_std)
    torch.testing.assert_close(back.a, q.a, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(back.b, q.b, rtol=1e-12, atol=1e-15)
    same = SlashedNormal.from_mean_std(q.prior_mean, q.prior_std, q.prior_mean, q.prior_std)
    assert not same.kl().any()


@pytest.mark.parametrize(
    ("wrong", "name"),
    [((math.nan, 0.0), "a"), ((0.0, math.nan), "b"), ((0.0, 0.0, 0.0, -1.0), "prior_std")],
)
def test_validation(wrong: tuple[float, ...], name: str) -> None:
    with pytest.raises(ValueError, match=f"parameter {name} "):
        SlashedNormal(*wrong, validate_args=True)
    SlashedNormal(*wrong, validate_args=False)


def test_validation_of_values(q: Any) -> None:
    for density in (q.log_prob, q.cdf):
        with pytest.raises(ValueError, match="within the support"):
            density(torch.full((4, 5), math.nan))
