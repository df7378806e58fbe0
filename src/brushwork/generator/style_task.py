"""Training StyleGAN2 on few paintings: logistic loss, a lazy penalty, adaptive augmentation, an average of the weights."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.generator import stylegan2
from brushwork.generator.augment import adapted, augmented
from brushwork.generator.descent import descend
from brushwork.generator.networks import Painter, networks_of, noise_of
from brushwork.generator.presets import Preset
from brushwork.generator.resident import Resident
from brushwork.generator.sample import save_progress
from brushwork.randomness import stream_seed
from brushwork.run import Run

RAMP = 0.05  # the average's half-life is at most this share of what has been seen
POINT_RATE = 0.02  # of the running average of points
ADAPT_EVERY = 4  # steps after which augmentation is adapted
RISE = (0.1, 0.3)  # the shares of a training between which the style comes to count


class StyleTask:
    """Both networks, the average, their optimisers and the paintings."""

    def __init__(
        self, run: Run, preset: Preset, paintings: Resident, styles: Sequence[str], steps: int, seed: int
    ) -> None:
        self.run, self.preset, self.styles, self.seed, self.steps = run, preset, list(styles), seed, steps
        self.paintings, self.device = paintings, paintings.squares.device
        generator, discriminator = networks_of(preset, seed, len(styles))
        assert isinstance(generator, stylegan2.Generator)
        self.generator, self.discriminator = generator.to(self.device), discriminator.to(self.device)
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        lazy = preset.penalty_every / (preset.penalty_every + 1)  # Karras et al. 2020, appendix B: of a lazy penalty
        first, second = preset.betas
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), preset.learning_rate, preset.betas)
        self.discriminator_adam = torch.optim.Adam(
            self.discriminator.parameters(), preset.learning_rate * lazy, (first**lazy, second**lazy)
        )
        self.steps_done, self.augmentation = 0, 0.0
        self.signs, self.penalty = torch.zeros((), device=self.device), torch.zeros((), device=self.device)

    @property
    def paintings_per_step(self) -> int:
        """How many paintings the discriminator sees in one step."""
        return self.preset.batch

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown so far."""
        return self.steps_done * self.preset.batch / 1000

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One update of the generator, one of the discriminator, and now and then one of its penalty."""
        counts = self._counts(k)
        scalars = self._paints(k, counts) | self._judges(k, counts)
        if k % self.preset.penalty_every == 0:
            self.penalty = self._penalised(k, counts)
        if self.preset.augments and (k + 1) % ADAPT_EVERY == 0:
            self.augmentation = adapted(
                self.augmentation, float(self.signs) / ADAPT_EVERY, ADAPT_EVERY * self.preset.batch
            )
            self.signs.zero_()
        self._averaged(k)
        self.steps_done = k + 1
        return scalars | {"penalty": self.penalty, "augmentation": torch.tensor(self.augmentation)}

    def _paints(self, k: int, counts: float) -> dict[str, Tensor]:
        """The generator's turn: the mean of softplus(-D(G(z))), the non-saturating loss."""
        styles = self._some_styles(k, "generator")
        self.discriminator.requires_grad_(False)  # its gradients are not wanted here
        w = self.generator.point(self._noise(k, "generator"), styles, counts)
        self._average_points(w.detach(), styles)
        painted = self.generator.paint(self.generator.everywhere(w), self._draw("grain", k, "generator"))
        loss = F.softplus(-self._told(painted, styles, counts, k, "generator")).mean()
        descend(loss, self.generator_adam)
        self.discriminator.requires_grad_(True)
        return {"generator_loss": loss.detach()}

    def _judges(self, k: int, counts: float) -> dict[str, Tensor]:
        """The discriminator's turn: the mean of softplus(D(G(z))) + softplus(-D(x))."""
        styles = self._some_styles(k, "discriminator")
        with torch.no_grad():
            w = self.generator.point(self._noise(k, "discriminator"), styles, counts)
            painted = self.generator.paint(self.generator.everywhere(w), self._draw("grain", k, "discriminator"))
        real, own = self._batch(k)
        fake_scores = self._told(painted, styles, counts, k, "fake")
        real_scores = self._told(real, own, counts, k, "real")
        self.signs += real_scores.detach().sign().mean()
        loss = F.softplus(fake_scores).mean() + F.softplus(-real_scores).mean()
        descend(loss, self.discriminator_adam)
        return {
            "discriminator_loss": loss.detach(),
            "real_score": real_scores.detach().mean(),
            "fake_score": fake_scores.detach().mean(),
        }

    def _penalised(self, k: int, counts: float) -> Tensor:
        """R1, gamma / 2 times the mean square of the gradient at real paintings (Mescheder et al. 2018), for all steps between.

        At the augmented painting, which is what the discriminator sees.
        """
        real, own = self._batch(k)
        seen = augmented(real, self.augmentation, self._draw("augment", k, "real")).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.discriminator(seen, own, counts).sum(), seen, create_graph=True)
        slope = gradient.square().sum((1, 2, 3)).mean()
        descend(gamma(self.preset) / 2 * self.preset.penalty_every * slope, self.discriminator_adam)
        return slope.detach()

    def _told(self, pictures: Tensor, styles: Tensor, counts: float, *names: str | int) -> Tensor:
        scores: Tensor = self.discriminator(
            augmented(pictures, self.augmentation, self._draw("augment", *names)), styles, counts
        )
        return scores

    def _counts(self, k: int) -> float:
        """How much the style counts, 0 to 1: first nothing, or few styles collapse to one picture each (Shahbazi et al. 2022)."""
        begin, end = RISE
        return min(max((k / self.steps - begin) / (end - begin), 0.0), 1.0)

    def _averaged(self, k: int) -> None:
        seen = (k + 1) * self.preset.batch
        half_life = min(self.preset.average_kimg * 1000, seen * RAMP)
        kept = 0.5 ** (self.preset.batch / max(half_life, 1e-8))
        with torch.no_grad():
            for mean, weight in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(weight, 1 - kept)
            for copy_, buffer in zip(self.average.buffers(), self.generator.buffers(), strict=True):
                copy_.copy_(buffer)

    def _average_points(self, w: Tensor, styles: Tensor) -> None:
        for number in range(len(self.styles)):
            own = w[styles == number]
            if len(own):
                self.generator.mean[number].lerp_(own.mean(0), POINT_RATE)

    def _batch(self, k: int) -> tuple[Tensor, Tensor]:
        """The paintings of step k, half of them mirrored, and their styles."""
        places = self.paintings.places(k, self.preset.batch)
        mirrored = torch.rand(len(places), generator=self._draw("mirror", k)) < 0.5
        real = self.paintings.batch(k, self.preset.batch)
        real = torch.where(mirrored.to(self.device)[:, None, None, None], real.flip(3), real)
        return real, self.paintings.styles[places]

    def _some_styles(self, k: int, name: str) -> Tensor:
        """As often as among the paintings."""
        drawn = torch.randint(
            0, len(self.paintings.styles), (self.preset.batch,), generator=self._draw("styles", k, name)
        )
        return self.paintings.styles[drawn.to(self.device)]

    def _noise(self, *names: str | int) -> Tensor:
        return noise_of(self.preset, self.preset.batch, seed=stream_seed(self.seed, "noise", *names)).to(self.device)

    def _draw(self, *names: str | int) -> torch.Generator:
        return torch.Generator().manual_seed(stream_seed(self.seed, *names))

    def painter(self) -> Painter:
        """The average of the generator's weights, which is what paints."""
        return Painter(self.average, self.preset, self.styles, self.run.folder.name, self.kimg)

    def look(self, k: int) -> Mapping[str, float]:
        """Save the generator and a sheet of fixed noise."""
        save_progress(self.run, self.painter(), self.seed, self.steps_done)
        return {"kimg": self.kimg}

    def state(self) -> dict[str, Any]:
        """Networks, the average, optimisers, augmentation and position."""
        networks = {name: dict(network.state_dict()) for name, network in self._networks().items()}
        adams = {
            "generator_adam": self.generator_adam.state_dict(),
            "discriminator_adam": self.discriminator_adam.state_dict(),
        }
        numbers = {
            "steps": self.steps_done,
            "augmentation": self.augmentation,
            "signs": self.signs,
            "penalty": self.penalty,
        }
        return networks | adams | numbers

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        for name, network in self._networks().items():
            network.load_state_dict(state[name])
        self.generator_adam.load_state_dict(state["generator_adam"])
        self.discriminator_adam.load_state_dict(state["discriminator_adam"])
        self.steps_done, self.augmentation = state["steps"], state["augmentation"]
        self.signs, self.penalty = state["signs"].to(self.device), state["penalty"].to(self.device)

    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}


def gamma(preset: Preset) -> float:
    """The weight of R1, which follows size and batch (Karras et al. 2020, training with limited data, appendix C)."""
    return preset.penalty * preset.size**2 / preset.batch
