"""The pictures that other tools got wrong (collections.md, section 3) come out right or with a reason."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from brushwork.errors import PictureError
from brushwork.images import Limits, center_crop, open_picture, resize_short_side, square
from tests.conftest import encoded, noise_picture


def gradient(width: int = 120, height: int = 90) -> Image.Image:
    across = np.linspace(0, 255, width)[None].repeat(height, 0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8))


def difference(a: Image.Image, b: Image.Image) -> float:
    return float(np.abs(np.asarray(a, float) - np.asarray(b, float)).mean())


@pytest.mark.parametrize("short_side", [None, 32, 64])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_plain_picture_keeps_its_proportions_and_colours(kind: str, short_side: int | None) -> None:
    found = open_picture(encoded(gradient(), kind), short_side)
    assert found.mode == "RGB"
    assert min(found.size) == (short_side or 90)
    assert found.width / found.height == pytest.approx(120 / 90, rel=0.02)
    assert difference(found, gradient().resize(found.size, Image.Resampling.LANCZOS)) < 5


def test_a_small_picture_is_never_enlarged() -> None:
    assert open_picture(encoded(gradient()), 500).size == (120, 90)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"no picture at all", "not a picture"),
        (encoded(noise_picture(2), "JPEG")[:-900], "damaged picture"),
        (encoded(noise_picture(1))[:4000], "damaged picture"),
        (encoded(gradient().resize((40, 20))), "too small"),
        (encoded(gradient().resize((1200, 40))), "too narrow"),
    ],
)
def test_a_broken_picture_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        open_picture(data)


def test_a_gigantic_picture_is_refused_from_its_header() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(PictureError, match="too many pixels"):
        open_picture(png + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")))


def test_limits_on_pixels_and_bytes_are_kept() -> None:
    data = encoded(gradient())
    with pytest.raises(PictureError, match="too many pixels: 120 x 90"):
        open_picture(data, limits=Limits(other_pixels=10_000))
    with pytest.raises(PictureError, match="file too large"):
        open_picture(data, limits=Limits(bytes=100))


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = np.linspace(0, 65535, 100 * 80).reshape(80, 100).astype(np.uint16)
    found = np.asarray(open_picture(encoded(Image.fromarray(grey))), float)
    assert np.abs(found[..., 0] - grey / 257).max() <= 1


def test_transparency_shows_white_and_never_the_hidden_colour() -> None:
    hidden = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert open_picture(encoded(hidden)).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (64, 64), 0)
    palette.putpalette([200, 10, 10] * 256)
    found = open_picture(encoded(palette, "PNG", transparency=0))
    assert found.getpixel((5, 5)) == (255, 255, 255)
    half = Image.new("LA", (64, 64), (0, 128))
    assert open_picture(encoded(half)).getpixel((5, 5)) == pytest.approx((127, 127, 127), abs=1)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_modes_become_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    found = open_picture(encoded(gradient().convert(mode), kind))
    assert found.mode == "RGB"
    tolerance = {"L": 1, "1": 1, "P": 1, "CMYK": 6}[mode]
    assert difference(found, gradient().convert(mode).convert("RGB")) < tolerance


def test_an_animation_is_refused() -> None:
    frames = [noise_picture(i, mode="P") for i in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(PictureError, match="animated: 3 frames"):
        open_picture(data)
    assert open_picture(encoded(frames[0], "GIF")).mode == "RGB"


def test_exif_orientation_is_applied_also_after_reduced_decoding() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(gradient(400, 300), "JPEG", exif=exif, quality=95)
    found = open_picture(data, 64)
    assert found.height > found.width
    assert difference(found, gradient(400, 300).rotate(-90, expand=True).resize(found.size)) < 5


def test_a_profile_is_converted_and_a_broken_one_is_taken_for_srgb() -> None:
    image = gradient()
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert difference(open_picture(encoded(image, "PNG", icc_profile=lab_like)), image) < 1
    assert difference(open_picture(encoded(image, "PNG", icc_profile=b"broken" * 40)), image) == 0


def test_crops_are_centred_and_squares_keep_the_middle() -> None:
    image = gradient(100, 60)
    assert center_crop(image, 60, 60).getpixel((0, 0)) == image.getpixel((20, 0))
    assert square(image, 60).size == (60, 60)
    assert difference(square(image, 60), image.crop((20, 0, 80, 60))) == 0
    assert resize_short_side(image, 30).size == (50, 30)
    assert resize_short_side(image, 120).size == (200, 120)


def test_reading_leaves_nothing_open() -> None:
    data = io.BytesIO(encoded(gradient(), "TIFF"))
    assert open_picture(data.getvalue()).size == (120, 90)
