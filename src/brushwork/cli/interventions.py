"""`brushwork interventions`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, kept_options


@click.command("interventions")
@click.argument("run", type=FOLDER)
@click.option(
    "--pictures", default=400, show_default=True, type=click.IntRange(4), help="Test paintings, of all styles."
)
@kept_options
def command(
    run: Path, pictures: int, again: bool, collection: Path | None, seed: int, device: str, as_json: bool
) -> None:
    """Ask a classifier again after changing one thing: palette, strokes, contours, composition, borders and more.

    On paintings by artists whom the network never saw. The result is kept as RUN/interventions.json, which `exhibit` shows.

    \b
    Example:
      brushwork interventions runs/transfer --pictures 400
    """
    from brushwork.explain.interventions import in_words, intervene, same_again
    from brushwork.run import load_run

    opened = load_run(run, "classifier", "folds")
    found = None if again else same_again(opened, pictures, seed)
    found = found or intervene(opened, pictures, collection, device, seed)
    answer(found.to_dict(), in_words(found), as_json)
