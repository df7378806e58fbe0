"""Training StyleGAN2 on few paintings: pairs or each alone, a lazy penalty, adaptive augmentation, an average of the weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.descent import descend, mean_of_all
from brushwork.generator import stylegan2
from brushwork.generator.augment import adapted, augmented
from brushwork.generator.differentiable_augment import differentiably_augmented
from brushwork.generator.looks import Looks
from brushwork.generator.networks import Painter
from brushwork.generator.pair import Pair
from brushwork.generator.presets import Preset
from brushwork.generator.resident import Resident
from brushwork.processes import all_sum_, own_rows, size
from brushwork.run import Run
from brushwork.transfer import sent

POINT_RATE = 0.02  # of the running average of points
ADAPT_EVERY = 4  # the discriminator's turns after which augmentation is adapted
RISE = (0.1, 0.3)  # the shares of a training between which the style comes to count


class StyleTask:
    """A pair that is told the style, how much it augments, and the paintings."""

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
        self.paintings, self.looks, self.device = paintings, looks, paintings.squares.device
        self.pair = Pair(preset, seed, len(styles), self.device)
        assert isinstance(self.pair.generator, stylegan2.Generator)
        self.generator = self.pair.generator
        self.steps_done, self.augmentation = 0, 0.0
        self.signs, self.penalty = torch.zeros((), device=self.device), torch.zeros((), device=self.device)

    @property
    def paintings_per_step(self) -> int:
        """How many paintings the discriminator sees in one step."""
        return self.preset.paintings_per_step

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown so far."""
        return self.steps_done * self.paintings_per_step / 1000

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One update of the generator, `critic_steps` of the discriminator, and now and then one of its penalty."""
        counts, turns = self._counts(k), self.preset.critic_steps
        self.generator.counts.fill_(counts)
        scalars = self._paints(k * turns, counts)
        for turn in range(k * turns, (k + 1) * turns):
            scalars |= self._judges(turn, counts)
            if turn % self.preset.penalty_every == 0:
                self.penalty = self._penalised(turn, counts)
            if self.preset.augmentation == "adaptive" and (turn + 1) % ADAPT_EVERY == 0:
                self._adapt()
        self.steps_done = k + 1
        self.pair.follow(self.steps_done * self.paintings_per_step)
        return scalars | {"penalty": self.penalty, "augmentation": torch.tensor(self.augmentation)}

    def _paints(self, k: int, counts: float) -> dict[str, Tensor]:
        """The generator's turn: the mean of softplus(-D(G(z))), the non-saturating loss, or with D(G(z)) - D(x) in its place."""
        real, own = self._batch(k)
        paired = self.preset.loss == "relativistic"
        styles = own if paired else self._some_styles(k, "generator")
        with self.pair.reduced():
            w = self.generator.point(self.pair.noise(k, "generator"), styles)
            painted = self.generator.paint(self.generator.everywhere(w), self._grain(k, "generator")).float()
        self._average_points(w.detach().float()[:, self.generator.noise_part :], styles)
        scores = self._told(painted, styles, counts, k, "generator")
        if paired:
            with torch.no_grad():
                beside = self._told(real, own, counts, k, "beside")
            scores = scores - beside
        loss = descend(F.softplus(-scores).mean(), self.pair.generator_adam)
        return {"generator_loss": loss}

    def _judges(self, k: int, counts: float) -> dict[str, Tensor]:
        """The discriminator's turn: the mean of softplus(D(G(z))) + softplus(-D(x)), or of softplus(D(G(z)) - D(x))."""
        real, own = self._batch(k)
        painted, styles = self._fakes(k, own)
        fake_scores = self._told(painted, styles, counts, k, "fake")
        real_scores = self._told(real, own, counts, k, "real")
        real_score, fake_score = mean_of_all(real_scores.mean()), mean_of_all(fake_scores.mean())
        paired = self.preset.loss == "relativistic"
        # A loss of differences leaves open what 0 means: there it is the middle between paintings and pictures.
        middle = (real_score + fake_score) / 2 if paired else 0.0
        self.signs += mean_of_all((real_scores.detach() - middle).sign().mean())
        if paired:
            loss = F.softplus(fake_scores - real_scores).mean()
        else:
            loss = F.softplus(fake_scores).mean() + F.softplus(-real_scores).mean()
        return {
            "discriminator_loss": descend(loss, self.pair.discriminator_adam),
            "real_score": real_score,
            "fake_score": fake_score,
        }

    def _fakes(self, k: int, beside: Tensor) -> tuple[Tensor, Tensor]:
        """The discriminator's generated pictures of its turn k and their styles, for pairs those of the paintings beside them."""
        styles = beside if self.preset.loss == "relativistic" else self._some_styles(k, "discriminator")
        with torch.no_grad(), self.pair.reduced():
            w = self.generator.point(self.pair.noise(k, "discriminator"), styles)
            painted = self.generator.paint(self.generator.everywhere(w), self._grain(k, "discriminator"))
        return painted.float(), styles

    def _penalised(self, k: int, counts: float) -> Tensor:
        """R1, gamma / 2 times the mean square of the gradient at real paintings (Mescheder et al. 2018), for all steps between.

        At the augmented painting, which is what the discriminator sees, and in full precision; with R2 at generated ones too.
        """
        real, own = self._batch(k)
        slope = self._slope(real, own, counts, k, "real")
        if self.preset.penalty_at == "both":
            slope = slope + self._slope(*self._fakes(k, own), counts, k, "fake")
        descend(gamma(self.preset) / 2 * self.preset.penalty_every * slope, self.pair.discriminator_adam)
        return mean_of_all(slope)

    def _slope(self, pictures: Tensor, styles: Tensor, counts: float, *names: str | int) -> Tensor:
        """The mean square of the discriminator's gradient at pictures as it sees them."""
        seen = self._seen(pictures, *names).detach().requires_grad_()
        scores = self.pair.discriminator(seen, styles, counts)
        (gradient,) = torch.autograd.grad(scores.sum(), seen, create_graph=True)
        return gradient.square().sum((1, 2, 3)).mean()

    def _seen(self, pictures: Tensor, *names: str | int) -> Tensor:
        """What the discriminator is shown of pictures."""
        draw = self.pair.draw("augment", *names)
        if self.preset.augmentation == "differentiable":
            return differentiably_augmented(pictures, draw)
        return augmented(pictures, self.augmentation, draw)

    def _told(self, pictures: Tensor, styles: Tensor, counts: float, *names: str | int) -> Tensor:
        seen = self._seen(pictures, *names)
        with self.pair.reduced():
            scores: Tensor = self.pair.discriminator(seen, styles, counts)
        return scores.float()

    def _counts(self, k: int) -> float:
        """How much the style counts, 0 to 1: first nothing, or few styles collapse to one picture each (Shahbazi et al. 2022)."""
        begin, end = RISE
        return min(max((k / self.steps - begin) / (end - begin), 0.0), 1.0)

    def _adapt(self) -> None:
        """The only place in which a step waits for the device."""
        signs = float(self.signs) / ADAPT_EVERY
        self.augmentation = adapted(self.augmentation, signs, ADAPT_EVERY * self.preset.batch)
        self.signs.zero_()

    def _average_points(self, w: Tensor, styles: Tensor) -> None:
        """Move each style's mean towards that of what was mapped (B, Z) for it in this batch, where there is any."""
        told = F.one_hot(styles, len(self.styles)).to(w)  # (B, styles)
        sums, numbers = told.T @ w, told.sum(0)
        if size() > 1:
            all_sum_([sums, numbers])
        there = (numbers > 0).to(w)[:, None]
        means = sums / numbers.clamp(min=1)[:, None]
        self.generator.mean.add_(POINT_RATE * there * (means - self.generator.mean))

    def _batch(self, k: int) -> tuple[Tensor, Tensor]:
        """The paintings of turn k, half of them mirrored, and their styles; the generator has those of the turn after its own."""
        mirrored = own_rows(torch.rand(self.preset.batch, generator=self.pair.draw("mirror", k)) < 0.5)
        real = self.paintings.batch(k, self.preset.batch)
        real = torch.where(sent(mirrored, self.device)[:, None, None, None], real.flip(3), real)
        return real, self.paintings.styles[own_rows(self.paintings.places(k, self.preset.batch))]

    def _some_styles(self, k: int, name: str) -> Tensor:
        """As often as among the paintings."""
        drawn = torch.randint(
            0, len(self.paintings.styles), (self.preset.batch,), generator=self.pair.draw("styles", k, name)
        )
        return self.paintings.styles[sent(own_rows(drawn), self.device)]

    def _grain(self, k: int, name: str) -> Tensor:
        return own_rows(self.generator.drawn(self.preset.batch, self.pair.draw_there("grain", k, name)))

    def painter(self) -> Painter:
        """The average of the generator's weights, which is what paints."""
        return self.pair.painter(self.styles, self.run.folder.name, self.kimg)

    def scores(self, pictures: Tensor, styles: Tensor) -> Tensor:
        """What the discriminator makes of pictures (B, 3, S, S) in styles (B,), as they are."""
        found: Tensor = self.pair.discriminator(pictures, styles, self._counts(self.steps_done))
        return found

    def look(self, k: int) -> Mapping[str, float]:
        """Save the generator and a sheet of fixed noise, and watch over the training."""
        return self.looks.look(self) if self.looks else {}

    def done(self) -> str:
        """Why the training must end, having gone wrong beyond return, or nothing."""
        return self.looks.done() if self.looks else ""

    def state(self) -> dict[str, Any]:
        """Networks, the average, optimisers, augmentation, position and what was seen so far."""
        return self.pair.state() | {
            "steps": self.steps_done,
            "augmentation": self.augmentation,
            "signs": self.signs,
            "penalty": self.penalty,
            "looks": self.looks.state() if self.looks else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.pair.restore(state)
        self.steps_done, self.augmentation = state["steps"], state["augmentation"]
        self.signs, self.penalty = state["signs"].to(self.device), state["penalty"].to(self.device)
        if self.looks:
            self.looks.restore(state["looks"])


def gamma(preset: Preset) -> float:
    """The weight of R1, which follows size and batch (Karras et al. 2020, training with limited data, appendix C)."""
    return preset.penalty * preset.size**2 / preset.batch
