"""Whether a map says what the model does: drops, mu-fidelity, and by Captum infidelity and max-sensitivity."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.explain.curves import Told, at_size
from brushwork.explain.variants import TOGETHER
from brushwork.randomness import stream

GRID, HIDDEN, SUBSETS = 9, 0.2, 200  # of mu-fidelity: cells on a side, share hidden, how many subsets
ROUNDING = 1e-5  # of a probability, by which the same picture differs from batch to batch
SAMPLES, RADIUS = 10, 0.02  # of max-sensitivity
DRAWS, DEVIATION = 40, 0.2  # of infidelity, in units of the network's input


@dataclass(frozen=True, slots=True)
class Drop:
    """What a picture seen through a map (0 to 1) loses or gains; meaningless without the empty and the uniform map's."""

    drop: float  # max(0, y - o) / y of probabilities (Chattopadhyay et al. 2018); lower is better
    gain: float  # max(0, o - y) / (1 - y) (Zhang et al. 2024, Opti-CAM); higher is better
    increase: float  # 1 where o > y


def drop_through(told: Told, picture: Tensor, map_: Tensor, whole: float) -> Drop:
    """Of a picture (1, 3, H, W) seen through its map (H, W), cut off at zero and divided by its greatest value.

    What the map hides has the mean colour. An all-zero map hides all, one that is 1 nearly everywhere nothing, so it wins
    (Poppi et al. 2021): never to be read alone.
    """
    positive = map_.clamp_min(0)
    mask = positive / positive.amax().clamp_min(torch.finfo(positive.dtype).tiny)
    seen = float(told(picture * mask)[0])
    return Drop(
        max(0.0, whole - seen) / max(whole, 1e-12),
        max(0.0, seen - whole) / max(1 - whole, 1e-12),
        float(seen > whole + ROUNDING),
    )


def hidden_cells(seed: int, count: int = SUBSETS) -> Tensor:
    """Random subsets (count, 81) of a 9 x 9 grid, each of exactly a fifth of the cells."""
    cells, hidden = GRID * GRID, round(HIDDEN * GRID * GRID)
    chosen = torch.zeros(count, cells)
    for k in range(count):
        chosen[k, torch.from_numpy(stream(seed, "subset", k).permutation(cells)[:hidden].copy())] = 1
    return chosen


def falls_without(told: Told, picture: Tensor, subsets: Tensor, whole: float) -> Tensor:
    """By how much what is told falls where each subset (count, 81) has the mean colour, (count,); the same for all maps."""
    found = []
    for few in subsets.split(max(1, TOGETHER // (picture.shape[2] * picture.shape[3]))):
        masks = F.interpolate(few.reshape(-1, 1, GRID, GRID), picture.shape[2:], mode="nearest")
        found.append(told(picture * (1 - masks.to(picture))))
    return whole - torch.cat(found)


def mu_fidelity(map_: Tensor, subsets: Tensor, falls: Tensor) -> float:
    """Spearman's correlation of what a map (H, W) has in a subset and what is lost without it (Bhatt et al. 2020).

    `arXiv 2005.00631`, with the grid of Fel et al. NaN where either does not vary.
    """
    cell = F.interpolate(torch.eye(GRID * GRID).reshape(-1, 1, GRID, GRID), map_.shape, mode="nearest")[:, 0].flatten(1)
    parts = cell.to(map_) @ map_.flatten()  # (81,)
    return spearman(subsets.to(map_) @ parts, falls)


def spearman(one: Tensor, other: Tensor) -> float:
    """The rank correlation of two sets of numbers, equal ones sharing their mean rank; NaN where one does not vary."""
    a, b = (midranks(values.flatten().cpu().double()) for values in (one, other))
    a, b = a - a.mean(), b - b.mean()
    size = float(a.norm() * b.norm())
    return float(a @ b) / size if size > 0 else float("nan")


def midranks(values: Tensor) -> Tensor:
    """The rank (N,) of each of N numbers from 1, the least, equal ones sharing their mean rank."""
    _, place, counts = values.unique(return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    midranks: Tensor = (last - (counts - 1).double() / 2)[place]
    return midranks


@dataclass(frozen=True, slots=True, eq=False)
class Disturbed:
    """What a score becomes as a picture (1, 3, H, W) is disturbed by noise (N, 3, H, W); the same for all maps."""

    picture: Tensor
    noise: Tensor
    scores: Tensor  # (N,)
    whole: Tensor  # (1,)


def disturbed(score: Told, picture: Tensor, seed: int) -> Disturbed:
    """A picture with forty independent draws of Gaussian noise taken from it."""
    generator = torch.Generator().manual_seed(seed)
    noise = DEVIATION * torch.randn((DRAWS, *picture.shape[1:]), generator=generator).to(picture)
    return Disturbed(picture, noise, score(picture - noise), score(picture))


def infidelity_of(seen: Disturbed, map_: Tensor) -> float:
    """Yeh et al. 2019 (arXiv 1901.09392) by Captum, the map (H, W) scaled as fits best; lower is better.

    As a share of the mean square by which the score changes: 1 is what a map of zeros gets, and an unrelated one hardly less,
    since its scale is fitted to the same forty draws. The scale is nowhere negative, for a map turned over explains nothing:
    one that would have to be gets 1, as if its scale were zero.
    """
    from captum.metrics import infidelity

    def scored(pictures: Tensor) -> Tensor:
        return seen.whole if len(pictures) == 1 else seen.scores

    spread = map_.expand(1, 3, -1, -1) / 3  # a pixel's importance is shared by its colours
    if float((seen.noise * spread).flatten(1).sum(1) @ (seen.whole - seen.scores)) <= 0:
        return 1.0
    with torch.no_grad():
        found = infidelity(
            scored, lambda pictures: (seen.noise, pictures - seen.noise), seen.picture, spread,
            n_perturb_samples=DRAWS, normalize=True,
        )  # fmt: skip
    square = (seen.scores - seen.whole).square().mean()
    return float(found[0] / square.clamp_min(1e-12))


def max_sensitivity(explain: Callable[[Tensor], Tensor], picture: Tensor, seed: int) -> float:
    """How far a map (B, h, w) moves at most, as a share of its size, when a picture moves by 0.02 (Yeh et al. 2019).

    Ten draws, by Captum; lower is better. NaN for a map of zeros.
    """
    from captum.metrics import sensitivity_max

    if not bool(explain(picture).any()):
        return float("nan")

    def moved(pictures: Tensor, radius: float) -> Tensor:
        unit = torch.rand(pictures.shape, generator=torch.Generator().manual_seed(seed)).to(pictures)
        return pictures + radius * (2 * unit - 1)

    def explained(
        pictures: Tensor | tuple[Tensor],
    ) -> tuple[Tensor]:  # Captum gives both, and takes rows for inputs else
        return (explain(pictures[0] if isinstance(pictures, tuple) else pictures),)

    found = sensitivity_max(explained, picture, moved, RADIUS, SAMPLES)
    return float(found[0])


def normalised(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (B, h, w) at the pixels, each divided by its greatest absolute value; zeros stay."""
    drawn = at_size(maps, size)
    return drawn / drawn.abs().amax((1, 2), keepdim=True).clamp_min(torch.finfo(drawn.dtype).tiny)
