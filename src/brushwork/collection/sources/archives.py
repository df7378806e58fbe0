"""Pictures straight out of archives, never unpacked: zip members and spans of tar files."""

import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from brushwork.errors import PictureError, UserError

LARGEST = 2_000_000_000  # bytes of a member; what a reader may take for one picture is checked before
RATIO = 200  # a member that unpacks to more than so many times its size is a bomb: pictures hardly shrink


def zip_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files in a zip by name, without what macOS adds; raises `UserError` when it is no whole zip.

    Nothing is ever unpacked, so a name that leads out of the archive can do no harm; it is left out all the same.
    """
    try:
        archive = _open_zip(str(path), path.stat().st_mtime_ns, os.getpid())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UserError(f"{path} is not a whole zip ({error}); download it again.") from error
    return {
        member.filename: member
        for member in archive.infolist()
        if not member.filename.endswith("/") and "__MACOSX" not in member.filename and is_inside(member.filename)
    }


def zip_bytes(path: Path, member: str) -> bytes:
    """One file of a zip; raises `PictureError` for one that would unpack to something monstrous."""
    archive = _open_zip(str(path), path.stat().st_mtime_ns, os.getpid())
    info = archive.getinfo(member)
    if info.file_size > LARGEST or info.file_size > RATIO * max(info.compress_size, 1):
        raise PictureError(f"archive bomb: {member} unpacks from {info.compress_size:,} to {info.file_size:,} bytes")
    if info.flag_bits & 1:
        raise PictureError(f"encrypted: {member}; unpack the archive with its password first")
    with archive.open(info) as file:
        return file.read(info.file_size + 1)


def tar_spans(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, first byte and size of every file in an uncompressed tar; raises `UserError` for another file."""
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if member.isreg() and is_inside(member.name):
                    yield member.name, member.offset_data, member.size
            end = archive.offset  # tarfile takes a damaged header, too, for the end
        if span_bytes(path, end, min(512, path.stat().st_size - end)).strip(b"\0"):
            raise tarfile.ReadError(f"damaged at byte {end:,}")
    except (tarfile.TarError, ValueError, OSError) as error:
        raise UserError(
            f"{path} is not a whole, uncompressed tar ({error}); gunzip it or download it again."
        ) from error


def span_bytes(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes of a file from `offset` on; raises `OSError` when there are fewer."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) < size:
        raise OSError(f"{path.name} ends early")
    return data


def is_inside(name: str) -> bool:
    """Whether a member's name stays within its archive."""
    tidy = name.replace("\\", "/")
    return bool(tidy) and not re.match(r"/|[A-Za-z]:", tidy) and ".." not in tidy.split("/")


@lru_cache(16)
def _open_zip(path: str, changed: int, process: int) -> zipfile.ZipFile:
    """Opened once a process: the table of a zip with 80,000 pictures takes half a second to read."""
    return zipfile.ZipFile(path)
