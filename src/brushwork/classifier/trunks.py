"""The part of a classifier that sees: a small network of our own, or one of timm by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.norm import BatchNorm

SCRATCH = "brushwork-small"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A network from pictures (B, 3, H, W) to a map (B, channels, h, w); H and W are multiples of `stride`.

    `reads` says in one plain sentence which layers the map comes from: they are the evidence layer, which a trunk
    declares and users never pick.
    """

    network: nn.Module
    channels: int
    stride: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    architecture: str
    reads: str
    options: dict[str, Any] = field(default_factory=dict)  # of timm, needed to build it again
    frozen: tuple[str, ...] = ()  # names of parameters that fine-tuning leaves alone
    last: int = 0  # how many channels at the end are those of the last layer read
    weighed: int = 0  # how many channels from the start on a head fitted afterwards weighs; 0 is all


def build_trunk(architecture: str, options: Mapping[str, Any]) -> Trunk:
    """The trunk of that name without weights; `UserError` with the nearest names when there is none."""
    if architecture == SCRATCH:
        reads = (
            f"Every layer of {SCRATCH} from half the resolution on but those of its last stage, through which it is taught, "
            "averaged to one cell for 16 x 16 pixels."
        )
        channels, stride, last = SmallTrunk.channels, SmallTrunk.stride, SmallTrunk.widths[-1]
        weighed = channels - 2 * last
        return Trunk(
            SmallTrunk(), channels, stride, (0.5,) * 3, (0.25,) * 3, SCRATCH, reads, last=last, weighed=weighed
        )
    from brushwork.classifier.timm_trunks import timm_trunk  # here, for it needs `Trunk`

    return timm_trunk(architecture, dict(options))


def transfer_trunk(name: str, weights: Path | None) -> Trunk:
    """A timm trunk with learned weights: downloaded by timm, or from a safetensors file with timm's parameter names.

    Raises `UserError` when the trunk is unknown or the weights do not fit, naming the keys.
    """
    from brushwork.classifier.timm_trunks import learned_timm_trunk

    return learned_timm_trunk(name, weights)


class SmallTrunk(nn.Module):
    """A stem and three residual stages of two blocks down to stride 16: quick on two cores, and fully convolutional.

    The last stage teaches the others and is not weighed afterwards: it knows the artists learned from too well, and on
    artists never seen the others tell styles better without it (docs/verdict.md).
    """

    stride, widths = 16, (24, 48, 96, 160)
    channels = widths[0] + 2 * sum(widths[1:])

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 3, stride=2, padding=1, bias=False), BatchNorm(24), nn.ReLU())
        stages: list[nn.Module] = []
        for inputs, outputs in zip(self.widths, self.widths[1:], strict=False):
            stages += [SmallBlock(inputs, outputs, 2), SmallBlock(outputs, outputs, 1)]
        self.stages = nn.Sequential(*stages)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 632, H / 16, W / 16)."""
        rows = pictures.shape[2] // self.stride
        return torch.cat([F.avg_pool2d(h, h.shape[2] // rows) for h in self._layers(pictures)], 1)

    def pooled(self, pictures: Tensor) -> Tensor:
        """The averages (B, 632) of `forward` over the canvas."""
        return torch.cat([h.mean((2, 3)) for h in self._layers(pictures)], 1)

    def _layers(self, pictures: Tensor) -> Iterator[Tensor]:
        h = self.stem(pictures)
        yield h
        for block in self.stages:
            h = block(h)
            yield h


class SmallBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al. 2016), mean-pooled where it halves."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), BatchNorm(outputs)
        self.conv2, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), BatchNorm(outputs)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()  # as modules, which guided backpropagation can get hold of
        self.shortcut: nn.Module = nn.Identity()
        if stride == 2:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(2, ceil_mode=True), nn.Conv2d(inputs, outputs, 1, bias=False), BatchNorm(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        h = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        activation: Tensor = self.relu2(h + self.shortcut(x))
        return activation
