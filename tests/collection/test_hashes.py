"""Hashes move little under what copies undergo and much between pictures; views meet the crops they stand for."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from brushwork.collection import Collection
from brushwork.collection.hashes import HEX, VIEWS, grey_share, hash_table, perceptual_hashes


def bits_apart(one: Image.Image, two: Image.Image, view: int = 0) -> list[int]:
    table = hash_table([perceptual_hashes(one), perceptual_hashes(two)])
    return [int(np.bitwise_count(table[0, view, kind] ^ table[1, 0, kind])) for kind in range(2)]


@pytest.fixture(scope="module")
def pictures(schools: Collection) -> list[Image.Image]:
    return [schools.picture(p).resize((300, 240)) for p in schools.paintings[:16]]


def test_a_resized_or_reencoded_copy_is_near_and_another_picture_far(pictures: list[Image.Image]) -> None:
    for one, other in itertools.pairwise(pictures):
        buffer = io.BytesIO()
        one.save(buffer, "JPEG", quality=40)
        assert min(bits_apart(one.resize((150, 120)), one)) <= 3
        assert min(bits_apart(Image.open(buffer), one)) <= 3
        assert min(bits_apart(one, other)) > 10


def test_an_inner_view_is_the_hash_of_the_crop(pictures: list[Image.Image]) -> None:
    apart = [bits_apart(one, one.crop((9, 7, 291, 233)), view=2) for one in pictures]  # 94 % of either side
    plain = [bits_apart(one, one.crop((9, 7, 291, 233)), view=0) for one in pictures]
    assert np.mean(apart) < 2 < np.mean(plain)


def test_the_last_view_is_the_mirrored_picture(pictures: list[Image.Image]) -> None:
    mirrored = [one.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for one in pictures]
    assert np.mean([bits_apart(a, b, view=VIEWS - 1) for a, b in zip(pictures, mirrored, strict=True)]) < 1


def test_hashes_read_back_as_they_were_written() -> None:
    digits = "0123456789abcdef" * (HEX // 16)
    table = hash_table([digits, digits])
    assert table.shape == (2, VIEWS, 2)
    assert all(int(value) == 0x0123456789ABCDEF for value in table.ravel())


def test_only_colour_counts_as_colour() -> None:
    ramp = np.linspace(0, 255, 128).astype(np.uint8)
    grey = np.broadcast_to(ramp[None, :, None], (96, 128, 3)).copy()
    assert grey_share(Image.fromarray(grey)) == 1
    half = grey.copy()
    half[:, 64:] = (200, 60, 40)
    assert grey_share(Image.fromarray(half)) == pytest.approx(0.5, abs=0.02)
    assert grey_share(Image.new("RGB", (80, 80), (30, 90, 200))) == 0
