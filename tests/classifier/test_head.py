"""The head is scikit-learn's answer got more cheaply, and what it is calibrated on never knew the artist."""

import numpy as np
import pytest
import torch

from brushwork.classifier import head as module
from brushwork.classifier.calibration import softmax
from brushwork.classifier.data import sampling_weights
from brushwork.classifier.frozen import Features
from brushwork.classifier.head import STRENGTH, fit_head, set_head
from brushwork.classifier.trunks import SmallTrunk
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.classifier.test_model import small_model

NAMES = ["Calm", "Wild", "Odd"]


def made(styles: int, artists: int, each: int, channels: int, seed: int = 0) -> tuple[Features, list[Painting]]:
    """Features (N, C) that lean to the style and to the artist, on scales of their own."""
    lucky = np.random.default_rng(seed)
    paintings = [
        Painting(id=f"{s}-{a}-{n}", file="", style=NAMES[s], artist=f"{s} {a}", group=f"{s}-{a}")
        for s in range(styles)
        for a in range(artists + s)
        for n in range(each)
    ]
    by_style, by_artist = (
        lucky.normal(0, 0.3, (styles, channels)),
        lucky.normal(0, 0.5, (styles, artists + 3, channels)),
    )
    rows = [by_style[NAMES.index(p.style)] + by_artist[tuple(map(int, p.group.split("-")))] for p in paintings]
    features = np.array(rows) + lucky.normal(0, 1, (len(rows), channels))
    return (features * lucky.uniform(0.1, 10, channels) + 3).astype(np.float32), paintings


@pytest.mark.parametrize("styles", [2, 3])
@pytest.mark.parametrize("channels", [8, 300])
def test_it_is_the_plain_regression_on_standardised_features(styles: int, channels: int) -> None:
    from sklearn.linear_model import LogisticRegression

    features, paintings = made(styles, 6, 5, channels)
    found = fit_head(features, paintings, NAMES[:styles], 0).head
    standard = (features - features.mean(0)) / features.std(0)
    plain = LogisticRegression(C=STRENGTH / channels, max_iter=5000, tol=1e-8)
    plain.fit(
        standard, [NAMES.index(p.style) for p in paintings], sample_weight=sampling_weights(paintings) * len(paintings)
    )
    wanted = plain.predict_proba(standard)
    assert np.allclose(softmax(found.scores(features)), wanted, atol=2e-3)
    assert wanted.std() > 0.05
    shifted = features + np.float32(0.5)  # off the span of what was learned from the answer is the same too
    assert np.allclose(
        softmax(found.scores(shifted)), plain.predict_proba((shifted - features.mean(0)) / features.std(0)), atol=4e-3
    )


def test_a_model_with_the_head_gives_its_scores() -> None:
    features, paintings = made(2, 4, 3, SmallTrunk.channels)
    found, model = fit_head(features, paintings, NAMES[:2], 0).head, small_model(("Calm", "Wild"))
    set_head(model, found)
    with torch.no_grad():
        assert np.allclose(model.head(torch.from_numpy(features)), found.scores(features), atol=1e-3)


def test_an_artists_own_labels_do_not_touch_what_he_is_given_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    features, paintings = made(2, 6, 5, 40)
    parts = [[p.id for p in paintings if int(p.group[-1]) % 3 == k] for k in range(3)]
    monkeypatch.setattr(module, "artist_folds", lambda *_given: parts)  # labels may move who is with whom
    flipped = [p.altered(style="Wild") if p.group == "0-2" else p for p in paintings]
    before, after = (fit_head(features, given, NAMES[:2], 0) for given in (paintings, flipped))
    own = np.array([p.group == "0-2" for p in paintings])
    beside = np.isin([p.id for p in paintings], parts[2])
    assert np.array_equal(before.unseen[own], after.unseen[own])
    assert np.array_equal(before.unseen[beside], after.unseen[beside])  # the others left out with him
    assert not np.allclose(before.unseen[~beside], after.unseen[~beside], atol=1e-3)
    assert not np.allclose(before.head.weight, after.head.weight, atol=1e-3)


def test_no_artist_is_in_two_of_the_parts_that_unseen_scores_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    features, paintings = made(2, 6, 5, 40)
    real, left_out = module._regression, []

    def spied(columns: object, own: list[Painting], *rest: object) -> object:
        left_out.append({p.group for p in paintings} - {p.group for p in own})
        return real(columns, own, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_regression", spied)
    found = fit_head(features, paintings, NAMES[:2], 0)
    *parts, last = left_out
    assert not last  # the head itself learns from all
    assert len(parts) == 5
    assert sorted(g for part in parts for g in part) == sorted({p.group for p in paintings})
    assert np.abs(found.unseen).min() > 0


@pytest.mark.parametrize("constant", [1, 30])
def test_channels_that_never_vary_say_nothing(constant: int) -> None:
    features, paintings = made(2, 4, 3, 30)
    features[:, :constant] = 0.1
    found = fit_head(features, paintings, NAMES[:2], 0)
    assert np.isfinite(found.head.weight).all()
    assert np.isfinite(found.head.bias).all()
    assert np.isfinite(found.unseen).all()
    rest = fit_head(features[:, constant:], paintings, NAMES[:2], 0) if constant < 30 else None
    wanted = softmax(rest.head.scores(features[:, constant:])) if rest else np.full((len(paintings), 2), 0.5)
    assert np.allclose(softmax(found.head.scores(features)), wanted, atol=0.02)  # the strength is by the channel


def test_a_style_with_one_artist_is_said_so() -> None:
    features, paintings = made(2, 1, 5, 10)
    with pytest.raises(UserError, match="the style 'Calm' has 1 artist, but 2 folds need at least 2"):
        fit_head(features, paintings, NAMES[:2], 0)
