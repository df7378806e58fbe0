"""The penalty, the average and the ramp of StyleGAN2 are its papers'; a stopped or killed run ends in the same bits."""

import math
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from brushwork.checkpoint import CHECKPOINT, load_state
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator import augment
from brushwork.generator.networks import checkpoint_about, load_generator
from brushwork.generator.presets import Preset, preset_with
from brushwork.generator.resident import resident
from brushwork.generator.sample import sample
from brushwork.generator.style_task import RISE, StyleTask, gamma
from brushwork.generator.train import train_generator
from brushwork.run import open_run

STYLES = ["Alder", "Kessel"]


def tiny(*changes: str) -> Preset:
    return preset_with("stylegan2", 32, 4, 8, changes)


def task(schools: Collection, tmp_path: Path, steps: int = 20, changes: Sequence[str] = ()) -> StyleTask:
    squares = resident(schools, schools.select(STYLES, "train"), STYLES, 32, 0, torch.device("cpu"))
    return StyleTask(open_run(tmp_path / "run", {"kind": "gan"}), tiny(*changes), squares, STYLES, steps, 0)


class Linear(nn.Module):
    """A judge whose gradient is its weight everywhere."""

    def __init__(self, spread: float = 0.1, bias: float = 0.0) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(3, 32, 32) * spread), nn.Parameter(torch.tensor(bias))

    def forward(self, pictures: Tensor, styles: Tensor, conditional: float) -> Tensor:
        return (pictures * self.weight).sum((1, 2, 3)) + self.bias


def judged_by(judge: Linear, toy: StyleTask, rate: float = 0.01) -> Linear:
    toy.pair.discriminator = judge
    toy.pair.discriminator_adam = torch.optim.SGD([judge.weight, judge.bias], rate)  # type: ignore[assignment]
    return judge


@pytest.mark.parametrize(("places", "number"), [("real", 1), ("both", 2)])
def test_the_penalty_of_a_linear_judge_is_its_weights_square(
    schools: Collection, tmp_path: Path, places: str, number: int
) -> None:
    """At paintings, and as much again at generated pictures."""
    toy = task(schools, tmp_path, changes=[f"penalty_at={places}"])
    rate = 0.01
    judge = judged_by(Linear(), toy, rate)
    before = judge.weight.detach().clone()
    slope = toy._penalised(0, 1.0)
    assert float(slope) == pytest.approx(number * float(before.square().sum()), rel=1e-5)
    # gamma / 2 * ||w||^2 has the gradient gamma w; it is taken for all steps between.
    wanted = before * (1 - number * rate * gamma(toy.preset) * toy.preset.penalty_every)
    assert torch.allclose(judge.weight, wanted, atol=1e-6)
    assert gamma(toy.preset) == pytest.approx(0.004 * 32**2 / 8)


@pytest.mark.parametrize("bias", [0.0, 3.0])
def test_a_judge_that_is_blind_has_the_losses_of_chance(schools: Collection, tmp_path: Path, bias: float) -> None:
    """The relativistic ones do not change with all scores together, the logistic ones do."""
    found = {}
    for loss in ("relativistic", "logistic"):
        toy = task(schools, tmp_path / loss, changes=[f"loss={loss}"])
        judged_by(Linear(0.0, bias), toy, rate=0.0)
        found[loss] = toy._paints(0, 1.0) | toy._judges(0, 1.0)
    up, down = math.log1p(math.exp(bias)), math.log1p(math.exp(-bias))  # softplus of the score and of its negative
    for name in ("generator_loss", "discriminator_loss"):
        assert float(found["relativistic"][name]) == pytest.approx(math.log(2)), name
    assert float(found["logistic"]["generator_loss"]) == pytest.approx(down)
    assert float(found["logistic"]["discriminator_loss"]) == pytest.approx(up + down)


def test_every_turn_of_the_discriminator_has_paintings_of_its_own(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = task(schools, tmp_path, changes=["critic_steps=2", "penalty_every=4"])
    turns: dict[str, list[int]] = {"_judges": [], "_penalised": []}
    for name, into in turns.items():
        real = getattr(toy, name)

        def noted(k: int, counts: float, real: Any = real, into: list[int] = into) -> Any:
            into.append(k)
            return real(k, counts)

        monkeypatch.setattr(toy, name, noted)
    for k in range(4):
        toy.step(k)
    assert turns == {"_judges": list(range(8)), "_penalised": [0, 4]}
    assert toy.kimg == 8 * toy.preset.batch / 1000


def test_what_sets_the_augmentation_is_what_the_loss_sees(schools: Collection, tmp_path: Path) -> None:
    """The relativistic loss leaves open where a discriminator's 0 lies, and so must what is read from its signs."""
    sure = {}
    for loss in ("relativistic", "logistic"):
        for bias in (-1e3, 0.0, 1e3):
            torch.manual_seed(0)
            toy = task(schools, tmp_path / f"{loss} {bias}", changes=[f"loss={loss}"])
            judged_by(Linear(0.1, bias), toy, rate=0.0)
            toy._judges(0, 1.0)
            sure[loss, bias] = float(toy.signs)
    assert sure["relativistic", -1e3] == sure["relativistic", 0.0] == sure["relativistic", 1e3]
    assert abs(sure["relativistic", 0.0]) < 1
    assert (sure["logistic", -1e3], sure["logistic", 1e3]) == (-1, 1)


def test_the_average_follows_the_weights_and_has_their_buffers(schools: Collection, tmp_path: Path) -> None:
    toy = task(schools, tmp_path)
    average = toy.pair.average
    assert average is not None
    first = {name: value.clone() for name, value in average.state_dict().items()}
    toy.step(0)
    kept = 0.5 ** (8 / (8 * 0.05))  # the half-life is a twentieth of what has been seen
    for name, value in toy.generator.state_dict().items():  # buffers as well
        wanted = kept * first[name] + (1 - kept) * value
        assert torch.allclose(average.state_dict()[name], wanted, atol=1e-6), name
    assert bool(average.state_dict()["mean"].any())
    assert all(not p.requires_grad for p in average.parameters())


def test_the_style_comes_to_count_slowly(schools: Collection, tmp_path: Path) -> None:
    toy = task(schools, tmp_path, steps=1000)
    assert toy._counts(0) == toy._counts(round(1000 * RISE[0])) == 0
    assert toy._counts(200) == pytest.approx(0.5)
    assert toy._counts(300) == toy._counts(999) == 1


def test_a_stopped_and_killed_run_ends_in_the_same_bits(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(augment, "KIMG_TO_ONE", 0.2)  # that it augments much, and soon
    monkeypatch.setattr(augment, "TARGET", 0.05)
    options: dict[str, Any] = {"preset": tiny(), "styles": STYLES, "kimg": 0.16, "sheets": 4, "device": "cpu"}
    straight = train_generator(schools, tmp_path / "straight" / "run", **options)
    real = StyleTask.step
    assert load_state(straight.folder / CHECKPOINT, checkpoint_about(straight))["task"]["augmentation"] > 0.3

    def dies(self: StyleTask, k: int) -> object:
        if k == 8:  # between two looks; it goes on with the next
            signal.raise_signal(signal.SIGINT)
        if k == 17:
            raise KeyboardInterrupt
        return real(self, k)

    monkeypatch.setattr(StyleTask, "step", dies)
    for words in ("stopped and saved after 9 of", "going on at step 9 of"):
        with pytest.raises(KeyboardInterrupt):
            train_generator(schools, tmp_path / "killed" / "run", **options)
        assert words in capsys.readouterr().err
    monkeypatch.setattr(StyleTask, "step", real)
    killed = train_generator(schools, tmp_path / "killed" / "run", **options)
    for file in (CHECKPOINT, "generator.safetensors", "samples/0000020.png"):
        assert (straight.folder / file).read_bytes() == (killed.folder / file).read_bytes(), file
    assert straight.results == killed.results
    painter = load_generator(killed)
    mixed, alder = sample(painter, 6, 0), sample(painter, 6, 0, style="Alder")
    assert np.array_equal(mixed[0::2], alder[0::2])  # styles in turn
    assert not np.array_equal(mixed[1], alder[1])
    assert np.array_equal(sample(painter, 2, 0, first=3, style="Kessel", truncation=0.5),
                          sample(painter, 20, 0, style="Kessel", truncation=0.5)[3:5])  # fmt: skip
    with pytest.raises(UserError, match="does not know the style 'Elder'; it knows Alder, Kessel"):
        sample(painter, 1, 0, style="Elder")


def test_a_network_that_is_told_no_style_says_so(schools: Collection, tmp_path: Path) -> None:
    run = train_generator(
        schools, tmp_path / "run", preset_with("dcgan-torch", 32, 4, 8), ["Alder"], 0.05, device="cpu", sheets=1
    )
    for style, truncation in (("Alder", 1.0), (None, 0.7)):
        with pytest.raises(UserError, match="is a dcgan-torch, which is told no style"):
            sample(load_generator(run), 1, 0, 0, style, truncation)
