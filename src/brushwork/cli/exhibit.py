"""`brushwork exhibit`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, json_option


@click.command("exhibit")
@click.argument("paths", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="The folder of the site; an exhibit that stands is replaced.")
@json_option
def command(paths: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Make the static site of one collection and its finished runs; open its index.html by double click.

    \b
    Example:
      brushwork exhibit paintings runs/scratch runs/wgan --out site
    """
    from brushwork.exhibit import build_exhibit

    page = build_exhibit(paths, out)
    answer({"page": str(page)}, f"The exhibit: {page}", as_json)
