"""Train generators for equal machine time on one collection, then measure all of them alike.

`python benchmarks/generator_quality.py COLLECTION OUT [--minutes 15] [--seeds 2] [--models stylegan2 wgan-gp dcgan]`

With `--judge RUN`, a classifier's that has seen small pictures (`brushwork train classifier --set detail=32`), the measures are
taken in the space of its trunk as well.

Each training has so many minutes of one core (processor time, so that what else the machine does takes little of it away).
How many paintings that allows is measured before a model's first training, on the same machine, with as many processes at it
as will train; the minutes taken in the end are printed, since a machine shared with others does not keep its pace. Killed, the
same command goes on; what is finished is only measured. On a GPU give `--device cuda`: then the minutes are of the clock.
Prints a table of all offline measures, each with the floor that real paintings have, its interval over the seeds of training,
and who is better than whom; then by how many measures the models come in the order they were named, and by how many the
intervals of the first two are apart. `--models stylegan2:4 dcgan:2` gives each as many seeds as it says.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import torch

from brushwork.collection import Collection, open_collection
from brushwork.exhibit.trunk_features import trunk_features
from brushwork.generator.evaluation import evaluate_generator
from brushwork.generator.networks import load_generator
from brushwork.generator.presets import Preset, preset_with
from brushwork.generator.quality import KINDS, Quality
from brushwork.generator.spread import over_seeds
from brushwork.generator.train import train_generator
from brushwork.run import load_run, read_json, write_json

# On one core the papers' widths would see too few paintings in a quarter of an hour to learn anything.
NARROW = {
    "dcgan": ("dcgan-paper", 32, 32),
    "dcgan-tuned": ("dcgan-tuned", 32, 32),
    "wgan-gp": ("wgan-gp-paper", 16, 32),
    "wgan-gp-tuned": ("wgan-gp-tuned", 16, 32),
    "stylegan2": ("stylegan2", 8, 16),
    "stylegan2-published": ("stylegan2", 8, 16),
    "stylegan2-constant": ("stylegan2", 8, 16),
    "stylegan2-relativistic": ("stylegan2", 8, 16),
}  # preset, width, batch
ROUNDS = 3
SHEETS = 10  # looks in a training
# So narrow, a network has need of channels where sides are small, where they cost little.
DEEP = ("deepest=16",)
# StyleGAN2's own beginning, rates and penalty; its beginning alone; R3GAN's loss with both penalties
PUBLISHED = ("start=constant", "noise_size=512", "generator_rate=1", "penalty=0.0002", "penalty_every=16")
CHANGES = {
    "stylegan2": DEEP,
    "stylegan2-published": (*DEEP, *PUBLISHED),
    "stylegan2-constant": (*DEEP, "start=constant"),
    "stylegan2-relativistic": (*DEEP, "loss=relativistic", "penalty_at=both"),
}


def preset_of(model: str, size: int, wide: bool) -> Preset:
    """The preset of a model, narrow or as wide as its paper's."""
    name, width, batch = NARROW[model]
    changes = CHANGES.get(model, ())
    return preset_with(name, size, changes=changes) if wide else preset_with(name, size, width, batch, changes)


def clock(device: str) -> Callable[[], float]:
    """Seconds of this process's core, or on a GPU of the clock."""
    return time.process_time if device == "cpu" else time.monotonic


def affordable(collection: Collection, preset: Preset, minutes: float, device: str) -> float:
    """How many thousand paintings a training may see in so many minutes: the median of three measurements."""
    found = sorted(affordable_once(collection, preset, minutes, device) for _ in range(ROUNDS))
    return found[ROUNDS // 2]


def affordable_once(collection: Collection, preset: Preset, minutes: float, device: str) -> float:
    """From three short trainings: of two the difference is all steps, of two all looks, of which a training has `SHEETS`."""
    now, step = clock(device), preset.paintings_per_step / 1000

    def seconds_of(steps: int, sheets: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            began = now()
            train_generator(collection, Path(folder) / "run", preset, [], steps * step, device=device, sheets=sheets)
            return now() - began

    short, long = 16, 16 + 6 * preset.penalty_every if preset.penalty_every > 1 else 64
    once = seconds_of(short, 1)
    a_step = (seconds_of(long, 1) - once) / (long - short)
    a_look = max((seconds_of(short, 5) - once) / 4, 0.0)
    fixed = max(once - short * a_step, 0.0) + (SHEETS - 1) * a_look
    return round((minutes * 60 - fixed) / a_step * step, 3)


def budget(out: Path, model: str) -> float:
    """How many thousand paintings every training of a model may see."""
    found: float = read_json(out / f"{model}.json")["kimg"]
    return found


def measure(out: Path, model: str, options: argparse.Namespace) -> None:
    """Keep in a file what the slowest of as many processes as train at once can afford while all of them measure it."""
    kept = out / f"{model}.json"
    if kept.exists():
        if (minutes := read_json(kept)["minutes"]) != options.minutes:
            raise SystemExit(
                f"{kept} is of {minutes:g} minutes, not {options.minutes:g}; give another OUT, or delete it."
            )
        return
    copies = [out / f"{model}.{k}.json" for k in range(options.processes)]
    together([command("--measure", model, str(copy)) for copy in copies], options.processes)
    kimg = min(read_json(copy)["kimg"] for copy in copies)
    write_json(kept, {"minutes": options.minutes, "kimg": kimg})


def train(collection: Collection, out: Path, model: str, seed: int, options: argparse.Namespace) -> None:
    """One training to its end."""
    torch.set_num_threads(1)
    preset = preset_of(model, options.size, options.wide)
    now, folder = clock(options.device), out / f"{model}-{seed}"
    done, began = (folder / "results.json").exists(), now()
    train_generator(collection, folder, preset, [], budget(out, model), seed, options.device, SHEETS)
    if not done:
        print(f"{model} seed {seed}: {(now() - began) / 60:.1f} min", flush=True)


def command(*asked: str) -> list[str]:
    """This program again, to do one thing."""
    return [sys.executable, __file__, *sys.argv[1:], *asked]


def together(commands: Sequence[list[str]], processes: int) -> None:
    """All commands, so many at a time, each in a process with one thread."""
    running: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for one in commands:
        while len([other for other in running if other.poll() is None]) >= processes:
            time.sleep(1)
        running.append(subprocess.Popen(one, env=environment))
    if any(one.wait() for one in running):
        raise SystemExit("one of them failed; its words are above, and the same command goes on.")


def table(found: dict[str, list[Quality]], budgets: dict[str, float], states: dict[str, list[float]]) -> str:
    """A row a measure, a column a model: the mean over trainings and its 95 % interval; then the floor.

    `states` is after how many thousand paintings what paints was as it is: fewer than shown where a training went wrong.
    """
    models = list(found)
    first = found[models[0]][0]
    lines = [
        f"n = {first.n} pictures a side; floor: real training paintings against the same held-out ones",
        f"{'measure':46s}" + "".join(f"{model:>24s}" for model in models) + f"{'floor':>10s}  better",
        f"{'thousand paintings afforded':46s}" + "".join(f"{budgets[model]:24.0f}" for model in models),
        f"{'what paints is as it was after':46s}"
        + "".join(f"{'; '.join(f'{kimg:.0f}' for kimg in states[model]):>24s}" for model in models),
    ]
    for one in first.measures:
        values = {m: [q.measured(one.measure, one.space).samples.value for q in found[m]] for m in models}
        spreads = {m: over_seeds(v) for m, v in values.items()}
        larger = KINDS[one.measure].larger_is_better
        order = sorted(models, key=lambda m: -spreads[m].value if larger else spreads[m].value)
        cells = "".join(f"{spread_in_words(values[m]):>24s}" for m in models)
        lines.append(f"{f'{one.measure}, {one.space}'[:46]:46s}{cells}{one.floor.value:10.3f}  {' > '.join(order)}")
    for space in first.memorisation:
        ratios = {
            m: [r.ratio.value for q in found[m] for r in q.memorisation if r.space == space.space] for m in models
        }
        cells = "".join(f"{spread_in_words(ratios[m]):>24s}" for m in models)
        lines.append(f"{f'memorisation ratio, {space.space}'[:46]:46s}{cells}{'1':>10s}")
    return "\n".join(lines + ([order_in_words(found)] if len(models) > 1 else []))


def order_in_words(found: dict[str, list[Quality]]) -> str:
    """By how many measures the models come in the order they were named, and the first two's intervals are apart."""
    models = list(found)
    ordered, apart = set(), set()
    kinds = [(one.measure, one.space) for one in found[models[0]][0].measures]
    for kind in kinds:
        sign = -1 if KINDS[kind[0]].larger_is_better else 1
        spreads = [over_seeds([sign * q.measured(*kind).samples.value for q in found[m]]) for m in models]
        if all(better.value < worse.value for better, worse in pairwise(spreads)):
            ordered.add(kind)
        first, second = spreads[:2]
        if min(len(found[m]) for m in models[:2]) > 2 and (first.high or 0) < (second.low or 0):
            apart.add(kind)
    return (
        f"{' better than '.join(models)}, by mean: {len(ordered)} of {len(kinds)} measures; intervals of {models[0]} and "
        f"{models[1]} apart that way: {len(apart)}, {len(apart & ordered)} of them among the former."
    )


def spread_in_words(values: Sequence[float]) -> str:
    """The mean over trainings and its 95 % interval; of two, each, since their interval says nothing."""
    if len(values) < 3:
        return "; ".join(f"{value:.3f}" for value in values)
    spread = over_seeds(values)
    return f"{spread.value:.3f} [{spread.low:.3f}, {spread.high:.3f}]"


def seeds_of(models: Sequence[str], seeds: int) -> dict[str, int]:
    """How many trainings each model gets, named as `NAME` or `NAME:SEEDS`."""
    found = {}
    for one in models:
        name, _, own = one.partition(":")
        if name not in NARROW or not (own or "1").isdecimal() or int(own or seeds) < 1:
            raise SystemExit(f"--models {one} was given; give {', '.join(NARROW)}, as NAME or NAME:SEEDS.")
        found[name] = int(own or seeds)
    return found


def main() -> None:
    """Train what is not trained yet and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--models", nargs="+", default=["stylegan2", "wgan-gp", "dcgan"], help=", ".join(NARROW))
    parser.add_argument(
        "--judge", type=Path, action="append", default=[], help="a classifier's run in whose trunk to measure too"
    )
    parser.add_argument("--processes", type=int, default=2, help="trainings at once, a core each")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--wide", action="store_true", help="the presets' own widths and batches")
    parser.add_argument("--one", nargs=2, metavar=("MODEL", "SEED"), help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, metavar=("MODEL", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    collection = open_collection(options.collection)
    if options.one:
        train(collection, options.out, options.one[0], int(options.one[1]), options)
        return
    if options.measure:
        model, file = options.measure
        torch.set_num_threads(1)
        preset = preset_of(model, options.size, options.wide)
        write_json(Path(file), {"kimg": affordable(collection, preset, options.minutes, options.device)})
        return
    # A run that is no classifier's is refused before hours are spent.
    judges = [trunk_features(judge, collection.fingerprint, options.device) for judge in options.judge]
    seeds = seeds_of(options.models, options.seeds)
    for model in seeds:  # before any training disturbs it
        measure(options.out, model, options)
    every = [(model, seed) for seed in range(max(seeds.values())) for model in seeds if seed < seeds[model]]
    # What is finished as well: there it is only seen that its settings are these.
    trainings = [command("--one", model, str(seed)) for model, seed in every]
    together(trainings, options.processes)
    runs = {
        model: [load_run(options.out / f"{model}-{seed}", "gan") for seed in range(count)]
        for model, count in seeds.items()
    }
    found = {
        model: [evaluate_generator(run, collection, judges, device=options.device) for run in own]
        for model, own in runs.items()
    }
    states = {model: [load_generator(run).kimg for run in own] for model, own in runs.items()}
    print(table(found, {model: budget(options.out, model) for model in seeds}, states))


if __name__ == "__main__":
    main()
