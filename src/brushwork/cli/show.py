"""`brushwork show`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, json_option


@click.command("show")
@click.argument("folder", type=FOLDER)
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Say what is in a collection or a run, and write a picture of it.

    \b
    Example:
      brushwork show paintings
    """
    from brushwork.errors import UserError
    from brushwork.run import read_json

    if not (folder / "settings.json").exists():
        raise UserError(
            f"{folder} holds no collection and no run; give a folder made by `brushwork collect` or `train`."
        )
    kind = read_json(folder / "settings.json")["kind"]
    if kind == "collection":
        from brushwork.collection import Collection
        from brushwork.collection.summary import contact_sheet, in_words, summary_of
        from brushwork.images import write_image

        collection = Collection(folder)
        summary, words = summary_of(collection), in_words(summary_of(collection))
        if collection.paintings:
            write_image(contact_sheet(collection), folder / "contact-sheet.png")
            words += f"\n\nContact sheet: {folder / 'contact-sheet.png'}"
        answer(summary.to_dict(), words, as_json)
    else:
        from brushwork.cli.evaluate import report

        value, words = report(folder)
        answer(value, words, as_json)
