"""Every measure agrees with scikit-learn's, and a weight means nothing but repetition."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from brushwork.classifier import metrics
from brushwork.classifier.metrics import MEASURES, Floats, Indices
from brushwork.randomness import stream

Table = tuple[Indices, Floats]
seeds = st.integers(0, 2**32)


def table(seed: int, styles: int, n: int, tied: bool) -> Table:
    """Truth (n,) with every style in it, and probabilities (n, styles) that lean to it."""
    choose = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(styles), choose.integers(0, styles, n - styles)])
    if tied:  # few different values, so that many paintings share theirs
        probabilities = (choose.multinomial(4, np.full(styles, 1 / styles), n) + 1) / (styles + 4)
    else:
        raw = choose.uniform(0, 1, (n, styles)) ** 2 + 1e-3 + 0.5 * np.eye(styles)[truth]
        probabilities = raw / raw.sum(1, keepdims=True)
    return truth, probabilities


def reference(name: str, truth: Indices, told: Floats, weight: Floats) -> float:
    guess = told.argmax(1)
    if name == "balanced_accuracy":
        return float(balanced_accuracy_score(truth, guess, sample_weight=weight))
    if name == "macro_f1":
        return float(f1_score(truth, guess, average="macro", sample_weight=weight))
    if name == "log_loss":
        return float(sklearn_log_loss(truth, told, sample_weight=weight, labels=np.arange(told.shape[1])))
    columns = [1] if told.shape[1] == 2 else range(told.shape[1])
    return float(np.mean([roc_auc_score(truth == c, told[:, c], sample_weight=weight) for c in columns]))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("styles", "n"), [(2, 30), (3, 80), (27, 400)])
@pytest.mark.parametrize("name", ["balanced_accuracy", "auc", "macro_f1", "log_loss"])
def test_measures_equal_scikit_learns_under_any_weights(name: str, styles: int, n: int, tied: bool) -> None:
    for trial in range(3):
        truth, told = table(trial, styles, n, tied)
        weights = np.random.default_rng(trial + 10).gamma(1, size=(4, n))
        weights[2] = np.maximum(np.round(weights[2]), np.arange(n) < styles)  # whole numbers and zeros
        found = MEASURES[name](truth, told, weights)
        assert found == pytest.approx([reference(name, truth, told, weight) for weight in weights], abs=1e-12)


@given(seeds, st.integers(2, 4), st.booleans())
def test_a_weight_repeats_a_painting_and_zero_leaves_it_out(seed: int, styles: int, tied: bool) -> None:
    truth, told = table(seed, styles, 25, tied)
    times = np.random.default_rng(seed).integers(0, 4, 25)
    times[np.flatnonzero(truth < 2)] += 1
    weights = times[None].astype(float)
    repeated = np.repeat(truth, times), np.repeat(told, times, axis=0), np.ones((1, times.sum()))
    for name, measure in MEASURES.items():
        weighed = measure(truth, told, weights)
        assert weighed == pytest.approx(measure(*repeated), abs=1e-12), name
        assert weighed == pytest.approx(measure(truth, told, 7.5 * weights), abs=1e-12), name


@given(seeds, st.booleans())
def test_the_order_of_paintings_does_not_matter(seed: int, tied: bool) -> None:
    truth, told = table(seed, 3, 40, tied)
    choose = np.random.default_rng(seed)
    weights, order = choose.integers(1, 4, (3, 40)).astype(float), choose.permutation(40)
    for name, measure in MEASURES.items():
        shuffled = measure(truth[order], told[order], weights[:, order])
        assert shuffled == pytest.approx(measure(truth, told, weights), abs=1e-12), name


def test_a_ranking_needs_two_styles() -> None:
    truth, told = table(0, 3, 30, False)
    weights = np.stack([truth == 0, truth < 2]).astype(float)
    alone, both = metrics.area_under_curve(truth, told, weights)
    assert np.isnan(alone)
    assert 0 <= both <= 1


def test_an_impossible_style_costs_no_more_than_28_nats() -> None:
    told = np.array([[1.0, 0.0], [1.0, 0.0]])
    loss = metrics.log_loss(np.array([1, 0]), told, np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert loss == pytest.approx([-np.log(1e-12), 0])


def two_styles(confidence: Floats, right: npt.NDArray[np.bool_]) -> Table:
    """Verdicts for the first style with that confidence, right or wrong."""
    return np.where(right, 0, 1), np.stack([confidence, 1 - confidence], 1)


def test_perfect_calibration_has_no_error() -> None:
    confidence = np.repeat([0.6, 0.7, 0.8, 0.9], [10, 20, 30, 40])
    right = np.concatenate([np.arange(n) < round(n * c) for n, c in ((10, 0.6), (20, 0.7), (30, 0.8), (40, 0.9))])
    assert metrics.calibration_error(*two_styles(confidence, right), np.ones((1, 100))) == pytest.approx(0, abs=1e-12)


def test_calibration_error_is_the_gap_between_confidence_and_success() -> None:
    confidence, right = np.repeat([0.9, 0.6], [10, 20]), np.arange(30) < 10
    found = metrics.calibration_error(
        *two_styles(confidence, right), np.stack([np.ones(30), np.arange(30) < 10, np.arange(30) >= 10]).astype(float)
    )
    assert found == pytest.approx([(10 * 0.1 + 20 * 0.6) / 30, 0.1, 0.6])


def test_bins_hold_a_fifteenth_of_the_verdicts_each_in_order_of_confidence() -> None:
    truth, told = table(4, 3, 150, False)
    confidence, right = told.max(1), told.argmax(1) == truth
    parts = np.argsort(confidence).reshape(15, 10)
    bins = metrics.calibration_bins(truth, told, np.ones((1, 150)))
    assert bins.mass[0] == pytest.approx(np.full(15, 10))
    assert bins.confidence[0] == pytest.approx(confidence[parts].sum(1))
    assert bins.right[0] == pytest.approx(right[parts].sum(1))


def plain_resample(groups: list[str], truth: Indices, seed: int, k: int) -> Floats:
    """The same resample, written out: artists by the style they mostly painted in, each with all styles it carries."""
    choose = stream(seed, "bootstrap", k)
    names, weight = np.array(groups), np.zeros(len(truth))
    main = {g: int(np.bincount(truth[names == g]).argmax()) for g in np.unique(names)}
    for style in np.unique(truth):
        artists = [g for g in np.unique(names) if main[g] == style]
        if not artists:
            continue
        drawn = choose.integers(0, len(artists), len(artists))
        for painted in np.unique(truth):
            cells = [np.flatnonzero((names == artists[i]) & (truth == painted)) for i in drawn]
            sizes = np.concatenate([np.full(len(cell), len(cell)) for cell in cells]) if cells else np.zeros(0)
            if not any((truth == painted) & np.isin(names, artists)):
                continue
            picks = choose.integers(0, sizes.astype(int))
            begin = 0
            for cell in cells:
                np.add.at(weight, cell[picks[begin : begin + len(cell)]], 1)
                begin += len(cell)
    return weight


def test_an_artist_with_two_styles_is_drawn_with_both_or_neither() -> None:
    groups = [f"artist {i}" for i in range(6) for _ in range(8)]
    truth = np.tile(np.repeat([0, 1], 4), 6)
    for weight in np.concatenate(list(metrics.resamples(groups, truth, 1, 50))):
        shares = weight.reshape(6, 2, 4).sum(2)
        assert np.array_equal(shares[:, 0], shares[:, 1])


def test_resamples_draw_artists_then_their_paintings_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    choose = np.random.default_rng(0)
    truth = choose.integers(0, 3, 90)
    groups = [f"artist {i}" for i in choose.integers(0, 12, 90)]  # some with several styles
    whole = np.concatenate(list(metrics.resamples(groups, truth, 5, 20)))
    assert np.array_equal(whole, [plain_resample(groups, truth, 5, k) for k in range(20)])
    monkeypatch.setattr(metrics, "CELLS", 700)
    blocks = list(metrics.resamples(groups, truth, 5, 20))
    assert [len(block) for block in blocks] == [7, 7, 6]
    assert np.array_equal(np.concatenate(blocks), whole)


def test_resampled_begins_with_every_painting_once() -> None:
    truth, told = table(1, 3, 60, False)
    groups = [f"artist {i % 20}" for i in range(60)]
    found = metrics.resampled(list(MEASURES.values()), truth, told, groups, 3, 8)
    weights = np.concatenate([np.ones((1, 60)), *metrics.resamples(groups, truth, 3, 8)])
    assert np.allclose(found, [measure(truth, told, weights) for measure in MEASURES.values()], rtol=0, atol=1e-12)
