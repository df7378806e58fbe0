"""The gallery of a run: its collection's paintings as points, to show a picture's neighbours and to tell the odd ones."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from brushwork.checkpoint import load_state, save_state
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.points import CHUNK, Features, Floats, distances, fitted, nearest_distances, unit
from brushwork.classifier.statistics import STATISTICS, statistics_of
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream
from brushwork.run import read_json, write_atomically

POINTS, DESCRIPTION = "gallery.safetensors", "gallery.json"
ABOUT = {"kind": "gallery", "version": 2, "statistics": list(STATISTICS)}
EXCEEDED = 0.01  # share of the collection's own paintings that lie farther out than a threshold of distance
RARE = 0.005  # share of them, one at least, that are coarser, or greyer, than the thresholds of these
COARSER = 0.8  # of the threshold's side, from which on a picture is coarse: paintings may all be of one size
GREY = STATISTICS.index("grey_share")
MEASURED, FOLDS = 5_000, 5  # paintings, at most, on which thresholds are found
SEEN = "what the network sees in it is like no painting here"
LOOKS = "its colours and texture are like no painting here"
BOTH = "neither its colours and texture nor what the network sees in it are like any painting here"
COARSE = "it has fewer pixels than the paintings here, and the detail that it lacks may turn the verdict"
COLOURLESS = "it has less colour than the paintings here"
DIGITS = 6  # of a likeness
NO_GALLERY = "has no gallery: no nearest paintings, and no warning for pictures unlike its collection."


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A painting of the collection near a picture; `similarity` is the cosine of the two, 1 for the same, 0 for unrelated."""

    id: str
    title: str
    artist: str
    year: str
    style: str
    similarity: float
    learned_from: bool  # the model learned from this artist: from this painting or others

    def to_dict(self) -> dict[str, object]:
        """The neighbour as plain data."""
        return asdict(self)

    def in_words(self) -> str:
        """Artist, title and year, and whether the model learned from the artist."""
        known = ", ".join(
            part for part in (self.artist or "unknown artist", self.title or "untitled", self.year) if part
        )
        return f"{known} (learned from this artist)" if self.learned_from else known


@dataclass(frozen=True, slots=True)
class Hung:
    """One painting of the gallery, as much of its catalogue row as is shown."""

    id: str
    title: str
    artist: str
    year: str
    style: str
    rights: str
    group: str
    learned_from: bool  # this very painting


@dataclass(frozen=True)
class Gallery:
    """The paintings of a run's collection as points; made by `write_gallery`, read by `load_gallery`."""

    paintings: list[Hung]
    styles: list[str]
    features: Features
    inside: Floats  # (N, K)
    outside: Floats  # (N,) squares
    statistics: Floats  # (N, S) standardised
    looks_mean: Floats  # (S,)
    looks_scale: Floats  # (S,)
    seen_limit: float  # distance beyond which what the network sees is like no painting here
    looks_limit: float  # the same of colours and texture
    least_side: float  # pixels, the root of width times height: clearly fewer than hardly a painting here has
    most_grey: float  # share of the picture without colour, above which hardly a painting here lies
    seen_copy: float  # distances within which, both together, a picture is a copy: hardly two paintings are as near
    looks_copy: float
    rate: float  # share of the collection's own paintings beyond any, each as though its artist were not here

    @cached_property
    def _directions(self) -> Floats:
        return unit(self.inside)

    @cached_property
    def _by_style(self) -> dict[str, npt.NDArray[np.intp]]:
        styles = np.array([p.style for p in self.paintings])
        return {style: np.flatnonzero(styles == style) for style in self.styles}

    @cached_property
    def _groups_learned_from(self) -> set[str]:
        return {p.group for p in self.paintings if p.learned_from}

    def nearest(self, pooled: npt.ArrayLike, count: int = 3) -> list[dict[str, list[Neighbour]]]:
        """For each picture, given as pooled features (B, C), the nearest paintings of every style, nearest first.

        Near is a small angle (cosine) between principal components, seen from the average painting. By Euclid's distance
        the collection's most average paintings are near to everything: on real paintings one of them was the nearest to
        51 others, by the cosine none to more than 12, and neighbours by other artists shared the style more often.
        """
        return [
            {style: self._nearest_of(places, row[places], count) for style, places in self._by_style.items()}
            for row in self._likeness(pooled)
        ]

    def _likeness(self, pooled: npt.ArrayLike) -> Floats:
        """Cosines (B, N) between pictures and the paintings here."""
        return np.asarray(unit(self.features.points(pooled)[0]) @ self._directions.T)

    def _nearest_of(self, places: npt.NDArray[np.intp], likeness: Floats, count: int) -> list[Neighbour]:
        order = np.argsort(-likeness, kind="stable")[:count]
        # Rounded, for the last digits of a matrix product depend on where in memory it lies, and a verdict must not.
        found = [(self.paintings[places[i]], round(float(likeness[i]), DIGITS)) for i in order]
        return [
            Neighbour(p.id, p.title, p.artist, p.year, p.style, value, p.group in self._groups_learned_from)
            for p, value in found
        ]

    def unlike(self, pooled: npt.ArrayLike, statistics: npt.ArrayLike, sides: npt.ArrayLike) -> list[str]:
        """For each picture plain words where it is unlike the collection's paintings, else nothing.

        From pooled features (B, C), picture statistics (B, S) and roots of width times height (B,) in pixels: a picture
        is unlike when its nearest painting is farther than all but 1 % of the collection's own paintings are from the
        nearest one by another artist, or when it has clearly fewer pixels, or less colour, than hardly any of them.
        """
        inside, outside = self.features.points(pooled)
        seen = nearest_distances(inside, self.inside, outside, self.outside) > self.seen_limit
        looks = nearest_distances(self._looks(statistics), self.statistics) > self.looks_limit
        coarse, grey = np.asarray(sides) < self.least_side, np.asarray(statistics)[:, GREY] > self.most_grey
        words = {(False, False): "", (True, False): SEEN, (False, True): LOOKS, (True, True): BOTH}
        return [
            "; ".join(filter(None, (words[bool(s), bool(k)], COARSE if c else "", COLOURLESS if g else "")))
            for s, k, c, g in zip(seen, looks, coarse, grey, strict=True)
        ]

    def learned(self, pooled: npt.ArrayLike, statistics: npt.ArrayLike) -> list[bool]:
        """For each picture, from (B, C) and (B, S), whether it or a near-identical copy was learned from.

        A copy is nearer to one painting, in what the network sees and in colours and texture both, than all but 1 % of
        the paintings are to any other. Of real paintings no two are; a copy saved again as JPEG or trimmed by 3 % is
        known, one at half the size mostly not.
        """
        places = np.flatnonzero([p.learned_from for p in self.paintings])
        inside, looks = self.features.points(pooled)[0], self._looks(statistics)
        near = distances(inside, self.inside[places]) <= self.seen_copy
        near &= distances(looks, self.statistics[places]) <= self.looks_copy
        return [bool(one.any()) for one in near]

    def _looks(self, statistics: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(statistics, np.float64) - self.looks_mean) / self.looks_scale)


def write_gallery(
    folder: Path,
    model: StyleClassifier,
    collection: Collection,
    paintings: Sequence[Painting],
    learned_from: set[str],
    pooled: npt.ArrayLike,
    seed: int,
) -> None:
    """Write the gallery of a run from the model's pooled features (N, C) of the paintings and the ids learned from.

    Thresholds of what is unlike are distances that 1 % of the paintings exceed when they are judged as though a fifth
    of the artists, their own among them, were not here; four fifths of the size of the coarsest paintings, and the greyness
    of the greyest, 0.5 % of either left out.
    Raises `UserError` when all paintings are of one artist group.
    """
    values = np.asarray(pooled, np.float64)
    if values.shape != (len(paintings), model.head.in_features):
        raise ValueError(f"pooled is {values.shape}, need {(len(paintings), model.head.in_features)}")
    features = fitted(values, seed)
    inside, outside = features.points(values)
    statistics = statistics_of(collection, paintings)
    looks_mean, looks_scale = _looks_scale(statistics)
    apart, measured = _held_out_distances(values, statistics, [p.group for p in paintings], seed)
    limits = np.quantile(apart, 1 - EXCEEDED, axis=0, method="higher")  # of seen, of looks
    sides, grey = np.array([math.sqrt(p.width * p.height) for p in paintings]), statistics[:, GREY]
    few = max(1, round(RARE * len(paintings)))  # so that one odd painting does not silence a warning
    least_side, most_grey = COARSER * np.sort(sides)[few], np.sort(grey)[-1 - few]
    beyond = (apart > limits).any(1) | (sides[measured] < least_side) | (grey[measured] > most_grey)
    looks = (statistics - looks_mean) / looks_scale
    copies = [_copy_distance(points, seed) for points in (inside, looks)]
    numbers = {
        "mean": features.mean, "scale": features.scale, "components": features.components, "inside": inside,
        "outside": outside, "statistics": looks, "looks_mean": looks_mean,
        "looks_scale": looks_scale,
    }  # fmt: skip
    save_state(folder / POINTS, {k: torch.from_numpy(np.float32(v)) for k, v in numbers.items()}, ABOUT)
    hung = [Hung(p.id, p.title, p.artist, p.year, p.style, p.rights, p.group, p.id in learned_from) for p in paintings]
    about = {
        "version": ABOUT["version"],
        "styles": model.styles,
        "seen_limit": float(limits[0]),
        "looks_limit": float(limits[1]),
        "least_side": float(least_side),
        "most_grey": float(most_grey),
        "seen_copy": copies[0],
        "looks_copy": copies[1],
        "rate": float(beyond.mean()),
        "paintings": [asdict(p) for p in hung],
    }
    write_atomically(folder / DESCRIPTION, (json.dumps(about, ensure_ascii=False) + "\n").encode())


def load_gallery(folder: Path) -> Gallery | None:
    """The gallery of a run, None for a run made before there was one; `UserError` when it is damaged or of another version."""
    if not (folder / DESCRIPTION).exists():
        return None
    about: dict[str, Any] = read_json(folder / DESCRIPTION)
    if about.pop("version", 0) != ABOUT["version"]:
        raise UserError(
            f"the gallery in {folder} was not written by this version of Brushwork; train into a new --out."
        )
    state = load_state(folder / POINTS, ABOUT)
    try:
        numbers = {name: tensor.double().numpy() for name, tensor in state.items()}
        features = Features(*(numbers.pop(name) for name in ("mean", "scale", "components")))
        hung = [Hung(**row) for row in about.pop("paintings")]
        gallery = Gallery(paintings=hung, features=features, **numbers, **about)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"the gallery in {folder} was not written by this version of Brushwork ({error}); train into a new --out."
        ) from error
    if not len(hung) == len(gallery.inside) == len(gallery.statistics):
        raise UserError(f"the two gallery files in {folder} do not belong together; train into a new --out.")
    return gallery


def _looks_scale(statistics: Floats) -> tuple[Floats, Floats]:
    """Means and scales (S,) of picture statistics; a share that is the same everywhere counts in hundredths."""
    floor = 0.01 * np.maximum(1.0, np.abs(statistics).max(0))
    return statistics.mean(0), np.maximum(statistics.std(0), floor)


def _held_out_distances(
    values: Floats, statistics: Floats, groups: Sequence[str], seed: int
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """How far paintings are from the nearest one of artists left out with theirs, and which paintings: (M, 2) and (M,).

    The distances are by features and by statistics, of 5,000 paintings at most. Everything that is fitted is fitted
    without them, as for a picture from outside.
    """
    names = sorted(set(groups))
    if len(names) < 2:
        raise UserError("a gallery needs paintings by at least two artists; add paintings by others to the collection.")
    order = stream(seed, "gallery", "folds").permutation(len(names))
    fold = {names[place]: rank % FOLDS for rank, place in enumerate(order)}
    folds = np.array([fold[group] for group in groups])
    measured = np.zeros(len(values), bool)
    measured[stream(seed, "gallery", "measured").permutation(len(values))[:MEASURED]] = True
    found, places = [], []
    for k in range(min(FOLDS, len(names))):
        out, rest = (folds == k) & measured, folds != k
        features = fitted(values[rest], seed)
        (inside, outside), (others, left_out) = features.points(values[out]), features.points(values[rest])
        mean, scale = _looks_scale(statistics[rest])
        looks, their_looks = ((statistics[part] - mean) / scale for part in (out, rest))
        seen = nearest_distances(inside, others, outside, left_out)
        found.append(np.stack([seen, nearest_distances(looks, their_looks)], 1))
        places.append(np.flatnonzero(out))
    return np.concatenate(found), np.concatenate(places)


def _copy_distance(points: Floats, seed: int) -> float:
    """The distance from its nearest other within which only 1 % of paintings, given as points (N, K), lie."""
    chosen = stream(seed, "gallery", "measured").permutation(len(points))[:MEASURED]
    nearest = [
        np.partition(distances(points[chosen[start : start + CHUNK]], points), 1, axis=1)[:, 1]  # the first is itself
        for start in range(0, len(chosen), CHUNK)
    ]
    return float(np.quantile(np.concatenate(nearest), EXCEEDED, method="lower"))
