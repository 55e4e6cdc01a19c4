"""Times of the distributions, beside scipy.stats and, where installed, torch.distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy import stats

from stdplus_ref import MultivariateSlashedNormal, SlashedNormal
from validation.core import Cell
from validation.timing import paired

DIMENSION = 64
_ROUNDS = 5

Call = Callable[[], Any]
Array = np.ndarray[Any, Any]


def rows(rng: np.random.Generator, latents: int, matrices: int) -> list[list[Cell]]:
    """What was done, by whom, milliseconds, and for matrices the ratio to a Cholesky factor."""
    found: list[list[Cell]] = []
    for what, who, call in _diagonal(rng, latents):
        found.append([what, who, 1e3 * paired(call, call, _ROUNDS).seconds, ""])
    mean, factor, calls = _multivariate(rng, matrices)
    cholesky = partial(np.linalg.cholesky, factor @ factor.mT)
    for what, who, call in (*calls, *_torch_matrices(mean, factor)):
        timing = paired(call, cholesky, _ROUNDS)
        found.append([what, who, 1e3 * timing.seconds, timing.ratio])
    return found


def _diagonal(rng: np.random.Generator, count: int) -> Iterator[tuple[str, str, Call]]:
    psi = rng.normal(size=count) + 1j * rng.normal(size=count)
    q = SlashedNormal(psi)
    mean, std, x = q.mean(), q.standard_deviation(), rng.normal(size=count)
    yield "standard deviation", "stdplus_ref", lambda: SlashedNormal(psi).standard_deviation()
    yield (
        "ψ from mean and deviation",
        "stdplus_ref",
        partial(SlashedNormal.from_mean_std, mean, std),
    )
    yield "KL", "stdplus_ref", lambda: SlashedNormal(psi).kl()
    yield "log density", "stdplus_ref", lambda: SlashedNormal(psi).logpdf(x)
    yield "log density", "scipy.stats", partial(stats.norm.logpdf, x, mean, std)
    if find_spec("torch") is not None:
        torch = import_module("torch")
        normal = torch.distributions.Normal
        here, there = normal(*map(torch.tensor, (mean, std))), normal(0.0, 1.0)
        yield "KL", "torch.distributions", partial(torch.distributions.kl_divergence, here, there)
        yield "log density", "torch.distributions", partial(here.log_prob, torch.from_numpy(x))


def _multivariate(
    rng: np.random.Generator, count: int
) -> tuple[Array, Array, list[tuple[str, str, Call]]]:
    n = DIMENSION
    psi = 0.3 * (rng.normal(size=(count, n)) + 1j * rng.normal(size=(count, n)))
    rotation = np.linalg.qr(rng.normal(size=(count, n, n))).Q
    prior = np.eye(n) + rng.normal(size=(count, n, n)) / n
    q = MultivariateSlashedNormal(psi, rotation, 0.0, prior)
    mean, factor, x = q.mean(), q.factor(), rng.normal(size=(count, n))

    def scipy_density() -> list[Any]:
        covariances = (stats.Covariance.from_cholesky(np.linalg.cholesky(f @ f.T)) for f in factor)
        pairs = zip(x, mean, covariances, strict=True)
        return [stats.multivariate_normal(m, c).logpdf(value) for value, m, c in pairs]

    def ours() -> MultivariateSlashedNormal:
        return MultivariateSlashedNormal(psi, rotation, 0.0, prior)

    return (
        mean,
        factor,
        [
            (
                "construction (P and the rank checked), factor",
                "stdplus_ref",
                lambda: ours().factor(),
            ),
            ("construction, KL", "stdplus_ref", lambda: ours().kl()),
            ("construction, log density", "stdplus_ref", lambda: ours().logpdf(x)),
            ("log density", "scipy.stats, one by one", scipy_density),
        ],
    )


def _torch_matrices(mean: Array, factor: Array) -> Iterator[tuple[str, str, Call]]:
    if find_spec("torch") is None:
        return
    torch = import_module("torch")
    normal = torch.distributions.MultivariateNormal
    there = normal(torch.zeros(mean.shape, dtype=torch.float64), torch.eye(DIMENSION).double())
    m, covariance = torch.tensor(mean), torch.tensor(factor @ factor.mT)

    def here() -> Any:
        return normal(m, covariance)

    yield (
        "construction, KL",
        "torch.distributions",
        lambda: torch.distributions.kl_divergence(here(), there),
    )
    yield "construction, log density", "torch.distributions", lambda: here().log_prob(m + 1.0)
