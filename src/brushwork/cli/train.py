"""`brushwork train classifier` and `brushwork train gan`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, Number, answer, device_option, json_option, seed_option


@click.group("train")
def command() -> None:
    """Train a classifier or a generator; an existing run with equal settings goes on where it stopped."""


@command.command("classifier")
@click.argument("collection", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The folder of the run.")
@click.option("--preset", type=click.Choice(["scratch", "transfer"]), default="scratch", show_default=True)
@click.option("--backbone", help="A timm trunk, for --preset transfer; default mobilenetv2_100.")
@click.option("--weights", type=FOLDER, help="The trunk's weights as safetensors; without it timm downloads them.")
@click.option(
    "--folds", type=click.IntRange(2, 50), help="Train once per artist-disjoint fold and score every painting."
)
@click.option("--split", default="artist", show_default=True,
              help="artist, random, within-artist, or leave-source-out:NAME.")  # fmt: skip
@click.option(
    "--passes",
    type=Number(0),
    help="How often a painting is seen; default by preset. 0 leaves a trunk alone.",
)
@click.option("--batch", type=click.IntRange(2), help="Paintings a step, of all processes; default by preset.")
@click.option("--risk", type=Number(0, 1), default=0.1, show_default=True,
              help="The share of wrong verdicts, beyond which they are \"unsure\".")  # fmt: skip
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE",
              help="Another value for a setting of the recipe, such as ema=0; settings.json lists all.")  # fmt: skip
@seed_option
@device_option
@json_option
def classifier(
    collection: Path,
    out: Path,
    preset: str,
    backbone: str | None,
    weights: Path | None,
    folds: int | None,
    split: str,
    passes: float | None,
    batch: int | None,
    risk: float,
    changes: tuple[str, ...],
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Train a style classifier and score it on artists it never saw.

    With --folds every painting is judged by a model that never saw its artist, and one more is trained on all. On
    several GPUs or machines: the same command under `torchrun -m brushwork`.

    \b
    Example:
      brushwork train classifier paintings --out runs/scratch
      brushwork train classifier paintings --out runs/transfer --preset transfer --folds 5
      torchrun --nproc-per-node 2 -m brushwork train classifier paintings --out runs/scratch
    """
    from dataclasses import replace

    from brushwork.classifier.folds import train_folds
    from brushwork.classifier.sentences import joined
    from brushwork.classifier.task import without_effect
    from brushwork.classifier.train import RECIPES, Asked, train_classifier
    from brushwork.cli.evaluate import report
    from brushwork.collection import open_collection
    from brushwork.errors import UserError
    from brushwork.processes import is_writer
    from brushwork.settings import changed

    if weights is not None and preset != "transfer":
        raise UserError("--weights was given with --preset scratch, which learns from nothing; add --preset transfer.")
    if backbone is not None and preset != "transfer":
        raise UserError(
            f"--backbone {backbone} was given with --preset scratch, which has its own network; add --preset transfer."
        )
    recipe = RECIPES[preset]
    recipe = replace(
        recipe,
        backbone=backbone or recipe.backbone,
        passes=recipe.passes if passes is None else passes,
        batch=batch or recipe.batch,
        risk=risk,
    )
    recipe = changed(recipe, changes, "a recipe", ("preset", "backbone"))
    named = [change.partition("=")[0] for change in changes] + ["batch"] * bool(batch)
    if vain := without_effect(recipe, named):
        raise UserError(
            f"the trunk is left alone, so that nothing can come of {joined(vain)}; add --passes 2 to tune it, or leave that out."
        )
    asked = Asked(open_collection(collection), recipe, weights, seed, device)
    if folds:
        train_folds(asked, out, folds, split)
    else:
        train_classifier(asked, out, split)
    if is_writer():
        answer(*report(out), as_json)


@command.command("gan")
@click.argument("collection", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The folder of the run.")
@click.option(
    "--preset",
    default="dcgan-torch",
    show_default=True,
    help="dcgan-paper, dcgan-torch, dcgan-tuned, wgan-gp-paper, wgan-gp-resnet, wgan-gp-tuned, stylegan2.",
)
@click.option(
    "--styles",
    multiple=True,
    help="Learn this style; several are learned mixed, or told apart (stylegan2). Default: all.",
)
@click.option("--size", type=int, help="32, 64, 128 or 256 pixels; default the paper's 64.")
@click.option("--width", type=int, help="Channels at the finest layer (stylegan2: at 64 pixels); default the paper's.")
@click.option("--batch", type=int, help="Paintings a step, of all processes; default the paper's.")
@click.option(
    "--kimg",
    type=Number(0, min_open=True),
    default=200,
    show_default=True,
    help="Thousands of paintings shown.",
)
@click.option(
    "--sheets", type=click.IntRange(1), default=10, show_default=True, help="Checkpoints, each with a sample sheet."
)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE",
              help="Another value for a setting of the preset, such as penalty=5; settings.json lists all.")  # fmt: skip
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard as well, to RUN/tensorboard.")
@seed_option
@device_option
@json_option
def gan(
    collection: Path,
    out: Path,
    preset: str,
    styles: tuple[str, ...],
    size: int | None,
    width: int | None,
    batch: int | None,
    kimg: float,
    sheets: int,
    changes: tuple[str, ...],
    tensorboard: bool,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Train a generator as its paper has it, on one style or several; run again, it goes on where it stopped.

    On several GPUs or machines: the same command under `torchrun -m brushwork`.

    \b
    Example:
      brushwork train gan paintings --styles Impressionism --preset wgan-gp-paper --size 64 --out runs/wgan
      brushwork train gan paintings --preset stylegan2 --size 64 --kimg 1000 --out runs/stylegan2
    """
    from brushwork.cli.evaluate import report
    from brushwork.collection import open_collection
    from brushwork.generator.presets import preset_with
    from brushwork.generator.train import train_generator
    from brushwork.processes import is_writer

    chosen = preset_with(preset, size, width, batch, changes)
    train_generator(open_collection(collection), out, chosen, styles, kimg, seed, device, sheets, tensorboard)
    if is_writer():
        answer(*report(out), as_json)
