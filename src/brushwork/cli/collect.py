"""`brushwork collect`."""

from functools import partial
from pathlib import Path

import click

from brushwork.cli.options import FOLDER, Number, answer, json_option, seed_option

SOURCES = ["painter-by-numbers", "wikiart", "artbench", "art-institute", "iiif", "folder", "csv", "two-schools"]


@click.command("collect")
@click.argument("source", type=click.Choice(SOURCES))
@click.argument("location", required=False)
@click.option("--out", type=FOLDER, required=True, help="The folder of the collection; one that stands is extended.")
@click.option("--styles", multiple=True, help="A style by its exact name; give it again for each.")
@click.option("--count", type=int, help="This many paintings, evenly over the styles, in place of all.")
@click.option("--column", "columns", multiple=True, help="csv: which column is what, as artist=Maker; again for each.")
@click.option(
    "--download", is_flag=True, help="Fetch what is not there: painter-by-numbers, wikiart, csv with addresses."
)
@click.option("--rate", default=1.0, show_default=True, type=Number(0.01), help="Requests a second to a server.")
@click.option(
    "--short-side", default=256, show_default=True, type=click.IntRange(32, 4096), help="Pixels kept, at most."
)
@click.option("--trim-borders", is_flag=True, help="Cut uniform frames off.")
@click.option("--first-frame", is_flag=True, help="Take the first frame of an animation in place of dropping it.")
@click.option("--without", multiple=True, help="A clean-up step to leave out, such as near-duplicates; again for each.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes that read pictures.")
@click.option(
    "--memory", default=150, show_default=True, type=click.IntRange(100), help="Megabytes a process may take."
)
@click.option("--cluster", default="", help="Read on a Dask cluster: the address of its scheduler.")
@click.option("--part", help="Read the i-th of n parts, as 2/8; a last call without --part makes the catalogue.")
@seed_option
@json_option
def command(
    source: str,
    location: str | None,
    out: Path,
    styles: tuple[str, ...],
    count: int | None,
    columns: tuple[str, ...],
    download: bool,
    rate: float,
    short_side: int,
    trim_borders: bool,
    first_frame: bool,
    without: tuple[str, ...],
    workers: int,
    memory: int,
    cluster: str,
    part: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Make a collection from SOURCE and its LOCATION.

    \b
    painter-by-numbers FOLDER   Kaggle's competition, zipped or unpacked; --download fetches it
    wikiart FOLDER              Parquet files as on the Hugging Face hub; --download fetches huggan/wikiart
    artbench FOLDER             ArtBench-10: its table and its tar of 256-pixel pictures
    art-institute               paintings in the public domain from the Art Institute of Chicago
    iiif MANIFEST               a manifest or collection of the Presentation API 2 or 3, a file or an address
    folder FOLDER               one subfolder a style, perhaps with paintings.csv
    csv TABLE                   any table, with --column artist=Maker --column file=Image …
    two-schools                 painted here: two invented schools

    \b
    Example:
      brushwork collect painter-by-numbers ~/painter-by-numbers --out paintings
      brushwork collect folder ~/pictures --styles Fauvism --styles Cubism --out mine
      brushwork collect art-institute --styles Impressionism --styles Expressionism --out chicago
    """
    from brushwork.collection import collect, open_collection
    from brushwork.collection.cleanup import DEFAULT_STEPS, check_steps
    from brushwork.collection.shards import Reading, base_memory
    from brushwork.collection.sources import Request, entries_of
    from brushwork.collection.summary import in_words, summary_of
    from brushwork.errors import UserError
    from brushwork.images import Limits

    check_steps(without)
    if columns and source != "csv":
        raise UserError(f"--column was given; the source {source!r} has columns of its own, only csv takes a mapping.")
    if download and source not in ("painter-by-numbers", "wikiart", "csv"):
        raise UserError(
            f"--download was given; the source {source!r} knows by itself what it must fetch: leave it out."
        )
    request = Request(
        location=location or "",
        styles=styles,
        count=count,
        seed=seed,
        columns=_columns(columns),
        download=download,
        cache=out / ".downloads",
        rate=rate,
        short_side=short_side,
    )
    room = memory * 1_000_000 - base_memory()
    limits = Limits(bytes=max(Limits().bytes, room), memory=room, first_frame=first_frame)
    reading = Reading(short_side, trim_borders, limits)
    steps = [step for step in DEFAULT_STEPS if step not in without]
    if part and (download or source == "art-institute" or (location or "").startswith("http")):
        raise UserError(
            "--part reads what is on a disk that all parts see; fetch first, with a plain collect on one machine."
        )
    collect(partial(entries_of, source, request), out, source, reading, workers, cluster, _part(part), steps)
    if part:
        answer({"part": part}, f"Part {part} is read; run the same command without --part once all parts are.", as_json)
        return
    if source == "two-schools":
        from brushwork.collection.half_and_half import write_half_and_half

        write_half_and_half(out, seed)
    summary = summary_of(open_collection(out))
    answer(summary.to_dict(), in_words(summary), as_json)


def _part(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    numbers = [int(word) for word in text.split("/") if word.isdigit()]
    if len(numbers) != 2 or not 1 <= numbers[0] <= numbers[1]:
        raise click.BadParameter(f"{text!r} was given; write the part and their number, as 2/8.", param_hint="--part")
    return numbers[0], numbers[1]


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    names = [pair.split("=", 1)[0].strip() for pair in pairs]
    if len(set(names)) < len(names):
        raise click.BadParameter("a name was given twice; give every name one column.", param_hint="--column")
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} was given; write it as artist=Maker.", param_hint="--column")
    return {name.strip(): column.strip() for name, column in (pair.split("=", 1) for pair in pairs)}
