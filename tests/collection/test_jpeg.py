"""The quality at which a JPEG was saved comes back from its header, and damaged headers are no trouble."""

import numpy as np
import pytest

from brushwork.collection.jpeg import jpeg_quality
from tests.conftest import encoded, noise_picture


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("RGB", {"progressive": True, "subsampling": 0}),
        ("L", {}),
        ("CMYK", {}),
        ("RGB", {"optimize": True}),
    ],
    ids=["plain", "progressive", "grey", "cmyk", "optimised"],
)
def test_the_quality_comes_back(mode: str, options: dict[str, int]) -> None:
    picture = noise_picture(0, 32, 32, mode)
    found = {q: jpeg_quality(encoded(picture, "JPEG", quality=q, **options)) for q in range(5, 101)}
    assert all(abs(got - quality) <= 1 for quality, got in found.items())
    assert all(found[quality] == quality for quality in range(20, 96))


def test_unusual_tables_take_the_quality_that_loses_as_much() -> None:
    picture = noise_picture(0, 32, 32)
    found = [jpeg_quality(encoded(picture, "JPEG", qtables=[[level] * 64] * 2)) for level in (1, 4, 20, 90, 255)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 100
    assert found[-1] <= 10
    assert 85 <= found[1] <= 97


def test_the_table_of_the_first_component_counts() -> None:
    fine, coarse = [2] * 64, [90] * 64
    picture = noise_picture(0, 32, 32)
    luminance = encoded(picture, "JPEG", qtables=[fine, coarse])
    assert jpeg_quality(luminance) == jpeg_quality(encoded(picture, "JPEG", qtables=[fine, fine])) > 90
    frame = luminance.index(b"\xff\xc0")
    swapped = bytearray(luminance)
    swapped[frame + 12] = 1  # the first component now names the second table
    assert jpeg_quality(bytes(swapped)) == jpeg_quality(encoded(picture, "JPEG", qtables=[coarse, coarse])) < 50


def test_tables_of_two_bytes_an_entry_are_read() -> None:
    entries = np.full(64, 300, ">u2").tobytes()
    assert jpeg_quality(b"\xff\xd8\xff\xff\xdb" + (3 + len(entries)).to_bytes(2, "big") + b"\x10" + entries) == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
def test_other_formats_have_none(kind: str) -> None:
    assert jpeg_quality(encoded(noise_picture(0), kind)) == 0


def test_damaged_headers_raise_nothing() -> None:
    whole = encoded(noise_picture(0), "JPEG", quality=70)
    header = whole[: whole.index(b"\xff\xda")]
    for cut in range(len(header)):
        assert jpeg_quality(whole[:cut]) in (0, 70)
    draw = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(header)
        damaged[int(draw.integers(len(header)))] = int(draw.integers(256))
        assert 0 <= jpeg_quality(bytes(damaged)) <= 100
