"""Scores agree with their definitions, and their intervals know that one artist is one witness."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from brushwork.classifier.scores import scores
from brushwork.painting import Painting


def paintings(artists: int, each: int) -> list[Painting]:
    return [
        Painting(id=f"{style}{a}-{n}", file="", style=style, group=f"{style}{a}")
        for style in ("Calm", "Wild")
        for a in range(artists)
        for n in range(each)
    ]


def answers(rows: list[Painting], seed: int, by_artist: bool) -> np.ndarray:
    """Probabilities right four times in five, by the artist or by the painting."""
    lucky = np.random.default_rng(seed)
    luck = {p.group if by_artist else p.id: lucky.random() < 0.8 for p in rows}
    wild = np.array([(p.style == "Wild") == luck[p.group if by_artist else p.id] for p in rows])
    right = np.where(wild, 0.7, 0.3) + lucky.uniform(-0.1, 0.1, len(rows))
    return np.stack([1 - right, right], 1)


def test_points_equal_scikit_learns() -> None:
    rows = paintings(10, 7)
    found = answers(rows, 0, by_artist=False)
    truth = [p.style == "Wild" for p in rows]
    result = scores("p", rows, found, ["Calm", "Wild"])
    assert result.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth, found[:, 1] > 0.5))
    assert result.auc.value == pytest.approx(roc_auc_score(truth, found[:, 1]))
    assert np.sum(result.confusion) == len(rows)
    assert (result.n, result.artists) == (140, 20)
    assert result.balanced_accuracy.low <= result.balanced_accuracy.value <= result.balanced_accuracy.high


def test_the_interval_is_wider_where_artists_stand_or_fall_together() -> None:
    rows = paintings(10, 20)
    alone = scores("p", rows, answers(rows, 1, by_artist=False), ["Calm", "Wild"]).balanced_accuracy
    together = scores("p", rows, answers(rows, 1, by_artist=True), ["Calm", "Wild"]).balanced_accuracy
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_three_styles_are_scored_too() -> None:
    rows = [Painting(id=str(i), file="", style="ABC"[i % 3], group=str(i % 9)) for i in range(90)]
    sure = np.eye(3)[[i % 3 for i in range(90)]]
    result = scores("p", rows, sure * 0.9 + 0.1 / 3, ["A", "B", "C"])
    assert result.balanced_accuracy.value == result.auc.value == 1
