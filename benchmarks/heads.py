"""Print what each choice about the head of a frozen trunk is worth on artists never seen: the ablations of docs/verdict.md.

`python benchmarks/heads.py COLLECTION WEIGHTS [SEEDS]`: the preset `transfer` (mobilenetv2_100, short side 320) with one
choice changed at a time. Five artist-disjoint folds, pooled, for each of SEEDS (default 3) divisions into folds; mean
over the seeds. All rows share what the trunk saw, which is kept beside the collection, and every regression learns from
all artists of the other folds.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from brushwork.classifier.data import detail_of
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.head import STRENGTH
from brushwork.classifier.metrics import area_under_curve, balanced_accuracy, calibration_error
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.train import RECIPES
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection
from brushwork.collection.splits import artist_folds
from brushwork.painting import Painting

Floats = npt.NDArray[np.float64]


def weights_by(paintings: Sequence[Painting], power: float) -> Floats:
    """Styles equally; within them an artist with n paintings by n to the power."""
    counts = Counter((p.style, p.group) for p in paintings)
    weights = np.array([counts[p.style, p.group] ** (power - 1.0) for p in paintings])
    for style in {p.style for p in paintings}:
        members = np.array([p.style == style for p in paintings])
        weights[members] /= weights[members].sum()
    return np.asarray(weights / weights.sum() * len(paintings))


def rotated(train: Floats, test: Floats) -> tuple[Floats, Floats]:
    """Both standardised by the training rows, in the columns of the span of those rows."""
    mean, std = train.mean(0), train.std(0) + 1e-6
    a, b = ((rows - mean) / std for rows in (train, test))
    values, vectors = np.linalg.eigh(a @ a.T)
    kept = values > values[-1] * 1e-6
    back = vectors[:, kept] / np.sqrt(values[kept])
    return vectors[:, kept] * np.sqrt(values[kept]), (b @ a.T) @ back


def pooled_answers(
    features: Floats,
    paintings: Sequence[Painting],
    styles: Sequence[str],
    seed: int,
    strength: float,
    power: float | None,
) -> Floats:
    """The probability (N,) of the second style by regressions on the other folds, by features (N, C)."""
    labels, told = np.array([styles.index(p.style) for p in paintings]), np.zeros(len(paintings))
    for ids in artist_folds(paintings, 5, seed):
        test = np.isin([p.id for p in paintings], ids)
        own = [p for p, t in zip(paintings, test, strict=True) if not t]
        known, unknown = rotated(features[~test], features[test])
        each = np.ones(len(own)) if power is None else weights_by(own, power)
        fitted = LogisticRegression(C=strength * STRENGTH / features.shape[1], max_iter=2000)
        fitted.fit(known, labels[~test], sample_weight=each)
        told[test] = fitted.predict_proba(unknown)[:, 1]
    return told


def print_row(
    name: str,
    features: npt.NDArray[np.float32],
    collection: Collection,
    seeds: int,
    strength: float = 1.0,
    power: float | None = 0.5,
) -> None:
    """One line of a table: means over divisions into folds, and the balanced accuracy of each."""
    paintings, styles = collection.paintings, collection.styles
    labels, even = np.array([styles.index(p.style) for p in paintings]), np.ones((1, len(paintings)))
    double = features.astype(np.float64)
    told = [pooled_answers(double, paintings, styles, seed, strength, power) for seed in range(seeds)]
    measured = (balanced_accuracy, area_under_curve, calibration_error)
    table = np.array([[f(labels, np.stack([1 - p, p], 1), even)[0] for f in measured] for p in told])
    accuracy, area, calibration = table.mean(0)
    each = " ".join(f"{value:.3f}" for value in table[:, 0])
    print(f"{name:44}{accuracy:.4f}              {area:.4f}   {calibration:.3f}               {each}", flush=True)


def print_head() -> None:
    """The line above the rows."""
    print(f"{'':44}balanced accuracy   AUC      calibration, unscaled   each division")


def main(folder: Path, weights: Path, seeds: int = 3) -> None:
    """Print the table."""
    collection, recipe = open_collection(folder), RECIPES["transfer"]
    trunk = transfer_trunk(recipe.backbone, weights)
    model = StyleClassifier(trunk, collection.styles, recipe.short_side, detail_of(collection)).eval()
    features = frozen_features(model, collection, collection.paintings, torch.device("cpu"))
    print_head()
    print_row("as the preset has it", features, collection, seeds)
    print_row("the last layer alone", features[:, -trunk.last :], collection, seeds)
    print_row("regularised four times more", features, collection, seeds, strength=0.25)
    print_row("regularised four times less", features, collection, seeds, strength=4.0)
    print_row("every artist alike", features, collection, seeds, power=0.0)
    print_row("every painting alike", features, collection, seeds, power=1.0)
    print_row("styles not balanced", features, collection, seeds, power=None)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
