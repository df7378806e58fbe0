"""`brushwork train classifier` and `brushwork train gan`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, device_option, json_option, seed_option


@click.group("train")
def command() -> None:
    """Train a classifier or a generator; an existing run with equal settings goes on where it stopped."""


@command.command("classifier")
@click.argument("collection", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The folder of the run.")
@click.option("--preset", type=click.Choice(["scratch", "transfer"]), default="scratch", show_default=True)
@click.option("--backbone", default="mobilenetv2_100", show_default=True, help="A timm trunk, for --preset transfer.")
@click.option("--weights", type=FOLDER, help="The trunk's weights as safetensors; without it timm downloads them.")
@click.option(
    "--folds", type=click.IntRange(2, 50), help="Train once per artist-disjoint fold and score every painting."
)
@click.option("--split", default="artist", show_default=True,
              help="artist, random, within-artist, or leave-source-out:NAME.")  # fmt: skip
@click.option(
    "--passes", type=click.FloatRange(0, min_open=True), help="How often a painting is seen; default by preset."
)
@click.option("--batch", type=click.IntRange(2), help="Paintings a step; default by preset.")
@seed_option
@device_option
@json_option
def classifier(
    collection: Path,
    out: Path,
    preset: str,
    backbone: str,
    weights: Path | None,
    folds: int | None,
    split: str,
    passes: float | None,
    batch: int | None,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Train a style classifier and score it on artists it never saw.

    \b
    Example:
      brushwork train classifier paintings --out runs/scratch
      brushwork train classifier paintings --out runs/transfer --preset transfer --folds 5
    """
    from dataclasses import replace

    from brushwork.classifier.train import RECIPES, train_classifier, train_folds
    from brushwork.cli.evaluate import report
    from brushwork.collection import open_collection
    from brushwork.errors import UserError

    if weights is not None and preset != "transfer":
        raise UserError("--weights was given with --preset scratch, which learns from nothing; add --preset transfer.")
    if folds and split != "artist":
        raise UserError(f"--folds are by artist and --split {split} is not; give one of the two.")
    recipe = RECIPES[preset]
    recipe = replace(
        recipe,
        backbone=backbone if preset == "transfer" else recipe.backbone,
        passes=passes or recipe.passes,
        batch=batch or recipe.batch,
    )
    opened = open_collection(collection)
    if folds:
        train_folds(opened, out, recipe, folds, weights, seed, device)
    else:
        train_classifier(opened, out, recipe, weights, split, seed, device)
    answer(*report(out), as_json)


@command.command("gan")
@click.argument("collection", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The folder of the run.")
@click.option(
    "--preset",
    default="dcgan-torch",
    show_default=True,
    help="dcgan-paper, dcgan-torch, wgan-gp-paper, wgan-gp-resnet.",
)
@click.option("--styles", multiple=True, help="Learn this style; several are learned mixed. Default: all.")
@click.option("--size", type=int, help="32, 64 or 128 pixels; default the paper's 64.")
@click.option("--width", type=int, help="Channels at the finest layer; default the paper's.")
@click.option("--batch", type=int, help="Default the paper's.")
@click.option(
    "--kimg",
    type=click.FloatRange(0, min_open=True),
    default=200,
    show_default=True,
    help="Thousands of paintings shown.",
)
@click.option(
    "--sheets", type=click.IntRange(1), default=10, show_default=True, help="Checkpoints, each with a sample sheet."
)
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
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Train a generator as its paper has it, on one style or several.

    \b
    Example:
      brushwork train gan paintings --styles Impressionism --preset wgan-gp-paper --size 64 --out runs/wgan
    """
    from brushwork.cli.evaluate import report
    from brushwork.collection import open_collection
    from brushwork.generator.presets import preset_with
    from brushwork.generator.train import train_generator

    chosen = preset_with(preset, size, width, batch)
    train_generator(open_collection(collection), out, chosen, styles, kimg, seed, device, sheets)
    answer(*report(out), as_json)
