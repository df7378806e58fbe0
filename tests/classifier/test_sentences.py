"""What is said of an evaluation follows its numbers, whichever way they go."""

from dataclasses import replace

import pytest

from brushwork.classifier import sentences
from brushwork.classifier.evaluate import Abstention
from brushwork.classifier.scores import ArtistScore, Interval
from brushwork.collection import Collection
from tests.classifier.made import evaluation


def test_lists_are_joined_as_people_speak() -> None:
    assert [sentences.joined(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_number_without_an_interval_is_said_so() -> None:
    nan = float("nan")
    assert sentences.number(Interval(0.5, 0.4, 0.6)) == "0.500\u00a0[0.400,\u00a00.600]"
    assert "no interval" in sentences.number(Interval(0.5, nan, nan))
    assert sentences.number(Interval(nan, nan, nan)) == "cannot be told"


@pytest.mark.parametrize(
    ("rival", "wanted", "unwanted"),
    [
        (-1.0, "This one does: it is ahead of colour statistics", "not established"),
        (9.0, "It falls behind colour statistics", "This one does"),
        (1.45, "Against colour statistics that is not shown", "This one does"),
    ],
)
def test_what_must_be_beaten_is_judged_by_the_interval(
    schools: Collection, rival: float, wanted: str, unwanted: str
) -> None:
    table = evaluation(schools, rival=rival).table("artist")
    assert table is not None
    assert wanted in sentences.must_beat(table)
    assert unwanted not in sentences.must_beat(table)
    assert "artist lookup" not in sentences.must_beat(table)


def test_artist_leakage_is_said_only_where_the_interval_shows_it(schools: Collection) -> None:
    found = evaluation(schools)
    for gap, wanted in (
        (
            Interval(0.05, 0.02, 0.08),
            "5.0 points more (95 % interval of the difference +2.0 to +8.0 points). That much is gained where",
        ),
        (Interval(0.05, -0.02, 0.08), "is not shown here"),
        (Interval(-0.01, -0.04, 0.08), "1.0 points less"),
    ):
        assert wanted in sentences.leakage(replace(found, leakage={"scratch (run)": gap}))[0]
    assert "100\u00a0%" in sentences.leakage(found)[1]  # what the table of names reaches
    assert sentences.leakage(replace(found, leakage={})) == []


def test_the_promise_of_unsure_stands_beside_what_came_of_it() -> None:
    said = sentences.abstention(Abstention(0.1, 0.7, 0.15))
    assert all(f"{share}\u00a0%" in said for share in (10, 70, 15))
    assert "every answer was “unsure”" in sentences.abstention(Abstention(0.1, 0.0, 0.0))


def test_withholding_tells_the_gain_or_nothing(schools: Collection) -> None:
    found = evaluation(schools)
    one, part = found.coverage[0], next(c for c in found.coverage if abs(c.share - 0.8) < 1e-9)
    assert one.balanced_accuracy
    assert part.balanced_accuracy
    gain = 100 * (part.balanced_accuracy.value - one.balanced_accuracy.value)
    assert f"({gain:+.1f} points)" in sentences.withholding(found)
    assert sentences.withholding(replace(found, coverage=[one])) == ""


def test_the_artists_told_worst_have_enough_paintings_and_were_missed() -> None:
    rows = [ArtistScore("few", "A", 2, 0.0, 0.1), ArtistScore("fine", "A", 9, 1.0, 0.9)]
    rows += [ArtistScore(f"artist {i}", "A", 9, i / 20, 0.5) for i in range(12)]
    worst = sentences.told_worst(rows)
    assert [one.artist for one in worst] == [f"artist {i}" for i in range(8)]


@pytest.mark.parametrize("preset", ["scratch", "transfer"])
def test_a_preset_is_explained_under_any_run_name(preset: str) -> None:
    assert sentences.preset_of(preset) == sentences.preset_of(f"{preset} (my run)") != ""
    assert sentences.preset_of(f"{preset}y") == ""
