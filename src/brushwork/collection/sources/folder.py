"""A plain folder of pictures, one subfolder a style, perhaps with a table beside them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import absent, file_entry, inside, tidy_year
from brushwork.collection.sources.tables import read_table
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting
from brushwork.progress import say

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".jp2", ".avif",
                      ".jfif", ".jpe", ".ppm"})  # fmt: skip
TABLE = "paintings.csv"


def entries(request: Request) -> Iterator[Entry]:
    """The pictures of the request's folder."""
    return folder(request.folder("folder", "one that holds a subfolder of pictures for each style"), request.styles)


def folder(location: Path, styles: Sequence[str] = ()) -> Iterator[Entry]:
    """The pictures of `location/STYLE/…`, described by `paintings.csv` where there is one.

    The table has the column `file` and any of `artist, title, style, year, genre, source, rights`; without a table
    the artist is what stands before the first `_` of the file name. A row without a file is kept as dropped. Raises
    `UserError` for a folder without pictures and for a style that is not there.
    """
    files = _pictures(location)
    table = location / TABLE
    rows = _rows(table) if table.is_file() else {}
    if not files and not rows:
        raise UserError(f"{location} holds no pictures; put them in a subfolder for each style, as STYLE/picture.jpg.")
    if not rows:
        say(f"{location} has no {TABLE}: artists are read from file names, as in ARTIST_title.jpg.")
    without = [file for file in files if rows and file not in rows]
    if without:
        say(
            f"{len(without)} of {len(files)} pictures have no row in {table}, such as {without[0]}: their artists count as "
            "unknown, each picture as an artist of its own. Rows name files relative to the table, as STYLE/picture.jpg."
        )
    paintings = [_painting(location, file, rows.get(file), bool(rows)) for file in sorted({*files, *rows})]
    have = {painting.style for painting in paintings} | _subfolders(location)
    for style in styles:
        if style not in have:
            raise UserError(f"{location} has no style {style!r}; the nearest names are {nearest(style, have)}.")
    for painting in paintings:
        if not styles or painting.style in styles:
            yield file_entry(painting, location / painting.file)


def _pictures(location: Path) -> list[str]:
    """The pictures in the subfolders; what is passed over is said."""

    def unreadable(error: OSError) -> None:
        raise UserError(f"{error.filename} cannot be read ({error.strerror}); make it readable or move it away.")

    walk = os.walk(location, onerror=unreadable)
    every = [Path(base, name) for base, _, names in walk for name in names if name[0] != "." and name != TABLE]
    found = [p for p in every if p.is_file()]
    pictures = [p for p in found if p.suffix.lower() in PICTURES]
    for what, passed in (
        ("are broken links or no files at all", [p for p in every if not p.is_file()]),
        ("lie in no subfolder, so nobody knows their style", [p for p in pictures if p.parent == location]),
        ("are no pictures by their endings", [p for p in found if p.suffix.lower() not in PICTURES]),
    ):
        if passed:
            say(f"{len(passed)} files in {location} {what}, such as {min(passed).name}: they are passed over.")
    return sorted(p.relative_to(location).as_posix() for p in pictures if p.parent != location)


def _rows(table: Path) -> dict[str, dict[str, str]]:
    """The rows of the table by file; of two rows for one file the first counts, and that is said."""
    rows: dict[str, dict[str, str]] = {}
    again = []
    for number, row in enumerate(read_table(table, ["file"]), 2):
        file = inside(row["file"], table, number)
        if rows.setdefault(file, row) is not row:
            again.append(f"{file} (row {number})")
    if again:
        say(f"{table} names {len(again)} files again, such as {again[0]}; the first row of each counts.")
    return rows


def _subfolders(location: Path) -> set[str]:
    return {path.name for path in location.iterdir() if path.is_dir() and not path.name.startswith(".")}


def _painting(location: Path, file: str, row: dict[str, str] | None, has_table: bool) -> Painting:
    row = row or {}
    stem = Path(file).stem
    by_name, _, rest = stem.partition("_") if "_" in stem and not has_table else ("", "", stem)
    return Painting(
        id=file,
        file=file,
        title=row.get("title", "") or rest.replace("_", " "),
        artist=row.get("artist", "") or by_name,
        style=row.get("style", "") or file.split("/")[0],
        year=tidy_year(row.get("year", "")),
        genre=row.get("genre", ""),
        source=row.get("source", "") or "folder",
        rights=row.get("rights", "") or "not stated",
        reason=absent(location / file, file),
    )
