"""From a preset to its two networks, and from a run back to its generator."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from brushwork.checkpoint import CHECKPOINT, load_state, save_state
from brushwork.errors import UserError
from brushwork.generator import dcgan, stylegan2, wgan_gp
from brushwork.generator.presets import PRESETS, SIZES, Preset
from brushwork.randomness import stream_seed
from brushwork.run import Run, read_json, write_json

LAST, BEST = "generator", "best"  # files of a run: the generator as it was last, and when its pictures were nearest
WEIGHTS, DESCRIPTION = f"{LAST}.safetensors", f"{LAST}.json"


def networks_of(preset: Preset, seed: int, styles: int = 1) -> tuple[nn.Module, nn.Module]:
    """The preset's generator and discriminator (or critic), initialised from the seed; stylegan2 is told which of `styles`."""
    size, width, noise = preset.size, preset.width, preset.noise_size
    pair: tuple[nn.Module, nn.Module]
    if preset.networks in ("dcgan-paper", "dcgan-torch"):
        version = preset.networks.removeprefix("dcgan-")
        pair = dcgan.Generator(size, width, noise, version), dcgan.Discriminator(size, width, version)
        initialise = dcgan.initialise
    elif preset.networks == "stylegan2":
        pair = (
            stylegan2.Generator(size, width, noise, styles, preset.deepest, preset.start),
            stylegan2.Discriminator(size, width, styles, preset.deepest),
        )
        initialise = stylegan2.initialise
    elif preset.networks not in ("wgan-gp-paper", "wgan-gp-resnet"):
        raise ValueError(f"no networks {preset.networks!r}")
    else:
        pair = (
            (wgan_gp.Generator(size, width, noise), wgan_gp.Critic(size, width))
            if preset.networks == "wgan-gp-paper"
            else (wgan_gp.ResidualGenerator(size, width, noise), wgan_gp.ResidualCritic(size, width))
        )
        initialise = wgan_gp.initialise
    for name, network in zip(("generator", "discriminator"), pair, strict=True):
        initialise(network, torch.Generator().manual_seed(stream_seed(seed, "weights", name)))
    return pair


def noise_of(preset: Preset, count: int, *, seed: int) -> Tensor:
    """`count` noise vectors (B, Z) from the preset's distribution, on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    if preset.noise == "normal":
        return torch.randn(count, preset.noise_size, generator=generator)
    return torch.rand(count, preset.noise_size, generator=generator) * 2 - 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Size and arithmetic of a pair of networks: parameters, and operations of one forward pass of one picture."""

    generator_parameters: int
    discriminator_parameters: int
    generator_gflop: float
    discriminator_gflop: float

    def to_dict(self) -> dict[str, float]:
        """The cost as plain data."""
        return asdict(self)


def cost_of(preset: Preset) -> Cost:
    """The counted cost of a preset's networks as computed here; multiplications and additions each count as one operation."""
    pair = networks_of(preset, seed=0)
    noise = noise_of(preset, 2, seed=0)
    parameters, operations = [], []
    for network, inputs in zip(pair, (noise, torch.zeros(2, 3, preset.size, preset.size)), strict=True):
        parameters.append(sum(p.numel() for p in network.parameters()))
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network.eval().requires_grad_(False)(inputs)  # the counter would look for their graph
        operations.append(counter.get_total_flops() / 2 / 1e9)
    return Cost(parameters[0], parameters[1], round(operations[0], 5), round(operations[1], 5))


@dataclass(frozen=True, slots=True)
class Painter:
    """A trained generator, ready to paint: its network in evaluation mode, its preset, and whence it came."""

    network: nn.Module
    preset: Preset
    styles: list[str]
    run: str
    kimg: float
    fingerprint: str = ""  # of its files; nothing while it trains


def save_generator(run: Run, painter: Painter, name: str = LAST) -> None:
    """Write a generator's weights and all that is needed to use them into a run."""
    about = {"preset": asdict(painter.preset), "styles": painter.styles, "kimg": painter.kimg}
    save_state(run.folder / f"{name}.safetensors", dict(painter.network.state_dict()), {"preset": painter.preset.name})
    write_json(run.folder / f"{name}.json", about)


def load_generator(run: Run, device: torch.device | str = "cpu", name: str = LAST) -> Painter:
    """The generator of a run, finished or not; `UserError` when it has none yet or it belongs to another preset."""
    weights, description = run.folder / f"{name}.safetensors", run.folder / f"{name}.json"
    if name == BEST and not weights.exists():
        raise UserError(
            f"{run.folder} keeps no best state: it is a copy, or there were too few paintings by others to tell it by; leave "
            "out --best."
        )
    if not (weights.exists() and description.exists()):
        raise UserError(f"{run.folder} has no generator yet; let `brushwork train gan` reach its first checkpoint.")
    about = read_json(description)
    try:
        preset = Preset(**about["preset"] | {"betas": tuple(about["preset"]["betas"])})
        styles, kimg = [str(style) for style in about["styles"]], float(about["kimg"])
        if preset.name not in PRESETS or preset.size not in SIZES:
            raise ValueError(f"no preset {preset.name!r} at {preset.size}")
        network, _ = networks_of(preset, 0, len(styles))
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UserError(
            f"{description} was not written by this version of Brushwork ({error}); train the run again."
        ) from error
    state = load_state(weights, {"preset": preset.name})
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).splitlines()[:2][-1].strip()
        raise UserError(
            f"{weights} does not fit {description.name} beside it ({first}); restore both from where they came."
        ) from error
    network = network.eval().to(device).to(memory_format=torch.channels_last)  # as in training: the same last bit
    return Painter(network, preset, styles, run.folder.name, kimg, fingerprint(run.folder, name))


def fingerprint(folder: Path, name: str = LAST) -> str:
    """Twelve hexadecimal digits of the weights of a run's generator and of all that goes with them."""
    files = [(folder / f"{name}.{kind}").read_bytes() for kind in ("safetensors", "json")]
    return hashlib.sha256(b"".join(files)).hexdigest()[:12]


def checkpoint_about(run: Run) -> dict[str, Any]:
    """What the checkpoint of a run says of itself: a checkpoint of other settings is refused by it."""
    settings = run.settings
    told = json.dumps(settings, sort_keys=True)
    return {
        "kind": settings["kind"],
        "preset": settings["preset"]["name"],
        "settings": hashlib.sha256(told.encode()).hexdigest()[:12],
    }


def load_discriminator(run: Run, device: torch.device | str = "cpu") -> nn.Module:
    """The discriminator (or critic) of a run, from its checkpoint, in evaluation mode; `UserError` where there is none."""
    painter = load_generator(run)
    preset, path = painter.preset, run.folder / CHECKPOINT
    if not path.exists():
        raise UserError(
            f"{run.folder} has a generator and no checkpoint, in which its discriminator would be; give the folder that it "
            "was trained in, or do without (project --pixels-only)."
        )
    task = load_state(path, checkpoint_about(run))["task"]
    _, network = networks_of(preset, 0, len(painter.styles))
    try:
        network.load_state_dict(task["discriminator"])
    except (KeyError, RuntimeError) as error:
        raise UserError(f"the checkpoint in {run.folder} does not fit the preset {preset.name!r}: {error}") from error
    return network.eval().requires_grad_(False).to(device)
