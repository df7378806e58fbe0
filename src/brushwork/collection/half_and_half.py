"""Canvases painted half in each school beside a two-schools collection: ground truth for explanations."""

import io
from pathlib import Path

from PIL import Image

from brushwork.collection.sources.two_schools import STYLES, paint_half_and_half
from brushwork.run import read_json, write_atomically, write_json

FOLDER, COUNT = "half-and-half", 50


def write_half_and_half(collection: Path, seed: int, count: int = COUNT) -> None:
    """Paint the canvases and their masks (white where the second school painted) as PNG; what is there of this seed stays."""
    for index in range(count):
        base = collection / FOLDER / f"{index:03d}"
        about = base.with_suffix(".json")
        if about.exists() and read_json(about)["seed"] == seed:
            continue
        canvas = paint_half_and_half(index, seed)
        write_atomically(base.with_suffix(".png"), _png(canvas.picture))
        write_atomically(base.with_suffix(".mask.png"), _png(canvas.mask))
        write_json(base.with_suffix(".json"), canvas.to_dict())


def read_half_and_half(collection: Path) -> list[tuple[Image.Image, Image.Image]]:
    """Pictures and masks, if the collection has such canvases."""
    bases = sorted((collection / FOLDER).glob("*.json"))
    return [
        (Image.open(base.with_suffix(".png")).convert("RGB"), Image.open(base.with_suffix(".mask.png")).convert("L"))
        for base in bases
    ]


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


__all__ = ["COUNT", "FOLDER", "STYLES", "read_half_and_half", "write_half_and_half"]
