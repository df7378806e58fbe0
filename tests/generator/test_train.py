"""Turns are taken as the papers have them; a killed run ends in the same bits; what cannot be done is said."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from brushwork.collection import Collection
from brushwork.descent import descend
from brushwork.errors import UserError
from brushwork.generator import gan_task as module
from brushwork.generator.gan_task import GanTask
from brushwork.generator.networks import load_generator
from brushwork.generator.presets import PRESETS, Preset, preset_with
from brushwork.generator.resident import resident
from brushwork.generator.sample import sample
from brushwork.generator.train import train_generator
from brushwork.run import Run, open_run
from brushwork.training import CHECKPOINT

PAPERS = [name for name in PRESETS if name != "stylegan2"]  # whose training is tested in test_style_task


def tiny(name: str) -> Preset:
    return preset_with(name, 32, 4, 8)


def task(schools: Collection, tmp_path: Path, name: str, seed: int = 0) -> GanTask:
    run = open_run(tmp_path / name, {"kind": "gan"})
    paintings = resident(schools, schools.select(["Alder"], "train"), ["Alder"], 32, seed, torch.device("cpu"))
    return GanTask(run, tiny(name), paintings, ["Alder"], 6, seed)


@pytest.mark.parametrize("name", PAPERS)
def test_turns_are_the_papers(schools: Collection, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = task(schools, tmp_path, name)
    turns: list[str] = []
    real = descend

    def noted(loss: torch.Tensor, optimiser: torch.optim.Optimizer) -> torch.Tensor:
        turns.append("G" if optimiser is toy.pair.generator_adam else "D")
        return real(loss, optimiser)

    monkeypatch.setattr(module, "descend", noted)
    toy.step(0)
    toy.step(1)
    wanted = {"dcgan-paper": "GDGD", "dcgan-tuned": "GDGD", "dcgan-torch": "DGDG"}.get(name, "DDDDD" + "GDDDDD")
    assert "".join(turns) == wanted


def test_every_critic_step_sees_new_paintings_and_every_pass_each_painting_once(
    schools: Collection, tmp_path: Path
) -> None:
    toy = task(schools, tmp_path, "wgan-gp-paper")
    per_pass = len(toy.paintings.squares) // 8
    batches = [toy._batch(k) for k in range(2 * per_pass)]
    first = torch.cat(batches[:per_pass]).flatten(1)
    assert len(torch.unique(first, dim=0)) == len(first)
    assert not torch.equal(batches[0], batches[per_pass])
    assert float(first.min()) >= -1
    assert float(first.max()) <= 1
    assert torch.equal(toy._batch(3), batches[3])


def test_the_generator_learns_nothing_in_the_critics_turn(schools: Collection, tmp_path: Path) -> None:
    toy = task(schools, tmp_path, "wgan-gp-paper")
    before = [p.clone() for p in toy.pair.generator.parameters()]
    toy.step(0)  # at the very first step the critic alone learns
    assert all(torch.equal(a, b) for a, b in zip(before, toy.pair.generator.parameters(), strict=True))
    toy.step(1)
    assert not all(torch.equal(a, b) for a, b in zip(before, toy.pair.generator.parameters(), strict=True))


@pytest.mark.parametrize("name", PAPERS)
def test_a_killed_run_ends_in_the_same_bits(
    schools: Collection, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kimg = 8 * 6 * PRESETS[name].critic_steps / 1000
    options: dict[str, Any] = {"preset": tiny(name), "styles": ["Alder"], "kimg": kimg, "sheets": 3, "device": "cpu"}
    straight = train_generator(schools, tmp_path / "straight" / "run", **options)
    real = GanTask.step

    def dies(self: GanTask, k: int) -> object:
        if k == 5:
            raise KeyboardInterrupt
        return real(self, k)

    monkeypatch.setattr(GanTask, "step", dies)
    with pytest.raises(KeyboardInterrupt):
        train_generator(schools, tmp_path / "killed" / "run", **options)
    monkeypatch.setattr(GanTask, "step", real)
    killed = train_generator(schools, tmp_path / "killed" / "run", **options)
    for file in (CHECKPOINT, "generator.safetensors", "samples/0000006.png"):
        assert (straight.folder / file).read_bytes() == (killed.folder / file).read_bytes(), file
    assert straight.results == killed.results


def test_picture_k_is_the_same_whatever_the_batch(schools: Collection, tmp_path: Path) -> None:
    run = train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), ["Kessel"], 0.05, device="cpu", sheets=1)
    painter = load_generator(run)
    together = sample(painter, 20, seed=3)
    assert np.array_equal(together[7:9], sample(painter, 2, seed=3, first=7))
    assert not np.array_equal(together, sample(painter, 20, seed=4))


def test_a_generated_picture_says_what_it_is(schools: Collection, tmp_path: Path) -> None:
    train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), ["Kessel"], 0.05, device="cpu", sheets=1)
    (sheet,) = (tmp_path / "run" / "samples").iterdir()
    with Image.open(sheet) as image:
        text = image.text  # type: ignore[attr-defined]
    assert "Generated by a network trained on Kessel" in text["Description"]
    told = json.loads(text["brushwork"])
    assert (told["preset"], told["seed"], told["index"]) == ("dcgan-torch", 0, "0-31")


def test_several_styles_are_learned_mixed(schools: Collection, tmp_path: Path) -> None:
    run = train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), [], 0.05, device="cpu", sheets=1)
    assert load_generator(run).styles == ["Alder", "Kessel"]
    assert (run.results or {})["paintings"] == len(schools.select(split="train"))


def test_too_few_paintings_and_unknown_styles_are_said_so(schools: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="fewer than a batch of 128"):
        train_generator(schools, tmp_path / "run", preset_with("dcgan-paper", 32, 4), ["Alder"], 1)
    with pytest.raises(UserError, match="no painting in the style 'Elder'; the nearest names are 'Alder'"):
        train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), ["Elder"], 1)


def test_a_style_with_nobody_to_compare_with_is_said_before_training(
    style_folder: Path, collected: Callable[..., Collection], tmp_path: Path
) -> None:
    for path in (style_folder / "Calm").iterdir():
        if "artist-a" not in path.name:
            path.unlink()
    with pytest.raises(UserError, match="a generator needs both"):
        train_generator(collected(style_folder), tmp_path / "run", tiny("dcgan-torch"), ["Calm"], 1)


def test_a_checkpoint_of_another_preset_is_refused(schools: Collection, tmp_path: Path) -> None:
    for name in ("dcgan-torch", "wgan-gp-paper"):
        train_generator(schools, tmp_path / name, tiny(name), ["Alder"], 0.08, device="cpu", sheets=1)
    other = (tmp_path / "wgan-gp-paper" / CHECKPOINT).read_bytes()
    (tmp_path / "dcgan-torch" / CHECKPOINT).write_bytes(other)
    (tmp_path / "dcgan-torch" / "results.json").unlink()
    with pytest.raises(UserError, match=r"is a checkpoint of .*wgan-gp-paper"):
        train_generator(schools, tmp_path / "dcgan-torch", tiny("dcgan-torch"), ["Alder"], 0.08, device="cpu", sheets=1)


def test_a_loss_that_is_not_a_number_stops_the_run(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(tiny("dcgan-torch"), learning_rate=float("inf"))
    with pytest.raises(UserError, match="no longer a finite number"):
        train_generator(schools, tmp_path / "run", preset, ["Alder"], 0.3, device="cpu", sheets=1)
    assert Run(tmp_path / "run").results is None
    with pytest.raises(UserError, match="has no generator yet"):
        load_generator(Run(tmp_path / "run"))
