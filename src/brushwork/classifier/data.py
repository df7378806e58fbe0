"""Paintings on their way into the network: random crops to learn from, whole canvases to judge."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from brushwork.classifier.folding import folded
from brushwork.classifier.model import Preprocessing, StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.collection import Collection
from brushwork.images import LANCZOS
from brushwork.painting import Painting
from brushwork.processes import gathered, is_writer, shard
from brushwork.progress import progress
from brushwork.randomness import stream

BATCH_PIXELS = 300_000  # of canvases judged together; more leave a CPU's caches and take twice as long
LUMA = (0.299, 0.587, 0.114)  # of ITU-R BT.601: how bright red, green and blue look


def sampling_weights(paintings: Sequence[Painting], cap: int = 0) -> npt.NDArray[np.float64]:
    """How often each painting (N,) is drawn, as shares of one: styles equally, within them artists by their number n.

    An artist weighs sqrt(n), or with a cap min(n, cap), as if no more of his paintings were drawn in a pass.
    """
    artists = Counter((p.style, p.group) for p in paintings)
    counts = np.array([artists[p.style, p.group] for p in paintings])
    weights = np.minimum(counts, cap) / counts if cap else counts**-0.5
    for style in {p.style for p in paintings}:
        members = np.array([p.style == style for p in paintings])
        weights[members] /= weights[members].sum()
    return np.asarray(weights / weights.sum())


def detail_of(collection: Collection) -> int:
    """Pixels on the short side of the collection's most detailed picture."""
    return max(min(painting.width, painting.height) for painting in collection.paintings)


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a painting, in its pixels; `colour` are the factors of brightness, contrast and saturation."""

    left: float
    top: float
    edge: float
    mirrored: bool
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Cutting:
    """How squares are cut to learn from."""

    side: int  # pixels of the squares given to the network
    smallest: float  # squares as a share of the painting's short side, at least and at most
    largest: float
    mirrored: bool = True  # half of them
    colour: float = 0.0  # brightness, contrast and saturation vary by this share


def draw_crops(paintings: Sequence[Painting], how: Cutting, seed: int, step: int) -> list[Crop]:
    """A random square of each painting."""
    choose, crops = stream(seed, "crops", step), []
    factors = stream(seed, "colour", step).uniform(1 - how.colour, 1 + how.colour, (len(paintings), 3)).tolist()
    for painting, (brightness, contrast, saturation) in zip(paintings, factors, strict=True):
        edge = min(painting.width, painting.height) * choose.uniform(how.smallest, how.largest)
        left, top = choose.uniform(0, painting.width - edge), choose.uniform(0, painting.height - edge)
        mirrored = bool(choose.random() < 0.5) and how.mirrored
        crops.append(Crop(left, top, edge, mirrored, (brightness, contrast, saturation)))
    return crops


def random_crops(
    collection: Collection,
    paintings: Sequence[Painting],
    preprocessing: Preprocessing,
    how: Cutting,
    seed: int,
    step: int,
) -> Tensor:
    """The crops (B, 3, side, side) of step `step`; in a group each process cuts its `shard` of the one batch drawn."""
    drawn = draw_crops(paintings, how, seed, step)
    images, chosen = [], shard(list(zip(paintings, drawn, strict=True)))
    for painting, crop in chosen:
        seen = preprocessing.seen(collection.picture(painting))
        across, down = seen.width / painting.width, seen.height / painting.height
        right, bottom = (crop.left + crop.edge) * across, (crop.top + crop.edge) * down
        box = (crop.left * across, crop.top * down, min(right, seen.width), min(bottom, seen.height))
        image = seen.resize((how.side, how.side), LANCZOS, box=box)
        images.append(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if crop.mirrored else image)
    pictures = preprocessing.tensor(images)
    if not how.colour:
        return pictures
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (preprocessing.mean, preprocessing.std))
    return (recoloured(pictures * std + mean, torch.tensor([crop.colour for _, crop in chosen])) - mean) / std


def recoloured(pictures: Tensor, factors: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) in 0..1 with other brightness, contrast and saturation, by factors (B, 3); 1 changes nothing."""
    brightness, contrast, saturation = (f.view(-1, 1, 1, 1) for f in factors.unbind(1))
    luma = torch.tensor(LUMA, device=pictures.device).view(3, 1, 1)
    pictures = pictures * brightness
    middle = (pictures * luma).sum(1, keepdim=True).mean((2, 3), keepdim=True)  # (B, 1, 1, 1)
    pictures = middle + (pictures - middle) * contrast
    grey = (pictures * luma).sum(1, keepdim=True)  # (B, 1, H, W)
    return (grey + (pictures - grey) * saturation).clamp(0, 1)


def equal_canvases(sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The places of canvases of these sizes that go through the network together: of one size, few at a time."""
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, size in enumerate(sizes):
        alike[size].append(i)
    batches = []
    for (width, height), places in alike.items():
        count = max(1, BATCH_PIXELS // (width * height))
        batches += [places[start : start + count] for start in range(0, len(places), count)]
    return batches


def scores_of(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> npt.NDArray[np.float64]:
    """The scores (N, styles) of whole canvases; softmax gives probabilities. A group shares the work: all must call it."""
    pooled = torch.from_numpy(_pooled(model, collection, paintings, device))
    with torch.inference_mode():
        return np.asarray(model.head(pooled.to(device)).cpu().double().numpy())


def pooled_features(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> npt.NDArray[np.float32]:
    """The averaged activations (N, C) of whole canvases, which the head weighs. A group shares the work: all must call it."""
    speaking = progress(len(shard(paintings)), "reading paintings") if is_writer() else nullcontext(None)
    with speaking as advance:
        return _pooled(model, collection, paintings, device, advance)


def _pooled(
    model: StyleClassifier,
    collection: Collection,
    paintings: Sequence[Painting],
    device: torch.device,
    advance: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float32]:
    own, preprocessing = shard(paintings), model.preprocessing
    jobs = equal_canvases([preprocessing.canvas_size(p.width, p.height) for p in own])

    def averages(model: StyleClassifier, places: list[int]) -> npt.NDArray[np.float32]:
        images = [preprocessing.canvas(collection.picture(own[i])) for i in places]
        return np.asarray(model.pooled(preprocessing.tensor(images).to(device)).float().cpu().numpy())

    pooled, done = np.zeros((len(own), model.head.in_features), np.float32), 0
    for places, rows in zip(jobs, in_threads(folded(model), jobs, averages), strict=True):
        pooled[places] = rows
        done += len(places)
        if advance:
            advance(done)
    return gathered(pooled, len(paintings))
