"""Pictures a second of every preset, the usual eager loop against ours, and what share of the device's matrix rate that is.

On a machine with a GPU: `PYTHONPATH=src python3 benchmarks/gpu/generators.py --out "$OUT"`; anywhere, at toy size and saying
nothing about a GPU: `python benchmarks/gpu/generators.py --toy`.

Eager: float32 without TF32, weights in their usual layout, gradients of both networks in every backward pass, an Adam that is
not fused, and `.item()` of every number at every step. Ours: what `brushwork train gan` does on this device. Both train the
preset's own networks on pictures of noise that lie on the device, and take turns, round by round. Operations are counted, not
timed: those of all matrix products and convolutions of a step, backward passes included. Nothing was measured on a GPU yet.

With `--compiled`, ours as well with both networks compiled by PyTorch wherever no gradient of a gradient is taken, which it
cannot compile; that takes a minute or more before the first step, and on the CPU a C++ compiler.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from brushwork.generator import gan_task, style_task, stylegan2, wgan_gp
from brushwork.generator.gan_task import GanTask
from brushwork.generator.presets import PRESETS, Preset, preset_with
from brushwork.generator.resident import Resident
from brushwork.generator.style_task import StyleTask
from brushwork.run import open_run
from brushwork.training import choose_device

DUE = {"dcgan-torch": 2.0, "wgan-gp-paper": 2.0}
DUE_ELSE = 1.5
AUGMENTED = 0.3  # the probability of augmentation, where it is adaptive
FIRST = 16  # the step at which timing begins: the penalties that follow are those of any steps as many


def task_of(preset: Preset, folder: Path, device: torch.device) -> GanTask | StyleTask:
    """A training of the preset on pictures of noise."""
    draw = torch.Generator().manual_seed(0)
    squares = torch.randint(0, 256, (4 * preset.batch, 3, preset.size, preset.size), dtype=torch.uint8, generator=draw)
    paintings = Resident(squares.to(device), (torch.arange(len(squares)) % 2).to(device), 0)
    run = open_run(folder, {"kind": "gan"})
    return (StyleTask if preset.schedule == "lazy" else GanTask)(run, preset, paintings, ["a", "b"], 10**6, 0)


def made_eager(task: GanTask | StyleTask) -> GanTask | StyleTask:
    """The same training as it is usually written."""
    pair = task.pair
    for network in (pair.generator, pair.discriminator, pair.average):
        if network is not None:
            network.to(memory_format=torch.contiguous_format)
    adams = {}
    for name in ("generator_adam", "discriminator_adam"):
        (group,) = getattr(pair, name).param_groups
        adams[name] = torch.optim.Adam(
            group["params"], group["lr"], group["betas"], group["eps"], group["weight_decay"], fused=False
        )
        setattr(pair, name, adams[name])
    return task


def usual_descend(loss: Tensor, optimiser: torch.optim.Optimizer) -> Tensor:
    """A step down a loss with the gradients of everything it depends on."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


@contextmanager
def usual_steps() -> Iterator[None]:
    """Where steps are done as they are usually written."""
    with (
        mock.patch.object(gan_task, "descend", usual_descend),
        mock.patch.object(style_task, "descend", usual_descend),
        mock.patch.object(Tensor, "contiguous", lambda x, **_: x),
    ):
        yield


def made_compiled(task: GanTask | StyleTask) -> GanTask | StyleTask:
    """The same training with both networks compiled."""
    generator = task.pair.generator
    if isinstance(generator, stylegan2.Generator):
        generator.paint = torch.compile(generator.paint)  # type: ignore[method-assign]
    else:
        generator.compile()
    task.pair.discriminator.compile()
    return task


@contextmanager
def penalties_not_compiled() -> Iterator[None]:
    """Where what takes a gradient of a gradient is done as it stands: PyTorch cannot compile that."""

    def as_it_stands(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def found(*args: Any) -> Tensor:
            with torch.compiler.set_stance("force_eager"):
                return function(*args)

        return found

    with (
        mock.patch.object(wgan_gp, "gradient_penalty", as_it_stands(wgan_gp.gradient_penalty)),
        mock.patch.object(StyleTask, "_slope", as_it_stands(StyleTask._slope)),
    ):
        yield


WHERE: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "eager": usual_steps,
    "ours": nullcontext,
    "compiled": penalties_not_compiled,
}


def steps(task: GanTask | StyleTask, count: int, side: str) -> Callable[[], None]:
    """A function that does so many steps of a side's training and waits for the device."""

    def run() -> None:
        if isinstance(task, StyleTask):
            task.augmentation = AUGMENTED  # alike on all sides, and not what each side's own scores make of it
        with WHERE[side]():
            for k in range(FIRST, FIRST + count):
                scalars = task.step(k)
                if side == "eager":
                    for number in scalars.values():
                        number.item()
        wait(task)

    return run


def wait(task: GanTask | StyleTask) -> None:
    """Until the device has done what it was given."""
    if task.paintings.squares.device.type == "cuda":
        torch.cuda.synchronize()


class Counted(TorchDispatchMode):
    """Counts floating-point operations as FlopCounterMode does, whose hooks on modules cannot bear a gradient of a gradient."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.total += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=out)
        return out


def operations(task: GanTask | StyleTask) -> float:
    """Floating-point operations of a step, the mean from one penalty to the next where it is lazy."""
    count = task.preset.penalty_every
    with Counted() as counter:  # type: ignore[no-untyped-call]
        for k in range(FIRST, FIRST + count):
            task.step(k)
    return float(counter.total) / count


def matrix_rate(device: torch.device, kind: torch.dtype, side: int) -> float:
    """Floating-point operations a second of a square matrix product, the best of several."""
    a, b = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    best = float("inf")
    for _ in range(8):
        if device.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(4):
            a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - began) / 4)
    return 2 * side**3 / best


def compare(
    preset: Preset, device: torch.device, count: int, rounds: int, compiled: bool, folder: Path
) -> dict[str, float]:
    """Pictures a second of all sides, the ratio of ours to eager, and counted operations a second of ours."""
    tf32 = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    tasks = {
        "ours": task_of(preset, folder / "ours", device),
        "eager": made_eager(task_of(replace(preset, precision="float32"), folder / "eager", device)),
    }
    if compiled:
        tasks["compiled"] = made_compiled(task_of(preset, folder / "compiled", device))
    flops = operations(task_of(preset, folder / "count", device))
    sides = {name: steps(task, count, name) for name, task in tasks.items()}
    best = dict.fromkeys(sides, float("inf"))
    for number in range(rounds + 1):  # the first of all only warms up
        for name, run in sides.items():
            allowed = (False, False) if name == "eager" else tf32
            torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = allowed
            began = time.perf_counter()
            run()
            if number:
                best[name] = min(best[name], (time.perf_counter() - began) / count)
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = tf32
    shown = preset.paintings_per_step
    return {name: shown / seconds for name, seconds in best.items()} | {
        "ratio": best["eager"] / best["ours"],
        "flops": flops / best["ours"],
    }


def main() -> None:
    """Print a row a preset, and write them to `--out` as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="a folder for generators.json")
    parser.add_argument("--presets", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--toy", action="store_true", help="tiny networks and two steps, to see that it runs")
    for setting in ("size", "width", "batch"):
        parser.add_argument(f"--{setting}", type=int, help="another than the presets'")
    parser.add_argument("--compiled", action="store_true", help="ours with compiled networks as well")
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.toy:
        options.size, options.width, options.batch = options.size or 32, options.width or 4, options.batch or 8
    device = choose_device(options.device)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    rate = matrix_rate(device, kind, 8192 if device.type == "cuda" else 512)
    machine = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"torch {torch.__version__}, {machine}; matrix product in {kind}: {rate / 1e12:.3g} TFLOP/s")
    print(
        f"{'preset':16s}{'eager/s':>12s}{'ours/s':>12s}{'ratio':>8s}{'due':>6s}{'of matrix rate':>16s}"
        + f"{'compiled/s':>14s}" * options.compiled
    )
    rows = {}
    for name in options.presets:
        preset = preset_with(name, options.size, options.width, options.batch)
        count, rounds = (2, 1) if options.toy else (options.steps, options.rounds)
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = found = compare(preset, device, count, rounds, options.compiled, Path(folder))
        due = DUE.get(name, DUE_ELSE)
        print(
            f"{name:16s}{found['eager']:12.1f}{found['ours']:12.1f}{found['ratio']:8.2f}{due:6.1f}"
            f"{found['flops'] / rate:16.1%}" + (f"{found['compiled']:14.1f}" if options.compiled else ""),
            flush=True,
        )
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "generators.json").write_text(
            json.dumps({"device": machine, "rate": rate, "presets": rows}, indent=2)
        )


if __name__ == "__main__":
    main()
