"""The catalogue: one Parquet file, a row for every painting met, kept or dropped."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from brushwork.collection.splits import assign_splits
from brushwork.errors import UserError
from brushwork.painting import Painting, many_rows
from brushwork.run import write_atomically

FILE = "catalogue.parquet"
TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
SCHEMA = pa.schema([(field.name, TYPES[field.type]) for field in fields(Painting)])  # type: ignore[index]


def table_of(paintings: Sequence[Painting]) -> pa.Table:
    """The paintings as an Arrow table, a column for every field."""
    columns = [pa.array([getattr(p, name) for p in paintings], SCHEMA.field(name).type) for name in SCHEMA.names]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def write_catalogue(folder: Path, paintings: Sequence[Painting]) -> None:
    """Write the catalogue of a collection, atomically."""
    buffer = io.BytesIO()
    pq.write_table(table_of(paintings), buffer)
    write_atomically(folder / FILE, buffer.getvalue())


def read_catalogue(folder: Path) -> list[Painting]:
    """The catalogue of a collection; raises `UserError` when it is missing, damaged or of another version.

    Columns that an older version did not have take their defaults.
    """
    path = folder / FILE
    if not path.is_file() and (folder / "settings.json").is_file():
        raise UserError(f"{folder} holds no {FILE} yet: its `brushwork collect` did not come to its end; run it again.")
    if not path.is_file():
        raise UserError(f"{folder} holds no {FILE}; give a folder made by `brushwork collect`.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is damaged ({error}); run the same `brushwork collect` again.") from error
    names = table.schema.names
    if not {"id", "file", "reason", "shard", "offset"} <= set(names) <= set(SCHEMA.names):
        raise UserError(f"{path} was written by another version of Brushwork; collect again into a new folder.")
    with many_rows():
        columns = [table.column(name).to_pylist() for name in names]
        return [Painting(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def with_splits(paintings: Sequence[Painting], previous: Mapping[str, str]) -> list[Painting]:
    """The paintings with their split by artist group; dropped ones have none."""
    split = assign_splits(paintings, previous)
    return [replace(p, split=split[p.group] if p.kept else "") for p in paintings]
