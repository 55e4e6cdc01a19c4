"""`stdplus_ref.torch.SlashedNormal` against mpmath and `torch.distributions.Normal`."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import stdplus_ref
from stdplus_ref import exact, rate
from tests import gaussian_truth as truth

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

from torch import nn  # noqa: E402
from torch.distributions import Independent, Normal, kl_divergence  # noqa: E402

from stdplus_ref.torch import SlashedNormal  # noqa: E402

SINGLE, DOUBLE = torch.float32, torch.float64


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


class TestSecondDerivatives:
    """Of densities, at the mean and beside it."""

    @pytest.mark.parametrize("shift", [0.0, 0.7, -3.0])
    def test_they_are_those_of_a_normal(self, shift: float) -> None:
        q = SlashedNormal.from_mean_std(torch.tensor(0.3, dtype=DOUBLE), 1.3, -0.2, 0.9)
        normal, z = Normal(q.mean, q.stddev), q.mean + shift
        for name in ("log_prob", "cdf"):
            mine, theirs = getattr(q, name), getattr(normal, name)
            for transform in (torch.func.grad, torch.func.hessian):
                got, want = transform(mine)(z), transform(theirs)(z)
                torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-14)
        torch.testing.assert_close(torch.func.hessian(q.log_prob)(z).item(), -1 / 1.3**2)

    @pytest.mark.parametrize("shift", [0.0, 0.7])
    @pytest.mark.parametrize("name", ["log_prob", "cdf"])
    def test_in_all_parameters(self, name: str, shift: float) -> None:
        """Against differences; the third argument is the value, which starts at the mean."""

        def density(z: Any, *parameters: Any) -> Any:
            return getattr(SlashedNormal(*parameters, validate_args=False), name)(z)

        leaves = [torch.tensor(v, dtype=DOUBLE) for v in ([0.3, -1.0], [0.0, -0.7], 0.2, 1.5)]
        z = SlashedNormal(*leaves).mean + shift
        leaves = [each.requires_grad_() for each in (z, *leaves)]
        assert torch.autograd.gradcheck(density, leaves, check_forward_ad=True)
        assert torch.autograd.gradgradcheck(density, leaves)


# (σ, σ0): σ/σ0 is subnormal or 0, σ is neither
DEEP = {
    SINGLE: [(1e-38, 1e5), (1e-10, 3e38), (1.0, 3e38), (3e-38, 1e3)],
    DOUBLE: [(2e-109, 3e249), (1.0, 1e308), (1e-300, 1e10), (1e-30, 1e280)],
}


@pytest.mark.parametrize("case", range(4))
@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("transformed", [False, True])
def test_deviations_that_are_representable_where_their_ratio_is_not(
    dtype: Any, case: int, transformed: bool
) -> None:
    """σ0·stdplus(√2·b) as `exact` has it, its slope, density and samples, eager and within vmap."""
    std, prior_std = (torch.tensor(each, dtype=dtype) for each in DEEP[dtype][case])
    b = SlashedNormal.from_mean_std(torch.zeros((), dtype=dtype), std, 0.0, prior_std).b

    def of(draw: Any, b: Any, **options: Any) -> Any:
        """`draw` of the distribution, as a number."""

        def each(b: Any) -> Any:
            return draw(SlashedNormal(torch.zeros_like(b), b, 0.0, prior_std, validate_args=False))

        got = torch.func.vmap(each, **options)(b.reshape(1)) if transformed else each(b)
        assert got.dtype == dtype
        return np.asarray(got.detach()).reshape(())[()]

    x = (math.sqrt(2) * b).item()
    eps = torch.finfo(dtype).eps
    with mp.workdps(truth.DIGITS):
        scale = truth.exact(prior_std)
        want = scale * exact.stdplus(x, digits=truth.DIGITS)
        assert truth.ulps(of(lambda q: q.stddev, b), want) <= 5
        change = abs(mp.log(want / scale))
        assert truth.ulps(std.numpy(), want) <= 5 + 4 * change  # what rounding b costs
        lost = abs(truth.exact(of(lambda q: q.log_stddev, b)) - mp.log(want))
        assert lost <= 4 * eps * (2 + abs(mp.log(want)))
        for z in (0.0 * std, std, -2.5 * std):
            density = mp.log(mp.npdf(truth.exact(z), 0, want))
            lost = abs(truth.exact(of(lambda q, z=z: q.log_prob(z), b)) - density)
            assert lost <= 16 * eps * (2 + abs(mp.log(want)))
            below = mp.ncdf(truth.exact(z) / want)
            assert abs(truth.exact(of(lambda q, z=z: q.cdf(z), b)) - below) <= 16 * eps
        torch.manual_seed(1)
        noise = torch.randn((), dtype=dtype)
        torch.manual_seed(1)
        sample = of(lambda q: q.rsample(), b, randomness="same")
        assert truth.ulps(sample, want * truth.exact(noise)) <= 8
        if not transformed:
            leaf, scale_leaf = b.clone().requires_grad_(), prior_std.clone().requires_grad_()
            sigma = SlashedNormal(0.0, leaf, 0.0, scale_leaf).stddev
            slope, ratio = torch.autograd.grad(sigma, (leaf, scale_leaf), create_graph=True)
            derivative = exact.stdplus_derivative(x, digits=truth.DIGITS)
            assert truth.ulps(slope.detach().numpy(), mp.sqrt(2) * scale * derivative) <= 8
            assert truth.ulps(ratio.detach().numpy(), want / scale) <= 5  # subnormal or 0
            (curvature,) = torch.autograd.grad(slope, leaf)
            wanted = 2 * want * (mp.mpf(x) ** 2 - 1)  # y'' of exp(−(x² + 1)/2)
            assert truth.ulps(curvature.numpy(), wanted) <= 16


def test_the_logarithm_of_a_deviation_does_not_cancel() -> None:
    """log σ0 ≈ 576 and t ≈ −576 leave 1e-13 of log σ; σ itself knows it."""
    scale = torch.tensor(1e250, dtype=DOUBLE)
    q = SlashedNormal.from_mean_std(torch.zeros((), dtype=DOUBLE), 1.0, 0.0, scale)
    with mp.workdps(truth.DIGITS):
        x = (math.sqrt(2) * q.b).item()
        want = mp.log(truth.exact(scale)) + exact.log_stdplus(x, digits=truth.DIGITS)
        assert abs(want) < 1e-11
        assert abs(truth.exact(q.log_stddev) - want) < 1e-15


def test_densities_where_the_deviation_is_subnormal() -> None:
    q = SlashedNormal(torch.tensor(0.0, dtype=DOUBLE), -26.8)
    x = torch.tensor(float(mp.exp(-718)), dtype=DOUBLE)
    assert 0 < q.stddev < 2.0**-1022
    with mp.workdps(truth.DIGITS):
        std = truth.stdplus(mp.sqrt(2) * truth.exact(-26.8))
        score = truth.exact(x) / std
        want = mp.log(mp.npdf(score)) - mp.log(std)
        assert q.log_prob(x).item() == pytest.approx(float(want), rel=1e-9)
        assert q.cdf(-x).item() == pytest.approx(float(mp.ncdf(-score)), rel=1e-9)


class TestDistributionFunction:
    """Where the deviation has underflowed."""

    @pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
    def test_at_the_mean(self, dtype: Any) -> None:
        b = torch.tensor(-40.0, dtype=dtype, requires_grad=True)
        z = torch.zeros((), dtype=dtype, requires_grad=True)
        q = SlashedNormal(torch.zeros((), dtype=dtype), b)
        assert q.stddev == 0
        assert q.cdf(z) == 0.5
        slopes = torch.autograd.grad(q.cdf(z), (b, z))
        assert slopes == (0.0, math.inf)
        assert SlashedNormal(0.0, -20.0).cdf(0.0) == 0.5

    def test_its_slope_where_that_is_representable(self) -> None:
        q = SlashedNormal(torch.tensor(0.0, dtype=DOUBLE), -20.0)
        (slope,) = torch.autograd.grad(q.cdf(z := torch.zeros((), requires_grad=True)), z)
        with mp.workdps(truth.DIGITS):
            std = truth.stdplus(mp.sqrt(2) * -20)
            want = 1 / (mp.sqrt(2 * mp.pi) * std)
        assert slope == math.inf  # z is float32
        z = torch.zeros((), dtype=DOUBLE, requires_grad=True)
        (slope,) = torch.autograd.grad(q.cdf(z), z)
        assert slope.item() == pytest.approx(float(want), rel=1e-12)

    @pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
    @pytest.mark.parametrize("b", [-40.0, -15.0, -5.0, 0.0, 5.0])
    def test_far_from_the_mean(self, b: float, dtype: Any) -> None:
        """0 and 1, and no gradient is NaN."""
        far = torch.tensor([-math.inf, -3e38, -1e20, -1e3, 1e3, 1e20, 3e38, math.inf], dtype=dtype)
        leaves = [torch.tensor(v, dtype=dtype, requires_grad=True) for v in (0.5, b, 0.1, 1.5)]
        z = far.requires_grad_()
        below = SlashedNormal(*leaves).cdf(z)
        assert below.tolist() == [0.0] * 4 + [1.0] * 4
        for slope in torch.autograd.grad(below.sum(), (z, *leaves)):
            assert not slope.any()

    @pytest.mark.parametrize("b", [-40.0, 0.0])
    def test_quantiles_at_the_ends(self, b: float) -> None:
        leaf = torch.tensor(b, requires_grad=True)
        ends = SlashedNormal(0.5, leaf).icdf(torch.tensor([0.0, 0.5, 1.0]))
        assert ends.tolist() == [-math.inf, pytest.approx(math.sqrt(0.5)), math.inf]
        (slope,) = torch.autograd.grad(ends[1] + ends[0], leaf)
        assert slope == 0.0


def test_kl_divergence_between_underflowed_distributions() -> None:
    q = SlashedNormal(torch.tensor(0.3), torch.tensor(-40.0))
    assert q.stddev == 0
    assert kl_divergence(q, q) == 0
    assert kl_divergence(SlashedNormal(0.3 + 1e-5, -40.0), q) == math.inf


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_short_types_are_computed_in_float32(dtype: Any) -> None:
    """One rounding: also where stdplus(√2·b) is subnormal in float16 and σ is not."""
    b = torch.linspace(-4, 4, 201).to(dtype)
    q = SlashedNormal(torch.full_like(b, 0.3), b, 0.1, 1000.0)
    wide = SlashedNormal(q.a.to(DOUBLE), b.to(DOUBLE), q.prior_mean.to(DOUBLE), 1000.0)
    z = torch.tensor(500.0, dtype=dtype)
    for name in ("mean", "stddev", "log_stddev"):
        want = getattr(wide, name)
        assert getattr(q, name).dtype == dtype
        normal = want.abs() > torch.finfo(dtype).tiny
        error = (getattr(q, name).to(DOUBLE) - want).abs() / want.abs()
        assert error[normal].max() <= 0.501 * torch.finfo(dtype).eps
    for name in ("log_prob", "cdf"):
        got, want = getattr(q, name)(z), getattr(wide, name)(z.to(DOUBLE))
        assert got.dtype == dtype
        torch.testing.assert_close(got, want.to(dtype))


class TestParameters:
    """What they may be, and what is said where they may not."""

    def test_integers(self) -> None:
        """They become floats, and take no number beside them along to the integers."""
        q = SlashedNormal(torch.tensor([1, 2]), 0.5, prior_mean=0.25, prior_std=1.5)
        want = SlashedNormal(torch.tensor([1.0, 2.0]), torch.tensor(0.5), 0.25, 1.5)
        for name in ("a", "b", "prior_mean", "prior_std", "mean", "stddev"):
            assert torch.equal(getattr(q, name), getattr(want, name))
        assert SlashedNormal(1, True).mean.dtype == torch.get_default_dtype()
        mixed = SlashedNormal(torch.tensor([1]), torch.zeros(2, dtype=DOUBLE))
        assert mixed.mean.dtype == DOUBLE
        back = SlashedNormal.from_mean_std(torch.tensor([1, 2]), 2, 0, 3)
        assert torch.equal(back.b, SlashedNormal.from_mean_std(0.0, 2.0, 0.0, 3.0).b.expand(2))

    def test_numbers_are_rounded_once(self) -> None:
        q = SlashedNormal(torch.zeros(2), torch.zeros(2, dtype=DOUBLE), 0.1, np.float64(0.3))
        assert (q.prior_mean[0].item(), q.prior_std[0].item()) == (0.1, 0.3)

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda: SlashedNormal(torch.tensor([1j]), 0.0), "a must be real, got torch.complex64"),
            (lambda: SlashedNormal(0.0, 1j), "b must be a real tensor or number, got complex"),
            (lambda: SlashedNormal(0.0, [1.0]), "b must be a real tensor or number, got list"),
            (lambda: SlashedNormal(0.0, 0.0, "0"), "prior_mean must be a real tensor or number"),
            (lambda: SlashedNormal(0.0, torch.zeros(2, dtype=torch.float8_e5m2)), "b must be of"),
            (lambda: SlashedNormal.from_mean_std(0.0, None), "std must be a real tensor or number"),
            (lambda: SlashedNormal(0.0, 0.0).log_prob("0"), "value must be a real tensor or numb"),
            (lambda: SlashedNormal(0.0, 0.0, validate_args=False).cdf(torch.tensor(1j)), "value"),
        ],
    )
    def test_wrong_types(self, make: Any, said: str) -> None:
        with pytest.raises(TypeError, match=said):
            make()

    def test_wrong_shapes(self) -> None:
        said = r"shapes must broadcast together, got a \(2,\), prior_std \(3,\)"
        with pytest.raises(ValueError, match=said):
            SlashedNormal(torch.ones(2), 0.0, prior_std=torch.ones(3))

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((0.0, -1.0), "std must be positive and finite in torch.float32, got -1.0"),
            ((0.0, 0.0), "std must be positive"),
            ((0.0, torch.tensor([1.0, math.nan])), "std must be positive and finite .* got nan"),
            ((math.nan, 1.0), "mean must be finite in torch.float32, got nan"),
            ((0.0, 1.0, math.inf), "prior_mean must be finite"),
            ((0.0, 1.0, 0.0, 0.0), "prior_std must be positive"),
            ((0.0, 1e300), "std must be positive and finite in torch.float32, got inf"),
            ((0.0, 1e38, 0.0, 1e-38), "too far from the prior: the amplitude overflows"),
            ((1e38, 1.0, 0.0, 1e-3), "too far from the prior: the amplitude overflows"),
        ],
    )
    def test_means_and_deviations_out_of_range(self, arguments: Any, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            SlashedNormal.from_mean_std(*arguments, validate_args=True)
        SlashedNormal.from_mean_std(*arguments, validate_args=False)


def deviations(dtype: Any) -> tuple[Any, Any]:
    """(σ, σ0): far apart, close, neighbours, and with a ratio that is subnormal or 0."""
    rng = np.random.default_rng(7)
    prior_std = np.exp(rng.uniform(-5, 5, 200))
    ratio = np.exp(rng.uniform(-30, 8, 200))
    ratio[::2] = 1 + (rng.choice([-1, 1], 200) * 10.0 ** rng.uniform(-17, 0, 200))[::2] / 2
    pairs = np.stack([prior_std * ratio, prior_std]).astype(str(dtype).removeprefix("torch."))
    pairs[0, 1:20] = np.nextafter(pairs[1, 1:20], rng.choice([0, 10], 19).astype(pairs.dtype))
    pairs[:, 20:24] = np.array(DEEP[dtype]).T
    std, prior_std = torch.from_numpy(pairs)
    return std, prior_std


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
def test_from_mean_std_is_the_exact_inverse(dtype: Any) -> None:
    """Both parts to 4 ULP, as in NumPy, and with the slope that they should have."""
    std, prior_std = deviations(dtype)
    mean = prior_std.clamp(max=1e30) * torch.linspace(-3, 3, 200, dtype=dtype)
    std.requires_grad_()
    q = SlashedNormal.from_mean_std(mean, std, 0.25, prior_std)
    (slope,) = torch.autograd.grad(q.b.sum(), std)
    for a, b, mu, sigma, sigma0, db in each(q.a, q.b, mean, std, prior_std, slope):
        cast = np.float32 if dtype == SINGLE else np.float64
        with mp.workdps(truth.DIGITS):
            want_a = (truth.exact(mu) - truth.exact(0.25)) / truth.exact(sigma0) / mp.sqrt(2)
            x = truth.deviate(sigma, sigma0)
            assert truth.ulps(cast(a), want_a) <= 4
            assert truth.ulps(cast(b), x / mp.sqrt(2)) <= 4
            ratio = truth.exact(sigma) / truth.exact(sigma0)
            gain = ratio - 1 / ratio
            want = mp.mpf(1) if not x else gain / x / mp.sqrt(2)
            want = want / truth.exact(sigma0)
            if abs(want) < float(torch.finfo(dtype).max):
                assert abs(db - want) <= 16 * torch.finfo(dtype).eps * abs(want)


class TestInNumpy:
    """As `stdplus_ref.SlashedNormal`, and measured by `stdplus_ref.rate`."""

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, SINGLE, DOUBLE])
    def test_it_is_the_same(self, dtype: Any) -> None:
        a, b = (torch.randn(6, 3, generator=torch.manual_seed(i)).to(dtype) for i in (1, 2))
        q = SlashedNormal(a.requires_grad_(), b, torch.tensor([0.5, 1.0, 2.0]).to(dtype), 3.0)
        same = q.numpy()
        assert isinstance(same, stdplus_ref.SlashedNormal)
        assert same.dtype == (np.float64 if dtype == DOUBLE else np.float32)
        assert same.shape == (6, 3)
        for mine, theirs in ((q.mean, same.mean()), (q.stddev, same.standard_deviation())):
            torch.testing.assert_close(mine.detach(), torch.from_numpy(theirs).to(dtype))

    def test_the_rate_of_an_encoder(self) -> None:
        q = SlashedNormal(torch.randn(6, 3).requires_grad_(), torch.randn(6, 3), 0.5, 3.0)
        twin = stdplus_ref.SlashedNormal((q.a + 1j * q.b).detach().numpy(), 0.5, 3.0)
        want = q.kl().sum(-1).mean().item()
        assert rate.mean_kl(q) == pytest.approx(want, rel=1e-6)
        assert rate.mean_kl(q, "bits") == pytest.approx(want / math.log(2), rel=1e-6)
        want = q.mean.detach().var(0, correction=0).numpy()
        np.testing.assert_allclose(rate.unit_activity(q), want, rtol=1e-5)
        assert rate.active_units(q) == 3
        got = rate.mutual_information(q, rng=0)
        assert got == rate.mutual_information(twin, rng=0)

    @pytest.mark.parametrize(
        "wrong", [nn.Parameter(torch.ones(2, 3)), Normal(torch.zeros(2, 3), 1.0), 1.0]
    )
    def test_what_is_no_posterior(self, wrong: Any) -> None:
        said = r"or a stdplus_ref.torch.SlashedNormal, got (torch|builtins)\."
        with pytest.raises(TypeError, match=said):
            rate.mean_kl(wrong)
        with pytest.raises(ValueError, match=r"shape \(N, K\), not empty, got \(3,\)"):
            rate.mean_kl(SlashedNormal(torch.ones(3), 0.0))
