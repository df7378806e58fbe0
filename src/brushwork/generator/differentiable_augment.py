"""Differentiable augmentation: Zhao et al. 2020 (arXiv 2006.10738), colour, translation and cutout, of every picture.

What the discriminator is shown, real or generated, is changed alike, so that it cannot learn few paintings by heart; the
generator learns through the changes.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.processes import own_rows, size
from brushwork.transfer import sent

SHIFT, HOLE = 0.125, 0.5  # of a side, at most, and of the square left out


def differentiably_augmented(pictures: Tensor, draw: torch.Generator) -> Tensor:
    """Pictures (B, 3, S, S) in [-1, 1], each changed at random; in a group every process draws for all and changes its own."""
    count, side = len(pictures) * size(), pictures.shape[3]
    light, saturation, contrast = torch.rand((3, count, 1, 1, 1), generator=draw)
    reach = round(side * SHIFT)
    shift = torch.randint(-reach, reach + 1, (count, 2), generator=draw)
    hole = round(side * HOLE)
    corner = torch.randint(0, side + (1 - hole % 2), (count, 2), generator=draw) - hole // 2

    def told(values: Tensor) -> Tensor:
        return sent(own_rows(values).to(pictures.dtype), pictures.device)

    x = pictures + told(light - 0.5)
    grey = x.mean(1, keepdim=True)
    x = grey + told(2 * saturation) * (x - grey)
    even = x.mean((1, 2, 3), keepdim=True)
    x = even + told(contrast + 0.5) * (x - even)
    return _shifted(x, own_rows(shift), reach) * told(_kept(corner, side, hole))


def _shifted(pictures: Tensor, shift: Tensor, reach: int) -> Tensor:
    """Moved by whole pixels (B, 2), grey (0) where nothing was."""
    side = pictures.shape[3]
    wide = F.pad(pictures, (reach, reach, reach, reach))
    line = torch.arange(side)
    down, across = (line + reach - shift[:, k, None] for k in (0, 1))  # (B, S)
    rows = torch.arange(len(pictures), device=pictures.device)[:, None, None]
    moved = wide.permute(0, 2, 3, 1)[rows, sent(down[:, :, None], wide.device), sent(across[:, None], wide.device)]
    return moved.permute(0, 3, 1, 2)


def _kept(corner: Tensor, side: int, hole: int) -> Tensor:
    """1 outside a square from `corner` (B, 2) on, 0 inside (B, 1, S, S)."""
    line = torch.arange(side)
    inside = [(line >= corner[:, k, None]) & (line < corner[:, k, None] + hole) for k in (0, 1)]
    return 1 - (inside[0][:, :, None] & inside[1][:, None]).float()[:, None]
