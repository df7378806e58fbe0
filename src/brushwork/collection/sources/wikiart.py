"""WikiArt as on the Hugging Face hub: Parquet files with the pictures in them, such as `huggan/wikiart`."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import file_stamp, tidy_year
from brushwork.errors import PictureError, UserError, nearest
from brushwork.painting import Painting

REPOSITORY = "huggan/wikiart"
RIGHTS = "WikiArt mixes the public domain with works in copyright; check each before publishing"
TEXTS = ("title", "artist", "date", "genre", "style", "filename")


def entries(request: Request) -> Iterator[Entry]:
    """The pictures in the request's folder of Parquet files, fetched from the hub first if the request says so."""
    if request.download and request.location:
        download(os.environ.get("BRUSHWORK_WIKIART", REPOSITORY), Path(request.location))
    return wikiart(request.folder("wikiart", "one that holds Parquet files with pictures"), request.styles)


def download(repository: str, folder: Path) -> None:
    """Fetch a data set's Parquet files from the hub; files that are there stay, and one half fetched goes on.

    Raises `UserError` when the hub cannot be reached or refuses.
    """
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(repository, repo_type="dataset", allow_patterns="*.parquet", local_dir=folder)
    except Exception as error:  # of the hub, of whichever library it speaks HTTP with, and of the operating system
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{repository} could not be fetched from the Hugging Face hub ({reason}); what has come is "
            "kept: check the network and run the same command again."
        ) from error


def wikiart(location: Path, styles: Sequence[str] = ()) -> Iterator[Entry]:
    """The pictures of all Parquet files under a folder; numbers of classes are read as their names.

    Raises `UserError` when there is no such file, one is damaged or has no pictures, and for an unknown style.
    """
    files = sorted(location.rglob("*.parquet"))
    if not files:
        raise UserError(f"{location} holds no .parquet file; give the folder they are in, or --download to fetch them.")
    rows = [row for path in files for row in _rows(path, location)]
    counts = Counter(painting.style for painting, _ in rows)
    for style in styles:
        if style not in counts:
            known = nearest(style, filter(None, counts))
            raise UserError(f"{location} has no style {style!r}; the nearest names are {known}.")
    for painting, (path, number) in rows:
        if not styles or painting.style in styles:
            yield Entry(painting, partial(picture_bytes, path, number), f"{file_stamp(path)}-{number}")


def picture_bytes(path: Path, number: int) -> bytes:
    """The encoded picture in a row of a Parquet file; raises `PictureError` when the row has none."""
    changed = path.stat().st_mtime_ns
    group, within = _place(_opened(str(path), changed, os.getpid()), number)
    cursor = _cursor(str(path), changed, group, os.getpid())
    if within < cursor["start"]:
        _cursor.cache_clear()
        cursor = _cursor(str(path), changed, group, os.getpid())
    while within >= cursor["start"] + len(cursor["batch"]):
        cursor["start"] += len(cursor["batch"])
        cursor["batch"] = next(cursor["batches"])["image"]
    picture = cursor["batch"][within - cursor["start"]].as_py()
    data = picture.get("bytes") if isinstance(picture, dict) else picture
    if not data:
        raise PictureError("no picture: the row holds none")
    return bytes(data)


def _rows(path: Path, location: Path) -> Iterator[tuple[Painting, tuple[Path, int]]]:
    try:
        file = pq.ParquetFile(path)
        names = set(file.schema_arrow.names)
        if "image" not in names or "style" not in names:
            raise UserError(f"{path} lacks the column 'image' or 'style'; it has {', '.join(sorted(names))}.")
        classes = _classes(file.schema_arrow.metadata or {})
        table = file.read([name for name in TEXTS if name in names])
    except (pa.ArrowException, ValueError, OSError) as error:
        raise UserError(f"{path} is damaged ({error}); fetch it again.") from error
    relative = path.relative_to(location).as_posix()
    for number, row in enumerate(table.to_pylist()):
        text = {name: _text(row.get(name), classes.get(name)) for name in TEXTS}
        reason = "" if text["style"] else "no style: the row names none"
        yield (
            Painting(
                id=f"{relative}:{number}",
                file=text["filename"] or f"{relative}:{number}",
                title=text["title"],
                artist=text["artist"],
                style=text["style"],
                year=tidy_year(text["date"]),
                genre=text["genre"],
                source="wikiart",
                rights=RIGHTS,
                reason=reason,
            ),
            (path, number),
        )


def _text(value: Any, names: Sequence[str] | None) -> str:
    if names is not None and isinstance(value, int):
        return _spaced(names[value]) if 0 <= value < len(names) else ""
    return "" if value is None or value != value else str(value).strip()  # NaN, as pandas writes nothing


def _spaced(name: str) -> str:
    """Class names as people write them: `Post_Impressionism`, `genre_painting`; slugs are left to the clean-up."""
    known = {"Post_Impressionism": "Post-Impressionism", "Unknown Genre": "", "Unknown Artist": ""}
    return known.get(name, name.replace("_", " "))


def _classes(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """The names of classes by column, as the `datasets` library writes them into the schema."""
    about = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return {column: feature["names"] for column, feature in about.items() if "names" in (feature or {})}


def _place(file: pq.ParquetFile, number: int) -> tuple[int, int]:
    group = 0
    while number >= (rows := file.metadata.row_group(group).num_rows):
        number -= rows
        group += 1
    return group, number


@lru_cache(4)
def _opened(path: str, changed: int, process: int) -> pq.ParquetFile:
    return pq.ParquetFile(path, memory_map=True, pre_buffer=False)


@lru_cache(1)
def _cursor(path: str, changed: int, group: int, process: int) -> dict[str, Any]:
    """Where reading a row group has come to: entries come in order, and a whole group of pictures would be too large."""
    batches = _opened(path, changed, process).iter_batches(16, row_groups=[group], columns=["image"])
    return {"start": 0, "batch": next(batches)["image"], "batches": batches}
