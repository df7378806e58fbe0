"""Answers that need no network, judged on the same paintings: what a model must beat to mean anything."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from brushwork.classifier.data import sampling_weights
from brushwork.classifier.statistics import COLOUR, statistics_of
from brushwork.collection import Collection
from brushwork.collection.cleanup import COLOURLESS
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """What a baseline is asked: to learn from `train` and to tell the styles of `test`."""

    collection: Collection
    train: Sequence[Painting]
    test: Sequence[Painting]
    styles: Sequence[str]
    seed: int
    elsewhere: Collection | None = None  # where the pictures of `test` are, if not in `collection`


@dataclass(frozen=True, slots=True)
class Baseline:
    """One row of the table of baselines."""

    name: str
    words: str  # what it does
    reads: str  # what it looks at
    must_beat: bool  # whether a model that reads pictures must beat it to mean anything
    answer: Callable[[Question], Floats]

    def answers(
        self,
        collection: Collection,
        train: Sequence[Painting],
        test: Sequence[Painting],
        styles: Sequence[str],
        seed: int,
        elsewhere: Collection | None = None,
    ) -> Floats:
        """Probabilities (N, S) of `test`, float64, rows summing to 1, columns as `styles`.

        A style that is missing from `train` keeps its column, near 0. The pictures of `test` are in `elsewhere` when it
        is given. Raises `UserError` when there is nothing to learn from, and when pixels are missing.
        """
        if not train:
            raise UserError(f"no painting is left to learn the baseline {self.name!r} from; choose another split.")
        if not test:
            return np.zeros((0, len(styles)))
        return self.answer(Question(collection, train, test, styles, seed, elsewhere))


def _majority(asked: Question) -> Floats:
    return np.tile(_shares(asked.train, asked.styles), (len(asked.test), 1))


def _artist_lookup(asked: Question) -> Floats:
    known: dict[str, list[Painting]] = defaultdict(list)
    for painting in asked.train:
        known[painting.group].append(painting)
    overall = _shares(asked.train, asked.styles)
    half = np.where(overall > 0, 0.5, 0.0)  # Krichevsky & Trofimov 1981: one painting is no certainty
    return np.array([_shares(known[p.group], asked.styles, half) if p.group in known else overall for p in asked.test])


def _aspect_ratio(asked: Question) -> Floats:
    known, unknown = (np.array([(r, r * r) for r in map(_log_ratio, ps)]) for ps in (asked.train, asked.test))
    return _by_regression(asked, known, unknown)


def _file_properties(asked: Question) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=10,
        early_stopping=False,  # it would hold out paintings of the very artists it learns from
        random_state=int(stream(asked.seed, "baseline", "file properties").integers(2**31)),
    )
    known, unknown = (np.array([_of_the_file(p) for p in ps]) for ps in (asked.train, asked.test))
    said = ~np.isnan(known).all(0)  # scikit-learn takes unknown values, but no column of nothing else
    return _fitted(model, asked, known[:, said], unknown[:, said])


def _colour_statistics(asked: Question) -> Floats:
    known = _colours(asked.collection, asked.train, asked.styles)
    unknown = _colours(asked.elsewhere or asked.collection, asked.test, asked.styles)
    return _by_regression(asked, known, unknown)


def _shares(paintings: Sequence[Painting], styles: Sequence[str], prior: Floats | float = 0.0) -> Floats:
    """The share (S,) of each style among the paintings, with `prior` paintings of each added."""
    count = Counter(p.style for p in paintings)
    numbers = np.array([float(count[style]) for style in styles]) + prior
    return np.asarray(numbers / numbers.sum())


def _log_ratio(painting: Painting) -> float:
    """ln(width / height), of the file where it is known; as far below 0 for a tall one as above for a wide one."""
    width, height = _size(painting)
    return float(np.log(width / height))


def _size(painting: Painting) -> tuple[int, int]:
    if painting.original_width and painting.original_height:
        return painting.original_width, painting.original_height
    return max(painting.width, 1), max(painting.height, 1)


def _of_the_file(painting: Painting) -> tuple[float, ...]:
    """What is known of a file without looking at its picture; NaN where an older collection does not say."""
    width, height = _size(painting)
    jpeg = painting.jpeg_quality > 0 or PurePath(painting.file).suffix.lower() in (".jpg", ".jpeg")
    return (
        float(np.log(width * height)),
        _log_ratio(painting),
        float(np.log(painting.bytes / (width * height))) if painting.bytes else np.nan,
        float(painting.jpeg_quality) if painting.jpeg_quality or not jpeg else np.nan,
        float(painting.grey > COLOURLESS),
        float(jpeg),
    )


def _colours(collection: Collection, paintings: Sequence[Painting], styles: Sequence[str]) -> Floats:
    """The colour statistics (N, K); measured for all paintings of these styles at once, so that every fold finds them."""
    whole = [p for p in collection.paintings if p.style in styles]
    places = {p.id: i for i, p in enumerate(whole)}
    return statistics_of(collection, whole)[[places[p.id] for p in paintings]][:, list(COLOUR)]


def _by_regression(asked: Question, known: Floats, unknown: Floats) -> Floats:
    """Logistic regression on columns brought to mean 0 and deviation 1; a column that does not vary says nothing."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = known.mean(0), known.std(0)
    scale = np.where(deviation > 1e-9, deviation, np.inf)
    unknown = np.clip(unknown, known.min(0), known.max(0))  # beyond what was learned from, it would be sure of anything
    return _fitted(LogisticRegression(max_iter=5000), asked, (known - mean) / scale, (unknown - mean) / scale)


def _fitted(model: Any, asked: Question, known: Floats, unknown: Floats) -> Floats:
    """A scikit-learn classifier's probabilities, learned with all styles alike and artists by the root of their number."""
    answers = np.zeros((len(unknown), len(asked.styles)))
    truth = np.array([asked.styles.index(p.style) for p in asked.train])
    if len(set(truth)) == 1:  # nothing to tell apart
        answers[:, truth[0]] = 1
        return answers
    model.fit(known, truth, sample_weight=sampling_weights(asked.train) * len(truth))
    answers[:, model.classes_] = model.predict_proba(unknown)
    return answers


BASELINES: dict[str, Baseline] = {
    baseline.name: baseline
    for baseline in (
        Baseline(
            "majority",
            "always answers with the share that each style has among the paintings learned from",
            "nothing",
            True,
            _majority,
        ),
        Baseline(
            "artist lookup",
            "looks the artist up and answers with the styles of his paintings learned from; not a rival but the measure "
            "of leakage: what it gains on a split is what knowing the hand gives away there",
            "the artist's name, never the picture",
            False,
            _artist_lookup,
        ),
        Baseline(
            "aspect ratio",
            "logistic regression on how wide or tall the picture is",
            "width over height, nothing else",
            True,
            _aspect_ratio,
        ),
        Baseline(
            "file properties",
            "gradient-boosted trees on what is known of the file without looking at the picture",
            "pixels, aspect ratio, bytes a pixel, JPEG quality, whether it is a JPEG and whether it is black and white",
            True,
            _file_properties,
        ),
        Baseline(
            "colour statistics",
            "logistic regression on lightness, hue and chroma, wherever on the canvas they lie",
            f"{len(COLOUR)} statistics of the picture's colours, no shapes and no brushwork",
            True,
            _colour_statistics,
        ),
    )
}
"""The baselines by name, in the order of the table."""
