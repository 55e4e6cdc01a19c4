"""MultivariateSlashedNormal: Eq. 17–18 and 36–41, singular priors, the inverse, bad input."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from stdplus_ref.distribution.gaussian_kl import kl_divergence
from stdplus_ref.distribution.multivariate import MultivariateSlashedNormal
from stdplus_ref.distribution.slashed_normal import SlashedNormal
from tests import gaussian_truth as truth

HALF = np.sqrt(0.5)
TURN = np.array([[HALF, -HALF], [HALF, HALF]])
LINE = np.diag([1.0, 0.0])
FACTORS = {
    "square": (4, 4, 4),
    "lower triangular": (4, 4, 4),
    "tall": (6, 3, 3),
    "wide": (3, 5, 3),
    "singular": (4, 4, 2),
    "zero": (3, 2, 0),
}


def orthogonal(rng, k, *batch):
    return np.linalg.qr(rng.normal(size=(*batch, k, k)))[0]


def instance(kind, seed=0, batch=(), spread=1.0):
    """Seeded (psi, rotation, prior_mean, prior_factor) of a kind of factor."""
    rng = np.random.default_rng(seed)
    n, k, rank = FACTORS[kind]
    factor = rng.normal(size=(*batch, n, rank)) @ rng.normal(size=(*batch, rank, k))
    if kind == "lower triangular":
        factor = np.tril(rng.normal(size=(*batch, n, k)))
    psi = spread * (rng.normal(size=(*batch, k)) + 1j * rng.normal(size=(*batch, k)))
    return psi, orthogonal(rng, k, *batch), rng.normal(size=(*batch, n)), factor


@pytest.mark.parametrize("kind", FACTORS)
def test_mean_factor_and_covariance_follow_equation_17(kind):
    psi, rotation, prior_mean, prior_factor = instance(kind)
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    std = np.array([float(truth.stdplus(b)) for b in np.sqrt(2) * psi.imag])
    factor = prior_factor @ rotation @ np.diag(std)
    mean = prior_mean + np.sqrt(2) * prior_factor @ psi.real
    np.testing.assert_allclose(q.mean(), mean, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(q.factor(), factor, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(q.covariance(), factor @ factor.T, rtol=1e-12, atol=1e-12)
    assert q.prior_rank() == FACTORS[kind][2]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["square", "lower triangular", "wide"])
def test_kl_is_that_of_mean_and_covariance(kind, seed):
    psi, rotation, prior_mean, prior_factor = instance(kind, seed)
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    prior = prior_factor @ prior_factor.T
    want = float(truth.kl_covariance(q.mean(), q.covariance(), prior_mean, prior))
    assert q.kl() == pytest.approx(want, rel=1e-6)  # covariance() rounds, and κ amplifies that
    if kind == "wide":
        assert q.kl() < q.amplitude_norm()
    else:
        assert q.kl() == q.amplitude_norm() == pytest.approx(float((np.abs(psi) ** 2).sum()))


@pytest.mark.parametrize("spread", [1e-7, 1e-3, 1.0, 4.0])
@pytest.mark.parametrize("kind", ["wide", "singular", "zero"])
def test_kl_of_a_rank_deficient_prior_matches_its_exact_formula(kind, spread):
    psi, rotation, _, prior_factor = instance(kind, 5, spread=spread)
    if kind == "singular":  # make the rank exact: integer combinations of two rows
        prior_factor = np.array([[1, 0], [0, 1], [1, 1], [2, -1.0]]) @ np.round(
            8 * prior_factor[:2]
        )
    q = MultivariateSlashedNormal(psi, rotation, 0, prior_factor)
    if kind == "zero":
        assert q.kl() == 0
        return
    want = truth.kl_singular(psi, rotation, prior_factor)
    assert q.kl() == pytest.approx(float(want), rel=2e-12)
    assert q.kl() <= q.amplitude_norm()


def test_rank_deficient_kl_survives_a_wide_spread_of_the_amplitudes():
    psi = np.array([0.3 + 2j, -6j, 0.1 - 7j, 1 + 0.5j, -6.5j])
    _, rotation, _, prior_factor = instance("wide", 2)
    want = truth.kl_singular(psi, rotation, prior_factor)
    got = MultivariateSlashedNormal(psi, rotation, 0, prior_factor).kl()
    assert got == pytest.approx(float(want), rel=1e-12)


@pytest.mark.parametrize(
    ("rotation", "psi", "kl", "norm"),
    [  # the witnesses of paper-errata: Eq. 41 does not give the KL of the distributions
        (np.eye(2), [0, 3], 0, 9),
        (np.eye(2), [1 + 0.5j, 2 - 1j], 1.25, 6.25),
        (TURN, [1 + 0.5j, 2 - 1j], 1.009266417264403, 6.25),
        (TURN, [1j, -1j], 0.227591021309180, 2),
    ],
)
def test_witnesses_against_equation_41(rotation, psi, kl, norm):
    q = MultivariateSlashedNormal(psi, rotation, 0, LINE)
    assert q.kl() == pytest.approx(kl, abs=2e-15)
    assert q.amplitude_norm() == pytest.approx(norm, rel=1e-15)


def test_regularised_kl_tends_to_the_norm_and_not_to_the_kl():
    psi = np.array([1 + 0.5j, 2 - 1j])
    for small in (1e-2, 1e-5, 1e-8):
        factor = np.diag([1.0, small])
        q = MultivariateSlashedNormal(psi, TURN, 0, factor)
        prior = factor @ factor.T
        of_matrices = truth.kl_covariance(q.mean(), q.covariance(), [0, 0], prior)
        assert q.kl() == pytest.approx(6.25, rel=1e-15)
        assert float(of_matrices) == pytest.approx(6.25, rel=1e-6)


def test_tall_factor_of_full_rank_is_an_honest_degenerate_prior():
    psi, rotation, prior_mean, prior_factor = instance("tall")
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    assert q.kl() == q.amplitude_norm()
    matrices = kl_divergence(
        q.mean(),
        prior_mean,
        covariance=q.covariance(),
        prior_covariance=prior_factor @ prior_factor.T,
    )
    assert matrices == pytest.approx(float(q.kl()), rel=1e-9)


@pytest.mark.parametrize("kind", ["square", "lower triangular", "tall", "wide", "singular"])
def test_logpdf_and_entropy_agree_with_scipy(kind):
    psi, rotation, prior_mean, prior_factor = instance(kind, 3, spread=0.5)
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    x = q.sample(20, rng=1)
    reference = stats.multivariate_normal(q.mean(), q.covariance(), allow_singular=True)
    np.testing.assert_allclose(q.logpdf(x), reference.logpdf(x), rtol=1e-7, atol=1e-7)
    assert q.entropy() == pytest.approx(float(reference.entropy()), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("kind", ["tall", "singular", "zero"])
def test_logpdf_off_the_support_is_minus_infinity(kind, dtype):
    psi, *rest = (np.asarray(v) for v in instance(kind, 4))
    q = MultivariateSlashedNormal(
        psi.astype(np.result_type(dtype, 1j)), *(v.astype(dtype) for v in rest)
    )
    x = q.sample(50, rng=2)
    on = q.logpdf(x)
    assert np.all(np.isfinite(on))
    assert on.dtype == dtype
    normal = np.linalg.svd(rest[2])[0][:, -1].astype(dtype)
    eps = np.finfo(dtype).eps
    assert np.all(q.logpdf(x + 1e4 * eps * normal * np.abs(x).max()) == -np.inf)
    assert np.all(np.isfinite(q.logpdf(x + 1e-2 * normal, support_rtol=0.9)))
    if kind == "zero":
        np.testing.assert_array_equal(on, 0)


def test_logpdf_of_infinite_points():
    q = MultivariateSlashedNormal([1j, 1])
    np.testing.assert_array_equal(q.logpdf([[np.inf, 0], [0, -np.inf]]), -np.inf)


def test_samples_have_the_moments_of_equation_22():
    psi, rotation, prior_mean, prior_factor = instance("singular", 6, spread=0.5)
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    count = 40000
    draws = q.sample((count,), rng=3)
    assert np.array_equal(draws, q.sample(count, rng=np.random.default_rng(3)))
    std = np.sqrt(np.diag(q.covariance()))
    assert np.all(np.abs(draws.mean(0) - q.mean()) < 4.5 * std / np.sqrt(count))
    error = np.cov(draws.T) - q.covariance()
    assert np.all(np.abs(error) < 4.5 * np.sqrt(2 / count) * np.outer(std, std))


@pytest.mark.parametrize("kind", ["square", "lower triangular", "tall", "wide", "singular"])
def test_from_mean_covariance_recovers_the_distribution(kind):
    psi, rotation, prior_mean, prior_factor = instance(kind, 7, batch=(5,), spread=0.5)
    q = MultivariateSlashedNormal(psi, rotation, prior_mean, prior_factor)
    prior = prior_factor @ prior_factor.swapaxes(-1, -2)
    for given in ({"prior_factor": prior_factor}, {"prior_covariance": prior}):
        back = MultivariateSlashedNormal.from_mean_covariance(
            q.mean(), q.covariance(), prior_mean, **given
        )
        np.testing.assert_allclose(back.mean(), q.mean(), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(back.covariance(), q.covariance(), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(back.amplitude_norm(), q.kl(), rtol=1e-6)
        np.testing.assert_allclose(back.kl(), q.kl(), rtol=1e-6)


def test_from_mean_covariance_near_the_prior_keeps_relative_accuracy():
    prior = np.array([[2.0, 0.5], [0.5, 1.0]])
    covariance = prior * (1 + 2.0**-36)
    q = MultivariateSlashedNormal.from_mean_covariance([0, 0], covariance, 0, prior)
    want = truth.kl_covariance([0, 0], covariance, [0, 0], prior)
    assert q.kl() == pytest.approx(float(want), rel=1e-13)
    np.testing.assert_allclose(q.covariance(), covariance, rtol=1e-15)


def test_from_mean_covariance_of_diagonal_matrices_returns_the_amplitudes_themselves():
    psi = np.array([1 + 0.5j, 2 - 1j, -0.3 + 0.1j])
    for factor in (np.diag([1.0, 0.1, 3.0]), np.diag([1.0, 3.0, 0.0])):
        q = MultivariateSlashedNormal(psi, None, 0, factor)
        back = MultivariateSlashedNormal.from_mean_covariance(
            q.mean(), q.covariance(), 0, prior_factor=factor
        )
        np.testing.assert_allclose(back.psi, psi * (np.diag(factor) > 0), rtol=1e-14)
        assert np.array_equal(back.rotation, np.eye(3))


def test_from_mean_covariance_without_a_prior_means_the_standard_normal():
    q = MultivariateSlashedNormal.from_mean_covariance([1, 2], np.diag([0.25, 4]))
    want = truth.kl_std(1, 0.5, 0, 1) + truth.kl_std(2, 2, 0, 1)
    assert q.kl() == pytest.approx(float(want), rel=1e-14)


def test_posterior_off_the_prior_support_is_an_error():
    convert = MultivariateSlashedNormal.from_mean_covariance
    with pytest.raises(ValueError, match="must live on the prior's support"):
        convert([0, 1e-9], LINE, 0, LINE)
    with pytest.raises(ValueError, match="must live on the prior's support"):
        convert([0, 0], np.diag([1, 1e-9]), 0, prior_factor=LINE)
    with pytest.raises(ValueError, match="must be positive definite on the prior's support"):
        convert([0, 0], LINE, 0, np.eye(2))


def test_batches_mix_ranks_and_broadcast():
    rng = np.random.default_rng(8)
    factors = np.stack([np.eye(2), LINE, np.zeros((2, 2))])
    psi = rng.normal(size=(4, 1, 2)) + 1j * rng.normal(size=(4, 1, 2))
    q = MultivariateSlashedNormal(psi, TURN, np.array([1.0, 2.0]), factors)
    assert q.batch_shape == (4, 3)
    assert q.kl().shape == q.amplitude_norm().shape == q.entropy().shape == (4, 3)
    assert q.mean().shape == q.sample(rng=0).shape == (4, 3, 2)
    assert q.covariance().shape == (4, 3, 2, 2)
    np.testing.assert_array_equal(q.prior_rank(), [2, 1, 0])
    x = q.sample(7, rng=1)
    assert q.logpdf(x).shape == (7, 4, 3)
    for i in range(4):
        for j in range(3):
            one = MultivariateSlashedNormal(psi[i, 0], TURN, [1.0, 2.0], factors[j])
            assert q.kl()[i, j] == pytest.approx(float(one.kl()), rel=1e-13)
            np.testing.assert_allclose(q.logpdf(x)[:, i, j], one.logpdf(x[:, i, j]), rtol=1e-12)


def test_rank_does_not_depend_on_units_and_follows_rtol():
    units = np.diag([1e-12, 1e9, 1.0])
    rng = np.random.default_rng(9)
    q = MultivariateSlashedNormal(np.ones(3), None, 0, units @ rng.normal(size=(3, 3)))
    assert q.prior_rank() == 3
    nearly = np.diag([1.0, 1.0]) @ np.array([[1, 1], [1, 1 + 1e-9]])
    assert MultivariateSlashedNormal([1, 1], None, 0, nearly).prior_rank() == 2
    assert MultivariateSlashedNormal([1, 1], None, 0, nearly, rtol=1e-6).prior_rank() == 1


def test_types_follow_the_arguments(dtype):
    ctype = np.result_type(dtype, 1j)
    psi, *rest = (np.asarray(v) for v in instance("wide", 10))
    q = MultivariateSlashedNormal(psi.astype(ctype), *(v.astype(dtype) for v in rest))
    for value in (q.mean(), q.factor(), q.covariance(), q.kl(), q.entropy(), q.sample(rng=0)):
        assert value.dtype == dtype
    assert MultivariateSlashedNormal(psi.astype(ctype)).dtype == dtype


def test_prior_factors_next_to_overflow():
    for factor in (1.7e308 * np.eye(2), np.full((2, 2), 1.7e308)):
        q = MultivariateSlashedNormal([1, 0], prior_factor=factor)
        small = MultivariateSlashedNormal([1, 0], prior_factor=factor * 2.0**-100)
        assert q.prior_rank() == small.prior_rank() > 0
        assert q.kl() == small.kl()
        bits = float(q.prior_rank() * 100 * np.log(2))
        assert float(q.entropy() - small.entropy()) == pytest.approx(bits, rel=1e-13)


def test_entropy_of_a_tall_factor_in_mixed_units():
    rng = np.random.default_rng(8)
    for k in [1, 2, 3] * 30:
        factor = rng.normal(size=(6, k)) * 10 ** rng.uniform(-6, 6, (6, 1))
        with mp.workdps(80):
            exact = mp.matrix(factor.tolist())
            volume = mp.log(mp.det(exact.T * exact)) / 2
            entropy = volume + k * (1 + mp.log(2 * mp.pi)) / 2
        found = MultivariateSlashedNormal(np.zeros(k), prior_factor=factor).entropy()
        assert abs(float(found - entropy)) < 1e-13


def test_psi_so_low_that_std_underflows():
    q = MultivariateSlashedNormal([-40j, 0])
    assert q.kl() == 1600
    diagonal = SlashedNormal([-40j, 0]).entropy().sum()
    assert float(q.entropy()) == pytest.approx(float(diagonal), rel=1e-15)
    with pytest.raises(ValueError, match="psi has the imaginary part -40: stdplus underflows"):
        q.logpdf([0, 0])


WRONG = np.array([[1.0, 0.0], [0.0, 1.001]])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: MultivariateSlashedNormal([1j, 1], WRONG),
            ValueError,
            r"rotation must be orthogonal: \|PᵀP − I\| is up to 0.002, allowed is 2.84e-14",
        ),
        (lambda: MultivariateSlashedNormal([1j, 1], np.eye(3)), ValueError, "rotation must have"),
        (
            lambda: MultivariateSlashedNormal([1j], [[np.nan]]),
            ValueError,
            "rotation must be finite",
        ),
        (lambda: MultivariateSlashedNormal([np.inf]), ValueError, "psi must be finite"),
        (
            lambda: MultivariateSlashedNormal([1], None, [1, 2]),
            ValueError,
            "prior_mean must have 1",
        ),
        (
            lambda: MultivariateSlashedNormal([1], None, 0, np.eye(2)),
            ValueError,
            r"prior_factor must have shape \(..., n, 1\), got \(2, 2\)",
        ),
        (lambda: MultivariateSlashedNormal([1], rtol=2), ValueError, "rtol must lie in"),
        (
            lambda: MultivariateSlashedNormal(np.ones((2, 1)), None, np.ones((3, 1))),
            ValueError,
            r"psi \(batch\) \(2,\)",
        ),
        (lambda: MultivariateSlashedNormal([1]).logpdf([1, 2]), ValueError, "x must have 1"),
        (
            lambda: MultivariateSlashedNormal([1], prior_factor=[[1e-310]]).logpdf([1]),
            ValueError,
            "prior is so narrow that its inverse overflows in float64",
        ),
        (lambda: MultivariateSlashedNormal([1]).logpdf([np.nan]), ValueError, "x must not contain"),
        (lambda: MultivariateSlashedNormal([1]).sample(1.5), ValueError, "shape"),
        (
            lambda: MultivariateSlashedNormal.from_mean_covariance(
                [0], [[1]], 0, [[1]], prior_factor=[[1]]
            ),
            TypeError,
            "prior_covariance or prior_factor, got both",
        ),
        (
            lambda: MultivariateSlashedNormal.from_mean_covariance([0], [[1]], 0, np.eye(2)),
            ValueError,
            "prior_covariance must be 1 x 1",
        ),
        (
            lambda: MultivariateSlashedNormal.from_mean_covariance([0, 0], [[1, 2], [2, 1]]),
            ValueError,
            "covariance must be positive definite on the prior's support",
        ),
    ],
)
def test_bad_input_names_the_argument(call, error, match):
    with pytest.raises(error, match=match):
        call()
