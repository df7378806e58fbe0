"""`brushwork mix`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, places, shown_options, truncation_option


@click.command("mix")
@click.argument("run", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The sheet, a .png.")
@click.option("--coarse", callback=places, default="0,1,2,3", show_default=True,
              help="Rows: pictures of the seed that give what is large, such as where things are.")  # fmt: skip
@click.option("--fine", callback=places, default="4,5,6,7", show_default=True,
              help="Columns: pictures of the seed that give what is small, such as colour and touch.")  # fmt: skip
@click.option("--upto", default=8, show_default=True, help="Layers up to this many pixels are coarse.")
@click.option("--style", help="The style of all, or of the coarse ones; default as `sample` has each.")
@click.option("--fine-style", help="The style of the fine ones, where it is another.")
@truncation_option
@shown_options(3)
def command(
    run: Path,
    out: Path,
    coarse: tuple[int, ...],
    fine: tuple[int, ...],
    upto: int,
    style: str | None,
    fine_style: str | None,
    truncation: float,
    scale: int,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Mix generated pictures, large forms from one and small ones from another, on a sheet (stylegan2).

    \b
    Example:
      brushwork mix runs/stylegan2 --coarse 0,1,2 --fine 7,8,9 --upto 8 --out mixed.png
      brushwork mix runs/stylegan2 --style Impressionism --fine-style Expressionism --out mixed.png
    """
    from brushwork.generator.mix import Mixture, mixed_tiles
    from brushwork.generator.networks import load_generator
    from brushwork.generator.provenance import check_still, provenance, save_image
    from brushwork.generator.sample import captioned
    from brushwork.generator.sheet import tiled
    from brushwork.run import load_run
    from brushwork.training import choose_device

    check_still(out)
    painter = load_generator(load_run(run, "gan"), choose_device(device))
    tiles = mixed_tiles(painter, Mixture(coarse, fine, upto, style, fine_style, truncation), seed)
    settings = {"coarse": coarse, "fine": fine, "upto": upto, "style": style, "fine_style": fine_style}
    about = provenance(painter, seed, **settings, truncation=truncation)
    caption = f"{run.name}, seed {seed}: rows give the layers up to {upto} pixels, columns the rest. Generated."
    sheet = captioned(tiled(tiles, scale), caption)
    save_image(sheet, out, about)
    value = {"run": run.name, "file": str(out), "seed": seed} | settings
    words = f"{out}: {len(coarse)} x {len(fine)} mixed pictures of seed {seed}; coarse up to {upto} pixels. Generated."
    answer(value, words, as_json)
