"""Training a generator and its discriminator as the preset's paper has it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator import dcgan, wgan_gp
from brushwork.generator.descent import descend
from brushwork.generator.networks import Painter, cost_of, networks_of, noise_of
from brushwork.generator.presets import PAPER_UPDATES, PRESETS, Preset
from brushwork.generator.quality import quality_of
from brushwork.generator.resident import resident
from brushwork.generator.sample import sample, save_progress
from brushwork.generator.style_task import StyleTask
from brushwork.painting import Painting
from brushwork.randomness import stream_seed
from brushwork.run import Run, open_run
from brushwork.training import choose_device, fit


def train_generator(
    collection: Collection,
    out: Path,
    preset: Preset,
    styles: Sequence[str],
    kimg: float,
    seed: int = 0,
    device: str = "auto",
    sheets: int = 10,
) -> Run:
    """Train a generator on the training paintings of the styles until it has seen `kimg` thousand of them.

    Several styles are learned mixed, by one network that is told nothing of them, as the papers' networks are; stylegan2 is
    told the style of each. Raises `UserError` when there are too few paintings, the run has other settings, or a number
    stops being finite.
    """
    chosen = list(styles) or collection.styles
    paintings = collection.select(chosen, "train")
    if all(p.split == "train" for p in collection.select(chosen)) or not paintings:
        raise UserError(
            f"{' and '.join(chosen)} has {len(paintings)} paintings to learn from and "
            f"{len(collection.select(chosen)) - len(paintings)} by other artists to compare with, and a generator needs both; "
            "add paintings by other artists."
        )
    if len(paintings) < preset.batch:
        raise UserError(
            f"{' and '.join(chosen)} has {len(paintings)} training paintings, fewer than a batch of {preset.batch}; "
            "use a smaller --batch or collect more."
        )
    run = open_run(out, gan_settings(collection, preset, chosen, kimg, seed))
    if run.results:
        return run
    chosen_device = choose_device(device)
    steps = max(1, round(kimg * 1000 / (preset.batch * preset.critic_steps)))
    task: GanTask | StyleTask
    if preset.schedule == "lazy":
        squares = resident(collection, paintings, chosen, preset.size, seed, chosen_device)
        task = StyleTask(run, preset, squares, chosen, steps, seed)
    else:
        task = GanTask(run, preset, collection, paintings, chosen, seed, chosen_device)
    every = max(1, steps // sheets)
    about = {"kind": "gan", "preset": preset.name, "size": preset.size, "width": preset.width}
    label = f"{preset.name} on {' and '.join(chosen)}"
    fit(run, task, steps, about, checkpoint_every=every, log_every=max(1, steps // 200), label=label)
    run.finish(_results(task, collection, paintings, chosen, seed))
    return run


def gan_settings(collection: Collection, preset: Preset, styles: list[str], kimg: float, seed: int) -> dict[str, Any]:
    """What a run of this training is known by."""
    return {
        "kind": "gan",
        "collection": collection.fingerprint,
        "source": collection.source,
        "styles": styles,
        "preset": asdict(preset),
        "kimg": kimg,
        "seed": seed,
    }


class GanTask:
    """The two networks, their optimisers and the paintings, resident on the device as bytes."""

    def __init__(
        self,
        run: Run,
        preset: Preset,
        collection: Collection,
        paintings: Sequence[Painting],
        styles: list[str],
        seed: int,
        device: torch.device,
    ) -> None:
        self.run, self.preset, self.styles, self.seed, self.device = run, preset, styles, seed, device
        self.paintings = resident(collection, paintings, styles, preset.size, seed, device)
        self.generator, self.critic = (network.to(device) for network in networks_of(preset, seed))
        self.generator_adam, self.critic_adam = (
            torch.optim.Adam(
                network.parameters(), preset.learning_rate, preset.betas, eps=1e-8, weight_decay=preset.weight_decay
            )
            for network in (self.generator, self.critic)
        )
        self.steps_done = 0

    @property
    def paintings_per_step(self) -> int:
        """How many paintings the discriminator sees in one step."""
        return self.preset.batch * self.preset.critic_steps

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown so far."""
        return self.steps_done * self.paintings_per_step / 1000

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One generator update and its discriminator updates, in the preset's order."""
        step = {"in-turn": self._in_turn, "together": self._together, "critic-first": self._critic_first}
        scalars = step[self.preset.schedule](k)
        self.steps_done = k + 1
        return scalars

    def _in_turn(self, k: int) -> Mapping[str, Tensor]:
        fake = self.generator(self._noise(k, "generator"))
        loss = descend(dcgan.generator_loss(self.critic(fake)), self.generator_adam)
        with torch.no_grad():
            fake = self.generator(self._noise(k, "discriminator"))
        real = self.critic(self._batch(k))
        return {"generator_loss": loss} | self._discriminate(real, self.critic(fake))

    def _together(self, k: int) -> Mapping[str, Tensor]:
        fake = self.generator(self._noise(k, "generator"))
        scalars = self._discriminate(self.critic(self._batch(k)), self.critic(fake.detach()))
        loss = descend(dcgan.generator_loss(self.critic(fake)), self.generator_adam)
        return {"generator_loss": loss} | scalars

    def _discriminate(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Real and fake pictures pass in separate batches: batch normalisation must not mix them."""
        loss = descend(dcgan.discriminator_loss(real, fake), self.critic_adam)
        return {
            "discriminator_loss": loss,
            "real_probability": real.detach().sigmoid().mean(),
            "fake_probability": fake.detach().sigmoid().mean(),
        }

    def _critic_first(self, k: int) -> Mapping[str, Tensor]:
        scalars: dict[str, Tensor] = {}
        if k > 0:  # the authors' loop begins with the critic alone
            fake = self.generator(self._noise(k, "generator"))
            scalars["generator_loss"] = descend(-self.critic(fake).mean(), self.generator_adam)
        for i in range(self.preset.critic_steps):
            real = self._batch(k * self.preset.critic_steps + i)
            with torch.no_grad():
                fake = self.generator(self._noise(k, "critic", i))
            seed = stream_seed(self.seed, "penalty", k, i)
            weight = torch.rand(len(real), generator=torch.Generator().manual_seed(seed)).to(self.device)
            distance = self.critic(real).mean() - self.critic(fake).mean()
            penalty = wgan_gp.gradient_penalty(self.critic, real, fake, weight, self.preset.penalty)
            descend(penalty - distance, self.critic_adam)
        return scalars | {"critic_distance": distance.detach(), "penalty": penalty.detach()}

    def _noise(self, *names: str | int) -> Tensor:
        return noise_of(self.preset, self.preset.batch, seed=stream_seed(self.seed, "noise", *names)).to(self.device)

    def _batch(self, number: int) -> Tensor:
        return self.paintings.batch(number, self.preset.batch)

    def painter(self) -> Painter:
        """The generator as it is now, in evaluation mode."""
        return Painter(self.generator.eval(), self.preset, self.styles, self.run.folder.name, self.kimg)

    def look(self, k: int) -> Mapping[str, float]:
        """Save the generator and a sheet of fixed noise."""
        save_progress(self.run, self.painter(), self.seed, self.steps_done)
        self.generator.train()
        return {"kimg": self.kimg}

    def state(self) -> dict[str, Any]:
        """Networks, optimisers and position."""
        networks = {"generator": dict(self.generator.state_dict()), "critic": dict(self.critic.state_dict())}
        adams = {"generator_adam": self.generator_adam.state_dict(), "critic_adam": self.critic_adam.state_dict()}
        return {"steps": self.steps_done} | networks | adams

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.steps_done = state["steps"]
        self.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
        self.generator_adam.load_state_dict(state["generator_adam"])
        self.critic_adam.load_state_dict(state["critic_adam"])


def _results(
    task: GanTask | StyleTask, collection: Collection, paintings: list[Painting], styles: list[str], seed: int
) -> dict[str, Any]:
    held_out = [p for p in collection.select(styles) if p.split != "train"]
    reals = collection.squares(task.preset.size, held_out)
    trained_on = collection.squares(task.preset.size, paintings)
    quality = quality_of(sample(task.painter(), len(reals), seed + 1), reals, trained_on, seed)
    return {
        "paintings": len(paintings),
        "held_out": len(held_out),
        "kimg": task.kimg,
        "updates": task.steps_done,
        "paper_updates": PAPER_UPDATES.get(task.preset.name),
        "cost": cost_of(task.preset).to_dict(),
        "paper_cost": cost_of(PRESETS[task.preset.name]).to_dict(),
        "quality": quality.to_dict(),
    }
