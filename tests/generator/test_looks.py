"""Looks keep the best, see collapse and learning by heart, say so, and end a training by rule."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import looks as module
from brushwork.generator.looks import Looks, Seen
from brushwork.generator.networks import BEST, Painter, load_generator, networks_of
from brushwork.generator.presets import preset_with
from brushwork.generator.sample import painted_like, sample
from brushwork.generator.train import train_generator
from brushwork.run import Run, open_run
from tests.generator.painters import painter as stylegan_painter

STYLES = ["Alder", "Kessel"]


def after(*found: tuple[float, float, float]) -> Seen:
    seen = Seen()
    for step, (distance, spread, overfitting) in enumerate(found, 1):
        seen = seen.after(step, distance, spread, overfitting)
    return seen


def test_the_best_is_the_nearest() -> None:
    seen = after((0.5, 1, 0), (0.2, 1, 0), (0.3, 1, 0), (0.25, 1, 0))
    assert (seen.best, seen.best_step, seen.ended) == (0.2, 2, "")


def test_a_collapse_that_lasts_ends_it_and_one_look_does_not() -> None:
    assert after((1, 0.8, 0), (1, 0.1, 0), (1, 0.8, 0), (1, 0.1, 0)).ended == ""
    ended = after((1, 0.8, 0), (1, 0.1, 0), (1, 0.1, 0)).ended
    assert "collapsed" in ended
    assert "12%" in ended
    assert after((1, 0.01, 0), (1, 0.01, 0), (1, 0.01, 0)).ended == "", "what never varied has not begun"


def test_learning_by_heart_is_told_and_ends_it_once_pictures_get_worse() -> None:
    assert not after((1, 1, 0.4)).told
    assert after((1, 1, 0.6)).told
    good = after((0.2, 1, 0.9), (0.1, 1, 0.9), (0.09, 1, 0.9), (0.08, 1, 0.9))
    assert good.ended == ""
    worse = after((0.1, 1, 0.9), (0.2, 1, 0.9), (0.3, 1, 0.9), (0.4, 1, 0.9))
    assert "by heart" in worse.ended


def test_pictures_as_near_as_paintings_are_never_worse_though_chance_once_brought_them_nearer() -> None:
    found = Seen()
    for step, distance in enumerate((-0.001, 0.0005, 0.0005, 0.0005, 0.0005), 1):
        found = found.after(step, distance, 1, 0.9, floor=0.002)
    assert found.ended == ""
    for step in (6, 7, 8):
        found = found.after(step, 0.01, 1, 0.9, floor=0.002)
    assert "by heart" in found.ended


class Paints:
    """A training whose generator paints what it is told to, and whose discriminator scores by what it is told."""

    steps_done = 1

    def __init__(self, judge: object = None) -> None:
        preset = preset_with("dcgan-torch", 32, 4)
        network, _ = networks_of(preset, 0)
        self.made, self.judge = Painter(network.eval(), preset, STYLES, "run", 0.1), judge

    def painter(self) -> Painter:
        return self.made

    def scores(self, pictures: Tensor, styles: Tensor) -> Tensor:
        return self.judge(pictures, styles)  # type: ignore[operator, no-any-return]


def looks(schools: Collection, tmp_path: Path) -> Looks:
    run = open_run(tmp_path / "run", {"kind": "gan"})
    return Looks(run, schools, schools.select(STYLES, "train"), STYLES, 32, 0)


def test_a_discriminator_that_knows_its_paintings_by_heart_has_only_memory(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = looks(schools, tmp_path)
    known = {torch.from_numpy(p).permute(2, 0, 1).float().sum().item() for p in watch.learned}

    def by_heart(pictures: Tensor, styles: Tensor) -> Tensor:
        sums = ((pictures + 1) * 127.5).round().sum((1, 2, 3))
        return torch.tensor([1.0 if s.item() in known else 0.0 for s in sums])

    assert watch.look(Paints(by_heart))["overfitting"] == pytest.approx(1, abs=1e-6)
    assert "learns by heart" in capsys.readouterr().err
    fair = {torch.from_numpy(p).permute(2, 0, 1).float().sum().item() for p in [*watch.learned, *watch.others]}

    def honest(pictures: Tensor, styles: Tensor) -> Tensor:
        sums = ((pictures + 1) * 127.5).round().sum((1, 2, 3))
        return torch.tensor([1.0 if s.item() in fair else 0.0 for s in sums])

    assert watch.look(Paints(honest))["overfitting"] == pytest.approx(0, abs=1e-6)

    def fooled(pictures: Tensor, styles: Tensor) -> Tensor:
        return torch.linspace(0, 1, len(pictures))

    assert watch.look(Paints(fooled))["overfitting"] == 0, "who tells no painting from a picture knows none by heart"


def test_nobody_knows_by_heart_what_he_has_not_met_once(schools: Collection, tmp_path: Path) -> None:
    watch = looks(schools, tmp_path)
    known = {torch.from_numpy(p).permute(2, 0, 1).float().sum().item() for p in watch.learned}

    def by_heart(pictures: Tensor, styles: Tensor) -> Tensor:
        sums = ((pictures + 1) * 127.5).round().sum((1, 2, 3))
        return torch.tensor([1.0 if s.item() in known else 0.0 for s in sums])

    early = Paints(by_heart)
    early.made = replace(early.made, kimg=(len(schools.select(STYLES, "train")) - 1) / 1000)
    assert watch.look(early)["overfitting"] == 0


def test_pictures_that_were_always_alike_are_told(
    schools: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Seen.after
    monkeypatch.setattr(Seen, "after", lambda self, step, *_: real(self, step, 1.0, 0.06, 0.0))
    train_generator(schools, tmp_path / "run", preset_with("dcgan-torch", 32, 4, 8), STYLES, 0.02, device="cpu")
    assert "never varied more than 6% as much as paintings do" in capsys.readouterr().err


def test_where_there_are_few_paintings_by_others_nothing_is_made_of_them(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks(schools, tmp_path)
    assert "nothing watches" not in capsys.readouterr().err
    monkeypatch.setattr(module, "FEWEST", 10_000)
    watch = looks(schools, tmp_path)
    assert "and 10000 are needed: nothing watches over this training" in capsys.readouterr().err
    assert watch.look(Paints(lambda pictures, styles: pictures.mean((1, 2, 3)))) == {}
    assert watch.done() == ""


def test_spread_is_one_of_real_paintings_and_none_of_one_picture(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = looks(schools, tmp_path)

    def shown(pixels: Pixels) -> dict[str, float]:
        monkeypatch.setattr(module, "painted_like", lambda painter, counts, seed: pixels[: sum(counts.values())])
        monkeypatch.setattr(module, "save_progress", lambda *_: None)
        return watch.look(Paints(lambda pictures, styles: pictures.mean((1, 2, 3))))

    real = shown(watch.others)
    assert real["spread"] == pytest.approx(1)
    assert shown(np.repeat(watch.others[:1], len(watch.others), 0))["spread"] == pytest.approx(0, abs=1e-6)
    near = real["distance"]
    noise = np.random.default_rng(0).integers(0, 256, watch.others.shape, dtype=np.uint8)
    assert shown(noise)["distance"] > near + 0.5
    assert watch.seen.best == near


def test_a_generator_is_looked_at_in_the_styles_of_the_paintings_beside_it(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often in each: half and half, perfect pictures of few Alders and many Kessels would be far from these."""
    told = list[Tensor]()
    monkeypatch.setattr(module, "FEWEST", 2)
    alder, kessel = (schools.select([style], "train") for style in STYLES)
    watch = Looks(open_run(tmp_path / "run", {"kind": "gan"}), schools, [*alder[:2], *kessel[:5]], STYLES, 32, 0)
    own = stylegan_painter("stylegan2")

    def judge(pictures: Tensor, styles: Tensor) -> Tensor:
        told.append(styles)
        return torch.zeros(len(styles))

    asked = Paints(judge)
    asked.made = Painter(own.network, own.preset, STYLES, "run", 0.1)
    watch.look(asked)
    learned, others, generated = (torch.bincount(styles, minlength=2).tolist() for styles in told)
    assert learned == others == generated == [2, 5]
    painted = painted_like(asked.made, watch.counts, 0)
    assert np.array_equal(painted[2:], sample(asked.made, 5, 0, first=2, style=STYLES[1]))


def find(monkeypatch: pytest.MonkeyPatch, *found: tuple[float, float, float]) -> None:
    """Let looks find these distances, spreads and overfittings, one after another."""
    told, real = iter(found), Seen.after
    monkeypatch.setattr(Seen, "after", lambda self, step, *_: real(self, step, *next(told)))


def test_a_training_that_collapses_ends_and_is_rolled_back_to_its_best(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find(monkeypatch, (0.5, 0.9, 0.0), (0.2, 0.9, 0.0), (0.6, 0.1, 0.0), (0.7, 0.1, 0.0))
    preset = preset_with("dcgan-torch", 32, 4, 8)
    run = train_generator(schools, tmp_path / "run", preset, STYLES, 0.08, device="cpu", sheets=10)
    records = Run(tmp_path / "run").records()
    assert records[-1]["step"] == 4
    said = capsys.readouterr().err
    assert "done after 4 of 10 steps, for its pictures have collapsed" in said
    assert "what paints is its state after 0.016 thousand paintings, whose pictures came nearest." in said
    last, best = load_generator(run), load_generator(run, name=BEST)
    assert last.kimg == best.kimg == pytest.approx(0.016)
    for a, b in zip(last.network.state_dict().values(), best.network.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert "collapsed" in (run.results or {})["ended"]


def test_a_training_that_knows_all_by_heart_ends_and_keeps_both_states(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find(monkeypatch, (0.2, 0.9, 0.0), (0.6, 0.9, 0.9), (0.7, 0.9, 0.9), (0.7, 0.9, 0.9))
    preset = preset_with("dcgan-torch", 32, 4, 8)
    run = train_generator(schools, tmp_path / "run", preset, STYLES, 0.032, device="cpu", sheets=4)
    assert "by heart" in (run.results or {})["ended"], "even at the last step of all"
    assert load_generator(run).kimg == pytest.approx(0.032)
    assert load_generator(run, name=BEST).kimg == pytest.approx(0.008)
    said = capsys.readouterr().err
    assert "its last state paints, and its state after 0.008 thousand paintings" in said
    assert "is kept for --best" in said


def test_the_best_state_can_be_asked_for_where_there_is_one(schools: Collection, tmp_path: Path) -> None:
    run = train_generator(schools, tmp_path / "run", preset_with("dcgan-torch", 32, 4, 8), [], 0.05, device="cpu")
    assert load_generator(run, name=BEST).kimg <= load_generator(run).kimg
    (run.folder / "best.safetensors").unlink()
    with pytest.raises(UserError, match="keeps no best state"):
        load_generator(run, name=BEST)


def test_a_network_is_left_as_it_was(schools: Collection, tmp_path: Path) -> None:
    watch, task = looks(schools, tmp_path), Paints(lambda pictures, styles: pictures.mean((1, 2, 3)))
    before = {name: value.clone() for name, value in task.made.network.state_dict().items()}
    watch.look(task)
    assert all(torch.equal(value, before[name]) for name, value in task.made.network.state_dict().items())
    assert isinstance(task.made.network, nn.Module)
