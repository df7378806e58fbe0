"""Memory of the processes that read pictures: by the picture, and by the number of pictures.

    python benchmarks/memory.py [COUNT ...]

The largest resident set of any worker of `brushwork collect --workers 2`, sampled every 10 ms, at the default --memory.
"""

import io
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from brushwork.collection.catalogue import read_catalogue

ENDINGS = {"TIFF": "tif", "JPEG 2000": "jp2", "JPEG": "jpg", "PNG": "png", "WebP": "webp"}


def tile(width: int, height: int) -> Image.Image:
    """A picture with detail everywhere, made from one square."""
    square = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    part = np.asarray(Image.fromarray(square).resize((512, 512), Image.Resampling.BICUBIC))
    return Image.fromarray(np.tile(part, (height // 512 + 1, width // 512 + 1, 1))[:height, :width])


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file of this kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned() -> Image.Exif:
    """What says that a picture lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def striped_png(width: int, height: int) -> bytes:
    """A PNG of stripes, a few megabytes whatever its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    row = b"\0" + bytes((np.arange(width * 3) % 251).astype(np.uint8))
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def peak_of_collecting(folder: Path) -> tuple[float, list[str]]:
    """The largest resident set of a worker in megabytes, and the reasons for what was too large."""
    out = folder.with_name(folder.name + "-out")
    command = ["-m", "brushwork", "collect", "folder", str(folder), "--out", str(out)]
    process = subprocess.Popen([sys.executable, *command], stdout=-3, stderr=-3)
    peak = 0.0
    while process.poll() is None:
        for child in psutil.Process(process.pid).children():
            try:
                if "spawn_main" in " ".join(child.cmdline()):
                    peak = max(peak, child.memory_info().rss / 1e6)
            except psutil.Error:
                continue
        time.sleep(0.01)
    return peak, [p.reason for p in read_catalogue(out) if "too large" in p.reason]


def folder_of(base: Path, name: str, pictures: dict[str, bytes]) -> Path:
    """A `folder` source with these files."""
    (base / name / "style").mkdir(parents=True)
    for file, data in pictures.items():
        (base / name / "style" / file).write_bytes(data)
    return base / name


def main(counts: list[int]) -> None:
    """Print both tables."""
    small = encoded(tile(400, 300), "JPEG", quality=90)
    large = {
        "12-megapixel JPEG": encoded(tile(4000, 3000), "JPEG", quality=90),
        "107-megapixel JPEG": encoded(tile(15530, 6911), "JPEG", quality=85),
        "107-megapixel progressive JPEG": encoded(tile(15530, 6911), "JPEG", quality=85, progressive=True),
        "24-megapixel PNG": encoded(tile(6000, 4000), "PNG", compress_level=1),
        "107-megapixel PNG": striped_png(15530, 6911),
        "48-megapixel PNG, turned": encoded(tile(8000, 6000), "PNG", compress_level=1, exif=turned()),
        "17-megapixel WebP": encoded(tile(4800, 3600), "WEBP", method=0),
        "12-megapixel JPEG 2000": encoded(tile(4000, 3000), "JPEG2000"),
        "107-megapixel TIFF, JPEG inside": encoded(tile(15530, 6911), "TIFF", compression="jpeg"),
        "107-megapixel TIFF, LZW": encoded(tile(15530, 6911), "TIFF", compression="tiff_lzw"),
    }
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        for number, (name, data) in enumerate(large.items()):
            ending = next(e for kind, e in ENDINGS.items() if kind in name)
            files = {f"a_{i}.{ending}": data for i in range(2)} | {f"b_{i}.jpg": small for i in range(130)}
            peak, reasons = peak_of_collecting(folder_of(base, str(number), files))
            print(
                f"{peak:6.0f} MB  {name} ({len(data) / 1e6:.0f} MB){': ' + reasons[0] if reasons else ''}", flush=True
            )
        peaks = []
        for count in counts:
            pictures = {f"c_{i:06d}.jpg": small + i.to_bytes(4, "big") for i in range(count)}
            peaks.append(peak_of_collecting(folder_of(base, f"many-{count}", pictures))[0])
            print(f"{peaks[-1]:6.1f} MB  {count:,} pictures", flush=True)
        print(f"{peaks[-1] / peaks[0]:6.3f}     last against first")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1_000, 20_000])
