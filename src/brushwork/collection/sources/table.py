"""Any table of paintings: a CSV file with a mapping of its columns."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import absent, file_entry, inside, tidy_year
from brushwork.collection.sources.tables import read_table
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting

KNOWN = ("id", "file", "title", "artist", "style", "year", "genre", "source", "rights", "url")
NEEDED = ("file", "style")


def entries(request: Request) -> Iterator[Entry]:
    """The rows of a CSV file; `request.columns` says which of its columns is what, the rest go by their names.

    `file` is relative to the table, or an http(s) address when the request allows downloading. Raises `UserError` for
    a column that is not there, an unknown style, a path out of the folder, and addresses without --download.
    """
    path = Path(request.location).absolute()
    if not path.is_file():
        raise UserError(
            f"{request.location or 'nothing'} was given; the source 'csv' needs a table: collect csv TABLE."
        )
    columns = _columns(request.columns)
    rows = read_table(path, [columns[name] for name in KNOWN if name in NEEDED or name in request.columns])
    counts = {row[columns["style"]] for row in rows}
    for style in request.styles:
        if style not in counts:
            known = nearest(style, filter(None, counts))
            raise UserError(f"{path} has no style {style!r}; the nearest names are {known}.")
    found = [
        _painting(number, {name: row.get(column, "") for name, column in columns.items()}, path)
        for number, row in enumerate(rows, 2)
    ]
    labels: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for painting in found:
        labels[painting.file].add((painting.style, painting.artist))
    found = [p.altered(reason=p.reason or _contested(labels[p.file])) if len(labels[p.file]) > 1 else p for p in found]
    listed = [(p, path.parent / p.file) for p in found if not request.styles or p.style in request.styles]
    if any(_is_address(painting.file) for painting, _ in listed):
        return _fetched(listed, path, request)
    return (file_entry(painting, where) for painting, where in listed)


def _contested(labels: set[tuple[str, str]]) -> str:
    """The reason for a file that the table names under several styles or artists: nobody can tell which is right."""
    for word, values in (("styles", {style for style, _ in labels}), ("artists", {artist for _, artist in labels})):
        if len(values) > 1:
            return f"same picture under {len(values)} {word}: {', '.join(sorted(values))}"
    return ""


def _columns(given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        if name not in KNOWN:
            raise UserError(f"--column {name}=… was given; what a column can be is {', '.join(KNOWN)}.")
    return {name: given.get(name, name) for name in KNOWN}


def _painting(number: int, row: Mapping[str, str], table: Path) -> Painting:
    address = _is_address(row["file"])
    file = row["file"] if address or not row["file"] else inside(row["file"], table, number)
    reason = "no file: the row names none" if not file else "" if address else absent(table.parent / file, file)
    name = Path(re.split(r"[?#]", file)[0] if address else file)
    return Painting(
        id=row["id"] or file or f"row {number}",
        file=file,
        title=row["title"] or name.stem.replace("_", " "),
        artist=row["artist"],
        style=row["style"],
        year=tidy_year(row["year"]),
        genre=row["genre"],
        source=row["source"] or table.stem,
        rights=row["rights"] or "not stated",
        url=row["url"] or (file if address else ""),
        reason=reason or ("" if row["style"] else "no style: the row names none"),
    )


def _fetched(listed: Sequence[tuple[Painting, Path]], table: Path, request: Request) -> Iterator[Entry]:
    """Rows with addresses, fetched into the request's cache; files beside the table are read as they are."""
    if not request.download:
        raise UserError(
            f"{table} names pictures by address; give --download to fetch them, politely, into the collection."
        )
    from brushwork.collection.sources.fetch import with_pictures

    mixed = [(painting, painting.file if _is_address(painting.file) else where) for painting, where in listed]
    return with_pictures(mixed, request, f"fetching from {table.name}")


def _is_address(file: str) -> bool:
    return file.lower().startswith(("http://", "https://"))
