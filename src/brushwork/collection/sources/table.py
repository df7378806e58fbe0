"""Any table of paintings: a CSV file with a mapping of its columns."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from brushwork.collection.sources.entry import Entry, Request, evenly
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
    path = Path(request.location)
    if not path.is_file():
        raise UserError(
            f"{request.location or 'nothing'} was given; the source 'csv' needs a table: collect csv TABLE."
        )
    columns = _columns(request.columns)
    rows = read_table(path, [columns[name] for name in NEEDED])
    counts = {row[columns["style"]] for row in rows}
    for style in request.styles:
        if style not in counts:
            raise UserError(f"{path} has no style {style!r}; the nearest names are {nearest(style, counts)}.")
    found = [
        _painting(number, {name: row.get(column, "") for name, column in columns.items()}, path)
        for number, row in enumerate(rows, 2)
    ]
    found = [p for p in found if not request.styles or p.style in request.styles]
    return _fetched(found, path, request) if any(_is_address(p.file) for p in found) else _local(found, path)


def _columns(given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        if name not in KNOWN:
            raise UserError(f"--column {name}=… was given; what a column can be is {', '.join(KNOWN)}.")
    return {name: given.get(name, name) for name in KNOWN}


def _painting(number: int, row: Mapping[str, str], table: Path) -> Painting:
    file = row["file"] if _is_address(row["file"]) or not row["file"] else inside(row["file"], table, number)
    reason = "no file: the row names none" if not file else "" if row["style"] else "no style: the row names none"
    return Painting(
        id=row["id"] or file or f"row {number}",
        file=file,
        title=row["title"] or Path(urlsplit(file).path).stem.replace("_", " "),
        artist=row["artist"],
        style=row["style"],
        year=tidy_year(row["year"]),
        genre=row["genre"],
        source=row["source"] or table.stem,
        rights=row["rights"] or "not stated",
        url=row["url"],
        reason=reason,
    )


def _local(paintings: list[Painting], table: Path) -> Iterator[Entry]:
    for painting in paintings:
        yield _entry(painting, table.parent / painting.file, absent(table.parent / painting.file, painting.file))


def _fetched(paintings: list[Painting], table: Path, request: Request) -> Iterator[Entry]:
    """Rows with addresses, fetched into the request's cache; files beside the table are read as they are."""
    if not request.download:
        raise UserError(
            f"{table} names pictures by address; give --download to fetch them, politely, into the collection."
        )
    from brushwork.collection.sources.fetch import fetch_all

    if request.count is not None:
        paintings = [e.painting for e in evenly([Entry(p, bytes) for p in paintings], request.count)]
    names = {p.id: hashlib.sha256(p.file.encode()).hexdigest()[:24] for p in paintings if _is_address(p.file)}
    wanted = [(names[p.id], p.file) for p in paintings if p.id in names and not p.reason]
    reasons = fetch_all(wanted, request.cache, request.rate, f"fetching from {table.name}")
    for painting in paintings:
        if painting.id in names:
            yield _entry(painting, request.cache / names[painting.id], reasons.get(names[painting.id], ""))
        else:
            yield _entry(painting, table.parent / painting.file, absent(table.parent / painting.file, painting.file))


def _entry(painting: Painting, path: Path, reason: str) -> Entry:
    return file_entry(replace(painting, reason=painting.reason or reason), path)


def _is_address(file: str) -> bool:
    return file.startswith(("http://", "https://"))
