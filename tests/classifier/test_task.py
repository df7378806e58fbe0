"""Steps: the same in one process and in two, resumable to the bit whatever is switched on, and each switch does its work."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from brushwork.checkpoint import CHECKPOINT, load_state
from brushwork.classifier.task import ClassifierTask, Recipe
from brushwork.classifier.trunks import SCRATCH
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.run import Run, open_run
from brushwork.training import fit
from tests.classifier.group_training import RECIPES, SCRATCH_RECIPE, STEPS, tiny_task, train
from tests.ranks import ended, start_ranks

ABOUT = {"kind": "classifier"}
PLAIN = replace(SCRATCH_RECIPE, ema=0.0, colour=0.0, keep_best=False)


def fitted(collection: Collection, folder: Path, recipe: Recipe, steps: int = STEPS) -> ClassifierTask:
    task = tiny_task(collection, recipe)
    run = open_run(folder, {"kind": "classifier"})
    fit(run, task, steps, ABOUT, checkpoint_every=1, log_every=1, label="tiny")
    return task


def losses(folder: Path, name: str = "validation_loss") -> list[float]:
    return [record[name] for record in Run(folder).records() if name in record]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ema": 0.9},
        {"cap": 1},
        {"colour": 0.3},
        {"patience": 9},
        {"keep_best": True},
        {"precision": "bfloat16"},
        {"ema": 0.9, "colour": 0.1, "patience": 2},
    ],
    ids=str,
)
def test_stopped_and_gone_on_is_the_same_to_the_bit(
    schools: Collection, tmp_path: Path, change: dict[str, Any]
) -> None:
    recipe = replace(PLAIN, **change)
    fitted(schools, tmp_path / "straight", recipe)
    fitted(schools, tmp_path / "stopped", recipe, steps=3)
    fitted(schools, tmp_path / "stopped", recipe)
    straight, stopped = ((tmp_path / name / CHECKPOINT).read_bytes() for name in ("straight", "stopped"))
    assert straight == stopped


@pytest.mark.parametrize("change", [{"ema": 0.9}, {"colour": 0.3}, {"precision": "bfloat16"}], ids=str)
def test_what_is_switched_on_changes_what_is_learned_or_watched(
    schools: Collection, tmp_path: Path, change: dict[str, Any]
) -> None:
    fitted(schools, tmp_path / "plain", PLAIN, steps=2)
    fitted(schools, tmp_path / "other", replace(PLAIN, **change), steps=2)
    assert losses(tmp_path / "plain") != losses(tmp_path / "other")


def test_the_average_is_the_recursion_over_the_steps_weights_and_is_what_counts(schools: Collection) -> None:
    task = tiny_task(schools, replace(PLAIN, ema=0.5))
    name, buffer = "trunk.stem.0.weight", "trunk.stem.1.running_mean"
    wanted = {key: task.model.state_dict()[key].double().clone() for key in (name, buffer)}
    for k in range(10):
        task.step(k)
        decay = min(0.5, (1 + k) / (10 + k))
        for key, value in wanted.items():
            value.mul_(decay).add_(task.model.state_dict()[key].double(), alpha=1 - decay)
    assert task.average is not None
    for key, value in wanted.items():
        assert torch.allclose(task.average.state_dict()[key].double(), value, atol=1e-6), key
        assert not torch.allclose(task.model.state_dict()[key].double(), value, atol=1e-5), key
    seen = task.look(9)
    task.finish()
    assert torch.equal(task.model.state_dict()[name], task.average.state_dict()[name])
    again = tiny_task(schools, PLAIN)
    again.model.load_state_dict(task.model.state_dict())
    assert again.look(9)["validation_loss"] == pytest.approx(seen["validation_loss"], abs=1e-9)


def test_a_trunk_that_begins_with_nothing_is_taught_through_its_last_layer_alone(schools: Collection) -> None:
    task = tiny_task(schools, PLAIN)
    torch.nn.init.zeros_(task.model.head.weight)
    before = {name: value.clone() for name, value in task.model.trunk.named_parameters()}
    for k in range(2):
        task.step(k)
    weight = task.model.head.weight
    assert not weight[:, : -task.model.last].any()
    assert weight[:, -task.model.last :].any()
    assert all(not torch.equal(value, before[name]) for name, value in task.model.trunk.named_parameters())


@pytest.mark.parametrize("patience", [0, 2])
def test_the_best_look_is_what_training_ends_with_and_patience_ends_it(
    schools: Collection, tmp_path: Path, patience: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [0.7, 0.5, 0.6, 0.55, 0.4, 0.3]
    kept: list[torch.Tensor] = []
    real = ClassifierTask._remember

    def remember(self: ClassifierTask, watched: Any, loss: float) -> None:
        kept.append(watched.head.weight.detach().clone())
        real(self, watched, told[len(kept) - 1])

    monkeypatch.setattr(ClassifierTask, "_remember", remember)
    task = fitted(schools, tmp_path / "run", replace(PLAIN, patience=patience, keep_best=not patience))
    best = 1 if patience else 5  # losses fall again, but too late for two looks' patience
    assert len(kept) == (4 if patience else 6)
    task.finish()
    assert torch.equal(task.model.head.weight, kept[best])
    if patience:
        assert not torch.equal(task.model.head.weight, kept[-1])
    again = fitted(schools, tmp_path / "run", replace(PLAIN, patience=patience, keep_best=not patience))
    again.finish()
    assert torch.equal(again.model.head.weight, kept[best])  # and running it again trains no further
    assert len(kept) == (4 if patience else 6)


def test_an_unknown_precision_is_said_so(schools: Collection) -> None:
    with pytest.raises(UserError, match="precision must be auto, bfloat16 or float32"):
        tiny_task(schools, replace(PLAIN, precision="half"))


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = load_state(folder / CHECKPOINT, ABOUT)["task"]["model"]
    return state


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [SCRATCH, "mobilenetv2_100"])
def test_two_processes_learn_what_one_does_and_go_on_after_one_is_killed(
    schools: Collection, tmp_path: Path, backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(schools, tmp_path / "one", backbone)
    module, where = "tests.classifier.group_training", schools.folder

    monkeypatch.setenv("STOP_AT", "3")
    killed = ended(start_ranks(module, where, tmp_path / "killed", backbone))
    assert killed[1][0] == -9
    assert killed[0][0] == 2, killed
    assert "rank 1 of 2 was lost" in killed[0][1]
    assert "the checkpoint of step 2 stands" in killed[0][1]

    monkeypatch.delenv("STOP_AT")
    for folder in ("two", "killed"):
        results = ended(start_ranks(module, where, tmp_path / folder, backbone))
        assert [status for status, _ in results] == [0, 0], results
        assert results[1][1] == "", "only rank 0 speaks"
    assert (tmp_path / "two" / CHECKPOINT).read_bytes() == (tmp_path / "killed" / CHECKPOINT).read_bytes()

    # Adam steps by a gradient's sign where it is next to nothing, so a weight may differ by more than its rounding.
    start = tiny_task(schools, RECIPES[backbone]).model.state_dict()
    one, two = (weights_in(tmp_path / name) for name in ("one", "two"))
    far, off = (sum(float((a[n].double() - one[n].double()).square().sum()) for n in one) for a in (start, two))
    assert off < 1e-4 * far
    for name, value in one.items():
        assert torch.allclose(value.double(), two[name].double(), rtol=1e-3, atol=1e-3), name
    assert losses(tmp_path / "one") == pytest.approx(losses(tmp_path / "two"), rel=1e-3)
    assert losses(tmp_path / "one", "train_loss") == pytest.approx(losses(tmp_path / "two", "train_loss"), rel=1e-3)
