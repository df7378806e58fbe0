"""From a source to a collection: every picture checked, shrunk and written once; killed and started again, it goes on."""

import hashlib
import multiprocessing
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.collection.catalogue import (
    FILE,
    read_catalogue,
    with_artists,
    with_splits,
    without_duplicates,
    write_catalogue,
)
from brushwork.collection.sources.entry import Entry
from brushwork.errors import PictureError, UserError
from brushwork.images import open_picture
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import open_run, read_json, write_atomically, write_json

SHARD = 64  # paintings; small, so that little is done twice after a crash


@dataclass(frozen=True, slots=True)
class Ingested:
    """A painting whose pixels are in a shard, with the stamp of the file they came from."""

    painting: Painting
    stamp: str


def collect(entries: Iterable[Entry], out: Path, source: str, short_side: int = 256, workers: int = 2) -> None:
    """Make or extend the collection in `out` from a source's entries.

    Pictures are kept as raw 8-bit RGB in their own proportions, the short side at most `short_side` pixels. What
    cannot be used gets a row with its reason. Paintings already there are not read again and keep their split; those
    met before and not named now stay. Raises `UserError` when `out` is something else or nothing could be used.
    """
    entries = list(entries)
    if not entries:
        raise UserError("the source has no painting; check its folder and the --styles asked for.")
    open_run(out, {"kind": "collection", "source": source, "short_side": short_side})
    entries = list({entry.painting.id: entry for entry in reversed(entries)}.values())[::-1]  # an id counts once
    before = read_catalogue(out) if (out / FILE).exists() else []
    previous = {p.group: p.split for p in before if p.kept}
    done = _ingested(out)
    todo = [e for e in entries if not e.painting.reason and not _stands(done.get(e.painting.id), e)]
    fresh, failed = _ingest_all(todo, out, short_side, workers, label=f"collecting {source}")
    done |= fresh
    named = {entry.painting.id for entry in entries}
    rows = [replace(p, reason=_lasting(p.reason)) for p in before if p.id not in named]
    rows += [_row(entry, done, failed) for entry in entries]
    paintings = with_splits(without_duplicates([with_artists(row) for row in rows]), previous)
    write_catalogue(out, paintings)
    if not any(p.kept for p in paintings):
        raise UserError(
            f"none of the {len(paintings)} paintings could be used, the first because: {paintings[0].reason}. "
            f"Every reason is in {out / FILE}."
        )


def _lasting(reason: str) -> str:
    """The reason of an earlier row, unless it is one that is found anew among all rows."""
    return "" if reason.startswith(("exact duplicate", "same picture")) else reason


def _stands(known: Ingested | None, entry: Entry) -> bool:
    return known is not None and known.stamp == entry.stamp


def _row(entry: Entry, done: dict[str, Ingested], failed: dict[str, str]) -> Painting:
    """The entry's description as it is today, with the pixels that are in a shard or the reason why there are none."""
    painting = entry.painting
    if painting.reason:
        return painting
    if painting.id in failed:
        return replace(painting, reason=failed[painting.id])
    pixels = done[painting.id].painting
    return replace(
        painting,
        width=pixels.width,
        height=pixels.height,
        sha256=pixels.sha256,
        shard=pixels.shard,
        offset=pixels.offset,
    )


def _ingested(out: Path) -> dict[str, Ingested]:
    known: dict[str, Ingested] = {}
    for path in sorted((out / "pictures").glob("*.json")):
        for row in read_json(path):
            known[row["painting"]["id"]] = Ingested(Painting(**row["painting"]), row["stamp"])
    return known


def _ingest_all(
    entries: Sequence[Entry], out: Path, short_side: int, workers: int, label: str
) -> tuple[dict[str, Ingested], dict[str, str]]:
    pictures = out / "pictures"
    first = 1 + max((int(path.stem) for path in pictures.glob("*.json")), default=-1)
    chunks = [entries[i : i + SHARD] for i in range(0, len(entries), SHARD)]
    fresh: dict[str, Ingested] = {}
    failed: dict[str, str] = {}
    with _pool(workers, len(chunks)) as pool, progress(len(entries), label) as advance:
        tasks = [pool.submit(_write_shard, chunk, pictures, first + i, short_side) for i, chunk in enumerate(chunks)]
        try:
            for task in as_completed(tasks):
                kept, reasons = task.result()
                fresh |= {item.painting.id: item for item in kept}
                failed |= reasons
                advance(len(fresh) + len(failed))
        except BrokenProcessPool as error:
            raise UserError(
                "a worker was stopped by the system, most likely for want of memory; what was done is kept: "
                "run the same command again with --workers 1."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return fresh, failed


@contextmanager
def _pool(workers: int, chunks: int) -> Iterator[Executor]:
    """Spawned processes, never forked ones, which can hang; a single worker needs no process."""
    if workers <= 1 or chunks <= 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as threads:
            yield threads
    else:
        with ProcessPoolExecutor(min(workers, chunks), mp_context=multiprocessing.get_context("spawn")) as processes:
            yield processes


def _write_shard(
    entries: Sequence[Entry], pictures: Path, number: int, short_side: int
) -> tuple[list[Ingested], dict[str, str]]:
    """Read, check and shrink a chunk of pictures and write them as one shard, the pixels first, then the index."""
    kept: list[Ingested] = []
    failed: dict[str, str] = {}
    pixels = bytearray()
    for entry in entries:
        try:
            data = entry.read()
            image = open_picture(data, short_side)
        except PictureError as error:
            failed[entry.painting.id] = str(error)
            continue
        except (OSError, zipfile.BadZipFile, zlib.error) as error:
            failed[entry.painting.id] = f"unreadable file: {getattr(error, 'strerror', None) or error}"
            continue
        painting = replace(
            entry.painting,
            width=image.width,
            height=image.height,
            sha256=hashlib.sha256(data).hexdigest(),
            shard=number,
            offset=len(pixels),
        )
        pixels += np.asarray(image).tobytes()
        kept.append(Ingested(painting, entry.stamp))
    if kept:
        write_atomically(pictures / f"{number:05d}.rgb", bytes(pixels))
        rows: list[dict[str, Any]] = [{"painting": k.painting.to_dict(), "stamp": k.stamp} for k in kept]
        write_json(pictures / f"{number:05d}.json", rows)
    return kept, failed
