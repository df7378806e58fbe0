"""An evaluation in words: every number with its interval, the headline marked, what is lost or impossible said."""

import re
from dataclasses import replace

import pytest

from brushwork.classifier.analyses import MEASURES
from brushwork.classifier.evaluate import Evaluation, Table
from brushwork.classifier.evaluation_words import in_words
from brushwork.classifier.scores import Interval
from brushwork.collection import Collection
from tests.classifier.made import evaluation


@pytest.fixture
def found(toy: Collection) -> Evaluation:
    """A good run's evaluation."""
    return evaluation(toy, skill=2.0, random=3.0, rival=0.0)


def with_table(found: Evaluation, table: Table) -> Evaluation:
    return replace(found, tables=[table if t.protocol == table.protocol else t for t in found.tables])


def line(text: str, start: str) -> str:
    (one,) = [one for one in text.splitlines() if one.startswith(start)]
    return one


def test_every_number_of_the_run_stands_with_its_interval(found: Evaluation) -> None:
    text = in_words(found)
    for protocol in ("random", "artist"):
        table = found.table(protocol)
        assert table is not None
        for name, words in MEASURES.items():
            assert str(getattr(table.rows[-1].scores, name)) in line(text, words)
        assert f"{table.rows[-1].scores.n:,}" in line(text, "paintings")
    assert "95 % intervals" in text
    assert "Guessing: 0.500" in text


def test_the_headline_is_marked_and_the_random_split_is_put_in_its_place(found: Evaluation) -> None:
    text = in_words(found)
    assert "the headline is the column of artists never seen" in text.splitlines()[0]
    columns = text.splitlines()[1]
    assert "ARTISTS NEVER SEEN" in columns
    assert "random split" in columns
    assert "RANDOM" not in text
    assert "The random split is for comparison with the literature only." in text


def test_an_impossible_protocol_has_its_reason_and_no_column(found: Evaluation) -> None:
    text = in_words(found)
    assert "within artist: no artist here carries several styles" in text
    assert "within artist" not in text.splitlines()[1]
    assert "cross-source: not asked for; give another collection with --on COLLECTION." in text
    assert "museum (source x): 3 paintings judged." in in_words(
        replace(found, elsewhere="museum (source x): 3 paintings judged")
    )


def test_baselines_are_lost_or_beaten_in_so_many_words(found: Evaluation) -> None:
    text = in_words(found)
    assert "this one is ahead of all those marked here, beyond the interval" in text
    assert line(text, "* colour statistics")
    assert line(text, "  artist lookup")  # not starred: it is the measure of leakage
    table = found.table("artist")
    assert table is not None
    for ahead in (Interval(0.05, -0.01, 0.1), Interval(-0.2, -0.3, -0.1)):
        rows = [replace(r, ahead=ahead) if r.name == "colour statistics" else r for r in table.rows]
        text = in_words(with_table(found, replace(table, rows=rows)))
        assert "beats them all" not in text
        assert str(ahead) in line(text, "* colour statistics")
        said = line(text, "* a network")
        assert "colour statistics" in said
        assert "artist lookup" not in said
        assert ("loses to colour statistics" in said) == (ahead.high < 0)
        assert ("not shown for colour statistics" in said) == (ahead.high >= 0)


def test_leakage_abstention_and_calibration_are_there(found: Evaluation) -> None:
    text = in_words(found)
    for name, gap in found.leakage.items():
        points = f"{100 * gap.value:+.1f} points [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"
        assert re.search(rf"^  {re.escape(name)}  +{re.escape(points)}$", text, re.MULTILINE)
    assert f"{found.abstention.share_given:.1%} of verdicts were given" in text
    assert f"{found.abstention.share_wrong:.1%} of those were wrong" in text
    table = found.table("artist")
    assert table is not None
    assert str(table.rows[-1].scores.calibration_error) in line(text, "How sure")
    assert re.search(r"  80%  0\.\d\d\d\d  \S+ \[.*\]  [+-]\d+\.\d points", text)


def test_the_artists_told_worst_are_named(found: Evaluation) -> None:
    text = in_words(found)
    worst = min((one for one in found.artists if one.n >= 5), key=lambda one: (one.right, -one.n))
    assert line(text, f"  {worst.artist}")
    assert in_words(replace(found, artists=[])).count("told worst") == 0


def test_tables_keep_their_columns(found: Evaluation) -> None:
    lines = in_words(found).splitlines()
    begin = next(i for i, one in enumerate(lines) if one.startswith("balanced accuracy"))
    at = {one.index("[") for one in lines[begin : begin + len(MEASURES)]}
    assert len(at) == 1
