"""Frames go, to the pixel; what is a part of the picture stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from brushwork.collection.borders import LARGEST, without_border
from tests.conftest import noise_picture

WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)


def framed(picture: Image.Image, margins: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Image.Image:
    """The picture with margins (left, top, right, bottom) around it."""
    left, top, right, bottom = margins
    whole = Image.new("RGB", (picture.width + left + right, picture.height + top + bottom), colour)
    whole.paste(picture, (left, top))
    return whole


def painted(seed: int = 0) -> Image.Image:
    """A picture none of whose lines is plain."""
    return noise_picture(seed, 80, 64)


def same(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and np.array_equal(np.asarray(first), np.asarray(second))


@given(st.tuples(*[st.integers(1, 12)] * 4), st.sampled_from([WHITE, BLACK, GREY]))
def test_a_frame_is_cut_to_the_pixel(margins: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    assert same(without_border(framed(painted(), margins, colour)), painted())


@pytest.mark.parametrize("margins", [(9, 0, 4, 0), (0, 7, 0, 7), (5, 8, 0, 0), (0, 6, 3, 2)])
def test_a_frame_on_some_sides_is_cut_there(margins: tuple[int, int, int, int]) -> None:
    assert same(without_border(framed(painted(), margins, WHITE)), painted())


def test_a_scanned_frame_need_not_be_of_one_exact_colour() -> None:
    whole = np.asarray(framed(painted(), (6, 6, 6, 6), (240, 238, 230))).astype(int)
    grain = np.random.default_rng(1).integers(-4, 5, whole.shape)
    scanned = Image.fromarray(np.clip(whole + grain, 0, 255).astype(np.uint8))
    assert without_border(scanned).size == painted().size


@pytest.mark.parametrize("margins", [(9, 0, 0, 0), (0, 9, 0, 0), (0, 0, 9, 0), (0, 0, 0, 9)])
def test_a_plain_sky_or_floor_is_a_part_of_the_picture(margins: tuple[int, int, int, int]) -> None:
    whole = framed(painted(), margins, GREY)
    assert same(without_border(whole), whole)


def test_a_plain_sky_over_a_plain_floor_of_another_colour_is_no_frame() -> None:
    whole = framed(framed(painted(), (0, 10, 0, 0), (120, 160, 230)), (0, 0, 0, 10), (90, 70, 40))
    assert same(without_border(whole), whole)


def test_a_white_mount_below_a_blue_sky_leaves_the_sky() -> None:
    picture = framed(painted(), (0, 10, 0, 0), (60, 120, 230))
    whole = framed(picture, (5, 0, 5, 5), WHITE)
    assert same(without_border(whole), picture)


def test_a_picture_without_a_frame_and_one_that_is_all_plain_stay() -> None:
    assert same(without_border(painted()), painted())
    plain = Image.new("RGB", (80, 64), GREY)
    assert same(without_border(plain), plain)


def test_what_would_take_more_than_a_frame_may_stays() -> None:
    wide = int(LARGEST * 200)  # more than a quarter of the whole
    whole = framed(painted(), (wide, wide, wide, wide), WHITE)
    assert same(without_border(whole), whole)


def test_a_grey_picture_loses_its_frame_too() -> None:
    whole = framed(painted(), (4, 4, 4, 4), WHITE).convert("L")
    assert same(without_border(whole), painted().convert("L"))
