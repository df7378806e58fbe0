"""Training the papers' pairs: DCGAN and WGAN-GP, as their schedules have it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from brushwork.collection import Collection
from brushwork.generator import dcgan, wgan_gp
from brushwork.generator.descent import descend
from brushwork.generator.networks import Painter, networks_of, noise_of
from brushwork.generator.presets import Preset
from brushwork.generator.resident import resident
from brushwork.generator.sample import save_progress
from brushwork.painting import Painting
from brushwork.randomness import stream_seed
from brushwork.run import Run


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
