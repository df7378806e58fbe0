"""Every painting is judged by a model that knows not its artist, and the model that is asked learned from all."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from brushwork.classifier import folds as module
from brushwork.classifier.calibration import fitted_temperature, softmax, threshold_for_risk
from brushwork.classifier.data import scores_of
from brushwork.classifier.folds import train_folds
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.gallery import load_gallery
from brushwork.classifier.head import fit_head
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier, load_model
from brushwork.classifier.parts import fold_splits
from brushwork.classifier.predict import predict
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.train import Asked, train_split
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.run import Run
from tests.classifier.test_train import FROZEN, TINY
from tests.ranks import ended, start_ranks

CPU, FOLDS = torch.device("cpu"), 3


@pytest.fixture(scope="module")
def run(toy: Collection, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three folds of the toy collection, a frozen trunk."""
    return train_folds(Asked(toy, FROZEN, weights), tmp_path_factory.mktemp("folds") / "run", FOLDS)


def fold_runs(run: Run) -> list[Run]:
    return [Run(run.folder / f"fold-{k}") for k in range(1, FOLDS + 1)]


def test_every_painting_is_judged_by_the_fold_that_never_saw_its_artist(run: Run, toy: Collection) -> None:
    told = read_predictions(run.folder)
    assert set(told) == {p.id for p in toy.paintings}
    judged: list[str] = []
    for fold in fold_runs(run):
        results = fold.results or {}
        learned = {*results["train"]["artists"], *results["validation"]["artists"]}
        own = read_predictions(fold.folder)
        assert all(toy.by_id[i].artist not in learned for i in own)
        assert all(told[i] == row for i, row in own.items())
        model = load_model(fold.folder)
        found = softmax(scores_of(model, toy, [toy.by_id[i] for i in own], CPU))
        assert np.allclose(found, list(own.values()), atol=1e-4)
        judged += own
    assert sorted(judged) == sorted(told)


def unscaled(run: Run, toy: Collection) -> tuple[list[str], Floats]:
    """The folds' scores as they were before they were scaled."""
    ids: list[str] = []
    rows: list[Floats] = []
    for fold in fold_runs(run):
        own = read_predictions(fold.folder)
        ids += own
        rows.append(np.log(list(own.values())) * (fold.results or {})["temperature"])
    return ids, np.concatenate(rows)


def test_the_last_model_learned_from_all_and_is_scaled_by_what_the_folds_answered(
    run: Run, toy: Collection, weights: Path
) -> None:
    ids, before = unscaled(run, toy)
    judged = [toy.by_id[i] for i in ids]
    heat = (run.results or {})["temperature"]
    assert heat == pytest.approx(fitted_temperature(before, judged, toy.styles))

    plain = StyleClassifier(transfer_trunk("test_efficientnet", weights), toy.styles, FROZEN.short_side).eval()
    features = frozen_features(plain, toy, judged, CPU)
    everything = fit_head(features, judged, toy.styles, 0).head
    model = load_model(run.folder)
    asked = softmax(scores_of(model, toy, judged, CPU))
    assert np.allclose(asked, softmax(everything.scores(features) / heat), atol=2e-3)
    threshold = threshold_for_risk(softmax(before / heat), judged, toy.styles, FROZEN.risk)
    assert model.unsure_below == pytest.approx(threshold, abs=1e-5)
    assert model.risk == FROZEN.risk


def test_the_last_model_can_be_asked_and_knows_that_it_learned_from_all(
    run: Run, toy: Collection, tmp_path: Path
) -> None:
    gallery = load_gallery(run.folder)
    assert gallery is not None
    assert {p.id for p in gallery.paintings if p.learned_from} == {p.id for p in toy.paintings}
    toy.picture(toy.paintings[0]).save(tmp_path / "a.png")
    (verdict,) = predict(load_model(run.folder), [tmp_path / "a.png"], "m", gallery)
    assert verdict.learned_from
    assert sum(verdict.probabilities.values()) == pytest.approx(1)
    assert not any((fold.folder / "gallery.safetensors").exists() for fold in fold_runs(run))


@pytest.mark.parametrize("finished", [1, 2, 3])
def test_killed_between_folds_it_goes_on_to_the_same_models(
    run: Run, toy: Collection, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: int
) -> None:
    trained, all_of_them = 0, module._train_on_all

    def dies(*given: Any, **named: Any) -> None:
        nonlocal trained
        if trained == finished:
            raise KeyboardInterrupt
        trained += 1
        train_split(*given, **named)

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "train_split", dies)
    monkeypatch.setattr(module, "_train_on_all", killed)
    asked = Asked(toy, FROZEN, weights)
    with pytest.raises(KeyboardInterrupt):
        train_folds(asked, tmp_path / "run", FOLDS)
    assert not Run(tmp_path / "run").results
    monkeypatch.setattr(module, "_train_on_all", all_of_them)
    trained = finished - FOLDS  # what was finished is not trained again
    again = train_folds(asked, tmp_path / "run", FOLDS)
    assert again.results == run.results
    for name in ("model.safetensors", "predictions.csv", "fold-2/model.safetensors"):
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes()


def test_folds_by_another_split_are_scored_and_make_no_model_to_ask(
    toy: Collection, weights: Path, tmp_path: Path
) -> None:
    asked = Asked(toy, FROZEN, weights)
    within = train_folds(asked, tmp_path / "within", 2, "within-artist")
    tested = {p.id for parts in fold_splits(toy, "within-artist", 2, 0) for p in parts.test}
    assert set(read_predictions(within.folder)) == tested
    assert (within.results or {})["scores"]["n"] == len(tested)
    with pytest.raises(UserError, match="no finished classifier"):
        load_model(within.folder)


@pytest.mark.slow
def test_a_small_trunk_goes_its_whole_length_on_all(toy: Collection, tmp_path: Path) -> None:
    recipe = replace(TINY, passes=1.0, patience=1)
    run = train_folds(Asked(toy, recipe), tmp_path / "run", 2)
    assert run.records()[-1]["step"] == round(len(toy.paintings) / recipe.batch)
    assert "validation_loss" not in run.records()[-1]
    assert len(read_predictions(run.folder)) == len(toy.paintings)


def test_a_style_with_fewer_artists_than_folds_leaves_no_trace(toy: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the style 'Wild' has 8 artists, but 9 folds need at least 9"):
        train_folds(Asked(toy, TINY), tmp_path / "run", 9)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["transfer", "scratch"])
def test_two_processes_leave_the_run_that_one_leaves(
    run: Run, toy: Collection, weights: Path, tmp_path: Path, preset: str
) -> None:
    """All that ranks share is shared: what is kept of earlier readings of the pictures is out of their reach."""
    unread = tmp_path / "unread"
    shutil.copytree(toy.folder, unread, ignore=shutil.ignore_patterns("features", "statistics"))
    # Slow steps: at the recipe's rate a few steps on 45 paintings kill most units, and rounding decides which.
    slow = replace(TINY, learning_rate=3e-4)
    one = run if preset == "transfer" else train_folds(Asked(toy, slow), tmp_path / "one", FOLDS)
    short_side = (FROZEN if preset == "transfer" else slow).short_side
    recipe = ["--set", f"short_side={short_side}", "--folds", FOLDS, "--device", "cpu"]
    if preset == "transfer":
        recipe += ["--backbone", FROZEN.backbone, "--weights", weights]
    else:
        recipe += ["--set", f"crop={slow.crop}", "--set", f"learning_rate={slow.learning_rate}"]
        recipe += ["--batch", slow.batch, "--passes", slow.passes]
    command = ["train", "classifier", unread, "--preset", preset, *recipe, "--out", tmp_path / "two"]
    ends = ended(start_ranks("brushwork", *command))
    assert [status for status, _ in ends] == [0, 0], ends
    two = Run(tmp_path / "two")
    alone, together = (read_predictions(each.folder) for each in (one, two))
    assert list(alone) == list(together)
    near = 1e-4 if preset == "transfer" else 0.005  # Adam steps by the sign of what is next to nothing
    assert np.allclose(list(alone.values()), list(together.values()), atol=near)
    assert sorted(p.name for p in one.folder.iterdir()) == sorted(p.name for p in two.folder.iterdir())
