"""What a classifier sees in many small pictures: verdicts, evidence maps, and what weighs most and least in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import Tensor

from brushwork.classifier.folding import folded
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.collection.collection import Pixels
from brushwork.explain.attribution import attribute

TENTH, BATCH = 10, 16
FAINT = 1e-30  # below which a probability is no longer told from 0
Cells = npt.NDArray[np.float32]  # (pictures, cells, channels)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a classifier sees in N pictures of one size, asked for one style against the most probable other."""

    probabilities: Floats  # (N, styles)
    log_odds: Floats  # (N,) nats; the maps' sums and the bias
    bias: Floats  # (N,)
    maps: Floats  # (N, h, w) nats a cell
    strong: Cells  # (N, k, C) what the head weighs in the tenth of the cells with most evidence, either way
    weak: Cells  # (N, k, C) and in that with least

    @property
    def for_it(self) -> Floats:
        """What of each map speaks for the style (N,), nats."""
        return np.asarray(self.maps.clip(0).sum((1, 2)))

    @property
    def against_it(self) -> Floats:
        """What of each map speaks against the style (N,), nats, 0 or less."""
        return np.asarray(self.maps.clip(max=0).sum((1, 2)))

    @property
    def concentration(self) -> Floats:
        """The share (N,) of each map's evidence, without its sign, in the tenth of its cells that has most; even, a tenth."""
        size = np.sort(np.abs(self.maps).reshape(len(self.maps), -1))
        most: Floats = size[:, -tenth_of(size.shape[1]) :].sum(1)
        whole = size.sum(1)
        even = np.full(len(size), tenth_of(size.shape[1]) / size.shape[1])
        return np.asarray(np.divide(most, whole, out=even, where=whole > 0))


def seen(model: StyleClassifier, pixels: Pixels, style: str) -> Seen:
    """What a model sees in pictures (N, S, S, 3) when it is asked for `style`; each is brought to the size that it judges at."""

    def work(model: StyleClassifier, some: Pixels) -> tuple[npt.NDArray[np.float32], ...]:
        pictures = _input(model, some)
        features = model.features(pictures)  # (B, C, h, w)
        told = model.head(features.mean((2, 3)))
        found = attribute(model, pictures, "evidence", style)
        cells = features[:, : model.weighed].flatten(2).mT  # (B, h w, C)
        order = found.maps.abs().flatten(1).argsort(stable=True, dim=1, descending=True)
        few = tenth_of(order.shape[1])
        strong, weak = (
            cells.gather(1, places[:, :, None].expand(-1, -1, cells.shape[2]))
            for places in (order[:, :few], order[:, -few:])
        )
        parts = (told.double().softmax(1), found.log_odds, found.bias, found.maps, strong, weak)
        return tuple(one.detach().cpu().numpy() for one in parts)

    parts = [np.concatenate(rows) for rows in zip(*in_threads(folded(model), _batches(pixels), work), strict=True)]
    probabilities, log_odds, bias, maps = (part.astype(np.float64) for part in parts[:4])
    return Seen(probabilities, log_odds, bias, maps, strong=parts[4], weak=parts[5])


def scores_of_pixels(model: StyleClassifier, pixels: Pixels) -> Floats:
    """The scores (N, styles) of pictures (N, S, S, 3), of which softmax gives the probabilities."""

    def work(model: StyleClassifier, some: Pixels) -> Floats:
        scores: Tensor = model.head(model.pooled(_input(model, some)))
        return np.asarray(scores.double().cpu().numpy())

    return np.concatenate(list(in_threads(folded(model), _batches(pixels), work)))


def pooled_of_pixels(model: StyleClassifier, pixels: Pixels) -> Floats:
    """The averaged activations (N, C) of pictures (N, S, S, 3) that the head weighs."""

    def work(model: StyleClassifier, some: Pixels) -> Floats:
        pooled = model.pooled(_input(model, some))[:, : model.weighed]
        return np.asarray(pooled.double().cpu().numpy())

    return np.concatenate(list(in_threads(folded(model), _batches(pixels), work)))


def log_odds_of(probabilities: Floats, style: int) -> Floats:
    """The log-odds (N,) of a style against the most probable other, of probabilities (N, styles)."""
    logs = np.log(probabilities.clip(FAINT))
    return np.asarray(logs[:, style] - np.delete(logs, style, 1).max(1))


def tenth_of(cells: int) -> int:
    """How many cells are a tenth, rounded up."""
    return -(-cells // TENTH)


def _batches(pixels: Pixels) -> Iterator[Pixels]:
    return (pixels[start : start + BATCH] for start in range(0, len(pixels), BATCH))


def _input(model: StyleClassifier, pixels: Sequence[npt.NDArray[np.uint8]] | Pixels) -> Tensor:
    """Pictures (B, S, S, 3) as the network's input."""
    canvases = [model.preprocessing.canvas(Image.fromarray(one)) for one in pixels]
    return model.preprocessing.tensor(canvases).to(next(model.parameters()).device)
