"""CIELAB has its textbook values and comes back to the same pixels."""

import numpy as np
import pytest
from PIL import Image

from brushwork.colour import image_of, lab_of
from tests.conftest import noise_picture


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [((255, 255, 255), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20)),
     ((0, 255, 0), (87.73, -86.18, 83.18)), ((0, 0, 255), (32.30, 79.19, -107.86)), ((119, 119, 119), (50.03, 0, 0))],
)  # fmt: skip
def test_textbook_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert lab_of(Image.new("RGB", (2, 3), rgb))[1, 1] == pytest.approx(lab, abs=0.02)


def test_there_and_back_changes_no_pixel() -> None:
    image = noise_picture(0, 90, 70)
    assert np.array_equal(np.asarray(image_of(lab_of(image))), np.asarray(image))
