"""Maps that know nothing of the model, which a method must beat to have shown anything; all (H, W) of a picture (3, H, W)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW = 9  # pixels on a side, of local variance


def uniform(picture: Tensor, seed: int) -> Tensor:
    """The same everywhere: its order is a random one, its mask keeps all."""
    return torch.ones(picture.shape[1:])


def random(picture: Tensor, seed: int) -> Tensor:
    """Noise as smooth as a map of 16-pixel cells, 0 to 1."""
    cells = [max(1, side // 16) for side in picture.shape[1:]]
    noise = torch.rand(1, 1, *cells, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(noise, picture.shape[1:], mode="bilinear", align_corners=False)[0, 0]


def centre_gaussian(picture: Tensor, seed: int) -> Tensor:
    """A hill in the middle, its deviation a quarter of each side."""
    down, across = (((torch.arange(n) + 0.5) / n - 0.5) / 0.25 for n in picture.shape[1:])
    return torch.exp(-(down[:, None] ** 2 + across[None] ** 2) / 2)


def edges(picture: Tensor, seed: int) -> Tensor:
    """The size of Sobel's gradient of the brightness."""
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    grey = F.pad(picture.mean(0)[None, None].cpu(), (1, 1, 1, 1), mode="replicate")
    found: Tensor = F.conv2d(grey, torch.stack([kernel, kernel.T])[:, None]).square().sum(1).sqrt()[0]
    return found


def local_variance(picture: Tensor, seed: int) -> Tensor:
    """How much colours vary within nine pixels: texture, without any idea of style."""
    around = F.pad(picture[None].cpu(), (WINDOW // 2,) * 4, mode="replicate")
    mean = F.avg_pool2d(around, WINDOW, 1)
    return (F.avg_pool2d(around.square(), WINDOW, 1) - mean.square()).clamp_min(0).sum(1)[0]


CONTROLS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "uniform": uniform,
    "random": random,
    "centre": centre_gaussian,
    "edges": edges,
    "texture": local_variance,
}
