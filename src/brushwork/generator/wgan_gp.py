"""WGAN-GP: Gulrajani et al. 2017 (arXiv 1704.00028), with both pairs of the authors' `gan_64x64.py`.

The critic has layer normalisation over (C, H, W) with a gain and an offset per channel, which is `GroupNorm(1, C)`, and
never batch normalisation: the penalty is each picture's own (section 4 of the paper). TensorFlow pads a strided 5 x 5
convolution with one pixel on the left and two on the right; here it is two on both, which shifts nothing but the border.
"""

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.norm import BatchNorm


class Generator(nn.Module):
    """The DCGAN-shaped generator: noise (B, Z) to pictures (B, 3, S, S) in [-1, 1]; 5 x 5 kernels, biases throughout."""

    def __init__(self, size: int, width: int, noise_size: int) -> None:
        super().__init__()
        channels = _channels(size, width)[::-1]  # 64 px, width 64: 512, 256, 128, 64
        layers: list[nn.Module] = [
            nn.Linear(noise_size, channels[0] * 16),
            nn.Unflatten(1, (channels[0], 4, 4)),
            BatchNorm(channels[0]),
            nn.ReLU(),
        ]
        for wide, narrow in itertools.pairwise(channels):
            layers += [_deconvolution(wide, narrow), BatchNorm(narrow), nn.ReLU()]
        self.layers = nn.Sequential(*layers, _deconvolution(channels[-1], 3), nn.Tanh())

    def forward(self, noise: Tensor) -> Tensor:
        """(B, Z) -> (B, 3, S, S)."""
        pictures: Tensor = self.layers(noise)
        return pictures


class Critic(nn.Module):
    """The DCGAN-shaped critic: pictures (B, 3, S, S) to scores (B,), which are no probabilities."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        channels = _channels(size, width)
        layers: list[nn.Module] = [nn.Conv2d(3, channels[0], 5, stride=2, padding=2), nn.LeakyReLU(0.2)]
        for narrow, wide in itertools.pairwise(channels):
            layers += [nn.Conv2d(narrow, wide, 5, stride=2, padding=2), nn.GroupNorm(1, wide), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * 16, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B,)."""
        scores: Tensor = self.layers(pictures)
        return scores[:, 0]


class ResidualBlock(nn.Module):
    """Normalise, ReLU, convolve, twice, beside a shortcut; `up` doubles and `down` halves the picture.

    Up: nearest-neighbour doubling before the first convolution and before the shortcut's. Down: mean pooling after the
    second convolution, and before the shortcut's. The first convolution has no bias, its norm has.
    """

    def __init__(self, inputs: int, outputs: int, resample: str, norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        middle = outputs if resample == "up" else inputs
        self.resample = resample
        self.norm1, self.conv1 = norm(inputs), nn.Conv2d(inputs, middle, 3, padding=1, bias=False)
        self.norm2, self.conv2 = norm(middle), nn.Conv2d(middle, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, 2H, 2W) or (B, outputs, H/2, W/2)."""
        up = self.resample == "up"
        h = F.relu(self.norm1(x))
        h = doubled_convolved(h, self.conv1.weight) if up else self.conv1(h)
        h = F.relu(self.norm2(h))
        h = self.conv2(h) if up else convolved_pooled(h, self.conv2.weight, self.conv2.bias)
        # A convolution of single pixels is the same before doubling and after it.
        beside: Tensor = F.interpolate(self.shortcut(x), scale_factor=2.0) if up else self.shortcut(F.avg_pool2d(x, 2))
        return beside + h


def doubled_convolved(x: Tensor, weight: Tensor) -> Tensor:
    """A 3 x 3 convolution of nearest-neighbour doubled x (B, C, H, W), at the smaller size: (B, outputs, 2H, 2W).

    Of a doubled pixel's four places those under the kernel meet it with the sum of their weights, so that four
    multiplications do what nine would.
    """
    return F.conv_transpose2d(x, over_pairs(weight.flip(2, 3).transpose(0, 1)), stride=2, padding=1)


def convolved_pooled(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The mean over 2 x 2 places of a 3 x 3 convolution of x (B, C, H, W), at the smaller size: (B, outputs, H/2, W/2)."""
    return F.conv2d(x, over_pairs(weight) / 4, bias, stride=2, padding=1)


def over_pairs(weight: Tensor) -> Tensor:
    """The kernels (A, B, 4, 4) that sum what the kernels (A, B, 3, 3) give at 2 x 2 places."""
    line = torch.eye(3, 4, device=weight.device, dtype=weight.dtype)
    line = line + line.roll(1, 1)  # each of three weights is met by two of four places
    places = weight.permute(0, 2, 3, 1).flatten(1, 2)  # (A, 9, B), as they lie in memory
    wide = torch.kron(line, line).T.expand(len(places), 16, 9) @ places  # (A, 16, B)
    return wide.reshape(len(wide), 4, 4, -1).permute(0, 3, 1, 2)


class ResidualGenerator(nn.Module):
    """`GoodGenerator`: noise (B, Z) to pictures (B, 3, S, S) in [-1, 1]; 64 px, width 64: 512, 512, 256, 128, 64."""

    def __init__(self, size: int, width: int, noise_size: int) -> None:
        super().__init__()
        channels = [_channels(size, width)[-1], *_channels(size, width)[::-1]]
        self.first = nn.Linear(noise_size, channels[0] * 16)
        self.blocks = nn.Sequential(*(ResidualBlock(a, b, "up", BatchNorm) for a, b in itertools.pairwise(channels)))
        self.norm, self.last = BatchNorm(channels[-1]), nn.Conv2d(channels[-1], 3, 3, padding=1)

    def forward(self, noise: Tensor) -> Tensor:
        """(B, Z) -> (B, 3, S, S)."""
        h = self.blocks(self.first(noise).unflatten(1, (-1, 4, 4)))
        return torch.tanh(self.last(F.relu(self.norm(h))))


class ResidualCritic(nn.Module):
    """`GoodDiscriminator`: pictures (B, 3, S, S) to scores (B,); no norm and no activation before the last layer."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        channels = [*_channels(size, width), _channels(size, width)[-1]]  # 64, 128, 256, 512, 512
        self.first = nn.Conv2d(3, channels[0], 3, padding=1)
        self.blocks = nn.Sequential(
            *(ResidualBlock(a, b, "down", _layer_norm) for a, b in itertools.pairwise(channels))
        )
        self.last = nn.Linear(channels[-1] * 16, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B,)."""
        scores: Tensor = self.last(self.blocks(self.first(pictures)).flatten(1))
        return scores[:, 0]


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """The authors' initialisation; all weights uniform, all biases 0, norms the identity.

    DCGAN-shaped pair: standard deviation 0.02. Residual pair: sqrt(4 / (fan_in + fan_out)) for 3 x 3 convolutions
    (the authors' `he_init`), sqrt(2 / (fan_in + fan_out)) for shortcuts, the critic's first convolution and linear layers.
    """
    residual = isinstance(network, ResidualGenerator | ResidualCritic)
    for name, module in network.named_modules():
        if not isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            continue
        deviation = 0.02
        if residual:
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(module.weight)
            glorot = isinstance(module, nn.Linear) or name.endswith("shortcut") or name == "first"
            deviation = math.sqrt((2.0 if glorot else 4.0) / (fan_in + fan_out))
        edge = math.sqrt(3.0) * deviation
        nn.init.uniform_(module.weight, -edge, edge, generator=generator)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, weight: Tensor, penalty: float
) -> Tensor:
    """lambda * mean((||grad D(x)|| - 1)^2) at x = real + weight * (fake - real) (Gulrajani et al. 2017, eq. 3).

    One weight per picture, drawn from U(0, 1), of shape (B,); the norm runs over all pixels and channels of a picture.
    The tiny number under the root keeps the second derivative finite where the gradient is zero.
    """
    between = (real + weight.view(-1, 1, 1, 1) * (fake - real)).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)  # (B, 3, S, S)
    slopes = (gradient.square().sum(dim=(1, 2, 3)) + 1e-12).sqrt()
    return penalty * (slopes - 1).square().mean()


def _channels(size: int, width: int) -> list[int]:
    return [width * 2**i for i in range(int(math.log2(size // 4)))]


def _layer_norm(channels: int) -> nn.Module:
    return nn.GroupNorm(1, channels)


def _deconvolution(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 5, stride=2, padding=2, output_padding=1)
