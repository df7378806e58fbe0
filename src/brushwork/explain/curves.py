"""What a verdict becomes as pixels are taken away or shown, the most or the least important first, by exact rank."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from brushwork.explain.capture import Score
from brushwork.explain.road import noisy_imputed
from brushwork.explain.variants import TOGETHER, batches

BLUR = (11, 5.0)  # pixels and deviation of what insertion begins with (RISE, evaluation notebook)
LEVELS = tuple(k / 10 for k in range(1, 10))  # of ROAD, shares taken away
Told = Callable[[Tensor], Tensor]  # pictures (N, 3, H, W) to the probability of the style told (N,)


@dataclass(frozen=True, slots=True)
class Removal:
    """How a map fares when pixels are removed in its order; probabilities of the style told, areas over shares 0 to 1."""

    deletion: float  # area; lower is better
    insertion: float  # area; higher is better
    aopc: float  # mean fall of the probability along the deletion curve, the start counted (Samek et al. 2017); higher


@dataclass(frozen=True, slots=True)
class Road:
    """How a map fares when pixels are filled from their neighbours; higher is better in both."""

    combined: float  # mean over the levels of (least important gone - most important gone) / 2
    abpc: float  # area between the same two curves


def told_by(answer: Callable[[Tensor], Tensor], score: Score) -> Told:
    """A function from any number of pictures to the scores of a model's answers, a few at a time and without a graph."""

    @torch.no_grad()
    def told(pictures: Tensor) -> Tensor:
        parts = batches(len(pictures), TOGETHER // (pictures.shape[2] * pictures.shape[3]))
        rows = (pictures[part.start : part.stop].contiguous(memory_format=torch.channels_last) for part in parts)
        return torch.cat([score(answer(row)) for row in rows])

    return told


def at_size(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (B, h, w) at the pixels of pictures of `size` (B, H, W), by half-pixel centres."""
    if maps.shape[1:] == size:
        return maps
    return F.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]


def ranks(map_: Tensor, seed: int) -> Tensor:
    """The rank (H, W) of every pixel of a map (H, W), 0 the highest, each once; ties fall by a random order of the seed's.

    To break ties by place would take rows from the top, and to compare with a threshold takes all that tie: of a map
    cut off at zero, most of the picture.
    """
    shuffled = torch.randperm(map_.numel(), generator=torch.Generator().manual_seed(seed)).to(map_.device)
    order = shuffled[map_.flatten()[shuffled].argsort(stable=True, descending=True)]
    found = torch.empty_like(order)
    found[order] = torch.arange(len(order), device=order.device)
    return found.reshape(map_.shape)


def taken(ranked: Tensor, share: float) -> Tensor:
    """Where (H, W) the first `share` of the ranked pixels are: exactly so many, to the nearest pixel."""
    return ranked < round(share * ranked.numel())


def steps_between(picture: Tensor, other: Tensor, ranked: Tensor, steps: int) -> Tensor:
    """Pictures (steps - 1, 3, H, W) on the way from one to the other (1, 3, H, W), the first ranks changed first."""
    masks = torch.stack([taken(ranked, k / steps) for k in range(1, steps)])[:, None]
    return torch.where(masks, other, picture)


def area(curve: Tensor) -> float:
    """Under a curve (n + 1,) over shares 0 to 1, by trapezoids."""
    return float((curve.sum() - curve[0] / 2 - curve[-1] / 2) / (len(curve) - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """What every map's curves share: the picture (1, 3, H, W), as it is, blurred and empty, and what is told of each."""

    picture: Tensor
    blurred: Tensor
    empty: Tensor
    told: Tensor  # (3,)


def ends(told: Told, picture: Tensor) -> Ends:
    """The ends of the curves of a picture (1, 3, H, W); nothing is the mean colour, 0 after preprocessing."""
    blurred, empty = gaussian_blur(picture, [BLUR[0]] * 2, [BLUR[1]] * 2), torch.zeros_like(picture)
    return Ends(picture, blurred, empty, told(torch.cat([picture, blurred, empty])))


def removal(told: Told, end: Ends, ranked: Tensor, steps: int) -> Removal:
    """Deletion, insertion (Petsiuk et al. 2018) and AOPC of a map's ranks (H, W), in `steps` steps."""
    gone = steps_between(end.picture, end.empty, ranked, steps)
    shown = steps_between(end.blurred, end.picture, ranked, steps)
    values = told(torch.cat([gone, shown]))
    whole, blurred, empty = end.told
    deletion = torch.cat([whole[None], values[: steps - 1], empty[None]])
    insertion = torch.cat([blurred[None], values[steps - 1 :], whole[None]])
    return Removal(area(deletion), area(insertion), float((whole - deletion).mean()))


def road(told: Told, end: Ends, ranked: Tensor, seed: int, levels: tuple[float, ...] = LEVELS) -> Road:
    """ROAD of a map's ranks (H, W): the most and the least important pixels filled from their neighbours, by exact rank."""
    orders = ranked, ranked.numel() - 1 - ranked
    missing = torch.stack([taken(order, level) for order in orders for level in levels])[:, None]
    values = told(noisy_imputed(end.picture.expand(len(missing), -1, -1, -1), missing, seed))
    most, least = values[: len(levels)], values[len(levels) :]
    shares = torch.tensor((0.0, *levels))
    apart = torch.cat([torch.zeros(1), (least - most).cpu()])  # where nothing is gone they are one
    return Road(float((least - most).mean() / 2), float(torch.trapezoid(apart, shares)))
