"""A small variational autoencoder on handwritten digits, at a free and at a fixed rate.

    python examples/vae_digits.py [--epochs N] [--rate NATS] [--seed N] [--out FILE]

A pixel of scikit-learn's digits counts the ink in a block of 4×4, so the decoder's likelihood is
binomial, 16 tries each. Two models of the same shape are trained:

free        loss = distortion + ‖ψ‖², minus the ELBO: ‖ψ‖² is the rate, the KL divergence of the
            posterior from the prior (Eq. 19). Training decides how many nats to spend.
fixed rate  loss = distortion alone: `RateNorm` scales ψ so that the mean rate is the one asked for
            (Eq. 20, 43). Training decides only what to spend it on.

Printed for images that were not trained on: rate and distortion in nats per image, their sum (minus
the ELBO), and how many latent units are active. Drawn: reconstructions, and samples from the prior.

Needs: pip install "stdplus-ref[torch]" scikit-learn matplotlib
"""

# mypy: ignore-missing-imports, allow-subclassing-any
# mypy: disable-error-code="no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

try:
    import matplotlib
    import torch
    from sklearn.datasets import load_digits
except ImportError as error:
    raise ImportError(
        f'this example needs {error.name}: pip install "stdplus-ref[torch]" scikit-learn matplotlib'
    ) from error

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot
from torch import Tensor, nn

from stdplus_ref import SlashedNormal, rate
from stdplus_ref.torch import RateNorm, SlashedNormalHead

TRIES = 16  # a pixel is a number from 0 to 16
TESTED = 360  # images held back
LATENTS = 32
HIDDEN = 192
BATCH = 64
SHOWN = 14  # images a row of the picture


class Autoencoder(nn.Module):
    """Encoder, Slashed Normal posterior, decoder of the logits of a binomial."""

    def __init__(self, *normalization: nn.Module) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, HIDDEN),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.Linear(HIDDEN, 2 * LATENTS),
            *normalization,
            SlashedNormalHead(),
        )
        self.decoder = nn.Sequential(
            nn.Linear(LATENTS, HIDDEN), nn.SiLU(), nn.Dropout(0.1), nn.Linear(HIDDEN, 64)
        )

    def forward(self, images: Tensor) -> tuple[Any, Tensor]:
        """The posterior, and the logits decoded from one draw of it."""
        posterior = self.encoder(images / TRIES)
        return posterior, self.decoder(posterior.rsample())


class Figures(NamedTuple):
    """Of the images held back: nats per image, and a number of latent units."""

    rate: float
    distortion: float
    active_units: int


def distortion(images: Tensor, logits: Tensor) -> Tensor:
    """−log likelihood of each image, in nats."""
    binomial = torch.distributions.Binomial(TRIES, logits=logits, validate_args=False)
    return -binomial.log_prob(images).sum(-1)


def train(model: Autoencoder, images: Tensor, epochs: int, free: bool) -> None:
    """Minimise distortion, plus rate if that is free."""
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    model.train()
    for _ in range(epochs):
        for batch in images[torch.randperm(len(images))].split(BATCH):
            posterior, logits = model(batch)
            loss = distortion(batch, logits).mean()
            if free:
                loss = loss + posterior.kl().sum(-1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()


@torch.no_grad()
def measure(model: Autoencoder, images: Tensor, draws: int = 32) -> Figures:
    """Rate, distortion over several draws of each posterior, and active units (Eq. 46, 47)."""
    model.eval()
    posterior = model.encoder(images / TRIES)
    logits = model.decoder(posterior.rsample((draws,)))
    amplitudes = SlashedNormal(posterior.a.numpy() + 1j * posterior.b.numpy())
    return Figures(
        rate.mean_kl(amplitudes),
        float(distortion(images, logits).mean()),
        rate.active_units(amplitudes),
    )


@torch.no_grad()
def draw(models: dict[str, Autoencoder], images: Tensor, path: Path) -> None:
    """Images, their reconstructions, and samples from the prior."""
    chosen, noise = images[:SHOWN], torch.randn(SHOWN, LATENTS)
    rows = {"images": chosen / TRIES}
    for name, model in models.items():
        mean = model.encoder(chosen / TRIES).mean
        rows[f"reconstructed,\n{name}"] = model.decoder(mean).sigmoid()
    for name, model in models.items():
        rows[f"sampled,\n{name}"] = model.decoder(noise).sigmoid()
    figure, axes = pyplot.subplots(len(rows), 1, figsize=(9, 0.78 * len(rows)))
    for axis, (name, row) in zip(axes, rows.items(), strict=True):
        tiles = np.pad(row.reshape(SHOWN, 8, 8).numpy(), ((0, 0), (1, 1), (1, 1)))
        axis.imshow(np.hstack(list(tiles)), cmap="gray_r", vmin=0, vmax=1)
        axis.set_yticks([4.5], [name])
        axis.set_xticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    figure.tight_layout(pad=0.4)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(argv: Sequence[str] | None = None) -> dict[str, Figures]:
    """Train both models, print their figures, draw the picture."""
    parser = argparse.ArgumentParser(description="A VAE at a free and at a fixed rate.")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--rate", type=float, default=8.0, help="nats per image (default: 8)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("vae_digits.png"))
    options = parser.parse_args(argv)
    try:
        options.out.touch()  # before the training, not after it
    except OSError as error:
        parser.error(f"argument --out: cannot write {str(options.out)!r}: {error.strerror}")
    torch.set_num_threads(1)  # so small a model is no faster on several, and differs in last bits
    torch.manual_seed(options.seed)
    images = torch.tensor(load_digits().data, dtype=torch.float32)
    images = images[torch.randperm(len(images))]
    held_back, trained_on = images[:TESTED], images[TESTED:]
    fixed = f"{options.rate:g} nats"
    models = {"free": Autoencoder(), fixed: Autoencoder(RateNorm(options.rate, "batch"))}
    found = {}
    print(f"{'rate':10} {'rate':>8} {'distortion':>11} {'sum':>8} {'active units':>13} {'s':>6}")
    for name, model in models.items():
        start = time.perf_counter()
        train(model, trained_on, options.epochs, free=name == "free")
        seconds = time.perf_counter() - start
        figures = found[name] = measure(model, held_back)
        total = figures.rate + figures.distortion
        print(
            f"{name:10} {figures.rate:8.2f} {figures.distortion:11.2f} {total:8.2f} "
            f"{figures.active_units:6} of {LATENTS:3} {seconds:6.1f}"
        )
    draw(models, held_back, options.out)
    print(f"wrote {options.out}")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
