"""DCGAN: Radford, Metz and Chintala 2016, in the authors' version and in the Torch one."""

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.norm import BatchNorm, BatchNormOfUnits


class Generator(nn.Module):
    """Noise (B, Z) to pictures (B, 3, S, S) in [-1, 1], doubling from 4 x 4; the widest layer has width * S / 8 channels.

    `paper` (Newmu/dcgan_code): a linear layer whose 16 * C units are each normalised, then 5 x 5 fractionally strided
    convolutions; no biases, no normalisation after the last layer. `torch`: a 4 x 4 transposed convolution on the noise,
    then 4 x 4 ones. The paper's size is 64; 32 drops a block and 128 adds one. At sampling, batch normalisation uses
    running averages, so that a picture does not depend on its batch; the authors' code used the batch's own statistics.
    """

    def __init__(self, size: int, width: int, noise_size: int, version: str) -> None:
        super().__init__()
        paper, blocks = version == "paper", int(math.log2(size // 4))
        channels = [width * 2**i for i in reversed(range(blocks))]  # 64 px, width 128: 1024, 512, 256, 128
        eps = 1e-8 if paper else 1e-5
        if paper:
            units = channels[0] * 16
            first: list[nn.Module] = [
                nn.Linear(noise_size, units, bias=False),
                BatchNormOfUnits(units, eps),
                nn.ReLU(),
                nn.Unflatten(1, (channels[0], 4, 4)),
            ]
        else:
            first = [
                nn.Unflatten(1, (noise_size, 1, 1)),
                nn.ConvTranspose2d(noise_size, channels[0], 4, bias=False),
                BatchNorm(channels[0], eps),
                nn.ReLU(),
            ]
        layers = first
        for wide, narrow in itertools.pairwise(channels):
            layers += [_doubling(wide, narrow, paper), BatchNorm(narrow, eps), nn.ReLU()]
        self.layers = nn.Sequential(*layers, _doubling(channels[-1], 3, paper), nn.Tanh())

    def forward(self, noise: Tensor) -> Tensor:
        """(B, Z) -> (B, 3, S, S)."""
        pictures: Tensor = self.layers(noise)
        return pictures


class Discriminator(nn.Module):
    """Pictures (B, 3, S, S) to the log-odds (B,) of being real, halving to 4 x 4.

    LeakyReLU of slope 0.2, batch normalisation on every layer but the first and the last; no biases.
    """

    def __init__(self, size: int, width: int, version: str) -> None:
        super().__init__()
        paper, blocks = version == "paper", int(math.log2(size // 4))
        channels = [width * 2**i for i in range(blocks)]  # 64 px, width 128: 128, 256, 512, 1024
        eps = 1e-8 if paper else 1e-5
        layers: list[nn.Module] = [_halving(3, channels[0], paper), nn.LeakyReLU(0.2)]
        for narrow, wide in itertools.pairwise(channels):
            layers += [_halving(narrow, wide, paper), BatchNorm(wide, eps), nn.LeakyReLU(0.2)]
        if paper:
            layers += [nn.Flatten(), nn.Linear(channels[-1] * 16, 1, bias=False)]
        else:
            layers += [nn.Conv2d(channels[-1], 1, 4, bias=False), nn.Flatten()]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B,)."""
        log_odds: Tensor = self.layers(pictures)
        return log_odds[:, 0]


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """All weights from N(0, 0.02), normalisation gains from N(1, 0.02), its offsets 0 (the authors' code)."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02, generator=generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02, generator=generator)


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Mean cross-entropy of the discriminator's log-odds on real (B,) and fake (B,) pictures (Goodfellow 2014, eq. 1)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """The generator's non-saturating loss: cross-entropy of fakes (B,) against the label real."""
    return F.softplus(-fake).mean()


def _doubling(inputs: int, outputs: int, paper: bool) -> nn.Module:
    if paper:
        return nn.ConvTranspose2d(inputs, outputs, 5, stride=2, padding=2, output_padding=1, bias=False)
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)


def _halving(inputs: int, outputs: int, paper: bool) -> nn.Module:
    kernel, padding = (5, 2) if paper else (4, 1)
    return nn.Conv2d(inputs, outputs, kernel, stride=2, padding=padding, bias=False)
