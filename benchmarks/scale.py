"""What a collection costs besides reading its pictures: bytes, seconds and memory by the number of paintings.

    python benchmarks/scale.py [COUNT ...]

Shards are made up (random hashes, no pixels), so that only the plan, the clean-up, the near-duplicate join, the splits
and the catalogue are measured; each count in a process of its own.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from brushwork.collection import collect, open_collection
from brushwork.collection.hashes import HEX
from brushwork.collection.shards import Facts, Reading, index_file
from brushwork.collection.sources.entry import Entry
from brushwork.painting import Painting
from brushwork.run import open_run

SHARD = 1024
ARTISTS = 0.02  # a painting: as many as Painter by Numbers has


def entries_of_count(count: int) -> list[Entry]:
    """Made-up paintings in two styles."""
    artists = max(50, round(count * ARTISTS))
    return [
        Entry(
            Painting(
                id=f"painting-{i:09d}",
                file=f"folder/painting-{i:09d}.jpg",
                title=f"Landscape with a river, number {i}",
                artist=f"Painter Number{i * 7919 % artists}",
                style="Calm" if i % 2 else "Wild",
                year=str(1800 + i % 130),
                genre="landscape",
                source="made up",
                rights="none",
            ),
            bytes,
            "1",
        )
        for i in range(count)
    ]


def write_index(pictures: Path, entries: list[Entry]) -> None:
    """Indexes as reading would have left them."""
    pictures.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number, start in enumerate(range(0, len(entries), SHARD)):
        rows = []
        for entry in entries[start : start + SHARD]:
            hashes = rng.bytes(HEX // 2).hex()
            rows.append(
                asdict(Facts(entry.painting.id, "1", number, 0, 340, 256, 4000, 3000, "0" * 64, 1, hashes, 0.1))
            )
            rows[-1]["sha256"] = entry.painting.id
        index_file(pictures, number).write_text(json.dumps(rows))


def measure(count: int) -> None:
    """Print one line of the table."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "collection")
        entries = entries_of_count(count)
        reading = Reading()
        pixels = {"short_side": 256, "trim_borders": False, "first_frame": False}
        open_run(out, {"kind": "collection", "format": 2, "source": "made up", **pixels})
        write_index(out / "pictures", entries)
        began = time.perf_counter()
        collect(entries, out, "made up", reading, workers=0)
        finished = time.perf_counter() - began
        began = time.perf_counter()
        assert len(open_collection(out).paintings) == count
        opened = time.perf_counter() - began
        index = sum(path.stat().st_size for path in (out / "pictures").glob("*.json"))
        catalogue = (out / "catalogue.parquet").stat().st_size
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{count:10,} paintings: finished in {finished:6.1f} s, opened in {opened:5.1f} s, {memory:5.2f} GB at most; "
            f"{index / count:.0f} bytes of index and {catalogue / count:.0f} of catalogue a painting",
            flush=True,
        )


if __name__ == "__main__":
    for size in [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 300_000]:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(size,))
        process.start()
        process.join()
