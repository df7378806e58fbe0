"""What a discriminator sees: its layers' activations, as features of pictures (Radford et al. 2016, section 5.1)."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.collection.collection import Pixels
from brushwork.generator import dcgan, stylegan2, wgan_gp
from brushwork.generator.features import Features, Floats
from brushwork.generator.stylegan2_layers import leaky

GRID = 4  # the paper's: every layer is pooled to so many by so many places
AT_ONCE = 64  # pictures that go through together


def activations(discriminator: nn.Module, pictures: Tensor) -> list[Tensor]:
    """What every layer gives (B, C, h, w) of pictures (B, 3, S, S) in [-1, 1]; a residual block counts as one layer.

    A picture's activations do not depend on its company: batch normalisation has its running averages, and stylegan2's
    comparison with the minibatch finds nothing to compare with.
    """
    seen: list[Tensor] = []
    x = pictures
    if isinstance(discriminator, dcgan.Discriminator | wgan_gp.Critic):
        for layer in discriminator.layers:
            if isinstance(layer, nn.Flatten):
                break
            x = layer(x)
            if isinstance(layer, nn.LeakyReLU):
                seen.append(x)
    elif isinstance(discriminator, wgan_gp.ResidualCritic):
        for layer in (discriminator.first, *discriminator.blocks):
            x = layer(x)
            seen.append(x)
    elif isinstance(discriminator, stylegan2.Discriminator):
        x = leaky(discriminator.first(x))
        seen.append(x)
        for block in discriminator.blocks:
            x = block(x)
            seen.append(x)
        seen.append(leaky(discriminator.last(F.pad(x, (0, 0, 0, 0, 0, 1)))))
    else:
        raise TypeError(f"{type(discriminator).__name__} is no discriminator that is known here")
    return seen


def discriminator_features(discriminator: nn.Module, name: str) -> Features:
    """The paper's features: every layer's activations, the largest in each of 4 x 4 places, side by side (N, D)."""
    device = next(discriminator.parameters()).device

    def features(pixels: Pixels) -> Floats:
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pixels), AT_ONCE):
                part = torch.from_numpy(pixels[start : start + AT_ONCE]).to(device)
                seen = activations(discriminator, part.permute(0, 3, 1, 2).float() / 127.5 - 1)
                pooled = [F.adaptive_max_pool2d(layer, GRID).flatten(1) for layer in seen]
                rows.append(torch.cat(pooled, 1).cpu().double().numpy())
        return np.concatenate(rows)

    return Features(name, features, "the largest activations of every layer of the discriminator in 4 x 4 places")
