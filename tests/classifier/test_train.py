"""Training scores only artists it never saw, resumes to the same weights and says what it cannot do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from brushwork.classifier import train as module
from brushwork.classifier.data import canvases, random_crops, sampling_weights, scores_of
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.task import ClassifierTask
from brushwork.classifier.train import RECIPES, fit_head, temperature, train_classifier, train_folds
from brushwork.classifier.trunks import SCRATCH, Trunk, build_trunk
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.run import Run
from tests.classifier.test_model import small_model

TINY = replace(RECIPES["scratch"], short_side=48, crop=48, passes=2.0, batch=8)


def test_the_test_artists_are_in_no_other_part(schools: Collection, tmp_path: Path) -> None:
    run = train_classifier(schools, tmp_path / "run", TINY)
    results = run.results or {}
    parts = {name: set(results[name]["artists"]) for name in ("train", "validation", "test")}
    assert not parts["train"] & parts["test"]
    assert not parts["validation"] & (parts["train"] | parts["test"])
    tested = read_predictions(run.folder)
    assert set(tested) == {p.id for p in schools.paintings if p.split == "test"}
    assert all(sum(row) == pytest.approx(1, abs=1e-6) for row in tested.values())
    assert "balanced accuracy" in (run.folder / "model_card.md").read_text()


def test_folds_answer_for_every_painting_by_a_model_that_never_saw_its_artist(
    schools: Collection, tmp_path: Path
) -> None:
    run = train_folds(schools, tmp_path / "folds", TINY, 3)
    assert set(read_predictions(run.folder)) == {p.id for p in schools.paintings}
    for k in (1, 2, 3):
        results = Run(tmp_path / "folds" / f"fold-{k}").results or {}
        assert not set(results["train"]["artists"]) & set(results["test"]["artists"])


@pytest.mark.parametrize("killed_at", [2, 9])
def test_a_killed_training_ends_in_the_same_weights(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    train_classifier(schools, tmp_path / "straight", TINY)
    real = ClassifierTask.step

    def dies(self: ClassifierTask, k: int) -> object:
        if k == killed_at:
            raise KeyboardInterrupt
        return real(self, k)

    monkeypatch.setattr(ClassifierTask, "step", dies)
    with pytest.raises(KeyboardInterrupt):
        train_classifier(schools, tmp_path / "killed", TINY)
    monkeypatch.setattr(ClassifierTask, "step", real)
    train_classifier(schools, tmp_path / "killed", TINY)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("straight", "killed")]
    assert weights[0] == weights[1]


def test_other_settings_on_a_run_are_named(schools: Collection, tmp_path: Path) -> None:
    train_classifier(schools, tmp_path / "run", TINY)
    with pytest.raises(UserError, match="seed is 0 there and 1 here"):
        train_classifier(schools, tmp_path / "run", TINY, seed=1)


def test_one_artist_only_is_said_so(style_folder: Path, collected: Callable[..., Collection], tmp_path: Path) -> None:
    for path in (style_folder / "Calm").iterdir():
        if "artist-a" not in path.name:
            path.unlink()
    with pytest.raises(UserError, match="the style 'Calm' has 1 artist"):
        train_classifier(collected(style_folder), tmp_path / "run", TINY)


def test_styles_weigh_alike_and_prolific_artists_less_than_their_share(schools: Collection) -> None:
    paintings = [p for p in schools.paintings if p.style == "Alder"][:9] + schools.select(["Kessel"])
    weights = sampling_weights(paintings)
    alder = np.array([p.style == "Alder" for p in paintings])
    assert weights.sum() == pytest.approx(1)
    assert weights[alder].sum() == pytest.approx(0.5)


def test_crops_depend_on_seed_and_step_alone(schools: Collection) -> None:
    preprocessing = small_model().preprocessing
    first, again, other = (
        random_crops(schools, schools.paintings[:6], preprocessing, 48, (0.5, 1.0), 0, step) for step in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_score_does_not_depend_on_its_batch(schools: Collection) -> None:
    model, device = small_model(("Alder", "Kessel")), torch.device("cpu")
    together = scores_of(model, schools, schools.paintings[:20], device)
    alone = np.concatenate([scores_of(model, schools, [p], device) for p in schools.paintings[:20]])
    assert np.allclose(together, alone, atol=1e-4)
    places = [i for part, _ in canvases(schools, schools.paintings[:20], model.preprocessing) for i in part]
    assert sorted(places) == list(range(20))


@pytest.mark.parametrize("count", [2, 3])
def test_the_head_set_first_is_scikit_learns_answer(schools: Collection, count: int) -> None:
    from sklearn.linear_model import LogisticRegression

    from brushwork.classifier.data import pooled_features

    names = ["Alder", "Kessel", "Odd"][:count]
    paintings = [replace(p, style="Odd") if i % 5 == 0 and count == 3 else p for i, p in enumerate(schools.paintings)]
    torch.manual_seed(0)
    model = StyleClassifier(build_trunk(SCRATCH, {}), names, 48).eval()
    fit_head(model, schools, paintings, torch.device("cpu"))
    features = pooled_features(model, schools, paintings, torch.device("cpu")).astype(float)
    scaled = (features - features.mean(0)) / (features.std(0) + 1e-6)
    labels = [names.index(p.style) for p in paintings]
    weights = sampling_weights(paintings) * len(paintings)
    wanted = LogisticRegression(C=0.001, max_iter=2000).fit(scaled, labels, sample_weight=weights)
    found = torch.from_numpy(scores_of(model, schools, paintings, torch.device("cpu"))).softmax(1)
    assert np.allclose(found, wanted.predict_proba(scaled), atol=1e-3)


def test_the_temperature_undoes_a_scaling_of_calibrated_scores(schools: Collection) -> None:
    lucky = np.random.default_rng(0)
    margin = lucky.normal(0, 2, 4000)
    wild = lucky.random(4000) < 1 / (1 + np.exp(-margin))
    paintings = [replace(schools.paintings[0], style="Kessel" if w else "Alder") for w in wild]
    table = np.stack([np.zeros(4000), margin], 1)
    assert temperature(table, paintings, ["Alder", "Kessel"]) == pytest.approx(1, abs=0.1)
    assert temperature(3 * table, paintings, ["Alder", "Kessel"]) == pytest.approx(3, abs=0.3)


def test_a_learned_trunk_keeps_its_batch_statistics_and_its_early_layers(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import timm

    def random_trunk(name: str, weights: Path | None) -> Trunk:
        from brushwork.classifier.trunks import _timm_trunk

        torch.manual_seed(1)
        return _timm_trunk(name, {}, pretrained=False)

    monkeypatch.setattr(module, "transfer_trunk", random_trunk)
    recipe = replace(RECIPES["transfer"], backbone="resnet10t", short_side=64, crop=64, passes=0.5, batch=8)
    run = train_classifier(schools, tmp_path / "run", recipe)
    from brushwork.classifier.model import load_model

    before, after = random_trunk("resnet10t", None), load_model(run.folder)
    old, new = before.network.state_dict(), after.trunk.state_dict()
    assert timm.is_model("resnet10t")
    for name, value in old.items():
        if "running" in name or name in before.frozen:
            assert torch.equal(value, new[name]), name
    assert any(not torch.equal(old[name], new[name]) for name in old)


@pytest.mark.slow
def test_scratch_learns_the_schools_from_few_paintings(schools: Collection, tmp_path: Path) -> None:
    recipe = replace(RECIPES["scratch"], short_side=96, crop=80, passes=30.0, batch=16)
    score = (train_classifier(schools, tmp_path / "run", recipe).results or {})["scores"]
    assert score["balanced_accuracy"]["value"] >= 0.75
    assert score["auc"]["value"] >= 0.85
