"""A network that never learned anything: fixed random features, the same for everybody, of pictures at their own size.

Random networks rank generators much as taught ones do (Naeem et al. 2020; Lee and Lee 2022), need no weights to be had
from anywhere, and cannot have been trained to please.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.collection.collection import Pixels
from brushwork.generator.features import Features, Floats
from brushwork.randomness import stream

NAME = "random network"
WIDTHS = (
    32,
    64,
    96,
)  # channels of the layers whose means and deviations are features, each at half the last one's size
LAYOUT = 32  # channels of the last layer, which is averaged over quarters of the picture
BATCH_PIXELS = 1 << 18  # of pictures that go through together


class RandomNetwork(nn.Module):
    """Pictures (B, 3, S, S) in [-1, 1], S at least 16, to features (B, 512).

    Four layers of 3 x 3 convolutions and rectifiers, each after the first on averages of two by two. Of the first three the
    mean and the deviation of every channel over the picture (colours and textures, coarser and coarser), of the last the mean
    in each quarter (where things are).
    """

    dimensions = 2 * sum(WIDTHS) + 4 * LAYOUT

    def __init__(self) -> None:
        super().__init__()
        sizes = (3, *WIDTHS, LAYOUT)
        layers = []
        for k, (inputs, outputs) in enumerate(pairwise(sizes)):
            layer = nn.utils.skip_init(nn.Conv2d, inputs, outputs, 3, padding=1, padding_mode="reflect")
            draw = stream(0, NAME, k)
            weight = _even(draw, (outputs, inputs, 3, 3)) * (2 / (9 * inputs)) ** 0.5  # He et al. 2015
            layer.weight.data.copy_(torch.from_numpy(weight))
            layer.bias.data.copy_(torch.from_numpy(_even(draw, (outputs,)) * 0.2))
            layers.append(layer)
        self.layers = nn.ModuleList(layers)
        self.eval().requires_grad_(False)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, 512)."""
        rows: list[Tensor] = []
        h = pictures
        for k, layer in enumerate(self.layers):
            h = F.relu(layer(F.avg_pool2d(h, 2) if k else h))
            if k < len(WIDTHS):
                rows += [h.mean((2, 3)), h.std((2, 3), correction=0)]
        return torch.cat([*rows, F.adaptive_avg_pool2d(h, 2).flatten(1)], 1)


def _even(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Numbers of mean 0 and variance 1, evenly distributed: those that every version of NumPy draws alike."""
    return np.asarray((draw.random(shape) * 2 - 1) * 3**0.5)


def random_features(device: torch.device | str = "cpu") -> Features:
    """The features of the random network, computed on a device."""
    network = RandomNetwork().to(device)

    def features(pixels: Pixels) -> Floats:
        at_once = max(1, BATCH_PIXELS // pixels.shape[1] ** 2)
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pixels), at_once):
                part = torch.from_numpy(pixels[start : start + at_once]).to(device)
                rows.append(network(part.permute(0, 3, 1, 2).float() / 127.5 - 1).cpu().double().numpy())
        return np.concatenate(rows)

    return Features(NAME, features, "a small network with fixed random weights, which never learned anything")
