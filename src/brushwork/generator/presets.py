"""The settings of the papers' generators, as data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from brushwork.errors import UserError
from brushwork.settings import changed

SIZES = (32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Preset:
    """One published training of a generator; `schedule` says how the two networks take turns.

    `in-turn`: a generator update, then a discriminator update on the next mini-batch (Newmu/dcgan_code, k = 1).
    `together`: a discriminator update, then a generator update through the same fakes (the Torch version).
    `critic-first`: a generator update except at the very first step, then `critic_steps` critic updates, each on new
    paintings and new noise (Gulrajani et al. 2017, Algorithm 1, in the authors' order).
    `lazy`: a generator update, then `critic_steps` discriminator updates, and at every `penalty_every`-th of these one of its
    penalty alone (Karras et al. 2020).

    Losses: `minimax` is DCGAN's, `wasserstein` WGAN's, `logistic` StyleGAN's; `relativistic` asks how much more real a painting
    is than a picture beside it (Jolicoeur-Martineau 2019; Huang et al. 2024, with `penalty_at=both`).
    """

    name: str
    networks: Literal["dcgan-paper", "dcgan-torch", "wgan-gp-paper", "wgan-gp-resnet", "stylegan2"]
    loss: Literal["minimax", "wasserstein", "logistic", "relativistic"]
    schedule: Literal["in-turn", "together", "critic-first", "lazy"]
    noise: Literal["uniform", "normal"]  # U(-1, 1) or N(0, 1)
    noise_size: int
    size: int  # pixels of the square pictures
    width: int  # channels of the widest resolution: ngf = ndf, or DIM
    batch: int
    learning_rate: float  # of the discriminator, before a lazy penalty reduces it
    betas: tuple[float, float]
    weight_decay: float = 0.0  # L2 added to the gradient, as Adam's `weight_decay`
    generator_rate: float = 1.0  # of the generator, over the discriminator's (Heusel et al. 2017)
    critic_steps: int = 1
    penalty: float = 0.0  # lambda of the gradient penalty; of stylegan2, gamma over size^2 / batch
    penalty_every: int = 1
    penalty_at: Literal["real", "both"] = "real"  # paintings alone (R1), or generated pictures as well (and R2)
    deepest: int = 4  # of stylegan2: channels where sides are smallest, at most so many times the width
    start: Literal["constant", "noise"] = "constant"  # of stylegan2: pictures begin all from one, or each from its own
    average_kimg: float = 0.0  # half-life of the average of weights that paints; 0 is no average
    augmentation: Literal["none", "adaptive", "differentiable"] = "none"  # Karras et al. 2020; Zhao et al. 2020
    precision: Literal["float32", "bfloat16", "auto"] = "float32"  # auto: bfloat16 on CUDA, but for the penalty
    about: str = ""

    @property
    def paintings_per_step(self) -> int:
        """How many paintings the discriminator sees in one step."""
        return self.batch * self.critic_steps


_AS_PUBLISHED = (
            Preset(
                "dcgan-paper", "dcgan-paper", "minimax", "in-turn", "uniform", 100, 64, 128, 128, 2e-4, (0.5, 0.999),
                weight_decay=1e-5,
                about="Radford, Metz and Chintala 2016 (arXiv 1511.06434), as in the authors' code for faces; "
                "the L2 of 1e-5 is in the code and not in the paper's text.",
            ),
            Preset(
                "dcgan-torch", "dcgan-torch", "minimax", "together", "normal", 100, 64, 64, 64, 2e-4, (0.5, 0.999),
                about="The Torch and PyTorch version most people know as DCGAN: 4 x 4 kernels, half the width, no L2, "
                "normal noise. It is not the paper's.",
            ),
            Preset(
                "wgan-gp-paper", "wgan-gp-paper", "wasserstein", "critic-first", "normal", 128, 64, 64, 64,
                1e-4, (0.0, 0.9), critic_steps=5, penalty=10.0,
                about="Gulrajani et al. 2017 (arXiv 1704.00028), Algorithm 1, with the DCGAN-shaped pair of the authors' "
                "gan_64x64.py: layer normalisation in the critic, batch normalisation in the generator.",
            ),
            Preset(
                "wgan-gp-resnet", "wgan-gp-resnet", "wasserstein", "critic-first", "normal", 128, 64, 64, 64,
                1e-4, (0.0, 0.9), critic_steps=5, penalty=10.0,
                about="Gulrajani et al. 2017, with the residual pair that the authors' gan_64x64.py calls Good.",
            ),
            Preset(
                "stylegan2", "stylegan2", "logistic", "lazy", "normal", 256, 64, 64, 32, 2.5e-3, (0.0, 0.99),
                generator_rate=0.5, penalty=0.004, penalty_every=8, start="noise", average_kimg=10.0, augmentation="adaptive",
                precision="auto",
                about="A compact StyleGAN2 (Karras et al. 2020, arXiv 1912.04958) with adaptive augmentation (arXiv 2006.06676), "
                "for few paintings and little time: pictures begin from their noise in place of a constant, the penalty is "
                "stronger and more frequent, and the generator learns half as fast as its discriminator (Heusel et al. 2017, "
                "arXiv 1706.08500). It is told the style: one network paints all. It is not the papers' size.",
            ),
)  # fmt: skip
# What has been learned since, on networks, losses and turns that stay the papers'; reported apart.
_SINCE: Mapping[str, Any] = MappingProxyType(
    {"average_kimg": 10.0, "augmentation": "differentiable", "precision": "auto"}
)
_TUNED = tuple(
    replace(
        preset,
        name=name,
        about=f"{preset.name} with what has been learned since: an average of the generator's weights, differentiable "
        "augmentation (Zhao et al. 2020, arXiv 2006.10738), bfloat16 where there is CUDA.",
        **_SINCE,
    )
    for preset in _AS_PUBLISHED
    for name in ({"dcgan-paper": "dcgan-tuned", "wgan-gp-paper": "wgan-gp-tuned"}.get(preset.name),)
    if name
)
PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in (*_AS_PUBLISHED, *_TUNED)})
FIXED = ("name", "networks", "schedule", "size", "width", "batch", "about")  # not to be changed by `--set`


# Generator updates of the authors' own runs: DCGAN's 25 epochs of 350,000 faces in batches of 128, of which every second
# one trains the generator; WGAN-GP's ITERS. The Torch version has no paper.
PAPER_UPDATES: Mapping[str, int] = MappingProxyType(
    {"dcgan-paper": 25 * 350_000 // 128 // 2, "wgan-gp-paper": 200_000, "wgan-gp-resnet": 200_000}
)


def preset_with(
    name: str,
    size: int | None = None,
    width: int | None = None,
    batch: int | None = None,
    changes: Sequence[str] = (),
) -> Preset:
    """The preset of that name at another size, width or batch, or with settings changed as `NAME=VALUE`.

    Raises `UserError` for what there is not, and for a change that the preset's paper does not know.
    """
    if name not in PRESETS:
        raise UserError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}.")
    preset = PRESETS[name]
    if size is not None and size not in SIZES:
        raise UserError(
            f"--size {size} was given; the generators paint squares of {', '.join(map(str, SIZES))} pixels, powers of two."
        )
    for option, value in (("--width", width), ("--batch", batch)):
        if value is not None and value < 2:
            raise UserError(f"{option} {value} was given; it must be at least 2.")
    preset = replace(preset, size=size or preset.size, width=width or preset.width, batch=batch or preset.batch)
    preset = changed(preset, changes, f"the preset {name}", FIXED)
    _check(preset)
    return preset


def _check(preset: Preset) -> None:
    lazy = preset.schedule == "lazy"
    if lazy and preset.width * 64 < preset.size:
        raise UserError(
            f"--width {preset.width} was given for {preset.size} pixels; {preset.name} needs {preset.size // 64} or more there."
        )
    as_published = not lazy and preset.name in {one.name for one in _AS_PUBLISHED}
    wrong = {
        f"loss={preset.loss} is for stylegan2": preset.loss in ("logistic", "relativistic") and not lazy,
        f"loss={preset.loss} is not for stylegan2": preset.loss in ("minimax", "wasserstein") and lazy,
        f"loss={preset.loss} takes turns otherwise": (preset.loss == "wasserstein")
        != (preset.schedule == "critic-first"),
        "penalty_at=both is for stylegan2": preset.penalty_at == "both" and not lazy,
        "augmentation=adaptive is for stylegan2": preset.augmentation == "adaptive" and not lazy,
        f"deepest is {preset.deepest}, and is for stylegan2 alone and at least 1": preset.deepest < 1
        or (preset.deepest != 4 and not lazy),
        "start is for stylegan2": preset.start != "constant" and not lazy,
        f"penalty_every is {preset.penalty_every}, and is for stylegan2 alone and at least 1": preset.penalty_every < 1
        or (preset.penalty_every > 1 and not lazy),
        f"what has been learned since is not the paper's; it is in {preset.name.rpartition('-')[0]}-tuned": as_published
        and any(getattr(preset, name) != getattr(PRESETS[preset.name], name) for name in _SINCE),
        "betas must be below 1": max(preset.betas) >= 1,
        "critic_steps and noise_size must be at least 1": min(preset.critic_steps, preset.noise_size) < 1,
        "numbers must be 0 or more, and finite": not all(
            0 <= value < math.inf
            for value in (
                preset.learning_rate,
                preset.generator_rate,
                *preset.betas,
                preset.weight_decay,
                preset.penalty,
                preset.average_kimg,
            )
        ),
    }
    for sentence, holds in wrong.items():
        if holds:
            raise UserError(f"the preset {preset.name} cannot be followed: {sentence}; give another --set.")
