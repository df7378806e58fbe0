"""`brushwork show`."""

from pathlib import Path
from typing import Any

import click

from brushwork.cli.options import FOLDER, answer, json_option

EXPORTS = ["csv", "huggingface", "webdataset", "iiif"]


@click.command("show")
@click.argument("folder", type=FOLDER)
@click.option("--painting", metavar="ID", help="Print all that is known of one painting.")
@click.option("--verify", is_flag=True, help="Compute every checksum again; exit status 1 if something changed.")
@click.option("--export", "kind", type=click.Choice(EXPORTS), help="Write the collection in another form.")
@click.option("--to", type=FOLDER, help="A new or empty folder for --export.")
@click.option("--base", default="", help="The address that --export iiif will be served from.")
@json_option
def command(
    folder: Path, painting: str | None, verify: bool, kind: str | None, to: Path | None, base: str, as_json: bool
) -> None:
    """Say what is in a collection or a run, and write a picture of it.

    \b
    Example:
      brushwork show paintings
      brushwork show paintings --verify
      brushwork show paintings --export huggingface --to paintings-hf
    """
    from brushwork.collection import Collection
    from brushwork.errors import UserError
    from brushwork.run import read_json

    if not (folder / "settings.json").exists():
        raise UserError(
            f"{folder} holds no collection and no run; give a folder made by `brushwork collect` or `train`."
        )
    asked = ["--painting"] * (painting is not None) + ["--verify"] * verify + ["--export"] * bool(kind)
    if len(asked) > 1:
        raise UserError(f"{' and '.join(asked)} were given; they answer different questions, so give one at a time.")
    if bool(kind) != bool(to) or (base and not kind):
        raise UserError("--export, --to and --base go together; give --export KIND --to DIR, and --base to iiif alone.")
    if read_json(folder / "settings.json")["kind"] != "collection":
        from brushwork.cli.evaluate import report

        if asked:
            raise UserError(f"{folder} is a run; {asked[0]} needs a collection, a folder made by `brushwork collect`.")
        answer(*report(folder), as_json)
    elif painting is not None:
        answer(*_row(folder, painting), as_json)
    elif verify:
        from brushwork.collection.verify import outcome

        value, words = outcome(Collection(folder))
        answer(value, words, as_json)
        click.get_current_context().exit(1 if value["problems"] else 0)
    elif kind and to:
        from brushwork.collection.export import export

        opened = export(Collection(folder), kind, to, base)
        answer({"export": kind, "to": str(to), "open": str(opened)}, f"Written: {opened}", as_json)
    else:
        answer(*_summary(folder), as_json)


def _row(folder: Path, painting: str) -> tuple[dict[str, Any], str]:
    from brushwork.collection.catalogue import read_catalogue
    from brushwork.errors import UserError, nearest

    rows = {row.id: row.to_dict() for row in read_catalogue(folder)}
    if painting not in rows:
        raise UserError(f"{folder} has no painting {painting!r}; the nearest ids are {nearest(painting, rows)}.")
    row = rows[painting]
    return row, "\n".join(f"{name}: {value}" for name, value in row.items() if value != "")


def _summary(folder: Path) -> tuple[dict[str, Any], str]:
    from brushwork.collection import Collection
    from brushwork.collection.summary import contact_sheet, in_words, summary_of
    from brushwork.errors import UserError
    from brushwork.images import write_image

    collection = Collection(folder)
    summary = summary_of(collection)
    words = in_words(summary)
    if collection.paintings:
        try:
            write_image(contact_sheet(collection), folder / "contact-sheet.png")
            words += f"\n\nContact sheet: {folder / 'contact-sheet.png'}"
        except UserError as error:  # a collection that may only be read
            words += f"\n\nNo contact sheet: {error}"
    return summary.to_dict(), words
