"""The Kaggle competition *Painter by Numbers*, as its files are unpacked."""

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import absent, file_bytes, file_stamp, tidy_year
from brushwork.collection.sources.tables import read_table
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting

TABLE = "all_data_info.csv"
COLUMNS = (
    "artist", "date", "genre", "pixelsx", "pixelsy", "size_bytes", "source", "style", "title", "artist_group",
    "in_train", "new_filename",
)  # fmt: skip
DEFAULT_STYLES = ("Impressionism", "Expressionism")
REPLACEMENTS = "replacements_for_corrupted_files"


def entries(request: Request) -> Iterator[Entry]:
    """The paintings in the request's folder."""
    what = f"the folder that holds {TABLE}, train/ and test/"
    return painter_by_numbers(request.folder("painter-by-numbers", what), request.styles)


def painter_by_numbers(location: Path, styles: Sequence[str] = ()) -> Iterator[Entry]:
    """The paintings of the given styles (exact names; default Impressionism and Expressionism).

    `location` holds `all_data_info.csv` or its zip, `train/`, `test/` and perhaps
    `replacements_for_corrupted_files` (a folder or a zip), whose pictures are taken in place of the broken ones.
    Raises `UserError` for a missing table or column and for a style the table does not have.
    """
    rows = _rows(location)
    wanted = tuple(styles) or DEFAULT_STYLES
    counts = Counter(row["style"] for row in rows)
    for style in wanted:
        if not counts[style]:
            raise UserError(
                f"no painting has the style {style!r}; the nearest names are {nearest(style, filter(None, counts))}. "
                "Styles are chosen by exact name with --styles."
            )
    replaced = _replacements(location)
    for row in rows:
        if row["style"] in wanted:
            yield _entry(location, row, replaced)


def _rows(location: Path) -> list[dict[str, str]]:
    if not location.is_dir():
        raise UserError(f"{location} is not a folder; give the folder that holds {TABLE}, train/ and test/.")
    if (location / TABLE).is_file():
        return read_table(location / TABLE, COLUMNS)
    if (location / f"{TABLE}.zip").is_file():
        return read_table(location / f"{TABLE}.zip", COLUMNS, TABLE)
    raise UserError(f"{location} holds neither {TABLE} nor {TABLE}.zip; download it from the competition's page.")


def _replacements(location: Path) -> dict[str, tuple[Path, str]]:
    """Where the replacement of `train/NAME` or `test/NAME` is: a file, or a zip and its member."""
    found: dict[str, tuple[Path, str]] = {}
    folder, archive = location / REPLACEMENTS, location / f"{REPLACEMENTS}.zip"
    if archive.is_file():
        try:
            with zipfile.ZipFile(archive) as opened:
                for member in opened.namelist():
                    parts = member.split("/")
                    if "__MACOSX" not in parts and len(parts) >= 2 and parts[-2] in ("train", "test") and parts[-1]:
                        found[f"{parts[-2]}/{parts[-1]}"] = (archive, member)
        except (zipfile.BadZipFile, OSError) as error:
            raise UserError(f"{archive} cannot be read ({error}); download it again or remove it.") from error
    if folder.is_dir():
        for path in folder.rglob("*.jpg"):
            if path.parent.name in ("train", "test") and "__MACOSX" not in path.parts:
                found[f"{path.parent.name}/{path.name}"] = (path, "")
    return found


def _entry(location: Path, row: dict[str, str], replaced: dict[str, tuple[Path, str]]) -> Entry:
    name = row["new_filename"]
    file = f"{'train' if row['in_train'].lower() in ('true', '1', '1.0') else 'test'}/{name}"
    path, member = replaced.get(file, (location / file, ""))
    known = "made by the competition's host, not a painting" if row["artist"].lower() == "kiri nichol" else ""
    painting = Painting(
        id=f"pbn-{Path(name).stem}",
        file=file,
        title=row["title"],
        artist=row["artist"],
        style=row["style"],
        year=tidy_year(row["date"]),
        genre=row["genre"],
        source=f"painter-by-numbers ({row['source'] or 'unknown'})",
        rights="for data mining under the competition's rules; check before publishing",
        reason=known or absent(path, file),
    )
    return Entry(
        painting, partial(_member_bytes, path, member) if member else partial(file_bytes, path), file_stamp(path)
    )


def _member_bytes(archive: Path, member: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(member)
