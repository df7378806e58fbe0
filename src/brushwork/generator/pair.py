"""The two networks that learn from each other, the average that paints, and their optimisers."""

import copy
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from brushwork.descent import follow_, restore_
from brushwork.errors import UserError
from brushwork.generator.networks import Painter, networks_of, noise_of
from brushwork.generator.presets import Preset
from brushwork.processes import own_rows, size
from brushwork.randomness import stream_seed
from brushwork.training import choose_precision
from brushwork.transfer import sent

RAMP = 0.05  # the average's half-life is at most this share of what has been seen (Karras et al. 2020)


def check_shared(preset: Preset) -> None:
    """Raises `UserError` for a batch that the processes cannot share equally."""
    shares = size() * (4 if preset.schedule == "lazy" else 1)  # stylegan2 compares pictures by fours
    if size() > 1 and preset.batch % shares:
        raise UserError(
            f"a batch of {preset.batch} cannot be shared by {size()} processes; give --batch a multiple of {shares}."
        )


class Pair:
    """A generator and its discriminator (or critic) on one device, as their preset has them.

    In a group every process holds the same and computes its own pictures of each batch.
    """

    def __init__(self, preset: Preset, seed: int, styles: int, device: torch.device) -> None:
        self.preset, self.seed, self.device = preset, seed, device
        self.precision = choose_precision(preset.precision, device)
        self.generator, self.discriminator = (
            network.to(device).to(memory_format=torch.channels_last)  # a fifth faster on the CPU, and on tensor cores
            for network in networks_of(preset, seed, styles)
        )
        self.average: nn.Module | None = None
        if preset.average_kimg:
            self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        # A lazy penalty's own steps count as well (Karras et al. 2020, appendix B).
        every = preset.penalty_every
        lazy = every / (every + 1) if preset.schedule == "lazy" else 1.0
        self.generator_adam = self._adam(self.generator, preset.learning_rate * preset.generator_rate)
        self.discriminator_adam = self._adam(self.discriminator, preset.learning_rate * lazy, lazy)

    def _adam(self, network: nn.Module, rate: float, lazy: float = 1.0) -> torch.optim.Adam:
        first, second = self.preset.betas
        return torch.optim.Adam(
            network.parameters(),
            rate,
            (first**lazy, second**lazy),
            eps=1e-8,
            weight_decay=self.preset.weight_decay,
            fused=self.device.type in ("cpu", "cuda"),  # three times as fast on the CPU
        )

    def reduced(self) -> AbstractContextManager[None]:
        """Where forward passes have the preset's precision."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    def noise(self, *names: str | int) -> Tensor:
        """This process's noise (b, Z) of a batch, which the names tell from others."""
        whole = noise_of(self.preset, self.preset.batch, seed=stream_seed(self.seed, "noise", *names))
        return sent(own_rows(whole), self.device)

    def draw(self, *names: str | int) -> torch.Generator:
        """The stream of these names, on the CPU."""
        return torch.Generator().manual_seed(stream_seed(self.seed, *names))

    def draw_there(self, *names: str | int) -> torch.Generator:
        """The stream of these names where the networks are, for what is too much to be drawn elsewhere and sent."""
        return torch.Generator(self.device).manual_seed(stream_seed(self.seed, *names))

    def follow(self, seen: int) -> None:
        """Move the average towards the generator, after `seen` paintings of which the last batch is new."""
        if self.average is None:
            return
        half_life = min(self.preset.average_kimg * 1000, seen * RAMP)
        follow_(self.average, self.generator, 0.5 ** (self.preset.paintings_per_step / max(half_life, 1e-8)))

    def painter(self, styles: list[str], run: str, kimg: float) -> Painter:
        """What paints: the average of the generator's weights if there is one, in evaluation mode."""
        network = self.generator if self.average is None else self.average
        return Painter(network.eval(), self.preset, styles, run, kimg)

    def state(self) -> dict[str, Any]:
        """Networks, the average and the optimisers' moments."""
        networks = {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}
        adams = {"generator_adam": self.generator_adam, "discriminator_adam": self.discriminator_adam}
        return {name: dict(network.state_dict()) for name, network in networks.items() if network is not None} | {
            name: adam.state_dict() for name, adam in adams.items()
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        restore_(self.generator_adam, state["generator_adam"])
        restore_(self.discriminator_adam, state["discriminator_adam"])
