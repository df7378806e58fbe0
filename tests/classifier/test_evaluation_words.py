"""An evaluation in words: every number with its interval, the headline marked, nothing cut off."""

from dataclasses import replace

import pytest

from brushwork.classifier import sentences
from brushwork.classifier.analyses import MEASURES, PROTOCOLS, analyses
from brushwork.classifier.document import Entry, Grid
from brushwork.classifier.evaluate import Evaluation
from brushwork.classifier.evaluation_words import in_words
from brushwork.collection import Collection
from tests.classifier.made import evaluation


@pytest.fixture
def found(toy: Collection) -> Evaluation:
    """A good run's evaluation."""
    return evaluation(toy, skill=2.0, random=3.0, rival=0.0)


def line(text: str, start: str) -> str:
    (one,) = [one for one in text.splitlines() if one.startswith(start)]
    return one


def words(text: str) -> str:
    return " ".join(text.split())


def test_all_that_the_model_card_says_is_said_whole(found: Evaluation) -> None:
    text = words(in_words(found))
    for part in analyses(found):
        if isinstance(part, Grid):
            assert all(words(cell) in text for row in (part.header, *part.rows) for cell in row)
        else:
            assert words(f"{part.term} {part.words}" if isinstance(part, Entry) else part) in text


def test_every_number_of_the_run_stands_with_its_interval(found: Evaluation) -> None:
    text = in_words(found)
    for protocol in ("random", "artist"):
        table = found.table(protocol)
        assert table is not None
        for name, measure in MEASURES.items():
            assert str(getattr(table.rows[-1].scores, name)) in line(text, f"  {measure}  ")
        for row in table.rows:
            assert str(row.scores.balanced_accuracy) in text
    for gap in found.leakage.values():
        assert str(gap) in text
    assert "guessing reaches 0.500" in words(text)


def test_the_headline_is_marked_and_comes_first(found: Evaluation) -> None:
    text = in_words(found)
    header = line(text, "  measure")
    assert header.index(PROTOCOLS["artist"]) < header.index(PROTOCOLS["random"])
    assert "headline" in PROTOCOLS["artist"]
    assert "headline" not in PROTOCOLS["random"]


def test_an_impossible_protocol_has_its_reason_and_no_column(found: Evaluation) -> None:
    text = words(in_words(found))
    assert f"{PROTOCOLS['within-artist']}: no artist here carries several styles" in text
    assert PROTOCOLS["within-artist"] not in line(in_words(found), "  measure")
    assert "another collection: not asked for" in text
    assert "museum: 3 judged." in words(in_words(replace(found, elsewhere="museum: 3 judged")))


def test_the_artists_told_worst_are_named(found: Evaluation) -> None:
    for one in sentences.told_worst(found.artists):
        assert line(in_words(found), f"  {one.artist}  ")
    assert "Nobody was missed." in in_words(replace(found, artists=[]))


def test_columns_stand_under_each_other(found: Evaluation) -> None:
    lines = in_words(found).splitlines()
    begin = next(i for i, one in enumerate(lines) if one.startswith("  balanced accuracy"))
    at = {one.index("[") for one in lines[begin : begin + len(MEASURES)]}
    assert len(at) == 1
