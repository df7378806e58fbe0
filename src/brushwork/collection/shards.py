"""Shards: pictures as raw 8-bit RGB, one after the other, each with what was found out about it.

Imported by every worker, so it stays light: no tables, no torch.
"""

import hashlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import threadpoolctl

from brushwork.collection.borders import without_border
from brushwork.collection.hashes import grey_share, perceptual_hashes, small_view
from brushwork.collection.jpeg import jpeg_quality
from brushwork.collection.sources.entry import Entry
from brushwork.errors import PictureError, UserError
from brushwork.images import Limits, read_picture, shrink
from brushwork.run import not_written, read_json, write_json

UNREADABLE, ENDED = "unreadable file", "reading it ended its reader"
MAY_PASS = (
    UNREADABLE,
    ENDED,
    "too large for the memory",
    "file too large",
)  # reasons that the next `collect` tries again: a disk away, too little memory


@dataclass(frozen=True, slots=True)
class Reading:
    """How pictures are read; `short_side` and the two switches decide what the pixels are, the rest what is taken."""

    short_side: int = 256
    trim_borders: bool = False
    limits: Limits = field(default_factory=lambda: Limits(memory=80_000_000))
    seconds: int = 120  # for one picture, after which its reader is given up


@dataclass(frozen=True, slots=True)
class Facts:
    """What reading one painting's picture found, or the `reason` why it cannot be used."""

    id: str
    stamp: str
    shard: int = -1
    offset: int = 0
    width: int = 0
    height: int = 0
    original_width: int = 0
    original_height: int = 0
    sha256: str = ""
    crc32: int = 0
    hashes: str = ""
    grey: float = 0.0
    repaired: str = ""
    reason: str = ""
    bytes: int = 0
    jpeg_quality: int = 0


def pixel_file(pictures: Path, number: int) -> Path:
    """Where the pixels of a shard are."""
    return pictures / f"{number:05d}.rgb"


def index_file(pictures: Path, number: int) -> Path:
    """Where the facts of a shard are; written after its pixels, so that it marks the shard as done."""
    return pictures / f"{number:05d}.json"


def shard_numbers(pictures: Path) -> list[int]:
    """The shards that are done, in order."""
    return sorted(int(path.stem) for path in pictures.glob("[0-9]*.json") if path.stem.isdecimal())


def read_facts(pictures: Path, before: int | None = None) -> dict[str, Facts]:
    """The facts of every painting by id, the latest where one was read again; of shards under `before` alone if given.

    A shard whose pixels are gone or cut short tells nothing: its pictures are to be read again.
    """
    found: dict[str, Facts] = {}
    for number in shard_numbers(pictures):
        if before is None or number < before:
            found |= {facts.id: facts for facts in facts_in(pictures, number) or []}
    return found


def facts_in(pictures: Path, number: int) -> list[Facts] | None:
    """The facts in one shard; None when the shard is not there or its pixels are not whole."""
    path = index_file(pictures, number)
    if not path.exists():
        return None
    try:
        facts = [Facts(**row) for row in read_json(path)]
    except (UserError, TypeError):  # damaged: its pictures are read again, and `show --verify` says what to delete
        return None
    needed = max((f.offset + f.width * f.height * 3 for f in facts if not f.reason), default=0)
    pixels = pixel_file(pictures, number)
    return facts if not needed or (pixels.is_file() and pixels.stat().st_size >= needed) else None


def write_shard(
    entries: Sequence[Entry], pictures: Path, number: int, reading: Reading, poison: frozenset[str] = frozenset()
) -> int:
    """Read, check and shrink pictures, write them as one shard, and return how many there were.

    The pixels stream to a file aside, so that a worker holds one picture at a time. Entries in `poison` are known to
    end their reader and are not touched.
    """
    found: list[Facts] = []
    final = pixel_file(pictures, number)
    aside = final.with_name(f".{final.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with aside.open("wb") as file:
            offset = 0
            for entry in entries:
                if entry.painting.id in poison:
                    reason = f"{ENDED}: out of memory, out of time or a fault in the decoder"
                    found.append(Facts(entry.painting.id, entry.stamp, reason=reason))
                    continue
                facts, pixels = facts_of(entry, number, offset, reading)
                file.write(pixels)
                offset += len(pixels)
                found.append(facts)
            file.flush()
            os.fsync(file.fileno())
        if offset:
            aside.replace(final)
    except OSError as error:
        raise not_written(final, error) from error
    finally:
        aside.unlink(missing_ok=True)
    write_json(index_file(pictures, number), [asdict(facts) for facts in found], None)
    return len(found)


def facts_of(entry: Entry, number: int, offset: int, reading: Reading) -> tuple[Facts, bytes]:
    """One painting's facts and its pixels; the pixels are empty when it cannot be used."""
    painting = entry.painting
    try:
        with _given_up_after(reading.seconds):
            most = min(reading.limits.bytes, reading.limits.memory)
            if entry.size > most:
                raise PictureError(f"file too large: {entry.size:,} bytes, limit {most:,}; raise --memory")
            data = entry.read()
            picture = read_picture(data, reading.short_side * (2 if reading.trim_borders else 1), reading.limits)
    except PictureError as error:
        return Facts(painting.id, entry.stamp, reason=str(error)), b""
    except Exception as error:  # archives, tables and disks raise what they like; every painting keeps a row
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Facts(painting.id, entry.stamp, reason=f"{UNREADABLE}: {words}"), b""
    image = picture.image
    if reading.trim_borders:
        image = shrink(without_border(image), reading.short_side)
    pixels, small = image.tobytes(), small_view(image)
    facts = Facts(
        id=painting.id,
        stamp=entry.stamp,
        shard=number,
        offset=offset,
        width=image.width,
        height=image.height,
        original_width=picture.width,
        original_height=picture.height,
        sha256=hashlib.sha256(data).hexdigest(),
        crc32=zlib.crc32(pixels),
        hashes=perceptual_hashes(small),
        grey=round(grey_share(small), 4),
        repaired=picture.repaired,
        bytes=len(data),
        jpeg_quality=jpeg_quality(data),
    )
    return facts, pixels


@contextmanager
def _given_up_after(seconds: int) -> Iterator[None]:
    """Ends this process when a picture takes too long: nothing else stops a decoder that hangs. Workers only."""
    if not os.environ.get("BRUSHWORK_WORKER") or not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def base_memory() -> int:
    """Bytes that a reading process takes before it opens a picture, with room for what it encodes and keeps."""
    return 75_000_000


def begin_worker() -> None:
    """Marks a process as one that may be ended when a picture hangs, and ties its life to its parent's."""
    os.environ["BRUSHWORK_WORKER"] = "1"
    threadpoolctl.threadpool_limits(1)  # there are as many workers as cores to use
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    # Decoders write about damaged files to standard error; what matters of it stands in the reasons.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def begin_cluster_worker() -> None:
    """As `begin_worker`, for a process that others look after."""
    os.environ["BRUSHWORK_WORKER"] = "1"
    threadpoolctl.threadpool_limits(1)


def _end_with_parent() -> None:
    """A parent that is killed tells its workers nothing, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
