"""Turns are taken as the papers have them; a stopped or killed run ends in the same bits; what cannot be done is said."""

import errno
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from brushwork.checkpoint import CHECKPOINT
from brushwork.collection import Collection
from brushwork.descent import descend
from brushwork.errors import UserError
from brushwork.generator import gan_task as module
from brushwork.generator import pair
from brushwork.generator.gan_task import GanTask
from brushwork.generator.networks import load_generator, save_generator
from brushwork.generator.presets import PRESETS, Preset, preset_with
from brushwork.generator.resident import resident
from brushwork.generator.sample import sample
from brushwork.generator.train import gan_settings, train_generator
from brushwork.painting import Painting
from brushwork.run import Run, held, open_run, read_json, write_atomically, write_json
from tests.generator.painters import painter

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


def test_there_are_as_many_sheets_as_asked_for(schools: Collection, tmp_path: Path) -> None:
    run = train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), ["Alder"], 0.056, device="cpu", sheets=3)
    assert sorted(int(path.stem) for path in (run.folder / "samples").iterdir()) == [3, 6, 7]


@pytest.mark.parametrize("name", PAPERS)
def test_a_stopped_and_killed_run_ends_in_the_same_bits(
    schools: Collection,
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kimg = 8 * 6 * PRESETS[name].critic_steps / 1000
    options: dict[str, Any] = {"preset": tiny(name), "styles": ["Alder"], "kimg": kimg, "sheets": 3, "device": "cpu"}
    straight = train_generator(schools, tmp_path / "straight" / "run", **options)
    real = GanTask.step

    def dies(self: GanTask, k: int) -> object:
        if k == 2:  # between two looks; it goes on with the next
            signal.raise_signal(signal.SIGINT)
        if k == 5:
            raise KeyboardInterrupt
        return real(self, k)

    monkeypatch.setattr(GanTask, "step", dies)
    for words in ("stopped and saved after 3 of", "going on at step 3 of"):
        with pytest.raises(KeyboardInterrupt):
            train_generator(schools, tmp_path / "killed" / "run", **options)
        assert words in capsys.readouterr().err
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
    with pytest.raises(UserError, match=r"is of another training .*wgan-gp-paper"):
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


def test_a_style_with_nothing_to_learn_from_is_named(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Collection.select

    def select(self: Collection, *asked: Any, **named: Any) -> list[Painting]:
        return [p for p in real(self, *asked, **named) if (p.style, p.split) != ("Kessel", "train")]

    monkeypatch.setattr(Collection, "select", select)
    with pytest.raises(UserError, match=r"Kessel has no paintings to learn from and .* leave the style out"):
        train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), [], 1, device="cpu")


def test_a_run_in_which_another_process_trains_is_left_to_it(schools: Collection, tmp_path: Path) -> None:
    options: dict[str, Any] = {"preset": tiny("dcgan-torch"), "styles": ["Alder"], "kimg": 0.05, "device": "cpu"}
    settings = gan_settings(schools, options["preset"], ["Alder"], 0.05, 0, 10)
    with held(open_run(tmp_path / "run", settings)), pytest.raises(UserError, match="another process is training in"):
        train_generator(schools, tmp_path / "run", **options)
    assert not (tmp_path / "run" / CHECKPOINT).exists()
    assert train_generator(schools, tmp_path / "run", **options).results


def test_a_disk_that_is_full_amid_a_checkpoint_loses_nothing(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"preset": tiny("dcgan-tuned"), "styles": [], "kimg": 0.064, "sheets": 4, "device": "cpu"}
    straight = train_generator(schools, tmp_path / "straight" / "run", **options)
    written = list[str]()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def written_until_full(path: Path, data: bytes) -> None:
        written.append(path.name)
        with monkeypatch.context() as here:
            if path.name == CHECKPOINT and written.count(CHECKPOINT) == 2:
                here.setattr("os.fsync", full)
            write_atomically(path, data)

    monkeypatch.setattr("brushwork.checkpoint.write_atomically", written_until_full)
    amid = rf"{CHECKPOINT} could not be written .*what was there before is untouched: free some space"
    with pytest.raises(UserError, match=amid):
        train_generator(schools, tmp_path / "full" / "run", **options)
    assert not list((tmp_path / "full" / "run").rglob("*.tmp"))
    again = train_generator(schools, tmp_path / "full" / "run", **options)
    assert (again.folder / CHECKPOINT).read_bytes() == (straight.folder / CHECKPOINT).read_bytes()


def test_a_batch_that_cannot_be_shared_leaves_no_run(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair, "size", lambda: 3)
    with pytest.raises(UserError, match="cannot be shared by 3 processes"):
        train_generator(schools, tmp_path / "run", tiny("dcgan-torch"), [], 0.05, device="cpu")
    assert not (tmp_path / "run").exists()


def test_a_truncated_checkpoint_is_refused_and_says_what_to_do(schools: Collection, tmp_path: Path) -> None:
    options: dict[str, Any] = {"preset": tiny("dcgan-torch"), "styles": [], "kimg": 0.05, "sheets": 1, "device": "cpu"}
    run = train_generator(schools, tmp_path / "run", **options)
    path = run.folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-100])
    (run.folder / "results.json").unlink()
    with pytest.raises(
        UserError,
        match=r"is not a whole Brushwork checkpoint .*delete it and give the same training command again, in a new --out",
    ):
        train_generator(schools, tmp_path / "run", **options)


@pytest.mark.parametrize("name", ["dcgan-torch", "stylegan2"])
def test_a_generator_that_was_deleted_is_made_anew_from_its_checkpoint(
    schools: Collection, tmp_path: Path, name: str
) -> None:
    options: dict[str, Any] = {"preset": tiny(name), "styles": ["Alder"], "kimg": 0.05, "sheets": 1, "device": "cpu"}
    run = train_generator(schools, tmp_path / "run", **options)
    files = [run.folder / file for file in ("generator.safetensors", "generator.json", "results.json")]
    before = [file.read_bytes() for file in files]
    files[0].write_bytes(before[0][:-100])
    with pytest.raises(
        UserError, match=r"generator\.safetensors is not a whole Brushwork checkpoint.*delete it and give the same"
    ):
        load_generator(run)
    for lost in (files[0], files[1]):
        lost.unlink()
        train_generator(schools, tmp_path / "run", **options)
        assert [file.read_bytes() for file in files] == before


def test_paintings_that_must_be_enlarged_are_counted(
    schools: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for size, said in ((64, False), (128, True)):
        preset = preset_with("dcgan-torch", size, 4, 8)
        train_generator(schools, tmp_path / str(size) / "run", preset, ["Alder"], 0.01, device="cpu", sheets=1)
        assert ("kept smaller than 128 pixels and are enlarged" in capsys.readouterr().err) == said


def test_a_generator_of_another_version_is_said_so(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", {"kind": "gan"})
    save_generator(run, painter("stylegan2"))
    about = read_json(run.folder / "generator.json")
    write_json(run.folder / "generator.json", about | {"preset": about["preset"] | {"start": "point"}})
    with pytest.raises(UserError, match=r"was not written by this version of Brushwork .*cannot begin from 'point'"):
        load_generator(run)


def test_tensorboard_has_what_the_log_has(schools: Collection, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    options: dict[str, Any] = {"preset": tiny("dcgan-torch"), "styles": [], "kimg": 0.064, "sheets": 2, "device": "cpu"}
    run = train_generator(schools, tmp_path / "run", **options, tensorboard=True)
    told = EventAccumulator(str(run.folder / "tensorboard"))
    told.Reload()
    losses = [(e.step, pytest.approx(e.value, rel=1e-5)) for e in told.Scalars("generator_loss")]
    assert [(r["step"], r["generator_loss"]) for r in run.records()] == losses
    assert "distance" in told.Tags()["scalars"]
