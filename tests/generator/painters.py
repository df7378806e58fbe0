"""Painters of random weights that tests share, the same each time."""

import torch

from brushwork.generator.networks import Painter, networks_of, noise_of
from brushwork.generator.presets import preset_with

STYLES = ["Calm", "Wild"]


def painter(name: str, styles: int = 2) -> Painter:
    """A tiny painter of 32 pixels that was not trained, and whose pictures are colourful and grainy all the same."""
    preset = preset_with(name, 32, 4)
    network = networks_of(preset, 0, styles)[0]
    with torch.no_grad():
        for part, value in network.named_parameters():
            if part.endswith("strength"):
                value.fill_(0.2)
            elif name != "stylegan2" and value.ndim == 4:
                value.mul_(10)
        for k in range(30 if name != "stylegan2" else 0):
            network(noise_of(preset, 64, seed=k))  # the running averages of batch normalisation
    return Painter(network.eval(), preset, STYLES[:styles], "run", 0.0)
