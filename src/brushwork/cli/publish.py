"""`brushwork publish`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, json_option


@click.command("publish")
@click.argument("run", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="The folder of the copy, empty or new.")
@click.option("--collection", type=FOLDER, help="What it learned from, for the card to name its source.")
@json_option
def command(run: Path, out: Path, collection: Path | None, as_json: bool) -> None:
    """Make a lean copy of a finished run to be given away: weights in half precision and a model card, no painting.

    \b
    Example:
      brushwork publish runs/stylegan2 --out models/stylegan2
      brushwork sample models/stylegan2 --out samples
    """
    from brushwork.collection import open_collection
    from brushwork.exhibit.published import publish

    files = publish(run, out, open_collection(collection) if collection else None)
    size = sum(file.stat().st_size for file in files)
    value = {"run": run.name, "out": str(out), "files": [file.name for file in files], "bytes": size}
    answer(value, f"{out}: {', '.join(file.name for file in files)}; {size / 1e6:.1f} MB.", as_json)
