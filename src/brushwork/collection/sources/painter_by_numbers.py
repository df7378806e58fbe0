"""The Kaggle competition *Painter by Numbers*, zipped as it comes or unpacked."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from brushwork.collection.sources.archives import zip_bytes, zip_members
from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import file_bytes, file_stamp, tidy_year
from brushwork.collection.sources.kaggle import download_competition
from brushwork.collection.sources.tables import read_table
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting
from brushwork.progress import say

TABLE = "all_data_info.csv"
COLUMNS = (
    "artist", "date", "genre", "pixelsx", "pixelsy", "size_bytes", "source", "style", "title", "artist_group",
    "in_train", "new_filename",
)  # fmt: skip
DEFAULT_STYLES = ("Impressionism", "Expressionism")
REPLACEMENTS = "replacements_for_corrupted_files"
# Not train_1.zip to train_9.zip, which hold the pictures of train.zip again.
DOWNLOADS = (f"{TABLE}.zip", f"{REPLACEMENTS}.zip", "test.zip", "train.zip")
PICTURES = re.compile(r"(train|test)(_\d)?")  # archives of pictures, and the folders in them
EVERY = "*"  # in place of a style's name

Place = tuple[Callable[[], bytes], str, int]  # a way to a picture's bytes, their stamp and their number


def entries(request: Request) -> Iterator[Entry]:
    """The paintings in the request's folder, fetched from Kaggle first if the request says so."""
    if request.download and request.location:
        folder = Path(request.location)
        missing = [name for name in DOWNLOADS if not (folder / name.removesuffix(".zip")).exists()]  # nor unpacked
        download_competition("painter-by-numbers", missing, folder)
    what = f"the folder that holds {TABLE}, and train.zip and test.zip, or train/ and test/"
    return painter_by_numbers(request.folder("painter-by-numbers", what), request.styles)


def painter_by_numbers(location: Path, styles: Sequence[str] = ()) -> Iterator[Entry]:
    """The paintings of the given styles (exact names, `*` for all; default Impressionism and Expressionism).

    `location` holds `all_data_info.csv` or its zip; the pictures in `train/` and `test/` or in `train.zip` and
    `test.zip`, never unpacked; perhaps `replacements_for_corrupted_files` (a folder or a zip), whose pictures are
    taken in place of the broken ones. Raises `UserError` for a missing table or column, a wrong archive, and a style
    the table does not have.
    """
    rows = _rows(location)
    counts = Counter(row["style"] for row in rows)
    wanted = tuple(styles) or DEFAULT_STYLES
    for style in wanted:
        if not counts[style] and style != EVERY:
            raise UserError(
                f"no painting has the style {style!r}; the nearest names are {nearest(style, filter(None, counts))}. "
                "Styles are chosen by exact name with --styles."
            )
    files = [_file(row) for row in rows]
    places = _unpacked(location) | _archived(location, set(files))
    for part in ("train", "test"):
        if not any(file.startswith(part) for file in places):
            say(f"{location} has neither {part}.zip nor {part}/ with pictures; the paintings in it cannot be used.")
    for row, file in zip(rows, files, strict=True):
        if row["style"] in wanted or EVERY in wanted:
            yield _entry(row, file, places.get(file))


def _rows(location: Path) -> list[dict[str, str]]:
    if not location.is_dir():
        raise UserError(f"{location} is not a folder; give the folder that holds {TABLE}, train/ and test/.")
    if (location / TABLE).is_file():
        return read_table(location / TABLE, COLUMNS)
    if (location / f"{TABLE}.zip").is_file():
        return read_table(location / f"{TABLE}.zip", COLUMNS, TABLE)
    raise UserError(f"{location} holds neither {TABLE} nor {TABLE}.zip; download it from the competition's page.")


def _unpacked(location: Path) -> dict[str, Place]:
    """Where `train/NAME` or `test/NAME` is among the unpacked files, found in one pass over either folder."""
    found: dict[str, Place] = {}
    for part in ("train", "test"):
        if (location / part).is_dir():
            with os.scandir(location / part) as files:
                for file in files:
                    status = file.stat()
                    stamp = f"{status.st_size}-{status.st_mtime_ns}"
                    found[f"{part}/{file.name}"] = partial(file_bytes, Path(file.path)), stamp, status.st_size
    return found


def _archived(location: Path, expected: set[str]) -> dict[str, Place]:
    """Where `train/NAME` or `test/NAME` is, for what lies in archives and among the replacements."""
    found: dict[str, Place] = {}
    for archive in sorted(path for path in location.glob("*.zip") if PICTURES.fullmatch(path.stem)):
        members = _members(archive)
        if not expected & members.keys():
            raise UserError(f"{archive} holds none of the pictures in {TABLE}; it is another archive: take it away.")
        found = members | found  # of two copies the one in train.zip, which comes first
    if (location / f"{REPLACEMENTS}.zip").is_file():
        found |= _members(location / f"{REPLACEMENTS}.zip")
    for path in (location / REPLACEMENTS).rglob("*.jpg"):
        if path.parent.name in ("train", "test") and "__MACOSX" not in path.parts:
            found[f"{path.parent.name}/{path.name}"] = partial(file_bytes, path), file_stamp(path), path.stat().st_size
    return found


def _members(archive: Path) -> dict[str, Place]:
    """The pictures in an archive, as `train/NAME` and `test/NAME`."""
    members: dict[str, Place] = {}
    for name, info in zip_members(archive).items():
        folder, file = [archive.stem, *name.split("/")][-2:]  # some zips hold the names alone
        if file.endswith(".jpg") and (part := PICTURES.fullmatch(folder)):
            stamp = f"{info.CRC:08x}-{info.file_size}"
            members[f"{part[1]}/{file}"] = partial(zip_bytes, archive, name), stamp, info.file_size
    return members


def _file(row: dict[str, str]) -> str:
    return f"{'train' if row['in_train'].lower() in ('true', '1', '1.0') else 'test'}/{row['new_filename']}"


def _entry(row: dict[str, str], file: str, place: Place | None) -> Entry:
    read, stamp, size = place or (bytes, "", 0)
    made = "made by the competition's host, not a painting" if row["artist"].lower() == "kiri nichol" else ""
    painting = Painting(
        id=f"pbn-{row['new_filename'].rpartition('.')[0]}",
        file=file,
        title=row["title"],
        artist=row["artist"],
        style=row["style"],
        year=tidy_year(row["date"]),
        genre=row["genre"],
        source=f"painter-by-numbers ({row['source'] or 'unknown'})",
        rights="for data mining under the competition's rules; check before publishing",
        reason=made
        or ("" if row["style"] else "no style: the table names none")
        or ("" if place else f"no file: {file}"),
    )
    return Entry(painting, read, stamp, size)
