"""Four numbers beside their baselines, all on the same paintings; what it trains is trained once and found again."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from brushwork.classifier import folds as folds_module
from brushwork.classifier import train as train_module
from brushwork.classifier.baselines import BASELINES
from brushwork.classifier.evaluate import EVALUATION, Evaluation, evaluate
from brushwork.classifier.evaluation_file import read_evaluation
from brushwork.classifier.folds import train_folds
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.rows import FROZEN as FROZEN_ROW
from brushwork.classifier.scores import Answers, scores
from brushwork.classifier.train import Asked, train_classifier
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.run import Run, read_json, write_json
from tests.classifier.test_train import FROZEN, TINY
from tests.conftest import made_collection, toy_works

pytestmark = pytest.mark.slow


class Study(NamedTuple):
    """A collection that was moved since, two runs on it and what was found."""

    collection: Path
    learned: Run
    scratch: Run
    found: Evaluation


@pytest.fixture(scope="module")
def study(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two runs of two folds of a collection of their own, evaluated in one table with a museum of strangers."""
    root = tmp_path_factory.mktemp("study")
    collection = made_collection(root / "first", toy_works())
    museum = made_collection(
        root / "museum",
        {
            (s, f"{name} Neu"): [8000 + 10 * i, 8001 + 10 * i]
            for i, (s, name) in enumerate(zip(["Calm", "Wild"] * 3, "ABCDEF", strict=True))
        },
    )
    learned = train_folds(Asked(collection, FROZEN, weights), root / "learned", 2)
    small = Asked(collection, replace(TINY, passes=1.0))
    scratch = train_folds(small, root / "scratch", 2)
    train_folds(small, root / "scratch" / "evaluation" / "random", 2, "random")  # as if it had been evaluated before
    found = evaluate([learned, scratch], museum, None, "cpu")
    shutil.move(collection.folder, root / "moved")
    return Study(root / "moved", learned, scratch, found)


def test_every_protocol_has_its_table_with_all_rows_on_the_same_paintings(study: Study) -> None:
    collection = Collection(study.collection)
    several = [p for p in collection.paintings if "Ruiz" in p.artist]
    sizes = {"random": 90, "artist": 90, "within-artist": len(several), "cross-source": 12}
    assert [table.protocol for table in study.found.tables] == list(sizes)
    own = [*BASELINES, FROZEN_ROW, "scratch", "transfer (learned)"]
    for table in study.found.tables:
        names = [row.name for row in table.rows]
        missing = {"within-artist": ["scratch"], "cross-source": ["scratch"]}.get(table.protocol, [])
        assert names == [name for name in own if name not in missing]
        assert {row.scores.n for row in table.rows} == {sizes[table.protocol]}
        assert len({row.scores.artists for row in table.rows}) == 1
        assert [row.ahead is None for row in table.rows] == [False] * (len(names) - 1) + [True]
        main = table.rows[-1].scores.balanced_accuracy.value
        for row in table.rows[:-1]:
            assert row.ahead is not None
            assert row.ahead.value == pytest.approx(main - row.scores.balanced_accuracy.value, abs=1e-9)
            assert row.must_beat == (row.name not in ("artist lookup", "scratch"))


def test_the_runs_own_numbers_are_those_of_its_answers(study: Study) -> None:
    collection = Collection(study.collection)
    told = read_predictions(study.learned.folder)
    answers = Answers([collection.by_id[i] for i in told], np.array(list(told.values())))
    table = study.found.table("artist")
    assert table is not None
    wanted = scores(table.label, answers, collection.styles, 0)
    assert table.rows[-1].scores.balanced_accuracy.value == pytest.approx(wanted.balanced_accuracy.value)
    assert table.rows[-1].scores.log_loss.value == pytest.approx(wanted.log_loss.value)
    assert sum(one.n for one in study.found.artists) == 90
    assert study.found.coverage[0].n == 90
    given = study.found.abstention
    assert given.risk == FROZEN.risk
    assert 0 <= given.share_given <= 1


def test_who_looks_the_artist_up_knows_the_style_at_random_and_nothing_on_artists_never_seen(study: Study) -> None:
    reached = {
        protocol: {row.name: row.scores.balanced_accuracy.value for row in table.rows}
        for protocol in ("random", "artist")
        if (table := study.found.table(protocol))
    }
    assert reached["random"]["artist lookup"] > 0.8  # two of sixteen carry both styles
    assert reached["artist"]["artist lookup"] == 0.5
    leakage = study.found.leakage["artist lookup"]
    assert leakage.value == pytest.approx(reached["random"]["artist lookup"] - 0.5)
    assert leakage.value > 0.3
    assert leakage.low > 0.1
    assert list(study.found.leakage)[-1] == "transfer (learned)"
    assert study.found.leakage["majority"].value == pytest.approx(0, abs=0.1)


def test_what_was_trained_for_comparison_lies_beside_the_run_and_saw_the_artists(study: Study) -> None:
    companion = Run(study.learned.folder / "evaluation" / "random")
    assert companion.settings == study.learned.settings | {"split": "random"}
    results = Run(companion.folder / "fold-1").results or {}
    assert set(results["train"]["artists"]) & set(results["test"]["artists"])
    assert Run(study.learned.folder / "evaluation" / "within-artist").results
    assert not (study.scratch.folder / "evaluation" / "within-artist").exists()  # until it is evaluated itself


def test_once_more_it_trains_nothing_finds_the_moved_collection_and_says_the_same(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_given: object, **_named: object) -> None:
        raise AssertionError("something was trained again")

    monkeypatch.setattr(folds_module, "train_split", forbidden)
    monkeypatch.setattr(folds_module, "_train_on_all", forbidden)
    monkeypatch.setattr(train_module, "train_split", forbidden)
    with pytest.raises(UserError, match=r"is no longer at .*; say where it is: --collection DIR"):
        evaluate([study.learned, study.scratch], None, None, "cpu")
    kept = (study.learned.folder / EVALUATION).read_text()
    assert json.loads(kept) == json.loads(json.dumps(study.found.to_dict()))
    read = read_evaluation(study.learned.folder)
    assert read is not None
    assert json.dumps(read.to_dict()) == json.dumps(study.found.to_dict())
    again = evaluate([study.learned, study.scratch], None, study.collection, "cpu")
    assert json.dumps([t.rows for t in again.tables], default=str) == json.dumps(
        [t.rows for t in study.found.tables],
        default=str,  # another collection's too, which was not asked for again
    )
    assert again.leakage == study.found.leakage
    assert again.elsewhere == study.found.elsewhere


def altered(run: Run, folder: Path, settings: dict[str, object]) -> Run:
    """A copy of the run that says other things of itself."""
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("fold-*", "evaluation"))
    write_json(folder / "settings.json", run.settings | settings)
    return Run(folder)


def test_runs_that_cannot_stand_in_one_table_are_refused(study: Study, tmp_path: Path, toy: Collection) -> None:
    other = altered(study.scratch, tmp_path / "other", {"seed": 1, "folds": 3})
    with pytest.raises(
        UserError, match=r"other and .*learned differ in seed, how many folds they have, if any, so their scores"
    ):
        evaluate([study.learned, other], None, study.collection, "cpu")
    random = altered(study.scratch, tmp_path / "random", {"split": "random"})
    with pytest.raises(UserError, match="was trained on the split 'random'; give a run on artists never seen"):
        evaluate([random], None, study.collection, "cpu")
    elsewhere = altered(study.scratch, tmp_path / "elsewhere", {"collection": "0123456789ab"})
    with pytest.raises(UserError, match="is not the collection, or not the state of it"):
        evaluate([elsewhere], None, study.collection, "cpu")
    (random.folder / "results.json").unlink()
    with pytest.raises(UserError, match="random is unfinished"):
        evaluate([random], None, study.collection, "cpu")


@pytest.mark.parametrize("lost", ["split", "recipe", "scores"])
def test_a_run_of_another_version_is_said_so(study: Study, tmp_path: Path, lost: str) -> None:
    run = altered(study.scratch, tmp_path / "old", {})
    for name in ("settings.json", "results.json"):
        found = read_json(run.folder / name)
        found.pop(lost, None)
        write_json(run.folder / name, found)
    with pytest.raises(UserError, match=r"old was made by another version of Brushwork.*train it again"):
        evaluate([run], None, study.collection, "cpu")


def test_a_single_split_without_artists_of_two_styles_says_why_one_table_is_empty(
    weights: Path, tmp_path: Path
) -> None:
    works = {key: seeds for key, seeds in toy_works().items() if "Ruiz" not in key[1]}
    collection = made_collection(tmp_path, works)
    run = train_classifier(Asked(collection, FROZEN, weights), tmp_path / "transfer")
    found = evaluate([run], None, None, "cpu")
    within, artist = found.table("within-artist"), found.table("artist")
    assert within is not None
    assert artist is not None
    assert not within.rows
    assert "no artist here carries several styles" in within.reason
    assert [row.name for row in artist.rows] == [*BASELINES, FROZEN_ROW, "transfer"]
    assert {row.scores.n for row in artist.rows} == {sum(p.split == "test" for p in collection.paintings)}
    assert found.leakage["artist lookup"].value == pytest.approx(0.5)
    assert found.table("cross-source") is None
