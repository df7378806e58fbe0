"""`brushwork collect`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, json_option, seed_option

SOURCES = ["painter-by-numbers", "folder", "two-schools"]


@click.command("collect")
@click.argument("source", type=click.Choice(SOURCES))
@click.argument("location", type=FOLDER, required=False)
@click.option("--out", type=FOLDER, required=True, help="The folder of the collection; one that stands is extended.")
@click.option("--styles", multiple=True, help="A style by its exact name; give it again for each.")
@click.option("--count", type=int, help="This many paintings, evenly over the styles, in place of all.")
@click.option(
    "--short-side", default=256, show_default=True, type=click.IntRange(32, 4096), help="Pixels kept, at most."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes that read pictures.")
@seed_option
@json_option
def command(
    source: str,
    location: Path | None,
    out: Path,
    styles: tuple[str, ...],
    count: int | None,
    short_side: int,
    workers: int,
    seed: int,
    as_json: bool,
) -> None:
    """Make a collection from SOURCE: painter-by-numbers FOLDER, folder FOLDER, or two-schools.

    \b
    Example:
      brushwork collect painter-by-numbers ~/painter-by-numbers --out paintings
      brushwork collect folder ~/pictures --styles Fauvism --styles Cubism --out mine
      brushwork collect two-schools --out schools
    """
    from brushwork.collection import collect, open_collection
    from brushwork.collection.sources import entries_of
    from brushwork.collection.summary import in_words, summary_of

    collect(entries_of(source, location, styles, count, seed), out, source, short_side, workers)
    if source == "two-schools":
        from brushwork.collection.half_and_half import write_half_and_half

        write_half_and_half(out, seed)
    summary = summary_of(open_collection(out))
    answer(summary.to_dict(), in_words(summary), as_json)
