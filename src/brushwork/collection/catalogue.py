"""The catalogue: one Parquet file, a row for every painting met, kept or dropped."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from brushwork.collection.artists import artist_key, normalised_artist
from brushwork.collection.splits import assign_splits
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.run import write_atomically

FILE = "catalogue.parquet"
TYPES = {str: pa.string(), int: pa.int64()}
SCHEMA = pa.schema([(field.name, TYPES[field.type]) for field in fields(Painting)])  # type: ignore[index]


def write_catalogue(folder: Path, paintings: Sequence[Painting]) -> None:
    """Write the catalogue of a collection, atomically."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([p.to_dict() for p in paintings], schema=SCHEMA), buffer)
    write_atomically(folder / FILE, buffer.getvalue())


def read_catalogue(folder: Path) -> list[Painting]:
    """The catalogue of a collection; raises `UserError` when it is missing, damaged or of another version."""
    path = folder / FILE
    if not path.is_file():
        raise UserError(f"{folder} holds no {FILE}; give a folder made by `brushwork collect`.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is damaged ({error}); run the same `brushwork collect` again.") from error
    if table.schema.names != SCHEMA.names:
        raise UserError(f"{path} was written by another version of Brushwork; collect again into a new folder.")
    return [Painting(**row) for row in table.to_pylist()]


def with_artists(painting: Painting) -> Painting:
    """The painting with its artist normalised and its artist group set; an unknown artist is a group of one."""
    artist = normalised_artist(painting.artist)
    return replace(painting, artist=artist, group=artist_key(artist) if artist else f"unknown: {painting.id}")


def without_duplicates(paintings: Sequence[Painting]) -> list[Painting]:
    """Exact duplicates merged: of equal files the first stays, and the others say which.

    Equal files under two artists or two styles are all dropped: nobody can tell which label is right, and either
    would put one picture on both sides of a split.
    """
    same: dict[str, list[Painting]] = defaultdict(list)
    for painting in paintings:
        if painting.kept:
            same[painting.sha256].append(painting)
    reasons: dict[str, str] = {}
    for copies in same.values():
        copies = sorted(copies, key=lambda copy: not copy.artist)  # one whose artist is known stays before one unknown
        first, others = copies[0], copies[1:]
        for what in ("group", "style"):
            values = sorted({getattr(copy, what) for copy in copies if what == "style" or copy.artist})
            if len(values) > 1:
                word = "artists" if what == "group" else "styles"
                reasons |= {copy.id: f"same picture under {len(values)} {word}: {', '.join(values)}" for copy in copies}
        if first.id not in reasons:
            reasons |= {copy.id: f"exact duplicate of {first.id}" for copy in others}
    return [replace(p, reason=reasons[p.id]) if p.id in reasons else p for p in paintings]


def with_splits(paintings: Sequence[Painting], previous: Mapping[str, str]) -> list[Painting]:
    """The paintings with their split by artist group; dropped ones have none."""
    split = assign_splits(paintings, previous)
    return [replace(p, split=split[p.group] if p.kept else "") for p in paintings]
