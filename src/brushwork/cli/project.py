"""`brushwork project`."""

from hashlib import sha256
from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, shown_options


@click.command("project")
@click.argument("run", type=FOLDER)
@click.argument("picture", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="A folder for the pictures, the path and the numbers.")
@click.option("--steps", default=300, show_default=True, type=click.IntRange(1, 100_000), help="Of the search.")
@click.option("--style", help="Begin among pictures of this style; default all in turn (stylegan2).")
@click.option("--by-layer", is_flag=True,
              help="A point for each layer: nearer, and further from what it paints of itself (stylegan2).")  # fmt: skip
@click.option("--without-grain", is_flag=True, help="Search in what is large alone, not in the grain (stylegan2).")
@click.option("--pixels-only", is_flag=True,
              help="Compare pixels alone, not what the discriminator sees; needs no checkpoint.")  # fmt: skip
@shown_options(3)
def command(
    run: Path,
    picture: Path,
    out: Path,
    steps: int,
    style: str | None,
    by_layer: bool,
    without_grain: bool,
    pixels_only: bool,
    scale: int,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Search for the generated picture nearest to a given painting, and show the way there.

    The painting's middle square is compared, at the size that the generator paints.

    \b
    Example:
      brushwork project runs/stylegan2 my-painting.jpg --out nearest
    """
    import numpy as np

    from brushwork.errors import PictureError, UserError
    from brushwork.generator.networks import load_discriminator, load_generator
    from brushwork.generator.projection import check_search, project
    from brushwork.generator.projection_files import check_place, save_projection
    from brushwork.generator.provenance import provenance
    from brushwork.images import open_picture, square
    from brushwork.run import load_run, make_folder
    from brushwork.training import choose_device

    trained_in, chosen = load_run(run, "gan"), choose_device(device)
    painter = load_generator(trained_in, chosen)
    try:
        data = picture.read_bytes()
        opened = open_picture(data)
    except (OSError, PictureError) as error:
        said = getattr(error, "strerror", None) or error
        raise UserError(
            f"{picture} cannot be searched for: {said}; give another picture, or another copy of it."
        ) from error
    target = np.array(square(opened, painter.preset.size))
    discriminator = None if pixels_only else load_discriminator(trained_in, chosen)
    check_search(painter, style, by_layer, not without_grain)  # before a folder is made
    check_place(out, digest := sha256(data).hexdigest())
    make_folder(out)  # before the search, which takes long
    found = project(painter, discriminator, target, steps, seed, style, by_layer, not without_grain)
    how = {"steps": steps, "style": style, "by_layer": by_layer, "grain": not without_grain, "pixels_only": pixels_only}
    about = provenance(painter, seed, projected=picture.name, sha256=digest, **how)
    value = save_projection(found, out, about, scale)
    answer(value, f"{out}: {value['words']}", as_json)
