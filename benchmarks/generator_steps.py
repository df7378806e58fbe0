"""Print the time of a training step beside other trainings of the same layers, at equal batch and precision, in one run.

`.venv-generators/bin/python benchmarks/generator_steps.py [--size 32] [--batch 32] [--rounds 5]`

- DCGAN, against the loop of PyTorch's own DCGAN tutorial: the same two networks, its DataLoader over a folder of JPEGs (and,
  kinder, over tensors in memory), its three `backward`s and the `.item()`s that it prints from.
- WGAN-GP, against torch-mimicry's `train_step`s of its own residual pair, five critic steps to one of the generator; we train
  the very same modules.
- StyleGAN2, against stylegan2-pytorch's networks at the same channels, depth of mapping and size of w, trained as its Trainer
  does (without its data loader), both with a penalty at every eighth step.

Every row's two sides take turns, round by round; the time is the fastest round's, the ratio is theirs over ours.
"""

import argparse
import itertools
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.generator.gan_task import GanTask
from brushwork.generator.presets import Preset, preset_with
from brushwork.generator.resident import Resident
from brushwork.generator.style_task import StyleTask
from brushwork.run import open_run

COUNT = 512  # pictures in the collection of noise
Step = Callable[[int], object]


def task_of(preset: Preset, folder: Path, styles: int = 1) -> GanTask | StyleTask:
    """Our training of a preset on pictures of noise."""
    draw = torch.Generator().manual_seed(0)
    squares = torch.randint(0, 256, (COUNT, 3, preset.size, preset.size), dtype=torch.uint8, generator=draw)
    paintings = Resident(squares, torch.arange(COUNT) % styles, 0)
    run = open_run(folder / "run", {"kind": "gan", "preset": preset.name})
    names = [f"style {k}" for k in range(styles)]
    return (StyleTask if preset.schedule == "lazy" else GanTask)(run, preset, paintings, names, 10**6, 0)


def fastest(ours: Step, theirs: Step, steps: int, rounds: int) -> tuple[float, float]:
    """Milliseconds a step of both, each its fastest round's."""
    found: dict[Step, list[float]] = {ours: [], theirs: []}
    counter = itertools.count(16)  # none of the first, in which all is laid out anew
    for step in (ours, theirs):
        step(0)
    for _ in range(rounds):
        for step, times in found.items():
            began = time.perf_counter()
            for k in itertools.islice(counter, steps):
                step(k)
            times.append((time.perf_counter() - began) / steps * 1000)
    return min(found[ours]), min(found[theirs])


def tutorial(preset: Preset, folder: Path, in_memory: bool) -> Step:
    """The loop of the DCGAN tutorial with our modules of its layers, and its own loader."""
    from torch.utils.data import DataLoader, TensorDataset
    from torchvision import datasets, transforms

    from brushwork.generator.networks import networks_of

    generator, discriminator = networks_of(preset, 0)
    normal = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    if in_memory:
        data: Any = TensorDataset(torch.rand(COUNT, 3, preset.size, preset.size) * 2 - 1, torch.zeros(COUNT))
        loader = DataLoader(data, preset.batch, shuffle=True, drop_last=True)
    else:
        draw = np.random.default_rng(0)
        (folder / "pictures" / "all").mkdir(parents=True)
        for k in range(COUNT):
            small = Image.fromarray(draw.integers(0, 256, (8, 8, 3), dtype=np.uint8))
            small.resize((224, 168), Image.Resampling.BICUBIC).save(
                folder / "pictures" / "all" / f"{k}.jpg", quality=90
            )
        crop = [transforms.Resize(preset.size), transforms.CenterCrop(preset.size), transforms.ToTensor(), normal]
        data = datasets.ImageFolder(str(folder / "pictures"), transforms.Compose(crop))
        loader = DataLoader(data, preset.batch, shuffle=True, num_workers=2, drop_last=True, persistent_workers=True)
    batches = itertools.chain.from_iterable(itertools.repeat(loader))
    criterion, real, fake = nn.BCEWithLogitsLoss(), torch.ones(preset.batch), torch.zeros(preset.batch)
    adams = [torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (generator, discriminator)]

    def step(_: int) -> tuple[float, ...]:
        discriminator.zero_grad()
        output = discriminator(next(batches)[0])
        real_loss = criterion(output, real)
        real_loss.backward()
        of_real = output.mean().item()
        painted = generator(torch.randn(preset.batch, preset.noise_size))
        output = discriminator(painted.detach())
        fake_loss = criterion(output, fake)
        fake_loss.backward()
        of_fake = output.mean().item()
        adams[1].step()
        generator.zero_grad()
        output = discriminator(painted)
        loss = criterion(output, real)
        loss.backward()
        told = output.mean().item()
        adams[0].step()
        return of_real, of_fake, told, loss.item(), (real_loss + fake_loss).item()

    return step


def mimicry(preset: Preset, folder: Path) -> tuple[Step, Step]:
    """Ours and torch-mimicry's training of torch-mimicry's pair."""
    # They ask for TensorFlow, for an old PyTorch and for scikit-image, and no step needs them.
    for name in ("torch_mimicry.metrics", "torch_mimicry.datasets", "torch_mimicry.utils"):
        stub = sys.modules.setdefault(name, types.ModuleType(name))
        stub.common = stub.image_loader = stub  # type: ignore[attr-defined]
    from torch_mimicry.nets.wgan_gp.wgan_gp_32 import WGANGPDiscriminator32, WGANGPGenerator32
    from torch_mimicry.training.metric_log import MetricLog

    class Flat(nn.Module):
        """Its discriminator with scores (B,)."""

        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, pictures: Tensor) -> Tensor:
            scores: Tensor = self.inner(pictures)
            return scores[:, 0]

    width = preset.width * 4
    generator, discriminator = WGANGPGenerator32(128, width), WGANGPDiscriminator32(width // 2)
    task = task_of(preset, folder)
    assert isinstance(task, GanTask)
    pair = task.pair
    pair.generator = WGANGPGenerator32(128, width).to(memory_format=torch.channels_last)
    pair.discriminator = Flat(WGANGPDiscriminator32(width // 2)).to(memory_format=torch.channels_last)
    pair.generator_adam, pair.discriminator_adam = (
        pair._adam(n, preset.learning_rate) for n in (pair.generator, pair.discriminator)
    )
    adams = [torch.optim.Adam(n.parameters(), 1e-4, (0.0, 0.9)) for n in (generator, discriminator)]
    pictures = torch.rand(COUNT, 3, preset.size, preset.size) * 2 - 1
    order = itertools.cycle(range(COUNT // preset.batch))

    def theirs(_: int) -> Any:
        log = MetricLog()
        for i in range(preset.critic_steps):
            place = next(order) * preset.batch
            batch = pictures[place : place + preset.batch], torch.zeros(preset.batch)
            if i == 0:
                log = generator.train_step(batch, discriminator, adams[0], log, torch.device("cpu"))
            log = discriminator.train_step(batch, generator, adams[1], log, torch.device("cpu"))
        return log

    return task.step, theirs


def stylegan2_pytorch(preset: Preset, folder: Path) -> tuple[Step, Step]:
    """Ours, and stylegan2-pytorch's networks trained as its Trainer does."""
    for name in ("vector_quantize_pytorch", "aim"):  # of an option that is not taken, and of its log
        stub = sys.modules.setdefault(name, types.ModuleType(name))
        stub.VectorQuantize = None  # type: ignore[attr-defined]
    with mock.patch(
        "torch.cuda.is_available", return_value=True
    ):  # it refuses to be read without a GPU, and needs none
        from stylegan2_pytorch import stylegan2_pytorch as peer

    width, points = preset.width, preset.noise_size
    mapping = peer.StyleVectorizer(points, 2)
    generator = peer.Generator(preset.size, points, width, fmap_max=width * 4)
    discriminator = peer.Discriminator(preset.size, width // 2, fmap_max=width * 4)
    adams = [
        torch.optim.Adam([*generator.parameters(), *mapping.parameters()], 2e-4, (0.5, 0.9)),
        torch.optim.Adam(discriminator.parameters(), 4e-4, (0.5, 0.9)),
    ]
    pictures = torch.rand(COUNT, 3, preset.size, preset.size)
    order = itertools.cycle(range(COUNT // preset.batch))

    def painted() -> Tensor:
        w = mapping(torch.randn(preset.batch, points))
        styles = w[:, None].expand(-1, generator.num_layers, -1)
        pictures: Tensor = generator(styles, torch.rand(preset.batch, preset.size, preset.size, 1))
        return pictures

    def theirs(k: int) -> tuple[float, float]:
        adams[1].zero_grad()
        fake_output, _ = discriminator(painted().clone().detach())
        place = next(order) * preset.batch
        batch = pictures[place : place + preset.batch].clone().requires_grad_()
        real_output, _ = discriminator(batch)
        judged = (F.relu(1 + real_output) + F.relu(1 - fake_output)).mean()
        if k % preset.penalty_every == 0:
            judged = judged + peer.gradient_penalty(batch, real_output)
        judged.backward()
        adams[1].step()
        adams[0].zero_grad()
        fake_output, _ = discriminator(painted())
        loss = fake_output.mean()
        loss.backward()
        adams[0].step()
        return judged.item(), loss.item()

    return task_of(preset, folder).step, theirs


def parameters(*networks: nn.Module) -> int:
    """How many weights they have together."""
    return sum(p.numel() for network in networks for p in network.parameters())


def main() -> None:
    """Print a row a comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=32, choices=(32, 64))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--width", type=int, default=32, help="of all; torch-mimicry has a size of 32 alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"torch {torch.__version__}, {options.threads} threads, float32; milliseconds a step, fastest of {options.rounds}"
    )
    print(f"{'':44s}{'ours':>9s}{'theirs':>9s}{'ratio':>8s}")

    def row(name: str, ours: Step, theirs: Step, steps: int) -> None:
        mine, others = fastest(ours, theirs, steps, options.rounds)
        print(f"{name:44s}{mine:9.1f}{others:9.1f}{others / mine:8.2f}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        dcgan = preset_with("dcgan-torch", options.size, options.width, options.batch)
        for k, in_memory in enumerate((False, True)):
            own = Path(folder) / f"dcgan-{k}"
            where = "tensors" if in_memory else "JPEGs"
            row(
                f"dcgan-torch {dcgan.size} px: tutorial, {where}",
                task_of(dcgan, own).step,
                tutorial(dcgan, own, in_memory),
                8,
            )
        wgan = preset_with("wgan-gp-resnet", 32, max(options.width // 2, 4), options.batch)
        row("WGAN-GP residual 32 px: torch-mimicry", *mimicry(wgan, Path(folder) / "wgan"), 2)
        as_theirs = ("loss=logistic", "penalty_at=real", "start=constant")
        style = preset_with("stylegan2", options.size, max(options.width // 2, 4), options.batch, as_theirs)
        row(f"StyleGAN2 {style.size} px: stylegan2-pytorch", *stylegan2_pytorch(style, Path(folder) / "style"), 16)


if __name__ == "__main__":
    main()
