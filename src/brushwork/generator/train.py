"""Training a generator and its discriminator as the preset's paper has it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator.gan_task import GanTask
from brushwork.generator.presets import Preset
from brushwork.generator.resident import resident
from brushwork.generator.results import results_of
from brushwork.generator.style_task import StyleTask
from brushwork.run import Run, open_run
from brushwork.training import choose_device, fit


def train_generator(
    collection: Collection,
    out: Path,
    preset: Preset,
    styles: Sequence[str],
    kimg: float,
    seed: int = 0,
    device: str = "auto",
    sheets: int = 10,
) -> Run:
    """Train a generator on the training paintings of the styles until it has seen `kimg` thousand of them.

    Several styles are learned mixed, by one network that is told nothing of them, as the papers' networks are; stylegan2 is
    told the style of each. Raises `UserError` when there are too few paintings, the run has other settings, or a number
    stops being finite.
    """
    chosen = list(styles) or collection.styles
    paintings = collection.select(chosen, "train")
    if all(p.split == "train" for p in collection.select(chosen)) or not paintings:
        raise UserError(
            f"{' and '.join(chosen)} has {len(paintings)} paintings to learn from and "
            f"{len(collection.select(chosen)) - len(paintings)} by other artists to compare with, and a generator needs both; "
            "add paintings by other artists."
        )
    if len(paintings) < preset.batch:
        raise UserError(
            f"{' and '.join(chosen)} has {len(paintings)} training paintings, fewer than a batch of {preset.batch}; "
            "use a smaller --batch or collect more."
        )
    run = open_run(out, gan_settings(collection, preset, chosen, kimg, seed))
    if run.results:
        return run
    chosen_device = choose_device(device)
    steps = max(1, round(kimg * 1000 / (preset.batch * preset.critic_steps)))
    task: GanTask | StyleTask
    if preset.schedule == "lazy":
        squares = resident(collection, paintings, chosen, preset.size, seed, chosen_device)
        task = StyleTask(run, preset, squares, chosen, steps, seed)
    else:
        task = GanTask(run, preset, collection, paintings, chosen, seed, chosen_device)
    every = max(1, steps // sheets)
    about = {"kind": "gan", "preset": preset.name, "size": preset.size, "width": preset.width}
    label = f"{preset.name} on {' and '.join(chosen)}"
    fit(run, task, steps, about, checkpoint_every=every, log_every=max(1, steps // 200), label=label)
    run.finish(results_of(task, collection, paintings, chosen, seed))
    return run


def gan_settings(collection: Collection, preset: Preset, styles: list[str], kimg: float, seed: int) -> dict[str, Any]:
    """What a run of this training is known by."""
    return {
        "kind": "gan",
        "collection": collection.fingerprint,
        "source": collection.source,
        "styles": styles,
        "preset": asdict(preset),
        "kimg": kimg,
        "seed": seed,
    }
