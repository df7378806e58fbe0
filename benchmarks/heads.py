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
from brushwork.collection import open_collection
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


def main(folder: Path, weights: Path, seeds: int = 3) -> None:
    """Print the table."""
    collection = open_collection(folder)
    paintings, styles = collection.paintings, collection.styles
    labels = np.array([styles.index(p.style) for p in paintings])
    recipe = RECIPES["transfer"]
    trunk = transfer_trunk(recipe.backbone, weights)
    model = StyleClassifier(trunk, styles, recipe.short_side, detail_of(collection)).eval()
    features = frozen_features(model, collection, paintings, torch.device("cpu"))
    channels = features.shape[1]
    rows: dict[str, tuple[slice, float, float | None]] = {  # columns, strength, power of an artist's number
        "as the preset has it": (slice(None), 1.0, 0.5),
        "the last layer alone": (slice(channels - trunk.last, None), 1.0, 0.5),
        "regularised four times more": (slice(None), 0.25, 0.5),
        "regularised four times less": (slice(None), 4.0, 0.5),
        "every artist alike": (slice(None), 1.0, 0.0),
        "every painting alike": (slice(None), 1.0, 1.0),
        "styles not balanced": (slice(None), 1.0, None),
    }
    told = {name: np.zeros((seeds, len(paintings))) for name in rows}
    for seed in range(seeds):
        for ids in artist_folds(paintings, 5, seed):
            test = np.isin([p.id for p in paintings], ids)
            own = [p for p, t in zip(paintings, test, strict=True) if not t]
            spans: dict[int, tuple[Floats, Floats]] = {}
            for name, (columns, strength, power) in rows.items():
                chosen = features[:, columns].astype(np.float64)
                width = chosen.shape[1]
                if width not in spans:
                    spans[width] = rotated(chosen[~test], chosen[test])
                known, unknown = spans[width]
                each = np.ones(len(own)) if power is None else weights_by(own, power)
                fitted = LogisticRegression(C=strength * STRENGTH / width, max_iter=2000)
                fitted.fit(known, labels[~test], sample_weight=each)
                told[name][seed, test] = fitted.predict_proba(unknown)[:, 1]
    even = np.ones((1, len(paintings)))
    print(f"{'':32}balanced accuracy   AUC    calibration error, unscaled")
    for name, answers in told.items():
        both = [np.stack([1 - p, p], 1) for p in answers]
        mean = [
            np.mean([f(labels, p, even)[0] for p in both])
            for f in (balanced_accuracy, area_under_curve, calibration_error)
        ]
        print(f"{name:32}{mean[0]:.4f}              {mean[1]:.4f}   {mean[2]:.3f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
