"""How good a classifier is on artists it never saw, with an interval that resamples artists."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from brushwork.painting import Painting
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Scores:
    """What a classifier reached on `n` paintings by `artists` artists; rows of the confusion are the true styles."""

    protocol: str
    n: int
    artists: int
    balanced_accuracy: Interval
    auc: Interval
    log_loss: float
    styles: list[str]
    confusion: list[list[int]]

    def to_dict(self) -> dict[str, object]:
        """The scores as plain data."""
        return asdict(self)


def scores(
    protocol: str, paintings: Sequence[Painting], probabilities: Floats, styles: list[str], seed: int = 0
) -> Scores:
    """Score probabilities (N, styles) against the paintings' styles.

    The interval is the 2.5th to 97.5th percentile of 1000 resamples of artists within each style, then of each drawn
    artist's paintings: paintings by one hand are no independent witnesses.
    """
    truth = np.array([styles.index(p.style) for p in paintings])
    guess = probabilities.argmax(1)
    confusion = np.zeros((len(styles), len(styles)), int)
    np.add.at(confusion, (truth, guess), 1)
    drawn = [
        (balanced_accuracy(truth, guess, w), area_under_curve(truth, probabilities, w))
        for w in _resampled_weights([p.group for p in paintings], truth, seed)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    even = np.ones(len(truth))
    points = balanced_accuracy(truth, guess, even), area_under_curve(truth, probabilities, even)
    accuracy, area = (Interval(float(p), float(a), float(b)) for p, a, b in zip(points, low, high, strict=True))
    chosen = np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, 1)
    unknown = sum(not p.artist for p in paintings)
    if unknown:  # each counts as an artist of its own, which may flatter and narrows the interval
        protocol += f"; {unknown} paintings by unknown artists count as one artist each"
    return Scores(
        protocol=protocol,
        n=len(truth),
        artists=len({p.group for p in paintings}),
        balanced_accuracy=accuracy,
        auc=area,
        log_loss=float(-np.log(chosen).mean()),
        styles=styles,
        confusion=confusion.tolist(),
    )


def balanced_accuracy(truth: npt.NDArray[np.intp], guess: npt.NDArray[np.intp], weight: Floats) -> float:
    """The mean over styles of the share recognised."""
    right = (truth == guess) * weight
    return float(np.mean([right[truth == style].sum() / weight[truth == style].sum() for style in np.unique(truth)]))


def area_under_curve(truth: npt.NDArray[np.intp], probabilities: Floats, weight: Floats) -> float:
    """Area under the ROC curve, each style against the rest, averaged; for two styles both are the same."""
    from sklearn.metrics import roc_auc_score

    present = np.unique(truth)
    columns = present[-1:] if probabilities.shape[1] == 2 else present
    return float(np.mean([roc_auc_score(truth == c, probabilities[:, c], sample_weight=weight) for c in columns]))


def _resampled_weights(groups: Sequence[str], truth: npt.NDArray[np.intp], seed: int) -> list[Floats]:
    """How often each painting comes up in each resample: artists with replacement, then their paintings."""
    members: dict[int, list[npt.NDArray[np.intp]]] = {}
    names = np.array(groups)
    for style in np.unique(truth):
        inside = truth == style
        members[int(style)] = [np.flatnonzero(inside & (names == g)) for g in np.unique(names[inside])]
    weights = []
    for k in range(RESAMPLES):
        choose = stream(seed, "bootstrap", k)
        weight = np.zeros(len(truth))
        for artists in members.values():
            for i in choose.integers(0, len(artists), len(artists)):
                own = artists[i]
                weight[own] += np.bincount(choose.integers(0, len(own), len(own)), minlength=len(own))
        weights.append(weight)
    return weights
