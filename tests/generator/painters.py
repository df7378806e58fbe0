"""Painters of random weights that tests share, the same each time."""

from torch import nn

from brushwork.generator.networks import Painter, networks_of
from brushwork.generator.presets import preset_with

STYLES = ["Calm", "Wild"]


def painter(name: str, styles: int = 2) -> Painter:
    """A tiny painter of 32 pixels whose grain shows."""
    preset = preset_with(name, 32, 4)
    network: nn.Module = networks_of(preset, 0, styles)[0].eval()
    for part, value in network.named_parameters():
        if part.endswith("strength"):
            value.data.fill_(0.2)
    return Painter(network, preset, STYLES[:styles], "run", 0.0)
