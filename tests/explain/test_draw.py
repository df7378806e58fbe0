"""Maps land where they belong on canvases of any shape, and an empty map is said to be empty."""

import numpy as np
import pytest
from PIL import Image

from brushwork.classifier.model import Preprocessing
from brushwork.explain.draw import AGAINST, FOR, carried_back, overlay, shared_limit, where

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
    assert where(np.zeros((3, 3), np.float32), "Calm") == "No part of the canvas speaks for Calm."
    assert where(-np.ones((3, 3), np.float32), "Calm") == "No part of the canvas speaks for Calm."
    assert shared_limit([np.zeros((2, 2), np.float32)]) == 1.0
    corner = np.zeros((6, 9), np.float32)
    corner[5, 8] = 1
    assert where(corner, "Calm") == "1.00 nats on the canvas speak for Calm, 100% of them in the lower right ninth."
