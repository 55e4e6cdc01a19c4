"""kl_divergence against the textbook formula in 80 digits, close to the prior and far from it."""

from __future__ import annotations

import numpy as np
import pytest

from stdplus_ref.distribution.gaussian_kl import kl_divergence
from tests import gaussian_truth as truth

ROTATION = np.array([[0.6, -0.8], [0.8, 0.6]])


def covariance_pair(rng, n, dtype, size, stretch):
    """A prior covariance, a posterior at relative distance `size` from it, and a mean shift."""
    factor = rng.normal(size=(n, n)) * np.exp(stretch * rng.normal(size=(n, 1)))
    prior = (factor @ factor.T + np.diag(np.diag(factor @ factor.T))).astype(dtype)
    root = np.linalg.cholesky(prior.astype(float))
    noise = rng.normal(size=(n, n)) * size
    if size <= 0.1:
        posterior = prior + root @ (noise + noise.T) @ root.T
    else:
        posterior = root @ (noise @ noise.T + 0.1 * size**2 * np.eye(n)) @ root.T
    posterior = posterior.astype(dtype)
    shift = (root @ rng.normal(size=n) * size).astype(dtype)
    return (
        shift,
        np.tril(posterior) + np.tril(posterior, -1).T,
        np.tril(prior) + np.tril(prior, -1).T,
    )


def scaled_condition(matrix):
    """Condition number of a covariance scaled to unit variances."""
    root = np.sqrt(np.diag(matrix))
    return np.linalg.cond(matrix / np.outer(root, root))


@pytest.mark.parametrize("distance", [0, 1e-12, 1e-7, 1e-3, 0.3, 3.0, 30.0])
def test_std_pairs_have_the_stated_relative_error(dtype, distance):
    rng = np.random.default_rng(5)
    prior_std = np.exp(rng.uniform(-4, 4, 40)).astype(dtype)
    prior_mean = rng.normal(size=40).astype(dtype)
    std = (prior_std * np.exp(distance * rng.normal(size=40) / 4)).astype(dtype)
    mean = (prior_mean + distance * prior_std * rng.normal(size=40)).astype(dtype)
    if distance == 0:
        std = np.nextafter(prior_std, dtype(0))
    got = kl_divergence(mean, prior_mean, std=std, prior_std=prior_std)
    assert got.dtype == dtype
    for i in range(40):
        want = truth.kl_std(mean[i], std[i], prior_mean[i], prior_std[i])
        assert truth.ulps(got[i], want) <= 8


def test_a_kl_far_below_epsilon_keeps_its_digits_where_the_textbook_formula_loses_all():
    std = np.float64.fromhex("0x1.0000000010000p+0")
    want = truth.kl_std(0, std, 0, 1)
    textbook = 0.5 * (std**2 - 1 - 2 * np.log(std))
    assert truth.ulps(kl_divergence(0, 0, std=std, prior_std=1), want) <= 8
    assert abs(textbook / float(want) - 1) > 0.4


@pytest.mark.parametrize("power", [0.75, 0.5, 0.25, 0.1, 0.0, -0.1])  # distance = eps**power
@pytest.mark.parametrize("n", [1, 2, 5])
def test_covariance_pairs_have_the_stated_relative_error(dtype, power, n):
    size = float(np.finfo(dtype).eps) ** power
    rng = np.random.default_rng(n)
    for stretch in (0, 3):
        mean, covariance, prior = covariance_pair(rng, n, dtype, size, stretch)
        zero = np.zeros(n, dtype)
        got = kl_divergence(mean, zero, covariance=covariance, prior_covariance=prior)
        want = truth.kl_covariance(mean, covariance, zero, prior)
        root = np.linalg.cholesky(prior.astype(float))
        inverse = np.linalg.inv(root)
        relative = inverse @ covariance.astype(float) @ inverse.T
        limit = 32 * n * scaled_condition(prior.astype(float)) * scaled_condition(relative)
        assert truth.ulps(got, want) <= limit
        assert got.dtype == dtype


def test_diagonal_covariances_of_any_spread_agree_with_std_pairs():
    std, prior_std = np.array([1e-9, 1.0, 1e6]), np.array([1e-12, 1e5, 1e6])
    want = kl_divergence([0, 1, 2], 0, std=std, prior_std=prior_std, axis=-1)
    got = kl_divergence(
        [0, 1, 2], 0, covariance=np.diag(std**2), prior_covariance=np.diag(prior_std**2)
    )
    assert got == pytest.approx(float(want), rel=1e-13)


def test_batches_and_axes():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(4, 1, 3, 3))
    covariance = factor @ factor.swapaxes(-1, -2)
    prior = np.stack([np.eye(3), 2 * np.eye(3)])
    got = kl_divergence(np.zeros(3), 1.0, covariance=covariance, prior_covariance=prior)
    assert got.shape == (4, 2)
    one = kl_divergence(np.zeros(3), 1.0, covariance=covariance[2, 0], prior_covariance=prior[1])
    assert got[2, 1] == pytest.approx(float(one), rel=1e-13)
    std = rng.gamma(2, size=(4, 3))
    summed = kl_divergence(0, 0, std=std, prior_std=1, axis=-1)
    np.testing.assert_allclose(summed, kl_divergence(0, 0, std=std, prior_std=1).sum(-1))


def test_singular_std():
    got = kl_divergence([0, 1, 0, 0, 1], 0, std=[0, 0, 1, 0, 1], prior_std=[0, 0, 0, 1, 0])
    np.testing.assert_array_equal(got, [0, np.inf, np.inf, np.inf, np.inf])


@pytest.mark.parametrize("turn", [np.eye(2), ROTATION])
def test_singular_covariances_are_finite_only_on_the_same_line(turn):
    def rotated(*diagonal):
        return turn @ np.diag(diagonal) @ turn.T

    line = rotated(4.0, 0.0)
    along, across = 3 * turn[:, 0], 1e-6 * turn[:, 1]

    def kl(mean, covariance, prior):
        return kl_divergence(mean, 0, covariance=covariance, prior_covariance=prior)

    want = float(truth.kl_std(3, 1, 0, 2))
    assert kl(along, rotated(1, 0), line) == pytest.approx(want, rel=1e-13)
    assert kl(0, line, line) < 1e-30
    assert kl(along + across, rotated(1, 0), line) == np.inf
    assert kl(0, rotated(1, 1e-6), line) == np.inf
    assert kl(0, rotated(0, 0), line) == np.inf
    assert kl(0, rotated(1, 0), rotated(1, 1)) == np.inf
    assert kl(0, rotated(0, 0), rotated(0, 0)) == 0
    assert kl(along, rotated(0, 0), rotated(0, 0)) == np.inf


def test_correlated_singular_posterior_is_infinite():
    perfect = np.ones((2, 2))
    assert kl_divergence(0, 0, covariance=perfect, prior_covariance=np.eye(2)) == np.inf


EYE = np.eye(2)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: kl_divergence(0, 0), TypeError, "either std and prior_std, or covariance"),
        (lambda: kl_divergence(0, 0, std=1), TypeError, "either std and prior_std"),
        (lambda: kl_divergence(0, 0, std=1, prior_covariance=EYE), TypeError, "either std"),
        (lambda: kl_divergence(0, 0, std=1, prior_std=1, rtol=0.1), TypeError, "rtol"),
        (
            lambda: kl_divergence(0, 0, covariance=EYE, prior_covariance=EYE, axis=0),
            TypeError,
            "axis applies",
        ),
        (lambda: kl_divergence(0, 0, std=-1, prior_std=1), ValueError, "std must be at least 0"),
        (lambda: kl_divergence(0, np.nan, std=1, prior_std=1), ValueError, "prior_mean"),
        (lambda: kl_divergence([0, 1], 0, std=[1, 1, 1], prior_std=1), ValueError, "mean .2,."),
        (
            lambda: kl_divergence(0, 0, covariance=[[1, 2], [0, 1]], prior_covariance=EYE),
            ValueError,
            "covariance must be symmetric, mirrored entries differ by 2",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=[[1, 2], [2, 1]], prior_covariance=EYE),
            ValueError,
            "covariance must be positive semidefinite",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=-EYE, prior_covariance=EYE),
            ValueError,
            "covariance must be positive semidefinite",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=EYE, prior_covariance=[[1, 2], [2, 1]]),
            ValueError,
            "prior_covariance must be positive semidefinite",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=EYE, prior_covariance=-EYE),
            ValueError,
            "prior_covariance has the negative variance -1",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=[[0, 1e-3], [1e-3, 1]], prior_covariance=EYE),
            ValueError,
            "covariance must be positive semidefinite",
        ),
        (  # negative off the prior's support
            lambda: kl_divergence(
                0, 0, covariance=np.diag([1, -1e-9]), prior_covariance=np.diag([1, 0])
            ),
            ValueError,
            "covariance must be positive semidefinite",
        ),
        (
            lambda: kl_divergence(
                0, 0, covariance=1e200 * (EYE + 0.5), prior_covariance=1e-200 * (EYE + 0.5)
            ),
            ValueError,
            "their ratio overflows",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=np.eye(3), prior_covariance=EYE),
            ValueError,
            "covariance must be 2 x 2",
        ),
        (
            lambda: kl_divergence([0, 0, 0], 0, covariance=EYE, prior_covariance=EYE),
            ValueError,
            "mean must have 2 components",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=[1, 2], prior_covariance=EYE),
            ValueError,
            "covariance must be square",
        ),
        (
            lambda: kl_divergence(0, 0, covariance=EYE, prior_covariance=EYE, rtol=-1),
            ValueError,
            "rtol must lie in",
        ),
    ],
)
def test_bad_input_names_the_argument(call, error, match):
    with pytest.raises(error, match=match):
        call()
