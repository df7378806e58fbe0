"""The model card holds the run's own numbers, says what was not measured, and cannot flatter a random split."""

import re
from pathlib import Path

import pytest

from brushwork.classifier.card import FILE, card_of, model_card, write_card
from brushwork.classifier.document import Entry, Grid
from brushwork.classifier.scores import Scores
from brushwork.collection import Collection
from brushwork.collection.summary import summary_of
from brushwork.errors import UserError
from brushwork.run import Run, write_json
from tests.classifier.made import evaluation, finished_run

SECTIONS = (
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data", "Quantitative analyses",
    "Ethical considerations", "Caveats and recommendations",
)  # fmt: skip


def card_text(run: Run, collection: Collection) -> str:
    return model_card(run, run.results or {}, collection)


def test_the_sections_are_mitchells_in_their_order(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    card = card_of(run, run.results or {}, schools)
    assert tuple(section.title for section in card.sections) == SECTIONS
    assert all(section.parts for section in card.sections)


def test_every_measure_stands_with_its_interval(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    scores = Scores.from_dict((run.results or {})["scores"])
    text = card_text(run, schools)
    for name in ("balanced_accuracy", "auc", "macro_f1", "log_loss", "calibration_error"):
        assert str(getattr(scores, name)) in text
    assert f"{scores.n} paintings by {scores.artists} artists" in text
    for style, row in zip(scores.styles, scores.confusion, strict=True):
        assert f"| {style} | {' | '.join(map(str, row))} |" in text


def test_before_an_evaluation_the_card_says_how_to_get_one(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    assert "“brushwork evaluate RUN” adds them" in card_text(run, schools)
    write_card(run, schools, evaluation(schools))
    text = (run.folder / FILE).read_text(encoding="utf-8")
    assert "adds them" not in text
    assert "no artist here carries several styles" in text


def test_after_an_evaluation_all_it_found_is_there(schools: Collection, tmp_path: Path) -> None:
    run, found = finished_run(tmp_path / "run", schools), evaluation(schools)
    text = model_card(run, run.results or {}, schools, found)
    for table in found.tables:
        for row in table.rows[-1:]:
            assert str(row.scores.balanced_accuracy) in text
    artist = found.table("artist")
    assert artist
    for row in artist.rows:
        assert f"| {row.name} |" in text or f"| this run: {row.name} |" in text
        assert row.ahead is None or str(row.ahead) in text
    for genre in found.genres:
        assert str(genre.balanced_accuracy) in text
    assert "12.5 % of those verdicts were wrong" in text
    assert "Artist leakage" in text


def test_concentration_and_rights_are_the_collections_own(schools: Collection, tmp_path: Path) -> None:
    text = card_text(finished_run(tmp_path / "run", schools), schools)
    for style in summary_of(schools).styles:
        assert f"{style.style} rests on {style.artists} artists (who count like {style.effective_artists:g}" in text
    for right, count in summary_of(schools).rights.items():
        assert f"{right} ({count})" in text


def test_a_score_on_artists_seen_is_no_headline(schools: Collection, tmp_path: Path) -> None:
    honest = card_text(finished_run(tmp_path / "honest", schools), schools)
    random = card_text(finished_run(tmp_path / "random", schools, split="random"), schools)
    assert "no headline" not in honest
    assert "no headline" in random
    assert "Train on the split by artist" in random


def test_the_threshold_is_the_models(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    assert "Below a probability of 0.71 the answer is “unsure”" in card_text(run, schools)
    assert "a temperature of 1.50, found on artists kept back" in card_text(run, schools)
    write_json(run.folder / "model.json", {"unsure_below": 1.01, "risk": 0.1, "reads": "The last stage."})
    assert "every answer is “unsure”" in card_text(run, schools)
    (run.folder / "model.json").unlink()
    assert "no model for all" in card_text(run, schools)


def test_folds_are_told_one_by_one(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools, folds=3)
    results = run.results or {}
    single = [f"{fold['balanced_accuracy']['value']:.3f}" for fold in results["folds"]]
    text = card_text(run, schools)
    assert f"balanced accuracy {', '.join(single)}." in text
    assert "One more model learned from all artists" in text
    # folds on a random split make no model for all
    assert "One more" not in model_card(run, {k: v for k, v in results.items() if k != "temperature"}, schools)


def test_a_score_that_may_be_a_guessers_is_said_to_show_nothing(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    results = run.results or {}
    assert "Nothing is shown yet" not in card_text(run, schools)
    results["scores"]["balanced_accuracy"]["low"] = 0.45
    assert "Nothing is shown yet" in model_card(run, results, schools)


def test_results_of_another_version_are_refused(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    with pytest.raises(UserError, match="another version"):
        model_card(run, {"scores": {"protocol": "old"}}, schools)


def test_a_card_is_plain_data_with_nothing_empty(schools: Collection, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", schools)
    for section in card_of(run, run.results or {}, schools, evaluation(schools)).sections:
        for part in section.parts:
            if isinstance(part, Grid):
                assert part.rows
            elif isinstance(part, Entry):
                assert part.term
                assert part.words
            else:
                assert part
            assert not re.search(r"\bnan\b|\bNone\b", str(part))
