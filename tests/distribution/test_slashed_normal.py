"""SlashedNormal: Eq. 6–16 against mpmath and scipy.stats, the promised round trip, bad input."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

from stdplus_ref import exact, inv_log_stdplus
from stdplus_ref.distribution.slashed_normal import SlashedNormal, m0, m1, variance_from_mean_kl
from tests import gaussian_truth as truth

SQRT2 = math.sqrt(2)
PARTS_ULP = 4  # SlashedNormal.from_mean_std: each part of psi


def posteriors(dtype, count=300):
    """Seeded (mean, std, prior_mean, prior_std): far, near, and at the neighbours of the prior."""
    rng = np.random.default_rng(7)
    prior_mean = rng.normal(size=count)
    prior_std = np.exp(rng.uniform(-5, 5, count)).astype(dtype)
    mean = prior_mean + prior_std * rng.normal(size=count) * 10.0 ** rng.uniform(-8, 1, count)
    ratio = np.exp(rng.uniform(-30, 8, count))
    near = rng.random(count) < 0.6
    ratio[near] = 1 + (rng.choice([-1, 1], count) * 10.0 ** rng.uniform(-17, 0, count))[near] / 2
    std = (prior_std * ratio).astype(dtype)
    std[::10] = np.nextafter(prior_std, dtype(np.inf))[::10]
    std[5::10] = np.nextafter(prior_std, dtype(0))[5::10]
    return mean.astype(dtype), std, prior_mean.astype(dtype), prior_std


def test_from_mean_std_is_the_exact_inverse(dtype):
    arguments = posteriors(dtype)
    q = SlashedNormal.from_mean_std(*arguments)
    for psi, mean, std, prior_mean, prior_std in zip(q.psi, *arguments, strict=True):
        with mp.workdps(truth.DIGITS):
            a = (truth.exact(mean) - truth.exact(prior_mean)) / truth.exact(prior_std) / mp.sqrt(2)
            b = truth.deviate(std, prior_std) / mp.sqrt(2)
        assert truth.ulps(psi.real, a) <= PARTS_ULP
        assert truth.ulps(psi.imag, b) <= PARTS_ULP


def test_kl_is_that_of_mean_and_std(dtype):
    arguments = posteriors(dtype)
    kl = SlashedNormal.from_mean_std(*arguments).kl()
    for got, *argument in zip(kl, *arguments, strict=True):
        assert truth.ulps(got, truth.kl_std(*argument)) <= 2 * PARTS_ULP + 2


def test_round_trip_returns_mean_and_std_to_the_stated_ulp(dtype):
    mean, std, prior_mean, prior_std = posteriors(dtype, 20000)
    q = SlashedNormal.from_mean_std(mean, std, prior_mean, prior_std)
    larger = np.maximum(np.abs(mean), np.abs(prior_mean))
    assert np.all(np.abs(q.mean() - mean) <= 4 * np.spacing(larger))
    allowed = 4 + 4 * np.abs(np.log(std.astype(float) / prior_std))
    assert np.all(np.abs(q.standard_deviation() - std) <= allowed * np.spacing(std))


def test_std_equal_to_prior_std_is_exactly_zero_amplitude(dtype):
    std = np.array([1e-30, 0.1, 3.0, 1e30], dtype)
    q = SlashedNormal.from_mean_std(std, std, std, std)
    assert np.all(q.psi == 0)
    assert np.array_equal(q.standard_deviation(), std)


def test_extreme_ratios_of_std():
    q = SlashedNormal.from_mean_std(0.0, [1e-300, 1e150], 0.0, [1e200, 1e-100])
    for b, std, prior_std in zip(q.psi.imag, (1e-300, 1e150), (1e200, 1e-100), strict=True):
        assert truth.ulps(b, truth.deviate(std, prior_std) / mp.sqrt(2)) < 100
    assert q.log_standard_deviation()[0] == pytest.approx(np.log(1e-300), rel=1e-13)


def test_moments_follow_equation_15(dtype):
    rng = np.random.default_rng(1)
    psi = (rng.normal(size=50) + 1j * rng.normal(size=50)).astype(np.result_type(dtype, 1j))
    prior_mean, prior_std = rng.normal(size=50).astype(dtype), rng.gamma(2, size=50).astype(dtype)
    q = SlashedNormal(psi, prior_mean, prior_std)
    assert q.mean().dtype == q.standard_deviation().dtype == q.kl().dtype == dtype
    for i in range(50):
        with mp.workdps(truth.DIGITS):
            root = mp.sqrt(2)
            scale = truth.exact(prior_std[i])
            ratio = truth.stdplus(root * truth.exact(psi.imag[i]))
            mean = truth.exact(prior_mean[i]) + root * scale * truth.exact(psi.real[i])
            std = scale * ratio
        tolerance = 4 * float(np.finfo(dtype).eps)
        assert q.mean()[i] == pytest.approx(float(mean), rel=tolerance, abs=4 * tolerance)
        slope = 1 + 2 * float(abs(mp.log(ratio)))
        assert truth.ulps(q.standard_deviation()[i], std) <= 2 + 2 * slope
        assert q.variance()[i] == pytest.approx(float(std**2), rel=2 * slope * tolerance)
        assert q.log_standard_deviation()[i] == pytest.approx(
            float(mp.log(std)), abs=2 * slope * tolerance
        )


def test_kl_identity_of_equation_16_at_the_float_amplitudes():
    rng = np.random.default_rng(2)
    for a, b in rng.normal(size=(20, 2)):
        with mp.workdps(truth.DIGITS):
            std = truth.stdplus(mp.sqrt(2) * truth.exact(b))
            mean = mp.sqrt(2) * truth.exact(a)
            definition = (mean**2 + std**2 - mp.log(std**2) - 1) / 2
        assert truth.ulps(SlashedNormal(a + 1j * b).kl(), definition) <= 2


def test_log_standard_deviation_does_not_underflow(dtype):
    psi = np.array([-1e3j, -1e4j]).astype(np.result_type(dtype, 1j))
    q = SlashedNormal(psi, 0, 2)
    assert np.all(q.standard_deviation() == 0)
    expected = np.log(2) - (np.array([1e6, 1e8]) * 2 + 1) / 2
    np.testing.assert_allclose(q.log_standard_deviation(), expected, rtol=4 * np.finfo(dtype).eps)


DEEP = {  # (σ, σ0): σ/σ0 is subnormal or 0, σ is neither
    np.float32: [(1e-38, 1e5), (1e-10, 3e38), (1.0, 3e38), (2e-38, 3e38), (3e-38, 1e3)],
    np.float64: [(2e-109, 3e249), (1.0, 1e308), (1e-300, 1e10), (3e-308, 1.7e308), (1e-30, 1e280)],
}


@pytest.mark.parametrize("case", range(5))
def test_deviations_that_are_representable_where_their_ratio_is_not(dtype, case):
    """σ0·stdplus(√2·b) as `exact` has it; and its density and samples."""
    std, prior_std = (dtype(each) for each in DEEP[dtype][case])
    q = SlashedNormal.from_mean_std(dtype(0), std, dtype(0), prior_std)
    x = dtype(SQRT2) * q.psi.imag
    assert x.dtype == dtype
    with mp.workdps(truth.DIGITS):
        want = truth.exact(prior_std) * exact.stdplus(float(x), digits=truth.DIGITS)
        got = q.standard_deviation()
        assert got.dtype == dtype
        assert truth.ulps(got, want) <= 4
        assert truth.ulps(std, want) <= 4 + 4 * abs(mp.log(want / truth.exact(prior_std)))
        if want < np.finfo(dtype).tiny * 2:
            return  # the points below are subnormal numbers
        lost = abs(truth.exact(q.log_standard_deviation()) - mp.log(want))
        assert lost <= 2 * np.finfo(dtype).eps * (2 + abs(mp.log(want)))
        for z in (dtype(0), std, -dtype(2.5) * std):
            density = mp.log(mp.npdf(truth.exact(z), 0, want))
            lost = abs(truth.exact(q.logpdf(z)) - density)
            assert lost <= 8 * np.finfo(dtype).eps * (2 + abs(mp.log(want)))
        (noise,) = np.random.default_rng(5).standard_normal(1, dtype)
        assert truth.ulps(q.sample(1, rng=5)[0], want * truth.exact(noise)) <= 6


def test_the_logarithm_of_a_deviation_does_not_cancel():
    """log σ0 ≈ 576 and t ≈ −576 leave 1e-13 of log σ; σ itself knows it."""
    b = float(inv_log_stdplus(-np.log(1e250)) / SQRT2)
    q = SlashedNormal(1j * b, 0, 1e250)
    with mp.workdps(truth.DIGITS):
        x = SQRT2 * b
        want = mp.log(truth.exact(1e250)) + exact.log_stdplus(x, digits=truth.DIGITS)
        assert abs(want) < 1e-11
        assert abs(truth.exact(q.log_standard_deviation()) - want) < 1e-15
        assert abs(truth.exact(q.entropy()) - want - mp.log(2 * mp.pi * mp.e) / 2) < 1e-15


def test_logpdf_and_entropy_agree_with_scipy(dtype):
    rng = np.random.default_rng(3)
    psi = (rng.normal(size=(4, 1, 5)) + 1j * rng.normal(size=(4, 1, 5))) / 2
    q = SlashedNormal(psi.astype(np.result_type(dtype, 1j)), 0.5, 3.0)
    x = rng.normal(0, 3, size=(7, 5)).astype(dtype)
    reference = stats.norm(q.mean().astype(float), q.standard_deviation().astype(float))
    rtol = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(q.logpdf(x), reference.logpdf(x.astype(float)), rtol=rtol)
    np.testing.assert_allclose(q.entropy(), reference.entropy(), rtol=rtol, atol=rtol)
    assert q.logpdf(x).dtype == q.entropy().dtype == dtype
    assert q.logpdf(x).shape == (4, 7, 5)


def test_logpdf_at_infinity_and_where_std_underflows():
    q = SlashedNormal(np.array([0, -30j]))
    np.testing.assert_array_equal(q.logpdf([np.inf, -np.inf]), [-np.inf, -np.inf])
    assert q.logpdf(0.0)[1] == pytest.approx(900.5 - 0.5 * np.log(2 * np.pi))
    assert q.logpdf(1e-3)[1] == -np.inf
    tiny = SlashedNormal(-26.8j)  # σ is subnormal: the score comes from logarithms
    x = float(mp.exp(-718))
    z = mp.mpf(x) / truth.stdplus(mp.sqrt(2) * truth.exact(-26.8))
    want = -z * z / 2 - mp.log(truth.stdplus(mp.sqrt(2) * truth.exact(-26.8)) * mp.sqrt(2 * mp.pi))
    assert tiny.logpdf(x) == pytest.approx(float(want), rel=1e-9)


def test_sample_shape_type_seed_and_moments(dtype):
    psi = np.array([[0.5 - 0.5j, 0.1 + 0.4j, -1j]]).astype(np.result_type(dtype, 1j))
    q = SlashedNormal(psi, dtype(2), dtype(0.5))
    draws = q.sample((40000, 1), rng=11)
    assert draws.shape == (40000, 1, 1, 3)
    assert draws.dtype == dtype
    assert np.array_equal(draws, q.sample((40000, 1), rng=np.random.default_rng(11)))
    assert q.sample(rng=1).shape == (1, 3)
    assert q.sample(4, rng=1).shape == (4, 1, 3)
    error = np.abs(draws.mean((0, 1)) - q.mean()) / (q.standard_deviation() / 200)
    assert np.all(error < 4.5)
    ratio = draws.std((0, 1)) / q.standard_deviation()
    assert np.all(np.abs(ratio - 1) < 4.5 / np.sqrt(2 * 40000))


def test_kl_sums_over_axes_like_numpy():
    psi = np.arange(24).reshape(2, 3, 4) * (0.3 + 0.1j)
    q = SlashedNormal(psi)
    squares = np.abs(psi) ** 2
    for axis in ((), 0, -1, (0, 2), None):
        np.testing.assert_allclose(q.kl(axis), squares.sum(axis=axis), rtol=1e-15)


def test_broadcast_counts_every_variable():
    q = SlashedNormal(1j, np.zeros((3, 1)), np.ones(4))
    assert q.shape == (3, 4)
    assert q.mean().shape == q.kl().shape == q.sample(rng=0).shape == (3, 4)
    assert q.kl(axis=None) == 12


def test_point_prior_has_kl_zero_whatever_psi():
    q = SlashedNormal([3 + 4j, 3 + 4j], 1.5, [0, 1])
    np.testing.assert_array_equal(q.kl(), [0, 25])
    assert q.mean()[0] == 1.5
    assert q.standard_deviation()[0] == 0
    assert q.entropy()[0] == -np.inf
    np.testing.assert_array_equal(q.logpdf(1.5)[0], np.inf)
    assert q.logpdf(1.4)[0] == -np.inf
    back = SlashedNormal.from_mean_std(1.5, 0, 1.5, 0)
    assert back.psi == 0


def test_python_scalars_are_weak_and_wide_priors_promote():
    assert SlashedNormal(np.complex64(1j), 0.5, 2).dtype == np.float32
    assert SlashedNormal(np.complex64(1j), np.float64(0.5)).dtype == np.float64
    assert SlashedNormal([1, 2]).psi.dtype == np.complex128
    assert SlashedNormal.from_mean_std(np.float32(1), 1).psi.dtype == np.complex64


def test_m0_and_m1_are_the_lambert_w_branches():
    k = -np.geomspace(1e-3, 30, 40)
    z = -np.exp(k - 1)
    np.testing.assert_allclose(m0(k), -special.lambertw(z, 0).real, rtol=1e-11)
    np.testing.assert_allclose(m1(k), -special.lambertw(z, -1).real, rtol=1e-11)
    assert m0(0) == m1(0) == 1


@pytest.mark.parametrize("branch", [0, 1])
def test_variance_from_mean_kl_has_that_kl(branch):
    mean, delta = np.array([0.0, 1.5, -2.0]), np.array([0.3, 4.0, 1.25])
    variance = variance_from_mean_kl(mean, delta, branch, 0.5, 2.0)
    assert np.all((variance < 4) if branch == 0 else (variance > 4))
    for m, v, d in zip(mean, variance, delta, strict=True):
        assert float(truth.kl_std(m, np.sqrt(v), 0.5, 2.0)) == pytest.approx(d, rel=1e-13)


def test_infeasible_mean_and_kl_is_an_error_and_its_edge_is_not():
    with pytest.raises(ValueError, match=r"kl must be at least .* smaller by up to 0\.1"):
        variance_from_mean_kl(1.0, 0.4, 0)
    mean = np.linspace(0.05, 5, 200)
    np.testing.assert_allclose(variance_from_mean_kl(mean, mean**2 / 2, 1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: SlashedNormal([np.nan]), ValueError, "psi must be finite"),
        (lambda: SlashedNormal(1j, np.inf), ValueError, "prior_mean must be finite"),
        (lambda: SlashedNormal(1j, 0, -1), ValueError, "prior_std must be at least 0"),
        (lambda: SlashedNormal(1j, 0, np.nan), ValueError, "prior_std must be finite"),
        (lambda: SlashedNormal(np.complex64(1j), 1e300), ValueError, "prior_mean must be finite"),
        (lambda: SlashedNormal([1j, 2j], [1, 2, 3]), ValueError, "psi .2,., prior_mean .3,."),
        (lambda: SlashedNormal([[1], [1, 2]]), ValueError, "psi must be a rectangular array"),
        (lambda: SlashedNormal("a"), TypeError, "psi"),
        (lambda: SlashedNormal(1j, 1j), TypeError, "prior_mean must be real"),
        (lambda: SlashedNormal(np.clongdouble(1)), TypeError, "psi"),
        (lambda: SlashedNormal.from_mean_std(0, -1), ValueError, "std must be at least 0"),
        (lambda: SlashedNormal.from_mean_std(0, 0), ValueError, "std must be positive"),
        (lambda: SlashedNormal.from_mean_std(0, 1, 0, 0), ValueError, "prior_std is 0"),
        (lambda: SlashedNormal.from_mean_std(0, 1e300, 0, 1e-300), ValueError, "overflow"),
        (lambda: SlashedNormal.from_mean_std([0, 1], [1, 1, 1]), ValueError, "mean .2,., std .3,."),
        (lambda: SlashedNormal(1j).logpdf(np.nan), ValueError, "x must not contain NaN"),
        (lambda: SlashedNormal([1j, 1]).logpdf([1, 2, 3]), ValueError, "x .3,."),
        (lambda: SlashedNormal(1j).logpdf(1j), TypeError, "x must be real"),
        (lambda: SlashedNormal(1j).sample(-1), ValueError, "shape"),
        (lambda: m0(0.1), ValueError, "k must be at most 0"),
        (lambda: variance_from_mean_kl(0, 1, 2), ValueError, "branch must be one of 0, 1"),
        (lambda: variance_from_mean_kl(0, 1, 0, 0, 0), ValueError, "prior_std must be positive"),
        (lambda: variance_from_mean_kl(0, 1, np.array([0, 1])), ValueError, "branch must be one"),
        (lambda: variance_from_mean_kl(1e200, 1, 0), ValueError, "kl must be at least"),
        (lambda: variance_from_mean_kl([0, 0], [1] * 3, 0), ValueError, r"mean .2,., kl .3,."),
        (lambda: variance_from_mean_kl(0, np.nan, 0), ValueError, "kl must be finite"),
    ],
)
def test_bad_input_names_the_argument(call, error, match):
    with pytest.raises(error, match=match):
        call()
