"""Whether evidence lies where it must: in mosaics of both styles, and on canvases painted half in each school."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier
from brushwork.explain.attribution import attribute
from brushwork.explain.curves import at_size
from brushwork.explain.faithfulness import midranks
from brushwork.images import center_crop, resize_short_side
from brushwork.randomness import stream


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Four squares two by two: of the paintings by their places in two lists, two of one's own style, two of the other."""

    own: tuple[int, int]
    other: tuple[int, int]
    order: tuple[
        int, int, int, int
    ]  # which of own, own, other, other is upper left, upper right, lower left, lower right


def mosaics(own: int, other: int, count: int, seed: int) -> list[Mosaic]:
    """`count` mosaics of `own` and `other` many paintings; every painting of one's own comes first about equally often."""
    drawn = []
    for k in range(count):
        choose = stream(seed, "mosaic", k)
        second = (k + 1 + int(choose.integers(max(own - 1, 1)))) % own
        pair = tuple(int(i) for i in choose.choice(other, 2, replace=other < 2))
        a, b, c, d = (int(i) for i in choose.permutation(4))
        drawn.append(Mosaic((k % own, second), (pair[0], pair[1]), (a, b, c, d)))
    return drawn


def mosaic_canvas(model: StyleClassifier, images: Sequence[Image.Image], order: Sequence[int]) -> Image.Image:
    """Four paintings' middle squares as one canvas, each of half the network's short side, in whole cells."""
    stride = model.preprocessing.stride
    side = max(1, model.preprocessing.short_side // 2 // stride) * stride  # cells must not lie across two squares
    canvas = Image.new("RGB", (2 * side, 2 * side))
    for place, which in enumerate(order):
        square = center_crop(resize_short_side(model.preprocessing.seen(images[which]), side), side, side)
        canvas.paste(square, (place % 2 * side, place // 2 * side))
    return canvas


def focus(map_: Tensor, order: Sequence[int], size: tuple[int, int]) -> float:
    """The share of a mosaic map's positive part (h, w) that lies on the two squares of the style explained.

    Arias-Duart et al. 2022 (arXiv 2109.15035); chance is 0.5. NaN, not 0, where nothing is positive.
    """
    positive = at_size(map_[None].clamp_min(0), size)[0].cpu().double()
    down, across = size[0] // 2, size[1] // 2
    parts = [
        float(part.sum())
        for half in (positive[:down], positive[down:])
        for part in (half[:, :across], half[:, across:])
    ]
    total = sum(parts)
    return (
        sum(part for part, which in zip(parts, order, strict=True) if which < 2) / total if total > 0 else float("nan")
    )


@dataclass(frozen=True, slots=True)
class Localisation:
    """Mean share of the positive evidence for a style that lies on the half painted in it; chance is about a half."""

    share: float
    by_style: dict[str, float]
    canvases: int
    without_evidence: int  # canvas and style pairs with no positive evidence at all, left out of the mean

    def to_dict(self) -> dict[str, object]:
        """The result as plain data."""
        return asdict(self)


def evidence_on_own_half(
    model: StyleClassifier, canvases: Sequence[tuple[Image.Image, Image.Image]], styles: tuple[str, str]
) -> Localisation:
    """For pictures with masks (255 where the second style was painted), the share of evidence on the right half."""
    shares: dict[str, list[float]] = {style: [] for style in styles}
    for picture, mask in canvases:
        pictures = model.preprocessing.tensor([model.preprocessing.canvas(picture)])
        second = canvas_mask(model, picture, mask)
        for pair, own in ((styles, 1 - second), (styles[::-1], second)):
            maps = attribute(model, pictures.to(next(model.parameters())), target=pair).maps
            shares[pair[0]].append(share_inside(at_size(maps.cpu(), (own.shape[0], own.shape[1]))[0], own))
    every = np.array([value for values in shares.values() for value in values])
    means = {style: _mean(np.array(values)) for style, values in shares.items()}
    return Localisation(_mean(every), means, len(canvases), int(np.isnan(every).sum()))


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def share_inside(map_: Tensor, inside: Tensor) -> float:
    """The share of a map's positive part that lies inside, both (H, W), `inside` between 0 and 1; NaN if nothing is positive."""
    positive = map_.clamp_min(0).double()
    total = float(positive.sum())
    return float((positive * inside).sum()) / total if total > 0 else float("nan")


def ranked_inside(map_: Tensor, inside: Tensor) -> float:
    """The chance that a pixel inside (H, W, true) ranks above one outside, equal ones counting half; NaN if all are one."""
    mine = inside.flatten().bool()
    n, m = int(mine.sum()), int((~mine).sum())
    if not n or not m:
        return float("nan")
    return float((midranks(map_.flatten())[mine].sum() - n * (n + 1) / 2) / (n * m))


def canvas_mask(model: StyleClassifier, picture: Image.Image, mask: Image.Image) -> Tensor:
    """A mask of a picture (0 to 255) as it lies on the network's canvas (H, W), 0 to 1."""
    width, height = model.preprocessing.canvas_size(*picture.size)
    box = model.preprocessing.box(*picture.size)
    seen = mask.resize((width, height), Image.Resampling.BOX, box=box)
    return torch.from_numpy(np.asarray(seen, np.float32) / 255)
