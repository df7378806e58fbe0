"""Paintings on their way into the network: random crops to learn from, whole canvases to judge."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from brushwork.classifier.model import Preprocessing, StyleClassifier
from brushwork.collection import Collection
from brushwork.images import LANCZOS
from brushwork.painting import Painting
from brushwork.randomness import stream

BATCH_PIXELS = 600_000  # of canvases judged together; more costs memory and gains nothing on a CPU


def sampling_weights(paintings: Sequence[Painting]) -> npt.NDArray[np.float64]:
    """How often each painting is drawn: styles equally, an artist by the square root of his paintings' number."""
    artists = Counter((p.style, p.group) for p in paintings)
    weights = np.array([artists[p.style, p.group] ** -0.5 for p in paintings])
    for style in {p.style for p in paintings}:
        members = np.array([p.style == style for p in paintings])
        weights[members] /= weights[members].sum()
    return np.asarray(weights / weights.sum())


def random_crops(
    collection: Collection,
    paintings: Sequence[Painting],
    preprocessing: Preprocessing,
    side: int,
    shares: tuple[float, float],
    seed: int,
    step: int,
) -> Tensor:
    """A random square of each painting (B, 3, side, side), of these shares of its short side, half of them mirrored."""
    choose = stream(seed, "crops", step)
    crops = []
    for painting in paintings:
        edge = min(painting.width, painting.height) * choose.uniform(*shares)
        left, top = choose.uniform(0, painting.width - edge), choose.uniform(0, painting.height - edge)
        crop = collection.picture(painting).resize((side, side), LANCZOS, box=(left, top, left + edge, top + edge))
        crops.append(crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if choose.random() < 0.5 else crop)
    return preprocessing.tensor(crops)


def canvases(
    collection: Collection, paintings: Sequence[Painting], preprocessing: Preprocessing
) -> Iterator[tuple[list[int], Tensor]]:
    """Whole canvases (B, 3, H, W) of equal size together, with their places in `paintings`."""
    sizes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, painting in enumerate(paintings):
        scale = preprocessing.short_side / min(painting.width, painting.height)
        long = max(preprocessing.short_side, round(max(painting.width, painting.height) * scale))
        long -= long % preprocessing.stride
        wide = painting.width >= painting.height
        sizes[(long, preprocessing.short_side) if wide else (preprocessing.short_side, long)].append(i)
    for (width, height), places in sizes.items():
        batch = max(1, BATCH_PIXELS // (width * height))
        for start in range(0, len(places), batch):
            part = places[start : start + batch]
            images = [preprocessing.canvas(collection.picture(paintings[i])) for i in part]
            yield part, preprocessing.tensor(images)


def scores_of(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> npt.NDArray[np.float64]:
    """The scores (N, styles) of whole canvases; softmax gives probabilities."""
    scores = np.zeros((len(paintings), len(model.styles)))
    with torch.inference_mode():
        for places, pictures in canvases(collection, paintings, model.preprocessing):
            scores[places] = model(pictures.to(device)).double().cpu().numpy()
    return scores


def pooled_features(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> npt.NDArray[np.float32]:
    """The averaged activations (N, C) of whole canvases, which the head weighs."""
    pooled = np.zeros((len(paintings), model.head.in_features), np.float32)
    with torch.inference_mode():
        for places, pictures in canvases(collection, paintings, model.preprocessing):
            pooled[places] = model.features(pictures.to(device)).mean((2, 3)).float().cpu().numpy()
    return pooled
