"""Maps made by showing a model many versions of a picture: Score-CAM and RISE, in a memory that does not grow."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.errors import UserError
from brushwork.explain.capture import Score
from brushwork.explain.variants import scores_of_versions
from brushwork.randomness import stream


def channel_scores(model: nn.Module, picture: Tensor, activation: Tensor, score: Score) -> Tensor:
    """The scores (C,) of a picture (1, 3, H, W) seen through each channel (1, C, h, w), brought to 0..1 and its size.

    Score-CAM's H_k = minmax(up(A_k)) (Wang et al. 2020); a channel that does not vary shows nothing. What is hidden has the
    mean colour of the pictures learned from, 0 after preprocessing.
    """
    size = (picture.shape[2], picture.shape[3])
    flat = activation[0].flatten(1)
    varies = (flat.amax(1) > flat.amin(1)).nonzero()[:, 0]
    chosen = activation[0, varies]  # (V, h, w)

    def seen_through(part: range) -> Tensor:
        if part.stop > len(varies):  # the last is the picture of which nothing is seen
            rest = range(part.start, len(varies))
            nothing = torch.zeros_like(picture)
            return torch.cat([seen_through(rest), nothing]) if len(rest) else nothing
        up = F.interpolate(chosen[part.start : part.stop, None], size, mode="bilinear", align_corners=False)
        low, high = up.amin((2, 3), keepdim=True), up.amax((2, 3), keepdim=True)
        return picture * ((up - low) / (high - low))

    told = scores_of_versions(model, picture, seen_through, len(varies) + 1, score)
    scores = told[-1].repeat(activation.shape[1])
    scores[varies] = told[:-1]
    return scores


@dataclass(frozen=True, slots=True)
class Rise:
    """A map and how uncertain each pixel of it is, both (H, W), in units of the score."""

    map: Tensor
    standard_error: Tensor


def rise(
    model: nn.Module, picture: Tensor, score: Score, count: int, seed: int, cell: int = 7, share: float = 0.5
) -> Rise:
    """RISE: the mean of `count` random masks, weighted by the score of the picture (1, 3, H, W) seen through each.

    Petsiuk et al. 2018 (arXiv 1806.07421): grids with `cell` cells on the short side, each open with probability `share`,
    drawn larger by one cell and cut out at a random place. S = sum_i f(x * m_i) m_i / (N share), from which the mean
    score is taken, so that what does not matter is near 0; the standard error is that of the mean over masks.
    """
    if count < 2:
        raise UserError(f"{count} masks were asked of RISE; give two or more, some hundreds for a map worth having.")
    height, width = picture.shape[2:]
    side = min(height, width) / cell
    grid = (math.ceil(height / side), math.ceil(width / side))
    large = [math.ceil((n + 1) * side) for n in grid]

    def masks(part: range) -> Tensor:
        made = []
        for k in part:
            choose = stream(seed, "rise", k)
            open_ = torch.from_numpy((choose.random((grid[0] + 1, grid[1] + 1)) < share).astype("float32"))
            up = F.interpolate(open_[None, None], large, mode="bilinear", align_corners=False)[0, 0]
            top, left = (int(choose.integers(0, n - m + 1)) for n, m in zip(large, (height, width), strict=True))
            made.append(up[top : top + height, left : left + width])
        return torch.stack(made)[:, None].to(picture)

    told = scores_of_versions(model, picture, lambda part: picture * masks(part), count, score)
    apart, total, squares = told - told.mean(), torch.zeros(height, width), torch.zeros(height, width)
    for k in range(count):
        one = apart[k].cpu() * masks(range(k, k + 1))[0, 0].cpu() / share
        total += one
        squares += one.square()
    mean = total / count
    error = ((squares / count - mean.square()).clamp_min(0) / max(count - 1, 1)).sqrt()
    return Rise(mean.to(picture.device), error.to(picture.device))
