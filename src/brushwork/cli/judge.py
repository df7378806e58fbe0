"""`brushwork judge`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, kept_options, truncation_option


@click.command("judge")
@click.argument("classifier", type=FOLDER)
@click.argument("generators", type=FOLDER, nargs=-1, required=True)
@click.option("--count", default=200, show_default=True, type=click.IntRange(2), help="Pictures of each style.")
@click.option("--dials", default=100, show_default=True, type=click.IntRange(0),
              help="Seeds of the style dial, where the network is told one of several styles.")  # fmt: skip
@truncation_option
@kept_options
def command(
    classifier: Path,
    generators: tuple[Path, ...],
    count: int,
    dials: int,
    truncation: float,
    again: bool,
    collection: Path | None,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Show a classifier what generators paint: its verdicts and evidence, beside those of real paintings as small.

    Does a generator reproduce what the classifier looks at? The real paintings are by artists whom the classifier has
    not seen, nor the generator where both learned from one collection. The result is kept as judged.json in each
    generator's run, which `exhibit` shows, and is read back when just the same is asked again.

    A classifier of large pictures may be lost before small ones; train a judge for them with --set detail=32.

    \b
    Example:
      brushwork judge runs/scratch runs/stylegan2 runs/dcgan --count 200
    """
    from brushwork.exhibit.judged_words import in_words
    from brushwork.exhibit.judging import judge, same_again
    from brushwork.run import load_run

    judging = load_run(classifier, "classifier", "folds")
    opened = [load_run(folder, "gan") for folder in generators]
    for generator in opened:
        found = None if again else same_again(judging, generator, count, dials, seed, truncation)
        found = found or judge(judging, generator, count, dials, collection, device, seed, truncation)
        answer(found.to_dict(), in_words(found) + "\n", as_json)
