"""Scores agree with their definitions, and their intervals know that one artist is one witness."""

import json

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, roc_auc_score

from brushwork.classifier import metrics
from brushwork.classifier.scores import (
    Answers,
    Interval,
    Scores,
    by_artist,
    by_genre,
    coverage_curve,
    difference,
    reliability,
    scores,
)
from brushwork.errors import UserError
from brushwork.painting import Painting

STYLES = ["Calm", "Wild"]


def paintings(artists: int, each: int, genre: str = "", styles: list[str] = STYLES) -> list[Painting]:
    return [
        Painting(
            id=f"{genre}{style}{a}-{n}", file="", style=style, artist=f"{style} {a}", group=f"{style}{a}", genre=genre
        )
        for style in styles
        for a in range(artists)
        for n in range(each)
    ]


def answers(rows: list[Painting], seed: int = 0, by_artist: bool = False, share: float = 0.8) -> Answers:
    """Probabilities right four times in five, by the artist or by the painting."""
    lucky = np.random.default_rng(seed)
    luck = {p.group if by_artist else p.id: lucky.random() < share for p in rows}
    wild = np.array([(p.style == "Wild") == luck[p.group if by_artist else p.id] for p in rows])
    right = np.where(wild, 0.7, 0.3) + lucky.uniform(-0.1, 0.1, len(rows))
    return Answers(rows, np.stack([1 - right, right], 1))


def shuffled(one: Answers, seed: int = 0) -> Answers:
    return one.at(np.random.default_rng(seed).permutation(one.n).tolist())


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_points_equal_scikit_learns_and_lie_in_their_intervals() -> None:
    given = answers(paintings(10, 7))
    truth, wild = [p.style == "Wild" for p in given.paintings], given.probabilities[:, 1]
    result = scores("p", given, STYLES)
    assert result.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth, wild > 0.5))
    assert result.auc.value == pytest.approx(roc_auc_score(truth, wild))
    assert result.macro_f1.value == pytest.approx(f1_score(truth, wild > 0.5, average="macro"))
    assert result.log_loss.value == pytest.approx(log_loss(truth, wild))
    assert np.sum(result.confusion) == len(truth)
    assert (result.n, result.artists, result.caution) == (140, 20, "")
    for name in metrics.MEASURES:
        interval = getattr(result, name)
        assert interval.low <= interval.value <= interval.high, name
        assert interval.low < interval.high, name


def test_the_interval_is_wider_where_artists_stand_or_fall_together() -> None:
    rows = paintings(10, 20)
    alone = scores("p", answers(rows, 1), STYLES).balanced_accuracy
    together = scores("p", answers(rows, 1, by_artist=True), STYLES).balanced_accuracy
    assert width(together) > 1.5 * width(alone)


def test_the_calibration_error_of_calibrated_answers_may_be_chance_alone() -> None:
    rows = paintings(40, 20)
    for seed in range(3):
        choose = np.random.default_rng(seed)
        right = choose.uniform(0.5, 1, len(rows))
        wild = np.array([p.style == "Wild" for p in rows]) == (choose.random(len(rows)) < right)
        told = np.where(wild, right, 1 - right)
        error = scores("p", Answers(rows, np.stack([1 - told, told], 1)), STYLES).calibration_error
        assert 0 <= error.low < 0.01 < error.value <= error.high  # not 0 by chance, and the interval knows that


def test_three_styles_are_scored_too() -> None:
    rows = [Painting(id=str(i), file="", style="ABC"[i % 3], group=str(i % 9)) for i in range(90)]
    sure = np.eye(3)[[i % 3 for i in range(90)]]
    result = scores("p", Answers(rows, sure * 0.9 + 0.1 / 3), ["A", "B", "C"])
    assert result.balanced_accuracy.value == result.auc.value == result.macro_f1.low == 1
    assert result.calibration_error.value == pytest.approx(1 - (0.9 + 0.1 / 3))


def test_scores_survive_a_file_and_refuse_another_versions() -> None:
    result = scores("p", answers(paintings(4, 3)), STYLES)
    assert Scores.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    older = result.to_dict() | {"log_loss": 0.5}
    with pytest.raises(UserError, match="another version"):
        Scores.from_dict(older)
    with pytest.raises(UserError, match="macro_f1"):
        Scores.from_dict({name: value for name, value in result.to_dict().items() if name != "macro_f1"})


def test_one_artist_and_unknown_ones_are_cautioned_about() -> None:
    rows = [p for p in paintings(3, 4) if p.style == "Wild" or p.group == "Calm0"]
    rows += [Painting(id=f"u{i}", file="", style="Wild", group=f"u{i}") for i in range(2)]
    caution = scores("p", answers(rows), STYLES).caution
    assert "the style Calm has one artist here: the interval cannot show how other artists would fare" in caution
    assert "2 of the paintings, by unknown artists" in caution
    assert "Wild" not in caution


def test_what_cannot_be_scored_is_refused() -> None:
    calm = answers([p for p in paintings(3, 4) if p.style == "Calm"])
    with pytest.raises(UserError, match="'Calm'; scores need two styles"):
        scores("genre portrait", calm, STYLES)
    with pytest.raises(UserError, match="'Calm' were given, but the answers are about Tame, Wild"):
        scores("p", calm, ["Tame", "Wild"])
    with pytest.raises(UserError, match="no answers"):
        scores("p", Answers([], np.zeros((0, 2))), STYLES)
    with pytest.raises(ValueError, match="12 paintings"):
        Answers(calm.paintings, calm.probabilities[1:])
    with pytest.raises(ValueError, match="finite"):
        Answers(calm.paintings, np.full((12, 2), np.nan))
    with pytest.raises(UserError, match="holds the style 'Wild'"):
        difference(calm, answers(paintings(3, 4)), STYLES)


def test_a_difference_is_paired_by_painting_in_any_order() -> None:
    rows = paintings(8, 6)
    one, other = answers(rows, 1, share=0.9), answers(rows, 2, share=0.7)
    found = difference(one, other, STYLES)
    assert found.value == pytest.approx(
        scores("p", one, STYLES).balanced_accuracy.value - scores("p", other, STYLES).balanced_accuracy.value
    )
    assert difference(shuffled(one, 1), shuffled(other, 2), STYLES) == found
    mirrored = difference(other, one, STYLES)
    assert (-mirrored.value, -mirrored.high, -mirrored.low) == pytest.approx((found.value, found.low, found.high))
    nothing = difference(one, shuffled(one), STYLES)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)


def test_a_difference_of_other_paintings_takes_both_chances_into_account() -> None:
    rows = paintings(8, 6)
    one = answers(rows, 1, by_artist=True)
    elsewhere = Answers([p.altered(id=f"other {p.id}") for p in rows], one.probabilities)
    found = difference(one, elsewhere, STYLES)
    alone = width(scores("p", one, STYLES).balanced_accuracy)
    assert found.value == 0
    assert 1.2 * alone < width(found) < 1.7 * alone  # sqrt(2) by independence


def test_coverage_begins_with_all_and_gains_where_sureness_means_something() -> None:
    rows = paintings(12, 15)
    choose = np.random.default_rng(3)
    sureness = choose.uniform(0.5, 1, len(rows))
    wild = np.array([p.style == "Wild" for p in rows]) == (choose.random(len(rows)) < sureness)
    told = np.where(wild, sureness, 1 - sureness)
    given = Answers(rows, np.stack([1 - told, told], 1))
    curve = coverage_curve(given, STYLES)
    assert [point.share for point in curve] == pytest.approx(np.arange(100, 5, -5) / 100)
    assert curve[0].balanced_accuracy == scores("p", given, STYLES).balanced_accuracy
    assert [point.n for point in curve] == [round(point.share * 360) for point in curve]
    half = curve[10]
    kept = given.probabilities.max(1) >= half.threshold
    truth = np.array([p.style == "Wild" for p in rows])
    assert half.balanced_accuracy is not None
    assert half.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth[kept], told[kept] > 0.5))
    assert half.balanced_accuracy.low > curve[0].balanced_accuracy.value
    assert kept.sum() == half.n


def test_equally_sure_verdicts_are_withheld_together_and_a_lost_style_has_no_accuracy() -> None:
    rows = paintings(5, 4)
    same = coverage_curve(Answers(rows, np.full((40, 2), 0.5)), STYLES)
    assert {point.n for point in same} == {40}
    told = np.where([p.style == "Wild" for p in rows], 0.9, 0.4)
    curve = coverage_curve(Answers(rows, np.stack([1 - told, told], 1)), STYLES)
    assert [point.balanced_accuracy is None for point in curve] == [point.share <= 0.5 for point in curve]
    assert {point.n for point in curve} == {40, 20}


def test_a_style_with_too_few_sure_verdicts_has_no_accuracy() -> None:
    styles = ["Calm", "Dull", "Wild"]
    rows = paintings(5, 4, styles=styles)
    told = np.array([[0.3, 0.3, 0.4]] * 40 + [[0.0, 0.1, 0.9]] * 20)
    told[0], told[20] = [0.95, 0.05, 0], [0.05, 0.95, 0]  # half of the resamples hold the one, a quarter both
    point = coverage_curve(Answers(rows, told), styles)[-1]
    assert point.n == 22
    assert point.balanced_accuracy is None


def test_the_gaps_of_the_reliability_bins_make_the_calibration_error() -> None:
    given = answers(paintings(7, 7))
    bins = reliability(given, STYLES)
    assert len(bins) == 15
    assert sum(b.n for b in bins) == pytest.approx(98)
    assert [b.confidence for b in bins] == sorted(b.confidence for b in bins)
    error = sum(b.n * abs(b.confidence - b.right) for b in bins) / 98
    assert error == pytest.approx(scores("p", given, STYLES).calibration_error.value)


def test_genres_are_scored_apart_where_styles_can_be_told_from_artists() -> None:
    styles = [*STYLES, "Odd"]
    rows = paintings(3, 4, "portrait") + paintings(3, 6, "landscape") + paintings(3, 9)
    rows += paintings(1, 30, "marine") + paintings(2, 2, "still life")
    odd = [Painting(id=f"odd{i}", file="", style="Odd", artist="o", group="o", genre="portrait") for i in range(9)]
    wide = np.pad(answers(rows).probabilities, ((0, 0), (0, 1)))
    told = Answers(rows + odd, np.concatenate([wide, np.eye(3)[[2] * 9]]))
    found = by_genre(told, styles)
    assert [(s.protocol, s.n, s.artists) for s in found] == [("genre landscape", 36, 6), ("genre portrait", 24, 6)]
    portraits = scores("genre portrait", told.at(range(24)), styles)
    assert found[1].balanced_accuracy == portraits.balanced_accuracy
    assert found[1].styles == styles
    assert found[1].caution == "left out, with one artist only in this genre: Odd"
    assert found[0].caution == ""


def test_each_artist_has_a_row_for_each_style() -> None:
    names = [
        ("Bea", "g1", "Calm"),
        ("Bea", "g1", "Calm"),
        ("Bea", "g1", "Wild"),
        ("", "g2", "Calm"),
        ("Ada", "g3", "Wild"),
    ]
    rows = [Painting(id=str(i), file="", artist=a, group=g, style=s) for i, (a, g, s) in enumerate(names)]
    calm = np.array([0.9, 0.3, 0.2, 0.6, 0.7])
    found = by_artist(Answers(rows, np.stack([calm, 1 - calm], 1)), STYLES)
    assert [(row.artist, row.style, row.n, row.right) for row in found] == [
        ("Ada", "Wild", 1, 0),
        ("Bea", "Calm", 2, 0.5),
        ("Bea", "Wild", 1, 1),
        ("unknown artist", "Calm", 1, 1),
    ]
    assert [row.probability for row in found] == pytest.approx([0.3, 0.6, 0.8, 0.6])
    assert sum(row.n for row in found) == len(rows)
