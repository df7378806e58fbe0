"""Adaptive discriminator augmentation: Karras et al. 2020 (arXiv 2006.06676), their blit, geometry and colour operations.

Every operation is done to a picture with probability p, so that for p well below 1 what is not augmented stays the most frequent
and a generator gains nothing by painting augmented pictures. p follows how often the discriminator is sure of real paintings.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.processes import own_rows, size
from brushwork.transfer import sent

TARGET = 0.6  # of the mean sign of the discriminator's scores of real paintings, 0 being as real as generated
KIMG_TO_ONE = 100.0  # thousands of paintings in which p may go from 0 to 1
MOST = 0.85  # above which augmentations were seen to leak
SHIFT, STRETCH = 0.125, 0.2  # of a side; deviation of the logarithm to base 2
BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.5, 1.0


def adapted(p: float, signs: float, paintings: int) -> float:
    """The next p, after `paintings` real ones whose scores' signs had this mean."""
    step = paintings / (KIMG_TO_ONE * 1000)
    # Rounded, or steps up and down would leave a trace above 0 and cost what augmentation costs.
    return round(min(max(p + math.copysign(step, signs - TARGET), 0.0), MOST), 9)


def augmented(pictures: Tensor, p: float, draw: torch.Generator) -> Tensor:
    """Pictures (B, 3, S, S) in [-1, 1], each changed at random; the draws come from the CPU and are the same on every device.

    In a group every process draws for all pictures and changes its own.
    """
    if p <= 0:
        return pictures
    return _coloured(_moved(pictures, p, draw), p, draw)


def _moved(pictures: Tensor, p: float, draw: torch.Generator) -> Tensor:
    """Mirrored, turned, shifted and stretched, by one affine map each, mirrored at the border."""
    count = len(pictures) * size()
    shift = _eye(count)

    def some(values: Tensor, share: float) -> Tensor:
        return torch.where(torch.rand(count, generator=draw) < share, values, torch.zeros(()))

    mirror = some(torch.randint(0, 2, (count,), generator=draw).float(), p)
    matrix = _scaling(1 - 2 * mirror, torch.ones(count))
    quarter = some(torch.randint(0, 4, (count,), generator=draw).float(), p)
    matrix = _rotation(quarter * (math.pi / 2)) @ matrix
    stretch = torch.exp2(some(STRETCH * torch.randn(count, generator=draw), p))
    matrix = _scaling(stretch, stretch) @ matrix
    either = 1 - math.sqrt(1 - p)  # of two turns, before and after the uneven stretch
    matrix = _rotation(some((2 * torch.rand(count, generator=draw) - 1) * math.pi, either)) @ matrix
    uneven = torch.exp2(some(STRETCH * torch.randn(count, generator=draw), p))
    matrix = _scaling(uneven, 1 / uneven) @ matrix
    matrix = _rotation(some((2 * torch.rand(count, generator=draw) - 1) * math.pi, either)) @ matrix
    for place in (0, 1):
        whole = some((2 * torch.rand(count, generator=draw) - 1) * 2 * SHIFT, p)
        side = pictures.shape[3 - place]
        shift[:, place, 2] = (whole * side / 2).round() * 2 / side + some(
            2 * SHIFT * torch.randn(count, generator=draw), p
        )
    matrix = own_rows(shift @ matrix)
    if bool((matrix == _eye(len(matrix))).all()):
        return pictures
    back = sent(torch.linalg.inv(matrix)[:, :2].to(pictures.dtype), pictures.device)
    grid = F.affine_grid(back, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _coloured(pictures: Tensor, p: float, draw: torch.Generator) -> Tensor:
    """Brighter, more contrasted, of negated brightness, of turned hue and of other saturation, by one colour map each."""
    count = len(pictures) * size()

    def some(values: Tensor) -> Tensor:
        return torch.where(torch.rand(count, generator=draw) < p, values, torch.zeros(()))

    matrix = torch.eye(4).repeat(count, 1, 1)  # (B, 4, 4), of red, green, blue and 1
    grey = torch.tensor([1.0, 1.0, 1.0, 0.0]) / math.sqrt(3)  # the direction of brightness
    along = torch.outer(grey, grey)
    across = torch.diag(torch.tensor([1.0, 1.0, 1.0, 0.0])) - along
    brighter = torch.eye(4).repeat(count, 1, 1)
    brighter[:, :3, 3] = some(BRIGHTNESS * torch.randn(count, generator=draw))[:, None]
    matrix = brighter @ matrix
    contrast = torch.exp2(some(CONTRAST * torch.randn(count, generator=draw)))
    matrix = _diagonal(contrast) @ matrix
    negated = some(torch.randint(0, 2, (count,), generator=draw).float())
    matrix = (torch.eye(4) - 2 * negated[:, None, None] * along) @ matrix
    turned = some((2 * torch.rand(count, generator=draw) - 1) * math.pi)
    matrix = _about(grey[:3], turned) @ matrix
    saturation = torch.exp2(some(SATURATION * torch.randn(count, generator=draw)))
    corner = torch.zeros(4, 4)
    corner[3, 3] = 1
    matrix = (along + corner + saturation[:, None, None] * across) @ matrix
    colours = sent(own_rows(matrix).to(pictures.dtype), pictures.device)
    mixed = torch.einsum("bij,bjhw->bihw", colours[:, :3, :3], pictures)
    return mixed + colours[:, :3, 3, None, None]


def _eye(count: int) -> Tensor:
    return torch.eye(3).repeat(count, 1, 1)


def _scaling(across: Tensor, down: Tensor) -> Tensor:
    """(B,) and (B,) to (B, 3, 3)."""
    return torch.diag_embed(torch.stack([across, down, torch.ones_like(across)], 1))


def _rotation(angle: Tensor) -> Tensor:
    """Of the plane, (B,) to (B, 3, 3)."""
    matrix = _eye(len(angle))
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 1, 0] = angle.sin()
    matrix[:, 0, 1] = -angle.sin()
    return matrix


def _diagonal(scale: Tensor) -> Tensor:
    """Colours scaled, (B,) to (B, 4, 4)."""
    return torch.diag_embed(torch.stack([scale, scale, scale, torch.ones_like(scale)], 1))


def _about(axis: Tensor, angle: Tensor) -> Tensor:
    """Rotations of colours about an axis (3,), (B,) to (B, 4, 4) (Rodrigues)."""
    x, y, z = axis.tolist()
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
    matrix = torch.eye(4).repeat(len(angle), 1, 1)
    matrix[:, :3, :3] = cosine * torch.eye(3) + sine * cross + (1 - cosine) * torch.outer(axis, axis)
    return matrix
