"""Rate control (Eq. 20, §4.2, E.1) and the metrics of F.1."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from stdplus_ref import rate
from stdplus_ref.distribution.gaussian_kl import kl_divergence
from stdplus_ref.distribution.slashed_normal import SlashedNormal

AXES = {"batch": (-2, -1), "instance": (-1,), "feature": (-2,)}
N, K = 6, 4


def raw_amplitudes(shape=(N, K), dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return raw.astype(np.result_type(dtype, 1j))


def rates_of(psi, mode):
    return (np.abs(psi.astype(np.complex128)) ** 2).sum(AXES[mode])


@pytest.mark.parametrize("mode", AXES)
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_every_set_has_the_rate_asked_for(mode, size, dtype):
    raw = raw_amplitudes((2, N, K), dtype) * dtype(size)
    psi = rate.normalize_rate(raw, 3.5, mode)
    assert psi.dtype == raw.dtype
    np.testing.assert_allclose(rates_of(psi, mode), 3.5, rtol=8 * np.finfo(dtype).eps)
    ratio = psi / raw
    np.testing.assert_allclose(ratio.imag / ratio.real, 0, atol=8 * np.finfo(dtype).eps)
    assert np.all(ratio.real > 0)
    if mode != "instance":  # one factor for the whole set
        spread = np.ptp(ratio.real, axis=AXES[mode]) / ratio.real.max(AXES[mode])
        assert np.all(spread < 8 * np.finfo(dtype).eps)


def test_no_overflow_or_underflow_in_float64():
    for size in (1e-310, 1e300):
        psi = rate.normalize_rate(raw_amplitudes() * size, 2, "batch")
        np.testing.assert_allclose(rates_of(psi, "batch"), 2, rtol=1e-14)


@pytest.mark.parametrize(("mode", "sets"), [("instance", N), ("feature", K)])
def test_one_rate_per_set(mode, sets):
    wanted = np.linspace(0, 5, sets)
    psi = rate.normalize_rate(raw_amplitudes(), wanted, mode)
    np.testing.assert_allclose(rates_of(psi, mode), wanted, rtol=1e-14)


@pytest.mark.parametrize("mode", AXES)
def test_real_part_only_leaves_the_imaginary_part(mode):
    raw = raw_amplitudes()
    psi = rate.normalize_rate(raw, 2.0, mode, part="real")
    assert np.array_equal(psi.imag, raw.imag)
    np.testing.assert_allclose((psi.real**2).sum(AXES[mode]), 2, rtol=1e-14)
    np.testing.assert_allclose(rates_of(psi, mode), 2 + (raw.imag**2).sum(AXES[mode]), rtol=1e-14)


def test_the_kl_of_the_distribution_is_the_rate():
    q = SlashedNormal(rate.normalize_rate(raw_amplitudes(), 1.25, "instance"), 3.0, 0.5)
    kl = kl_divergence(q.mean(), 3.0, std=q.standard_deviation(), prior_std=0.5, axis=-1)
    np.testing.assert_allclose(kl, 1.25, rtol=1e-14)


def test_bits():
    psi = rate.normalize_rate(raw_amplitudes(), 3, "batch", unit="bits")
    np.testing.assert_allclose(rates_of(psi, "batch"), 3 * np.log(2), rtol=1e-14)
    assert rate.to_nats(1, "bits") == np.log(2)
    assert rate.from_nats(rate.to_nats(2.5, "bits"), "bits") == 2.5
    assert rate.from_nats(2.5) == rate.to_nats(2.5) == 2.5


def test_zero_vectors_have_no_direction():
    raw = raw_amplitudes()
    raw[2] = 0
    with pytest.raises(ValueError, match=r"1 sets \(mode 'instance'\) that are all zero"):
        rate.normalize_rate(raw, 1, "instance")
    psi = rate.normalize_rate(raw, 1, "instance", on_zero="keep")
    np.testing.assert_allclose(rates_of(psi, "instance"), [1, 1, 0, 1, 1, 1], rtol=1e-14)
    wanted = np.array([1, 1, 0, 1, 1, 1.0])  # no direction is needed at rate 0
    np.testing.assert_array_equal(rate.normalize_rate(raw, wanted, "instance")[2], 0)
    with pytest.raises(ValueError, match="all zero"):
        rate.normalize_rate(1j * raw.imag, 1, "batch", part="real")


def test_total_rate_gives_the_mean_rate_per_instance():
    for mode in AXES:
        total = rate.total_rate(2.0, mode, N, K)
        psi = rate.normalize_rate(raw_amplitudes(), total, mode)
        assert rates_of(psi, "instance").mean() == pytest.approx(2, rel=1e-14)


def test_rate_functions():
    np.testing.assert_array_equal(rate.committed_rate([-1.5, 0, 2], 0.5), [2, 0.5, 2.5])
    np.testing.assert_array_equal(rate.learnable_rate([-2, 3]), [4, 9])
    np.testing.assert_array_equal(rate.constant_rate(1.5, (2, 3)), np.full((2, 3), 1.5))


def test_fixed_rate_feature_mode_reproduces_batch_norm_moments():
    delta, raw = 0.3 * N, raw_amplitudes()
    mean = SlashedNormal(rate.normalize_rate(raw, delta, "feature", part="real")).mean()
    np.testing.assert_allclose((mean**2).mean(0), 2 * delta / N, rtol=1e-14)


@pytest.mark.parametrize("part", ["complex", "real"])
@pytest.mark.parametrize("mode", AXES)
def test_normalizer_trains_with_the_batch_and_evaluates_with_running_statistics(mode, part):
    normalizer = rate.RateNormalizer(2.0, mode, part=part, momentum=0.25)
    running = None
    for seed in range(4):
        raw = raw_amplitudes(seed=seed) * (1 + seed)
        psi = normalizer(raw, training=True)
        active = psi if part == "complex" else psi.real
        assert (np.abs(active) ** 2).sum() / N == pytest.approx(2, rel=1e-14)
        power = np.abs(raw if part == "complex" else raw.real) ** 2
        new = power.sum() / N if mode == "batch" else power.mean(0)
        running = new if running is None else 0.75 * running + 0.25 * new
    assert normalizer.batches_seen == (0 if mode == "instance" else 4)
    raw = raw_amplitudes(seed=9)
    psi = normalizer(raw, training=False)
    active, before = (psi, raw) if part == "complex" else (psi.real, raw.real)
    if mode == "instance":
        np.testing.assert_allclose((np.abs(active) ** 2).sum(-1), 2, rtol=1e-14)
    else:
        target = 2.0 if mode == "batch" else 2.0 / K
        np.testing.assert_allclose(active, before * np.sqrt(target / running), rtol=1e-13)
    np.testing.assert_allclose(normalizer(raw[:1], training=False), psi[:1], rtol=1e-15)
    if part == "real":
        assert np.array_equal(psi.imag, raw.imag)


def test_normalizer_without_momentum_averages_all_batches():
    normalizer = rate.RateNormalizer(1.0, "feature", momentum=None)
    batches = [raw_amplitudes(seed=seed) for seed in range(5)]
    for raw in batches:
        normalizer(raw, training=True)
    want = np.mean([np.abs(raw) ** 2 for raw in batches], axis=(0, 1))
    np.testing.assert_allclose(normalizer.running_mean_square, want, rtol=1e-13)
    everything = normalizer(np.concatenate(batches), training=False)
    assert rates_of(everything, "instance").mean() == pytest.approx(1, rel=1e-13)


def test_normalizer_rate_may_be_learned_and_given_in_bits():
    normalizer = rate.RateNormalizer(1.0, "batch", unit="bits")
    normalizer.rate_per_instance = 4.0
    psi = normalizer(raw_amplitudes(), training=True)
    assert rates_of(psi, "instance").mean() == pytest.approx(4 * np.log(2), rel=1e-14)


def test_normalizer_keeps_zero_features_only_if_asked():
    raw = raw_amplitudes()
    raw[:, 1] = 0
    with pytest.raises(ValueError, match="all zero"):
        rate.RateNormalizer(1.0, "feature")(raw, training=True)
    normalizer = rate.RateNormalizer(1.0, "feature", on_zero="keep")
    normalizer(raw, training=True)
    np.testing.assert_array_equal(normalizer(raw, training=False)[:, 1], 0)


def test_mean_kl_and_active_units():
    rng = np.random.default_rng(3)
    mean = rng.normal(size=(500, 3)) * [1.0, 0.05, 0.0] + 2
    std = rng.uniform(0.5, 1.5, size=(500, 3))
    q = SlashedNormal.from_mean_std(mean, std)
    want = (0.5 * (mean**2 + std**2 - 1 - 2 * np.log(std))).sum(-1).mean()
    assert rate.mean_kl(q) == pytest.approx(want, rel=1e-12)
    assert rate.mean_kl(q, "bits") == pytest.approx(want / np.log(2), rel=1e-12)
    np.testing.assert_allclose(rate.unit_activity(q), mean.var(0), rtol=1e-9, atol=1e-25)
    assert rate.active_units(q) == 1
    assert rate.active_units(q, threshold=0.001) == 2


def mutual_information_by_quadrature(mean, std):
    """I of instance and latent, one dimension, from the entropies."""

    def integrand(z):
        q = stats.norm(mean, std).pdf(z).mean()
        return -q * np.log(q) if q > 0 else 0.0

    edges = np.linspace((mean - 12 * std).min(), (mean + 12 * std).max(), 9)
    total = sum(integrate.quad(integrand, a, b, limit=200)[0] for a, b in itertools.pairwise(edges))
    return total - stats.norm(mean, std).entropy().mean()


def test_mutual_information_matches_quadrature_within_its_error():
    rng = np.random.default_rng(4)
    mean, std = rng.normal(size=12), rng.uniform(0.3, 1.0, 12)
    want = mutual_information_by_quadrature(mean, std)
    q = SlashedNormal.from_mean_std(mean[:, None], std[:, None])
    scores = []
    for seed in range(60):
        got = rate.mutual_information(q, samples=8, rng=seed)
        scores.append((got.mutual_information - want) / got.standard_error)
        assert got.mean_kl - got.marginal_kl == pytest.approx(got.mutual_information)
    scores = np.array(scores)
    assert np.abs(scores).max() < 4.5
    assert abs(scores.mean()) < 4.5 / np.sqrt(60)
    assert 0.7 < scores.std() < 1.35
    assert got.samples == 96


def test_theorem_4_1_bounds_but_does_not_equal_the_information():
    constant = SlashedNormal(np.full((50, 1), 1.2 + 0.3j))
    got = rate.mutual_information(constant, rng=0)
    assert got.mutual_information == pytest.approx(0, abs=1e-14)
    assert got.mean_kl == pytest.approx(1.53)
    two = SlashedNormal(np.array([[5.0], [-5.0]]))
    got = rate.mutual_information(two, samples=50, rng=0)
    assert got.mutual_information == pytest.approx(np.log(2), abs=1e-9)
    assert got.mean_kl == pytest.approx(25)


def test_mutual_information_is_reproducible_and_bounded_in_memory(monkeypatch):
    q = SlashedNormal(raw_amplitudes((40, 3)))
    whole = rate.mutual_information(q, rng=7)
    monkeypatch.setattr("stdplus_ref.rate._metrics._CHUNK", 1000)
    pieces = rate.mutual_information(q, rng=7)
    assert pieces.mutual_information == pytest.approx(whole.mutual_information, rel=1e-12)
    assert pieces.standard_error == pytest.approx(whole.standard_error, rel=1e-12)


def test_mutual_information_of_posteriors_narrower_than_a_ulp_of_their_means():
    means = 1e8 + np.array([0.0, 0.0, 3e-3, 1.0])  # two of the four coincide
    posterior = SlashedNormal.from_mean_std(means[:, None] * np.ones(3), 1e-12)
    found = rate.mutual_information(posterior, samples=50, rng=0)
    assert found.mutual_information == pytest.approx(1.5 * np.log(2), abs=1e-12)
    assert found.standard_error < 1e-12


def test_normalizer_evaluates_subnormal_amplitudes():
    raw = (RAW * 2.0**-140).astype(np.complex64)
    normalizer = rate.RateNormalizer(2.0, "feature")
    normalizer(raw, training=True)
    rates = SlashedNormal(normalizer(raw, training=False)).kl(axis=-1)
    assert rates.mean() == pytest.approx(2, rel=1e-6)


RAW = raw_amplitudes()
Q = SlashedNormal(RAW)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: rate.normalize_rate(RAW, 1, "layer"), ValueError, "mode must be one of 'batch'"),
        (lambda: rate.normalize_rate(RAW, -1, "batch"), ValueError, "rate must be at least 0"),
        (lambda: rate.normalize_rate(RAW, np.nan, "batch"), ValueError, "rate must be finite"),
        (lambda: rate.normalize_rate(RAW * np.inf, 1, "batch"), ValueError, "raw must be finite"),
        (lambda: rate.normalize_rate(RAW[0], 1, "batch"), ValueError, "raw must have shape"),
        (lambda: rate.normalize_rate(RAW[:0], 1, "batch"), ValueError, "not empty"),
        (lambda: rate.normalize_rate(RAW, [1, 2], "batch"), ValueError, "rate must broadcast"),
        (lambda: rate.normalize_rate(RAW, [1, 2], "feature"), ValueError, r"sets' shape \(4,\)"),
        (lambda: rate.normalize_rate(RAW, 1, "batch", part="imag"), ValueError, "part must be"),
        (lambda: rate.normalize_rate(RAW, 1, "batch", unit="dB"), ValueError, "unit must be"),
        (lambda: rate.normalize_rate(RAW, 1, "batch", on_zero="x"), ValueError, "on_zero must"),
        (lambda: rate.total_rate(1, "batch", 0, 1), ValueError, "instances must be at least 1"),
        (lambda: rate.total_rate(1, "batch", np.nan, 1), ValueError, "an integer, got nan"),
        (lambda: rate.total_rate(1, "feature", 1, 2.5), ValueError, "dimensions must be at least"),
        (
            lambda: rate.normalize_rate(RAW.astype(np.complex64), 1e39, "batch"),
            ValueError,
            "rate must be finite in float32",
        ),
        (lambda: rate.normalize_rate(RAW, 1, np.array(["batch"])), ValueError, "mode must be one"),
        (lambda: rate.constant_rate([1, 2], (3,)), ValueError, r"rate must broadcast to \(3,\)"),
        (lambda: rate.committed_rate([1, 2], [1, 2, 3]), ValueError, r"base \(3,\), raw \(2,\)"),
        (
            lambda: rate.RateNormalizer(1, "batch")(RAW * 1e200, training=True),
            ValueError,
            "raw is too large: its mean square overflows",
        ),
        (lambda: rate.committed_rate(1, -1), ValueError, "base must be at least 0"),
        (lambda: rate.learnable_rate(np.inf), ValueError, "root must be finite"),
        (lambda: rate.constant_rate(-1), ValueError, "rate must be at least 0"),
        (lambda: rate.RateNormalizer(-1, "batch"), ValueError, "rate_per_instance"),
        (lambda: rate.RateNormalizer(1, "batch", momentum=0), ValueError, "momentum"),
        (
            lambda: rate.RateNormalizer(1, "batch")(RAW, training=False),
            ValueError,
            "no running statistics",
        ),
        (
            lambda: rate.RateNormalizer(1, "batch")(RAW[0], training=True),
            ValueError,
            "raw must have shape",
        ),
        (lambda: rate.mean_kl(RAW), TypeError, "posterior must be a stdplus_ref.S"),
        (lambda: rate.mean_kl(SlashedNormal(1j)), ValueError, r"shape \(N, K\)"),
        (lambda: rate.active_units(Q, -1), ValueError, "threshold"),
        (lambda: rate.mutual_information(Q, samples=1), ValueError, "samples must be at least 2"),
        (lambda: rate.mutual_information(Q, samples=2.5), ValueError, "an integer, got 2.5"),
        (
            lambda: rate.mutual_information(SlashedNormal(RAW, 0, 0)),
            ValueError,
            "positive standard deviations",
        ),
        (
            lambda: rate.mutual_information(SlashedNormal(RAW - 40j)),
            ValueError,
            "one has underflowed",
        ),
    ],
)
def test_bad_input_names_the_argument(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_normalizer_rejects_another_number_of_features():
    normalizer = rate.RateNormalizer(1.0, "feature")
    normalizer(RAW, training=True)
    for training in (True, False):
        with pytest.raises(ValueError, match="raw must have 4 dimensions, got 3"):
            normalizer(RAW[:, :3], training=training)
