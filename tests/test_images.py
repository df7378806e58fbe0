"""The pictures that other tools got wrong (collections.md, section 3) come out right or with a reason."""

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from brushwork.errors import PictureError
from brushwork.images import (
    STRIPS,
    Limits,
    center_crop,
    decoding_memory,
    open_picture,
    read_picture,
    resize_short_side,
    square,
)
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


@pytest.mark.parametrize("cut", [2, 40])
def test_a_jpeg_that_lost_its_end_is_repaired_and_one_that_lost_more_is_not(cut: int) -> None:
    whole = encoded(noise_picture(3, 300, 300), "JPEG", quality=95)
    found = read_picture(whole[:-cut])
    assert found.repaired.startswith("cut short")
    assert difference(found.image.crop((0, 0, 300, 280)), open_picture(whole).crop((0, 0, 300, 280))) == 0
    assert read_picture(whole).repaired == ""
    with pytest.raises(PictureError, match="of the picture is missing"):
        read_picture(whole[: len(whole) // 2])


def test_what_is_missing_is_not_always_at_the_bottom() -> None:
    progressive = encoded(noise_picture(3, 300, 300), "JPEG", progressive=True)
    interlaced = encoded(noise_picture(3, 300, 300))
    for data in (progressive[:-3000], interlaced[:-300]):
        with pytest.raises(PictureError, match="damaged picture"):
            read_picture(data)


def test_strict_reading_stays_strict_beside_repairs_in_other_threads() -> None:
    whole = encoded(noise_picture(3, 300, 300), "JPEG", quality=95)
    with ThreadPoolExecutor(4) as threads:
        repaired = [threads.submit(read_picture, whole[:-20]) for _ in range(40)]
        broken = [threads.submit(read_picture, whole[: len(whole) // 2]) for _ in range(40)]
    assert all(task.result().repaired for task in repaired)
    assert all(isinstance(task.exception(), PictureError) for task in broken)


def rotated(kind: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(gradient(400, 300), kind, exif=exif, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_orientation_is_upright_by_either_decoder(kind: str, orientation: int) -> None:
    data = rotated(kind, orientation)
    with Image.open(io.BytesIO(data)) as image:
        wanted = ImageOps.exif_transpose(image).convert("RGB")
    for limits in (Limits(), Limits(memory=STRIPS + len(data) + 1)) if kind in ("PNG", "TIFF") else (Limits(),):
        found = read_picture(data, 64, limits)
        assert (found.width, found.height) == wanted.size
        assert difference(found.image, wanted.resize(found.image.size, Image.Resampling.LANCZOS)) < 6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "CMYK", "I;16"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_decoding_in_strips_gives_the_same_picture(kind: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "PNG" and mode == "CMYK":
        return
    image = gradient(900, 600)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    elif mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(gradient(900, 600).convert("L"))
    else:
        image = image.convert(mode)
    data = encoded(image, kind)
    monkeypatch.setattr("brushwork.images.STRIPS", 0)
    monkeypatch.setattr("brushwork.images._loaded", None)  # so that only the strips can have made it
    strips = open_picture(data, 100, Limits(memory=len(data)))
    monkeypatch.undo()
    assert difference(strips, open_picture(data, 100)) < 1.5


def test_what_decoding_takes_is_told_from_the_header() -> None:
    def need(data: bytes, side: int | None = None) -> int:
        with Image.open(io.BytesIO(data)) as image:
            return decoding_memory(image, side)

    photo = noise_picture(1, 1600, 1200)
    assert need(encoded(photo, "JPEG")) == 1600 * 1200 * 4
    assert need(encoded(photo, "JPEG"), 128) == 400 * 300 * 4  # a quarter of either side, still twice the target
    progressive = encoded(photo, "JPEG", progressive=True, subsampling="4:2:0")
    assert need(progressive, 128) == 1600 * 1200 * 3 + 400 * 300 * 4  # one and a half samples of two bytes a pixel
    assert need(encoded(photo, "PNG")) == 1600 * 1200 * 4
    assert need(encoded(photo, "WEBP")) > need(encoded(photo, "PNG"))


def test_a_pyramid_is_one_picture_and_pages_are_not() -> None:
    large = gradient(400, 300)
    pyramid = encoded(large, "TIFF", save_all=True, append_images=[large.resize((200, 150)), large.resize((100, 75))])
    assert difference(open_picture(pyramid), large) == 0
    pages = encoded(large, "TIFF", save_all=True, append_images=[large])
    with pytest.raises(PictureError, match="animated: 2 frames"):
        open_picture(pages)
    assert difference(open_picture(pages, limits=Limits(first_frame=True)), large) == 0


def test_a_stereo_or_preview_jpeg_is_its_first_picture() -> None:
    large = gradient(400, 300)
    data = encoded(large, "MPO", save_all=True, append_images=[large.resize((80, 60))], quality=95)
    assert difference(open_picture(data), large) < 2


def test_nothing_that_runs_programs_is_opened() -> None:
    with pytest.raises(PictureError, match="not a picture Pillow can read"):
        open_picture(encoded(gradient(), "EPS"))


def test_a_picture_reduced_while_decoding_is_as_good_as_one_decoded_whole() -> None:
    rng = np.random.default_rng(0)
    layers = [
        Image.fromarray(rng.integers(0, 256, (900 >> k, 1200 >> k, 3), np.uint8)).resize((1200, 900)) for k in range(7)
    ]
    detailed = Image.fromarray(np.mean([np.asarray(layer) for layer in layers], axis=0).astype(np.uint8))
    data = encoded(detailed, "JPEG", quality=90)
    with Image.open(io.BytesIO(data)) as image:
        wanted = np.asarray(image.convert("RGB").resize((171, 128), Image.Resampling.LANCZOS), float)
    error = np.mean((np.asarray(open_picture(data, 128), float) - wanted) ** 2)
    assert 10 * np.log10(255**2 / error) > 43


def test_limits_of_pillow_itself_are_left_as_they_were() -> None:
    before = Image.MAX_IMAGE_PIXELS
    open_picture(encoded(gradient()))
    assert before == Image.MAX_IMAGE_PIXELS is not None
