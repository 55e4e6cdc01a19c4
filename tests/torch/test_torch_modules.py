"""`SlashedNormalHead` and `RateNorm` against `stdplus_ref.rate`, and as modules of a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from stdplus_ref import rate

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "stdplus-ref[torch]"')

from torch import nn  # noqa: E402

from stdplus_ref.torch import RateNorm, SlashedNormalHead  # noqa: E402

DOUBLE = torch.float64
MODES = ("batch", "instance", "feature")


def raw(seed: int = 0, count: int = 6, dimensions: int = 3, dtype: Any = DOUBLE) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(count, 2 * dimensions, generator=generator, dtype=DOUBLE).to(dtype)


def psi(x: Any) -> Any:
    """Amplitudes as `stdplus_ref.rate` has them."""
    a, b = x.detach().numpy().astype(np.float64).reshape(len(x), 2, -1).swapaxes(0, 1)
    return a + 1j * b


def norm(mode: str, **options: Any) -> Any:
    dimensions = 3 if mode == "feature" else None
    return RateNorm(options.pop("delta", 2.5), mode, dimensions=dimensions, **options)


class TestHead:
    """Raw output to a distribution."""

    def test_layout(self) -> None:
        q = SlashedNormalHead(1.0, 2.0)(torch.tensor([[0.1, 0.2, 0.3, -0.4]]))
        assert q.a.tolist() == torch.tensor([[0.1, 0.2]]).tolist()
        assert q.b.tolist() == torch.tensor([[0.3, -0.4]]).tolist()
        assert (q.prior.mean.unique().item(), q.prior.stddev.unique().item()) == (1.0, 2.0)

    @pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4)])
    def test_shapes(self, shape: tuple[int, ...]) -> None:
        q = SlashedNormalHead(torch.zeros(2), torch.ones(2))(torch.ones(shape))
        assert q.kl().shape == q.rsample().shape == (*shape[:-1], 2)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_it_keeps_the_type(self, dtype: Any) -> None:
        q = SlashedNormalHead(0.5)(torch.ones(3, 4, dtype=dtype))
        assert {q.mean.dtype, q.stddev.dtype, q.kl().dtype, q.rsample().dtype} == {dtype}

    def test_the_prior_travels_with_it(self) -> None:
        head = SlashedNormalHead(torch.tensor([1.0, 2.0]), 3.0)
        other = SlashedNormalHead(torch.zeros(2), 1.0)
        other.load_state_dict(head.state_dict())
        assert (other.prior_mean.tolist(), other.prior_std.item()) == ([1.0, 2.0], 3.0)
        assert list(head.parameters()) == []
        assert head.to(DOUBLE).prior_mean.dtype == DOUBLE

    def test_gradients(self) -> None:
        x = raw().requires_grad_()
        q = SlashedNormalHead()(x)
        (q.kl().sum() + q.rsample().sum()).backward()
        assert torch.isfinite(x.grad).all()

    @pytest.mark.parametrize(
        ("wrong", "error", "said"),
        [
            (torch.ones(3, 5), ValueError, r"even last dimension 2K .* got shape \(3, 5\)"),
            (torch.ones(()), ValueError, "even last dimension"),
            (torch.ones(3, 4, dtype=torch.int64), TypeError, "raw must be a real floating-point"),
            (np.ones((3, 4)), TypeError, "got ndarray"),
        ],
    )
    def test_wrong_input(self, wrong: Any, error: type[Exception], said: str) -> None:
        for module in (SlashedNormalHead(), norm("batch")):
            with pytest.raises(error, match=said):
                module(wrong)

    @pytest.mark.parametrize(
        ("prior", "error", "said"),
        [
            ((0.0, torch.tensor([1.0, 0.0])), ValueError, "prior_std must be positive and finite"),
            ((0.0, math.inf), ValueError, "prior_std must be positive and finite, got inf"),
            ((math.nan,), ValueError, "prior_mean must be finite, got nan"),
            (("0",), TypeError, "prior_mean must be a real tensor or number, got str"),
            ((0.0, 1j), TypeError, "prior_std must be a real tensor or number, got complex"),
            ((torch.tensor(1j),), TypeError, "prior_mean must be real, got torch.complex64"),
        ],
    )
    def test_wrong_prior(self, prior: tuple[Any, ...], error: type[Exception], said: str) -> None:
        with pytest.raises(error, match=said):
            SlashedNormalHead(*prior)

    def test_a_prior_that_is_trained(self) -> None:
        """A Parameter is one of the module's, as in any other."""
        mean, std = nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.ones(2))
        head = SlashedNormalHead(mean, std)
        assert [name for name, _ in head.named_parameters()] == ["prior_mean", "prior_std"]
        assert head.prior_mean is mean
        assert set(head.state_dict()) == {"prior_mean", "prior_std"}
        head(torch.ones(3, 4)).mean.sum().backward()
        # mean = μ0 + √2·σ0·a at a = 1
        torch.testing.assert_close(mean.grad, torch.full((2,), 3.0))
        torch.testing.assert_close(std.grad, torch.full((2,), 3 * math.sqrt(2)))
        half = SlashedNormalHead(nn.Parameter(torch.zeros(2))).to(torch.float16)
        assert half.prior_mean.dtype == torch.float16
        assert len(list(half.parameters())) == 1


class TestRateNorm:
    """Amplitudes of a given rate."""

    @pytest.mark.parametrize("unit", ["nats", "bits"])
    @pytest.mark.parametrize("part", ["complex", "real"])
    @pytest.mark.parametrize("mode", MODES)
    def test_it_agrees_with_the_numpy_one(self, mode: str, part: str, unit: str) -> None:
        """Three training batches, then evaluation; with both ways of averaging."""
        for momentum in (0.1, None):
            ours = norm(mode, part=part, unit=unit, momentum=momentum)
            theirs = rate.RateNormalizer(2.5, mode, part=part, unit=unit, momentum=momentum)
            ours = ours.to(DOUBLE)
            for seed in range(4):
                x, training = raw(seed), seed < 3
                got = psi(ours.train(training)(x))
                np.testing.assert_allclose(got, theirs(psi(x), training=training), rtol=1e-12)
            assert int(ours.batches_seen) == theirs.batches_seen

    @pytest.mark.parametrize("mode", MODES)
    def test_the_rate_is_as_asked(self, mode: str) -> None:
        kl = SlashedNormalHead()(norm(mode)(raw(dtype=torch.float32))).kl()
        torch.testing.assert_close(kl.sum(-1).mean().item(), 2.5, rtol=1e-6, atol=0)
        if mode == "instance":
            torch.testing.assert_close(kl.sum(-1), torch.full((6,), 2.5))
        if mode == "feature":
            torch.testing.assert_close(kl.mean(0), torch.full((3,), 2.5 / 3))

    @pytest.mark.parametrize("mode", MODES)
    def test_no_overflow_or_underflow(self, mode: str) -> None:
        x = raw(dtype=torch.float32)
        want = norm(mode)(x)
        for scale in (2.0**100, 2.0**-100):
            torch.testing.assert_close(norm(mode)(scale * x), want)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_short_types(self, dtype: Any) -> None:
        x = raw(dtype=dtype)
        for mode in MODES:
            y = norm(mode)(x)
            assert y.dtype == dtype
            want = norm(mode)(x.to(torch.float32)).to(dtype)
            torch.testing.assert_close(y, want)

    @pytest.mark.parametrize("mode", ["batch", "feature"])
    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_statistics_of_short_types(self, dtype: Any, mode: str) -> None:
        """Squares of float16 numbers beyond 256 overflow in float16: against float64."""
        wide, short = norm(mode).to(DOUBLE), norm(mode)
        short(torch.zeros(1, 6) + 1000.0)  # the statistic is beyond float16 when the type changes
        wide(torch.zeros(1, 6, dtype=DOUBLE) + 1000.0)
        short = torch.nn.Sequential(short).to(dtype)
        for seed in range(3):
            x = (300 * raw(seed)).to(dtype)
            short(x), wide(x.to(DOUBLE))
        statistic = short[0].running_mean_square
        assert statistic.dtype == torch.float32
        want = wide.running_mean_square.to(torch.float32)
        torch.testing.assert_close(statistic, want, rtol=1e-5, atol=0)
        got = short.eval()(x)
        assert got.dtype == dtype
        torch.testing.assert_close(got, wide.eval()(x.to(DOUBLE)).to(dtype))
        fresh = torch.nn.Sequential(norm(mode)).half()
        fresh.load_state_dict(short.state_dict())
        assert torch.equal(fresh[0].running_mean_square, statistic)
        assert short.double()[0].running_mean_square.dtype == DOUBLE

    @pytest.mark.parametrize("bad", [math.nan, math.inf, 1e30])
    @pytest.mark.parametrize("momentum", [0.1, None])
    @pytest.mark.parametrize("mode", ["batch", "feature"])
    def test_a_bad_batch_is_not_learned(
        self, mode: str, momentum: float | None, bad: float
    ) -> None:
        """Neither as the first nor later; 1e30 is finite in float32, its square is not."""
        hit, spared = (norm(mode, momentum=momentum) for _ in range(2))
        wrong = raw(9, dtype=torch.float32)
        wrong[2, 1] = bad
        with pytest.raises(ValueError, match="no running statistics yet"):
            hit(wrong), hit.eval()(raw(dtype=torch.float32))
        hit.train()
        for seed in range(3):
            x = raw(seed, dtype=torch.float32)
            hit(x), spared(x), hit(wrong)
        assert int(hit.batches_seen) == 3
        assert torch.equal(hit.running_mean_square, spared.running_mean_square)
        assert torch.isfinite(hit.eval()(x)).all()

    def test_a_bad_batch_is_seen(self) -> None:
        x = raw()
        x[0, 0] = math.nan
        assert norm("batch").to(DOUBLE)(x).isnan().all()

    @pytest.mark.parametrize("part", ["complex", "real"])
    @pytest.mark.parametrize("mode", MODES)
    def test_gradients(self, mode: str, part: str) -> None:
        module = norm(mode, part=part, learnable=True).to(DOUBLE)
        assert torch.autograd.gradcheck(module, raw().requires_grad_())
        module(raw()).square().sum().backward()
        assert module.root.grad.abs() > 0

    def test_a_learnable_rate(self) -> None:
        module = norm("batch", learnable=True).to(DOUBLE)
        assert [name for name, _ in module.named_parameters()] == ["root"]
        with torch.no_grad():
            module.root.copy_(torch.tensor(-2.0))
        kl = SlashedNormalHead()(module(raw())).kl().sum(-1).mean()
        torch.testing.assert_close(kl.item(), 4.0)

    @pytest.mark.parametrize("mode", ["batch", "feature"])
    def test_state_is_saved(self, mode: str) -> None:
        trained, fresh = norm(mode).to(DOUBLE), norm(mode).to(DOUBLE)
        trained(raw(1))
        fresh.load_state_dict(trained.state_dict())
        assert torch.equal(fresh.eval()(raw(2)), trained.eval()(raw(2)))

    def test_running_statistics_do_not_move_in_evaluation(self) -> None:
        module = norm("feature")
        module(raw(1))
        before = {k: v.clone() for k, v in module.state_dict().items()}
        module.eval()(raw(2))
        assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())
        one, alone = module(raw(2))[:1], module(raw(2)[:1])
        assert torch.equal(one, alone)  # an instance's result does not depend on its batch

    @pytest.mark.parametrize("mode", ["batch", "feature"])
    def test_evaluation_before_training(self, mode: str) -> None:
        with pytest.raises(ValueError, match="no running statistics yet: call in training mode"):
            norm(mode).eval()(raw())
        norm("instance").eval()(raw())

    @pytest.mark.parametrize("mode", MODES)
    def test_zeros_have_no_direction(self, mode: str) -> None:
        x = raw()
        x[0] = x[:, 0] = x[:, 3] = 0.0
        if mode == "batch":
            x = torch.zeros_like(x)
        with pytest.raises(ValueError, match=f"mode '{mode}'.* that are all zero"):
            norm(mode)(x)
        kept = norm(mode, on_zero="keep")(x.requires_grad_())
        kept.sum().backward()
        assert not kept[x == 0].any()
        assert torch.isfinite(x.grad).all()
        assert not norm(mode, delta=0.0)(x).any()

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"delta": -1.0}, "rate_per_instance must be finite and ≥ 0, got -1.0"),
            ({"delta": math.inf}, "rate_per_instance must be finite"),
            ({"momentum": 0.0}, r"momentum must lie in \(0, 1\], got 0.0"),
            ({"part": "imaginary"}, "part"),
            ({"unit": "bans"}, "unit"),
            ({"on_zero": "ignore"}, "on_zero"),
            ({"learnable": "no"}, "learnable must be one of False, True, got 'no'"),
        ],
    )
    def test_wrong_settings(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            norm("batch", **options)

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"delta": "3"}, "rate_per_instance must be a real number, got str"),
            ({"delta": None}, "rate_per_instance must be a real number, got NoneType"),
            ({"delta": 1j}, "rate_per_instance must be a real number, got complex"),
            (
                {"delta": torch.ones(2)},
                r"rate_per_instance must be a real number, got shape \(2,\)",
            ),
            ({"delta": nn.Parameter(torch.ones(()))}, "rate_per_instance .* learnable=True"),
            ({"momentum": "0.1"}, "momentum must be a real number, got str"),
            ({"momentum": 1j}, "momentum must be a real number, got complex"),
        ],
    )
    def test_settings_of_wrong_types(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises(TypeError, match=said):
            norm("batch", **options)

    @pytest.mark.parametrize("wrong", [0, -1, 2.5, "3"])
    def test_wrong_dimensions(self, wrong: Any) -> None:
        with pytest.raises(ValueError, match="dimensions must be at least 1, an integer, got"):
            RateNorm(1.0, "feature", dimensions=wrong)

    @pytest.mark.parametrize("rate", [2, np.float32(2), torch.tensor(2.0), torch.tensor([2])])
    def test_numbers_of_any_kind(self, rate: Any) -> None:
        assert RateNorm(rate, "batch", momentum=np.float64(0.5)).root == math.sqrt(2)

    def test_wrong_modes(self) -> None:
        with pytest.raises(ValueError, match="mode"):
            RateNorm(1.0, "layer")
        with pytest.raises(ValueError, match='mode "feature" needs `dimensions`'):
            RateNorm(1.0, "feature")

    def test_wrong_shapes(self) -> None:
        for x in (torch.ones(4), torch.ones(2, 3, 4), torch.ones(0, 4)):
            with pytest.raises(ValueError, match=r"raw must have shape \(N, 2K\), not empty, got"):
                norm("batch")(x)
        with pytest.raises(ValueError, match="raw must have 3 dimensions, got 2"):
            norm("feature")(torch.ones(5, 4))

    def test_it_shows_its_settings(self) -> None:
        shown = repr(norm("feature"))
        assert shown.startswith("RateNorm(2.5 nats, mode='feature'")


def test_modules_on_the_meta_device() -> None:
    """Networks are built there before their parameters are loaded."""
    with torch.device("meta"):
        encoder = torch.nn.Sequential(norm("feature"), SlashedNormalHead())
        x = torch.empty(5, 6)
    for training in (True, False):
        q = encoder.train(training)(x)
        assert (q.kl().shape, q.kl().device.type) == ((5, 3), "meta")
    filled = encoder.to_empty(device="cpu")
    state = torch.nn.Sequential(norm("feature"), SlashedNormalHead(1.0, 2.0)).state_dict()
    filled.load_state_dict(state)
    assert filled.train()(raw(dtype=torch.float32)).prior_std.unique().item() == 2.0
