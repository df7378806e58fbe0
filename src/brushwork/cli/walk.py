"""`brushwork walk`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, painted_style_option, places_in_turn, shown_options, truncation_option


@click.command("walk")
@click.argument("run", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="A .gif, .webp, .mp4 or moving .png.")
@click.option("--through", multiple=True, callback=places_in_turn, show_default="0,1,2,3",
              help="Pictures of the seed; may be given again.")  # fmt: skip
@painted_style_option
@click.option(
    "--dial", type=click.IntRange(0), help="In place of a walk: this picture of the seed, from style to style."
)
@click.option("--from", "begin", help="The style at which the dial begins; default the run's first but --to.")
@click.option("--to", "end", help="The style at which it ends; default the run's last but --from.")
@truncation_option
@click.option("--frames", default=24, show_default=True, type=click.IntRange(2, 1000),
              help="From each picture to the next, and from the last to the first; of a dial, in all.")  # fmt: skip
@shown_options(4)
def command(
    run: Path,
    out: Path,
    through: tuple[tuple[int, ...], ...],
    style: str | None,
    dial: int | None,
    begin: str | None,
    end: str | None,
    truncation: float,
    frames: int,
    scale: int,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Walk from one generated picture to the next, or turn one from style to style, as a moving picture.

    \b
    Example:
      brushwork walk runs/stylegan2 --through 3,8 --out walk.gif
      brushwork walk runs/stylegan2 --dial 3 --from Impressionism --to Expressionism --out dial.mp4
    """
    from brushwork.errors import UserError
    from brushwork.generator.networks import load_generator
    from brushwork.generator.provenance import provenance
    from brushwork.generator.walk import check_moving, save_moving, walk
    from brushwork.generator.walk import dial as dial_of
    from brushwork.run import load_run
    from brushwork.training import choose_device

    check_moving(out)
    if dial is not None and style is not None:
        raise UserError(
            f"--style {style} was given with --dial, which turns one style into another; give --from and --to in its place."
        )
    if dial is not None and through:
        raise UserError("--through was given with --dial, which turns one picture where it is; leave one of them out.")
    if dial is None and (begin or end):
        raise UserError("--from and --to are the ends of a dial; give --dial K as well, or leave them out.")
    places = [place for some in through for place in some] or [0, 1, 2, 3]
    painter = load_generator(load_run(run, "gan"), choose_device(device))
    if dial is not None:
        first = begin or next((style for style in painter.styles if style != end), painter.styles[0])
        last = end or next((style for style in painter.styles[::-1] if style != first), painter.styles[-1])
        pixels, what = (
            dial_of(painter, dial, frames, seed, truncation, (first, last)),
            f"picture {dial} from {first} to {last}",
        )
        way: dict[str, object] = {"dial": dial, "from": first, "to": last}
    else:
        pixels, what = (
            walk(painter, places, frames, seed, style, truncation),
            f"a walk through pictures {', '.join(map(str, places))}",
        )
        way = {"walk": places, "style": style}
    about = provenance(painter, seed, **way, frames=frames, truncation=truncation)
    save_moving(pixels, out, about, scale)
    value = {
        "run": run.name,
        "file": str(out),
        "frames": len(pixels),
        "seed": seed,
        "through": places if dial is None else None,
        "dial": dial,
        "from": way.get("from"),
        "to": way.get("to"),
    }
    answer(value, f"{out}: {what} of seed {seed}, {len(pixels)} frames. Generated.", as_json)
