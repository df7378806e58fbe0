"""StyleGAN2, compact, conditional and in plain PyTorch: Karras et al. 2020 (arXiv 1912.04958; conditioning as in 2006.06676).

A mapping of noise and style to a point w; a generator whose convolutions are modulated by w and whose colours are summed over
resolutions; a residual discriminator that compares with its minibatch and projects on the style.
"""

import math
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.generator.resampling import doubled
from brushwork.generator.stylegan2_layers import GAIN, Convolution, Dense, ModulatedConvolution, active, leaky

MAPPING_LAYERS, MAPPING_RATE = 2, 0.01
GROUP = 4  # pictures whose spread the discriminator is told together


def channels_at(side: int, width: int, deepest: int = 4) -> int:
    """Channels at a resolution of `side` pixels: `width` at 64, doubled as the side halves, at most `deepest` times the width."""
    return min(width * 64 // side, width * deepest)


def sides(size: int) -> list[int]:
    """Resolutions from 4 pixels to `size`."""
    return [2**k for k in range(2, int(math.log2(size)) + 1)]


class Layer(nn.Module):
    """A modulated 3 x 3 convolution, its picture doubled before it if `up`, then grain, bias and leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, point: int, side: int, up: bool) -> None:
        super().__init__()
        self.convolution = ModulatedConvolution(inputs, outputs, 3, point, up=up, gain=GAIN)
        self.strength, self.bias = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(outputs))
        self.side = side

    def forward(self, x: Tensor, w: Tensor, grain: Tensor | None) -> Tensor:
        """(B, inputs, H, W), w (B, W) and the layer's noise (B, 1, S, S), None for none -> (B, outputs, S, S)."""
        out = self.convolution(x, w) + self.bias.view(1, -1, 1, 1) * GAIN
        return leaky(out if grain is None else out + grain * (self.strength * GAIN))


class Generator(nn.Module):
    """Noise (B, Z) and styles (B,) to pictures (B, 3, S, S), nominally in [-1, 1], by way of points w.

    What w does not decide, such as where a hair lies, is the grain: normal noise (B, G) for the pixels of all layers. With
    `start="noise"` a point is of two parts, Z numbers of noise and Z mapped of noise and style, so that W is 2 Z: a picture
    begins from the direction of the first, its layout the same in every style, and its layers follow the second. Else W is Z.
    """

    mean: Tensor
    counts: Tensor

    def __init__(
        self, size: int, width: int, noise_size: int, styles: int, deepest: int, start: Literal["constant", "noise"]
    ) -> None:
        super().__init__()
        if start not in ("constant", "noise"):  # of a run's files
            raise ValueError(f"pictures cannot begin from {start!r}")
        self.size, self.noise_size = size, noise_size
        self.embedding = Dense(styles, noise_size) if styles > 1 else None
        wide = noise_size * (2 if styles > 1 else 1)
        self.mapping = nn.ModuleList(
            Dense(wide if k == 0 else noise_size, noise_size, rate=MAPPING_RATE) for k in range(MAPPING_LAYERS)
        )
        self.noise_part = noise_size if start == "noise" else 0  # numbers of a point that its style has no part in
        self.register_buffer("mean", torch.zeros(styles, noise_size))  # of what is mapped, by style, a running average
        self.register_buffer(
            "counts", torch.ones(())
        )  # how much the style counts, 0 to 1: it comes to count in training
        first = channels_at(4, width, deepest)
        # What pictures begin from: the same for all (Karras et al. 2019), or what each noise says, as in the papers before.
        self.constant = nn.Parameter(torch.empty(1, first, 4, 4)) if start == "constant" else None
        self.start = Dense(noise_size, first * 16) if start == "noise" else None
        self.layers, self.colours = nn.ModuleList(), nn.ModuleList()
        inputs = first
        for side in sides(size):
            outputs = channels_at(side, width, deepest)
            if side > 4:
                self.layers.append(Layer(inputs, outputs, noise_size, side, up=True))
            self.layers.append(Layer(outputs, outputs, noise_size, side, up=False))
            self.colours.append(ModulatedConvolution(outputs, 3, 1, noise_size, demodulate=False))
            inputs = outputs
        self.offsets = nn.Parameter(torch.zeros(len(self.colours), 3))

    @property
    def points(self) -> int:
        """How many points w a picture takes: one a layer, and that of the last for its colours."""
        return len(self.layers)

    def point(self, noise: Tensor, styles: Tensor) -> Tensor:
        """The point w (B, W) of noise (B, Z) and styles (B,) by number."""
        x = _unit(noise)
        if self.embedding is not None:
            told = F.one_hot(styles, self.embedding.weight.shape[1]).to(noise)
            x = torch.cat([x, self.counts * _unit(self.embedding(told))], 1)
        for layer in self.mapping:
            x = active(layer(x))
        return torch.cat([noise, x], 1) if self.noise_part else x

    @property
    def grains(self) -> list[int]:
        """How many numbers of a picture's grain each layer takes; their sum is G."""
        return [side**2 for side in sides(self.size) for _ in range(1 if side == 4 else 2)]

    def drawn(self, count: int, draw: torch.Generator) -> Tensor:
        """Grain (B, G) for `count` pictures, drawn layer by layer, where the weights are."""
        return torch.cat([torch.randn(count, own, generator=draw, device=draw.device) for own in self.grains], 1).to(
            self.offsets
        )

    def paint(self, points: Tensor, grain: Tensor | None = None) -> Tensor:
        """Points w (B, L, W), one a layer, and grain (B, G), or none, to pictures (B, 3, S, S)."""
        each = [None] * self.points if grain is None else grain.split(self.grains, 1)
        x = self.begun(points[:, 0]).contiguous(memory_format=torch.channels_last)
        points = points[:, :, self.noise_part :]
        rgb: Tensor | None = None
        for k, (layer, own) in enumerate(zip(self.layers, each, strict=True)):
            x = layer(x, points[:, k], None if own is None else own.unflatten(1, (1, layer.side, layer.side)))
            if k % 2 == 0:  # the last of its resolution
                place = k // 2
                told = self.colours[place](x, points[:, min(k + 1, len(self.layers) - 1)])
                told = told + self.offsets[place].view(1, 3, 1, 1)
                rgb = told if rgb is None else doubled(rgb) + told
        assert rgb is not None
        return rgb

    def begun(self, w: Tensor) -> Tensor:
        """What pictures of points w (B, W) begin from, (B, C, 4, 4)."""
        if self.start is not None:
            own: Tensor = self.start(_unit(w[:, : self.noise_part]))
            return own.reshape(w.shape[0], -1, 4, 4)
        assert self.constant is not None
        # By its shape, not its length: an export would take that for the same number always.
        return self.constant.expand(w.shape[0], -1, -1, -1)

    def truncated(self, w: Tensor, styles: Tensor, truncation: float | Tensor) -> Tensor:
        """Points w (B, W) drawn towards their style's mean: 1 leaves them, 0 gives the mean (Dobler et al. 2022).

        What is noise in them stays: at 0 a style has one look, in each picture's own layout.
        """
        noise, mapped = w[:, : self.noise_part], w[:, self.noise_part :]
        mean = self.mean[styles]
        return torch.cat([noise, mean + truncation * (mapped - mean)], 1)

    def forward(
        self,
        noise: Tensor,
        styles: Tensor | None = None,
        truncation: float | Tensor = 1.0,
        grain: Tensor | None = None,
    ) -> Tensor:
        """Noise (B, Z), styles (B,), by default the first, and grain (B, G), by default none -> pictures (B, 3, S, S)."""
        styles = torch.zeros(len(noise), dtype=torch.long, device=noise.device) if styles is None else styles
        w = self.truncated(self.point(noise, styles), styles, truncation)
        return self.paint(self.everywhere(w), grain=grain)

    def everywhere(self, w: Tensor) -> Tensor:
        """The same point (B, W) at every layer (B, L, W)."""
        return w[:, None].expand(-1, self.points, -1)


class Block(nn.Module):
    """Two 3 x 3 convolutions, the second halving, beside a halving 1 x 1 one (Karras et al. 2020, section 4.1)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = Convolution(inputs, inputs, 3, gain=GAIN)
        self.second = Convolution(inputs, outputs, 3, down=True)  # its gain and the sum's division cancel
        self.shortcut = Convolution(inputs, outputs, 1, bias=False, down=True, gain=1 / GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H/2, W/2)."""
        main = leaky(self.second(leaky(self.first(x))))
        shortcut: Tensor = self.shortcut(x)
        return main + shortcut


class Discriminator(nn.Module):
    """Pictures (B, 3, S, S) and styles (B,) to scores (B,); what is seen is projected on the style (Miyato and Koyama 2018)."""

    def __init__(self, size: int, width: int, styles: int, deepest: int = 4) -> None:
        super().__init__()
        channels = [channels_at(side, width, deepest) for side in sides(size)[::-1]]
        self.first = Convolution(3, channels[0], 1, gain=GAIN)
        self.blocks = nn.ModuleList(Block(*pair) for pair in pairwise(channels))
        last = channels[-1]
        self.last = Convolution(last + 1, last, 3, gain=GAIN)
        self.dense = Dense(last * 16, last)
        self.score = Dense(last, 1)
        self.embedding = Dense(styles, last) if styles > 1 else None

    def features(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, F), of which the score is linear."""
        x = leaky(self.first(pictures.contiguous(memory_format=torch.channels_last)))
        for block in self.blocks:
            x = block(x)
        x = leaky(self.last(with_spread(x)))
        return active(self.dense(x.flatten(1)))

    def forward(self, pictures: Tensor, styles: Tensor | None = None, conditional: float = 1.0) -> Tensor:
        """`conditional` 0 to 1 is how much the style counts: at 0 no more than whether it is a painting."""
        seen = self.features(pictures)
        scores: Tensor = self.score(seen)[:, 0]
        if self.embedding is None or styles is None:
            return scores
        told = self.embedding(F.one_hot(styles, self.embedding.weight.shape[1]).to(seen))
        return scores + conditional * (_unit(told) * seen).mean(1) * math.sqrt(seen.shape[1])


def with_spread(x: Tensor) -> Tensor:
    """One channel more: the mean deviation over groups of pictures, so that a lack of variety shows (Karras et al. 2018)."""
    count, _, h, w = x.shape
    group = GROUP if count % GROUP == 0 else count
    grouped = x.reshape(group, count // group, -1)
    variance = (grouped - grouped.mean(0)).square().mean(0)  # several times as fast as `var`
    spread = (variance + 1e-8).sqrt().mean(1)  # (B / group,)
    return torch.cat([x, spread.repeat(group).view(-1, 1, 1, 1).expand(-1, 1, h, w)], 1)


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Weights of deviation 1 (divided by a layer's `rate`), the constant normal, biases as they are."""
    for module in network.modules():
        if isinstance(module, Dense | Convolution | ModulatedConvolution):
            nn.init.normal_(module.weight, generator=generator)
            if isinstance(module, Dense):
                with torch.no_grad():
                    module.weight.div_(module.rate)
        if isinstance(module, Generator) and module.constant is not None:
            nn.init.normal_(module.constant, generator=generator)


def _unit(x: Tensor) -> Tensor:
    """Scaled to a mean square of 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()
