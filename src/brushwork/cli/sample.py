"""`brushwork sample`."""

import re
from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, painted_style_option, shown_options, truncation_option


@click.command("sample")
@click.argument("runs", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="Where the pictures go.")
@click.option("--count", default=32, show_default=True, type=click.IntRange(1, 100_000), help="Pictures of each run.")
@click.option(
    "--first", default=0, show_default=True, type=click.IntRange(0, 10**9), help="Begin at this picture of the seed."
)
@painted_style_option
@truncation_option
@click.option("--best", is_flag=True, help="Paint with the state in which pictures were nearest, not with the last.")
@shown_options(2)
def command(
    runs: tuple[Path, ...],
    out: Path,
    count: int,
    first: int,
    scale: int,
    style: str | None,
    truncation: float,
    best: bool,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Paint single pictures and a captioned sheet with each generator; picture k of a seed is always the same.

    Pictures go to OUT/RUN, and the sheet of this call to OUT/RUN.png.

    \b
    Example:
      brushwork sample runs/wgan-impressionism runs/wgan-expressionism --count 64 --seed 7 --out samples
    """
    from PIL import Image

    from brushwork.errors import UserError
    from brushwork.generator.networks import BEST, LAST, load_generator
    from brushwork.generator.sample import captioned, grid, sample, save_picture
    from brushwork.run import load_run
    from brushwork.training import choose_device

    names = [folder.name for folder in runs]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise UserError(
            f"two runs are called {min(doubled)}, and their pictures would take each other's place; sample one at a time, each "
            "with an --out of its own."
        )
    told = {"style": style, "truncation": truncation, "best": best or None}
    named = [
        f"seed{seed}",
        *([re.sub(r"\W+", "-", style)] if style else []),
        *([f"truncation{truncation:g}"] if truncation != 1 else []),
        *(["best"] if best else []),
    ]
    asked = "-".join(named)  # so that what is asked otherwise takes nobody's place
    for folder in runs:
        painter = load_generator(load_run(folder, "gan"), choose_device(device), BEST if best else LAST)
        pixels = sample(painter, count, seed, first, style, truncation)
        for k, picture in enumerate(pixels, first):
            path = out / folder.name / f"{asked}-{k:05d}.png"
            save_picture(Image.fromarray(picture), path, painter, seed, str(k), **told)
        drawn_in = "" if truncation == 1 else f", truncation {truncation:g}"
        caption = (
            f"{style or ' + '.join(painter.styles)}: {painter.preset.name}, {painter.kimg:g} thousand paintings shown, "
            f"seed {seed}{drawn_in}. Generated."
        )
        sheet = out / f"{folder.name}.png"
        index = f"{first}-{first + count - 1}"
        save_picture(captioned(grid(pixels, 8, scale), caption), sheet, painter, seed, index, **told)
        value = {
            "run": folder.name,
            "styles": painter.styles,
            "seed": seed,
            "first": first,
            "count": count,
            "sheet": str(sheet),
        }
        answer(value, f"{count} pictures in {out / folder.name}, all on one sheet: {sheet}", as_json)
