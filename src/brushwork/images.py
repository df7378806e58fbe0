"""The only place that opens a picture: bytes become a checked, upright sRGB image."""

import contextlib
import io
import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from brushwork.errors import PictureError
from brushwork.run import write_atomically
from brushwork.srgb import in_srgb

LANCZOS = Image.Resampling.LANCZOS
STRIPS = 45_000_000  # bytes that libvips takes for a picture of any size
REPAIRABLE = 0.02  # of the rows: a JPEG that lost less is kept and marked, one that lost more is dropped
Image.init()
FORMATS = tuple(  # what is opened: nothing that runs other programs, as EPS does; MPO comes with JPEG
    str(kind) for kind in ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF", "PPM") if kind in Image.OPEN
)
# Bytes that a pixel takes while it is decoded, by mode, and for formats whose decoders hold copies of their own.
_BY_MODE = {"1": 1, "L": 1, "P": 5, "LA": 4, "PA": 8, "I;16": 2, "I;16B": 2, "I;16L": 2}
_BY_FORMAT = {"WEBP": 14, "AVIF": 16, "JPEG2000": 24}
_opening = threading.Lock()  # Pillow's own limit on pixels is global


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still taken for a picture; sizes are read from the header, before any pixel is decoded."""

    bytes: int = 200_000_000
    jpeg_pixels: int = 500_000_000  # cheap: a JPEG is reduced while it is decoded
    other_pixels: int = 180_000_000
    shortest_side: int = 32
    proportion: int = 16  # the long side over the short one
    memory: int = 2_000_000_000  # bytes that decoding may take; beyond it libvips decodes in strips, if installed
    first_frame: bool = False  # take the first frame of an animation in place of refusing it


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was opened: upright 8-bit sRGB."""

    image: Image.Image
    width: int  # upright pixels of the file
    height: int
    repaired: str = ""  # what was wrong with the file and mended; empty for a whole one


def open_picture(data: bytes, short_side: int | None = None, limits: Limits | None = None) -> Image.Image:
    """The image of `read_picture`."""
    return read_picture(data, short_side, limits).image


def read_picture(data: bytes, short_side: int | None = None, limits: Limits | None = None) -> Picture:
    """The picture in `data` as an upright 8-bit sRGB image, its short side at most `short_side` pixels.

    Pictures are made smaller, never larger. A JPEG cut short is taken when at most 2 % of its rows are missing, and
    marked as repaired. Raises `PictureError` with the reason when the bytes are not a still picture within the limits.
    """
    limits = limits or Limits()
    try:
        with _header(data, limits) as image:
            return _decoded(data, image, short_side, limits)
    except PictureError as error:
        if "truncated" not in str(error):
            raise
    with _header(data + b"\xff\xd9", limits) as image:  # the end mark, with which libjpeg greys what is missing
        if image.format != "JPEG" or not _in_one_scan(data):
            raise PictureError("damaged picture: the file is cut short")
        picture = _decoded(data + b"\xff\xd9", image, short_side, limits)
        lost = _missing_rows(image)
    if lost > REPAIRABLE:
        raise PictureError(f"damaged picture: the file is cut short, the last {lost:.0%} of the picture is missing")
    missing = f"the last {lost:.1%} is missing" if lost >= 0.0005 else "the end mark is missing, all rows are there"
    return Picture(picture.image, picture.width, picture.height, f"cut short: {missing}")


def shrunk_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Width and height in the same proportions, the lesser at most `short_side`."""
    scale = min(1, short_side / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(image: Image.Image, short_side: int) -> Image.Image:
    """The image with its short side at most `short_side`, in its own proportions."""
    size = shrunk_size(*image.size, short_side)
    return image if size == image.size else image.resize(size, LANCZOS)


def short_side_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Width and height in the same proportions, the lesser exactly `short_side`."""
    scale = short_side / min(width, height)
    return max(short_side, round(width * scale)), max(short_side, round(height * scale))


def resize_short_side(image: Image.Image, short_side: int) -> Image.Image:
    """The image with its short side exactly `short_side`, enlarged if need be, in its own proportions."""
    size = short_side_size(*image.size, short_side)
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


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as the bytes of a file of this kind, such as `JPEG`."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def write_image(image: Image.Image, path: Path, **options: Any) -> None:
    """Write an image in the format of the path's ending, atomically; `UserError` when the disk is full."""
    write_atomically(path, encoded(image, Image.registered_extensions()[path.suffix.lower()], **options))


def decoding_memory(image: Image.Image, short_side: int | None) -> int:
    """Bytes that Pillow needs to decode an opened picture, from its header alone."""
    pixels = image.width * image.height
    if image.format not in ("JPEG", "MPO"):
        return pixels * _BY_FORMAT.get(image.format or "", _BY_MODE.get(image.mode, 4))
    eighths = 8
    while eighths > 1 and short_side is not None and min(image.size) * eighths // 16 >= 2 * short_side:
        eighths //= 2  # what `draft` will choose
    whole = 0
    if image.info.get("progressive"):  # all coefficients are held at once, two bytes each
        sampling = [(across, down) for _, across, down, _ in getattr(image, "layer", [])] or [(1, 1)] * 3
        most = max(across for across, _ in sampling) * max(down for _, down in sampling)
        whole = 2 * pixels * sum(across * down for across, down in sampling) // most
    return whole + pixels * eighths * eighths // 64 * _BY_MODE.get(image.mode, 4)


def _header(data: bytes, limits: Limits) -> Image.Image:
    """The picture opened, not decoded, and found within the limits."""
    if not data:
        raise PictureError("empty file")
    if len(data) > limits.bytes:
        raise PictureError(f"file too large: {len(data):,} bytes, limit {limits.bytes:,}")
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limits here are read from the header instead
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            frames = int(getattr(image, "n_frames", 1))
            pyramid = frames > 1 and image.format == "TIFF" and _is_pyramid(image, frames)
        except Exception as error:  # a damaged header makes Pillow's readers raise whatever they stumble over
            raise PictureError("not a picture Pillow can read") from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    pixels = image.width * image.height
    most = limits.jpeg_pixels if image.format in ("JPEG", "MPO") else limits.other_pixels
    if pixels > most:
        raise PictureError(f"too many pixels: {image.width} x {image.height}, limit {most:,}")
    if min(image.size) < limits.shortest_side:
        raise PictureError(f"too small: {image.width} x {image.height}, need {limits.shortest_side} on the short side")
    if max(image.size) > limits.proportion * min(image.size):
        raise PictureError(f"too narrow: {image.width} x {image.height}, limit 1 to {limits.proportion}")
    # An MPO is a still with a preview behind it, a TIFF of ever smaller pages one picture at several sizes.
    if frames > 1 and image.format != "MPO" and not pyramid and not limits.first_frame:
        raise PictureError(f"animated: {frames} frames, a painting has one")
    return image


def _is_pyramid(image: Image.Image, frames: int) -> bool:
    widths = []
    for frame in range(frames):
        image.seek(frame)
        widths.append(image.width)
    image.seek(0)
    return all(width < widths[0] for width in widths[1:])


def _decoded(data: bytes, image: Image.Image, short_side: int | None, limits: Limits) -> Picture:
    icc = image.info.get("icc_profile")
    need = len(data) + decoding_memory(image, short_side)
    try:
        if need > limits.memory:
            small, size = _in_strips(data, image, short_side, need, limits)
        else:
            small, size = _loaded(image, short_side)
        return Picture(in_srgb(small, icc), *size)
    except PictureError:
        raise
    except Exception as error:  # Pillow's readers raise many kinds on damaged data
        raise PictureError(f"damaged picture: {_first_line(error)}") from error


def _loaded(image: Image.Image, short_side: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """The picture decoded by Pillow, shrunk before anything else is done to it, upright; and its upright size."""
    width, height = image.size
    if short_side is not None and image.format in ("JPEG", "MPO"):
        scale = 2 * short_side / min(image.size)
        if scale < 1:  # reduced while decoding to no less than twice the target, so that Lanczos still decides
            image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    image.load()  # a TIFF is upright now, its size was before
    orientation = 1
    with contextlib.suppress(Exception):  # a damaged EXIF block turns nothing
        orientation = int(image.getexif().get(0x0112, 1))
    whole: Image.Image = image
    if image.mode in ("P", "PA", "1") or "transparency" in image.info:
        whole = image.convert("RGBA" if image.has_transparency_data else "RGB" if image.mode != "1" else "L")
    small = whole if short_side is None else shrink(whole, short_side)
    return _upright(small, orientation), (height, width) if orientation >= 5 else (width, height)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _in_strips(
    data: bytes, image: Image.Image, short_side: int | None, need: int, limits: Limits
) -> tuple[Image.Image, tuple[int, int]]:
    """As `_loaded`, strip by strip by libvips, in some forty megabytes whatever the size."""
    os.environ.setdefault("VIPS_CONCURRENCY", "1")  # each of its threads holds strips of its own
    try:
        import pyvips
    except (ImportError, OSError):
        pyvips = None
    streams = image.format in ("PNG", "TIFF") and len(data) + STRIPS <= limits.memory
    if short_side is None or pyvips is None or not streams:
        raise PictureError(
            f"too large for the memory: {image.width} x {image.height} {image.format} needs {need / 1e6:,.0f} MB, limit "
            f"{limits.memory / 1e6:,.0f} MB; raise --memory" + (" or `pip install pyvips[binary]`" if streams else "")
        )
    large = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="truncated")
    width, height = large.width, large.height
    orientation = int(large.get("orientation")) if "orientation" in large.get_fields() else 1
    alpha = large.hasalpha()
    high = 65535 if large.format == "ushort" else 255
    scale = min(1.0, short_side / min(width, height))
    if alpha:
        large = large.premultiply(max_alpha=high)
    factor = max(1, int(0.5 / scale))  # to twice the target first, across, so that what is held of the rows is short
    large = large.shrinkh(factor).resize(scale * factor, vscale=scale, kernel="lanczos3")
    if alpha:
        large = large.unpremultiply(max_alpha=high)
    values = large.numpy().astype(np.float64) * (255 / high)
    pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA" if alpha else "CMYK"}[pixels.shape[2] if pixels.ndim == 3 else 1]
    small = Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    return _upright(small, orientation), (height, width) if orientation >= 5 else (width, height)


def _in_one_scan(data: bytes) -> bool:
    """Whether the first scan of a JPEG holds all its components, so that what is missing is missing at the bottom."""
    at, components = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xC2, 0xC6, 0xCA, 0xCE):  # progressive
            return False
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            components = data[at + 9]
        if marker == 0xDA:
            return data[at + 4] == components
        at += 2 + length
    return False


def _missing_rows(image: Image.Image) -> float:
    """The share of rows at the bottom that libjpeg greyed."""
    rows = np.asarray(image).reshape(image.height, -1)
    filled = np.abs(rows.astype(np.int16) - 128).max(axis=1) <= 1
    return float(np.argmin(filled[::-1]) / len(filled)) if not filled.all() else 1.0


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
