"""The only place that opens a picture: bytes become a checked, upright sRGB image."""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from brushwork.errors import PictureError
from brushwork.run import write_atomically

SRGB = ImageCms.createProfile("sRGB")
LANCZOS = Image.Resampling.LANCZOS


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still taken for a picture; sizes are read from the header, before any pixel is decoded."""

    bytes: int = 200_000_000
    jpeg_pixels: int = 500_000_000  # cheap: a JPEG is reduced while it is decoded
    other_pixels: int = 180_000_000
    shortest_side: int = 32
    proportion: int = 16  # the long side over the short one


def open_picture(data: bytes, short_side: int | None = None, limits: Limits | None = None) -> Image.Image:
    """The picture in `data` as an upright 8-bit sRGB image, its short side at most `short_side` pixels.

    Pictures are made smaller, never larger. Raises `PictureError` with the reason when the bytes are not one whole
    still picture within the limits.
    """
    limits = limits or Limits()
    image = _opened(data, limits)
    icc = image.info.get("icc_profile")
    if short_side is not None and image.format == "JPEG":
        scale = 2 * short_side / min(image.size)
        if scale < 1:  # reduced while decoding to no less than twice the target, so that Lanczos still decides
            image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    try:
        image.load()
    except Exception as error:  # Pillow's readers raise many kinds on damaged data
        raise PictureError(f"damaged picture: {_first_line(error)}") from error
    image = ImageOps.exif_transpose(image)
    image = _without_alpha(_eight_bit(image))
    if short_side is not None:
        image = shrink(image, short_side)
    return _in_srgb(image, icc)


def shrink(image: Image.Image, short_side: int) -> Image.Image:
    """The image with its short side at most `short_side`, in its own proportions."""
    scale = short_side / min(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, LANCZOS)


def resize_short_side(image: Image.Image, short_side: int) -> Image.Image:
    """The image with its short side exactly `short_side`, enlarged if need be, in its own proportions."""
    scale = short_side / min(image.size)
    size = (max(short_side, round(image.width * scale)), max(short_side, round(image.height * scale)))
    return image if size == image.size else image.resize(size, LANCZOS)


def center_crop(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle `width` x `height` pixels of the image."""
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def square(image: Image.Image, side: int) -> Image.Image:
    """The middle square of the image at `side` x `side` pixels, Lanczos-filtered in one step."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.resize((side, side), LANCZOS, box=(left, top, left + edge, top + edge))


def write_image(image: Image.Image, path: Path, **options: Any) -> None:
    """Write an image in the format of the path's ending, atomically; `UserError` when the disk is full."""
    buffer = io.BytesIO()
    image.save(buffer, Image.registered_extensions()[path.suffix], **options)
    write_atomically(path, buffer.getvalue())


def _opened(data: bytes, limits: Limits) -> Image.Image:
    if not data:
        raise PictureError("empty file")
    if len(data) > limits.bytes:
        raise PictureError(f"file too large: {len(data):,} bytes, limit {limits.bytes:,}")
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limits here are read from the header instead
    try:
        image = Image.open(io.BytesIO(data))
        frames = int(getattr(image, "n_frames", 1))
    except Exception as error:  # a damaged header makes Pillow's readers raise whatever they stumble over
        raise PictureError("not a picture Pillow can read") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    pixels = image.width * image.height
    most = limits.jpeg_pixels if image.format == "JPEG" else limits.other_pixels
    if pixels > most:
        raise PictureError(f"too many pixels: {image.width} x {image.height}, limit {most:,}")
    if min(image.size) < limits.shortest_side:
        raise PictureError(f"too small: {image.width} x {image.height}, need {limits.shortest_side} on the short side")
    if max(image.size) > limits.proportion * min(image.size):
        raise PictureError(f"too narrow: {image.width} x {image.height}, limit 1 to {limits.proportion}")
    if frames > 1 and image.format != "MPO":  # an MPO is a still with a preview behind it
        raise PictureError(f"animated: {frames} frames, a painting has one")
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Pillow clips 16-bit and float greys when converting; they are scaled to 8 bits here instead."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image).astype(np.float64)
        top = 65535.0 if image.mode != "F" or values.max(initial=0.0) > 1 else 1.0
        return Image.fromarray(np.clip(values * (255.0 / top) + 0.5, 0, 255).astype(np.uint8))
    return image


def _without_alpha(image: Image.Image) -> Image.Image:
    """Transparent parts show white, as on a page, and never the colour hidden beneath."""
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode in ("RGB", "CMYK", "LAB") else image.convert("RGB")


def _in_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    if icc and image.mode in ("RGB", "CMYK"):
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            converted = ImageCms.profileToProfile(image, profile, SRGB, outputMode="RGB")
            return converted if converted is not None else image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken or foreign profile: the numbers are taken for sRGB, as browsers do
    return image if image.mode == "RGB" else image.convert("RGB")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
