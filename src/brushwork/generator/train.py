"""Training a generator and its discriminator as the preset's paper has it."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator.gan_task import GanTask
from brushwork.generator.looks import Looks
from brushwork.generator.networks import BEST, DESCRIPTION, WEIGHTS, checkpoint_about, load_generator, save_generator
from brushwork.generator.pair import check_shared
from brushwork.generator.presets import Preset
from brushwork.generator.resident import resident
from brushwork.generator.results import results_of
from brushwork.generator.style_task import StyleTask
from brushwork.painting import Painting
from brushwork.processes import barrier, group, is_writer, say
from brushwork.run import Run
from brushwork.scalars import tensorboard_scalars
from brushwork.training import begin_run, choose_device, fit


def train_generator(
    collection: Collection,
    out: Path,
    preset: Preset,
    styles: Sequence[str],
    kimg: float,
    seed: int = 0,
    device: str = "auto",
    sheets: int = 10,
    tensorboard: bool = False,
) -> Run:
    """Train a generator on the training paintings of the styles until it has seen `kimg` thousand of them.

    Several styles are learned mixed, by one network that is told nothing of them, as the papers' networks are; stylegan2 is
    told the style of each. Raises `UserError` when there are too few paintings, the run has other settings, or a number
    stops being finite.
    """
    chosen = list(dict.fromkeys(styles)) or collection.styles
    if not math.isfinite(kimg):
        raise UserError(f"--kimg {kimg} was given; it must be a number of thousands.")
    paintings = collection.select(chosen, "train")
    _check_enough(collection, chosen, paintings, preset.batch)
    if small := sum(0 < min(painting.width, painting.height) < preset.size for painting in paintings):
        say(
            f"{small:,} of {len(paintings):,} paintings are kept smaller than {preset.size} pixels and are enlarged; for sharp "
            f"ones collect them again with --short-side {preset.size} or more, where their files are as large."
        )
    chosen_device = choose_device(device)
    with group(chosen_device):
        check_shared(preset)  # before a run of these settings is made
        run = begin_run(out, gan_settings(collection, preset, chosen, kimg, seed, sheets))
        if run.results and _has_generator(run):
            say(f"{out} is finished already; nothing was trained.")
            return run
        _train(run, collection, paintings, chosen, preset, kimg, seed, chosen_device, sheets, tensorboard)
    return run


def _train(
    run: Run,
    collection: Collection,
    paintings: list[Painting],
    styles: list[str],
    preset: Preset,
    kimg: float,
    seed: int,
    device: torch.device,
    sheets: int,
    tensorboard: bool,
) -> None:
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    steps = max(1, round(kimg * 1000 / preset.paintings_per_step))
    squares = resident(collection, paintings, styles, preset.size, seed, device)
    looks = Looks(run, collection, paintings, styles, preset.size, seed)
    kind = StyleTask if preset.schedule == "lazy" else GanTask
    task = kind(run, preset, squares, styles, steps, seed, looks)
    every = math.ceil(steps / sheets)
    label = f"{preset.name} on {' and '.join(styles)}"
    with tensorboard_scalars(run, tensorboard) as also:
        fit(
            run,
            task,
            steps,
            checkpoint_about(run),
            checkpoint_every=every,
            log_every=max(1, steps // 200),
            label=label,
            also=also,
        )
    if is_writer():
        if not _has_generator(run):  # damaged and deleted since: the checkpoint has all of it
            save_generator(run, task.painter())
        if looks.collapsed:  # back to where its pictures were nearest
            save_generator(run, load_generator(run, device, BEST))
        if why := task.done():
            say(f"{run.folder.name}: {why}; {_what_paints(run, looks, device)}.")
        if looks.never_varied:
            say(
                f"{run.folder.name}: its pictures never varied more than {looks.seen.widest:.0%} as much as paintings do, so it "
                "has not learned to paint; train one that is shown more paintings (--kimg) or is wider, in a new --out."
            )
        run.finish(results_of(task, load_generator(run, device), collection, paintings, seed))
    barrier()


def _what_paints(run: Run, looks: Looks, device: torch.device) -> str:
    """Which state paints after a training that went wrong."""
    best = (
        f"its state after {load_generator(run, device, BEST).kimg:.3g} thousand paintings, whose pictures came nearest"
    )
    if looks.collapsed:
        return f"what paints is {best}"
    return f"its last state paints, and {best}, is kept for --best: look at both"


def _has_generator(run: Run) -> bool:
    return all((run.folder / name).exists() for name in (WEIGHTS, DESCRIPTION))


def _check_enough(collection: Collection, styles: list[str], paintings: list[Painting], batch: int) -> None:
    for style in styles:
        learned = sum(painting.style == style for painting in paintings)
        others = len(collection.select([style])) - learned
        if not learned:
            raise UserError(
                f"{style} has no paintings to learn from and {others} by other artists to compare with, and a generator needs "
                "both; leave the style out, or add paintings by other artists."
            )
    everything = collection.select(styles)
    if len(paintings) == len(everything):
        raise UserError(
            f"{' and '.join(styles)} has {len(paintings)} paintings to learn from and none by other artists to compare with, and "
            "a generator needs both; add paintings by other artists."
        )
    if len(paintings) < batch:
        raise UserError(
            f"{' and '.join(styles)} has {len(paintings)} training paintings, fewer than a batch of {batch}; "
            "use a smaller --batch or collect more."
        )


def gan_settings(
    collection: Collection, preset: Preset, styles: list[str], kimg: float, seed: int, sheets: int
) -> dict[str, Any]:
    """What a run of this training is known by."""
    return {
        "kind": "gan",
        "collection": collection.fingerprint,
        "source": collection.source,
        "styles": styles,
        "preset": asdict(preset),
        "kimg": kimg,
        "seed": seed,
        "sheets": sheets,
    }
