"""`brushwork arithmetic`."""

from pathlib import Path
from typing import Any

import click

from brushwork.cli.options import FOLDER, answer, painted_style_option, places_in_turn, shown_options, truncation_option


@click.command("arithmetic")
@click.argument("run", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The sheet, a .png.")
@click.option("--plus", multiple=True, callback=places_in_turn, help="Add the average of these pictures of the seed.")
@click.option(
    "--minus", multiple=True, callback=places_in_turn, help="Subtract the average of these pictures of the seed."
)
@painted_style_option
@truncation_option
@shown_options(3)
def command(
    run: Path,
    out: Path,
    plus: tuple[tuple[int, ...], ...],
    minus: tuple[tuple[int, ...], ...],
    style: str | None,
    truncation: float,
    scale: int,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Calculate with generated pictures: averages of several, added and subtracted, as in the DCGAN paper.

    Look at `brushwork sample` first and choose, for each idea, three pictures that show it.

    \b
    Example:
      brushwork arithmetic runs/dcgan --plus 1,5,9 --minus 2,3,7 --plus 4,8,12 --out sum.png
    """
    from brushwork.generator.arithmetic import Term, arithmetic, sum_tiles
    from brushwork.generator.networks import load_generator
    from brushwork.generator.provenance import check_still, provenance, save_image
    from brushwork.generator.sample import captioned
    from brushwork.generator.sheet import tiled
    from brushwork.run import load_run
    from brushwork.training import choose_device

    check_still(out)
    painter = load_generator(load_run(run, "gan"), choose_device(device))
    terms = [Term(numbers, 1) for numbers in plus[:1]] + [Term(numbers, -1) for numbers in minus]
    terms += [Term(numbers, 1) for numbers in plus[1:]]
    found = arithmetic(painter, terms, seed, style, truncation)
    settings: dict[str, Any] = {"plus": plus, "minus": minus, "style": style}
    about = provenance(painter, seed, **settings, truncation=truncation)
    caption = f"{run.name}, seed {seed}: the sum, and around it what lies near. Generated."
    save_image(captioned(tiled(sum_tiles(found), scale), caption), out, about)
    value = {"run": run.name, "file": str(out), "seed": seed} | settings
    answer(value, f"{out}: the sum of {len(terms)} averages of seed {seed}, with eight neighbours. Generated.", as_json)
