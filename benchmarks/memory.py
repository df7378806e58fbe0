"""Memory of the processes that read pictures: by the picture, and by the number of pictures.

    python benchmarks/memory.py

The largest resident set of any worker, of which there are two, sampled every 20 ms while `collect` runs.
"""

import io
import multiprocessing
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from brushwork.collection import collect
from brushwork.collection.shards import Reading, base_memory
from brushwork.collection.sources import Request, entries_of
from brushwork.images import Limits

LIMIT = 150


def tile(width: int, height: int) -> Image.Image:
    """A picture with detail everywhere, made from one square."""
    square = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    part = np.asarray(Image.fromarray(square).resize((512, 512), Image.Resampling.BICUBIC))
    return Image.fromarray(np.tile(part, (height // 512 + 1, width // 512 + 1, 1))[:height, :width])


def peak_while(work: Callable[[], object]) -> float:
    """The largest resident set of a child process while `work` runs, in megabytes."""
    peaks, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for child in psutil.Process().children(recursive=True):
                try:
                    if "spawn_main" in " ".join(child.cmdline()):
                        peaks.append(child.memory_info().rss / 1e6)
                except psutil.Error:
                    continue
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        work()
    finally:
        stop.set()
        thread.join()
    return max(peaks)


def collected(folder: Path) -> float:
    """The peak of collecting a folder of pictures."""
    out = folder.with_name(folder.name + "-out")
    reading = Reading(limits=Limits(memory=LIMIT * 1_000_000 - base_memory()))
    entries = entries_of("folder", Request(str(folder)))
    peak = peak_while(lambda: collect(entries, out, "folder", reading, workers=2, steps=[]))
    reasons = [line for line in _reasons(out) if line]
    return peak if not reasons else -peak


def _reasons(out: Path) -> list[str]:
    from brushwork.collection.catalogue import read_catalogue

    return [p.reason for p in read_catalogue(out)]


def folder_of(base: Path, name: str, pictures: dict[str, bytes]) -> Path:
    """A `folder` source with these files."""
    (base / name / "style").mkdir(parents=True)
    for file, data in pictures.items():
        (base / name / "style" / file).write_bytes(data)
    return base / name


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file of this kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def flat_png(width: int, height: int) -> bytes:
    """A PNG written row by row, so that making it takes no memory either."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    row = b"\0" + bytes((np.arange(width * 3) % 251).astype(np.uint8))
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main(counts: list[int]) -> None:
    """Print both tables."""
    small = encoded(tile(400, 300), "JPEG", quality=90)
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        giant = encoded(tile(15530, 6911), "JPEG", quality=85)
        large = {
            "12-megapixel JPEG": encoded(tile(4000, 3000), "JPEG", quality=90),
            "107-megapixel JPEG": giant,
            "107-megapixel progressive JPEG": encoded(tile(15530, 6911), "JPEG", quality=85, progressive=True),
            "24-megapixel PNG": encoded(tile(6000, 4000), "PNG", compress_level=1),
            "107-megapixel PNG": flat_png(15530, 6911),
            "107-megapixel TIFF, LZW": encoded(tile(15530, 6911), "TIFF", compression="tiff_lzw"),
        }
        for name, data in large.items():
            ending = {"JPEG": "jpg", "PNG": "png"}.get(name.rsplit(" ", 1)[-1], "tif")
            files = {f"a_{i}.{ending}": data for i in range(2)} | {f"b_{i}.jpg": small for i in range(130)}
            peak = collected(folder_of(base, name.replace(" ", "-"), files))
            print(f"{abs(peak):6.0f} MB  {name}{'' if peak > 0 else ': left out, with its reason'}", flush=True)
        peaks = []
        for count in counts:
            pictures = {f"c_{i:06d}.jpg": small + i.to_bytes(4, "big") for i in range(count)}
            peaks.append(collected(folder_of(base, f"many-{count}", pictures)))
            print(f"{peaks[-1]:6.1f} MB  {count:,} pictures", flush=True)
        print(f"{peaks[-1] / peaks[0]:6.3f}     last against first")


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main([int(word) for word in sys.argv[1:]] or [1_000, 20_000])
