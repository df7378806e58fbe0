"""On another collection too nobody is judged by a model that learned from him, and what is left out is counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from brushwork.classifier import elsewhere as module
from brushwork.classifier.data import scores_of
from brushwork.classifier.elsewhere import Elsewhere, judged_elsewhere
from brushwork.classifier.folds import train_folds
from brushwork.classifier.model import load_model
from brushwork.classifier.train import Asked, train_classifier
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.run import Run
from tests.classifier.test_train import FROZEN
from tests.conftest import made_collection, toy_works

SHARED = ["Ada Berg", "Dora Berg", "Hugo Berg", "Ines Berg", "Karl Berg", "Nora Berg", "Olga Ruiz"]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Other paintings by seven of the toy collection's artists and by three of nobody else's, and one of its very own."""
    style = {artist: style for style, artist in toy_works()}
    works = {(style[name], name): [9000 + 10 * i, 9001 + 10 * i] for i, name in enumerate(SHARED)}
    works |= {("Calm", "Rosa Neu"): [9500, 9501], ("Wild", "Sven Neu"): [9600], ("Odd", "Tove Neu"): [9700]}
    works["Calm", "Ada Berg"].append(0)  # the first painting of the toy collection
    return made_collection(tmp_path_factory.mktemp("other"), works)


@pytest.fixture(scope="module")
def folds(toy: Collection, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of three folds."""
    return train_folds(Asked(toy, FROZEN, weights), tmp_path_factory.mktemp("folds") / "run", 3)


def judged(
    run: Run, toy: Collection, other: Collection, monkeypatch: pytest.MonkeyPatch
) -> tuple[Elsewhere, dict[str, Path]]:
    """What was answered, and by painting the folder of the model that answered."""
    judge: dict[str, Path] = {}

    def loaded(folder: Path, device: torch.device) -> Any:
        model: Any = load_model(folder, device)
        model.home = folder
        return model

    def spied(model: Any, collection: Collection, paintings: Sequence[Painting], device: torch.device) -> Any:
        judge.update(dict.fromkeys([p.id for p in paintings], model.home))
        return scores_of(model, collection, paintings, device)

    monkeypatch.setattr(module, "load_model", loaded)
    monkeypatch.setattr(module, "scores_of", spied)
    return judged_elsewhere(run, toy, other, "cpu"), judge


def learned_artists(run: Run) -> set[str]:
    results = run.results or {}
    return {*results["train"]["artists"], *results["validation"]["artists"]}


def test_every_fold_judges_the_artists_it_was_tested_on_and_the_last_model_those_unknown(
    folds: Run, toy: Collection, other: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, judge = judged(folds, toy, other, monkeypatch)
    known = {p.artist for p in toy.paintings}
    for painting in found.answers.paintings:
        home = judge[painting.id]
        if home == folds.folder:
            assert painting.artist not in known
        else:
            assert painting.artist in known
            assert painting.artist not in learned_artists(Run(home))
    assert len({*judge.values()}) >= 3
    same = {p.id for p in other.paintings if p.sha256 in {q.sha256 for q in toy.paintings}}
    assert len(same) == 1
    assert {p.id for p in found.answers.paintings} == {
        p.id for p in other.paintings if p.id not in same and p.style != "Odd"
    }
    assert " 17 paintings judged (" in found.words
    said = "left out: 1 of Odd, which the run does not know, 1 that are the very pictures learned from"
    assert found.words.endswith(said)
    assert np.allclose(found.answers.probabilities.sum(1), 1)


def test_a_single_model_leaves_out_whom_it_learned_from(
    toy: Collection, other: Collection, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_classifier(Asked(toy, FROZEN, weights), tmp_path / "run")
    found, judge = judged(run, toy, other, monkeypatch)
    answered = {p.artist for p in found.answers.paintings}
    assert set(judge.values()) == {run.folder}
    assert not answered & learned_artists(run)
    assert {"Rosa Neu", "Sven Neu"} <= answered
    assert answered >= set((run.results or {})["test"]["artists"]) & set(SHARED)
    out = sum(
        p.artist in learned_artists(run) and p.sha256 not in {q.sha256 for q in toy.paintings} for p in other.paintings
    )
    assert f", {out} by artists learned from" in found.words


def test_the_rows_are_the_models_own_answers(folds: Run, toy: Collection, other: Collection) -> None:
    found = judged_elsewhere(folds, toy, other, "cpu")
    rosa = [i for i, p in enumerate(found.answers.paintings) if p.artist == "Rosa Neu"]
    wanted = scores_of(load_model(folds.folder), other, [found.answers.paintings[i] for i in rosa], torch.device("cpu"))
    told = found.answers.probabilities[rosa]
    assert np.allclose(np.log(told[:, 0] / told[:, 1]), wanted[:, 0] - wanted[:, 1], atol=1e-3)


def test_other_styles_and_nothing_but_known_pictures_are_refused(folds: Run, toy: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is the collection that .* was trained on; give another one"):
        judged_elsewhere(folds, toy, toy, "cpu")
    odd = made_collection(tmp_path, {("Odd", "Tove Neu"): [1], ("Wild", "Sven Neu"): [2]})
    with pytest.raises(UserError, match=r"has the styles Odd, Wild, of which .* knows 1; two are needed"):
        judged_elsewhere(folds, toy, odd, "cpu")


def test_baselines_learn_from_no_artist_whom_they_judge(folds: Run, toy: Collection, other: Collection) -> None:
    found = judged_elsewhere(folds, toy, other, "cpu")
    assert sum(len(parts.test) for parts in found.parts) == found.answers.n
    for parts in found.parts:
        assert parts.train
        assert not {p.artist for p in parts.train} & {p.artist for p in parts.test if p.artist}
