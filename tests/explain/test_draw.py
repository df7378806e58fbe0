"""Maps land where they belong on canvases of any shape, and an empty map is said to be empty."""

import numpy as np
import pytest
from PIL import Image

from brushwork.classifier.model import Preprocessing
from brushwork.explain.draw import (
    AGAINST,
    FOR,
    LINE,
    Tile,
    carried_back,
    drawn_on,
    overlay,
    panel,
    shared_limit,
    where,
)

SIZES = [(200, 200), (120, 720), (4000, 3000), (40, 44), (333, 257)]


@pytest.mark.parametrize("size", SIZES)
def test_a_planted_patch_is_found_to_within_half_a_cell(size: tuple[int, int]) -> None:
    """A white patch on black, seen through crop and resize and pooled into cells, comes back where it was."""
    preprocessing = Preprocessing(128, 16, (0.0,) * 3, (1.0,) * 3)
    width, height = size
    centre = (0.4 * width, 0.55 * height)
    radius = 0.08 * min(size)
    picture = Image.new("L", size)
    left, top, right, bottom = (round(c + s * radius) for s in (-1, 1) for c in centre)
    picture.paste(255, (left, top, right, bottom))
    seen = preprocessing.tensor([preprocessing.canvas(picture.convert("RGB"))])[0, 0]
    cells = seen.unfold(0, 16, 16).unfold(1, 16, 16).mean((2, 3)).numpy()
    drawn = np.nan_to_num(carried_back(cells, size, preprocessing.box(*size)))
    y, x = np.mgrid[0:height, 0:width] + 0.5
    found = (drawn * x).sum() / drawn.sum(), (drawn * y).sum() / drawn.sum()
    half_a_cell = 8 * min(size) / 128
    assert abs(found[0] - centre[0]) < half_a_cell
    assert abs(found[1] - centre[1]) < half_a_cell


def test_outside_the_networks_view_there_is_nothing() -> None:
    drawn = carried_back(np.ones((2, 2), np.float32), (100, 50), (20, 0, 80, 50))
    assert np.isnan(drawn[:, :20]).all()
    assert np.isnan(drawn[:, 80:]).all()
    assert np.allclose(drawn[:, 20:80], 1)


def test_colours_say_the_sign_and_opacity_the_amount() -> None:
    drawn = np.asarray(overlay(np.array([[2.0, 0.0, -1.0]], np.float32), (3, 1), (0, 0, 3, 1), 2.0)).astype(int)
    assert tuple(drawn[0, 0, :3]) == FOR
    assert tuple(drawn[0, 2, :3]) == AGAINST
    assert drawn[0, 1, 3] == 0
    assert drawn[0, 0, 3] == pytest.approx(2 * drawn[0, 2, 3], abs=1)


def test_an_empty_map_is_said_so_and_divides_nothing_by_zero() -> None:
    for nothing in (np.zeros((3, 3), np.float32), -np.ones((3, 3), np.float32)):
        assert where(nothing, "Calm") == "No evidence for Calm: no part of the canvas speaks for it."
    assert shared_limit([np.zeros((2, 2), np.float32)]) == 1.0
    corner = np.zeros((6, 9), np.float32)
    corner[5, 8] = 1
    assert where(corner, "Calm") == (
        "1.00 nats on the canvas speak for Calm, 100% of them in the lower third; 0.00 speak against it."
    )


def test_contours_are_where_a_map_crosses_a_level_and_nowhere_else() -> None:
    values = np.zeros((40, 60), np.float32)
    values[10:30, 20:40] = 1
    values[12:20, 45:50] = -1
    drawn = np.asarray(overlay(values, (60, 40), (0, 0, 60, 40), 1.0, contours=[0.5, -0.5]))
    lines = (drawn[..., :3] == LINE).all(-1)
    inside = np.abs(values) > 0.5
    assert lines[10, 20:40].all()
    assert lines[29, 20:40].all()
    assert lines[12, 45:50].all()
    assert not lines[~inside].any()
    assert not lines[12:28, 22:38].any()
    full = np.asarray(overlay(np.ones((8, 8), np.float32), (8, 8), (0, 0, 8, 8), 1.0, contours=[0.5]))
    assert not (full[..., :3] == LINE).all(-1).any()  # a picture's end is no contour


def test_opacity_is_that_of_full_colour() -> None:
    for opacity in (0.0, 0.5, 1.0):
        drawn = np.asarray(overlay(np.ones((2, 2), np.float32), (2, 2), (0, 0, 2, 2), 1.0, opacity))
        assert drawn[..., 3].max() == round(255 * opacity)


def test_where_it_lies_is_said_by_thirds_if_a_third_holds_most_of_it() -> None:
    top = np.zeros((6, 9), np.float32)
    top[0:2] = 1
    top[5] = -4
    assert where(top, "Calm") == (
        "18.00 nats on the canvas speak for Calm, 100% of them in the upper third; 36.00 speak against it."
    )
    right = np.zeros((9, 6), np.float32)
    right[:, 4:] = 0.5
    assert "100% of them in the right third from left to right" in where(right, "Calm")
    assert "spread over it, with 11% of them" in where(np.ones((9, 9), np.float32), "Calm")


def test_tiles_go_into_rows_and_a_strip_of_one_to_six_has_room() -> None:
    tiles = [Tile(Image.new("RGB", (100, 100)), "a", ("0", "1")) for _ in range(12)]
    page = panel(tiles, "title", notes=["a note"])
    assert page.width <= 1724
    assert page.height > 3 * 320
    assert panel([Tile(Image.new("RGB", (600, 100)), "wide")] * 2, "t").height > 2 * 320


def test_a_picture_and_a_map_are_enough_to_draw() -> None:
    drawn = drawn_on(Image.new("L", (90, 60), 128), np.array([[1.0, -1.0]], np.float32))
    left, right = np.asarray(drawn)[30, 5].astype(int), np.asarray(drawn)[30, 85].astype(int)
    assert left[0] > left[2]
    assert right[2] > right[1]
