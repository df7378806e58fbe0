"""What sources of plain files share."""

import posixpath
import re
from functools import lru_cache, partial
from pathlib import Path

from brushwork.collection.sources.entry import Entry
from brushwork.errors import UserError
from brushwork.painting import Painting


def file_bytes(path: Path) -> bytes:
    """The bytes of a file."""
    return path.read_bytes()


def file_entry(painting: Painting, path: Path) -> Entry:
    """A painting whose picture is a file of its own, which may be missing."""
    size = path.stat().st_size if path.is_file() else 0
    return Entry(painting, partial(file_bytes, path), file_stamp(path), size)


def file_stamp(path: Path) -> str:
    """Size and time of change, or nothing for a file that is not there."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def absent(path: Path, name: str) -> str:
    """The reason for dropping a painting whose file is not there; empty when it is."""
    return "" if path.is_file() else f"no file: {name}"


@lru_cache(10_000)
def tidy_year(text: str) -> str:
    """A date as museums and tables write it, without the float's tail: `1955.0` is `1955`."""
    return re.sub(r"^(\d{3,4})\.0$", r"\1", text)


def inside(file: str, table: Path, line: int) -> str:
    """A table's file name in one form, relative to the table's folder; raises `UserError` when it leads out of it."""
    tidy = posixpath.normpath(file.replace("\\", "/"))
    if tidy.startswith(("/", "..")) or re.match(r"[A-Za-z]:", tidy):
        raise UserError(
            f"{table} names the file {file!r} in row {line}; names are relative to the table's folder, as STYLE/picture.jpg."
        )
    return tidy
