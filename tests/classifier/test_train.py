"""Training scores only artists it never saw, resumes to the same weights and says what it cannot do."""

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from brushwork.classifier.calibration import fitted_temperature, softmax, threshold_for_risk
from brushwork.classifier.data import Cutting, pooled_features, random_crops, sampling_weights, scores_of
from brushwork.classifier.head import fit_head, plain_head
from brushwork.classifier.model import load_model
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.task import ClassifierTask
from brushwork.classifier.train import RECIPES, Asked, train_classifier
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.classifier.test_model import small_model

CPU = torch.device("cpu")
TINY = replace(RECIPES["scratch"], short_side=48, crop=48, passes=2.0, batch=8)
FROZEN = replace(RECIPES["transfer"], backbone="test_efficientnet", short_side=64, crop=64, batch=8)


def test_the_test_artists_are_in_no_other_part(schools: Collection, tmp_path: Path) -> None:
    run = train_classifier(Asked(schools, TINY), tmp_path / "run")
    results = run.results or {}
    parts = {name: set(results[name]["artists"]) for name in ("train", "validation", "test")}
    assert not parts["train"] & parts["test"]
    assert not parts["validation"] & (parts["train"] | parts["test"])
    tested = read_predictions(run.folder)
    assert set(tested) == {p.id for p in schools.paintings if p.split == "test"}
    assert all(sum(row) == pytest.approx(1, abs=1e-6) for row in tested.values())
    assert "balanced accuracy" in (run.folder / "model_card.md").read_text()


def test_a_models_answers_are_scaled_as_artists_kept_back_want_it(toy: Collection, tmp_path: Path) -> None:
    run = train_classifier(Asked(toy, TINY), tmp_path / "run")
    model, heat = load_model(run.folder), (run.results or {})["temperature"]
    kept_back = [p for p in toy.paintings if p.split == "validation"]
    learned = [p for p in toy.paintings if p.split == "train"]
    features = [pooled_features(model, toy, part, CPU)[:, : model.weighed] for part in (learned, kept_back)]
    unseen = plain_head(features[0], learned, model.styles).scores(features[1])  # by a head that knows them not either
    assert fitted_temperature(unseen, kept_back, model.styles) == pytest.approx(heat, rel=0.04)  # a step
    wanted = threshold_for_risk(softmax(unseen / heat), kept_back, model.styles, TINY.risk)
    assert model.unsure_below == pytest.approx(wanted, abs=1e-3)
    known = learned + kept_back
    last = plain_head(np.concatenate(features), known, model.styles)
    scaled = last.scores(np.concatenate(features)) / heat
    assert np.allclose(softmax(scaled), softmax(scores_of(model, toy, known, CPU)), atol=1e-3)
    told = read_predictions(run.folder)
    found = softmax(scores_of(model, toy, [toy.by_id[i] for i in told], CPU))
    assert np.allclose(found, list(told.values()), atol=1e-4)
    weight = model.head.weight.detach()
    assert 0 < model.weighed < weight.shape[1]  # the stage that taught has no say
    assert weight[:, : model.weighed].any()
    assert not weight[:, model.weighed :].any()


@pytest.mark.parametrize(("ended_at", "by"), [(2, "a kill"), (9, "a kill"), (2, "Ctrl-C"), (9, "Ctrl-C")])
def test_a_training_that_was_ended_goes_on_to_the_same_weights(
    schools: Collection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ended_at: int,
    by: str,
) -> None:
    train_classifier(Asked(schools, TINY), tmp_path / "straight")
    real = ClassifierTask.step

    def dies(self: ClassifierTask, k: int) -> object:
        if k == ended_at and by == "Ctrl-C":
            signal.raise_signal(signal.SIGINT)
        elif k == ended_at:
            raise KeyboardInterrupt
        return real(self, k)

    monkeypatch.setattr(ClassifierTask, "step", dies)
    with pytest.raises(KeyboardInterrupt):
        train_classifier(Asked(schools, TINY), tmp_path / "ended")
    assert (f"stopped and saved after {ended_at + 1} of" in capsys.readouterr().err) is (by == "Ctrl-C")
    monkeypatch.setattr(ClassifierTask, "step", real)
    train_classifier(Asked(schools, TINY), tmp_path / "ended")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("straight", "ended")]
    assert weights[0] == weights[1]


def test_other_settings_on_a_run_are_named(schools: Collection, tmp_path: Path) -> None:
    train_classifier(Asked(schools, TINY), tmp_path / "run")
    with pytest.raises(UserError, match="seed is 0 there and 1 here"):
        train_classifier(Asked(schools, TINY, seed=1), tmp_path / "run")


def test_one_artist_only_is_said_so(style_folder: Path, collected: Callable[..., Collection], tmp_path: Path) -> None:
    for path in (style_folder / "Calm").iterdir():
        if "artist-a" not in path.name:
            path.unlink()
    with pytest.raises(UserError, match="the style 'Calm' has 1 artist"):
        train_classifier(Asked(collected(style_folder), TINY), tmp_path / "run")


def test_styles_weigh_alike_and_prolific_artists_less_than_their_share(schools: Collection) -> None:
    paintings = [p for p in schools.paintings if p.style == "Alder"][:9] + schools.select(["Kessel"])
    weights = sampling_weights(paintings)
    alder = np.array([p.style == "Alder" for p in paintings])
    assert weights.sum() == pytest.approx(1)
    assert weights[alder].sum() == pytest.approx(0.5)


def test_crops_depend_on_seed_and_step_alone(schools: Collection) -> None:
    preprocessing = small_model().preprocessing
    first, again, other = (
        random_crops(schools, schools.paintings[:6], preprocessing, Cutting(48, 0.5, 1.0), 0, step)
        for step in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_score_does_not_depend_on_its_batch(schools: Collection) -> None:
    model, device = small_model(("Alder", "Kessel")), torch.device("cpu")
    together = scores_of(model, schools, schools.paintings[:20], device)
    alone = np.concatenate([scores_of(model, schools, [p], device) for p in schools.paintings[:20]])
    assert np.allclose(together, alone, atol=1e-4)


def test_a_learned_trunk_keeps_its_batch_statistics_and_its_early_layers(
    toy: Collection, weights: Path, tmp_path: Path
) -> None:
    run = train_classifier(Asked(toy, replace(FROZEN, passes=0.5), weights), tmp_path / "run")
    before, after = transfer_trunk("test_efficientnet", weights), load_model(run.folder)
    old, new = before.network.state_dict(), after.trunk.state_dict()
    for name, value in old.items():
        if "running" in name or name in before.frozen:
            assert torch.equal(value, new[name]), name
    assert any(not torch.equal(old[name], new[name]) for name in old)


def test_a_trunk_left_alone_is_left_alone_and_the_watched_artists_are_learned_from_too(
    toy: Collection, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[str] = []

    def spied(features: Any, paintings: list[Painting], *rest: Any) -> Any:
        learned.extend(p.id for p in paintings)
        return fit_head(features, paintings, *rest)

    monkeypatch.setattr("brushwork.classifier.train.fit_head", spied)
    run = train_classifier(Asked(toy, FROZEN, weights), tmp_path / "run")
    old, new = transfer_trunk("test_efficientnet", weights).network.state_dict(), load_model(run.folder).trunk
    assert all(torch.equal(value, new.state_dict()[name]) for name, value in old.items())
    assert set(learned) == {p.id for p in toy.paintings if p.split != "test"}
    assert not (run.folder / "checkpoint.safetensors").exists()


def test_what_cannot_be_trained_leaves_no_trace(toy: Collection, weights: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="learns nothing; give more passes"):
        Asked(toy, replace(TINY, passes=0.0))
    with pytest.raises(UserError, match="the nearest names are"):
        train_classifier(Asked(toy, replace(FROZEN, backbone="test_eficientnet"), weights), tmp_path / "run")
    with pytest.raises(UserError, match="give --backbone test_efficientnet"):
        train_classifier(Asked(toy, replace(FROZEN, backbone="test_resnet"), weights), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert train_classifier(Asked(toy, FROZEN, weights), tmp_path / "run").results


@pytest.mark.slow
def test_scratch_learns_the_schools_from_few_paintings(schools: Collection, tmp_path: Path) -> None:
    recipe = replace(RECIPES["scratch"], short_side=96, crop=80, passes=30.0, batch=16)
    score = (train_classifier(Asked(schools, recipe), tmp_path / "run").results or {})["scores"]
    assert score["balanced_accuracy"]["value"] >= 0.75
    assert score["auc"]["value"] >= 0.85
