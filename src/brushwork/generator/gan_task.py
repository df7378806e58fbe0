"""Training the papers' pairs: DCGAN and WGAN-GP, as their schedules have it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from brushwork.descent import descend, mean_of_all
from brushwork.generator import dcgan, wgan_gp
from brushwork.generator.differentiable_augment import differentiably_augmented
from brushwork.generator.looks import Looks
from brushwork.generator.networks import Painter
from brushwork.generator.pair import Pair
from brushwork.generator.presets import Preset
from brushwork.generator.resident import Resident
from brushwork.processes import own_rows
from brushwork.run import Run
from brushwork.transfer import sent


class GanTask:
    """A pair that is told nothing of styles, and the paintings, resident on the device as bytes."""

    def __init__(
        self,
        run: Run,
        preset: Preset,
        paintings: Resident,
        styles: Sequence[str],
        steps: int,
        seed: int,
        looks: Looks | None = None,
    ) -> None:
        self.run, self.preset, self.styles, self.seed, self.steps = run, preset, list(styles), seed, steps
        self.paintings, self.looks = paintings, looks
        self.pair = Pair(preset, seed, 1, paintings.squares.device)
        self.steps_done = 0

    @property
    def paintings_per_step(self) -> int:
        """How many paintings the discriminator sees in one step."""
        return self.preset.paintings_per_step

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown so far."""
        return self.steps_done * self.paintings_per_step / 1000

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One generator update and its discriminator updates, in the preset's order."""
        step = {"in-turn": self._in_turn, "together": self._together, "critic-first": self._critic_first}
        scalars = step[self.preset.schedule](k)
        self.steps_done = k + 1
        self.pair.follow(self.steps_done * self.paintings_per_step)
        return scalars

    def _in_turn(self, k: int) -> Mapping[str, Tensor]:
        generator_loss = self._paints_better(self._painted(k, "generator"), k)
        with torch.no_grad():
            fake = self._painted(k, "discriminator")
        return {"generator_loss": generator_loss} | self._discriminate(self._batch(k), fake, k)

    def _together(self, k: int) -> Mapping[str, Tensor]:
        fake = self._painted(k, "generator")
        scalars = self._discriminate(self._batch(k), fake.detach(), k)
        return {"generator_loss": self._paints_better(fake, k)} | scalars

    def _paints_better(self, fake: Tensor, k: int) -> Tensor:
        """The generator's turn: the non-saturating loss, or the critic's score."""
        scores = self._told(fake, "generator", k)
        wasserstein = self.preset.loss == "wasserstein"
        return descend(-scores.mean() if wasserstein else dcgan.generator_loss(scores), self.pair.generator_adam)

    def _discriminate(self, real: Tensor, fake: Tensor, k: int) -> dict[str, Tensor]:
        """Real and fake pictures pass in separate batches: batch normalisation must not mix them."""
        real_scores, fake_scores = self._told(real, "real", k), self._told(fake, "fake", k)
        loss = descend(dcgan.discriminator_loss(real_scores, fake_scores), self.pair.discriminator_adam)
        return {
            "discriminator_loss": loss,
            "real_probability": mean_of_all(real_scores.sigmoid().mean()),
            "fake_probability": mean_of_all(fake_scores.sigmoid().mean()),
        }

    def _critic_first(self, k: int) -> Mapping[str, Tensor]:
        scalars: dict[str, Tensor] = {}
        if k > 0:  # the authors' loop begins with the critic alone
            scalars["generator_loss"] = self._paints_better(self._painted(k, "generator"), k)
        critic = self.pair.discriminator
        for i in range(self.preset.critic_steps):
            real = self._seen(self._batch(k * self.preset.critic_steps + i), "real", k, i)
            with torch.no_grad():
                fake = self._seen(self._painted(k, "critic", i), "fake", k, i)
            weight = own_rows(torch.rand(self.preset.batch, generator=self.pair.draw("penalty", k, i)))
            with self.pair.reduced():
                distance = critic(real).float().mean() - critic(fake).float().mean()
            penalty = wgan_gp.gradient_penalty(critic, real, fake, sent(weight, real.device), self.preset.penalty)
            descend(penalty - distance, self.pair.discriminator_adam)
        return scalars | {"critic_distance": mean_of_all(distance), "penalty": mean_of_all(penalty)}

    def _painted(self, *names: str | int) -> Tensor:
        with self.pair.reduced():
            pictures: Tensor = self.pair.generator(self.pair.noise(*names))
        return pictures.float()

    def _told(self, pictures: Tensor, *names: str | int) -> Tensor:
        with self.pair.reduced():
            scores: Tensor = self.pair.discriminator(self._seen(pictures, *names))
        return scores.float()

    def _seen(self, pictures: Tensor, *names: str | int) -> Tensor:
        """What the discriminator is shown of pictures."""
        if self.preset.augmentation == "differentiable":
            pictures = differentiably_augmented(pictures, self.pair.draw("augment", *names))
        return pictures.contiguous(memory_format=torch.channels_last)

    def _batch(self, number: int) -> Tensor:
        return self.paintings.batch(number, self.preset.batch)

    def painter(self) -> Painter:
        """What paints, in evaluation mode."""
        return self.pair.painter(self.styles, self.run.folder.name, self.kimg)

    def scores(self, pictures: Tensor, styles: Tensor) -> Tensor:
        """What the discriminator makes of pictures (B, 3, S, S), told nothing of their styles (B,)."""
        del styles
        self.pair.discriminator.eval()
        found: Tensor = self.pair.discriminator(pictures)
        self.pair.discriminator.train()
        return found

    def look(self, k: int) -> Mapping[str, float]:
        """Save the generator and a sheet of fixed noise, and watch over the training."""
        found = self.looks.look(self) if self.looks else {}
        self.pair.generator.train()
        return found

    def done(self) -> str:
        """Why the training must end, having gone wrong beyond return, or nothing."""
        return self.looks.done() if self.looks else ""

    def state(self) -> dict[str, Any]:
        """Networks, optimisers, position and what was seen so far."""
        return self.pair.state() | {"steps": self.steps_done, "looks": self.looks.state() if self.looks else None}

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.steps_done = state["steps"]
        self.pair.restore(state)
        if self.looks:
            self.looks.restore(state["looks"])
