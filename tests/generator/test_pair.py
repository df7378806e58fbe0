"""Two processes train what one trains, double backward included; the average and a lazy penalty's rates are the papers'."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from brushwork.checkpoint import CHECKPOINT, load_state
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator import pair as module
from brushwork.generator.networks import checkpoint_about, networks_of
from brushwork.generator.pair import Pair, check_shared
from brushwork.generator.presets import PRESETS, preset_with
from brushwork.run import Run
from tests.generator.group_training import train
from tests.ranks import ended, start_ranks

CPU = torch.device("cpu")


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    task = load_state(folder / CHECKPOINT, checkpoint_about(Run(folder)))["task"]
    parts = [name for name in ("generator", "discriminator", "average") if name in task]
    return {f"{part}.{name}": value.double() for part in parts for name, value in task[part].items()}


def untrained(preset: str) -> dict[str, torch.Tensor]:
    pair = Pair(preset_with(preset, 32, 4, 16), 0, 2 if preset == "stylegan2" else 1, CPU)
    networks = {"generator": pair.generator, "discriminator": pair.discriminator, "average": pair.average}
    return {
        f"{part}.{name}": value.double()
        for part, network in networks.items()
        if network is not None
        for name, value in network.state_dict().items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["dcgan-tuned", "wgan-gp-paper", "stylegan2"])
def test_two_processes_train_what_one_trains(schools: Collection, tmp_path: Path, preset: str) -> None:
    alone = train(schools.folder, tmp_path / "one" / "run", preset)
    together = ended(start_ranks("tests.generator.group_training", schools.folder, tmp_path / "two" / "run", preset))
    assert [status for status, _ in together] == [0, 0], together
    assert together[1][1] == "", "only rank 0 speaks"
    start, one, two = untrained(preset), *(weights_of(tmp_path / name / "run") for name in ("one", "two"))
    moving = [name for name in one if "num_batches" not in name]
    far, off = (sum(float((a[n] - one[n]).square().sum()) for n in moving) for a in (start, two))
    assert off < 1e-4 * far  # Adam steps by a gradient's sign where it is next to nothing
    logs = [Run(tmp_path / name / "run").records() for name in ("one", "two")]
    for mine, theirs in zip(*logs, strict=True):
        for name in set(mine) - {"seconds", "distance", "overfitting"}:
            assert mine[name] == pytest.approx(theirs[name], rel=2e-3, abs=2e-3), name
        assert mine.get("augmentation") == theirs.get("augmentation")
    assert alone.results is not None


@pytest.mark.parametrize("name", PRESETS)
def test_every_batch_norm_is_over_all_processes(name: str) -> None:
    plain = {nn.BatchNorm1d, nn.BatchNorm2d}
    assert not [m for n in networks_of(preset_with(name, 32, 4), 0) for m in n.modules() if type(m) in plain]


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "size", lambda: 3)
    for name, batch, multiple in (("dcgan-torch", 64, 3), ("stylegan2", 16, 12)):
        with pytest.raises(
            UserError, match=f"a batch of {batch} cannot be shared by 3 processes; .* multiple of {multiple}"
        ):
            check_shared(preset_with(name, 32, 4, batch))


def test_the_rates_of_a_lazy_penalty_are_reduced() -> None:
    pair = Pair(preset_with("stylegan2", 32, 4, changes=["penalty_every=16"]), 0, 2, CPU)
    (generator,), (discriminator,) = pair.generator_adam.param_groups, pair.discriminator_adam.param_groups
    assert discriminator["lr"] == pytest.approx(2.5e-3 * 16 / 17)
    assert generator["lr"] == 2.5e-3 * pair.preset.generator_rate == 1.25e-3
    assert discriminator["betas"] == (0.0, pytest.approx(0.99 ** (16 / 17)))
    plain = Pair(preset_with("dcgan-paper", 32, 4), 0, 1, CPU)
    assert plain.average is None
    assert plain.discriminator_adam.param_groups[0]["lr"] == plain.generator_adam.param_groups[0]["lr"] == 2e-4


@pytest.mark.parametrize("name", ["dcgan-tuned", "stylegan2"])
def test_what_paints_is_the_average_and_its_half_life_grows_to_the_presets(name: str) -> None:
    pair = Pair(preset_with(name, 32, 4, 10), 0, 1, CPU)
    assert pair.average is not None
    assert pair.painter(["Alder"], "run", 1.0).network is pair.average
    for seen, half_life in ((10_000, 500.0), (1_000_000, 10_000.0)):
        parameter, mean = next(pair.generator.parameters()), next(pair.average.parameters())
        with torch.no_grad():
            parameter.fill_(1.0)
            mean.zero_()
        pair.follow(seen)
        assert float(mean.flatten()[0]) == pytest.approx(1 - 0.5 ** (10 / half_life), rel=1e-4)


def test_a_state_restores_all_of_it() -> None:
    one, other = (Pair(preset_with("dcgan-tuned", 32, 4, 4), seed, 1, CPU) for seed in (0, 1))
    loss: Any = one.discriminator(one.generator(one.noise(0))).sum()
    loss.backward()
    one.generator_adam.step()
    one.discriminator_adam.step()
    one.follow(100)
    other.restore(one.state())
    for (name, a), (_, b) in zip(one.state().items(), other.state().items(), strict=True):
        if not name.endswith("adam"):
            assert all(torch.equal(a[key], b[key]) for key in a), name
    moments = [next(iter(p.generator_adam.state.values()))["exp_avg"] for p in (one, other)]
    assert torch.equal(*moments)
    assert moments[0].stride() == moments[1].stride()
