"""`brushwork concepts`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, kept_options


@click.command("concepts")
@click.argument("run", type=FOLDER)
@click.option(
    "--count", default=10, show_default=True, type=click.IntRange(1, 100), help="How many concepts to look for."
)
@click.option(
    "--pictures", default=150, show_default=True, type=click.IntRange(8), help="Test paintings, of both styles."
)
@kept_options
def command(
    run: Path, count: int, pictures: int, again: bool, collection: Path | None, seed: int, device: str, as_json: bool
) -> None:
    """Find what recurs in a classifier's last map, its part in the verdict, and whether named concepts move it.

    The strongest patches of every concept, each from another artist, are drawn on RUN/concepts.png; all else is kept as
    RUN/concepts.json, which `exhibit` shows.

    \b
    Example:
      brushwork concepts runs/transfer --count 10
    """
    from brushwork.explain.concept_file import same_again
    from brushwork.explain.concept_report import concept_report
    from brushwork.explain.concept_sheet import SHEET
    from brushwork.explain.concept_words import in_words
    from brushwork.run import load_run

    opened = load_run(run, "classifier", "folds")
    found = None if again else same_again(opened, count, pictures, seed)
    found = found or concept_report(opened, count, pictures, collection, device, seed)
    answer(found.to_dict(), f"{in_words(found)}\n\n{run / SHEET}", as_json)
