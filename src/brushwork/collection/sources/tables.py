"""Reading the tables that come with collections: CSV in whatever encoding it was saved."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from brushwork.errors import UserError
from brushwork.progress import say

UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)  # what files and zips raise


def read_table(path: Path, needed: Iterable[str], member: str | None = None) -> list[dict[str, str]]:
    """The rows of a CSV file (or of the `member` of that name in a zip), every value stripped.

    Raises `UserError` when the file cannot be read or lacks a needed column.
    """
    try:
        data = path.read_bytes() if member is None else _member(path, member)
    except UNREADABLE as error:
        raise UserError(f"{path} cannot be read ({error}); check the file or download it again.") from error
    text = _text(data, path)
    header = text.split("\n", 1)[0]
    # Spreadsheets in much of Europe save semicolons, and copied cells come with tabs.
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = next(reader, [])
        missing = [column for column in needed if column not in columns]
        if missing:
            raise UserError(
                f"{path} lacks the column {', '.join(map(repr, missing))}; it has {', '.join(columns) or 'none'}."
            )
        end = [""] * len(columns)  # of rows that stop early
        full = (row if len(row) >= len(columns) else row + end[len(row) :] for row in reader if row)
        return [dict(zip(columns, map(str.strip, row), strict=False)) for row in full]
    except csv.Error as error:
        raise UserError(
            f"{path} is not a readable CSV ({error}, line {reader.line_num}); save it again as CSV."
        ) from error


def _member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():  # by name: macOS adds __MACOSX/._NAME, which is no table
            if member.rsplit("/", 1)[-1] == name and not member.startswith("__MACOSX"):
                return archive.read(member)
    raise UserError(f"{path} holds no {name}; check the file or download it again.")


def _text(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        say(f"{path} is not UTF-8; read as Windows-1252: check the accents in the names.")
        return data.decode("cp1252", errors="replace")
