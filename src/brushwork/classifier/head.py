"""The linear head of a trunk, by logistic regression: exact, in seconds, and no trunk to spoil."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from brushwork.classifier.data import sampling_weights
from brushwork.classifier.frozen import Features
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier
from brushwork.collection.splits import artist_folds, most_folds
from brushwork.painting import Painting

# C for one feature: C times the number of features is what regularises alike whatever the trunk. Chosen on the folds of
# the extract of Painter by Numbers (docs/verdict.md).
STRENGTH = 4.0
INNER_FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One row of weights (styles, C) and one bias (styles,) per style."""

    weight: Floats
    bias: Floats

    def scores(self, features: Features) -> Floats:
        """Scores (N, styles) of averaged activations (N, C)."""
        return np.asarray(features @ self.weight.T.astype(np.float32) + self.bias, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class FittedHead:
    """A head, and the scores (N, styles) that heads not knowing a painting's artist gave it while this one was fitted."""

    head: Head
    unseen: Floats


def fit_head(
    features: Features, paintings: Sequence[Painting], styles: Sequence[str], seed: int, cap: int = 0
) -> FittedHead:
    """Logistic regression on standardised features (N, C), weighed as paintings are sampled.

    What temperature and threshold are fitted on comes from the same regression on up to five artist-disjoint parts, so
    that no artist is given up for validation. Raises `UserError` when a style has a single artist.
    """
    rows = _Rows.of(features)
    unseen = np.zeros((len(paintings), len(styles)))
    for ids in artist_folds(paintings, max(2, min(INNER_FOLDS, most_folds(paintings))), seed):
        tested = np.isin([p.id for p in paintings], list(ids))
        own = [p for p, t in zip(paintings, tested, strict=True) if not t]
        weight, bias = _regression(rows.columns[~tested], own, styles, rows.strength, cap)
        unseen[tested] = rows.columns[tested] @ weight.T + bias
    return FittedHead(_head(rows, paintings, styles, cap), unseen)


def plain_head(features: Features, paintings: Sequence[Painting], styles: Sequence[str], cap: int = 0) -> Head:
    """The head of `fit_head` without the scores of artists never seen."""
    return _head(_Rows.of(features), paintings, styles, cap)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Standardised features in the columns of their own span, what brings weights back, and how much is regularised."""

    columns: Floats
    back: Floats | None
    mean: Floats
    std: Floats
    strength: float

    @classmethod
    def of(cls, features: Features) -> "_Rows":
        mean, std = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-6
        columns, back = span(((features - mean) / std).astype(np.float32))
        return cls(columns, back, mean, std, STRENGTH / features.shape[1])


def _head(rows: _Rows, paintings: Sequence[Painting], styles: Sequence[str], cap: int) -> Head:
    weight, bias = _regression(rows.columns, paintings, styles, rows.strength, cap)
    weight = (weight if rows.back is None else weight @ rows.back.T) / rows.std
    return Head(weight, bias - weight @ rows.mean)


def span(standard: Features) -> tuple[Floats, Floats | None]:
    """The rows (N, C) in the columns (N, K) of their own span, and the way back (C, K).

    With fewer paintings than features the weights lie in the span of the paintings: the same answer, sooner. With more
    there is nothing to gain, and no way back.
    """
    if len(standard) > standard.shape[1]:
        return standard.astype(np.float64), None
    values, vectors = np.linalg.eigh((standard @ standard.T).astype(np.float64))
    kept = values >= values[-1] * 1e-9
    roots = np.sqrt(values[kept].clip(1e-12))  # all are 0 where no feature varies
    back = (standard.T @ (vectors[:, kept] / roots).astype(np.float32)).astype(np.float64)
    return vectors[:, kept] * roots, back


def set_head(model: StyleClassifier, head: Head) -> None:
    """Make it the model's."""
    with torch.no_grad():
        model.head.weight.copy_(torch.from_numpy(head.weight))
        model.head.bias.copy_(torch.from_numpy(head.bias))


def _regression(
    columns: Floats, paintings: Sequence[Painting], styles: Sequence[str], strength: float, cap: int
) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    labels = np.array([list(styles).index(p.style) for p in paintings])
    weights = sampling_weights(paintings, cap) * len(paintings)
    fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-4).fit(columns, labels, sample_weight=weights)
    rows, bias = fitted.coef_, fitted.intercept_
    if len(styles) == 2:  # scikit-learn gives one row, the log-odds of the second style
        rows, bias = np.stack([-rows[0], rows[0]]) / 2, np.stack([-bias[0], bias[0]]) / 2
    return rows, bias
