"""How well a straight line tells styles apart in somebody else's features, on artists never seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from brushwork.classifier.head import span
from brushwork.classifier.metrics import Floats, Indices
from brushwork.classifier.scores import Answers, Interval, difference, scores
from brushwork.collection.collection import Pixels
from brushwork.collection.splits import SPLITS
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream_seed

STRENGTHS = tuple(10.0**k for k in range(-4, 3))  # C times the number of features, from which validation chooses
LEVELS = 8  # of each of red, green and blue in a histogram
THUMBNAIL = 8  # pixels a side


@dataclass(frozen=True, slots=True)
class Probe:
    """What one set of features is worth: balanced accuracy on paintings by artists who were not learned from.

    `strength` is the C that was best on the validation artists times how many features there are, `gain` the balanced
    accuracy of the table's first features less that of these, on the same resamples of artists.
    """

    features: str
    about: str
    dimensions: int
    strength: float
    balanced_accuracy: Interval
    gain: Interval | None


@dataclass(frozen=True, slots=True)
class ProbeTable:
    """Linear classifiers on several features of the same paintings; `learned` and `validated` count paintings."""

    styles: list[str]
    learned: int
    validated: int
    n: int
    artists: int
    rows: list[Probe]

    def to_dict(self) -> dict[str, Any]:
        """The table as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Features (N, D) of the paintings, in their order, and where they come from."""

    values: Floats
    about: str


def probe(paintings: Sequence[Painting], described: Mapping[str, Described], seed: int) -> ProbeTable:
    """A regularised linear L2-SVM for each set of features, as in section 5.1 of Radford et al. 2016 (arXiv 1511.06434).

    It learns on the split `train`, all styles weighing alike and features brought to mean 0 and deviation 1; its strength is
    the best on `validation`; it is scored on `test`, with an interval that resamples artists. The first features are
    compared with all others. Raises `UserError` where a split lacks a style.
    """
    styles = sorted({p.style for p in paintings})
    parts = {split: [i for i, p in enumerate(paintings) if p.split == split] for split in SPLITS}
    for split, places in parts.items():
        if lacking := sorted(set(styles) - {paintings[i].style for i in places}):
            raise UserError(f"no painting of {lacking[0]} is in the {split} split; collect more artists of that style.")
    truth = np.array([styles.index(p.style) for p in paintings], np.intp)
    tested = [paintings[i] for i in parts["test"]]
    found = {name: _answers(one.values, truth, parts, tested, seed) for name, one in described.items()}
    main = next(iter(found.values()))[1]
    rows = [
        Probe(
            name,
            described[name].about,
            described[name].values.shape[1],
            strength,
            scores("artists never seen", answers, styles, seed).balanced_accuracy,
            None if answers is main else difference(main, answers, styles, seed),
        )
        for name, (strength, answers) in found.items()
    ]
    artists = len({p.group for p in tested})
    return ProbeTable(styles, len(parts["train"]), len(parts["validation"]), len(tested), artists, rows)


def colour_histograms(pixels: Pixels) -> Floats:
    """The share of pixels (N, 512) of each of 8 x 8 x 8 colours in pictures (N, S, S, 3)."""
    cells = (pixels.astype(np.intp) * LEVELS // 256) @ np.array([LEVELS * LEVELS, LEVELS, 1])  # (N, S, S)
    flat = cells.reshape(len(pixels), -1)
    counts = np.zeros((len(pixels), LEVELS**3))
    for row, own in zip(counts, flat, strict=True):
        row[:] = np.bincount(own, minlength=LEVELS**3)
    return np.asarray(counts / flat.shape[1])


def thumbnails(pixels: Pixels) -> Floats:
    """The pictures (N, S, S, 3) averaged down to 8 x 8 pixels, 0 to 1, as rows (N, 192)."""
    count, side = len(pixels), pixels.shape[1]
    block = side // THUMBNAIL
    small = pixels.reshape(count, THUMBNAIL, block, THUMBNAIL, block, 3).mean((2, 4)) / 255
    return np.asarray(small.reshape(count, -1))


def _answers(
    values: Floats, truth: Indices, parts: Mapping[str, list[int]], tested: Sequence[Painting], seed: int
) -> tuple[float, Answers]:
    """The best strength and what the classifier of that strength says of the test paintings."""
    from sklearn.metrics import balanced_accuracy_score

    mean, deviation = values[parts["train"]].mean(0), values[parts["train"]].std(0)
    scale = np.where(deviation > 1e-9, deviation, np.inf)  # what does not vary says nothing
    learned, validated, unseen = (((values[parts[name]] - mean) / scale).astype(np.float32) for name in SPLITS)
    columns, back = span(learned)
    if back is not None:
        validated, unseen = (rows @ back for rows in (validated, unseen))
    own, theirs = truth[parts["train"]], truth[parts["validation"]]
    told = {strength: _fitted(columns, own, strength / values.shape[1], seed) for strength in STRENGTHS}
    accuracy = {strength: balanced_accuracy_score(theirs, told[strength].predict(validated)) for strength in STRENGTHS}
    best = max(STRENGTHS, key=lambda strength: (accuracy[strength], -strength))  # the plainest of equals
    return best, Answers(tested, np.eye(truth.max() + 1)[told[best].predict(unseen)])


def _fitted(rows: Floats, truth: Indices, strength: float, seed: int) -> Any:
    """Squared hinge loss, L2 on the weights; solved in the primal, for which there are fewer columns than rows now."""
    from sklearn.svm import LinearSVC

    return LinearSVC(
        C=strength, dual=False, class_weight="balanced", max_iter=5000, random_state=stream_seed(seed, "probe") % 2**32
    ).fit(rows, truth)
